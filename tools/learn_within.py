"""Learn what varies within a track in `taggers-1`, without labels, for the metric of feedback.

    .venv/bin/python tools/learn_within.py --music SET

The patches of one track differ by what happens in it, and songs by more than that. Directions in which
patches of a track differ anyway say little about which song it is, so they count less (within-class
covariance normalisation [1]_, here by the inverse square root). The music may be any; no label goes in.

References
----------
.. [1] Hatch, Kajarekar, Stolcke. Within-class covariance normalization for SVM-based speaker recognition.
   Interspeech 2006.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artefact_manifest import ARTEFACTS, write_manifest
from reelscore.audio.decode import load
from reelscore.embedding.lite.taggers import HIDDEN, SAMPLE_RATE, load_taggers
from reelscore.errors import ReelscoreError

AUDIO = {".wav", ".ogg", ".opus", ".mp3", ".flac", ".m4a"}
# Added to every variance, as a share of their mean: what does not vary would count without end.
SHRINKAGE = 0.1


def main() -> None:
    """Hear every file under the folders, and write the matrix."""
    parser = argparse.ArgumentParser(description="Learn what varies within a track.")
    parser.add_argument("--music", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, default=ARTEFACTS / "within_tracks.npy")
    arguments = parser.parse_args()
    files = sorted(path for folder in arguments.music for path in folder.rglob("*") if path.suffix in AUDIO)
    tracks = []
    for path in files:
        try:
            tracks.append(load_taggers(1).run(load(path, sample_rate=SAMPLE_RATE)).hidden)
        except ReelscoreError as error:
            print(f"{path}: left out, {error}")
    np.save(arguments.out, half_whitening(tracks).astype(np.float16))
    print(f"{len(tracks)} tracks, {sum(map(len, tracks))} patches")
    write_manifest()


def half_whitening(tracks: list[NDArray[np.float32]]) -> NDArray[np.float64]:
    """C^(-1/2), 1 on average on its diagonal; C is how patches (n, 400) vary about their track."""
    scatter, freedom = np.zeros((HIDDEN, HIDDEN)), 0
    for hidden in tracks:
        units = hidden / np.linalg.norm(hidden, axis=1, keepdims=True)
        centred = (units - units.mean(axis=0)).astype(np.float64)
        scatter += centred.T @ centred
        freedom += len(units) - 1
    values, vectors = np.linalg.eigh(scatter / max(1, freedom))
    values = np.maximum(values, 0.0) + SHRINKAGE * max(float(values.mean()), 1e-12)
    matrix: NDArray[np.float64] = (vectors * values**-0.5) @ vectors.T
    return matrix * (HIDDEN / np.trace(matrix))


if __name__ == "__main__":
    main()
