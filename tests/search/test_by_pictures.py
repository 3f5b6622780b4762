"""A video finds songs by its pictures, in the space of a joint model and without a word for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from cli_commands import Reelscore
from joint_models import NAME, RECORD, SPACE, install_joint
from library_copies import copy_home
from patience import PATIENCE_SECONDS
from picture_models import BLUE, RED, film
from reelscore.analysis.video import analyze_file
from reelscore.config import Settings
from reelscore.embedding.hub.embedder import HubEmbedder
from reelscore.embedding.hub.models import KNOWN_MODELS
from reelscore.errors import InvalidInputError, ModelError
from reelscore.filters.table import RankingOptions
from reelscore.ingest.service import ingest
from reelscore.maintenance.models import check_model, list_models
from reelscore.maintenance.reembed import ReindexingService
from reelscore.query.form import Query
from reelscore.search.engine import search
from reelscore.wiring import Wiring
from serving import serve, wait_for_task

BY_PICTURES = RankingOptions(by_pictures=True)


def band(low: float, high: float) -> np.ndarray:
    """Four seconds of noise between two frequencies, with a pulse."""
    rate, seconds = 22_050, 4
    spectrum = np.fft.rfft(np.random.default_rng(round(low)).standard_normal(rate * seconds))
    hertz = np.fft.rfftfreq(rate * seconds, 1 / rate)
    spectrum[(hertz < low) | (hertz > high)] = 0.0
    sound = np.fft.irfft(spectrum)
    pulse = 0.6 + 0.4 * np.sin(2 * np.pi * 2 * np.arange(len(sound)) / rate)
    return (0.3 * pulse * sound / np.abs(sound).max()).astype(np.float32)


def write_song(folder: Path, name: str, low: float, high: float) -> None:
    folder.mkdir(exist_ok=True)
    soundfile.write(folder / f"{name}.wav", band(low, high), 22_050)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose songs were added before the model was installed, their files, and two films."""
    root = tmp_path_factory.mktemp("pictures")
    for name, low, high in (("low", 60, 500), ("middle", 900, 2500), ("high", 4000, 10_000)):
        write_song(root / "music", name, low, high)
    wiring = Wiring(Settings(home=root / "home"))
    assert ingest(wiring, "folder", {"paths": [str(root / "music")]}).added == 3
    wiring.close()
    film(root / "red.mp4", RED)
    film(root / "blue.mp4", BLUE)
    return root


@pytest.fixture
def home(material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(KNOWN_MODELS, NAME, RECORD)  # type: ignore[arg-type]
    copy_home(material / "home", tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture
def wiring(home: Path) -> Iterator[Wiring]:
    install_joint(home / "models")
    opened = Wiring(Settings(home=home, analyzer="local"))
    yield opened
    opened.close()


def titles(wiring: Wiring, analysis: str, **more: Any) -> list[str]:
    found = search(wiring, Query(analysis_id=analysis, options=BY_PICTURES, **more))
    assert found.space == SPACE
    return [item.song.title for item in found.songs]


def test_the_record_alone_makes_a_model_that_hears_and_sees(home: Path) -> None:
    installed = install_joint(home / "models")
    space = HubEmbedder(installed).space
    assert (space.name, space.understands_text, space.sees_pictures) == (SPACE, True, True)
    (row,) = [row for row in list_models(home / "models") if row["name"] == NAME]
    assert row["reads"] == ["words", "sound", "pictures"] and row["state"] == "installed"
    assert check_model(home / "models", NAME)["ok"] is True


def test_a_model_that_hears_nothing_is_refused_before_it_is_used(home: Path) -> None:
    embedder = HubEmbedder(install_joint(home / "models", deaf=True))
    with pytest.raises(ModelError, match="does not tell music or a landscape from noise"):
        embedder.embed_pictures([np.zeros((90, 160, 3), np.uint8)])


def test_what_is_still_missing_is_said(wiring: Wiring, home: Path, material: Path) -> None:
    with pytest.raises(InvalidInputError, match="only a video"):
        search(wiring, Query(text="calm piano", options=BY_PICTURES))
    _, analysis = analyze_file(wiring, material / "red.mp4")
    with pytest.raises(InvalidInputError, match="reindex --space colour-sound --no-switch"):
        search(wiring, Query(analysis_id=analysis, options=BY_PICTURES))
    wiring.close()
    (home / "models" / "colour-sound").rename(home / "gone")
    without = Wiring(Settings(home=home, analyzer="local"))
    with pytest.raises(InvalidInputError, match="models list"):
        search(without, Query(analysis_id=analysis, options=BY_PICTURES))
    without.close()


def test_pictures_find_what_sounds_like_them(wiring: Wiring, material: Path) -> None:
    report = ReindexingService(wiring).reindex_space("colour-sound", switch=False)
    assert report.embedded == 3 and wiring.catalog.text_space() is None
    found = {}
    for name in ("red", "blue"):
        _, analysis = analyze_file(wiring, material / f"{name}.mp4")
        found[name] = titles(wiring, analysis)
    assert found["red"][0] == "low" and found["blue"][0] == "high"
    # Words are still answered where they were.
    assert search(wiring, Query(text="calm piano")).space == "lite-1"


def test_a_film_that_was_analysed_before_is_looked_at_once(
    home: Path, material: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Wiring(Settings(home=home, analyzer="local"))
    _, analysis = analyze_file(before, material / "red.mp4")
    before.close()
    install_joint(home / "models")
    after = Wiring(Settings(home=home, analyzer="local"))
    ReindexingService(after).reindex_space("colour-sound", switch=False)
    with pytest.raises(InvalidInputError, match="analyse the file again"):
        titles(after, analysis)
    assert analyze_file(after, material / "red.mp4")[1] == analysis  # nothing is asked of an analyser twice
    assert titles(after, analysis)[0] == "low"
    monkeypatch.setattr("reelscore.analysis.video.measure_video", None)
    assert analyze_file(after, material / "red.mp4")[1] == analysis
    after.close()


def test_what_somebody_types_counts_beside_the_pictures(wiring: Wiring, material: Path) -> None:
    ReindexingService(wiring).reindex_space("colour-sound", switch=False)
    _, analysis = analyze_file(wiring, material / "red.mp4")
    found = search(wiring, Query(analysis_id=analysis, guide="but with ocean", options=BY_PICTURES))
    assert {"its pictures", "ocean"} <= set(found.songs[0].parts)


def test_new_songs_are_heard_by_the_model_too(wiring: Wiring, tmp_path: Path) -> None:
    write_song(tmp_path / "new", "another", 100, 700)
    assert ingest(wiring, "folder", {"paths": [str(tmp_path / "new")]}).added == 1
    assert wiring.catalog.vector_count(SPACE) == 1


def test_over_the_command_line(
    home: Path, material: Path, monkeypatch: pytest.MonkeyPatch, reelscore: Reelscore
) -> None:
    install_joint(home / "models")
    monkeypatch.setenv("REELSCORE_HOME", str(home))
    monkeypatch.setenv("REELSCORE_ANALYZER", "local")
    assert "words and sound and pictures" in " ".join(reelscore("models", "list").out.split())
    reindexed = reelscore("reindex", "--space", "colour-sound", "--no-switch", "--json")
    assert reindexed.json["embedded"] == 3
    found = reelscore("recommend", "video", material / "blue.mp4", "--by-pictures", "--json").json
    assert found["space"] == SPACE
    assert found["songs"][0]["title"] == "high"


def test_over_http(wiring: Wiring, material: Path) -> None:
    ReindexingService(wiring).reindex_space("colour-sound", switch=False)
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        with (material / "red.mp4").open("rb") as file:
            started = client.post("/api/recommendations/analyze-video", files={"video": file}).json()
        analysis = wait_for_task(client, started["task_id"])["result"]["analysis_id"]
        body = {"analysis_id": analysis, "options": {"by_pictures": True}}
        found = client.post("/api/recommendations/search", json=body)
        assert found.status_code == 200, found.text
        assert found.json()["space"] == SPACE
        assert found.json()["data"][0]["title"] == "low"
