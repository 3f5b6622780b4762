"""`reelscore taste`, alone and beside a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_commands import Reelscore


@pytest.mark.usefixtures("served")
def test_what_would_teach_most_is_asked_answered_exported_and_forgotten(
    reelscore: Reelscore, tmp_path: Path
) -> None:
    who = ("--user", "ada")
    asked = reelscore("taste", "questions", *who, "-n", 4, "--json").json["songs"]
    assert len(asked) == 4
    shown = reelscore("taste", "questions", *who, "-n", 4).out
    assert all(song["id"] in shown and song["title"] in shown for song in asked)

    suits, does_not = asked[0]["id"], asked[1]["title"]
    said = reelscore("taste", "answer", *who, "--suits", suits, "--not", does_not)
    assert (said.code, said.out) == (0, "noted 2 songs\n")
    left = {song["id"] for song in reelscore("taste", "questions", *who, "-n", 50, "--json").json["songs"]}
    assert len(left) == 26 and not left & {asked[0]["id"], asked[1]["id"]}
    assert "1 turned down" in reelscore("taste", "show", *who).out
    assert reelscore("taste", "show", "--json").json["events"] == 0  # those of nobody are others

    out = tmp_path / "taste.json"
    assert reelscore("taste", "export", *who, "--out", str(out)).code == 0
    events = json.loads(out.read_text())["events"]
    assert {(one["song_id"], one["kind"]) for one in events} == {(suits, "more"), (asked[1]["id"], "less")}
    assert "cannot be written" in reelscore("taste", "export", *who, "--out", str(out)).err

    assert reelscore("taste", "forget", *who, "--kind", "less", "--yes").out == "forgot 1 event\n"
    assert reelscore("taste", "forget", *who, "--yes", "--json").json == {"removed": 1}
    assert reelscore("taste", "export", *who).json == {"user": "ada", "events": []}


@pytest.mark.usefixtures("served")
def test_mistakes_are_told(reelscore: Reelscore) -> None:
    assert "name a song that suits" in reelscore("taste", "answer").err
    assert reelscore("taste", "answer", "--suits", "no such title").code != 0
    nobody = "6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b11"
    assert "there is no song" in reelscore("taste", "answer", "--not", nobody).err
    assert "kind of event" in reelscore("taste", "forget", "--kind", "loved", "--yes").err
