"""`reelscore mcp`: tools for an agent, over the input and output of this process."""

from __future__ import annotations

from reelscore.cli.output import note
from reelscore.config import load_settings
from reelscore.mcp import check_installed
from reelscore.remote.owner import OwnerClient, find_owner
from reelscore.wiring import open_wiring


def mcp() -> None:
    """Serve an agent over standard input and output (MCP); a running server has the same at /mcp."""
    check_installed()
    wiring = open_wiring(load_settings())
    owner = find_owner(wiring)
    if owner is not None:
        note(f"{owner.name} answers")
        _answer(owner)
        return
    from reelscore.api.command_server import serving

    with serving(wiring, "an agent") as url:
        _answer(OwnerClient(wiring.settings.home, url))


def _answer(owner: OwnerClient) -> None:
    """Let the owner of the library answer until the input ends."""
    from reelscore.mcp.api_client import owner_client
    from reelscore.mcp.server import make_server

    client = owner_client(owner)
    make_server(lambda _: client).run("stdio")
