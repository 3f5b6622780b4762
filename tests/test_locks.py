"""The lock files are closed: whatever a locked package needs is pinned by a line of the same lock."""

from __future__ import annotations

import os
import subprocess
import venv
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).parent.parent / "requirements"
LOCKS = ("core.txt", "demo.txt", "dev.txt", "server.txt")


def pins(text: str) -> list[Requirement]:
    """The pins of a lock that apply to this Python and platform."""
    lines = (line.rstrip(" \\") for line in text.splitlines() if line[:1].isalnum())
    wanted = (Requirement(line) for line in lines)
    return [pin for pin in wanted if pin.marker is None or pin.marker.evaluate()]


def needs(pin: Requirement) -> list[Requirement]:
    """What the installed package needs for itself and for the extras that are pinned with it."""
    extras = ("", *pin.extras)
    listed = (Requirement(line) for line in requires(pin.name) or [])
    return [
        need
        for need in listed
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras)
    ]


def unpinned(locked: list[Requirement]) -> list[str]:
    """Needs of the locked packages that no line pins, with their extras and at a version that fits."""
    by_name = {canonicalize_name(pin.name): pin for pin in locked}
    missing = []
    for pin in locked:
        try:
            wanted = needs(pin)
        except PackageNotFoundError:
            missing.append(f"{pin.name} is locked but not installed")
            continue
        for need in wanted:
            found = by_name.get(canonicalize_name(need.name))
            version = str(found.specifier).removeprefix("==") if found else ""
            fits = (
                found and need.extras <= found.extras and need.specifier.contains(version, prereleases=True)
            )
            if not fits:
                missing.append(f"{pin.name} needs {need}")
    return missing


@pytest.mark.parametrize("name", LOCKS)
def test_every_need_of_a_locked_package_is_pinned(name: str) -> None:
    locked = pins((FOLDER / name).read_text())
    assert len(locked) > 20
    assert unpinned(locked) == []


def test_a_pin_without_the_extra_that_is_needed_is_found() -> None:
    text = (FOLDER / "dev.txt").read_text().replace("google-auth[requests]==", "google-auth==")
    assert any("google-auth[requests]" in need for need in unpinned(pins(text)))


@pytest.mark.parametrize("name", [*LOCKS, "parity.txt"])
def test_a_lock_names_no_index_and_hashes_every_pin(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert "://" not in text
    blocks = [block for block in text.replace("\\\n", " ").splitlines() if block[:1].isalnum()]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_page_of_licences_names_every_package_of_the_locks() -> None:
    page = (FOLDER.parent / "docs" / "licences.md").read_text()
    locked = [
        pin for lock in ("core.txt", "demo.txt", "server.txt") for pin in pins((FOLDER / lock).read_text())
    ]
    missing = sorted({pin.name for pin in locked if f"| {pin.name.lower()} |" not in page})
    assert not missing, "run `python tools/licences.py`"


@pytest.mark.skipif("REELSCORE_ASK_INDEX" not in os.environ, reason="asks the index: make test-locks")
@pytest.mark.parametrize("name", [*LOCKS, "parity.txt"])
def test_a_lock_resolves_with_hashes_in_an_empty_environment(name: str, tmp_path: Path) -> None:
    venv.create(tmp_path, with_pip=True)
    pip = [str(tmp_path / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    lock = ["--require-hashes", "-r", str(FOLDER / name)]
    done = subprocess.run([*pip, "install", "--dry-run", *lock], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
