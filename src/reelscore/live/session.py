"""One live set: pictures and sound go in, events and a plan of songs come out.

It has no clock and opens nothing: times are given, searches and songs come from functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelscore.errors import EmptyLibraryError, ReelscoreError
from reelscore.live import mixing
from reelscore.live.choosing import Choice, choose, choose_again
from reelscore.live.deciding import Decider, Rules, Seen, query_of
from reelscore.live.looking import Look, Watcher
from reelscore.live.mixing import Laid, Track
from reelscore.query.form import Query
from reelscore.records import FloatArray, VideoAnalysis, VideoMeasurements
from reelscore.video.local.interpret import Wish
from reelscore.video.showing import Showing

Ask = Callable[[Query], Mapping[str, Any]]  # the documented answer of a search
Load = Callable[[Mapping[str, Any]], Track]  # a song of an answer, ready to be played
Emit = Callable[[Mapping[str, Any]], object]

# Limit of a search, and of the one after all of its songs were played.
_SONGS, _MORE_SONGS = 40, 400
# How long before the end of a song the next one is chosen.
_AHEAD_SECONDS = 8.0
# After a search or a file failed.
_AGAIN_SECONDS = 10.0
_TRIES = 5


@dataclass(frozen=True, slots=True)
class SetRules:
    """How a set is made. Seconds of the stream."""

    calm: Rules = field(default_factory=Rules)
    no_repeat: float = 7200.0
    lead: float = 0.0  # how long a player needs before a song can sound
    music: bool = True  # False: events only


class LiveSet:
    """Takes a picture that is still coming, and keeps songs laid under it.

    Parameters
    ----------
    asked
        Words and filters that every search has.
    emit
        Called with every event: a mapping with "event" and "time" at least, ready for JSON.
    """

    def __init__(
        self,
        *,
        ask: Ask,
        load: Load,
        emit: Emit,
        asked: Query | None = None,
        rules: SetRules | None = None,
        frame_rate: float | None = None,
    ) -> None:
        self._ask = ask
        self._load = load
        self._emit = emit
        self._asked = asked or Query()
        self._rules = rules or SetRules()
        self._watcher = Watcher(frame_rate)
        self._decider = Decider(self._rules.calm)
        self._wanted: tuple[VideoMeasurements, Wish] | None = None
        self._waiting: tuple[VideoMeasurements, Wish] | None = None  # decided while held
        self._seen = self._leads = Seen()  # what the picture shows, and what of it leads: held with the music
        self._change_since: float | None = None  # when a change was decided that no song has followed yet
        self._failed = -math.inf
        self._number = 0  # of the next song that is laid
        self._played: dict[str, float] = {}
        self._speaking = False
        self.held = False
        self.silent = False
        self.laid: list[Laid] = []  # every song so far, and the one that is planned
        self.cuts: list[float] = []
        self.moods: list[tuple[float, str]] = []
        self.speech: list[tuple[float, float]] = []

    @property
    def now_playing(self) -> Laid | None:
        """The song that was laid last."""
        return self.laid[-1] if self.laid else None

    @property
    def speaking(self) -> bool:
        """Whether somebody speaks now, so that the music makes room."""
        return self._speaking

    def picture(self, time: float, image: NDArray[np.uint8]) -> None:
        """Take the next frame."""
        for cut in self._watcher.add(time, image):
            self._emit_event("cut", time, at=cut.time, state=cut.state)
            if cut.state == "certain":
                self.cuts.append(cut.time)

    def sound(self, time: float, samples: FloatArray) -> None:
        """Take the next sound, mono at 16,000 Hz."""
        self._watcher.hear(time, samples)
        if self._watcher.speaking != self._speaking:
            self._speaking = self._watcher.speaking
            self._emit_event("speech", time, speaking=self._speaking)
            if self._speaking:
                self.speech.append((time, time))
            else:
                self.speech[-1] = (self.speech[-1][0], time)

    def tick(self, now: float) -> None:
        """Look, decide and plan; a few times a second, at a time that never falls."""
        if self._watcher.begin is None:
            return
        look = self._watcher.look()
        decision = self._decider.take(look)
        if decision is not None:
            self.moods.append((decision.time, decision.mood))
            self._emit_event(
                "mood",
                now,
                mood=decision.mood,
                before=decision.before,
                since=decision.since,
                held=self.held,
                reasons=list(decision.reasons),
                wants=_wants(decision.wish),
            )
            if self.held:
                self._waiting = (decision.figures, decision.wish)
            else:
                self._want(decision.figures, decision.wish, now)
        if self._rules.music and self._wanted is not None and not self.silent:
            self._keep_playing(now, look)

    def shows(self, showing: Showing, now: float) -> None:
        """Take the words of the picture model that hold; they lead the songs that are chosen from now on."""
        before = self._seen.showing.words if self._seen.showing is not None else ()
        self._seen = replace(self._seen, showing=showing)
        if {seen.word for seen in showing.words} != {seen.word for seen in before}:
            words = [{"word": seen.word, "score": round(seen.score, 3)} for seen in showing.words]
            self._emit_event("seen", now, model=showing.model, words=words)

    def says(self, said: VideoAnalysis | None, now: float) -> None:
        """Take the answer of a model that was asked; None: it could not be had, and the last is too old."""
        self._seen = replace(self._seen, said=said)
        if said is not None:
            phrases = [phrase.text for phrase in said.phrases]
            self._emit_event(
                "answer", now, model=said.analyzer, description=said.description, phrases=phrases
            )

    def problem(self, message: str, now: float) -> None:
        """Report that something failed; the set goes on."""
        self._emit_event("problem", now, message=message)

    def hold(self, on: bool, now: float) -> None:
        """Keep the music as it is, whatever the picture does; songs still follow each other."""
        if on == self.held:
            return
        self.held = on
        self._emit_event("hold", now, on=on)
        if not on and self._waiting is not None:
            self._want(*self._waiting, now)
        self._waiting = None

    def panic(self, on: bool, now: float) -> None:
        """Silence at once, until it is taken back."""
        if on == self.silent:
            return
        self.silent = on
        if on:
            self._silence(now)
        self._emit_event("panic", now, on=on)

    def skip(self, now: float) -> None:
        """Another song, from the next bar line on."""
        if not self.silent and self.now_playing is not None:
            self._unplan(now + self._rules.lead)
            self._change_since = now
            self._emit_event("skip", now)

    def stop(self, now: float, why: str) -> None:
        """End the set."""
        self._silence(now)
        if self._speaking:
            self.speech[-1] = (self.speech[-1][0], now)
        self._emit_event("stopped", now, why=why, songs=len(self.laid), cuts=len(self.cuts))

    def _want(self, figures: VideoMeasurements, wish: Wish, now: float) -> None:
        self._wanted = (figures, wish)
        if self.laid:
            self._unplan(now + self._rules.lead)
            self._change_since = now

    def _silence(self, now: float) -> None:
        self._unplan(now)
        for place, laid in list(enumerate(self.laid))[-2:]:  # two, while they cross
            if laid.end > now:
                self.laid[place] = mixing.silenced(laid, now)

    def _unplan(self, until: float) -> None:
        """Take back a song that has not begun by then."""
        if len(self.laid) < 2 or self.laid[-1].begin <= until:
            return
        self._played.pop(self.laid.pop().track.song_id, None)
        last = self.laid[-1]
        self.laid[-1] = replace(last, end=last.record_of(last.track.over), fade_out=0.0)

    def _keep_playing(self, now: float, look: Look) -> None:
        current, ready = self.now_playing, now + self._rules.lead
        if now < self._failed + _AGAIN_SECONDS or (current is not None and current.begin > now):
            return
        if current is None or current.end <= ready:
            self._next(now, "start", lambda track: mixing.first_song(track, ready))
        elif self._change_since is not None:
            self._next(now, "mood", lambda track: self._crossed(current, track, ready, patient=False))
        elif now >= mixing.fade_out_time(current) - _AHEAD_SECONDS:
            earliest = max(ready, mixing.fade_out_time(current))
            self._next(now, "end", lambda track: self._crossed(current, track, earliest, patient=True))

    def _crossed(self, current: Laid, track: Track, earliest: float, *, patient: bool) -> Laid:
        self.laid[-1], coming = mixing.crossfade(current, track, earliest=earliest, patient=patient)
        return coming

    def _next(self, now: float, why: str, lay: Callable[[Track], Laid]) -> None:
        try:
            choice, track = self._chosen(now)
        except EmptyLibraryError:
            raise
        except ReelscoreError as error:
            self._failed = now
            self.problem(str(error), now)
            return
        if choice is None or track is None:
            self._failed = now
            self.problem("no song of the library can be played here; the music stays", now)
            return
        laid = replace(lay(track), number=self._number)
        self._number += 1
        before = self.now_playing
        self.laid.append(laid)
        self._played[laid.track.song_id] = laid.begin
        self._emit_event(
            "song",
            now,
            at=laid.begin,
            why=why,
            how=laid.how,
            song=_song(choice.song),
            reasons=list(choice.reasons),
            repeated=choice.repeated,
            plan=plan_values(laid),
            before=None if before is None else plan_values(before),
            decided=self._change_since if why == "mood" else None,
        )
        self._change_since = None

    def _chosen(self, now: float) -> tuple[Choice | None, Track | None]:
        assert self._wanted is not None
        figures, wish = self._wanted
        self._leads = self._leads if self.held else self._seen
        current, broken = self.now_playing, set[str]()
        for limit in (_SONGS, _MORE_SONGS):
            songs = list(self._ask(query_of(figures, self._asked, self._leads, limit=limit))["songs"])
            for _ in range(_TRIES):
                usable = [song for song in songs if song["id"] not in broken]
                choice = choose(
                    usable,
                    current=current.track if current else None,
                    played=self._played,
                    now=now,
                    no_repeat=self._rules.no_repeat,
                    energy=wish.energy,
                    tempo_bpm=wish.tempo_bpm,
                )
                if choice is None and limit == _MORE_SONGS:
                    choice = choose_again(
                        usable, current=current.track if current else None, played=self._played
                    )
                if choice is None:
                    break
                try:
                    return choice, self._load(choice.song)
                except ReelscoreError as error:  # a file that is gone: the next best song
                    broken.add(choice.song["id"])
                    self.problem(str(error), now)
        return None, None

    def _emit_event(self, event: str, time: float, **values: Any) -> None:
        self._emit({"event": event, "time": round(time, 3), **values})


def plan_values(laid: Laid) -> dict[str, Any]:
    """A song as it is played, for players in other processes: `mixing.Laid` says what each value means."""
    names = ("number", "begin", "source", "end", "fade_in", "fade_out", "rate", "glide", "how")
    return {"song_id": laid.track.song_id, **{name: getattr(laid, name) for name in names}}


def _wants(wish: Wish) -> dict[str, Any]:
    return {
        "energy": round(wish.energy, 3),
        "tempo_bpm": list(wish.tempo_bpm),
        "genres": list(wish.genres),
        "instrumental": wish.instrumental,
    }


def _song(song: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "title", "artists", "album", "duration_seconds", "uri", "thumbnails")
    features = song.get("features") or {}
    measured = {name: features.get(name) for name in ("tempo_bpm", "key", "energy")}
    return {**{name: song.get(name) for name in names}, **measured}
