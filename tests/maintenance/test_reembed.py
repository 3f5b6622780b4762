"""A library is brought into another space beside the old one, and switched when everything is there."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import wave
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from asked import Asking
from library_copies import copy_home
from reelscore.config import Settings
from reelscore.embedding.hub.embedder import HubEmbedder
from reelscore.errors import CancelledError, ModelError, UnknownNameError
from reelscore.ingest.service import ingest
from reelscore.maintenance.reembed import ReindexingService
from reelscore.records import Progress
from reelscore.wiring import Wiring

FIXTURE = Path(__file__).parent.parent / "embedding" / "clap" / "fixture"
NAME = "clap-random"
SPACE = "clap-random-1"
SONGS = 6


def write_tone(path: Path, pitch: float) -> None:
    """A piece of 4 s that no other has: three partials with a pulse."""
    time_ = np.arange(4 * 22050) / 22050
    tone = sum(np.sin(2 * np.pi * pitch * n * time_) / n for n in (1, 2, 3))
    tone *= 0.2 * (1.0 + np.sin(2 * np.pi * (1.0 + pitch / 500) * time_))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 22050, 0, "NONE", ""))
        file.writeframes((tone * 20000).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def _library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with songs that were added before CLAP was installed."""
    root = tmp_path_factory.mktemp("reindex")
    (root / "music").mkdir()
    for number in range(SONGS):
        write_tone(root / "music" / f"song {number}.wav", 110.0 * 2 ** (number / 5))
    wiring = Wiring(Settings(home=root / "home"))
    report = ingest(wiring, "folder", {"paths": [str(root / "music")]})
    wiring.close()
    assert report.added == SONGS, report
    return root


@pytest.fixture
def home(_library: Path, tmp_path: Path) -> Path:
    copy_home(_library, tmp_path / "copy")
    home = tmp_path / "copy" / "home"
    # The songs keep their paths, so their files can be taken away from the copy alone.
    database = sqlite3.connect(home / "library.sqlite3")
    with database:
        database.execute("UPDATE songs SET uri = replace(uri, ?, ?)", (str(_library), str(tmp_path / "copy")))
    database.close()
    install(home)
    return home


def install(home: Path) -> None:
    folder = home / "models" / NAME / "fp32"
    folder.mkdir(parents=True)
    for path in FIXTURE.iterdir():
        if path.name != "golden.npz":
            shutil.copyfile(path, folder / path.name)


def settings_of(home: Path) -> Settings:
    return Settings(home=home, CLAP_MODEL_NAME=NAME, workers=1)  # type: ignore[call-arg]


@pytest.fixture
def wiring(home: Path) -> Iterator[Wiring]:
    opened = Wiring(settings_of(home))
    yield opened
    opened.close()


def track_vectors(wiring: Wiring, space: str = SPACE) -> dict[str, bytes]:
    found: Counter[str] = Counter()
    vectors: dict[str, bytes] = {}
    for ids, block in wiring.catalog.track_vectors(space):
        for song, vector in zip(ids, block, strict=True):
            found[song] += 1
            vectors[song] = vector.tobytes()
    assert set(found.values()) <= {1}, "a song has two track vectors in one space"
    return vectors


def test_every_song_is_embedded_and_then_searches_switch(wiring: Wiring) -> None:
    service = Asking(wiring)
    assert service.recommend_text("slow guitar").to_dict()["space"] == "lite-1"
    steps: list[Progress] = []
    report = ReindexingService(wiring).reindex_space("clap", progress=steps.append)
    assert (report.songs, report.embedded, report.already_there) == (SONGS, SONGS, 0)
    assert report.complete and report.switched and report.space == SPACE
    assert steps[-1].done == steps[-1].total == SONGS
    assert len(track_vectors(wiring)) == SONGS
    assert len(track_vectors(wiring, "lite-1")) == SONGS  # the old space is still there
    answer = service.recommend_text("slow guitar").to_dict()
    assert answer["space"] == SPACE and answer["degraded"] is None
    assert len(answer["songs"]) == SONGS and all(song["reasons"] for song in answer["songs"])
    assert wiring.index(SPACE).info().points == SONGS
    assert wiring.catalog.findings() == []


def test_vectors_are_those_of_the_embedder_and_have_their_windows(wiring: Wiring) -> None:
    ReindexingService(wiring).reindex_space("clap")
    songs, _ = wiring.catalog.list_songs()
    stored = wiring.catalog.window_vectors(SPACE, [song.id for song in songs])
    assert {len(item.windows) for item in stored.values()} == {1}
    assert {item.window_seconds for item in stored.values()} == {4.0}  # no more than there is of the song
    assert {len(item.track) for item in stored.values()} == {32}


def test_a_second_run_does_nothing(wiring: Wiring) -> None:
    ReindexingService(wiring).reindex_space("clap")
    again = ReindexingService(wiring).reindex_space(SPACE)
    assert (again.embedded, again.already_there, again.switched) == (0, SONGS, True)


def test_the_way_back_is_the_same_command(wiring: Wiring) -> None:
    ReindexingService(wiring).reindex_space("clap")
    report = ReindexingService(wiring).reindex_space("lite")
    assert report.already_there == SONGS and report.switched
    assert wiring.text_embedder()[0].space.name == "lite-1"


def test_queries_go_on_in_the_old_space_until_all_is_there(wiring: Wiring) -> None:
    answered: list[str] = []
    service = Asking(wiring)

    def ask(step: Progress) -> None:
        answered.append(service.recommend_text("slow guitar").to_dict()["space"])

    assert ReindexingService(wiring).reindex_space("clap", progress=ask).switched
    assert len(answered) > SONGS and set(answered) == {"lite-1"}
    assert wiring.text_embedder()[0].space.name == SPACE


def test_a_cancelled_run_keeps_what_it_did_and_the_next_goes_on(wiring: Wiring) -> None:
    def stop(step: Progress) -> None:
        if step.done >= 2:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        ReindexingService(wiring).reindex_space("clap", progress=stop)
    done = len(track_vectors(wiring))
    assert 0 < done < SONGS
    assert wiring.text_embedder()[0].space.name == "lite-1"
    report = ReindexingService(wiring).reindex_space("clap")
    assert (report.embedded, report.already_there) == (SONGS - done, done)
    assert report.switched


def test_a_song_without_its_file_is_named_and_nothing_is_switched(wiring: Wiring) -> None:
    songs, _ = wiring.catalog.list_songs()
    Path(songs[0].uri or "").unlink()
    write_tone(Path(songs[1].uri or ""), 987.0)  # another piece under the same name
    report = ReindexingService(wiring).reindex_space("clap")
    assert report.embedded == SONGS - 2
    assert sorted(issue.name for issue in report.failed) == sorted(song.uri for song in songs[:2])
    assert {issue.reason.split(";")[0] for issue in report.failed} == {
        "the file is gone",
        "the file was changed after it was added",
    }
    assert not report.switched and not report.complete
    assert report.songs == report.embedded + report.already_there + len(report.failed) + report.removed
    assert ReindexingService(wiring).reindex_space("clap", allow_gaps=True).switched


def test_a_model_that_fails_its_check_stops_the_run_with_the_figure(wiring: Wiring, home: Path) -> None:
    clap = wiring.clap
    assert isinstance(clap, HubEmbedder)
    clap.installed.write_check({"version": 1, "text_cosine": 0.9993, "noise_cosine": 0.1})
    with pytest.raises(ModelError, match=r"0\.9993"):
        ReindexingService(wiring).reindex_space("clap")
    assert track_vectors(wiring) == {}
    assert wiring.text_embedder()[0].space.name == "lite-1"


def test_without_weights_everything_works_in_lite_and_says_how_to_get_clap(home: Path) -> None:
    shutil.rmtree(home / "models")
    wiring = Wiring(Settings(home=home))
    try:
        assert Asking(wiring).recommend_text("slow guitar").to_dict()["degraded"] is None
        with pytest.raises(ModelError, match="reelscore models pull laion/clap-htsat-unfused"):
            ReindexingService(wiring).reindex_space("clap")
        with pytest.raises(UnknownNameError, match="lite"):
            ReindexingService(wiring).reindex_space("mert")
    finally:
        wiring.close()


def test_a_model_that_went_away_is_said(wiring: Wiring, home: Path) -> None:
    ReindexingService(wiring).reindex_space("clap")
    wiring.close()
    shutil.rmtree(home / "models")
    without = Wiring(settings_of(home))
    try:
        embedder, reason = without.text_embedder()
        assert embedder.space.name == "lite-1"
        assert reason is not None and SPACE in reason and "CLAP_MODEL_NAME" in reason
        without.catalog.set_text_space("tuned-own-12345678")
        assert "was tuned" in (tuned := without.text_embedder()[1] or "") and "CLAP" not in tuned
        without.catalog.set_text_space(SPACE)
        answer = Asking(without).recommend_text("slow guitar").to_dict()
        assert answer["space"] == "lite-1" and SPACE in answer["degraded"]
    finally:
        without.close()


def test_songs_that_are_added_meanwhile_are_part_of_it(wiring: Wiring, tmp_path: Path) -> None:
    late = tmp_path / "late"
    late.mkdir()
    write_tone(late / "late.wav", 77.0)
    added: list[str] = []

    def add(step: Progress) -> None:
        if not added:
            added.append("late")
            wiring.embedders.models = ()  # as a process would that started before the model was pulled
            ingest(wiring, "folder", {"paths": [str(late)]})

    report = ReindexingService(wiring).reindex_space("clap", progress=add)
    assert report.songs == report.embedded == SONGS + 1
    assert len(track_vectors(wiring)) == SONGS + 1


KILLED = """
import sys, time
from pathlib import Path
from reelscore.config import Settings
from reelscore.maintenance.reembed import ReindexingService
import reelscore.maintenance.reembed as module
from reelscore.wiring import Wiring

module.BATCH = 2
def tell(step):
    print(step.done, flush=True)
    time.sleep(0.05)
wiring = Wiring(Settings(home=Path(sys.argv[1]), CLAP_MODEL_NAME="clap-random"))
report = ReindexingService(wiring).reindex_space("clap", progress=tell)
wiring.close()
print("ended", report.switched, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 3, 5, 7])
def test_a_killed_run_leaves_one_track_vector_for_each_song_in_the_end(home: Path, lines: int) -> None:
    """SIGKILL after so many steps, at any point of what follows; then the run is started again."""
    command = [sys.executable, "-c", KILLED, str(home)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None
    for _ in range(lines):
        child.stdout.readline()
    time.sleep(0.01 * lines)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    wiring = Wiring(settings_of(home))
    try:
        before = track_vectors(wiring)
        report = ReindexingService(wiring).reindex_space("clap")
        after = track_vectors(wiring)
        assert report.songs == SONGS and report.switched
        assert report.already_there == len(before)
        assert len(after) == SONGS
        assert before.items() <= after.items()
        assert wiring.index(SPACE).info().points == SONGS
        assert wiring.catalog.findings() == []
    finally:
        wiring.close()


def test_a_new_library_answers_in_clap_from_its_first_song(home: Path, tmp_path: Path) -> None:
    music = home.parent / "music"
    new = tmp_path / "new"
    install(new)
    wiring = Wiring(settings_of(new))
    try:
        assert ingest(wiring, "folder", {"paths": [str(music)]}).added == SONGS
        assert len(track_vectors(wiring)) == SONGS
        assert Asking(wiring).recommend_text("slow guitar").to_dict()["space"] == SPACE
    finally:
        wiring.close()
