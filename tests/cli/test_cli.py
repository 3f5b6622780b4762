from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli_commands import Reelscore
from patience import PATIENCE_SECONDS
from reelscore import __version__
from reelscore.sources.demo import DemoSource, demo_videos


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


def test_the_package_runs_as_a_module() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "reelscore", "--version"], capture_output=True, text=True, check=True
    )
    assert told.stdout == f"reelscore {__version__}\n"


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
    assert outcome.out.count("text.mp3") == 1, "the reason does not name it again"


def test_ingesting_an_empty_folder_says_that_nothing_was_found(reelscore: Reelscore, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    outcome = reelscore("ingest", "folder", tmp_path / "nothing")
    assert (outcome.code, outcome.err.strip()) == (0, "no music was found there")


def test_control_characters_of_a_file_name_are_shown_and_not_obeyed(
    reelscore: Reelscore, tmp_path: Path
) -> None:
    (tmp_path / "two\nlines \x1b[31mred[bold].mp3").write_text("not music")
    out = reelscore("ingest", "folder", tmp_path / "two\nlines \x1b[31mred[bold].mp3").out
    assert r"two\nlines \x1b[31mred[bold].mp3" in out and "\x1b" not in out


def test_an_ingest_that_is_interrupted_says_that_it_can_go_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    # Whoever runs the tests in the background lets them ignore Ctrl-C, which a new process inherits.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command = [sys.executable, "-c", f"{code}from reelscore.cli.main import run; run()", "ingest", "demo"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (home / "library.sqlite3").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "stopped; what was added stays, and the same command goes on from there"


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


def test_phrases_of_a_video_are_edited_and_searched_again(reelscore: Reelscore, library: Path) -> None:
    first = reelscore("recommend", "video", demo_videos()[0], "-n", "3", "--json").json
    known = ("recommend", "search", "--analysis", first["analysis_id"], "-n", "3", "--json")
    same = reelscore(*known).json
    assert [song["id"] for song in same["songs"]] == [song["id"] for song in first["songs"]]
    edited = reelscore(
        *(*known, "fast electronic dance=2", "synthesizer=0.5", "--avoid", "guitar=0.4"),
        *("--want-tempo", "120-140", "--want-energy", "0.9"),
    ).json
    assert edited["query"]["phrases"] == [
        {"text": "fast electronic dance", "weight": 2.0},
        {"text": "synthesizer", "weight": 0.5},
    ]
    assert edited["query"]["avoid"] == [{"text": "guitar", "weight": 0.4}]
    assert edited["query"]["tempo_bpm"] == [120.0, 140.0]
    assert edited["query"]["energy"] == 0.9
    assert edited["analysis_id"] == first["analysis_id"]
    assert [song["id"] for song in edited["songs"]] != [song["id"] for song in first["songs"]]
    seconds = first["analysis"]["measurements"]["duration"]
    for song in edited["songs"]:
        assert song["passage"]["end"] - song["passage"]["start"] == pytest.approx(seconds, abs=0.05)
        assert not any(
            "pace of the picture" in reason for reason in song["reasons"]
        )  # another tempo is wanted
    assert "recommend search --analysis" in reelscore("recommend", "video", demo_videos()[0]).err


def test_a_search_by_phrases_says_what_is_wrong_with_them(reelscore: Reelscore, library: Path) -> None:
    for arguments, words in (
        ((), "at least one phrase"),
        (("piano=0",), "must be above 0"),
        (("piano", "--want-tempo", "quick"), "no range"),
        (("piano", "--analysis", "unknown"), "no video analysis"),
    ):
        outcome = reelscore("recommend", "search", *arguments)
        assert outcome.code == 1
        assert words in outcome.err
        assert len(outcome.err.splitlines()) == 1
    assert reelscore("recommend", "search", "a=b", "-n", "1", "--json").json["query"]["phrases"] == [
        {"text": "a=b", "weight": 1.0}
    ]


def test_the_shares_of_a_mixed_query_are_visible(reelscore: Reelscore, library: Path) -> None:
    asked = reelscore("recommend", "text", "happy electronic", "--json", "-n", "1").json["songs"][0]["id"]
    guided = ("--guide", "but with piano, and no drums", "--like", asked, "-n", "2", "--json")
    video = reelscore("recommend", "video", demo_videos()[0], *guided).json["query"]
    assert video["weights"] == {"relevance": 0.4, "song": 0.4, "tempo": 0.1, "energy": 0.1}
    assert video["phrases"][-1] == {"text": "piano", "weight": 0.4}
    assert {"text": "drums", "weight": 0.5} in video["avoid"]
    assert (video["song"], video["guide"]) == (asked, "but with piano, and no drums")
    answer = reelscore("recommend", "text", "calm piano", "--like", asked, "-n", "1", "--json").json
    assert answer["query"]["weights"] == {"relevance": 0.5, "song": 0.5, "tempo": 0.0, "energy": 0.0}
    assert any(part.startswith("like the song") for part in answer["songs"][0]["parts"])


def test_who_decided_is_said_and_a_film_that_nobody_saw_too(reelscore: Reelscore, library: Path) -> None:
    video = demo_videos()[0]
    assert "nobody has seen what the film shows" in reelscore("recommend", "video", video, "-n", "1").err
    told = reelscore("recommend", "video", video, "--about", "club, dancing", "-n", "1")
    assert "style and mood: your words; " in told.err
    assert "passage: the measurements" in told.err
    alone = reelscore("recommend", "search", "--about", "club, dancing", "-n", "1", "--json").json
    assert alone["query"]["decided"]["style"] == "your words"


def test_a_video_without_a_key_is_analysed_once(reelscore: Reelscore, library: Path) -> None:
    answers = [reelscore("recommend", "video", demo_videos()[0], "--json").json for _ in range(2)]
    assert answers[0]["analysis_id"] == answers[1]["analysis_id"]
    assert "GEMINI_API_KEY" in answers[1]["degraded"]


def test_analyze_video_needs_no_library_and_makes_none(reelscore: Reelscore, tmp_path: Path) -> None:
    analysis = reelscore("analyze", "video", demo_videos()[0], "--json").json["analysis"]
    assert analysis["tempo"] in ("Slow", "Medium", "Fast")
    assert isinstance(analysis["measurements"]["cuts"], list)
    assert not (tmp_path / "home").exists()
    about = "office, meeting; 0:03 the sea"
    assert "wants" in reelscore("analyze", "video", demo_videos()[0]).out
    told = " ".join(reelscore("analyze", "video", demo_videos()[0], "--about", about).out.split())
    assert "0:00 to 0:03: office, meeting: uplifting corporate pop" in told
    assert "0:03 to the end: the sea: wide ambient strings" in told


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
    assert "REELSCORE_PORT: " in outcome.err, "by the name that it has in the environment"


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
