"""Options, and calls that can be cancelled, by themselves."""

from __future__ import annotations

import threading
import time

import pytest

from reelscore.errors import CancelledError, InvalidInputError
from reelscore.records import Progress
from reelscore.video.asking.reporting import Reporter, TooLongError
from reelscore.video.gemini.options import GeminiOptions


def test_a_call_that_takes_too_long_is_left_behind() -> None:
    over, left = threading.Event(), threading.Event()
    with pytest.raises(TooLongError):
        Reporter(lambda _: None).during(over.wait, limit=0.05, leave=left.set)
    assert left.is_set()
    over.set()


def test_an_error_of_the_call_comes_out_as_it_is() -> None:
    def fail() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        Reporter(lambda _: None).during(fail, limit=5.0)


def test_waiting_hears_the_user() -> None:
    asked: list[Progress] = []

    def progress(step: Progress) -> None:
        asked.append(step)
        if len(asked) == 2:
            raise CancelledError("stop")

    begin = time.monotonic()
    with pytest.raises(CancelledError):
        Reporter(progress).wait(30.0)
    assert time.monotonic() - begin < 25.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": " "},
        {"detail": "huge"},
        {"attempts": 0},
        {"requests_per_minute": 0},
        {"tokens_per_day": -1},
        {"request_seconds": 0},
    ],
)
def test_impossible_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        GeminiOptions(**wrong)  # type: ignore[arg-type]
