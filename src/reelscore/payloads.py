"""Records as the documented JSON shapes. One function for each shape, used by API, CLI and facade."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.filters.terms import voice_of
from reelscore.ranking.scoring import weights_of
from reelscore.records import (
    ApiToken,
    IngestReport,
    Job,
    MusicFeatures,
    MusicQuery,
    Recommendation,
    Song,
    SongStructure,
    TrackIssue,
    VideoAnalysis,
    VideoMeasurements,
)
from reelscore.sources.usage_terms import audition_payload

Payload = dict[str, Any]

_CURVES = ("beats", "energy_curve")  # long, and not for lists
_MEASURED = tuple(field.name for field in fields(MusicFeatures))
# Of the report of an ingest run.
_COUNTS = ("offered", "added", "already_known", "moved", "changed", "missing", "removed", "songs")
_ISSUES = ("skipped", "failed")

_MOST_NAMES = 500  # of missing files in one report: a folder that is gone may have held the whole library


def duration_text(seconds: float | None) -> str:
    """Whole seconds as "m:ss"; hours are counted in minutes. Empty if the length is not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def song_payload(song: Song) -> Payload:
    """A song as the documents show it, and what we add."""
    thumbnails = {"default": song.artwork_url} if song.artwork_url else {}
    return {
        "id": song.id,
        "title": song.title,
        "artists": list(song.artists),
        "album": song.album or "",
        "duration": duration_text(song.duration),
        "duration_seconds": song.duration,
        "videoId": song.video_id or "",
        "thumbnails": thumbnails,
        "genre": song.genre,
        "year": song.year,
        "original_year": song.original_year,
        "source": song.source,
        "uri": song.uri or song.page_url,
        "page_url": song.page_url,
        "preview_url": song.preview_url,
        "audition": audition_payload(song),
    }


def features_payload(features: MusicFeatures | None, *, curves: bool = False) -> Payload:
    """Measurements of a song; beats and curves only if asked for, since they are long."""
    if features is None:
        return {}
    names = (name for name in _MEASURED if curves or name not in _CURVES)
    return {name: _rounded(getattr(features, name)) for name in names}


def beats_payload(structure: SongStructure) -> Payload:
    """The beats of a song under "data", and what holds for all of them."""
    grid = structure.grid
    return {
        "data": [{"time": round(beat.time, 4), "bar": beat.bar, "beat": beat.beat} for beat in grid.beats],
        "metre": grid.metre,
        "metres": [{"time": round(time, 4), "metre": metre} for time, metre in grid.metres],
        "tempo_bpm": None if grid.tempo_bpm is None else round(grid.tempo_bpm, 2),
        "tempo_curve": [
            {"time": round(point.time, 3), "bpm": round(point.bpm, 2)} for point in grid.tempo_curve
        ],
        "steadiness": round(grid.steadiness, 3),
        "confidence": round(grid.confidence, 3),
        "downbeats": [round(time, 4) for time in grid.downbeats],
        "phrases": [round(time, 4) for time in structure.phrases],
    }


def sections_payload(structure: SongStructure) -> list[Payload]:
    """The sections of a song."""
    return [
        {
            "start": round(part.start, 4),
            "end": round(part.end, 4),
            "letter": part.letter,
            "energy": None if part.energy is None else round(part.energy, 4),
            "change": part.change,
        }
        for part in structure.sections
    ]


def structure_payload(structure: SongStructure) -> Payload:
    """What a grid adds to the measurements, its beats among them; seconds throughout."""
    beats = beats_payload(structure)
    chosen = ("downbeats", "metre", "metres", "tempo_curve", "steadiness", "phrases")
    return {
        "beats": [beat["time"] for beat in beats["data"]],
        **{name: beats[name] for name in chosen},
        "grid_confidence": beats["confidence"],
        "sections": sections_payload(structure),
    }


def heard_payload(tags: Mapping[str, float]) -> Payload:
    """What is heard in a song: its tags, and whether it is sung, instrumental or one cannot be sure."""
    return {
        "tags": dict(zip(tags, np.round(list(tags.values()), 3).tolist(), strict=True)),
        "voice": voice_of(tags),
    }


def recommendation_payload(item: Recommendation) -> Payload:
    """One song of an answer."""
    return {
        **song_payload(item.song),
        "score": round(item.score, 6),
        "fit": None if item.fit is None else round(item.fit, 3),
        "parts": {name: round(value, 6) for name, value in item.parts.items()},
        "reasons": list(item.reasons),
        "reason_details": [
            {**asdict(reason), "short": reason.short or reason.text} for reason in item.reason_details
        ],
        **heard_payload(item.tags),
        "features": features_payload(item.features),
        "passage": asdict(item.passage) if item.passage else None,
        "versions": [version_payload(song) for song in item.versions],
    }


def version_payload(song: Song) -> Payload:
    """Another version of a song of an answer, in short."""
    names = ("id", "title", "artists", "album", "duration", "duration_seconds", "year")
    payload = song_payload(song)
    return {name: payload[name] for name in names}


def query_payload(query: MusicQuery) -> Payload:
    """What was searched for."""
    return {
        "phrases": [asdict(phrase) for phrase in query.phrases],
        "tempo_bpm": list(query.tempo_bpm) if query.tempo_bpm else None,
        "energy": query.energy,
        "avoid": [asdict(phrase) for phrase in query.avoid],
        "weights": {name: round(weight, 4) for name, weight in weights_of(query).items()},
        **({"decided": dict(query.decided)} if query.decided else {}),
    }


def measurements_payload(measured: VideoMeasurements) -> Payload:
    """What was measured in a video."""
    payload: Payload = _exact_times(asdict(measured))
    return payload


def analysis_payload(analysis: VideoAnalysis) -> Payload:
    """The analysis of a video: the seven documented fields, then ours."""
    return {
        "description": analysis.description,
        "music_recommendation": analysis.music_recommendation,
        "keywords": list(analysis.keywords),
        "mood": analysis.mood,
        "genre_suggestions": list(analysis.genre_suggestions),
        "tempo": analysis.tempo,
        "energy_level": analysis.energy_level,
        "analyzer": analysis.analyzer,
        "degraded": analysis.degraded,
        "phrases": [asdict(phrase) for phrase in analysis.phrases],
        "tempo_bpm": list(analysis.tempo_bpm) if analysis.tempo_bpm else None,
        "energy": _rounded(analysis.energy),
        "sections": [_exact_times(asdict(section)) for section in analysis.sections],
        "basis": dict(analysis.basis),
        "measurements": measurements_payload(analysis.measurements) if analysis.measurements else None,
        **({"extra": dict(analysis.extra)} if analysis.extra else {}),
    }


def report_payload(report: IngestReport) -> Payload:
    """How an ingest run ended; added, already known, skipped and failed add up to `offered`."""

    def issues(items: tuple[TrackIssue, ...]) -> list[Payload]:
        return [asdict(item) for item in items]

    return {
        "source": report.source,
        "offered": report.offered,
        "added": report.added,
        "already_known": report.already_known,
        "skipped": issues(report.skipped),
        "failed": issues(report.failed),
        "seconds": round(report.seconds, 2),
        "moved": report.moved,
        "changed": report.changed,
        "missing": len(report.missing),
        "missing_files": list(report.missing[:_MOST_NAMES]),
        "removed": report.removed,
        "recut": report.recut,
        "untagged": report.untagged,
    }


def read_report(payload: Mapping[str, Any]) -> IngestReport:
    """The report that `report_payload` wrote; of files that are missing, those that it names."""
    values = {field.name: payload[field.name] for field in fields(IngestReport) if field.name in payload}
    for name in ("skipped", "failed"):
        values[name] = tuple(TrackIssue(**item) for item in payload[name])
    return IngestReport(**values | {"missing": tuple(payload["missing_files"])})


def job_payload(job: Job) -> Payload:
    """A job as `GET /api/tasks/{id}` shows it."""
    return {
        "task_id": job.id,
        "kind": job.kind,
        "state": str(job.state),
        "progress": asdict(job.progress),
        "result": dict(job.result) if job.result is not None else None,
        "error": dict(job.error) if job.error is not None else None,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "attempts": job.attempts,
        "cancel_requested": job.cancel_requested,
        "about": subject_of(job.arguments),
    }


def job_summary(job: Job) -> Payload:
    """A job in short, for lists: without its result, with what it is about and how its counts add up."""
    result = job.result or {}
    counts = {name: result[name] for name in _COUNTS if isinstance(result.get(name), int)}
    counts |= {name: len(result[name]) for name in _ISSUES if isinstance(result.get(name), list)}
    about = subject_of(job.arguments) or str(result.get("source") or "")
    return {**job_payload(job), "result": None, "about": about, "counts": counts}


def subject_of(arguments: Mapping[str, Any], *, user_home: Path | None = None) -> str:
    """What a job is about, by its arguments: a file, folders, or a source; "" if it is the whole library.

    `user_home` is written "~"; None: that of the user of this process.
    """
    if arguments.get("filename"):
        return str(arguments["filename"])
    if arguments.get("video_path"):
        return Path(str(arguments["video_path"])).name
    paths = (arguments.get("options") or {}).get("paths") or ()
    if not paths:
        return str(arguments.get("source") or arguments.get("space") or "")
    first, home, more = str(paths[0]), str(user_home or Path.home()), len(paths) - 1
    if first == home or first.startswith(home + os.sep):
        first = "~" + first[len(home) :]
    return first + (f" and {more} more" if more else "")


def shorten_issues(payload: Payload, most: int) -> Payload:
    """A job's payload with the first lines of each list of its report; `more` says how many are cut."""
    result = payload["result"]
    if not result:
        return payload
    cut = {name: result[name] for name in _ISSUES if isinstance(result.get(name), list)}
    more = sum(max(0, len(lines) - most) for lines in cut.values())
    short = {name: lines[:most] for name, lines in cut.items()}
    return {**payload, "result": {**result, **short, "more": more}}


# Of a video: who cuts to frames needs all digits, since four put every other cut of NTSC one frame early.
_TIMES = frozenset({"start", "end", "duration", "cuts", "picture_start", "sound_start", "frame_rate"})


def _exact_times(value: Any, name: str = "") -> Any:
    """A record as a payload in which times keep all of their digits; other numbers are rounded."""
    if name in _TIMES:
        return list(value) if isinstance(value, tuple) else value
    if isinstance(value, Mapping):
        return {key: _exact_times(item, key) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_exact_times(item) for item in value]
    return _rounded(value)


def _rounded(value: Any) -> Any:
    """Floats to four digits behind the point: what is beyond is noise, and JSON gets short."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, tuple | list):
        return [_rounded(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    return value


def token_payload(token: ApiToken) -> Payload:
    """What is known of a token; the token itself is kept nowhere."""
    return {
        "id": token.id,
        "label": token.label,
        "scope": token.scope.word,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
    }
