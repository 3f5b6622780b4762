"""What the taggers make of sound before they name it: a space for likeness between songs, without words."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np

from reelscore.embedding.base import Space
from reelscore.embedding.lite.taggers import HIDDEN, PATCH_SECONDS, SAMPLE_RATE, TaggerRun, load_taggers
from reelscore.embedding.weights import read_artefact
from reelscore.records import AudioClip, FloatArray, MusicFeatures, TrackEmbedding

TAGGERS = Space(
    name="taggers-1",
    dim=HIDDEN,
    sample_rate=SAMPLE_RATE,
    understands_text=False,
    description="how two music taggers hear a song, before they name it; compares song with song",
)


class TaggerEmbedder:
    """Implements AudioEmbedder for the space `taggers-1`."""

    space = TAGGERS

    def __init__(self, *, threads: int | None = None) -> None:
        self._threads = threads

    def embed_audio(self, clip: AudioClip, features: MusicFeatures) -> TrackEmbedding:
        """Vectors of a track and of each patch that was heard."""
        return self.embed_run(load_taggers(self._threads).run(clip))

    def embed_run(self, run: TaggerRun) -> TrackEmbedding:
        """The same from a run of the taggers that is there already."""
        return TrackEmbedding(
            space=self.space.name,
            track=_unit(run.hidden.mean(axis=0)),
            windows=np.stack([_unit(hidden) for hidden in run.hidden]),
            window_starts=run.starts,
            window_seconds=PATCH_SECONDS,
        )


@lru_cache(maxsize=1)
def load_within() -> FloatArray:
    """The matrix (400, 400) in which what varies within any track counts less, read once.

    `tools/learn_within.py` says how it was learned. Raises ModelError if the file is missing or damaged.
    """
    matrix: FloatArray = np.load(io.BytesIO(read_artefact("within_tracks.npy")), allow_pickle=False)
    return matrix.astype(np.float32)


def _unit(vector: FloatArray) -> FloatArray:
    unit: FloatArray = (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)
    return unit
