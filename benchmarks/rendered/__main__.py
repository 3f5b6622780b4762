"""Render clips of real composed scores whose beats, downbeats and metre are known exactly.

    VENV/bin/python benchmarks/rendered --out /tmp/rendered --clips 140

Needs music21, NumPy, PyAV and soundfile in the Python that runs it, FluidSynth, and soundfonts (Debian's
fluid-soundfont-gm and timgm6mb-soundfont, more with `--soundfont`). The scores are those that ship with
music21. Works are split in two by a hash of their name: `choose` is for choosing and training, `report` for
figures. OUT/<half>/NNNN.flac (.mp3, .opus) lies beside NNNN.json, which has the truth. Nothing of it is kept
in the repository; the seed makes the same clips again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
from arrange import Performance, perform, playable
from invent import invent
from midi import RATE, latency, midi_bytes, synthesise
from scores import COLLECTIONS, Score, apart, collection_of, gather, in_five, load
from treat import treated, write

DEBIAN = (Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"), Path("/usr/share/sounds/sf2/TimGM6mb.sf2"))


def half_of(group: str) -> str:
    return "report" if hashlib.sha1(group.encode()).digest()[0] % 2 else "choose"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--half", choices=("choose", "report"), default="report")
    parser.add_argument("--clips", type=int, default=140)
    parser.add_argument("--first", type=int, default=0, help="number of the first clip")
    parser.add_argument("--invented", type=float, default=0.0, help="share of made-up scores (for training)")
    parser.add_argument(
        "--works",
        type=int,
        default=1,
        help="how many times as many scores are read (for training); collections keep their shares",
    )
    parser.add_argument(
        "--soundfont", type=Path, action="append", help="instead of Debian's two; may be repeated"
    )
    options = parser.parse_args()
    folder = options.out / "scores"
    if not folder.exists():
        import music21

        gather(Path(music21.__file__).parent / "corpus", folder, options.works)
    every = load(folder)
    scores = [score for score in every if half_of(score.group) == options.half and playable(score)]
    if options.works > 1:
        scores = apart(scores, [score for score in every if half_of(score.group) != options.half])
    soundfonts = options.soundfont or [path for path in DEBIAN if path.exists()]
    delays = {soundfont: latency(soundfont) for soundfont in soundfonts}
    target = options.out / options.half
    target.mkdir(parents=True, exist_ok=True)
    for number in range(options.first, options.first + options.clips):
        path = target / f"{number:04d}.json"
        if path.exists():
            continue
        draw = random.Random(f"{options.half}-{number}")
        score = (
            invent(number, draw) if draw.random() < options.invented else _drawn(scores, draw, options.works)
        )
        soundfont = draw.choice(soundfonts)
        path.write_text(json.dumps(render(score, draw, soundfont, delays[soundfont], path)))


def _drawn(scores: list[Score], draw: random.Random, works: int) -> Score:
    """One score; often among those in three, in five or compound, so that these are enough."""
    rare = [score for score in scores if score.bars[0][1] not in (2, 4)]
    if draw.random() < 0.04:
        four = [score for score in scores if {bar[1:] for bar in score.bars} == {(4, 4)}]
        return in_five(_one(four, draw, works))
    return _one(rare if draw.random() < 0.38 else scores, draw, works)


def _one(scores: list[Score], draw: random.Random, works: int) -> Score:
    if works == 1:
        return draw.choice(scores)
    counts = Counter(collection_of(score) for score in scores)
    (found,) = draw.choices(
        scores, [COLLECTIONS[collection_of(score)][0] / counts[collection_of(score)] for score in scores]
    )
    return found


def render(score: Score, draw: random.Random, soundfont: Path, delay: float, path: Path) -> dict[str, object]:
    """Write the sound beside `path`; the truth comes back."""
    seconds = draw.uniform(20.0, 40.0)
    played = perform(score, draw, seconds + 12.0)
    reverb = draw.choice((0.0, 0.2, 0.4, 0.7))
    # Not every clip begins on a bar line: cut in at a drawn time, or after a pause.
    begin = draw.uniform(0.0, 8.0) if draw.random() < 0.5 else -draw.uniform(0.0, 1.5)
    seconds = min(seconds, played.end - begin)
    notes = [note for note in played.notes if note[0] < begin + seconds + 0.5]
    sound = synthesise(midi_bytes(notes, played.programs), soundfont, reverb=reverb)
    cut = round(max(0.0, begin + delay) * RATE)
    sound = sound[:, cut : cut + round(seconds * RATE)]
    pad = begin + delay - cut / RATE  # negative: silence before the first bar
    mono, treatment = treated(sound, draw)
    if pad < 0.0:
        mono = np.concatenate([np.zeros(round(-pad * RATE), dtype=np.float32), mono])[: round(seconds * RATE)]
    codec = draw.choice(("flac", "flac", "mp3", "opus"))
    bit_rate = draw.choice((96000, 128000, 192000)) if codec == "mp3" else draw.choice((48000, 64000, 96000))
    write(mono, path.with_suffix("." + codec), codec, bit_rate)
    return {
        "score": score.name,
        "group": score.group,
        "file": f"{path.stem}.{codec}",
        "soundfont": soundfont.stem,
        "reverb": reverb,
        "treatment": treatment,
        "codec": codec,
        "bpm": played.bpm,
        "tempo": played.tempo_kind,
        "drums": played.drums,
        "swing": played.swing,
        **_truth(played, begin, len(mono) / RATE),
    }


def _truth(played: Performance, begin: float, seconds: float) -> dict[str, object]:
    inside = [
        (round(time - begin, 5), position, metre)
        for time, position, metre in zip(played.beats, played.positions, played.metres, strict=True)
        if 0.0 <= time - begin < seconds - 0.05
    ]
    return {
        "seconds": seconds,
        "beats": [entry[0] for entry in inside],
        "positions": [entry[1] for entry in inside],
        "metres": [entry[2] for entry in inside],
    }


if __name__ == "__main__":
    main()
