"""`reelscore analyses export|import`."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_commands import Reelscore


@pytest.mark.usefixtures("demo_library_home")
def test_analyses_go_into_a_file_and_out_of_it(reelscore: Reelscore, tmp_path: Path) -> None:
    file = tmp_path / "analyses.jsonl.gz"
    made = reelscore("analyses", "export", file, "--json").json
    assert made["file"] == str(file) and file.is_file()
    assert made["written"] == 28 and made["left_out"] == 0
    read = reelscore("analyses", "import", file)
    assert read.code == 0 and "28 sounds read; 28 are there" in read.out
    assert reelscore("analyses", "import", tmp_path / "missing.gz").code == 1
