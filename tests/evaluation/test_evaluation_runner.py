"""A whole evaluation: files and labels in, figures out, through the real library."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reelscore.config import Settings
from reelscore.errors import InvalidInputError
from reelscore.evaluation.readers import read_dataset
from reelscore.evaluation.runner import evaluate, load_into_library
from reelscore.wiring import Wiring

RATE = 22_050
SECONDS = 6


def _clicks(bpm: float) -> np.ndarray:
    """Noise bursts on every beat."""
    t = np.arange(SECONDS * RATE) / RATE
    burst = np.exp(-(t % (60 / bpm)) / 0.03)
    return 0.5 * burst * np.random.default_rng(0).standard_normal(len(t))


def _chord(*pitches: int) -> np.ndarray:
    """A held chord with a slow swell."""
    t = np.arange(SECONDS * RATE) / RATE
    tones = sum(np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * t) for pitch in pitches)
    return 0.15 * tones * (1.1 + np.sin(2 * np.pi * 0.3 * t))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    sounds = {
        "fast.wav": _clicks(140),
        "slow.wav": _clicks(80),
        "major.wav": _chord(60, 64, 67),
        "minor.wav": _chord(57, 60, 64),
        "silence.wav": np.zeros(SECONDS * RATE),
    }
    for name, samples in sounds.items():
        soundfile.write(folder / name, samples, RATE)
    (folder / "labels.csv").write_text(
        "file,artist,album,style,tags,tempo_bpm\n"
        "fast.wav,Ann,A,drums,loud,140\n"
        "slow.wav,Bob,B,drums,loud,80\n"
        "major.wav,Cid,C,held,calm,\n"
        "minor.wav,Dee,D,held,calm,\n"
        "silence.wav,Eve,E,held,calm,\n"
        "gone.wav,Eve,E,held,calm,\n"
    )
    (folder / "queries.csv").write_text("text,kind,relevant\nambient,genre,calm\ndrums,instrument,loud\n")
    return folder


@pytest.fixture
def wiring(tmp_path: Path) -> Wiring:  # type: ignore[misc]
    wiring = Wiring(Settings(home=tmp_path / "library"))
    yield wiring
    wiring.close()


def test_every_space_and_the_answers_are_scored(folder: Path, wiring: Wiring) -> None:
    report = evaluate(read_dataset(folder), wiring)
    assert report.tracks == 4
    assert sorted(line.split(":")[0].rpartition("/")[2] for line in report.left_out) == [
        "gone.wav",
        "silence.wav",
    ]
    rows = {(scores.task, scores.subject): scores for scores in report.scores}
    spaces = set(wiring.embedders.spaces)
    assert {subject for task, subject in rows if task == "song"} == spaces | {"answer"}
    assert {subject for task, subject in rows if task == "text"} == {wiring.lite.space.name, "answer"}
    # Clicks are like clicks, and chords like chords, in any space worth the name.
    assert rows["song", "taggers-1"].figures["map style"].mean == pytest.approx(1.0)
    assert rows["features", "features"].figures["tempo acc2"].mean == 1.0
    json.dumps(report.to_dict())


def test_a_kept_library_is_not_analysed_again(folder: Path, wiring: Wiring) -> None:
    dataset = read_dataset(folder)
    first = load_into_library(dataset, wiring)
    second = load_into_library(dataset, wiring)
    assert first.ids == second.ids
    assert wiring.catalog.counts()["songs"] == 4


def test_a_library_with_other_songs_is_refused(folder: Path, wiring: Wiring) -> None:
    dataset = read_dataset(folder)
    load_into_library(dataset, wiring)
    with pytest.raises(InvalidInputError, match="home of its own"):
        evaluate(dataset.restrict(limit=2), wiring)


def test_a_data_set_without_a_usable_track_says_why(tmp_path: Path, wiring: Wiring) -> None:
    (tmp_path / "labels.csv").write_text("file\ngone.wav\n")
    with pytest.raises(InvalidInputError, match=r"no track could be analysed.*gone\.wav"):
        evaluate(read_dataset(tmp_path), wiring)
