"""The MCP server over the input and output of a process, which asks the owner of the library."""

from __future__ import annotations

from reelscore.errors import ConfigurationError, how_to_get
from reelscore.remote.owner import OwnerClient


def check_installed() -> None:
    """Raise ConfigurationError if the SDK is not installed."""
    try:
        import mcp.server  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(
            f"agents need a package that is not installed; {how_to_get('mcp')}"
        ) from error


def run(owner: OwnerClient) -> None:
    """Answer until the input ends."""
    from reelscore.mcp.api_client import owner_door
    from reelscore.mcp.server import make_server

    door = owner_door(owner)
    make_server(lambda _: door).run("stdio")
