"""The last step: ranked ids become songs with passages and reasons, and the answer says what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from reelscore.errors import counted
from reelscore.filters.table import NO_FILTERS
from reelscore.library.heard_tags import tags_of_songs
from reelscore.library.index_sync import late_songs
from reelscore.payloads import analysis_payload, query_payload, recommendation_payload
from reelscore.query.guide import length_of, why_avoided
from reelscore.ranking.fit import fit_with_wishes
from reelscore.ranking.passages import best_passage, course_of
from reelscore.ranking.reasons import describe
from reelscore.ranking.scoring import Ranked, Scored, weights_of
from reelscore.records import (
    MusicFeatures,
    MusicQuery,
    Passage,
    Recommendation,
    Song,
    VideoAnalysis,
)
from reelscore.search.blend import removed, removed_payload
from reelscore.search.options import choices_payload
from reelscore.search.reading import Reading
from reelscore.search.rerank import Ranking
from reelscore.search.retrieve import SONG_SHARE, Candidates
from reelscore.search.understand import Understood
from reelscore.text.languages import LANGUAGES
from reelscore.wiring import Wiring

if TYPE_CHECKING:
    from reelscore.search.sync_stage import SyncStage
    from reelscore.search.taste_stage import TasteStage

# Length of the passage that is named if no picture says how long it should be, in seconds; then a
# song that is not much longer has no passage of its own.
PASSAGE_SECONDS = 30.0
_LONG_SONG_SECONDS = 2 * PASSAGE_SECONDS
# Lengths are stated with this much of a difference.
_ALL_HEARD_SECONDS = 2.0
# Beats of a tempo less sure than this are no place to begin.
_SURE_TEMPO = 0.2
# A song this far up among the hits of a phrase is said to be near the top for it.
_NEAR_TOP = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """Ranked songs, and everything that says where they come from."""

    query: Mapping[str, Any]
    space: str  # the spaces that were searched, joined by "+"
    songs: tuple[Recommendation, ...]
    analysis: VideoAnalysis | None = None
    analysis_id: str | None = None
    notes: tuple[str, ...] = field(default=())
    lesser_space: str | None = None  # why another space answered than the library was switched to

    @property
    def degraded(self) -> str | None:
        """Why this is less than was asked for, or None."""
        reasons = (self.lesser_space, self.analysis.degraded if self.analysis else None)
        return "; ".join(filter(None, reasons)) or None

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON of an answer."""
        payload: dict[str, Any] = {"query": dict(self.query), "space": self.space}
        if self.analysis:
            payload["analyzer"] = self.analysis.analyzer
            payload["analysis"] = analysis_payload(self.analysis)
            payload["analysis_id"] = self.analysis_id
        payload["degraded"] = self.degraded
        payload["notes"] = list(self.notes)
        payload["songs"] = [recommendation_payload(song) for song in self.songs]
        payload["total"] = len(self.songs)
        return payload

    def to_response(self) -> dict[str, Any]:
        """The same as the documented body of a response: the songs are its data."""
        payload = self.to_dict()
        names = ("total", "query", "space", "degraded", "notes")
        return {"success": True, "data": payload["songs"], **{name: payload[name] for name in names}}


def explain(
    wiring: Wiring,
    reading: Reading,
    question: Understood,
    candidates: Candidates,
    ranked: Ranked,
    ranking: Ranking,
    sync: SyncStage | None,
    taste: TasteStage | None,
) -> Answer:
    """The answer: its songs with what is said of them, what was searched for, and what is to be known."""
    matched = _near_top(candidates)
    pace = _pace_in_words(question.analysis, question.music)
    like = question.seed.title if question.seed else None
    chosen = [item.id for item in ranking.chosen]
    read = reading.songs([*chosen, *(one for song in chosen for one in ranking.versions.get(song, ()))])
    features, lite = reading.features(chosen), wiring.lite.space.name
    tags = tags_of_songs(wiring, reading.vectors([lite], chosen)[lite])
    passages = _passages(wiring, question, read, features)
    fits = _fits(question, candidates, ranking.chosen)
    songs = []
    for item in ranking.chosen:
        song = read.get(item.id)
        if song is None:  # removed since the search
            continue
        measured, heard = features.get(item.id), tags.get(item.id, {})
        reasons = describe(
            features=measured,
            tags=heard,
            query=question.music if question.query.has_words else None,
            matched=matched.get(item.id, ()),
            like=like,
            pace=pace,
            named=candidates.named[item.id].fields if item.id in candidates.named else (),
        )
        if taste:
            reasons = (*reasons, *taste.reasons(item))
        versions = tuple(read[one] for one in ranking.versions.get(item.id, ()) if one in read)
        found = Recommendation(
            song,
            item.score,
            item.parts,
            reasons,
            measured,
            heard,
            passages.get(item.id),
            versions,
            fits.get(item.id),
        )
        songs.append(sync.explained(found) if sync else found)
    words = [question.space] if question.phrases else []
    asked = _asked(question)
    if question.is_blend:
        asked["removed"] = removed_payload(reading, removed(ranked, chosen, question.query.limit))
    waiting = late_songs(wiring) if question.query.filters != NO_FILTERS else 0
    late = [f"filters may miss {counted(waiting, 'song')} until the library is brought up to date"]
    return Answer(
        asked,
        "+".join(dict.fromkeys([*words, *(question.seed.vectors if question.seed else ())])),
        tuple(songs),
        analysis=question.analysis,
        analysis_id=question.query.analysis_id,
        notes=(*_notes(question, sync), *ranking.notes, *(late if waiting else ())),
        lesser_space=question.lesser_space,
    )


def _fits(question: Understood, candidates: Candidates, chosen: Sequence[Scored]) -> dict[str, float]:
    """Id -> how well the song suits the question, 0..1; empty if there is no scale for it."""
    if candidates.fit is None:
        return {}
    of_sound = dict(zip(candidates.ids, candidates.fit.tolist(), strict=True))
    relevance = weights_of(question.music if question.query.has_words else None)["relevance"]
    named = {song: one.share for song, one in candidates.named.items()}
    return {
        item.id: fit_with_wishes(
            of_sound[item.id], item.parts, relevance=relevance, named=named.get(item.id, 0.0)
        )
        for item in chosen
    }


def nothing_known(question: Understood) -> Answer:
    """The answer to words that are no names and say nothing of sound: no songs, and what to do."""
    said = " or ".join(f"“{text}”" for text in question.unknown)
    if question.query.options.names:
        note = (
            f"no word of {said} names a song of this library or says to {question.space} how music sounds; "
            "name a genre, a mood, an instrument or a tempo, or add songs of that name"
        )
    else:
        note = (
            f"no word of {said} says to {question.space} how music sounds, and names were not looked for; "
            "name a genre, a mood, an instrument or a tempo"
        )
    return Answer(
        _asked(question),
        question.space or "",
        (),
        analysis=question.analysis,
        analysis_id=question.query.analysis_id,
        notes=(note, *_language(question)),
        lesser_space=question.lesser_space,
    )


def _passages(
    wiring: Wiring, question: Understood, songs: Mapping[str, Song], features: Mapping[str, MusicFeatures]
) -> dict[str, Passage]:
    """Id -> the part of a song that fits; songs that have no part of their own are left out."""
    if question.direction is None:
        return {}
    analysis = question.analysis
    length = length_of(analysis) if analysis else None
    course = course_of(analysis) if analysis else None
    least = _LONG_SONG_SECONDS if length is None else 0.0
    parted = [song for song, measured in features.items() if measured.duration >= least]
    found = {}
    # The windows are those of the space that the direction is in.
    for song, windows in wiring.catalog.window_vectors(question.space, parted).items():
        measured = features[song]
        passage = best_passage(
            windows,
            question.direction,
            length=length or PASSAGE_SECONDS,
            song_duration=measured.duration,
            beats=measured.beats if measured.tempo_confidence >= _SURE_TEMPO else (),
            energy_curve=measured.energy_curve,
            course=course,
        )
        if passage is not None:
            found[song] = of_what_was_heard(passage, songs[song], measured.duration)
    return found


def _asked(question: Understood) -> dict[str, Any]:
    """What was searched for, in the documented form."""
    query, seed = question.query, question.seed
    asked: dict[str, Any] = {}
    if query.text is not None:
        asked["text"] = query.text
    if query.about:
        asked["about"] = query.about
    if query.guide and (query.analysis_id or query.about):
        asked["guide"] = query.guide
    if seed:
        asked |= {"song": query.song, "title": seed.title}
        if question.is_blend and not query.song:
            asked["song"] = seed.song.id or None
        if not query.has_words:
            asked["id"] = seed.song.id or None
    if query.has_words:
        asked |= query_payload(question.music)
    if question.words:
        read = asdict(question.words)
        language = read.pop("language")
        asked["words"] = {name: list(words) for name, words in read.items()}
        asked["words"] |= {"language": language} if language else {}
    if question.unlike:
        asked["avoid_songs"] = [{"id": one.song.id or None, "title": one.title} for one in question.unlike]
    if seed and query.has_words:
        asked["weights"] = _with_song(asked["weights"], words=bool(question.phrases))
    return asked | choices_payload(query.filters, query.options)


def _notes(question: Understood, sync: SyncStage | None) -> list[str]:
    """What is to be known of how the question was read."""
    notes = [f"nothing known in “{text}”, so it was not searched for" for text in question.unknown]
    notes += _language(question)
    if question.analysis and (why := why_avoided(question.music, question.analysis)):
        notes.append(why)
    if sync and sync.note:
        notes.append(sync.note)
    return notes


def _language(question: Understood) -> list[str]:
    """A note on a language of which no words are known."""
    language = question.words.language if question.words else None
    if language is None or any(known in language for known in LANGUAGES):
        return []
    known = f"{', '.join(LANGUAGES[:-1])} and {LANGUAGES[-1]}"
    return [f"no words of {language} are known; beside English, those of {known} are"]


def _with_song(weights: Mapping[str, float], *, words: bool) -> dict[str, float]:
    """The shares of the score with a seed track: it takes a part of what words have, or all."""
    song = (SONG_SHARE if words else 1.0) * weights["relevance"]
    return {"relevance": round(weights["relevance"] - song, 4), "song": round(song, 4)} | {
        name: weight for name, weight in weights.items() if name != "relevance"
    }


def of_what_was_heard(passage: Passage, song: Song, heard: float) -> Passage:
    """The passage, which says so if only a part of the song was heard: a preview, or the start of it."""
    if song.duration is None or song.duration <= heard + _ALL_HEARD_SECONDS:
        return passage
    if passage.end - passage.start >= heard - 0.1:
        return replace(passage, why=f"all that was heard of it: {heard:.0f} s of {song.duration:.0f}")
    if song.preview_url:
        return replace(passage, why=f"{passage.why}; the times are those of its preview")
    return passage


def _near_top(candidates: Candidates) -> dict[str, list[str]]:
    """Song id -> the phrases for which it is near the top."""
    near: dict[str, list[str]] = {}
    if len(candidates.ids) < 2 * _NEAR_TOP:  # among a handful every song is near the top
        return near
    for phrase, scores in candidates.by_phrase.items():
        for place in np.argsort(-scores, kind="stable")[:_NEAR_TOP]:
            near.setdefault(candidates.ids[place], []).append(phrase)
    return near


def _pace_in_words(analysis: VideoAnalysis | None, query: MusicQuery) -> str:
    """What sets the wanted tempo, for reasons: the picture, unless somebody wants another tempo."""
    if analysis is None or analysis.measurements is None or analysis.tempo_bpm is None:
        return "the wanted tempo"
    if query.tempo_bpm is None or tuple(query.tempo_bpm) != tuple(analysis.tempo_bpm):
        return "the wanted tempo"
    return f"the {analysis.tempo.lower()} pace of the picture"
