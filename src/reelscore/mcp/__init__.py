"""The MCP server: searching, laying and exporting for agents, through the routes of the HTTP API."""

from __future__ import annotations

from reelscore.errors import ConfigurationError, how_to_get


def check_installed() -> None:
    """Raise ConfigurationError if the SDK is not installed."""
    try:
        import mcp.server  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(
            f"agents need a package that is not installed; {how_to_get('mcp')}"
        ) from error
