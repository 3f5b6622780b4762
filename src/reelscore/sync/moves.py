"""Small moves of cuts that would make them hit."""

from __future__ import annotations

from collections.abc import Sequence

from reelscore.errors import counted
from reelscore.records.sync import CutHit, CutMove
from reelscore.sync.grids import PictureGrid, overlaps

MOST_MOVES = 5
# An editor shifts a cut by this many frames without another look at the scene.
_MOST_FRAMES = 6
# No shot gets shorter than this by a move, if it was not before.
_SHORTEST_SHOT_FRAMES = 6
_WORTH = {"section": 2.0, "bar": 1.0, "beat": 0.0}


def suggest_moves(picture: PictureGrid, cuts: Sequence[CutHit], *, tolerance: float) -> tuple[CutMove, ...]:
    """Up to five moves of single cuts, those with the most gain for the least way, in order of the film.

    A cut is never moved inside or across speech, nor past or close to its neighbours, wherever those are
    moved to.
    """
    wanted: list[tuple[float, int, int]] = []
    rate = float(picture.rate)
    for index, cut in enumerate(cuts):
        if cut.hit or cut.error_frames is None or cut.kind == "dissolve":
            continue
        frames = -round(cut.error_frames)
        if not 0 < abs(frames) <= _MOST_FRAMES or abs(cut.error_frames + frames) > tolerance:
            continue
        here, there = sorted((cut.time, cut.time + frames / rate))
        if overlaps(picture.speech, here, there):
            continue
        wanted.append((abs(frames) - _WORTH.get(cut.level, 0.0), index, frames))
    places = [cut.frame for cut in cuts]
    last = round(picture.duration * rate)
    chosen: list[tuple[int, int]] = []
    for _, index, frames in sorted(wanted):
        if len(chosen) == MOST_MOVES:
            break
        before = places[index - 1] if index else 0
        after = places[index + 1] if index + 1 < len(places) else last
        new = places[index] + frames
        if min(new - before, after - new) < _SHORTEST_SHOT_FRAMES:
            continue
        places[index] = new
        chosen.append((index, frames))
    return tuple(_move(cuts[index], picture.names[index], frames) for index, frames in sorted(chosen))


def _move(cut: CutHit, name: str, frames: int) -> CutMove:
    size = counted(abs(frames), "frame")
    way = "earlier" if frames < 0 else "later"
    words = f"{name}: {size} {way}, onto a {_NAMES[cut.level]}"
    return CutMove(cut.number, frames, cut.frame + frames, cut.level, words, cut.kind)


_NAMES = {"section": "section start", "bar": "bar line", "beat": "beat"}
