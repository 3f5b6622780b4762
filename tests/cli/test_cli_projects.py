"""`reelscore projects`, alone and beside a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_commands import Reelscore
from reelscore.config import Settings
from reelscore.library.projects import make_project
from reelscore.wiring import Wiring

FIELDS = {"name": "Harbour", "films": [{"name": "harbour.mov", "hits": [1.5]}], "notes": "[calm]"}


@pytest.fixture
def project(demo_library_home: Path) -> None:
    wiring = Wiring(Settings(home=demo_library_home))
    make_project(wiring.catalog, FIELDS)
    wiring.close()


@pytest.mark.usefixtures("project", "served")
def test_projects_are_listed_shown_exported_read_back_and_removed(
    reelscore: Reelscore, tmp_path: Path
) -> None:
    (project,) = reelscore("projects", "list", "--json").json
    assert "Harbour  1 film, 0 songs kept" in reelscore("projects", "list").out
    shown = reelscore("projects", "show", "Harbour").out
    assert "1.50 s" in shown and "[calm]" in shown
    out = tmp_path / "harbour.json"
    assert reelscore("projects", "export", project["id"], "--out", str(out)).code == 0
    assert "cannot be written" in reelscore("projects", "export", "Harbour", "-o", str(out)).err
    made = reelscore("projects", "import", str(out), "--json").json
    assert made["films"] == project["films"] and made["id"] != project["id"]
    assert "give an id: " in reelscore("projects", "show", "Harbour").err.replace("\n", " ")
    assert reelscore("projects", "remove", made["id"], "--yes").code == 0
    assert [each["id"] for each in reelscore("projects", "list", "--json").json] == [project["id"]]
    assert "no project" in reelscore("projects", "show", "Nowhere").err
    out.write_text("[1]")
    assert "is not a project" in reelscore("projects", "import", str(out)).err
    out.write_text("{")
    assert "it is not JSON" in reelscore("projects", "import", str(out)).err
