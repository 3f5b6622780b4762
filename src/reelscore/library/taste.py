"""What people did with songs, noted from what they do anyway; shown, and forgotten."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import numpy as np

from reelscore.catalog.convert import now
from reelscore.errors import InvalidInputError, NotFoundError, StorageError, UnknownNameError
from reelscore.payloads import song_payload
from reelscore.query.form import Query
from reelscore.ranking.likeness import SAMPLE
from reelscore.ranking.taste import MOST_EVENTS, MOST_JUDGED, doubts, judgements
from reelscore.ranking.teaching import most_telling
from reelscore.records import EventKind, Project, TasteEvent
from reelscore.wiring import Wiring

log = logging.getLogger(__name__)

_LONGEST_WORDS = 600
_LONGEST_PERSON = 120
_MOST_SECONDS = 4 * 3600.0
# With fewer songs that somebody kept nothing is said of what they lean to.
_FEWEST_KEPT = 3
_MOST_TAGS = 5
_NOTABLE = 0.05  # difference of two mean probabilities
_SHRINK = 5.0


def note_change(wiring: Wiring, person: str, before: Project, after: Project) -> None:
    """Note what a change of a project says of its songs: kept, starred, turned down, taken back."""
    if not wiring.settings.taste:
        return
    old = {song.song_id: song for song in before.songs}
    new = {song.song_id: song for song in after.songs}
    kinds: list[tuple[str, EventKind, float]] = []
    for song_id, song in new.items():
        was = old.get(song_id)
        if was is None or was.rejected != song.rejected:
            kinds.append((song_id, EventKind.REJECTED if song.rejected else EventKind.KEPT, 0.0))
        if song.stars != (was.stars if was else 0):
            kinds.append((song_id, EventKind.STARRED, float(song.stars)))
    kinds += [(song_id, EventKind.CORRECTED, 0.0) for song_id in old if song_id not in new]
    if kinds:
        words = _words_of(wiring, after)
        _note(wiring, [_event(person, after.id, song, kind, amount, words) for song, kind, amount in kinds])


def note_asked(wiring: Wiring, person: str, query: Query) -> None:
    """Note the songs of the library that more or less like was asked for."""
    if not wiring.settings.taste:
        return
    asked = [(song, EventKind.LESS) for song in query.unlike]
    if query.song:
        asked.append((query.song, EventKind.MORE))
    words = " ".join(filter(None, (query.text, query.about)))[:_LONGEST_WORDS]
    events = [
        _event(person, query.project or "", song, kind, 0.0, words) for song, kind in asked if _is_id(song)
    ]
    if events:
        _note(wiring, events)


def note_heard(
    wiring: Wiring, person: str, song_id: str, seconds: float, project_id: str | None = None
) -> None:
    """Note for how long a song was listened to, in a project or outside of any.

    Raises
    ------
    NotFoundError
        There is no such song or project.
    """
    catalog = wiring.catalog
    if not (_is_id(song_id) and catalog.known_ids([song_id])):
        raise NotFoundError(f"there is no song {song_id!r}")
    project = catalog.project(project_id) if project_id else None
    if not wiring.settings.taste:
        return
    words = _words_of(wiring, project) if project else ""
    heard = _event(
        person, project_id or "", song_id, EventKind.AUDITIONED, min(seconds, _MOST_SECONDS), words
    )
    catalog.note_events([heard], adds_up=True)


def telling_songs(wiring: Wiring, person: str, among: Sequence[str], count: int) -> list[dict[str, Any]]:
    """The songs whose judgements would teach most of a person's taste, the most telling first.

    Parameters
    ----------
    among
        Ids to choose from, such as those of an answer; none: songs that stand for the library.

    Raises
    ------
    InvalidInputError
        Answers do not learn here.
    """
    _must_learn(wiring)
    catalog, space = wiring.catalog, wiring.embedders.sound_space
    judged = judgements(catalog.taste_events(person, limit=MOST_EVENTS))[:MOST_JUDGED]
    ids, sound = catalog.some_vectors(space, SAMPLE)
    if not ids:
        return []
    wanted = {*among, *(one.song_id for one in judged)}
    stored = dict(zip(ids, sound, strict=True))
    for _, songs, vectors in catalog.vectors_in([space], wanted):
        stored.update(zip(songs, vectors, strict=True))
    known = [one for one in judged if one.song_id in stored]
    left = set(among or ids) - {one.song_id for one in judged}
    candidates = sorted(song for song in left if song in stored)
    nothing = np.zeros((0, sound.shape[1]), dtype=np.float32)
    places = most_telling(
        np.stack([stored[song] for song in candidates]) if candidates else nothing,
        np.stack([stored[one.song_id] for one in known]) if known else nothing,
        doubts([one.value for one in known]),
        centre=sound.mean(axis=0),
        metric=wiring.embedders.within,
        count=count,
    )
    return [song_payload(song) for song in catalog.songs([candidates[place] for place in places])]


def note_judged(
    wiring: Wiring,
    person: str,
    suit: Sequence[str],
    do_not: Sequence[str],
    project_id: str | None = None,
) -> None:
    """Note which of the songs that a person was asked about suit, and which do not.

    Raises
    ------
    NotFoundError
        There is no such song or project.
    InvalidInputError
        Answers do not learn here.
    """
    _must_learn(wiring)
    catalog = wiring.catalog
    ids = [*suit, *do_not]
    there = catalog.known_ids([song for song in ids if _is_id(song)])
    for song in ids:
        if song not in there:
            raise NotFoundError(f"there is no song {song!r}")
    project = catalog.project(project_id) if project_id else None
    words = _words_of(wiring, project) if project else ""
    judged = [(song, EventKind.MORE) for song in suit] + [(song, EventKind.LESS) for song in do_not]
    catalog.note_events([_event(person, project_id or "", song, kind, 0.0, words) for song, kind in judged])


def _must_learn(wiring: Wiring) -> None:
    if not wiring.settings.taste:
        raise InvalidInputError("nothing is learnt here: REELSCORE_TASTE switches it off")


def note_exported(wiring: Wiring, person: str, song_ids: Collection[str]) -> None:
    """Note that songs were taken away under a film."""
    if wiring.settings.taste:
        _note(wiring, [_event(person, "", song, EventKind.EXPORTED, 0.0, "") for song in song_ids])


def list_taste(wiring: Wiring, person: str, *, offset: int = 0, limit: int | None = None) -> dict[str, Any]:
    """The events of a person, the latest first, with the titles of songs and the names of projects."""
    catalog = wiring.catalog
    events = catalog.taste_events(person, offset=offset, limit=limit)
    songs = {song.id: song for song in catalog.songs(sorted({event.song_id for event in events}))}
    return {
        "events": [
            {
                "song_id": event.song_id,
                "title": songs[event.song_id].title if event.song_id in songs else None,
                "artists": list(songs[event.song_id].artists) if event.song_id in songs else [],
                "project_id": event.project_id,
                "kind": str(event.kind),
                "at": event.at,
                "times": event.times,
                "amount": event.amount,
                "words": event.words,
            }
            for event in events
        ],
        "total": catalog.count_taste_events(person),
        "on": wiring.settings.taste,
    }


def show_taste(wiring: Wiring, person: str) -> dict[str, Any]:
    """How many songs a person judged, and what those that were kept have more of.

    Returns
    -------
    dict
        "events", "kept", "turned_down" (songs), "leans_to" and "leans_away" (tags), "tempo_bpm" and "energy"
        of the songs that were kept (their median; None with fewer than three), and "on".
    """
    catalog = wiring.catalog
    judged = judgements(catalog.taste_events(person))
    liked = list(dict.fromkeys(one.song_id for one in judged if one.value > 0.0))
    others = list(dict.fromkeys(one.song_id for one in judged if one.value < 0.0))
    shown: dict[str, Any] = {
        "events": catalog.count_taste_events(person),
        "kept": len({one.song_id for one in judged if one.kept}),
        "turned_down": len(others),
        "leans_to": [],
        "leans_away": [],
        "tempo_bpm": None,
        "energy": None,
        "on": wiring.settings.taste,
    }
    if len(liked) < _FEWEST_KEPT:
        return shown
    shown["leans_to"], shown["leans_away"] = _leanings(_tags(wiring, liked), _tags(wiring, others))
    features = catalog.features(liked).values()
    for name, places in (("tempo_bpm", 0), ("energy", 2)):
        values = [value for each in features if (value := getattr(each, name)) is not None]
        shown[name] = round(float(np.median(values)), places) if values else None
    return shown


def forget_taste(
    wiring: Wiring,
    person: str,
    *,
    song_id: str | None = None,
    project_id: str | None = None,
    kind: str | None = None,
) -> int:
    """Delete the events of a person, all or some; how many there were.

    With all of them goes who asked for which job.

    Raises
    ------
    UnknownNameError
        There is no such kind of event.
    """
    if kind is not None and kind not in list(EventKind):
        raise UnknownNameError("kind of event", kind, list(EventKind))
    wiring.tastes.pop(person, None)
    if person and (song_id, project_id, kind) == (None, None, None):
        wiring.catalog.forget_asker(person)
    return wiring.catalog.forget_taste(
        person, song_id=song_id, project_id=project_id, kinds=[EventKind(kind)] if kind else ()
    )


def _leanings(
    liked: Sequence[Mapping[str, float]], others: Sequence[Mapping[str, float]]
) -> tuple[list[str], list[str]]:
    """Tags that the songs of the first kind have more of, and less of, the most telling first."""
    if not (liked and others):
        return [], []
    names = sorted(liked[0])
    more = {
        name: float(np.mean([one[name] for one in liked]) - np.mean([one[name] for one in others]))
        for name in names
    }
    sure = len(liked) / (len(liked) + _SHRINK)
    order = sorted(names, key=lambda name: -more[name])
    leans = [name for name in order if sure * more[name] >= _NOTABLE][:_MOST_TAGS]
    away = [name for name in order[::-1] if sure * more[name] <= -_NOTABLE][:_MOST_TAGS]
    return leans, away


def _tags(wiring: Wiring, songs: Sequence[str]) -> list[Mapping[str, float]]:
    lite = wiring.lite
    blocks = (block for _, block in wiring.catalog.track_vectors(lite.space.name, songs))
    return [tags for block in blocks for tags in lite.tags_of(block)]


def _event(
    person: str, project_id: str, song_id: str, kind: EventKind, amount: float, words: str
) -> TasteEvent:
    if len(person) > _LONGEST_PERSON:
        raise InvalidInputError(f"a name has {_LONGEST_PERSON} characters at most")
    return TasteEvent(person, project_id, song_id, kind, now(), amount=amount, words=words)


def _note(wiring: Wiring, events: Sequence[TasteEvent]) -> None:
    """Keep events; what was done stays done if they cannot be kept."""
    try:
        wiring.catalog.note_events(events)
    except StorageError as error:
        log.warning("what was done is not noted: %s", error)


def _words_of(wiring: Wiring, project: Project) -> str:
    """What is looked for in a project: what is to be seen, and the phrases of its films."""
    parts = parse_qs(project.search.removeprefix("?")).get("about", [])
    for analysis_id in project.analysis_ids:
        with contextlib.suppress(NotFoundError):  # removed meanwhile
            parts += [phrase.text for phrase in wiring.catalog.analysis(analysis_id).phrases]
    return " ".join(parts)[:_LONGEST_WORDS]


def _is_id(song: str) -> bool:
    try:
        return str(UUID(song)) == song
    except ValueError:
        return False
