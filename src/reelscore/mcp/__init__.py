"""The MCP server: searching, laying and exporting for agents, through the routes of the HTTP API."""
