"""Records are found by their name in the package, and imported with their subject alone."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from reelscore import records


def test_every_name_is_that_of_its_subject() -> None:
    assert sorted(records._MODULES) == sorted(records.__all__)
    for name, subject in records._MODULES.items():
        assert getattr(records, name) is getattr(import_module(f"reelscore.records.{subject}"), name)


def test_a_name_that_there_is_not_is_refused() -> None:
    with pytest.raises(AttributeError, match=r"'reelscore\.records' has no attribute 'Sung'"):
        _ = records.Sung  # type: ignore[attr-defined]


def test_a_subject_comes_without_the_others() -> None:
    code = "import sys; from reelscore.records import Job; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.startswith("reelscore.records.")}
    assert loaded == {"reelscore.records.jobs"} and "numpy" not in done.stdout.split()
