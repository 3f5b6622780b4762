"""Imports run one way: a module imports only from layers below its own. This test holds the table."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "reelscore"

# Rooms of one layer do not import each other; `docs/architecture.md` draws the same table.
LAYERS = {
    room: layer
    for layer, rooms in enumerate(
        (
            ("errors", "config", "records", "monitoring", "limits"),
            ("text", "files", "net", "children"),
            ("filters", "audio"),
            ("query",),
            ("ranking", "sync", "export", "video", "sources", "catalog", "index", "plots"),
            ("embedding", "payloads", "accounts"),
            ("wiring",),
            ("library", "analysis", "remote"),
            ("ingest", "search", "live"),
            ("placement",),
            ("maintenance",),
            ("facade", "jobs", "evaluation", "mcp"),
            ("api", "web", "training"),
            ("cli",),
        )
    )
    for room in rooms
}
# Said aloud: who may look sideways, and why.
SIDEWAYS = {
    ("config", "errors"),  # a setting that cannot be used is an error of ours
    ("children", "net"),  # work in a child is cancelled as waits are
    ("export", "video"),  # a mix copies the pictures that the one opener of films opened
    ("api", "web"),  # the app serves the page
}


def room_of(module: str) -> str | None:
    parts = module.split(".")
    if parts[0] != "reelscore":
        return None
    return parts[1] if len(parts) > 1 else None


def imported_modules(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def module_name(path: Path) -> str:
    return ".".join(("reelscore", *path.relative_to(PACKAGE).with_suffix("").parts))


@pytest.mark.parametrize("path", modules(), ids=module_name)
def test_module_imports_only_from_layers_below(path: Path) -> None:
    room = room_of(module_name(path))
    if room == "__main__":
        return
    assert room in LAYERS, f"{room} is not in the table of layers"
    for module in imported_modules(path):
        other = room_of(module)
        if other in (None, room, "__version__"):
            continue
        assert other in LAYERS, f"{path.name} imports {module}, which is in no known room"
        allowed = LAYERS[other] < LAYERS[room] or (room, other) in SIDEWAYS
        assert allowed, f"{room} (layer {LAYERS[room]}) imports {module} (layer {LAYERS[other]})"


def test_the_table_names_the_rooms_that_there_are() -> None:
    rooms = {room_of(module_name(path)) for path in modules()} - {"__main__"}
    assert rooms == set(LAYERS)


def test_no_module_outgrows_its_reader() -> None:
    too_long = {
        str(path.relative_to(PACKAGE)): lines
        for path in modules()
        if (lines := len(path.read_text().splitlines())) > 450
    }
    assert not too_long, f"split these: {too_long}"
