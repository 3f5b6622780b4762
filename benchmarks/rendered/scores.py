"""Scores of music21's corpus as plain lists of notes and whole bars, kept as one JSON file a score."""

from __future__ import annotations

import itertools
import json
import random
import re
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

# Folders of the corpus, how many scores of each are taken at most, and whether a file is a book of tunes.
COLLECTIONS = {
    "bach": (110, False),
    "ryansMammoth": (190, False),
    "oneills1850": (150, True),
    "airdsAirs": (70, True),
    "essenFolksong": (150, True),
    "nottingham-dataset": (4, True),
    "miscFolk": (40, True),
    "beethoven": (3, False),
    "haydn": (4, False),
    "mozart": (6, False),
    "monteverdi": (5, False),
    "corelli": (2, False),
    "joplin": (1, False),
    "schumann_clara": (5, False),
    "schumann_robert": (7, False),
    "handel": (1, False),
    "cpebach": (1, False),
    "beach": (1, False),
    "chopin": (1, False),
    "leadSheet": (2, False),
    "liliuokalani": (1, False),
    "johnson_j_r": (1, False),
    "schubert": (1, False),
    "verdi": (1, False),
    "weber": (1, False),
}
FEWEST_BARS = 8
_SHARED = 0.12  # of the steps of two tunes, from which on they are one
SEED = 14


@dataclass(frozen=True)
class Score:
    """Times are in quarter notes from the first whole bar."""

    name: str
    group: str  # movements of one work, takes of one tune: never on both sides of the split
    notes: list[tuple[int, float, float, int]]  # part, begin, length, MIDI pitch
    bars: list[tuple[float, int, int]]  # begin and time signature of each whole bar
    end: float  # of the last bar


def gather(folder: Path, out: Path, times: int = 1) -> None:
    """Read the corpus in `folder` (music21's `corpus`) into `out`, one file a score; what is there stays.

    `times`: how many times as many scores of each collection are taken, if it has them.
    """
    out.mkdir(parents=True, exist_ok=True)
    draw = random.Random(SEED)
    for collection, (most, book) in COLLECTIONS.items():
        files = sorted(
            path
            for path in (folder / collection).rglob("*")
            if path.suffix in {".mxl", ".xml", ".musicxml", ".abc", ".krn"}
        )
        sources = [
            source for path in files for source in (_tunes(path) if book else [(path.stem, path, None)])
        ]
        draw.shuffle(sources)
        if collection == "essenFolksong":
            sources.sort(key=lambda source: "M:3/4" not in str(source[2]))  # others have few in three
        for name, path, text in sources[: times * most]:
            parent = path.parent.name
            group = f"{collection}/{parent}" if not book and parent != collection else f"{collection}/{name}"
            target = out / re.sub(r"[^\w.-]+", "_", f"{collection}-{parent}-{name}.json")
            if target.exists():
                continue
            try:
                score = _read(path, text, f"{collection}/{parent}/{name}", group)
            except Exception as error:  # noqa: BLE001 - whatever music21 stumbles over: that score is left out, and said
                print(f"left out {collection}/{name}: {type(error).__name__}: {error}"[:160])
                score = None
            target.write_text(json.dumps(asdict(score) if score else None))


def load(folder: Path) -> list[Score]:
    """All scores that `gather` wrote, in the order of their names."""
    found = []
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text())
        if content:
            content["notes"] = [tuple(note) for note in content["notes"]]
            content["bars"] = [tuple(bar) for bar in content["bars"]]
            found.append(Score(**content))
    return found


def collection_of(score: Score) -> str:
    return score.group.partition("/")[0]


def apart(scores: list[Score], others: list[Score]) -> list[Score]:
    """Those of `scores` whose tune is none of `others`' under another name."""
    theirs = [_steps(score) for score in others]
    own = ((score, _steps(score)) for score in scores)
    return [score for score, steps in own if not any(_alike(steps, one) for one in theirs)]


def _alike(steps: set[tuple[int, ...]], others: set[tuple[int, ...]]) -> bool:
    return len(steps & others) >= max(4, _SHARED * min(len(steps), len(others)))


def _steps(score: Score) -> set[tuple[int, ...]]:
    """Each nine steps of its upper line that follow each other, in semitones."""
    upper: dict[float, int] = {}
    for _, onset, _, pitch in score.notes:
        upper[onset] = max(pitch, upper.get(onset, 0))
    pitches = [upper[onset] for onset in sorted(upper)]
    steps = [after - before for before, after in itertools.pairwise(pitches)]
    return {tuple(steps[at : at + 9]) for at in range(len(steps) - 8)}


def in_five(score: Score) -> Score:
    """A score in 4/4 in 5/4: each bar's last beat is sounded again."""
    notes, bars = [], []
    for index, (begin, _, _) in enumerate(score.bars):
        bars.append((begin + index, 5, 4))
        for part, onset, length, pitch in score.notes:
            if begin <= onset < begin + 4:
                notes.append((part, onset + index, length, pitch))
                if onset >= begin + 3:
                    notes.append((part, onset + index + 1, length, pitch))
    notes.sort(key=lambda note: note[1])
    return Score(f"{score.name} in five", score.group, notes, bars, score.end + len(score.bars))


def _tunes(path: Path) -> list[tuple[str, Path, str]]:
    text = path.read_text(errors="replace")
    pieces = [piece for piece in re.split(r"(?m)^(?=X:)", text) if piece.startswith("X:")]
    return [(f"{path.stem}-{index}", path, piece) for index, piece in enumerate(pieces)]


def _read(path: Path, text: str | None, name: str, group: str) -> Score | None:
    from music21 import converter

    stream: Any = converter.parse(text, format="abc") if text is not None else converter.parse(path)
    if not hasattr(stream, "parts") or not len(stream.parts):
        return None
    stream = stream.toSoundingPitch()  # clarinets and horns are written in other keys
    bars = _whole_bars(stream.parts[0])
    begin, stop = _longest_run(bars)
    if stop - begin < FEWEST_BARS:
        return None
    zero = bars[begin][0]
    end = bars[stop - 1][0] + _length(bars[stop - 1]) - zero
    notes = []
    for part, voice in enumerate(stream.parts):
        for element in voice.stripTies().flatten().notes:
            onset = Fraction(element.offset) - zero
            if not 0 <= onset < end or element.duration.isGrace or element.quarterLength <= 0:
                continue
            pitches = [] if element.classes[0] == "ChordSymbol" else element.pitches
            for pitch in pitches:
                notes.append((part, float(onset), float(element.quarterLength), int(pitch.midi)))
    if len(notes) < 2 * (stop - begin):
        return None
    notes.sort(key=lambda note: note[1])
    whole = [(float(bar[0] - zero), bar[1], bar[2]) for bar in bars[begin:stop]]
    return Score(name, group, notes, whole, float(end))


def _length(bar: tuple[Fraction, int, int]) -> Fraction:
    return Fraction(4 * bar[1], bar[2])


def _whole_bars(part: Any) -> list[tuple[Fraction, int, int]]:
    """Whole bars; pieces of a bar that a repeat sign cut are joined, and a pickup is left out."""
    bars: list[tuple[Fraction, int, int]] = []
    signature = None
    waiting: tuple[Fraction, Fraction] | None = None  # begin and length of pieces of a bar
    for measure in part.getElementsByClass("Measure"):
        signature = measure.timeSignature or signature
        if signature is None:
            continue
        whole = Fraction(4 * signature.numerator, signature.denominator)
        begin, length = Fraction(measure.offset), Fraction(measure.duration.quarterLength)
        if length == whole and waiting is None:
            bars.append((begin, signature.numerator, signature.denominator))
            continue
        waiting = (begin, length) if waiting is None else (waiting[0], waiting[1] + length)
        if waiting[1] == whole and bars:
            bars.append((waiting[0], signature.numerator, signature.denominator))
            waiting = None
        elif not bars or waiting[1] > whole:
            waiting = None
    return bars


def _longest_run(bars: list[tuple[Fraction, int, int]]) -> tuple[int, int]:
    """Where the longest stretch of bars begins and ends that follow each other without a gap."""
    best, begin = (0, 0), 0
    for index in range(1, len(bars) + 1):
        if index == len(bars) or bars[index][0] != bars[index - 1][0] + _length(bars[index - 1]):
            if index - begin > best[1] - best[0]:
                best = (begin, index)
            begin = index
    return best
