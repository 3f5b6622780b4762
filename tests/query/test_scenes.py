"""What is said of a film with times."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelscore.query.film_music import music_for
from reelscore.query.scenes import Scene, scenes_of


@pytest.mark.parametrize(
    ("about", "scenes"),
    [
        ("wedding, seaside", ()),
        ("office; 0:20 the sea", (Scene(0, 20, "office"), Scene(20, None, "the sea"))),
        ("0:00 office, 0:20 the sea", (Scene(0, 20, "office"), Scene(20, None, "the sea"))),
        ("0:05-0:20 a street", (Scene(5, 20, "a street"),)),
        ("0:00-0:20 office, 0:20-1:05 sea", (Scene(0, 20, "office"), Scene(20, 65, "sea"))),
        ("1:00 sea, 0:10 office", (Scene(10, 60, "office"), Scene(60, None, "sea"))),
        ("from 1:02:03: a chase", (Scene(3723, None, "a chase"),)),
        ("a race at 100:200 and 7:99", ()),
    ],
)
def test_a_time_begins_a_scene(about: str, scenes: tuple[Scene, ...]) -> None:
    assert scenes_of(about) == scenes


@given(st.text(alphabet="ab 0123456789:-,;", max_size=40))
def test_scenes_are_in_order_and_do_not_overlap(about: str) -> None:
    scenes = scenes_of(about)
    for one, other in pairwise(scenes):
        assert one.end is not None and one.start < one.end <= other.start
    assert all(scene.words for scene in scenes)


def test_times_say_nothing_of_the_music_of_the_whole_film() -> None:
    timed, plain = (
        music_for("0:00 office, 0:20 zither on the moon"),
        music_for("office, zither on the moon"),
    )
    assert timed == plain
