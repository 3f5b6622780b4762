from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from reelscore.cli.main import run
from reelscore.records import Track
from reelscore.sources.demo import DemoSource


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Six tracks of the demo as a folder with labels and queries."""
    folder = tmp_path / "set"
    folder.mkdir()
    rows = ["file,artist,album,style,tags,tempo_bpm,key"]
    for offer in list(DemoSource().offer())[:12:2]:
        assert isinstance(offer, Track)
        path = Path(str(offer.uri))
        shutil.copy(path, folder)
        labels = offer.labels
        rows.append(
            f"{path.name},{labels['mood']},{labels['mood']},{labels['genre']},{labels['mood']},"
            f"{labels['tempo_bpm']},{labels['key']}"
        )
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    (folder / "queries.csv").write_text("kind,text,relevant\ngenre,electronic music,electronic\n")
    return folder


def evaluate(*arguments: str | Path, command: tuple[str, ...] = ("eval",)) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["reelscore", *command, *map(str, arguments)])
        with pytest.raises(SystemExit) as leave:
            run()
    return int(leave.value.code or 0)


def test_a_labelled_folder_is_scored_and_the_users_library_is_left_alone(
    labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(labelled, "--json", "--keep", tmp_path / "kept") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["tracks"] == 6
    subjects = {(scores["task"], scores["subject"]) for scores in report["scores"]}
    assert {("text", "lite-1"), ("text", "answer"), ("song", "answer")} <= subjects
    assert not (tmp_path / "home").exists()
    assert evaluate(labelled, "--keep", tmp_path / "kept") == 0
    assert "tempo acc2" in capsys.readouterr().out
    assert evaluate(labelled, "--keep", tmp_path / "kept", "--json", command=("models", "compare")) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    liked = [row for row in rows if row["task"] == "song"]
    assert liked and all({"lite-1", "taggers-1"} <= set(row["spaces"]) for row in liked)
    for row in rows:
        means = {name: value["mean"] for name, value in row["spaces"].items()}
        assert max(means, key=lambda name: means[name]) in row["among_best"]


def test_an_unknown_layout_lists_the_known_ones(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(labelled, "--layout", "tapes") == 1
    assert "gtzan" in capsys.readouterr().err
