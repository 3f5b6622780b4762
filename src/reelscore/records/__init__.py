"""The small frozen records that rooms pass to each other.

They hold plain values and NumPy arrays: no ORM rows, no index points, no HTTP payloads. Times are in
seconds, frequencies in Hz, loudness in LUFS, tempo in beats per minute, and levels named `0..1` lie in
that closed range, unless a field says otherwise. Arrays are float32.

A subject is imported when a name of it is first asked for, so that a command pays only for its own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reelscore.records.accounts import CALLER, ROLES, ApiToken, ProjectShare, Role, RoleName, User
    from reelscore.records.audio import (
        AudioClip,
        Beat,
        BeatGrid,
        DoubleArray,
        FloatArray,
        MusicFeatures,
        SongSection,
        SongStructure,
        TempoPoint,
        TrackEmbedding,
        Waveform,
    )
    from reelscore.records.catalog import (
        AnalysedTrack,
        FileStamp,
        IngestReport,
        Song,
        SongCard,
        SongKeys,
        Track,
        TrackIssue,
        song_id,
    )
    from reelscore.records.jobs import Job, JobState, Progress, ProgressCallback, ignore_progress
    from reelscore.records.projects import MOST_STARS, Candidate, Film, Place, Project
    from reelscore.records.search import (
        Hit,
        IndexInfo,
        MusicQuery,
        Passage,
        Phrase,
        Reason,
        Recommendation,
        WordsRead,
    )
    from reelscore.records.sync import (
        CutHit,
        CutMove,
        FitPlan,
        PlanAlternative,
        Seam,
        SyncPlan,
    )
    from reelscore.records.taste import EventKind, TasteEvent
    from reelscore.records.timeline import (
        TIMELINE_RATE,
        Credit,
        DuckRegion,
        Marker,
        Media,
        MusicEvent,
        Timeline,
    )
    from reelscore.records.video import (
        Dissolve,
        Section,
        Shot,
        VideoAnalysis,
        VideoMeasurements,
    )

__all__ = [
    "CALLER",
    "MOST_STARS",
    "ROLES",
    "TIMELINE_RATE",
    "AnalysedTrack",
    "ApiToken",
    "AudioClip",
    "Beat",
    "BeatGrid",
    "Candidate",
    "Credit",
    "CutHit",
    "CutMove",
    "Dissolve",
    "DoubleArray",
    "DuckRegion",
    "EventKind",
    "FileStamp",
    "Film",
    "FitPlan",
    "FloatArray",
    "Hit",
    "IndexInfo",
    "IngestReport",
    "Job",
    "JobState",
    "Marker",
    "Media",
    "MusicEvent",
    "MusicFeatures",
    "MusicQuery",
    "Passage",
    "Phrase",
    "Place",
    "PlanAlternative",
    "Progress",
    "ProgressCallback",
    "Project",
    "ProjectShare",
    "Reason",
    "Recommendation",
    "Role",
    "RoleName",
    "Seam",
    "Section",
    "Shot",
    "Song",
    "SongCard",
    "SongKeys",
    "SongSection",
    "SongStructure",
    "SyncPlan",
    "TasteEvent",
    "TempoPoint",
    "Timeline",
    "Track",
    "TrackEmbedding",
    "TrackIssue",
    "User",
    "VideoAnalysis",
    "VideoMeasurements",
    "Waveform",
    "WordsRead",
    "ignore_progress",
    "song_id",
]

# The names of each subject.
_SUBJECTS = {
    "accounts": "CALLER ROLES ApiToken ProjectShare Role RoleName User",
    "audio": "AudioClip Beat BeatGrid DoubleArray FloatArray MusicFeatures SongSection SongStructure "
    "TempoPoint TrackEmbedding Waveform",
    "catalog": "AnalysedTrack FileStamp IngestReport Song SongCard SongKeys Track TrackIssue song_id",
    "jobs": "Job JobState Progress ProgressCallback ignore_progress",
    "projects": "MOST_STARS Candidate Film Place Project",
    "search": "Hit IndexInfo MusicQuery Passage Phrase Reason Recommendation WordsRead",
    "sync": "CutHit CutMove FitPlan PlanAlternative Seam SyncPlan",
    "taste": "EventKind TasteEvent",
    "timeline": "TIMELINE_RATE Credit DuckRegion Marker Media MusicEvent Timeline",
    "video": "Dissolve Section Shot VideoAnalysis VideoMeasurements",
}
_MODULES = {name: subject for subject, names in _SUBJECTS.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return found
