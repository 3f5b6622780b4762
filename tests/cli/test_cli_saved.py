"""`reelscore saved`, alone and beside a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_commands import Reelscore


@pytest.mark.usefixtures("served")
def test_a_search_is_kept_renewed_and_forgotten(reelscore: Reelscore, tmp_path: Path) -> None:
    playlist = tmp_path / "calm.m3u8"
    made = reelscore(
        "saved", "add", "Calm", "calm piano", "-n", "3", "--playlist", str(playlist), "--json"
    ).json
    assert len(made["song_ids"]) == 3
    assert playlist.read_text(encoding="utf-8").startswith("#EXTM3U")
    assert [each["name"] for each in reelscore("saved", "list", "--json").json["saved"]] == ["Calm"]
    done = reelscore("saved", "renew", "--all", "--json").json
    assert (done["run"], done["changed"], done["failed"]) == (1, [], [])
    assert "there is no saved search" in reelscore("saved", "remove", "Loud").err
    assert reelscore("saved", "remove", "Calm", "--json").json["id"] == made["id"]
    assert "no saved searches" in reelscore("saved", "list").out
