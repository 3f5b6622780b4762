"""Timecode, checked against OpenTimelineIO and by walking through the numbers."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest
from export_cases import NTSC_24, NTSC_30, NTSC_60
from hypothesis import given
from hypothesis import strategies as st
from read_back import parse_timecode

from reelscore.errors import InvalidInputError
from reelscore.export.timecode import format_timecode, frames_in_a_day, may_drop

RATES = [NTSC_24, Fraction(24), Fraction(25), NTSC_30, Fraction(30), Fraction(50), NTSC_60, Fraction(60)]


@given(frame=st.integers(0, 24 * 3600 * 60 - 1), rate=st.sampled_from(RATES), drop=st.booleans())
def test_timecode_is_what_opentimelineio_writes_and_reads_back(
    frame: int, rate: Fraction, drop: bool
) -> None:
    drop = drop and may_drop(rate)
    frame %= frames_in_a_day(rate, drop=drop)
    text = format_timecode(frame, rate, drop=drop)
    assert parse_timecode(text, rate) == (frame, drop)
    time = otio.opentime.RationalTime(frame, float(rate))
    # Past 24 hours of the clock it begins anew at zero, also if the numbers without drop have not reached 24.
    if (rate.denominator == 1 or may_drop(rate)) and frame < 24 * 3600 * rate:
        assert text == time.to_timecode(float(rate), drop)


@pytest.mark.parametrize(("rate", "dropped"), [(NTSC_30, 2), (NTSC_60, 4)])
def test_drop_frame_leaves_out_numbers_but_no_frames(rate: Fraction, dropped: int) -> None:
    texts = [format_timecode(frame, rate, drop=True) for frame in range(round(rate) * 60 * 11)]
    assert len(set(texts)) == len(texts)
    assert texts == sorted(texts)
    base = round(rate)
    assert f"00:00:59;{base - 1}" in texts
    assert texts[60 * base] == f"00:01:00;{dropped:02d}"
    assert "00:10:00;00" in texts
    assert not any(f"00:01:00;{number:02d}" in texts for number in range(dropped))


def test_an_hour_of_drop_frame_is_an_hour() -> None:
    frame, _ = parse_timecode("01:00:00;00", NTSC_30)
    assert frame == 107892
    assert abs(float(frame / NTSC_30) - 3600) < 0.004
    assert frames_in_a_day(NTSC_30, drop=True) == 2589408


def test_after_midnight_it_begins_again() -> None:
    assert format_timecode(24 * 3600 * 25 + 1, Fraction(25)) == "00:00:00:01"
    assert format_timecode(2589408, NTSC_30, drop=True) == "00:00:00;00"


def test_there_is_no_drop_frame_at_25() -> None:
    with pytest.raises(InvalidInputError, match="no drop-frame"):
        format_timecode(0, Fraction(25), drop=True)
    with pytest.raises(InvalidInputError, match="no drop-frame"):
        format_timecode(0, NTSC_24, drop=True)
