"""What is seen of beats, and what the networks make of it, on loops that are made here."""

from __future__ import annotations

import numpy as np
import pytest
from audio_material import RATE
from test_grid import loop

from reelscore.audio import beat_net
from reelscore.audio.bars import bar_fits
from reelscore.audio.beat_net import READINGS, beside, downbeats, judge, pooled, windows
from reelscore.audio.beat_view import FEATURES, PieceView, describe, view_piece
from reelscore.audio.metrical_levels import levels_of
from reelscore.audio.pulse_net import find_pulse
from reelscore.audio.spectrum import scan
from reelscore.errors import ModelError

BEATS = 0.35 + np.arange(56) * 0.5


@pytest.fixture(scope="module")
def piece() -> PieceView:
    spectrum = scan(loop(BEATS, 4))
    return view_piece(find_pulse(spectrum.mels), spectrum.mels, spectrum.rate)


def test_each_beat_has_a_finite_row(piece: PieceView) -> None:
    for chain in levels_of(BEATS * piece.rate, piece.rate):
        rows = describe(piece, chain)
        assert rows.shape == (len(chain), FEATURES)
        assert np.isfinite(rows).all()


def test_a_row_is_alike_a_bar_later_and_says_where_the_bass_is(piece: PieceView) -> None:
    rows = describe(piece, BEATS * piece.rate)
    assert (
        np.abs(rows[8:40, :16] - rows[12:44, :16]).mean() < np.abs(rows[8:40, :16] - rows[9:41, :16]).mean()
    )
    bass = rows[4:48, 12]
    assert bass[::4].mean() > bass[1::4].mean() + 0.5


def test_true_beats_are_preferred_to_those_between_them(piece: PieceView) -> None:
    first = BEATS * piece.rate
    between = first + 0.25 * piece.rate
    seen = []
    for chain in (first, between):
        rows = describe(piece, chain)
        parts = [pooled(rows), beside(chain, first, piece.rate, None), bar_fits(downbeats(rows))]
        seen.append(np.concatenate(parts, dtype=np.float32))
    on, off = judge(seen)
    assert on.level > off.level + 1.0
    assert on.odds.max() > off.odds.max() + 1.0
    assert READINGS[int(on.odds.argmax())] in ((2, False), (4, False))


def test_downbeats_are_likelier_than_other_beats(piece: PieceView) -> None:
    likely = downbeats(describe(piece, BEATS * piece.rate))
    assert likely[4:48:4].mean() > likely[5:48:4].mean() + 0.3
    assert np.all((likely >= 0.0) & (likely <= 1.0))


def test_windows_are_padded_with_nothing() -> None:
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    seen = windows(rows)
    assert seen.shape == (3, 18)
    np.testing.assert_array_equal(seen[0], [*[0] * 8, 0, 1, 2, 3, 4, 5, 0, 0, 0, 0])


def test_damaged_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    beat_net._weights.cache_clear()
    monkeypatch.setattr(beat_net, "WEIGHTS_SHA256", "0" * 64)
    try:
        with pytest.raises(ModelError, match="damaged"):
            downbeats(np.zeros((4, FEATURES), dtype=np.float32))
    finally:
        monkeypatch.undo()
        beat_net._weights.cache_clear()


def test_silence_has_rows_too() -> None:
    mels = np.zeros((600, 96), dtype=np.float32)
    silent = view_piece(find_pulse(mels), mels, RATE / 256)
    assert np.isfinite(describe(silent, np.arange(20.0, 500.0, 40.0))).all()
