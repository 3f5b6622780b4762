"""What is read ahead is what the source gives, no more of it than fits, and nobody is left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reelscore.errors import CancelledError
from reelscore.video.decode.frames import open_video
from reelscore.video.decode.readahead import ReadAhead
from reelscore.video.measure.video import measure_video


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "read-ahead"]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 1000])
def test_gives_every_item_in_order(count: int) -> None:
    assert list(ReadAhead(iter(range(count)))) == list(range(count))


def test_an_error_of_the_source_comes_after_the_items_before_it() -> None:
    def source() -> Iterator[int]:
        yield from range(11)
        raise ValueError("broken here")

    taken = []
    with pytest.raises(ValueError, match="broken here"):
        for item in ReadAhead(source()):
            taken.append(item)
    assert taken == list(range(11))


def test_makes_nothing_before_it_is_asked_and_no_more_than_fits() -> None:
    made = []

    def source() -> Iterator[int]:
        for number in range(10_000):
            made.append(number)
            yield number

    ahead = ReadAhead(source())
    assert not made
    first = next(iter(ahead))
    ahead.close()
    assert first == 0
    assert len(made) < 100


def test_closing_ends_the_thread_of_a_taker_that_has_gone_away() -> None:
    def endless() -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    before = readers()
    ahead = ReadAhead(endless())
    assert next(iter(ahead)) == 0
    ahead.close()
    assert readers() == before


def test_closing_what_was_never_read_is_harmless() -> None:
    ahead = ReadAhead(iter([1]))
    ahead.close()
    ahead.close()


def test_is_iterated_once() -> None:
    ahead = ReadAhead(iter([1, 2]))
    assert list(ahead) == [1, 2]
    with pytest.raises(RuntimeError, match="once"):
        list(ahead)


def test_a_video_that_is_left_early_is_closed_without_a_thread_behind(footage: Path) -> None:
    with open_video(footage / "bigbuckbunny.mp4") as video:
        assert next(video.frames()).index == 0
    assert not readers()


def test_a_cancelled_measurement_leaves_no_thread_behind(footage: Path) -> None:
    def cancel(_: object) -> None:
        raise CancelledError("stop")

    with pytest.raises(CancelledError):
        measure_video(footage / "bikes.mp4", progress=cancel)
    assert not readers()


def test_measures_the_same_each_time(footage: Path) -> None:
    first, second = (measure_video(footage / "bikes.mp4").measurements for _ in range(2))
    assert first == second
