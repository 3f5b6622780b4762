"""What somebody kept and turned down, as a part of the score of songs that nobody has judged yet. Pure.

A judged song is a point in the space of sound with a value; what lies between is guessed by Gaussian process
regression [1]_. Its kernel is half of what tells songs apart along lines (in a metric in which what varies
within any track counts less) and half of nearness, so that one person may like two unlike things. Later
judgements are surer than earlier ones, and how well each judgement is predicted by the others (leave one
out, in closed form [2]_) says how much the whole counts: nothing for somebody whose choices follow no sound.
The figures, and what did not help, are in docs/evaluation.md.

References
----------
.. [1] Rasmussen, Williams. Gaussian Processes for Machine Learning. MIT Press 2006, chapter 2.
.. [2] The same, section 5.4.2.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelscore.ranking.fusion import Column
from reelscore.records import EventKind, FloatArray, TasteEvent

# Taste at 1 moves the score by twice the spread of what was asked for, if all is known of somebody.
_MOST_SPREADS = 2.0
# After so many judgements one counts half as much.
_HALF_LIFE = 12.0
# ... and half as much for how well the others tell it.
_SKILL_HALF_LIFE = 15.0
# Cosine of two songs, of which an e-th of the nearness is left where it is less than 1 by this.
_NEAR = 0.25
NOISE = 1.0  # variance of one judgement, if that of the taste is 1
_DOUBT = 5.0  # judgements at which half of the confidence is there
_CREDIT, _SKILL_SLOPE = 0.4, 0.25
# Songs with this cosine are said to be alike: of the yardstick, 4 % of the pairs of other albums are.
_ALIKE = 0.5
# Taste that differs less than this among the candidates is not stretched: it says nothing of them.
_LEAST_SPREAD = 0.02
_HEARD_SECONDS = 20.0
ASKED_VALUE = 0.5  # of a song that more was asked of, or less
_STARS = {1: -0.5, 2: 0.0, 3: 0.5, 4: 1.0, 5: 1.25}
# Taste that counts less than this shuts nothing out, so that nothing is to be explored.
_STRONG = 0.1
# Every so many places one goes to a song that little is known about.
_EXPLORE_EVERY = 5
# Explored are the first songs of an untouched answer, no others.
EXPLORE_DEPTH = 40
# Projects that must have used a song beside one of this project's.
FEWEST_PROJECTS = 3
_MOST_PROJECTS = 10  # beyond which more of them say no more


# The latest that are looked at; what is older has faded.
MOST_EVENTS = 400
MOST_JUDGED = 150


class Judgement(NamedTuple):
    """What one person made of a song in one project."""

    song_id: str
    project_id: str
    value: float  # -1.25..1.25; above 0: liked
    kept: bool  # kept, starred or taken away, and not turned down since
    words: str  # what was looked for


def judgements(events: Sequence[TasteEvent]) -> list[Judgement]:
    """What events say of each song, the latest first; songs of which they say nothing are left out.

    Parameters
    ----------
    events
        Of one person, the latest first.
    """
    groups: dict[tuple[str, str], dict[EventKind, TasteEvent]] = {}
    for event in events:
        groups.setdefault((event.song_id, event.project_id), {}).setdefault(event.kind, event)
    found = []
    for (song, project), kinds in groups.items():
        value, kept = _value(kinds)
        if value:
            latest = next(iter(kinds.values()))
            found.append(Judgement(song, project, value, kept, latest.words))
    return found


def _value(kinds: Mapping[EventKind, TasteEvent]) -> tuple[float, bool]:
    deciding = (EventKind.KEPT, EventKind.REJECTED, EventKind.CORRECTED)
    last = max((kinds[kind] for kind in deciding if kind in kinds), key=lambda event: event.at, default=None)
    if last is not None and last.kind is EventKind.REJECTED:
        return -1.0, False
    after = "" if last is None or last.kind is EventKind.KEPT else last.at  # a correction takes back what was
    known = {kind: event for kind, event in kinds.items() if event.at >= after}
    if EventKind.EXPORTED in known:
        return 1.25, True
    if EventKind.STARRED in known and known[EventKind.STARRED].amount:
        value = _STARS[round(known[EventKind.STARRED].amount)]
        return value, value > 0.0
    if EventKind.KEPT in known:
        return 1.0, True
    asked = [known[kind] for kind in (EventKind.MORE, EventKind.LESS) if kind in known]
    if asked:
        liked = max(asked, key=lambda event: event.at).kind is EventKind.MORE
        return (ASKED_VALUE if liked else -ASKED_VALUE), False
    heard = known.get(EventKind.AUDITIONED)
    return (0.2 if heard is not None and heard.amount >= _HEARD_SECONDS else 0.0), False


class Kernel(NamedTuple):
    """How much the taste of any two songs goes together."""

    values: Column  # (songs, songs)
    points: FloatArray  # (songs, dim), unit vectors from the centre
    pulled: FloatArray  # (songs, dim), of which and the points the linear half is a product
    centre: FloatArray  # (dim,)


@dataclass(frozen=True, slots=True)
class Taste:
    """What is known of one person's taste."""

    known: FloatArray  # (judged + 2, dim): the judged songs, the linear half, and the mean of the library
    weights: FloatArray  # (judged,)
    judged: Sequence[Judgement]
    confidence: float  # 0..1

    def suits(self, sound: FloatArray) -> tuple[Column, FloatArray]:
        """How much songs suit it, about -1..1, and their cosines with the judged songs (songs, judged).

        `sound`: unit vectors (songs, dim).
        """
        # What `_from_centre` gives, multiplied out: the songs are unit vectors, and there are many of them.
        there = self.known @ sound.T
        centred = self.known @ self.known[-1]
        away = 1.0 + centred[-1] - 2.0 * there[-1]
        there -= centred[:, None]
        there *= 1.0 / np.maximum(np.sqrt(np.maximum(away, 0.0)), 1e-6)
        alike = there[:-2]
        near = alike - 1.0
        near *= 1.0 / _NEAR
        found = there[-2] + self.weights @ np.exp(near, out=near)
        return 0.5 * found.astype(np.float64), alike.T

    def explores(self, taste: float) -> bool:
        """Whether it counts so much, at this value of the option, that something has to be shut out."""
        return taste * self.confidence >= _STRONG

    def are_like_kept(self, alike: FloatArray) -> list[int]:
        """Which songs with these cosines (songs, judged) are like one that was kept."""
        kept = [one.kept for one in self.judged]
        found: list[int] = np.flatnonzero((alike.T[kept] >= _ALIKE).any(axis=0)).tolist()
        return found

    def kept_like(self, alike: FloatArray) -> list[str]:
        """Ids of the kept songs that one with these cosines (judged,) is like, the nearest first."""
        near = sorted(np.flatnonzero(alike >= _ALIKE).tolist(), key=lambda at: -alike[at])
        return list(dict.fromkeys(self.judged[at].song_id for at in near if self.judged[at].kept))


def learn(judged: Sequence[Judgement], kernel: Kernel, *, trust: Column | None = None) -> Taste:
    """What the judgements of one person say.

    Parameters
    ----------
    judged
        The latest first, one at least.
    kernel
        Of their songs.
    trust
        How much each counts for the question, above 0 to 1; None: all in full.
    """
    count = len(judged)
    values = np.array([one.value for one in judged])
    signs = np.sign(values)
    weight = np.abs(values) if trust is None else np.abs(values) * trust
    noise = doubts(values) if trust is None else doubts(values) / trust
    inverse = np.linalg.inv(kernel.values + np.diag(noise))
    found = inverse @ signs
    predicted = signs - found / np.diag(inverse)  # each by the others
    counted = weight * _halved(count, _SKILL_HALF_LIFE)
    length = np.sqrt((counted * predicted * predicted).sum() * (counted * signs * signs).sum())
    skill = float((counted * predicted * signs).sum() / length) if length > 1e-9 else 0.0
    effective = float(counted.sum() ** 2 / (counted**2).sum())
    known = float(weight.sum())
    confidence = float(np.clip(_CREDIT + _SKILL_SLOPE * skill * np.sqrt(effective), 0.0, 1.0))
    direction = found @ kernel.pulled.astype(np.float64)
    rows = np.vstack([kernel.points, direction, kernel.centre]).astype(np.float32)
    return Taste(rows, found.astype(np.float32), judged, confidence * known / (known + _DOUBT))


def share_of_taste(totals: Column, suits: Column, *, taste: float, confidence: float) -> Column:
    """What taste adds to the scores of candidates, in units of their spread; it moves none on average.

    Parameters
    ----------
    totals
        Scores of the candidates by what was asked for.
    taste
        How much it counts, 0..1.
    """
    if len(totals) < 2:
        return np.zeros_like(totals)
    moved = suits - suits.mean()
    spread = float(np.sqrt(moved @ moved / len(moved)))
    step = _MOST_SPREADS * taste * confidence * float(totals.std()) / max(spread, _LEAST_SPREAD)
    # Cosines of equal songs may differ in their last digit by the place of their rows.
    share: Column = np.round(step * moved, 6)
    return share


def explore(ranked: Sequence[str], untouched: Sequence[str], known: Mapping[str, float]) -> list[int]:
    """Give every fifth place to a song that taste knows little about: the best by what was asked for.

    Parameters
    ----------
    ranked, untouched
        Ids, best first, with taste and without.
    known
        Id -> cosine with the nearest judged song, of those that may be explored.

    Returns
    -------
    list of int
        Places in `ranked`, in their new order.
    """
    pool = list(untouched[:EXPLORE_DEPTH])
    middle = float(np.median([known[song] for song in pool])) if pool else 0.0
    order: list[int] = []
    placed: set[int] = set()
    at = 0
    for one in [ranked.index(song) for song in pool if known[song] < middle]:
        while one not in placed:
            if (len(order) + 1) % _EXPLORE_EVERY == 0:
                order.append(one)
            else:
                while at in placed:
                    at += 1
                order.append(at)
            placed.add(order[-1])
    return order + [at for at in range(at, len(ranked)) if at not in placed]


def team_lift(own: Collection[str], others: Sequence[Collection[str]]) -> dict[str, int]:
    """Song id -> how many other projects used it beside a song that this one keeps; three at least.

    Parameters
    ----------
    own
        Songs that the project keeps.
    others
        Songs that each other project keeps.
    """
    counts: dict[str, int] = {}
    mine = set(own)
    for songs in others:
        if not mine.isdisjoint(songs):
            for song in set(songs) - mine:
                counts[song] = counts.get(song, 0) + 1
    return {song: count for song, count in counts.items() if count >= FEWEST_PROJECTS}


def share_of_team(totals: Column, projects: Sequence[int], *, taste: float) -> Column:
    """What songs gain that other projects used: half of what taste may; NaN for the others."""
    counts = np.array(projects, dtype=np.float64)
    gain = 0.5 * _MOST_SPREADS * taste * float(totals.std()) * np.minimum(counts / _MOST_PROJECTS, 1.0)
    return np.where(counts > 0, np.round(gain, 6), np.nan)


def doubts(values: Sequence[float] | Column) -> Column:
    """Variances of judgements of these values, the latest first; that of the taste is 1."""
    left: Column = NOISE / (np.abs(values) * _halved(len(values), _HALF_LIFE))
    return left


def kernel_of(sound: FloatArray, *, centre: FloatArray, metric: FloatArray) -> Kernel:
    """How much the taste of any two songs goes together.

    Parameters
    ----------
    sound
        Unit vectors (songs, dim).
    centre
        Mean (dim,) of the songs of the library.
    metric
        (dim, dim), in which what varies within any track counts less.
    """
    points = _from_centre(sound, centre)
    pulled = points @ metric
    pulled /= float(np.einsum("ij,ij->i", pulled, points).mean()) or 1.0
    near = np.exp((points @ points.T - 1.0) / _NEAR)
    return Kernel(0.5 * (pulled @ points.T + near).astype(np.float64), points, pulled, centre)


def _from_centre(sound: FloatArray, centre: FloatArray) -> FloatArray:
    moved = sound - centre
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    unit: FloatArray = (moved / np.maximum(lengths, 1e-6)).astype(np.float32)
    return unit


def _halved(count: int, half_life: float) -> NDArray[np.float64]:
    """What is left of each of so many judgements, the latest first."""
    left: NDArray[np.float64] = 0.5 ** (np.arange(count) / half_life)
    return left
