"""A second look at a folder: what was moved, changed, copied or deleted is noticed, and ids stay."""

from __future__ import annotations

import os
import shutil
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from patience import PATIENCE_SECONDS
from reelscore.errors import InvalidInputError, MediaNotFoundError
from reelscore.ingest import service
from reelscore.ingest.reconcile import _doubts
from reelscore.ingest.service import ingest_from
from reelscore.library.service import Library
from reelscore.maintenance.check import check_library
from reelscore.payloads import report_payload
from reelscore.records import IngestReport, Progress, Track
from reelscore.sources.folder.source import FolderSource
from reelscore.wiring import Wiring

pytestmark = pytest.mark.usefixtures("heard_once")


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Three short pieces: a/0.wav, a/1.wav and b/2.wav."""
    folder = tmp_path / "music"
    for number, name in enumerate(("a/0.wav", "a/1.wav", "b/2.wav")):
        make(folder / name, number)
    return folder


def make(path: Path, seed: int) -> Path:
    """Three seconds and a half of plucked tones."""
    rng = np.random.default_rng(seed)
    times = np.arange(int(22_050 * 3.5)) / 22_050
    sound = np.zeros_like(times)
    for beat in range(7):
        since = times - beat / 2
        tone = np.sin(2 * np.pi * 110 * 2 ** (rng.integers(0, 24) / 12) * since)
        sound += np.where(since >= 0, tone * np.exp(-4 * np.clip(since, 0, None)), 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes((sound / np.abs(sound).max() * 22_000).astype("<i2").tobytes())
    return path


def ingest(wiring: Wiring, *paths: Path, prune: bool = False, yes: bool = False) -> IngestReport:
    report = service.ingest(
        wiring, "folder", {"paths": [str(path) for path in paths], "prune": prune, "yes": yes}
    )
    assert report.offered == report.added + report.already_known + len(report.skipped) + len(report.failed)
    return report


def songs(wiring: Wiring) -> dict[str, str]:
    """Path -> id of every song."""
    return {known.uri or "": known.id for known in wiring.catalog.songs_of_source("folder")}


def vector_of(wiring: Wiring, song: str) -> bytes:
    return next(iter(wiring.catalog.track_vectors("lite-1", [song])))[1].tobytes()


def check(wiring: Wiring) -> None:
    """SQL and indexes fit together, and every index has each song once."""
    problems = [text for text in check_library(wiring)["problems"] if "file is gone" not in text]
    assert not problems
    ids = set(songs(wiring).values())
    assert all(wiring.index(space).ids() == ids for space in wiring.embedders.spaces)


def counts(report: IngestReport) -> tuple[int, int, int, int, int]:
    """Added, there already, moved, changed, missing."""
    return (report.added, report.already_known, report.moved, report.changed, len(report.missing))


def test_files_that_are_as_they_were_are_not_opened_again(
    wiring: Wiring, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(wiring, music)
    monkeypatch.setattr("reelscore.ingest.run.hash_file", lambda path: pytest.fail("was hashed"))
    monkeypatch.setattr("reelscore.sources.folder.source._read_file", lambda *_: pytest.fail("was opened"))
    assert counts(ingest(wiring, music)) == (0, 3, 0, 0, 0)


def test_a_touched_file_is_hashed_and_known(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    before = songs(wiring)
    os.utime(music / "a/0.wav", ns=(1, 1))
    assert counts(ingest(wiring, music)) == (0, 3, 0, 0, 0)
    assert songs(wiring) == before


def test_a_moved_file_keeps_its_id_and_is_not_analysed_again(
    wiring: Wiring, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(wiring, music)
    before = songs(wiring)
    (music / "c").mkdir()
    (music / "a/0.wav").rename(music / "c/new name.wav")
    monkeypatch.setattr("reelscore.ingest.run.hear", lambda *_: pytest.fail("was analysed"))
    assert counts(ingest(wiring, music)) == (0, 3, 1, 0, 0)
    song = before[str(music / "a/0.wav")]
    assert songs(wiring)[str(music / "c/new name.wav")] == song
    assert Library(wiring).song(song)["title"] == "new name"
    assert Library(wiring).audio_path(song) == music / "c/new name.wav"
    # And again, by its new path alone; then back to where it was.
    assert counts(ingest(wiring, music)) == (0, 3, 0, 0, 0)
    (music / "c/new name.wav").rename(music / "a/0.wav")
    assert counts(ingest(wiring, music)) == (0, 3, 1, 0, 0)
    assert songs(wiring) == before
    check(wiring)


def test_a_moved_folder_moves_all_its_songs(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    before = songs(wiring)
    (music / "a").rename(music / "z")
    assert counts(ingest(wiring, music)) == (0, 3, 2, 0, 0)
    assert songs(wiring)[str(music / "z/1.wav")] == before[str(music / "a/1.wav")]
    check(wiring)


def test_changed_sound_is_analysed_anew_under_the_same_id(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    song = songs(wiring)[str(music / "a/0.wav")]
    old_vector, old = vector_of(wiring, song), wiring.catalog.song(song)
    make(music / "a/0.wav", 77)
    assert counts(ingest(wiring, music)) == (0, 3, 0, 1, 0)
    new = wiring.catalog.song(song)
    assert vector_of(wiring, song) != old_vector
    assert (new.content_hash != old.content_hash, new.added_at) == (True, old.added_at)
    check(wiring)
    # The index has the new vector, and the old one nowhere.
    vector = next(iter(wiring.catalog.track_vectors("lite-1", [song])))[1][0]
    hit = wiring.index("lite-1").search(vector, 1)[0]
    assert (hit.id, hit.score) == (song, pytest.approx(1.0, abs=1e-4))
    assert counts(ingest(wiring, music)) == (0, 3, 0, 0, 0)


def test_two_files_that_change_places_keep_their_paths_and_ids(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    before = songs(wiring)
    vectors = {path: vector_of(wiring, song) for path, song in before.items()}
    one, two = music / "a/0.wav", music / "a/1.wav"
    one.rename(music / "a/x.wav")
    two.rename(one)
    (music / "a/x.wav").rename(two)
    assert counts(ingest(wiring, music)) == (0, 3, 0, 2, 0)
    assert songs(wiring) == before
    assert vector_of(wiring, before[str(one)]) == vectors[str(two)]
    assert vector_of(wiring, before[str(two)]) == vectors[str(one)]
    check(wiring)


@pytest.mark.parametrize("moved_to", ["a/00 before.wav", "z/after.wav"])
def test_a_path_that_gets_new_sound_after_its_song_moved_is_a_new_song(
    wiring: Wiring, music: Path, moved_to: str
) -> None:
    ingest(wiring, music)
    song = songs(wiring)[str(music / "a/0.wav")]
    (music / moved_to).parent.mkdir(exist_ok=True)
    (music / "a/0.wav").rename(music / moved_to)
    make(music / "a/0.wav", 50)
    assert counts(ingest(wiring, music)) == (1, 3, 1, 0, 0)
    now = songs(wiring)
    assert now[str(music / moved_to)] == song
    assert now[str(music / "a/0.wav")] != song
    assert len(now) == 4
    assert counts(ingest(wiring, music)) == (0, 4, 0, 0, 0)
    check(wiring)


def test_deleted_files_are_named_and_their_songs_stay(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    song = songs(wiring)[str(music / "b/2.wav")]
    (music / "b/2.wav").unlink()
    report = ingest(wiring, music)
    assert counts(report) == (0, 2, 0, 0, 1)
    assert report.missing == (str(music / "b/2.wav"),)
    payload = report_payload(report)
    assert (payload["missing"], payload["missing_files"]) == (1, [str(music / "b/2.wav")])
    with pytest.raises(MediaNotFoundError, match="is gone"):
        Library(wiring).audio_path(song)
    # It comes back as it was.
    make(music / "b/2.wav", 2)
    assert counts(ingest(wiring, music)) == (0, 3, 0, 0, 0)
    assert Library(wiring).audio_path(song)


def test_pruning_removes_the_songs_of_deleted_files_everywhere(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    (music / "a/1.wav").unlink()
    report = ingest(wiring, music, prune=True)
    assert (report.removed, len(report.missing)) == (1, 1)
    assert len(songs(wiring)) == 2
    check(wiring)
    assert counts(ingest(wiring, music, prune=True)) == (0, 2, 0, 0, 0)


def test_an_empty_folder_that_had_songs_removes_nothing(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    music.rename(music.with_name("elsewhere"))
    music.mkdir()  # the mount point of a disk that is not there
    report = ingest(wiring, music, prune=True)
    assert (report.removed, report.missing) == (0, ())
    assert "is its disk mounted" in report.failed[0].reason
    assert len(songs(wiring)) == 3
    report = ingest(wiring, music, prune=True, yes=True)
    assert (report.removed, report.failed, songs(wiring)) == (3, (), {})
    check(wiring)


@pytest.mark.parametrize("remains", [True, False])
def test_a_subfolder_that_became_empty_or_went_is_not_pruned_unless_confirmed(
    wiring: Wiring, music: Path, remains: bool
) -> None:
    ingest(wiring, music)
    (music / "a").rename(music.parent / "elsewhere")
    if remains:
        (music / "a").mkdir()  # a mount point
    report = ingest(wiring, music, prune=True)
    assert (report.removed, len(report.missing), len(songs(wiring))) == (0, 2, 3)
    (doubt,) = report.failed
    assert (doubt.name, doubt.code) == (str(music), "prune_refused")
    assert "2 of its 3 songs" in doubt.reason and str(music / "a") in doubt.reason
    assert "--prune --yes" in doubt.reason and "\n" not in doubt.reason
    assert len(ingest(wiring, music).failed) == 0  # without --prune there is nothing to refuse
    report = ingest(wiring, music, prune=True, yes=True)
    assert (report.removed, report.failed, list(songs(wiring))) == (2, (), [str(music / "b/2.wav")])
    check(wiring)


@pytest.mark.parametrize(
    ("known", "gone", "refused"),
    [(30, 11, False), (30, 15, False), (30, 16, True), (12, 10, False), (12, 11, True), (10, 10, False)],
)
def test_a_prune_of_more_than_half_and_more_than_ten_songs_is_doubted(
    tmp_path: Path, known: int, gone: int, refused: bool
) -> None:
    (tmp_path / "notes.txt").touch()
    paths = [str(tmp_path / f"{number}.wav") for number in range(gone)]
    assert bool(list(_doubts({tmp_path: known}, paths))) is refused


def test_a_folder_that_is_not_there_is_an_error_and_removes_nothing(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    music.rename(music.with_name("elsewhere"))
    with pytest.raises(InvalidInputError, match="there is no file or folder"):
        ingest(wiring, music, prune=True)
    assert len(songs(wiring)) == 3


def test_only_what_lies_under_the_named_folders_is_missed(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    (music / "b/2.wav").unlink()
    assert ingest(wiring, music / "a", prune=True).missing == ()
    make(music / "ab/3.wav", 3)  # its name begins like that of another folder
    ingest(wiring, music / "ab")
    (music / "ab/3.wav").unlink()
    make(music / "ab/4.wav", 4)
    assert ingest(wiring, music / "a", prune=True).removed == 0
    assert len(songs(wiring)) == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="for root every folder can be read")
def test_songs_of_a_folder_that_cannot_be_read_are_not_gone(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    (music / "b").chmod(0)
    try:
        report = ingest(wiring, music, prune=True)
    finally:
        (music / "b").chmod(0o755)
    assert (report.removed, report.missing) == (0, ())
    assert "cannot be read" in report.failed[0].reason


def test_a_copy_is_one_song_and_takes_over_when_the_original_goes(wiring: Wiring, music: Path) -> None:
    shutil.copy(music / "a/0.wav", music / "b/copy.wav")
    assert counts(ingest(wiring, music)) == (3, 1, 0, 0, 0)
    song = songs(wiring)[str(music / "a/0.wav")]
    (music / "a/0.wav").unlink()
    report = ingest(wiring, music, prune=True)
    assert (report.moved, report.removed, report.missing) == (1, 0, ())
    assert songs(wiring)[str(music / "b/copy.wav")] == song
    assert counts(ingest(wiring, music)) == (0, 3, 0, 0, 0)
    check(wiring)


def test_a_copy_that_gets_its_own_sound_becomes_a_song(wiring: Wiring, music: Path) -> None:
    shutil.copy(music / "a/0.wav", music / "b/copy.wav")
    ingest(wiring, music)
    before = songs(wiring)
    make(music / "b/copy.wav", 60)
    assert counts(ingest(wiring, music)) == (1, 3, 0, 0, 0)
    now = songs(wiring)
    assert now.items() > before.items()
    assert str(music / "b/copy.wav") in now
    check(wiring)


def test_a_deleted_copy_is_forgotten_without_a_word(wiring: Wiring, music: Path) -> None:
    shutil.copy(music / "a/0.wav", music / "b/copy.wav")
    ingest(wiring, music)
    (music / "b/copy.wav").unlink()
    report = ingest(wiring, music, prune=True)
    assert (report.removed, report.missing, len(songs(wiring))) == (0, (), 3)


def test_a_rename_by_case_alone_is_a_move(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    song = songs(wiring)[str(music / "a/0.wav")]
    (music / "a").rename(music / "A")
    assert counts(ingest(wiring, music)) == (0, 3, 2, 0, 0)
    assert songs(wiring)[str(music / "A/0.wav")] == song


def test_a_file_that_vanishes_during_the_run_is_a_line_of_the_report(
    wiring: Wiring, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = FolderSource.offer

    def vanishing(self: FolderSource) -> Iterator[Track]:
        for track in offer(self):
            assert isinstance(track, Track)
            if track.title == "1":
                Path(track.source_id).unlink()
            yield track

    monkeypatch.setattr(FolderSource, "offer", vanishing)
    report = ingest(wiring, music)
    assert (report.added, len(report.failed)) == (2, 1)
    assert "is gone" in report.failed[0].reason


def test_a_file_that_is_being_written_is_left_for_the_next_run(
    wiring: Wiring, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = (music / "b/2.wav").read_bytes()
    (music / "b/2.wav").write_bytes(whole[: len(whole) // 2])
    from reelscore.ingest import run as ingest_run

    hear = ingest_run.hear

    def write_meanwhile(path: Path, *rest: object, **known: object) -> object:
        if path.name == "2.wav":
            path.write_bytes(whole)
        return hear(path, *rest, **known)  # type: ignore[arg-type]

    monkeypatch.setattr(ingest_run, "hear", write_meanwhile)
    report = ingest(wiring, music)
    assert (report.added, len(report.failed)) == (2, 1)
    assert "was written while it was read" in report.failed[0].reason
    monkeypatch.setattr(ingest_run, "hear", hear)
    assert counts(ingest(wiring, music)) == (1, 2, 0, 0, 0)


def test_links_in_a_circle_and_a_second_way_to_a_file_add_nothing(wiring: Wiring, music: Path) -> None:
    (music / "a/round").symlink_to(music, target_is_directory=True)
    (music / "again.wav").symlink_to(music / "a/0.wav")
    assert counts(ingest(wiring, music)) == (3, 0, 0, 0, 0)
    (music / "again.wav").unlink()
    assert counts(ingest(wiring, music)) == (0, 3, 0, 0, 0)


def test_a_library_from_before_files_were_noted_learns_them(wiring: Wiring, music: Path) -> None:
    ingest(wiring, music)
    wiring.catalog.forget_files([file.id for file in wiring.catalog.files_under(str(music))])
    make(music / "a/0.wav", 99)
    assert counts(ingest(wiring, music)) == (0, 3, 0, 1, 0)
    assert len(list(wiring.catalog.files_under(str(music)))) == 3


def test_what_is_written_is_found_while_the_run_goes_on(
    wiring: Wiring, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelscore.ingest.run.BATCH", 1)
    monkeypatch.setattr("reelscore.ingest.index_keeper._ROUND_SONGS", 1)
    seen: list[int] = []
    enough = threading.Event()

    def look(step: Progress) -> None:
        if "lite-1" in wiring.embedders.spaces and step.done:
            seen.append(wiring.index("lite-1").info().points)
        if seen and seen[-1]:
            enough.set()

    source = FolderSource([music])
    offer = source.offer

    def slowly() -> Iterator[object]:
        for number, track in enumerate(offer()):
            if number == 2:
                enough.wait(PATIENCE_SECONDS)
            yield track

    source.offer = slowly  # type: ignore[method-assign,assignment]
    ingest_from(wiring, source, look)
    assert enough.is_set(), "nothing was found before the run was over"
    check(wiring)
