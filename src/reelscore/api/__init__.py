"""The HTTP side: FastAPI routes over the services, the documented JSON, and the server that runs them."""
