"""Every line that installs something works as it is written: in a clone, or with a wheel that one built.

The index of Python packages has no reelscore of ours, so no line may ask it for that name.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

import reelscore
from reelscore.errors import how_to_get

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
OURS = {
    canonicalize_name(Requirement(line).name)
    for line in (*PROJECT["dependencies"], *(need for needs in EXTRAS.values() for need in needs))
}
INSTALL = re.compile(r"\bpip3? (?:install|wheel) ([^`#\n]+)")


def texts() -> Iterator[tuple[str, str]]:
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))):
        yield path.name, path.read_text()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text())["cells"]
        yield path.name, "\n".join("".join(cell["source"]) for cell in cells)


LINES = [(name, found[1].strip()) for name, text in texts() for found in INSTALL.finditer(text)]


def problem(line: str) -> str | None:
    """What keeps a line from working in a clone of the repository; None where nothing does."""
    words = iter(shlex.split(line))
    targets = 0
    for word in words:
        if word in ("-r", "--requirement"):
            targets += 1
            if not (ROOT / (path := next(words, ""))).is_file():
                return f"there is no {path}"
        elif word == "--wheel-dir":
            next(words, None)
        elif not word.startswith("-"):
            targets += 1
            if reason := _target(word):
                return reason
    return None if targets else "it installs nothing"


def _target(word: str) -> str | None:
    where, _, inside = word.partition("[")
    strange = {name.strip() for name in inside.rstrip("]").split(",") if name.strip()} - set(EXTRAS)
    if where == "." or where.endswith(".whl"):
        if strange:
            return f"there is no extra {', '.join(sorted(strange))}"
        if where != "." and str(parse_wheel_filename(Path(where).name)[1]) != reelscore.__version__:
            return f"{where} is not of this version"
        return None
    name = canonicalize_name(Requirement(word).name)
    if name == "reelscore":
        return "reelscore is on no index"
    return None if name in OURS or name == "jupyterlab" else f"{name} is no package of ours"


def test_lines_are_found() -> None:
    names = {name for name, _ in LINES}
    assert {"README.md", "database.md", "qdrant.md", "clap.md", "sources.md", "deployment.md"} <= names


@pytest.mark.parametrize(("name", "line"), LINES)
def test_line_works_in_a_clone(name: str, line: str) -> None:
    assert problem(line) is None, f"{name}: pip install {line}"


@pytest.mark.parametrize(
    "line",
    [
        "reelscore",
        "'reelscore[mysql]'",
        "Reelscore==0.1.0",
        "'.[mysqul]'",
        "-r requirements/none.txt",
        "'dist/reelscore-0.0.1-py3-none-any.whl[mysql]'",
        "left-pad",
        "--no-deps",
    ],
)
def test_a_line_that_does_not_work_is_found(line: str) -> None:
    assert problem(line) is not None


def test_a_lock_is_never_the_whole_install() -> None:
    for name, text in texts():
        lines = [found[1] for found in INSTALL.finditer(text)]
        for number, line in enumerate(lines):
            if "-r requirements/" in line:
                rest = lines[number + 1 :]
                assert any(shlex.split(other)[-1] == "." for other in rest), f"{name}: {line}"


def test_messages_name_packages_and_never_ours() -> None:
    for path in (ROOT / "src").rglob("*.py"):
        assert "pip install reelscore" not in (text := path.read_text()), path
        assert not re.search(r"reelscore\[\w", text), path
    for extra in EXTRAS:
        told = how_to_get(extra)
        assert problem(told.removeprefix("pip install ")) is None, told
    assert "'pymysql>=" in how_to_get("mysql") and "redis" in how_to_get("celery")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="a wheel is built with hatchling, which is not installed")
    folder = tmp_path_factory.mktemp("dist")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_has_the_name_and_the_extras_that_the_docs_say(wheel: Path) -> None:
    assert any(Path(shlex.split(line)[-1].partition("[")[0]).name == wheel.name for _, line in LINES)
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
        names = {name.partition("web/static/")[2] for name in archive.namelist()}
        static = ROOT / "src" / "reelscore" / "web" / "static"
        assert names >= {path.relative_to(static).as_posix() for path in static.rglob("*.*")}
    assert set(re.findall(r"^Provides-Extra: (\S+)", metadata, re.M)) == set(EXTRAS)


def test_wheel_is_installed_without_an_index_and_starts(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "environment"
    venv.EnvBuilder(with_pip=False, symlinks=True).create(home)
    python = home / "bin" / "python"
    _pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    assert (home / "bin" / "reelscore").is_file()
    told = subprocess.run(
        [str(python), "-c", "import reelscore; print(reelscore.__version__, reelscore.__file__)"],
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.startswith(reelscore.__version__) and str(home) in told


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
