"""What a plan says of itself. Every number in the words is one of the plan's."""

from __future__ import annotations

from reelscore.errors import counted

# Shares of cuts on a beat from which on the words say so.
_TIGHT, _GOOD = 0.8, 0.6
# Hits that lie less than this above chance, as a share of all cuts, are not told apart from it.
_LEAST_LEAD = 0.15
# Of fewer cuts, some offset hits most of them in any song.
_FEW_CUTS = 3


def grade_of(hits: int, cuts: int, chance: float, *, beats: bool) -> str:
    """One word: tight, good, loose, chance (as elsewhere in the song), none (nothing to hit).

    `cuts`: those under the song, of which `chance` is the share that a random place of it hits.
    """
    if not cuts or not beats:
        return "none"
    share = hits / cuts
    if share - chance < _LEAST_LEAD:
        return "chance"
    return "tight" if share >= _TIGHT else "good" if share >= _GOOD else "loose"


def verdict_of(
    grade: str,
    hits: int,
    bars: int,
    cuts: int,
    chance: float,
    *,
    beats: bool,
    stretch: float = 1.0,
    hit_points: int = 0,
    beside: int = 0,
) -> str:
    """One sentence about the figures.

    `cuts`: those under the song, of which somebody set `hit_points`; `beside`: the others of the picture.
    """
    if not cuts and not beside:
        return "the picture has no cuts, so nothing has to meet a beat"
    if not cuts:
        return "no cut lies under the song, so nothing has to meet a beat"
    if not beats:
        return f"the song has no steady beat, so none of the {_things(cuts, hit_points)} can be on one"
    # Such as: 11 of 14 cuts on a beat (5 by chance), 4 on a bar.
    where = f"the {_things(cuts, hit_points)} under the song" if beside else _things(cuts, hit_points)
    figures = f"{hits} of {where} on a beat ({_expected(chance * cuts)} by chance)"
    figures += f", {bars} on a bar" if bars else ""
    if stretch != 1.0:
        figures += f", with the song at {stretch:.1%} of its speed"
    things = _things(cuts, hit_points).split(maxsplit=1)[1]
    if grade == "chance":
        return f"the {things} follow this song no better than by chance: {figures}"
    if cuts <= _FEW_CUTS:
        return f"{figures}; so few can be laid on the beat of any song"
    opening = {
        "tight": f"the {things} follow the beat",
        "good": f"most {things} are on the beat",
        "loose": f"some {things} are on the beat",
    }[grade]
    return f"{opening}: {figures}"


def _things(cuts: int, hit_points: int) -> str:
    if 0 < hit_points < cuts:
        return f"{cuts} cuts and hit points"
    return counted(cuts, "hit point" if hit_points else "cut")


def _expected(number: float) -> str:
    return f"{number:.0f}" if number >= 0.95 or number == 0.0 else f"{number:.1f}"
