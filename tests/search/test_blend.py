"""Blends: parts are read, added up and taken away, and what left the answer for that is told."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.query.blend import BlendPart, part_of_text, parts_values, read_parts
from reelscore.query.form import Query, query_values, read_query
from reelscore.ranking.scoring import Ranked
from reelscore.search import saved
from reelscore.search.blend import removed, with_words
from reelscore.search.engine import search
from reelscore.wiring import Wiring


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("slow piano", BlendPart("text", "slow piano")),
        ("slow piano=0.5", BlendPart("text", "slow piano", 0.5)),
        ("artist:Air=2", BlendPart("artist", "Air", 2.0)),
        ("saved: Evenings", BlendPart("saved", "Evenings")),
        ("a=b", BlendPart("text", "a=b")),
        ("mood: dark", BlendPart("text", "mood: dark")),
    ],
)
def test_parts_are_read_as_they_are_typed(text: str, part: BlendPart) -> None:
    assert part_of_text(text) == part
    assert part_of_text(text, sign=-1.0).weight == -part.weight
    assert read_parts("blend", parts_values((part,))) == (part,)


@pytest.mark.parametrize(
    "value",
    [
        *("x", [1], [{}], [{"song": "a", "text": "b"}], [{"text": " "}], [{"text": "a", "weight": 0}]),
        *([{"text": "a", "weight": True}], [{"genre": "a"}], [{"text": "a"}] * 21),
        [{"text": "a", "weight": 11}],
    ],
)
def test_what_is_no_blend_is_refused(value: object) -> None:
    with pytest.raises(InvalidInputError):
        read_query({"blend": value})


def test_a_blend_is_part_of_the_one_form() -> None:
    query = Query(blend=(BlendPart("song", "x"), BlendPart("text", "drums", -1.0)))
    assert read_query(query_values(query)) == query
    read = with_words(query)
    assert [part.kind for part in read.blend] == ["song"] and read.avoid[0].text == "drums"  # type: ignore[index]


def test_what_was_taken_away_is_told_by_what_it_lost_most_for() -> None:
    parts = {
        "like": np.array([0.9, 0.8, 0.7, 0.1]),
        "avoid drums": np.array([-0.5, 0.0, 0.0, 0.0]),
        "unlike X": np.array([-0.3, -0.1, 0.0, 0.0]),
    }
    scores = sum(parts.values())
    order = np.argsort(-scores)
    ranked = Ranked(
        [f"s{n}" for n in order], scores[order], {name: own[order] for name, own in parts.items()}
    )
    assert ranked.ids[:2] == ["s1", "s2"]
    assert removed(ranked, ["s1", "s2"], 2) == [("s0", "avoid drums", pytest.approx(0.5))]
    assert removed(ranked, ["s2", "s3"], 2) == [("s0", "avoid drums", pytest.approx(0.5))]  # s1: by a cap
    assert removed(Ranked(["a"], np.zeros(1), {"like": np.zeros(1)}), [], 1) == []


def test_songs_artists_and_saved_searches_are_added_up_and_taken_away(demo_wiring: Wiring) -> None:
    wiring = demo_wiring
    one, two, three = [song.id for song in wiring.catalog.list_songs()[0]][:3]
    alone = search(wiring, Query(song=one, limit=10))
    blend = (BlendPart("song", one), BlendPart("song", two))
    both = search(wiring, Query(blend=blend, limit=10))
    assert not {one, two} & {each.song.id for each in both.songs} and len(both.songs) == 10
    assert [each.song.id for each in both.songs] != [each.song.id for each in alone.songs]
    # Almost all of the weight on one song is that song.
    tilted = search(
        wiring, Query(blend=(BlendPart("song", one, 10.0), BlendPart("song", two, 0.01)), limit=5)
    )
    near = [each.song.id for each in alone.songs if each.song.id != two]
    assert len({each.song.id for each in tilted.songs} & set(near[:6])) >= 4
    less = search(wiring, Query(blend=(*blend, BlendPart("song", three, -3.0)), limit=10))
    assert three not in {each.song.id for each in less.songs}
    gone = less.query["removed"]
    before = {each.song.id for each in both.songs}
    assert gone and all(each["by"].startswith("unlike ") and each["lost"] > 0 for each in gone)
    assert len({each["id"] for each in gone} - before) <= 1  # scores are standardised over other candidates
    made = saved.save_search(wiring, "Calm", Query(text="calm piano", limit=4))
    answer = search(
        wiring, Query(blend=(BlendPart("saved", "Calm"), BlendPart("text", "calm", 0.5)), limit=10)
    )
    assert len({each.song.id for each in answer.songs} & set(made["song_ids"])) >= 2
    assert answer.query["removed"] == []
    for kind in ("song", "artist", "saved"):
        with pytest.raises(NotFoundError):
            search(wiring, Query(blend=(BlendPart(kind, "nobody"),)))
    with pytest.raises(InvalidInputError):
        search(wiring, Query(blend=(BlendPart("text", "drums", -1.0),)))
