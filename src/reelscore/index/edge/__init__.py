"""Qdrant Edge: the engine of the server inside this process."""
