"""Rights entered by hand: kept in the library, first in credits, and taken back."""

from __future__ import annotations

from pathlib import Path

import httpx

from cli_commands import Reelscore
from reelscore.config import Settings
from reelscore.sources.demo import demo_videos
from reelscore.wiring import Wiring
from serving import serve


def test_what_is_entered_wins_in_credits_and_can_be_taken_back(
    reelscore: Reelscore, song: str, tmp_path: Path
) -> None:
    before = reelscore("songs", "rights", song, "--json").json
    assert before["by_hand"] == []
    told = reelscore("songs", "rights", song, "--licence", "LicenceRef-Own", "--holder", "Ada  Records\n")
    assert "licence: LicenceRef-Own (entered by hand)" in told.out
    assert "rights holder: Ada Records (entered by hand)" in told.out
    words = ["export", demo_videos()[0], song, "--to", "wav", "--out", tmp_path / "a.wav", "--no-cuts"]
    assert reelscore(*words).code == 0
    named = (tmp_path / "a.credits.txt").read_text()
    assert "Licence: LicenceRef-Own" in named and "Rights: Ada Records" in named
    assert "Ada Records" in (tmp_path / "a.cue-sheet.csv").read_text()
    after = reelscore("songs", "rights", song, "--licence", "", "--holder", "", "--json").json
    assert after == before


def test_rights_are_entered_over_http_and_by_a_command_beside_the_server(
    reelscore: Reelscore, song: str, demo_library_home: Path
) -> None:
    wiring = Wiring(Settings(home=demo_library_home))
    with serve(wiring) as url, httpx.Client(base_url=url) as client:
        assert wiring.ownership is not None
        wiring.ownership.update_url(url)
        where = f"/api/songs/{song}/rights"
        changed = client.patch(where, json={"iswc": "T-034.524.680-1"}).json()["data"]
        assert (changed["rights"]["iswc"], changed["by_hand"]) == ("T-034.524.680-1", ["iswc"])
        found = reelscore("songs", "rights", song, "--licence", "CC0-1.0", "--json").json
        assert found["by_hand"] == ["iswc", "licence"]
        assert client.get(where).json()["data"] == found
        assert client.patch(where, json={"iswc": None, "licence": ""}).json()["data"]["by_hand"] == []
        assert client.patch(where, json={"colour": "x"}).status_code == 422
        assert client.patch(where, json={"licence": "x" * 1001}).status_code == 422
        assert client.get("/api/songs/nothing/rights").status_code == 404
    wiring.close()


def test_an_unknown_song_has_no_rights(reelscore: Reelscore, demo_library_home: Path) -> None:
    told = reelscore("songs", "rights", "nothing", "--licence", "x")
    assert told.code == 1 and "nothing" in told.err
