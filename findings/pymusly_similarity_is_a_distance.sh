#!/usr/bin/env bash
# pymusly: compute_similarity gives distances: 0 for a song beside itself, near 1 for what is least like it.
#
# Versions: pymusly 2.0.0 as published on PyPI, both of its methods (timbre, the default, and mandelellis).
# Source:   MuslyJukebox.set_style and add_tracks with eight drawn songs of 70 s and a quieter copy of the first, then
#           compute_similarity of the first with all. Its help says "Compute the similarity" and "a list with similarities to the seed track".
# Expected: the song itself and its copy at the top of a list that is sorted by falling similarity.
# Seen:     the song itself 0, its copy .09, the other seven .74 to .93 (timbre); so both stand at the end of that list. mandelellis has
#           no upper end: 0 for the song itself and its copy, 3 to 41 for the others.
# Why it hurts: "more like this" sorts by what is called similarity and plays the least similar songs of the library first, with scores
#           near 1 that look like a perfect match; a lower limit on it keeps the seed out and lets the farthest in. Nothing fails.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pymusly==2.0.0 numpy

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import pymusly

RATE = 22050  # what track_from_audiodata takes


def song(seed, seconds=70):
    """Plucked notes and noise, of pitches and a brightness that are drawn."""
    rng = np.random.default_rng(seed)
    pitches, noise = 220 * 2 ** (rng.integers(0, 24, size=8) / 12), rng.uniform(0.05, 0.5)
    sound, span = np.zeros(seconds * RATE), np.arange(int(0.3 * RATE)) / RATE
    for number in range(2 * seconds - 1):
        begin = number * RATE // 2
        pluck = 0.3 * np.sin(2 * np.pi * pitches[number % 8] * span) * np.exp(-8 * span)
        sound[begin : begin + len(span)] += pluck
        sound[begin : begin + 1000] += noise * rng.normal(size=1000) * np.exp(-np.arange(1000) / 150)
    return sound.astype(np.float32)


songs = [song(seed) for seed in range(8)]
songs.append(0.5 * songs[0])
told = pymusly.MuslyJukebox.compute_similarity.__doc__
assert "similarities to the seed track" in told and "distance" not in told
for method in ("timbre", "mandelellis"):
    box = pymusly.MuslyJukebox(method=method)
    tracks = list(enumerate(box.track_from_audiodata(sound[: 60 * RATE]) for sound in songs))
    box.set_style([track for _, track in tracks])
    box.add_tracks(tracks)
    found = np.array(box.compute_similarity(tracks[0], tracks))
    print(method, found.round(2).tolist())
    order = np.argsort(-found, kind="stable").tolist()
    assert found[0] == 0 and set(order[-2:]) == {0, 8}, "it changed"
    if method == "timbre":
        assert found[8] < 0.2 and found[1:8].min() > 0.5 and found.max() <= 1, "it changed"
PYTHON
