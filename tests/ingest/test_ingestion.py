from __future__ import annotations

import os
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from reelscore.errors import CancelledError, InvalidInputError, UnknownNameError
from reelscore.facade import RecommendationService
from reelscore.ingest import service
from reelscore.maintenance.check import check_library
from reelscore.records import IngestReport, Progress
from reelscore.sources.demo import DemoSource
from reelscore.wiring import Wiring


@pytest.fixture
def music(tmp_path: Path, heard_once: None) -> Path:
    """A folder with three tracks of the demo."""
    folder = tmp_path / "music"
    folder.mkdir()
    for offer in list(DemoSource().offer())[:3]:
        shutil.copy(str(offer.uri), folder)  # type: ignore[union-attr]
    return folder


def write_wav(path: Path, samples: np.ndarray, rate: int = 22_050) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32_000).astype("<i2").tobytes())


def ingest(wiring: Wiring, *paths: Path) -> IngestReport:
    report = service.ingest(wiring, "folder", {"paths": [str(path) for path in paths]})
    assert report.offered == report.added + report.already_known + len(report.skipped) + len(report.failed)
    return report


def test_a_second_run_adds_nothing_and_says_so(wiring: Wiring, music: Path) -> None:
    first, second = ingest(wiring, music), ingest(wiring, music)
    assert (first.offered, first.added) == (3, 3)
    assert (second.offered, second.added, second.already_known) == (3, 0, 3)
    assert wiring.catalog.counts()["songs"] == 3
    assert check_library(wiring)["ok"]


def test_a_copy_under_another_name_is_known_by_its_content(wiring: Wiring, music: Path) -> None:
    original = sorted(music.iterdir())[0]
    shutil.copy(original, music / "zz copy.opus")
    report = ingest(wiring, music)
    assert (report.added, report.already_known) == (3, 1)
    again = ingest(wiring, music)
    assert (again.added, again.already_known) == (0, 4)


def test_bad_files_are_named_with_their_reason_and_stop_nothing(wiring: Wiring, music: Path) -> None:
    rng = np.random.default_rng(1)
    (music / "broken.mp3").write_bytes(b"\xff\xfb\x90\x00" + rng.bytes(4000))
    (music / "empty.mp3").write_bytes(b"")
    (music / "text.mp3").write_text("this is not music\n" * 50)
    write_wav(music / "silent.wav", np.zeros(22_050 * 10))
    write_wav(music / "short.wav", 0.3 * np.sin(np.arange(22_050) / 10))
    wanted = {"broken.mp3", "empty.mp3", "text.mp3", "silent.wav", "short.wav"}
    if os.geteuid() != 0:  # for root every file can be read
        secret = music / "secret.mp3"
        secret.write_bytes(b"x" * 100)
        secret.chmod(0)
        wanted.add("secret.mp3")
    report = ingest(wiring, music)
    assert report.added == 3
    named = {Path(issue.name).name: issue.reason for issue in (*report.skipped, *report.failed)}
    assert named.keys() == wanted
    assert "silent" in named["silent.wav"]
    assert "short" in named["short.wav"] or "second" in named["short.wav"]
    assert "empty" in named["empty.mp3"]
    assert all("\n" not in reason for reason in named.values())
    assert check_library(wiring)["ok"]


def test_a_cancelled_run_keeps_what_it_analysed(wiring: Wiring, music: Path) -> None:
    def stop_after_one(step: Progress) -> None:
        if step.done >= 1:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        service.ingest(wiring, "folder", {"paths": [str(music)]}, stop_after_one)
    kept = wiring.catalog.counts()["songs"]
    assert kept >= 1
    assert check_library(wiring)["ok"]
    assert ingest(wiring, music).added == 3 - kept


def test_progress_goes_up_to_what_was_offered(wiring: Wiring, music: Path) -> None:
    steps: list[Progress] = []
    service.ingest(wiring, "folder", {"paths": [str(music)]}, steps.append)
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert (steps[-1].done, steps[-1].total) == (3, 3)


def test_songs_can_be_found_right_after_the_run(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    assert len(RecommendationService(wiring).recommend_by_text_query("piano")) == 3


def test_a_folder_that_does_not_exist_is_refused(wiring: Wiring, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="nowhere"):
        ingest(wiring, tmp_path / "nowhere")


def test_an_empty_folder_gives_an_empty_report(wiring: Wiring, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert ingest(wiring, tmp_path / "nothing").offered == 0


def test_an_unknown_source_lists_the_known_ones(wiring: Wiring) -> None:
    with pytest.raises(UnknownNameError, match="demo, folder"):
        service.ingest(wiring, "napster")


def test_the_database_is_initialized_with_at_most_so_many_tracks(wiring: Wiring) -> None:
    report = RecommendationService(wiring).initialize_database(max_videos=2)
    assert (report.source, report.offered, report.added) == ("demo", 2, 2)
    with pytest.raises(InvalidInputError, match="max_videos"):
        RecommendationService(wiring).initialize_database(max_videos=0)
