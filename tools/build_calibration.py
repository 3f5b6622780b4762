"""Work out the centre and spread of each tag axis of the lite space.

    python tools/build_calibration.py FOLDER_OF_THE_UNPACKED_musicnn_0.1.0_WHEEL [FOLDER_WITH_MUSIC ...]

Both are midway between two estimates; neither is fitted to labels of any track.

One estimate follows from the music that the taggers were trained on (200,000 songs of the Million Song
Dataset; 19,000 clips of MagnaTagATune), and needs no audio: the last normalisation gives each penultimate
unit the mean `beta` and the deviation `gamma` over the training data, and the logits are linear in the units.
The other is measured on the music that is given, which should be of many styles, and instrumental for the
most part, as music for pictures is. Without any, the first estimate stands alone.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from artefact_manifest import ARTEFACTS, write_manifest
from reelscore.audio.decode import load
from reelscore.embedding.lite.axes import TAG_NAMES, tag_matrix
from reelscore.embedding.lite.taggers import load_taggers
from reelscore.errors import MediaError
from tf_bundle import read_bundle

SUFFIXES = {".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"}
# Units that serve one tag rise together: measured spreads are about this many times those of independent
# units.
CORRELATION_FACTOR = 1.9


def training_statistics(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each axis over the training data, from the last layers alone."""
    means, weights, deviations = [], [], []
    for name in ("MSD_musicnn", "MTT_musicnn"):
        arrays = read_bundle(folder / name)
        kernel = arrays["dense_1/kernel"]
        means.append(arrays["batch_normalization_10/beta"] @ kernel + arrays["dense_1/bias"])
        weights.append(kernel)
        deviations.append(arrays["batch_normalization_10/gamma"])
    matrix = tag_matrix()
    half = matrix.shape[1] // 2
    variance = sum(
        np.square(matrix[:, part] @ kernel.T) @ np.square(gamma)
        for part, kernel, gamma in zip((slice(0, half), slice(half, None)), weights, deviations, strict=True)
    )
    return matrix @ np.concatenate(means), CORRELATION_FACTOR * np.sqrt(variance)


def measured_statistics(folders: list[Path]) -> tuple[np.ndarray, np.ndarray] | None:
    """Mean and deviation of each axis over the tracks below some folders; None where there are none."""
    taggers, rows = load_taggers(), []
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in SUFFIXES):
        try:
            rows.append(taggers.run(load(path)).logits.mean(axis=0))
        except MediaError as error:
            print(f"left out: {error}")
    print(f"{len(rows)} tracks measured")
    if len(rows) < 2:
        return None
    values = np.stack(rows) @ tag_matrix().T
    return values.mean(axis=0), values.std(axis=0)


def main() -> None:
    """Estimate, blend, write."""
    parser = argparse.ArgumentParser(description="Calibrate the tag axes of the lite space.")
    parser.add_argument("musicnn", type=Path, help="folder `musicnn` of the unpacked wheel")
    parser.add_argument("music", type=Path, nargs="*", help="folders with music of many styles")
    arguments = parser.parse_args()
    centre, spread = training_statistics(arguments.musicnn)
    measured = measured_statistics(arguments.music)
    if measured is not None:
        centre = (centre + measured[0]) / 2
        spread = np.sqrt(spread * measured[1])
    entries = {
        name: {"centre": round(float(c), 3), "spread": round(float(s), 3)}
        for name, c, s in zip(TAG_NAMES, centre, spread, strict=True)
    }
    text = json.dumps(entries, indent=1) + "\n"
    (ARTEFACTS / "calibration.json").write_text(text, encoding="utf-8")
    write_manifest()


if __name__ == "__main__":
    main()
