from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reelscore import __version__
from reelscore.cli.main import run
from reelscore.sources.demo import DemoSource, demo_videos
from reelscore.wiring import close_wirings


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Reelscore = Callable[..., Outcome]


@pytest.fixture
def reelscore(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Reelscore]:
    """Runs a command in this process, through the entry point of the console script."""

    def call(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["reelscore", *map(str, arguments)])
        capsys.readouterr()
        try:
            run()
            code = 0
        except SystemExit as leave:
            code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
        finally:
            close_wirings()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Outcome(code, out, err)

    yield call
    close_wirings()


@pytest.fixture
def library(demo_library_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REELSCORE_HOME", str(demo_library_home))
    return demo_library_home


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for offer in list(DemoSource().offer())[:2]:
        shutil.copy(str(offer.uri), folder)  # type: ignore[union-attr]
    return folder


def test_version_is_printed(reelscore: Reelscore) -> None:
    outcome = reelscore("--version")
    assert (outcome.code, outcome.out.strip()) == (0, f"reelscore {__version__}")


@pytest.mark.parametrize("command", [["recommend"], ["ingest"], ["analyze"], ["index"], []])
def test_a_group_without_a_command_shows_its_help(reelscore: Reelscore, command: list[str]) -> None:
    outcome = reelscore(*command)
    assert "Usage:" in outcome.out + outcome.err
    assert outcome.code in (0, 2)


@pytest.mark.parametrize(
    "command",
    [
        ["recommend", "text"],
        ["recommend", "text", "piano", "--limit", "0"],
        ["recommend", "text", "piano", "--limit", "many"],
        ["recommend", "tune", "piano"],
        ["frobnicate"],
        ["stats", "--nonsense"],
    ],
)
def test_wrong_usage_ends_with_code_2(reelscore: Reelscore, command: list[str]) -> None:
    outcome = reelscore(*command)
    assert outcome.code == 2
    assert outcome.out == ""
    assert "Error" in outcome.err


def test_a_folder_is_ingested_and_answers(reelscore: Reelscore, music: Path) -> None:
    first = reelscore("ingest", "folder", music, "--json")
    assert (first.code, first.json["added"]) == (0, 2)
    second = reelscore("ingest", "folder", music)
    assert second.code == 0
    assert "2 offered = 0 added + 2 already there" in second.out
    answer = reelscore("recommend", "text", "calm piano", "--limit", "1", "--json")
    assert answer.code == 0
    assert len(answer.json["songs"]) == 1


def test_ingesting_nothing_usable_fails_and_says_why(reelscore: Reelscore, tmp_path: Path) -> None:
    (tmp_path / "text.mp3").write_text("not music")
    outcome = reelscore("ingest", "folder", tmp_path / "text.mp3")
    assert outcome.code == 1
    assert "text.mp3" in outcome.out


def test_text_prints_songs_with_reasons(reelscore: Reelscore, library: Path) -> None:
    outcome = reelscore("recommend", "text", "calm acoustic guitar", "-n", "3")
    assert outcome.code == 0
    assert "  1. " in outcome.out
    assert "bpm" in outcome.out
    assert "  4. " not in outcome.out


def test_json_of_a_song_query(reelscore: Reelscore, library: Path) -> None:
    asked = reelscore("recommend", "text", "piano", "--json").json["songs"][0]["id"]
    songs = reelscore("recommend", "song", asked, "--json").json["songs"]
    assert len(songs) == 5
    assert asked not in [song["id"] for song in songs]


def test_json_of_a_video_query(reelscore: Reelscore, library: Path) -> None:
    answer = reelscore("recommend", "video", demo_videos()[0], "--limit", "2", "--json").json
    assert answer["analysis"]["measurements"]["duration"] > 1
    assert len(answer["songs"]) == 2


def test_analyze_video_needs_no_library_and_makes_none(reelscore: Reelscore, tmp_path: Path) -> None:
    analysis = reelscore("analyze", "video", demo_videos()[0], "--json").json["analysis"]
    assert analysis["tempo"] in ("Slow", "Medium", "Fast")
    assert isinstance(analysis["measurements"]["cuts"], list)
    assert not (tmp_path / "home").exists()
    assert "wants" in reelscore("analyze", "video", demo_videos()[0]).out


def test_analyze_audio_needs_no_library(reelscore: Reelscore, music: Path) -> None:
    track = sorted(music.iterdir())[0]
    features = reelscore("analyze", "audio", track, "--json").json["features"]
    assert 40 < features["tempo_bpm"] < 220
    assert features["key"].split()[1] in ("major", "minor")
    assert "tempo_bpm" in reelscore("analyze", "audio", track).out


def test_stats_check_and_index(reelscore: Reelscore, library: Path) -> None:
    assert reelscore("stats", "--json").json["points_count"] == 28
    assert "28" in reelscore("stats").out
    checked = reelscore("check", "--json").json
    assert (checked["ok"], checked["problems"], checked["songs"]) == (True, [], 28)
    assert checked["sources"] == {"demo": 28}
    assert {row["points"] for row in checked["spaces"]} == {28}
    assert "all is well" in reelscore("check").out
    assert reelscore("index", "rebuild", "--json").json["written"]["lite-1"] == 28
    assert {row["status"] for row in reelscore("index", "status", "--json").json["spaces"]} == {"green"}


def test_check_fails_where_a_file_is_gone(reelscore: Reelscore, music: Path) -> None:
    reelscore("ingest", "folder", music)
    sorted(music.iterdir())[0].unlink()
    outcome = reelscore("check")
    assert outcome.code == 1
    assert "file is gone" in outcome.out


@pytest.mark.parametrize(
    "command",
    [
        ["recommend", "text", "piano"],
        ["recommend", "video", "no-such.mp4"],
        ["recommend", "song", "no-such"],
        ["analyze", "video", "no-such.mp4"],
        ["analyze", "audio", "no-such.mp3"],
        ["ingest", "folder", "no-such-folder"],
    ],
)
def test_a_failure_is_one_line_on_stderr(reelscore: Reelscore, command: list[str]) -> None:
    outcome = reelscore(*command)
    assert outcome.code == 1
    assert outcome.out == ""
    assert len(outcome.err.strip().splitlines()) == 1
    assert outcome.err.startswith("error: ")


def test_a_failure_with_json_is_a_json_document(reelscore: Reelscore) -> None:
    outcome = reelscore("recommend", "text", "piano", "--json")
    assert outcome.code == 1
    assert outcome.json["error"]["code"] == "empty_library"


def test_a_setting_that_cannot_be_used_is_named(
    reelscore: Reelscore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSCORE_PORT", "many")
    outcome = reelscore("stats")
    assert outcome.code == 1
    assert "PORT" in outcome.err


def test_a_library_of_another_process_names_its_owner(library: Path, reelscore: Reelscore) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib; from reelscore.index.ownership import claim; "
            "owner = claim(pathlib.Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()",
            str(library),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        outcome = reelscore("recommend", "text", "piano")
        assert outcome.code == 1
        assert str(holder.pid) in outcome.err
    finally:
        holder.communicate()


def test_demo_answers_everything_and_stops_before_the_page(reelscore: Reelscore, library: Path) -> None:
    outcome = reelscore("demo", "--no-serve")
    assert outcome.code == 0
    assert "28 offered = 0 added + 28 already there" in outcome.out
    for title in ("A video", "A sentence", "A song"):
        assert title in outcome.out
    assert outcome.out.count("  5. ") == 4
