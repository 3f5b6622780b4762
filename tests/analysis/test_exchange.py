"""Analyses go from one library to another by the sound alone, and damaged ones go nowhere."""

from __future__ import annotations

import contextlib
import copy
import gzip
import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelscore.analysis import hearing
from reelscore.analysis.exchange import Imported, made_by, read_line, sound_key
from reelscore.audio.chromaprint import fingerprint
from reelscore.audio.decode import load
from reelscore.config import Settings
from reelscore.errors import InvalidInputError
from reelscore.ingest.service import ingest
from reelscore.maintenance.analyses import export_analyses, import_analyses
from reelscore.records import AudioClip
from reelscore.wiring import Wiring


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, shared_demo_wiring: Wiring) -> Path:
    """The analyses of three songs of the demo."""
    target = tmp_path_factory.mktemp("exported") / "analyses.jsonl.gz"
    patch = pytest.MonkeyPatch()
    some = list(shared_demo_wiring.catalog.files())[:3]
    patch.setattr(shared_demo_wiring.catalog, "files", lambda: some)
    made = export_analyses(shared_demo_wiring.catalog, shared_demo_wiring.embedders, target)
    patch.undo()
    assert (made["written"], made["left_out"]) == (3, shared_demo_wiring.catalog.song_count() - 3)
    return target


def lines_of(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def lines(exported: Path) -> list[dict[str, Any]]:
    """The lines of that file."""
    return lines_of(exported)


def test_a_file_tells_nothing_but_sounds(exported: Path, shared_demo_wiring: Wiring) -> None:
    head, *lines = lines_of(exported)
    assert head["made_by"] == made_by(shared_demo_wiring.embedders)
    keys = {"sound", "seconds", "chromaprint", "features", "spaces", "structure"}
    assert [set(line) for line in lines] == [keys] * 3
    text = json.dumps(lines)
    for song in shared_demo_wiring.catalog.songs(
        [song for song, _ in list(shared_demo_wiring.catalog.files())[:3]]
    ):
        assert song.title not in text and Path(song.uri or "").name not in text


def test_what_was_imported_is_not_analysed_again(
    exported: Path, shared_demo_wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same sound in another file, with other tags, has the same analysis, to the bit."""
    song, uri = next(iter(shared_demo_wiring.catalog.files()))
    folder = tmp_path / "music"
    folder.mkdir()
    sound = Path(uri).read_bytes()
    tag = b"TAG" + b"Another title".ljust(125, b"\0")  # ID3v1, which no decoder hears
    (folder / f"another{Path(uri).suffix}").write_bytes(sound + tag)
    wiring = Wiring(Settings(home=tmp_path / "home"))
    assert import_analyses(wiring, exported) == {"read": 3, "there": 3}
    assert import_analyses(wiring, exported)["there"] == 3

    def refuse(*_: object) -> None:
        raise AssertionError("it was analysed")

    monkeypatch.setattr(hearing, "measure_all", refuse)
    assert ingest(wiring, "folder", {"paths": [str(folder)]}).added == 1
    (own,) = [song.id for song in wiring.catalog.list_songs()[0]]
    assert wiring.catalog.song(own).content_hash != shared_demo_wiring.catalog.song(song).content_hash
    assert wiring.catalog.features([own])[own] == shared_demo_wiring.catalog.features([song])[song]
    for space in wiring.embedders.spaces:
        mine, theirs = (
            each.catalog.window_vectors(space, [one])
            for each, one in ((wiring, own), (shared_demo_wiring, song))
        )
        assert np.array_equal(mine[own].track, theirs[song].track)
        assert np.array_equal(mine[own].windows, theirs[song].windows)
    wiring.close()


def test_another_coding_of_a_sound_is_found_by_its_chromaprint(
    lines: list[dict[str, Any]], shared_demo_wiring: Wiring, tmp_path: Path
) -> None:
    """Noise as coding leaves it changes the key; another song, a cut or a shifted one is not found."""
    embedders = shared_demo_wiring.embedders
    clips = [
        load(Path(uri), sample_rate=embedders.sample_rate)
        for _, uri in list(shared_demo_wiring.catalog.files())[:4]
    ]
    imported = Imported(tmp_path, embedders)
    imported.add(lines[1:])
    noise = np.random.default_rng(1).normal(0.0, 1e-3, len(clips[0].samples)).astype(np.float32)
    other = replace(clips[0], samples=clips[0].samples + noise)
    assert sound_key(other) != sound_key(clips[0]) == lines[1]["sound"]
    assert imported.find(clips[0]) is not None
    is_there = fingerprint(other) is not None  # else nothing but the very sound is found
    assert (imported.find(other) is not None) == is_there == (lines[1]["chromaprint"] is not None)
    shifted = replace(clips[0], samples=np.roll(clips[0].samples, embedders.sample_rate // 2))
    cut = replace(clips[0], samples=other.samples[: -embedders.sample_rate])
    for unlike in (clips[3], shifted, cut):
        assert imported.find(unlike) is None
    imported.close()


def test_an_analysis_that_an_older_version_kept_without_beats_is_made_anew(
    lines: list[dict[str, Any]], shared_demo_wiring: Wiring, tmp_path: Path
) -> None:
    old = sqlite3.connect(tmp_path / "imported_analyses.sqlite3")
    with old:
        old.execute(
            "CREATE TABLE analyses (sound TEXT, made_by TEXT, body TEXT, PRIMARY KEY (sound, made_by))"
        )
        version = json.dumps(made_by(shared_demo_wiring.embedders), sort_keys=True)
        line = {**lines[1], "structure": None}
        old.execute("INSERT INTO analyses VALUES (?, ?, ?)", (line["sound"], version, json.dumps(line)))
    old.close()
    path = Path(next(iter(shared_demo_wiring.catalog.files()))[1])
    clip = load(path, sample_rate=shared_demo_wiring.embedders.sample_rate)
    imported = Imported(tmp_path, shared_demo_wiring.embedders)
    assert imported.count() == 1 and imported.find(clip) is None
    imported.add([lines[1]])
    assert imported.count() == 1 and imported.find(clip) is not None
    imported.close()


def test_other_versions_and_other_files_are_refused(
    exported: Path, shared_demo_wiring: Wiring, tmp_path: Path
) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    head, *lines = lines_of(exported)
    broken = copy.deepcopy(lines[0])
    broken["features"]["energy"] = "loud"
    other = {**head, "made_by": {**head["made_by"], "features": "0"}}
    files = {
        "versions or models (features)": [other, *lines],
        "no file of analyses": [{"songs": 3}],
        "damaged (ValueError)": [head, {**lines[0], "sound": "xyz0"}],
        "damaged (TypeError)": [head, broken],
        "damaged (KeyError)": [head, {**lines[0], "spaces": {}}],
        "damaged (Type": [head, {**lines[0], "structure": None}],
        "damaged (Value": [head, {**lines[0], "chromaprint": "AAAA"}],
    }
    for text, content in files.items():
        path = tmp_path / "other.gz"
        with gzip.open(path, "wt") as file:
            file.write("".join(json.dumps(line) + "\n" for line in content))
        with pytest.raises(InvalidInputError) as refused:
            import_analyses(wiring, path)
        assert text in str(refused.value)
    path.write_bytes(exported.read_bytes()[:-50])
    with pytest.raises(InvalidInputError, match="damaged"):
        import_analyses(wiring, path)
    (tmp_path / "none.gz").write_bytes(b"\x1f\x8bnonsense")
    for name in ("none.gz", "nowhere.gz"):
        with pytest.raises(InvalidInputError):
            import_analyses(wiring, tmp_path / name)
    wiring.close()


ANY = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=3)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_no_line_is_too_strange(lines: list[dict[str, Any]], data: st.DataObject) -> None:
    head, line = lines[0], copy.deepcopy(lines[1])
    part = data.draw(st.sampled_from(["sound", "features", "spaces", "structure"]))
    value = line[part]
    if isinstance(value, dict) and data.draw(st.booleans()):
        line[part][data.draw(st.sampled_from(sorted(value)))] = data.draw(ANY)
    else:
        line[part] = data.draw(ANY)
    with contextlib.suppress(InvalidInputError):
        read_line(line, head["made_by"]["spaces"])


def test_a_key_is_of_the_sound(tmp_path: Path, shared_demo_wiring: Wiring) -> None:
    rng = np.random.default_rng(1)
    samples = rng.uniform(-1.2, 1.2, 1000).astype(np.float32)
    key = sound_key(AudioClip(samples, 22_050))
    assert key == sound_key(AudioClip(samples.copy(), 22_050, start=3.0))
    assert len({key, sound_key(AudioClip(samples, 44_100)), sound_key(AudioClip(samples[:-1], 22_050))}) == 3
    assert Imported(tmp_path / "none", shared_demo_wiring.embedders).find(AudioClip(samples, 22_050)) is None
    assert not (tmp_path / "none").exists()
