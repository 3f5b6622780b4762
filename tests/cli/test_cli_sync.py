"""`reelscore sync` and `reelscore fit`, on the demo library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli_commands import Reelscore
from reelscore.config import Settings
from reelscore.remote.owner import OwnerClient, RemoteError
from reelscore.sources.demo import demo_videos
from reelscore.wiring import Wiring
from serving import serve


def test_plans_are_printed_and_given_as_json(reelscore: Reelscore, song: str) -> None:
    street = demo_videos()[0]
    told = reelscore("sync", street, "-n", "2")
    assert told.code == 0, told.err
    assert told.out.count("by chance") == 2
    found = reelscore("sync", street, song, "--tolerance", "2", "--json").json
    (made,) = found["plans"]
    assert made["song"]["id"] == song
    assert made["plan"]["tolerance"] == 2.0


def test_hit_points_are_no_cuts_and_those_behind_the_film_are_named(reelscore: Reelscore, song: str) -> None:
    street = demo_videos()[0]
    cuts = reelscore("sync", street, song, "--json").json["video"]["cuts"]
    found = reelscore("sync", street, song, "--hit", "0", "--hit", "2", "--hit", "999", "--json").json
    (plan,) = (each["plan"] for each in found["plans"])
    assert found["video"]["cuts"] == cuts == sum(cut["kind"] != "hit" for cut in plan["cuts"])
    assert [cut["time"] for cut in plan["cuts"] if cut["kind"] == "hit"] == [0.0, 2.0]
    assert any("hit point at 999 s does not lie in" in words for words in plan["notes"])


@pytest.mark.parametrize(("seconds", "words"), [(1, "too short: 1.00 s of sound"), (5, "silent")])
def test_a_song_with_nothing_to_hear_is_named(
    reelscore: Reelscore, song: str, tmp_path: Path, seconds: int, words: str
) -> None:
    soundfile.write(tmp_path / "empty.wav", np.zeros(seconds * 8000), 8000)
    told = reelscore("sync", demo_videos()[0], song, tmp_path / "empty.wav")
    assert (told.code, f"empty.wav is {words}" in told.err) == (1, True), told.err


def test_a_song_is_fitted_from_the_command_line(reelscore: Reelscore, song: str) -> None:
    found = reelscore("fit", song, "--length", "15", "--ending", "fade", "--json").json
    assert found["fit"]["length"] == 15 * 48_000
    assert found["fit"]["ending"] == "fade"
    told = reelscore("fit", song, "--video", demo_videos()[0], "--hit-at", "5")
    assert told.code == 0, told.err
    assert "of the song" in told.out


def test_refusals_are_one_line(reelscore: Reelscore, song: str) -> None:
    told = reelscore("fit", song)
    assert told.code == 1
    assert "give one of them" in told.err
    assert reelscore("fit", song, "--length", "9", "--ending", "loud").code == 1
    assert reelscore("sync", "no-film.mp4", song).code == 1
    # Also beside a server, whose line would name a field of its own.
    for option, value in (("--length", "0.5"), ("--length", "3601")):
        assert option in reelscore("fit", song, option, value).err
    for option, value in (("--hit", "-3"), ("--limit", "1001")):
        assert option in reelscore("sync", demo_videos()[0], song, option, value).err


def test_a_server_that_owns_the_library_is_asked(
    reelscore: Reelscore, song: str, demo_library_home: Path, tmp_path: Path
) -> None:
    wiring = Wiring(Settings(home=demo_library_home))
    with serve(wiring) as url:
        assert wiring.ownership is not None
        wiring.ownership.update_url(url)
        found = reelscore("sync", demo_videos()[0], song, "--json").json
        assert found["plans"][0]["song"]["id"] == song
        fitted = reelscore("fit", song, "--length", "12", "--json").json
        assert fitted["fit"]["length"] == 12 * 48_000
        path = str(wiring.catalog.song(song).uri)  # a file, which only the user of the server may name
        assert reelscore("fit", path, "--length", "12", "--json").json["song"]["id"] == song
        assert reelscore("sync", demo_videos()[0], path, "--json").json["plans"][0]["song"]["id"] == song
        stranger = OwnerClient(tmp_path, url)
        for route, body in (
            ("/api/fit", {"song_id": path, "seconds": 12}),
            ("/api/sync", {"analysis_id": found["analysis_id"], "song_ids": [path]}),
        ):
            with pytest.raises(RemoteError, match="there is no song"):
                stranger.request("POST", route, json=body)
    wiring.close()


def test_stats_are_the_same_beside_a_server(
    reelscore: Reelscore, demo_library_home: Path, tmp_path: Path
) -> None:
    alone = reelscore("stats", "--json").json
    wiring = Wiring(Settings(home=demo_library_home))
    with serve(wiring) as url:
        assert wiring.ownership is not None
        wiring.ownership.update_url(url)
        assert reelscore("stats", "--json").json == alone
        seen = OwnerClient(tmp_path, url).request("GET", "/api/recommendations/database-stats")["data"]
        assert set(seen) == {"collection_name", "vectors_count", "points_count", "status"}
    wiring.close()
