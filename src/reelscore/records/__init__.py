"""The small frozen records that rooms pass to each other.

They hold plain values and NumPy arrays: no ORM rows, no index points, no HTTP payloads. Times are in
seconds, frequencies in Hz, loudness in LUFS, tempo in beats per minute, and levels named `0..1` lie in
that closed range, unless a field says otherwise. Arrays are float32.
"""

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
    "Recommendation",
    "Role",
    "RoleName",
    "Seam",
    "Section",
    "Shot",
    "Song",
    "SongCard",
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
