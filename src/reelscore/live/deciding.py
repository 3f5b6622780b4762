"""When the music should change, and the query that is then searched: hysteresis over moods. Pure.

A mood is left only if the picture has moved away from it by a margin, and stays away for a while. It is kept
for a minimum time, longer if the picture is restless, so that a flickering scene has one music.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from reelscore.live.looking import LONG_SECONDS, SHORT_SECONDS, Look
from reelscore.query import lead
from reelscore.query.form import Query
from reelscore.records import VideoAnalysis, VideoMeasurements
from reelscore.video.local.analyzer import analysis_of
from reelscore.video.local.interpret import Wish, interpret, mood_of
from reelscore.video.local.wording import add_words
from reelscore.video.showing import Showing

# A change by this many margins is far; a nearer one must last this many times as long.
_FAR, _NEAR_HOLDS = 2.0, 4.0
# A picture that leaves its mood far behind and comes back more often than this in a minute is restless.
_MANY_RETURNS = 4
# It is no longer restless after one shot of this length, or after a different picture for this long.
_STEADY_SHOT_SECONDS, _STEADY_AWAY_SECONDS = 2.0, 3.0
# How much of the picture must be seen before the first mood is decided.
_FIRST_SECONDS = 2.5
# The first mood is decided on little evidence, so it is held for a shorter time. So is one that was decided
# at the beginning of a shot, if that shot goes on: its length was not known then.
_EARLY_STAY_SECONDS = 4.0
# How long the new mood must be stable before it replaces the old one.
_SETTLED_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Rules:
    """How often the mood may change. Times are seconds of the picture."""

    hold: float = 0.8  # a change must last this long
    stay: float = 12.0  # a mood is kept for at least this long
    restless_stay: float = 60.0  # ... if the picture is restless
    margin: float = 0.04  # of energy and cheer, 0..1


@dataclass(frozen=True, slots=True)
class Decision:
    """A new mood of the picture."""

    time: float  # when it was decided
    since: float  # when the picture left the mood before
    before: str | None
    wish: Wish
    figures: VideoMeasurements
    reasons: tuple[str, ...]

    @property
    def mood(self) -> str:
        """What the picture is like now."""
        return self.wish.mood


class Decider:
    """Takes looks in order, and reports when the mood of the picture changes."""

    def __init__(self, rules: Rules | None = None) -> None:
        self._rules = rules or Rules()
        self._mood: str | None = None
        self._is_first = False
        self._is_early = False  # decided at the beginning of a shot
        self._decided = 0.0
        self._begin: float | None = None
        self._left: float | None = None  # since when the picture is away from its mood
        self._went_far: float | None = None  # when it went far since then
        self._returns: deque[float] = deque()
        self._newest: tuple[str, float] = ("", 0.0)  # the mood of the last look, and since when

    def take(self, look: Look) -> Decision | None:
        """Take the next look; a decision if the mood changes with it."""
        rules, wish, now = self._rules, interpret(look.figures), look.time
        self._begin = now if self._begin is None else self._begin
        if wish.mood != self._newest[0]:
            self._newest = (wish.mood, now)
        if self._mood is None:
            if now - self._begin < _FIRST_SECONDS:
                return None
            return self._change(look, wish, self._begin)
        while self._returns and self._returns[0] < now - LONG_SECONDS:
            self._returns.popleft()
        if self._is_near(wish, rules.margin):
            if self._went_far is not None:
                self._returns.append(now)
            self._left, self._went_far = None, None
            return None
        self._left = now if self._left is None else self._left
        if self._went_far is None and not self._is_near(wish, _FAR * rules.margin):
            self._went_far = now
        held = now - self._left >= _NEAR_HOLDS * rules.hold
        held = held or (self._went_far is not None and now - self._went_far >= rules.hold)
        if not held or now - self._newest[1] < min(_SETTLED_SECONDS, rules.hold):
            return None
        goes_on = self._is_early and look.shot >= now - self._decided
        stay = min(rules.stay, _EARLY_STAY_SECONDS) if self._is_first or goes_on else rules.stay
        if now - self._decided < (rules.restless_stay if self.is_restless(look) else stay):
            return None
        return self._change(look, wish, self._left)

    def is_restless(self, look: Look) -> bool:
        """Whether moods changed so often in the last minute that a new one is kept for longer."""
        away = 0.0 if self._left is None else look.time - self._left
        if look.shot >= _STEADY_SHOT_SECONDS or away >= _STEADY_AWAY_SECONDS:
            return False
        return len(self._returns) > _MANY_RETURNS

    def _is_near(self, wish: Wish, margin: float) -> bool:
        return any(
            mood_of(wish.energy + energy, wish.cheer + cheer) == self._mood
            for energy in (-margin, 0.0, margin)
            for cheer in (-margin, 0.0, margin)
        )

    def _change(self, look: Look, wish: Wish, since: float) -> Decision:
        figures, held = look.figures, look.time - since
        decision = Decision(look.time, since, self._mood, wish, figures, _reasons(figures, wish, held))
        self._is_first, self._is_early = self._mood is None, look.shot < SHORT_SECONDS
        self._mood, self._decided = wish.mood, look.time
        self._left, self._went_far = None, None
        return decision


@dataclass(frozen=True, slots=True)
class Seen:
    """What the picture shows, beside what is measured of it."""

    showing: Showing | None = None  # words of the picture model that held for some looks
    said: VideoAnalysis | None = None  # by a model that was asked about the last pictures


def query_of(figures: VideoMeasurements, asked: Query, seen: Seen = Seen(), *, limit: int) -> Query:
    """The question that a video of these measurements makes, with the words and filters of `asked`.

    Who sees leads as in a film, but for tempo and energy: those of now are measured, and what a model said of
    a minute gets old.
    """
    analysis = analysis_of(figures)
    if seen.said is not None:
        analysis = replace(
            seen.said, tempo_bpm=analysis.tempo_bpm, energy=analysis.energy, measurements=figures
        )
    elif seen.showing is not None:
        analysis = add_words(analysis, seen.showing)
    music = lead.query_of(analysis, asked.about)
    return replace(
        asked,
        about=None,
        phrases=music.phrases,
        avoid=music.avoid,
        tempo_bpm=music.tempo_bpm,
        energy=music.energy,
        limit=limit,
    )


def _reasons(figures: VideoMeasurements, wish: Wish, held: float) -> tuple[str, ...]:
    pace = f"{figures.cuts_per_minute:.0f} cuts a minute, motion {figures.motion:.2f}"
    reasons = [
        f"{wish.energy_level.lower()} energy ({wish.energy:.2f}): {pace}",
        f"cheer {wish.cheer:.2f}: brightness {figures.brightness:.2f}, warmth {figures.warmth:+.2f}",
        f"held for {held:.1f} s",
    ]
    if wish.instrumental:
        reasons.append("somebody speaks: no vocals")
    return tuple(reasons)
