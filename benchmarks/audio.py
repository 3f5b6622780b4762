"""What the audio room costs and how right it is: CPU time and memory of each part, tempo and key of the demo.

Run with `.venv/bin/python benchmarks/audio.py`. CPU time is user and system time of all threads, the best
of three runs; memory is what the peak resident size of the process grows by.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "audio"))

from audio_material import band, clip_of, demo_tracks

from reelscore.audio.decode import load
from reelscore.audio.features import measure
from reelscore.audio.fingerprint import fingerprint
from reelscore.audio.loudness import measure_loudness
from reelscore.audio.rhythm import find_onsets, rhythm_of
from reelscore.audio.spectrum import scan
from reelscore.audio.tonality import find_key
from reelscore.filters.keys import parse_key


def cost(work: Callable[[], Any], runs: int = 3) -> float:
    """CPU milliseconds."""
    best = float("inf")
    for _ in range(runs):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return 1000 * best


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def print_costs() -> None:
    tracks = demo_tracks()
    print(f"{'first decode, with loading FFmpeg':40s} {cost(lambda: load(tracks[0].path), 1):7.0f} ms")
    clip = load(tracks[0].path)
    print(f"{'first measure':40s} {cost(lambda: measure(clip), 1):7.0f} ms")
    spectrum = scan(clip)
    onsets = find_onsets(spectrum.mels, spectrum.rate)
    rows: dict[str, Callable[[], Any]] = {
        "decode": lambda: load(tracks[0].path),
        "spectrum": lambda: scan(clip),
        "onsets": lambda: find_onsets(spectrum.mels, spectrum.rate),
        "tempo and beats": lambda: rhythm_of(onsets),
        "key": lambda: find_key(clip),
        "loudness": lambda: measure_loudness(clip),
        "measure, all of these": lambda: measure(clip),
        "fingerprint": lambda: fingerprint(clip),
    }
    for name, work in rows.items():
        print(f"{name + ', ' + format(clip.duration, '.0f') + ' s':40s} {cost(work):7.0f} ms")
    song = band(120, 4, seed=1, seconds=30.0).samples
    for seconds in (240, 900):
        before = peak_mb()
        long = clip_of(np.tile(song, seconds // 30))
        spent = cost(lambda long=long: (measure(long), fingerprint(long)), 1)
        grown = peak_mb() - before
        print(f"{f'measure and fingerprint, {seconds} s':40s} {spent:7.0f} ms {grown:5.0f} MB with the clip")


def print_accuracy() -> None:
    first, octave, key, weighted = [], [], [], []
    for track in demo_tracks():
        features = measure(load(track.path))
        ratios = [(features.tempo_bpm or 0.0) / (track.bpm * factor) - 1 for factor in (1, 2, 0.5, 3, 1 / 3)]
        first.append(abs(ratios[0]) <= 0.04)
        octave.append(min(map(abs, ratios)) <= 0.04)
        found, wanted = parse_key(features.key or "C"), parse_key(track.key)
        step = (found[0] - wanted[0]) % 12
        relative = 9 if wanted[1] == "major" else 3
        key.append(found == wanted)
        weighted.append(
            {0: 1.0, 5: 0.5, 7: 0.5}.get(step, 0.0)
            if found[1] == wanted[1]
            else {relative: 0.3, 0: 0.2}.get(step, 0.0)
        )
    print(f"tempo  Acc1 {np.mean(first):.3f}  Acc2 {np.mean(octave):.3f}  ({len(first)} tracks, 4 %)")
    print(f"key    exact {np.mean(key):.3f}  MIREX-weighted {np.mean(weighted):.3f}")


if __name__ == "__main__":
    print_costs()
    print_accuracy()
