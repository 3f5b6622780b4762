"""The docs name rooms, modules and files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from test_layout import LAYERS, PACKAGE, SIDEWAYS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FILE = re.compile(r"(?<![\w/.:<-])((?:[\w-]+/)+[\w-]+\.py)\b")
_MODULE = re.compile(r"(?<![\w./-])reelscore((?:\.[a-z_]\w*)+)")
_ROW = re.compile(r"^\| (\d+) \| `(\w+)` \|", re.MULTILINE)
# Looks like a module, but is the name of a file.
_NO_MODULES = {"reelscore.env", "reelscore.db", "reelscore.edge"}


def named_files(text: str) -> set[str]:
    return set(_FILE.findall(text))


def is_there(file: str) -> bool:
    return (ROOT / file).exists() or (PACKAGE / file).exists()


def module_exists(dotted: str) -> bool:
    """Whether `reelscore.a.b` is a module, a package, or a name in the last module on the way."""
    place = PACKAGE
    for part in dotted.split(".")[1:]:
        if (place / part).is_dir():
            place /= part
        elif (place / f"{part}.py").exists():
            place /= f"{part}.py"
        else:
            source = place / "__init__.py" if place.is_dir() else place
            return re.search(rf"\b{part}\b", source.read_text()) is not None
    return True


def test_architecture_draws_the_table_of_layers() -> None:
    rows = _ROW.findall((ROOT / "docs" / "architecture.md").read_text())
    assert len(rows) == len({room for _, room in rows})
    assert {room: int(layer) for layer, room in rows} == LAYERS


def test_architecture_names_who_looks_sideways() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    paragraph = page.split("Who may look sideways:")[1].split("\n\n")[0]
    assert set(re.findall(r"`(\w+)` to `(\w+)`", paragraph)) == SIDEWAYS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    missing = sorted(file for file in named_files(page.read_text()) if not is_there(file))
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    missing = [one for one in targets if "://" not in one and not (page.parent / one).exists()]
    assert not missing


def test_modules_that_docs_and_docstrings_name_exist() -> None:
    missing = {
        f"{path.relative_to(ROOT)}: reelscore{name}"
        for path in (*PAGES, *PACKAGE.rglob("*.py"))
        for name in _MODULE.findall(path.read_text())
        if f"reelscore{name}" not in _NO_MODULES and not module_exists(f"reelscore{name}")
    }
    assert not missing


def test_what_is_gone_is_found() -> None:
    assert module_exists("reelscore.search.engine.search")
    assert not module_exists("reelscore.recommend.query")
    assert named_files("see `search/engine.py` and services/answering/names.py") == {
        "search/engine.py",
        "services/answering/names.py",
    }
    assert not is_there("services/answering/names.py")
