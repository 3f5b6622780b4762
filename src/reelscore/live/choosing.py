"""Which of the songs that a search found is played next: one that follows the one before it. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelscore.filters.keys import compatible_keys
from reelscore.live.mixing import MOST_STRETCH, Track

Song = Mapping[str, Any]  # of the documented answer of a search

# Weights of what makes a good successor; each place further down the answer costs `_PLACE`.
_PLACE = 0.01
_MIXES, _KEY, _SAME_ARTIST = 0.12, 0.06, -0.04
_ENERGY, _TEMPO, _WRONG_STEP = -0.6, -0.25, -0.08
_SHORTEST_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The song that is played next."""

    song: Song
    reasons: tuple[str, ...]
    repeated: bool = False  # every other song was played within the set time too


def choose(
    songs: Sequence[Song],
    *,
    current: Track | None,
    played: Mapping[str, float],
    now: float,
    no_repeat: float,
    energy: float | None = None,
    tempo_bpm: tuple[float, float] | None = None,
) -> Choice | None:
    """The best song of an answer to come now; None if every one was played less than `no_repeat` seconds ago.

    Parameters
    ----------
    songs
        Of the answer, the best first.
    current
        What plays.
    played
        When each song was played last, seconds of the stream.
    energy, tempo_bpm
        What the picture wants.
    """
    free = [song for song in songs if now - played.get(song["id"], -math.inf) >= no_repeat]
    best: tuple[float, Choice] | None = None
    for place, song in enumerate(free):
        if not can_play(song) or (current is not None and song["id"] == current.song_id):
            continue
        worth, reasons = _worth(song, current, energy, tempo_bpm)
        worth -= _PLACE * place
        if best is None or worth > best[0]:
            best = (worth, Choice(song, tuple(reasons)))
    return best[1] if best is not None else None


def choose_again(
    songs: Sequence[Song], *, current: Track | None, played: Mapping[str, float]
) -> Choice | None:
    """The song that was played longest ago, once there is no other."""
    usable = [song for song in songs if can_play(song) and (current is None or song["id"] != current.song_id)]
    song = min(usable, key=lambda one: played.get(one["id"], -math.inf), default=None)
    if song is None:
        return None
    return Choice(song, ("every song that fits was played; this one longest ago",), repeated=True)


def can_play(song: Song) -> bool:
    """Whether there is a file of the song that may be played beside a picture."""
    allowed = (song.get("audition") or {}).get("allowed", True)
    uri = song.get("uri") or ""
    seconds = song.get("duration_seconds")
    return bool(allowed and uri and "://" not in uri and (seconds is None or seconds >= _SHORTEST_SECONDS))


def _worth(
    song: Song, current: Track | None, energy: float | None, tempo_bpm: tuple[float, float] | None
) -> tuple[float, list[str]]:
    measured = song.get("features") or {}
    worth, reasons = 0.0, []
    tempo, own = measured.get("tempo_bpm"), measured.get("energy")
    if own is not None and energy is not None:
        worth += _ENERGY * abs(own - energy)
        reasons.append(f"energy {own:.2f} for {energy:.2f}")
    if tempo and tempo_bpm:
        low, high = tempo_bpm
        worth += _TEMPO * min(1.0, abs(math.log2(min(max(tempo, low), high) / tempo)))
        reasons.append(f"{tempo:.0f} bpm for {low:.0f}-{high:.0f}")
    if current is None:
        return worth, reasons
    if tempo and current.tempo_bpm and abs(tempo / current.tempo_bpm - 1.0) <= MOST_STRETCH:
        worth += _MIXES
        reasons.append(f"its tempo mixes with {current.tempo_bpm:.0f} bpm")
    if current.key and measured.get("key") in compatible_keys(current.key):
        worth += _KEY
        reasons.append(f"{measured['key']} mixes with {current.key}")
    if own is not None and current.energy is not None and energy is not None:
        step, wanted = own - current.energy, energy - current.energy
        worth += _WRONG_STEP if step * wanted < 0.0 else 0.0
    if current.artist and current.artist in (song.get("artists") or ()):
        worth += _SAME_ARTIST
    return worth, reasons
