"""Tests stand where what they test stands: `src/reelscore/ROOM` is tested in `tests/ROOM`."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from reelscore.cli.main import _COMMANDS as COMMANDS
from test_layout import PACKAGE, imported_modules, module_name, modules

TESTS = Path(__file__).parent

FOLDERS = {"mcp": "agents"}  # a folder called mcp would be found in place of the package of that name

# Tested from another room's folder, and why there.
ELSEWHERE = {
    # ... by requests, or by commands, since they are what a request or a command does
    "accounts.oidc": "api/test_api_oidc.py",
    "accounts.shares": "api/test_api_links.py",
    "library.map": "api/test_api_library.py",
    "library.playlists": "cli/test_cli_playlist.py",
    "library.stars": "api/test_api_opensubsonic.py",
    "live.messages": "api/test_api_live.py",
    "live.songs": "cli/test_cli_live.py",
    "maintenance.bench": "api/test_api_metrics.py",
    "placement.exports": "export/test_doors.py",
    "placement.timelines": "export/test_doors.py",
    "remote.asking": "cli/test_cli_handover.py",
    "remote.owner": "cli/test_cli_handover.py",
    "api.relay": "cli/test_cli_beside.py",
    "cli.backup": "maintenance/test_backup.py",
    "cli.mcp": "agents/test_mcp_agents.py",
    "cli.reindex": "maintenance/test_reembed.py",
    "cli.train": "training/test_train_command.py",
    # ... with what they serve, from which they are told apart for the layers' sake
    "analysis.track": "children/test_children.py",
    "audio.chromaprint": "analysis/test_exchange.py",
    "audio.packets": "sources/test_tag_writing.py",
    "embedding.clip.reader": "video/test_showing.py",
    "embedding.hub.download": "maintenance/test_models.py",
    "embedding.suite": "audio/test_silence.py",
    "ingest.rehearing": "maintenance/test_checking.py",
    "library.server_playlists": "sources/test_sources_subsonic.py",
    "library.taste": "search/test_taste_stage.py",
    "maintenance.analyses": "analysis/test_exchange.py",
    "net.payload": "sources/test_sources_itunes.py",
    "sync.documents": "placement/test_sync_service.py",
    "wiring": "conftest.py",
    "wiring.analyzers": "video/models/test_models_contract.py",
    "wiring.sources": "cli/test_cli_sources.py",
}
# Run by what loads them by name: Alembic, and the records that every room makes.
NOT_IMPORTED = ("catalog.db.migrations.", "records.")


def name_of(path: Path) -> str:
    """`cli.export` for the module `src/reelscore/cli/export.py`."""
    return module_name(path).removeprefix("reelscore.").removesuffix(".__init__")


SOURCES = {name_of(path): path for path in modules()}


def has_logic(path: Path) -> bool:
    """Whether a module has a function that does something."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    return any(not isinstance(node.body[-1], ast.Expr) for node in functions)


@cache
def ours(path: Path) -> frozenset[str]:
    """The modules of ours that a file imports."""
    found = {name.removeprefix("reelscore.") for name in imported_modules(path)}
    return frozenset(found & SOURCES.keys() | {name.rpartition(".")[0] for name in found} & SOURCES.keys())


@cache
def reached(room: str) -> frozenset[str]:
    """The modules of a room that a test of its folder imports, and those of the room that these import."""
    folder = TESTS / FOLDERS.get(room, room)
    tests = list(folder.rglob("*.py")) if folder.is_dir() else []
    waiting = [name for path in tests for name in ours(path)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name.split(".")[0] == room and name not in found:
            found.add(name)
            waiting += ours(SOURCES[name])
    if room == "cli":  # commands are imported when they are run, by the words of the tests
        words = {
            node.value
            for path in tests
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant)
        }
        found |= {f"cli.{module}" for command, (module, _) in COMMANDS.items() if command in words}
        for name in list(found):
            found |= {other for other in ours(SOURCES[name]) if other.startswith("cli.")}
    return frozenset(found)


@pytest.mark.parametrize("name", [name for name, path in SOURCES.items() if has_logic(path)])
def test_a_module_is_tested_in_the_folder_of_its_room(name: str) -> None:
    if name.startswith(NOT_IMPORTED):
        return
    room = name.split(".")[0]
    if SOURCES[name].parent == PACKAGE:  # a room of one module has no folder
        assert any(name in ours(path) for path in TESTS.rglob("*.py")), f"no test imports {name}"
        return
    found = name in reached(room)
    if name in ELSEWHERE:
        assert not found, f"{name} has tests in its room: it is no exception any more"
        assert (TESTS / ELSEWHERE[name]).is_file()
    else:
        assert found, f"no test in tests/{FOLDERS.get(room, room)} reaches {name}"


def test_each_exception_is_a_module() -> None:
    assert not ELSEWHERE.keys() - SOURCES.keys()
