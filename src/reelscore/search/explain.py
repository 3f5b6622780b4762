"""What an answer is, and how ranked ids become songs with passages and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reelscore.payloads import analysis_payload, recommendation_payload
from reelscore.ranking.passages import Course, best_passage
from reelscore.ranking.reasons import describe
from reelscore.ranking.scoring import Scored
from reelscore.records import FloatArray, MusicQuery, Passage, Recommendation, Song, VideoAnalysis
from reelscore.search.retrieve import vectors_of
from reelscore.text.names import Named
from reelscore.wiring import Wiring

# Length of the passage that is named where no picture says how long it should be, in seconds; then a
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


def compose(
    wiring: Wiring,
    scored: Sequence[Scored],
    *,
    direction: FloatArray | None,
    space: str | None = None,
    query: MusicQuery | None = None,
    matched: Mapping[str, Sequence[str]] | None = None,
    like: str | None = None,
    length: float | None = None,
    course: Course | None = None,
    pace: str = "the picture",
    versions: Mapping[str, Sequence[Song]] | None = None,
    named: Mapping[str, Named] | None = None,
) -> tuple[Recommendation, ...]:
    """Everything that an answer says of its songs, read at once for all of them."""
    catalog, lite = wiring.catalog, wiring.lite
    ids = [item.id for item in scored]
    songs = {song.id: song for song in catalog.songs(ids)}
    features = catalog.features(ids)
    vectors = vectors_of(wiring, lite.space.name, ids)
    # The windows are those of the space that the direction is in: lite, unless another is named.
    windows = catalog.window_vectors(space or lite.space.name, ids) if direction is not None else {}
    answer = []
    for item in scored:
        if item.id not in songs:  # removed since the search
            continue
        measured = features.get(item.id)
        tags = lite.tags(vectors[item.id]) if item.id in vectors else {}
        passage = None
        long_enough = length is not None or (measured and measured.duration >= _LONG_SONG_SECONDS)
        if direction is not None and measured and long_enough and item.id in windows:
            passage = best_passage(
                windows[item.id],
                direction,
                length=length or PASSAGE_SECONDS,
                song_duration=measured.duration,
                beats=measured.beats if measured.tempo_confidence >= _SURE_TEMPO else (),
                energy_curve=measured.energy_curve,
                course=course,
            )
            passage = of_what_was_heard(passage, songs[item.id], measured.duration)
        reasons = describe(
            features=measured,
            tags=tags,
            query=query,
            matched=(matched or {}).get(item.id, ()),
            like=like,
            pace=pace,
            named=named[item.id].fields if named and item.id in named else (),
        )
        answer.append(
            Recommendation(
                songs[item.id],
                item.score,
                item.parts,
                reasons,
                measured,
                tags,
                passage,
                versions=tuple((versions or {}).get(item.id, ())),
            )
        )
    return tuple(answer)


def of_what_was_heard(passage: Passage | None, song: Song, heard: float) -> Passage | None:
    """The passage, which says so where only a part of the song was heard: a preview, or the start of it."""
    if passage is None or song.duration is None or song.duration <= heard + _ALL_HEARD_SECONDS:
        return passage
    if passage.end - passage.start >= heard - 0.1:
        return replace(passage, why=f"all that was heard of it: {heard:.0f} s of {song.duration:.0f}")
    if song.preview_url:
        return replace(passage, why=f"{passage.why}; the times are those of its preview")
    return passage


def near_top(by_phrase: Mapping[str, Mapping[str, float]]) -> dict[str, list[str]]:
    """Song id -> the phrases for which it is near the top."""
    near: dict[str, list[str]] = {}
    for phrase, scores in by_phrase.items():
        for song in sorted(scores, key=lambda song: (-scores[song], song))[:_NEAR_TOP]:
            near.setdefault(song, []).append(phrase)
    return near


def pace_in_words(analysis: VideoAnalysis | None, query: MusicQuery) -> str:
    """What sets the wanted tempo, for reasons: the picture, unless somebody wants another tempo."""
    if analysis is None or analysis.measurements is None or analysis.tempo_bpm is None:
        return "the wanted tempo"
    if query.tempo_bpm is None or tuple(query.tempo_bpm) != tuple(analysis.tempo_bpm):
        return "the wanted tempo"
    return f"the {analysis.tempo.lower()} pace of the picture"
