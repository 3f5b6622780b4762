"""The model for pictures from the hub to the answer: pulled, checked, used, stored, switched off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli_commands import Reelscore
from fake_hub import COMMIT, FakeHub, serve_hub
from picture_models import GREEN, clip_files, film, image_tower, install_clip, text_tower
from reelscore.analysis.video import analyze_file, look_at
from reelscore.config import Settings
from reelscore.embedding.hub.folder import installed_models
from reelscore.embedding.hub.models import (
    DEFAULT_PICTURE_MODEL,
    FEATURES,
    IMAGE,
    KNOWN_MODELS,
    TEXT,
    TOKENIZER,
    HubFile,
    HubModel,
)
from reelscore.errors import ConfigurationError, ModelError
from reelscore.facade import VideoAnalysisService
from reelscore.maintenance.models import check_model, delete_model, export_model, list_models, pull_model
from reelscore.query.lead import query_of
from reelscore.video.local.analyzer import VERSION
from reelscore.wiring import Wiring

NAME = DEFAULT_PICTURE_MODEL
REPOSITORY = "Test/clip-tiny"
PATHS = {
    IMAGE: "onnx/vision_model.onnx",
    TEXT: "onnx/text_model.onnx",
    TOKENIZER: "tokenizer.json",
    FEATURES: "preprocessor_config.json",
}


def served(**changed: bytes) -> dict[str, bytes]:
    return {PATHS[part]: data for part, data in clip_files(**changed).items()}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    """A hub that has the small model under the name of the real one."""
    import huggingface_hub.constants as constants

    record = HubModel(
        name=NAME, dim=512, licence="MIT", description="for tests", repository=REPOSITORY, sample_rate=None,
        pictures=True,
        files={"fp32": {part: HubFile(path) for part, path in PATHS.items()}},
    )  # fmt: skip
    with serve_hub(FakeHub({REPOSITORY: served()})) as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
        template = hub.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf" / "hub"))
        monkeypatch.setitem(KNOWN_MODELS, NAME, record)  # type: ignore[arg-type]
        yield hub


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def forest(tmp_path: Path) -> Path:
    """Three seconds of green."""
    return film(tmp_path / "forest.mp4", GREEN)


@pytest.fixture
def wirings() -> Iterator[list[Wiring]]:
    opened: list[Wiring] = []
    yield opened
    for wiring in opened:
        wiring.close()


def wire(wirings: list[Wiring], home: Path, **settings: Any) -> Wiring:
    for wiring in wirings:
        wiring.close()
    wirings.append(Wiring(Settings(home=home, **{"analyzer": "local", **settings})))
    return wirings[-1]


def row_of(models: Path) -> dict[str, Any]:
    return {(row["name"], row["precision"]): row for row in list_models(models)}[NAME, "fp32"]


# --- the model ---------------------------------------------------------------------------------------


def test_a_pulled_model_is_complete_and_passes_its_check(hub: FakeHub, home: Path) -> None:
    pulled = pull_model(home / "models", NAME)
    assert pulled.downloaded == sum(map(len, served().values()))
    assert pulled.installed.revision == COMMIT and set(pulled.installed.parts) == set(PATHS)
    found = check_model(home / "models", NAME)
    assert found["ok"] and found["text_cosine"] < found["text_limit"] == 0.95
    row = next(
        row for row in list_models(home / "models") if row["name"] == NAME and row["precision"] == "fp32"
    )
    assert row["state"] == "installed" and row["checked"]["pictures"] is True
    assert pull_model(home / "models", NAME).already_there
    assert delete_model(home / "models", NAME) > 0


def test_bytes_that_do_not_fit_their_checksum_are_no_model(hub: FakeHub, home: Path) -> None:
    hub.corrupt.add(PATHS[IMAGE])
    with pytest.raises(ModelError, match="damaged"):
        pull_model(home / "models", NAME)
    assert installed_models(home / "models") == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"text": text_tower(collapsed=True)}, "does not tell texts apart"),
        ({"image": image_tower(collapsed=True)}, "does not tell a landscape from noise"),
    ],
)
def test_a_collapsed_tower_is_refused_with_its_figure(
    hub: FakeHub, home: Path, changed: dict[str, bytes], problem: str
) -> None:
    hub.repositories[REPOSITORY] = served(**changed)
    pull_model(home / "models", NAME)
    found = check_model(home / "models", NAME)
    assert not found["ok"] and problem in found["problem"] and "0.95" in found["problem"]
    row = next(
        row for row in list_models(home / "models") if row["name"] == NAME and row["precision"] == "fp32"
    )
    assert row["state"] == "refused"


def test_it_is_no_model_for_sound_and_is_not_exported(home: Path, wirings: list[Wiring]) -> None:
    install_clip(home / "models")
    with pytest.raises(ConfigurationError, match="knows pictures and no sound"):
        _ = wire(wirings, home, CLAP_MODEL_NAME=NAME).clap
    with pytest.raises(ModelError, match="models pull"):
        export_model(home / "models", NAME)


def test_every_file_of_the_known_model_has_its_size_and_checksum() -> None:
    for files in KNOWN_MODELS[NAME].files.values():
        assert set(files) == set(PATHS)
        assert all(file.size and file.sha256 for file in files.values())


# --- in the analysis ---------------------------------------------------------------------------------


def test_words_are_in_the_stored_analysis_and_in_what_is_searched_for(
    home: Path, wirings: list[Wiring], forest: Path
) -> None:
    install_clip(home / "models")
    wiring = wire(wirings, home)
    payload = VideoAnalysisService(wiring=wiring).analyze_video(forest)
    assert payload["extra"]["showing"]["scene"][0] == {
        "word": "forest",
        "score": 1.0,
        "music": "acoustic folk guitar and flute",
    }
    assert "forest" in payload["keywords"] and "showing" in payload["basis"]
    stored = wiring.catalog.analysis(payload["analysis_id"])
    assert stored.extra == payload["extra"]
    assert {"text": "acoustic folk guitar and flute", "weight": 0.9} in payload["phrases"]
    assert "acoustic folk guitar and flute" in [phrase.text for phrase in query_of(stored).phrases]


def test_stored_analyses_with_and_without_the_model_are_not_mixed_up(
    home: Path, wirings: list[Wiring], forest: Path
) -> None:
    plain, first = analyze_file(wire(wirings, home), forest)
    install_clip(home / "models", "int8")
    seen, second = analyze_file(wire(wirings, home), forest)
    install_clip(home / "models")
    other, third = analyze_file(wire(wirings, home), forest)
    assert len({first, second, third}) == 3
    assert "showing" not in plain.extra
    assert [a.extra["showing"]["model"].split()[1] for a in (seen, other)] == ["int8", "fp32"]
    assert analyze_file(wire(wirings, home), forest)[1] == third
    assert analyze_file(wire(wirings, home, picture_words=False), forest)[1] == first


def test_what_was_told_without_a_broken_model_is_not_taken_for_good(
    home: Path, wirings: list[Wiring], forest: Path
) -> None:
    installed = install_clip(home / "models")
    good = installed.path(IMAGE).read_bytes()
    installed.path(IMAGE).write_bytes(b"broken")
    analysis, first = analyze_file(wire(wirings, home), forest)
    assert analysis.degraded is not None and "image.onnx is damaged" in analysis.degraded
    installed.path(IMAGE).write_bytes(good)
    analysis, second = analyze_file(wire(wirings, home), forest)
    assert analysis.degraded is None and second != first and "showing" in analysis.extra


def test_a_setting_switches_it_off(home: Path, wirings: list[Wiring], forest: Path) -> None:
    install_clip(home / "models")
    wiring = wire(wirings, home, picture_words=False)
    assert wiring.picture_reader is None
    assert wiring.analyzer.cache_key == VERSION
    assert "extra" not in look_at(wiring, forest)


def test_the_command_shows_the_words(
    home: Path, forest: Path, monkeypatch: pytest.MonkeyPatch, reelscore: Reelscore
) -> None:
    install_clip(home / "models")
    monkeypatch.setenv("REELSCORE_ANALYZER", "local")
    found = reelscore("analyze", "video", forest, "--json").json["analysis"]
    assert found["extra"]["showing"]["mood"][0]["word"] == "peaceful"
    assert "shows forest 1.00, peaceful 1.00" in " ".join(reelscore("analyze", "video", forest).out.split())
    assert "pictures" in reelscore("models", "list").out
    tested = reelscore("models", "test", NAME, "--json").json
    assert tested["ok"] is True
    assert "a picture and noise" in reelscore("models", "test", NAME).out
    monkeypatch.setenv("REELSCORE_PICTURE_WORDS", "0")
    assert "extra" not in reelscore("analyze", "video", forest, "--json").json["analysis"]
