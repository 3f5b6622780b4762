"""How right beats, downbeats, metre and tempo are on rendered clips whose truth is exact.

    VENV/bin/python benchmarks/rendered --out /tmp/rendered --half report --clips 140
    .venv/bin/python benchmarks/beats.py /tmp/rendered/report
    VENV/bin/python benchmarks/beats.py /tmp/rendered/report --librosa     # with librosa in that Python, too

`before` is the tracker that the grid replaced: one tempo for the whole clip and Ellis' dynamic programming;
its downbeats are the strongest phase of four. Figures are means over clips; definitions are in
`beat_scores.py`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from beat_scores import OCTAVES, aml, cml, errors, f_measure, roc_area, tempo_right
from reelscore.audio.decode import load
from reelscore.audio.grid import find_grid
from reelscore.audio.rhythm import find_onsets, rhythm_of, tempi
from reelscore.audio.spectrum import Spectrum, scan
from reelscore.records import AudioClip

BARS_RIGHT = 0.9  # F of downbeats from which on the bars of a clip are right


@dataclass
class Answer:
    beats: np.ndarray
    downbeats: np.ndarray | None = None
    metre: str | None = None
    tempo: float | None = None
    confidence: float = 0.0


def ours(clip: AudioClip, spectrum: Spectrum) -> Answer:
    rhythm = rhythm_of(find_onsets(spectrum.mels, spectrum.rate), start=clip.start)
    salience = (tempi(), rhythm.salience)
    grid = find_grid(clip, spectrum.mels, spectrum.rate, salience=salience)
    return Answer(np.array(grid.times), np.array(grid.downbeats), grid.metre, grid.tempo_bpm, grid.confidence)


def before(clip: AudioClip, spectrum: Spectrum) -> Answer:
    onsets = find_onsets(spectrum.mels, spectrum.rate)
    rhythm = rhythm_of(onsets, start=clip.start)
    beats = np.array(rhythm.beats)
    if len(beats) < 4:
        return Answer(beats, beats, None, rhythm.tempo_bpm, rhythm.confidence)
    frames = np.clip(np.round((beats - clip.start) * spectrum.rate).astype(int), 0, len(onsets.rises) - 1)
    bass = onsets.rises[:, 0]
    strength = np.max([bass[np.clip(frames + step, 0, len(bass) - 1)] for step in (-2, -1, 0, 1, 2)], axis=0)
    phase = int(np.argmax([strength[first::4].mean() for first in range(4)]))
    return Answer(beats, beats[phase::4], "4/4", rhythm.tempo_bpm, rhythm.confidence)


def by_librosa(clip: AudioClip, spectrum: Spectrum) -> Answer:
    import librosa

    tempo, beats = librosa.beat.beat_track(y=clip.samples, sr=clip.sample_rate, units="time")
    return Answer(np.asarray(beats), None, None, float(np.atleast_1d(tempo)[0]), 0.5)


def score(truth: dict[str, Any], answer: Answer) -> dict[str, float]:
    beats = np.array(truth["beats"])
    first = beats[np.array(truth["positions"]) == 1]
    tempo = 60.0 / float(np.median(np.diff(beats)))
    down = np.nan if answer.downbeats is None else f_measure(first, answer.downbeats)
    found = {
        "F": f_measure(beats, answer.beats),
        "CMLt": cml(beats, answer.beats),
        "AMLt": aml(beats, answer.beats),
        "Acc1": tempo_right(tempo, answer.tempo),
        "Acc2": tempo_right(tempo, answer.tempo, OCTAVES),
        "down F": down,
        "metre": np.nan if answer.downbeats is None else float(metre_right(truth["metres"], answer.metre)),
        # The same bars may be counted in two or in four: bar lines that are right whatever the metre's name.
        "bars": np.nan if answer.downbeats is None else float(down >= BARS_RIGHT),
        "confidence": answer.confidence,
    }
    return {name: float(value) for name, value in found.items()}


def metre_right(metres: list[str], found: str | None) -> bool:
    """Beats in the bar and whether they fall into threes; halves and quarters are not told apart by ear."""
    values, counts = np.unique(metres, return_counts=True)
    upper, lower = str(values[counts.argmax()]).split("/")
    wanted = f"{upper}/8" if upper in ("6", "9", "12") and lower == "8" else f"{upper}/4"
    return found == wanted


def kinds(truth: dict[str, Any]) -> list[str]:
    bpm = 60.0 / float(np.median(np.diff(truth["beats"])))
    metre = max(set(truth["metres"]), key=truth["metres"].count)
    found = ["all", "drums" if truth["drums"] != "none" else "no drums"]
    found += ["over 160 bpm"] if bpm > 160 else []
    found += ["tempo moves"] if truth["tempo"] not in ("steady", "drift") else []
    found += ["swing"] if truth["swing"] > 0.5 else []
    upper, lower = metre.split("/")
    found.append(
        "in three"
        if upper == "3"
        else "compound"
        if lower == "8" and upper in ("6", "9", "12")
        else f"in {upper}"
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", type=Path)
    parser.add_argument("--librosa", action="store_true", help="librosa's beat_track, too")
    parser.add_argument("--each", action="store_true", help="a line for each clip")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--most", type=int, default=10_000)
    options = parser.parse_args()
    trackers: dict[str, Callable[[AudioClip, Spectrum], Answer]] = {"grid": ours, "before": before}
    if options.librosa:
        trackers["librosa"] = by_librosa
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in trackers}
    off: dict[str, list[np.ndarray]] = {name: [] for name in trackers}
    cost = dict.fromkeys(trackers, 0.0)
    groups: list[list[str]] = []
    for path in sorted(options.clips.glob("*.json"))[options.first : options.first + options.most]:
        truth = json.loads(path.read_text())
        clip = load(options.clips / truth["file"])
        spectrum = scan(clip)
        groups.append(kinds(truth))
        for name, tracker in trackers.items():
            began = time.process_time()
            answer = tracker(clip, spectrum)
            cost[name] += time.process_time() - began
            rows[name].append(score(truth, answer))
            off[name].append(errors(np.array(truth["beats"]), answer.beats))
            if options.each:
                row = rows[name][-1]
                print(f"{path.stem} {name:8}", *(f"{key} {value:.2f}" for key, value in row.items()),
                      f"{answer.metre} {answer.tempo and round(answer.tempo, 1)}",
                      f"| {truth['metres'][0]} {60 / np.median(np.diff(truth['beats'])):.1f}",
                      f"{truth['tempo']} {truth['drums']} swing {truth['swing']}",
                      truth["score"])  # fmt: skip
    report(rows, off, groups)
    for name, seconds in cost.items():
        print(f"{name}: {1000 * seconds / max(1, len(groups)):.0f} ms of CPU a clip")


def report(
    rows: dict[str, list[dict[str, float]]], off: dict[str, list[np.ndarray]], groups: list[list[str]]
) -> None:
    columns = ("F", "CMLt", "AMLt", "Acc1", "Acc2", "down F", "metre", "bars")
    print("| clips | tracker | n |", " | ".join(columns), "| median error | bias | AUC |")
    print("|---" * (len(columns) + 6) + "|")
    for kind in sorted({kind for group in groups for kind in group}, key=lambda kind: (kind != "all", kind)):
        chosen = [index for index, group in enumerate(groups) if kind in group]
        for name, every in rows.items():
            these = [every[index] for index in chosen]
            means = [f"{np.mean([row[column] for row in these]):.3f}" for column in columns]
            apart = np.concatenate([off[name][index] for index in chosen])
            right = np.array([row["F"] >= 0.8 for row in these])
            area = roc_area(np.array([row["confidence"] for row in these]), right)
            middle = f"{1000 * np.median(np.abs(apart)):.1f} ms" if len(apart) else "-"
            bias = f"{1000 * np.median(apart):+.1f} ms" if len(apart) else "-"
            print(
                f"| {kind} | {name} | {len(these)} |",
                " | ".join(means),
                f"| {middle} | {bias} | {area:.2f} |",
            )


if __name__ == "__main__":
    main()
