"""Taste as a part of the score: of one person, and of those who work on other films."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np

from reelscore.embedding.lite.static_text import load_static_text
from reelscore.errors import counted
from reelscore.ranking.fusion import Column, Parts, total_of
from reelscore.ranking.scoring import Ranked, Scored, order_of
from reelscore.ranking.taste import (
    EXPLORE_DEPTH,
    MOST_EVENTS,
    MOST_JUDGED,
    Judgement,
    Kernel,
    Taste,
    explore,
    judgements,
    kernel_of,
    learn,
    share_of_taste,
    share_of_team,
    team_lift,
)
from reelscore.records import FloatArray, Reason
from reelscore.search.reading import Reading
from reelscore.search.retrieve import Candidates
from reelscore.search.understand import Understood
from reelscore.wiring import Wiring

# What was learnt of so many people, and for so many films of each, stays in memory.
_MOST_PEOPLE, _MOST_FILMS = 100, 20
# Of two films: cosine of their words below which they have nothing to do with each other, and from which on
# they are alike; and what a judgement for an unlike film counts.
_UNLIKE, _LIKE, _LEAST_TRUST = 0.3, 0.7, 0.15


class TasteStage:
    """What one person and the projects of a library say of the candidates of one question."""

    def __init__(
        self, wiring: Wiring, reading: Reading, share: float, taste: Taste | None, team: Mapping[str, int]
    ) -> None:
        self._space = wiring.embedders.sound_space
        self._reading = reading
        self._share = share
        self._taste = taste
        self._team = team
        self._alike: FloatArray | None = None  # (candidates, judged), their cosines
        self._row: dict[str, int] = {}  # of a candidate in it
        self._kept = {one.song_id for one in taste.judged if one.kept} if taste else set()
        self._like_kept: set[str] = set()  # candidates that are like a song that was kept
        self._asked: tuple[Sequence[str], Column] = (), np.empty(0)  # candidates, and scores without taste
        self._explored: set[str] = set()

    def parts(self, candidates: Candidates, asked: Parts) -> dict[str, Column]:
        """What was asked for, with parts `taste` and `team` beside it.

        Songs that the words name are left where they are, above all others.
        """
        parts, totals = dict(asked), total_of(asked)
        self._asked = candidates.ids, totals
        ids, named = candidates.ids, candidates.named
        if self._taste is not None and ids:
            parts["taste"] = self._by_taste(candidates, totals, self._taste)
        if not self._team:
            return parts
        counts = [0 if song in named else self._team.get(song, 0) for song in ids]
        if any(counts):
            gain = share_of_team(totals, counts, taste=self._share)
            others = [song not in named for song in ids]
            if not all(others):  # the others may only come nearer to each other
                gain = np.where(others, np.nan_to_num(gain) - np.nanmax(gain), np.nan)
            parts["team"] = gain
        return parts

    def _by_taste(self, candidates: Candidates, totals: Column, taste: Taste) -> Column:
        there, sound = candidates.ids, candidates.sound
        if sound is None:
            there, blocks = self._reading.matrices([self._space], there)
            sound = blocks[self._space]
        if candidates.named:
            kept = [row for row, song in enumerate(there) if song not in candidates.named]
            there, sound = [there[row] for row in kept], sound[kept]
        column = np.full(len(totals), np.nan)
        if not there:
            return column
        suits, self._alike = taste.suits(sound)
        self._row = dict(zip(there, range(len(there)), strict=True))
        self._like_kept = {there[row] for row in taste.are_like_kept(self._alike)}
        all_there = len(there) == len(column)
        rows = slice(None) if all_there else [song in self._row for song in candidates.ids]
        column[rows] = share_of_taste(totals[rows], suits, taste=self._share, confidence=taste.confidence)
        if not all_there:
            column[rows] -= column[rows].max()  # none may rise above a song that is named
        return column

    def explore(self, ranked: Ranked) -> Ranked:
        """Some places for songs that taste knows little about."""
        if self._taste is None or self._alike is None or not self._taste.explores(self._share):
            return ranked
        ids, totals = self._asked
        untouched = (ids[at] for at in order_of(ids, totals))
        pool = list(islice((song for song in untouched if song in self._row), EXPLORE_DEPTH))
        # Rounded, since those of songs that were judged are 1 but for the last digit.
        nearest = self._alike[[self._row[song] for song in pool]].max(axis=1).round(6).tolist()
        order = np.array(explore(ranked.ids, pool, dict(zip(pool, nearest, strict=True))))
        self._explored = {ranked.ids[at] for at in order[order > np.arange(len(order))].tolist()}
        return ranked.moved(order)

    def reasons(self, item: Scored) -> list[Reason]:
        """What taste says of a song of the answer; only what is so."""
        said = []
        if self._taste is not None and self._alike is not None and item.id in self._row:
            like = item.id in self._like_kept and item.parts.get("taste", 0.0) > 0.0
            kept = self._taste.kept_like(self._alike[self._row[item.id]]) if like else []
            if item.id in self._kept:
                said.append(Reason("you kept it before", "taste", True))
            elif kept:
                text = f"you kept {_NUMBERS.get(len(kept), len(kept))} like this"
                said.append(Reason(text, "taste", True))
            elif item.id in self._explored:
                said.append(Reason("for a change: further from what you kept", "taste", True))
        if item.id in self._team and "team" in item.parts:
            text = f"used in {counted(self._team[item.id], 'project')} with songs of this one"
            said.append(Reason(text, "team", True))
        return said


_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}


def taste_stage(wiring: Wiring, reading: Reading, question: Understood, person: str) -> TasteStage | None:
    """What is known for a question; None if nothing is, or nothing of it is wanted."""
    share = question.query.options.taste
    if not (share and wiring.settings.taste):
        return None
    taste = _taste(wiring, reading, question, person)
    project = question.query.project
    team = _team(wiring, project) if project else {}
    return TasteStage(wiring, reading, share, taste, team) if taste or team else None


class _Known:
    """What is known of one person, for as long as nothing changes that it follows from.

    Parameters
    ----------
    stamp
        Of what it follows from.
    kernel
        Of the songs of these judgements.
    """

    def __init__(self, stamp: tuple[object, ...], judged: Sequence[Judgement], kernel: Kernel) -> None:
        self.stamp = stamp
        self._judged = judged
        self._kernel = kernel
        self._meant: dict[str, FloatArray] = {}  # words of a judgement -> their unit vector (dim,)
        self._tastes: dict[tuple[str | None, str], Taste] = {}  # by project and words

    def taste(self, project: str | None, words: str) -> Taste:
        """What the judgements say for a film; outside of one, if there are no words."""
        found = self._tastes.get((project, words))
        if found is None:
            if len(self._tastes) >= _MOST_FILMS:
                self._tastes.clear()
            found = learn(self._judged, self._kernel, trust=self._trust(project, words))
            self._tastes[project, words] = found
        return found

    def _trust(self, project: str | None, words: str) -> Column | None:
        """How much judgements count for a film: those for unlike films count little."""
        if not words:
            return None
        if not self._meant:
            texts = list(dict.fromkeys(one.words for one in self._judged))
            self._meant = dict(zip(texts, load_static_text().encode(texts), strict=True))
        (here,) = load_static_text().encode([words])
        cosine = {text: float(vector @ here) for text, vector in self._meant.items()}

        def trusted(one: Judgement) -> float:
            if one.project_id == project or not one.words:
                return 1.0
            return min(max((cosine[one.words] - _UNLIKE) / (_LIKE - _UNLIKE), _LEAST_TRUST), 1.0)

        return np.array([trusted(one) for one in self._judged])


def _taste(wiring: Wiring, reading: Reading, question: Understood, person: str) -> Taste | None:
    events, *changes = wiring.catalog.taste_stamp(person, MOST_EVENTS)
    if not events:
        wiring.tastes.pop(person, None)
        return None
    space = wiring.embedders.sound_space
    stamp = events, *changes, space
    known: _Known | None = wiring.tastes.get(person)
    if known is None or known.stamp != stamp:
        known = _learnt(wiring, reading, person, stamp)
        if known is None:
            return None
        if len(wiring.tastes) >= _MOST_PEOPLE:
            wiring.tastes.clear()
        wiring.tastes[person] = known
    return known.taste(question.query.project, _words(question))


def _learnt(wiring: Wiring, reading: Reading, person: str, stamp: tuple[object, ...]) -> _Known | None:
    """What a person judged of the songs that are there; None if that is nothing."""
    space = wiring.embedders.sound_space
    judged = judgements(wiring.catalog.taste_events(person, limit=MOST_EVENTS))[:MOST_JUDGED]
    stored = reading.vectors([space], list(dict.fromkeys(one.song_id for one in judged)))[space]
    there = [one for one in judged if one.song_id in stored]
    centre = reading.centre(space)
    if not there or centre is None:
        return None
    sound = np.stack([stored[one.song_id] for one in there])
    return _Known(stamp, there, kernel_of(sound, centre=centre, metric=wiring.embedders.within))


def _words(question: Understood) -> str:
    """What is looked for in a project; nothing outside of one, if all judgements count alike."""
    query = question.query
    phrases = (phrase.text for phrase in question.music.phrases)
    return " ".join(filter(None, (query.about, *phrases))) if query.project else ""


def _team(wiring: Wiring, project: str) -> Mapping[str, int]:
    kept = wiring.catalog.kept_songs()
    own = kept.pop(project, ())
    return team_lift(own, list(kept.values())) if own else {}
