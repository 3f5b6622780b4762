"""The notebooks run to their end on the demo, and are committed without what they print."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CELL_SECONDS = 240

# A path from the root of a disk, on its own or in quotes; no part of an address or of a fraction.
_ABSOLUTE = re.compile(r"(?:^|[\s\"'(=])(?:/\w[\w.-]*/|~\w*/|[A-Za-z]:[\\/])")


@pytest.fixture
def execute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Runs a notebook in a kernel of its own; what the kernel writes lands in the folder of the test."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "TMPDIR"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    paths = [str(FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]  # whoever opens one works there
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))

    def run(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
        resources = {"metadata": {"path": str(tmp_path)}}
        return NotebookClient(notebook, timeout=CELL_SECONDS, resources=resources).execute()

    return run


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def printed(notebook: nbformat.NotebookNode) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") for output in outputs)


def test_there_are_notebooks() -> None:
    assert "eda.ipynb" in [path.name for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_small_valid_and_without_outputs(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert path.stat().st_size < 30_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_names_no_place_on_somebody_elses_disk(path: Path) -> None:
    for cell in read(path).cells:
        assert not _ABSOLUTE.search(cell.source), cell.source


@pytest.mark.slow
def test_the_notebook_runs_on_the_demo(execute, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("REELSCORE_HOME")
    notebook = execute(read(FOLDER / "eda.ipynb"))
    pictures = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 6
    words = printed(notebook)
    assert "28 tracks added" in words
    assert len(re.findall(r"^\d\. ", words, re.MULTILINE)) == 10  # two answers of five songs


@pytest.mark.slow
def test_the_notebook_opens_a_library_that_is_there_and_adds_nothing(  # type: ignore[no-untyped-def]
    execute, demo_library_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSCORE_HOME", str(demo_library_home))
    notebook = read(FOLDER / "eda.ipynb")
    notebook.cells = notebook.cells[:4]  # up to the list of the songs
    words = printed(execute(notebook))
    assert "added" not in words
    assert words.count("energy") == 4
