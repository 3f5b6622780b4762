"""Models are pulled through the real client of the hub, and nothing half-written is ever used."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_hub import COMMIT, FakeHub, serve_hub
from reelscore.embedding.hub import download as hub_module
from reelscore.embedding.hub import models as models_module
from reelscore.embedding.hub.embedder import open_embedder
from reelscore.embedding.hub.folder import installed_models, open_model
from reelscore.embedding.hub.models import (
    AUDIO,
    FEATURES,
    KNOWN_MODELS,
    TEXT,
    TOKENIZER,
    HubFile,
    HubModel,
    described_model,
    find_model,
    full_name,
)
from reelscore.errors import CancelledError, ConfigurationError, ModelError, ReelscoreError, UnknownNameError
from reelscore.maintenance.models import check_model, delete_model, list_models, pull_model
from reelscore.records import Progress

FIXTURE = Path(__file__).parent.parent / "embedding" / "clap" / "fixture"
REPOSITORY = "Test/clap-tiny"
NAME = "laion/clap-tiny"
TOKEN = "hf_notarealtoken"
FILES = {
    "onnx/audio_model.onnx": (FIXTURE / AUDIO).read_bytes(),
    "onnx/text_model.onnx": (FIXTURE / TEXT).read_bytes(),
    "tokenizer.json": (FIXTURE / TOKENIZER).read_bytes(),
    "preprocessor_config.json": (FIXTURE / FEATURES).read_bytes(),
}
AUDIO_SIZE = len(FILES["onnx/audio_model.onnx"])


def tiny_model(*, revision: str = "main", sha256: str | None = None) -> HubModel:
    files = {
        AUDIO: HubFile("onnx/audio_model.onnx", AUDIO_SIZE, sha256),
        TEXT: HubFile("onnx/text_model.onnx"),
        TOKENIZER: HubFile("tokenizer.json"),
        FEATURES: HubFile("preprocessor_config.json"),
    }
    return HubModel(
        name=NAME,
        dim=32,
        licence="MIT",
        description="for tests",
        repository=REPOSITORY,
        revision=revision,
        files={"fp32": files},
    )


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    """A hub that has the small CLAP, and a client that asks it."""
    import huggingface_hub.constants as constants

    with serve_hub(FakeHub({REPOSITORY: FILES})) as served:
        monkeypatch.setattr(constants, "ENDPOINT", served.endpoint)
        template = served.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf" / "hub"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "hf" / "token"))
        monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1 << 16)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setitem(KNOWN_MODELS, NAME, tiny_model())  # type: ignore[arg-type]
        yield served


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def one_line(error: ReelscoreError) -> str:
    text = str(error)
    assert "\n" not in text
    assert TOKEN not in text and "s3cret" not in text
    return text


def refused(models: Path, kind: type[ReelscoreError] = ModelError) -> str:
    """The message of a pull that fails, after which no model may be there."""
    with pytest.raises(kind) as caught:
        pull_model(models, NAME)
    assert installed_models(models) == []
    return one_line(caught.value)


# --- pulling -----------------------------------------------------------------------------------------


def test_a_pulled_model_is_complete_and_works(hub: FakeHub, models: Path) -> None:
    steps: list[Progress] = []
    pulled = pull_model(models, NAME, progress=steps.append)
    assert pulled.downloaded == sum(map(len, FILES.values()))
    assert steps[-1].done == pytest.approx(steps[-1].total) == pytest.approx(pulled.downloaded / 1e6)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert pulled.installed.revision == COMMIT
    assert open_embedder(models, name=NAME).embed_queries(["guitar"]).shape == (1, 32)
    assert check_model(models, NAME)["ok"] is True


def test_a_second_pull_asks_nobody(hub: FakeHub, models: Path) -> None:
    pull_model(models, NAME)
    hub.seen.clear()
    again = pull_model(models, NAME)
    assert again.already_there and again.downloaded == 0
    assert hub.seen == []


def test_a_connection_that_is_cut_goes_on_where_it_stopped(hub: FakeHub, models: Path) -> None:
    hub.cut_after["onnx/audio_model.onnx"] = 200_000
    pulled = pull_model(models, NAME)
    ranges = [item.range for item in hub.gets("/cdn/") if "audio" in item.path]
    assert ranges[0] is None and ranges[1] is not None
    assert int(ranges[1].removeprefix("bytes=").rstrip("-")) > 0
    assert pulled.installed.verify(AUDIO).read_bytes() == FILES["onnx/audio_model.onnx"]


def test_a_pull_that_was_stopped_goes_on_in_the_next_one(hub: FakeHub, models: Path) -> None:
    def stop(step: Progress) -> None:
        if step.done > 0.3:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        pull_model(models, NAME, progress=stop)
    assert installed_models(models) == []
    row = next(row for row in list_models(models) if row["name"] == NAME)
    assert row["state"] == "partly downloaded"
    pulled = pull_model(models, NAME)
    assert pulled.downloaded < sum(map(len, FILES.values())) - 250_000
    assert hub.gets("/cdn/")[-2].range is not None or hub.gets("audio")[-1].range is not None
    assert check_model(models, NAME)["ok"]


def test_finished_files_are_not_fetched_again(hub: FakeHub, models: Path) -> None:
    hub.corrupt.add("onnx/text_model.onnx")
    refused(models)
    hub.corrupt.clear()
    hub.seen.clear()
    pull_model(models, NAME)
    assert not hub.gets("audio") and hub.gets("text")


def test_bytes_that_do_not_fit_their_checksum_are_deleted(hub: FakeHub, models: Path) -> None:
    hub.corrupt.add("onnx/audio_model.onnx")
    assert "damaged" in refused(models)
    assert not list(models.rglob("*.part"))
    hub.corrupt = {"tokenizer.json"}  # a small file, whose checksum is git's
    assert "tokenizer.json" in refused(models)
    hub.corrupt.clear()
    assert pull_model(models, NAME).installed.verify(TOKENIZER)


def test_another_file_than_the_known_one_is_not_even_downloaded(
    hub: FakeHub, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KNOWN_MODELS, NAME, tiny_model(sha256="0" * 64))  # type: ignore[arg-type]
    assert "than the known one" in refused(models)
    assert not hub.gets("/cdn/")


def test_a_known_checksum_that_fits_is_accepted(
    hub: FakeHub, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(FILES["onnx/audio_model.onnx"]).hexdigest()
    pinned = tiny_model(sha256=digest, revision=COMMIT)
    monkeypatch.setitem(KNOWN_MODELS, NAME, pinned)  # type: ignore[arg-type]
    assert pull_model(models, NAME).installed.revision == COMMIT


def test_a_damaged_file_is_mended_without_the_others(hub: FakeHub, models: Path) -> None:
    installed = pull_model(models, NAME).installed
    installed.path(TEXT).write_bytes(b"broken")
    with pytest.raises(ModelError, match="damaged"):
        check_model(models, NAME)
    hub.seen.clear()
    mended = pull_model(models, NAME)
    assert mended.downloaded == len(FILES["onnx/text_model.onnx"])
    assert not hub.gets("audio")
    assert check_model(models, NAME)["ok"]


def test_a_damaged_list_of_files_is_no_model(hub: FakeHub, models: Path) -> None:
    installed = pull_model(models, NAME).installed
    (installed.folder / "model.json").write_text("{")
    assert installed_models(models) == []
    with pytest.raises(ModelError, match="damaged"):
        open_model(models, NAME, "fp32")
    assert not pull_model(models, NAME).already_there


def test_two_pulls_at_once_are_refused(hub: FakeHub, models: Path) -> None:
    models.mkdir()
    with (models / ".clap-tiny-fp32.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "another process" in refused(models)
    pull_model(models, NAME)


# --- what the environment says -----------------------------------------------------------------------


def test_the_token_goes_to_the_hub_and_not_to_its_store(hub: FakeHub, models: Path) -> None:
    hub.token = TOKEN
    pull_model(models, NAME)
    assert all(item.authorization == f"Bearer {TOKEN}" for item in hub.seen if "/resolve/" in item.path)
    assert all(item.authorization is None for item in hub.gets("/cdn/"))


def test_offline_is_said_and_nobody_is_asked(
    hub: FakeHub, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE" in refused(models)
    assert hub.seen == []


def test_files_in_the_clients_own_cache_are_used_offline(
    hub: FakeHub, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    for path in FILES:
        huggingface_hub.hf_hub_download(REPOSITORY, path)
    hub.seen.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    pulled = pull_model(models, NAME)
    assert pulled.downloaded == 0 and hub.seen == []
    assert check_model(models, NAME)["ok"]


def test_a_damaged_file_in_the_cache_is_not_used(hub: FakeHub, models: Path) -> None:
    import huggingface_hub

    cached = Path(huggingface_hub.hf_hub_download(REPOSITORY, "onnx/audio_model.onnx")).resolve()
    cached.write_bytes(cached.read_bytes()[:-1])
    pulled = pull_model(models, NAME)
    assert pulled.downloaded == sum(map(len, FILES.values()))


def test_the_command_honours_mirror_token_and_home(hub: FakeHub, tmp_path: Path) -> None:
    """A fresh process, since the client reads its environment once."""
    hub.token = TOKEN
    (tmp_path / "hf").mkdir(exist_ok=True)
    (tmp_path / "hf" / "token").write_text(TOKEN)
    environment = {
        **{key: value for key, value in os.environ.items() if key != "HF_TOKEN"},
        "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": str(tmp_path / "hf"),  # the token of `hf auth login` lies there
        "REELSCORE_HOME": str(tmp_path / "home"),
        "CLAP_MODEL_NAME": NAME,
    }
    program = (
        "import sys; from pathlib import Path; here = Path(sys.argv.pop(1));"
        "sys.path[:0] = [str(here), str(here.parent)];"
        "import test_models as t; t.KNOWN_MODELS[t.NAME] = t.tiny_model();"
        "from reelscore.cli.models import app; app()"
    )

    def run(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, str(Path(__file__).parent), *arguments],
            env={**environment, **extra},
            capture_output=True,
            text=True,
            check=False,
        )

    offline = run("pull", HF_HUB_OFFLINE="1")
    assert offline.returncode != 0 and "HF_HUB_OFFLINE is set" in offline.stderr
    assert hub.seen == []
    done = run("pull", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["downloaded"] == sum(map(len, FILES.values()))
    listed = json.loads(run("list", "--json").stdout)["models"]
    assert [row["name"] for row in listed if row["state"] == "installed"] == [NAME]
    assert next(row for row in listed if row["name"] == NAME)["default"] is True


# --- what can go wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "RepoNotFound", "no model Test/clap-tiny"),
        (403, "GatedRepo", "wants its terms accepted"),
        (403, "", "check HF_TOKEN"),
        (503, "", "answered 503"),
        (404, "EntryNotFound", "has no file"),
        (404, "RevisionNotFound", "has no revision"),
    ],
)
def test_every_refusal_of_the_hub_is_one_clear_line(
    hub: FakeHub, models: Path, status: int, code: str, words: str
) -> None:
    hub.refuse[REPOSITORY] = (status, code)
    assert words in refused(models)


def test_a_hub_that_cannot_be_reached_is_one_clear_line(
    hub: FakeHub, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = "http://127.0.0.1:9"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", nobody)
    template = nobody + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    message = refused(models)
    assert nobody in message and "HF_ENDPOINT" in message


def test_too_little_room_is_said_before_anything_comes(
    hub: FakeHub, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(hub_module.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    assert "MB free" in refused(models)
    assert not hub.gets("/cdn/")


def test_a_disk_that_fills_up_keeps_what_came(hub: FakeHub, models: Path) -> None:
    def fill(step: Progress) -> None:
        if step.done > 0.2:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ModelError, match="disk is full") as caught:
        pull_model(models, NAME, progress=fill)
    one_line(caught.value)
    assert installed_models(models) == []
    assert list(models.rglob("*.part"))
    assert pull_model(models, NAME).downloaded < sum(map(len, FILES.values()))


def test_a_wrong_name_lists_the_known_ones(models: Path) -> None:
    with pytest.raises(UnknownNameError, match="laion/clap-htsat-unfused"):
        pull_model(models, "laion/clap-htsat")
    with pytest.raises(UnknownNameError, match="int8"):
        pull_model(models, precision="fp4")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError):
        delete_model(models, "../../etc")


def test_a_checkpoint_with_a_dead_text_tower_is_refused_by_name(models: Path) -> None:
    for name in ("laion/larger_clap_music", "larger_clap_music"):
        with pytest.raises(ModelError, match=r"0\.9993") as caught:
            pull_model(models, name)
        one_line(caught.value)


def test_a_folder_that_cannot_be_written_is_said(hub: FakeHub, tmp_path: Path) -> None:
    blocked = tmp_path / "models"
    blocked.write_text("a file")
    with pytest.raises(ReelscoreError) as caught:
        pull_model(blocked, NAME)
    assert "cannot be written" in one_line(caught.value)


def test_the_extra_is_named_where_the_client_is_missing(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ConfigurationError, match="pip install 'huggingface-hub>="):
        pull_model(models)


# --- the rest ----------------------------------------------------------------------------------------


def test_models_are_removed_and_what_is_not_there_is_said(hub: FakeHub, models: Path) -> None:
    size = pull_model(models, NAME).installed.size
    assert delete_model(models, NAME) >= size
    assert not (models / "clap-tiny").exists()
    with pytest.raises(ModelError, match="there is no model"):
        delete_model(models, NAME)


def test_the_list_names_every_known_model_with_its_facts(models: Path) -> None:
    rows = {(row["name"], row["precision"]): row for row in list_models(models)}
    assert len(rows) == 10
    small = rows["laion/clap-htsat-unfused", "int8"]
    assert small["size"] == 163_014_245
    assert small["dim"] == 512 and small["sample_rate"] == 48_000 and small["licence"] == "Apache-2.0"
    assert small["state"] == "not installed" and small["default"]
    assert rows["laion/larger_clap_general", "fp32"]["size"] is None  # not known, so not invented
    pictures = rows["openai/clip-vit-base-patch32", "int8"]
    assert pictures["size"] == 155_846_147 and pictures["licence"] == "MIT"
    assert pictures["sample_rate"] is None and pictures["space"] is None and not pictures["default"]


def test_every_space_has_a_name_of_its_own() -> None:
    names = [model.space(p).name for model in KNOWN_MODELS.values() for p in ("fp32", "int8")]
    assert len(set(names)) == len(names)
    assert "clap-htsat-unfused-1" in names
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for name in names)
    own, other = described_model("Me/my_clap", 512), described_model("you/my_clap", 512)
    assert own.space("fp32").name == "me-my-clap-1" != other.space("fp32").name


def test_names_may_leave_out_their_owner() -> None:
    assert find_model("larger_clap_general").repository == "Xenova/larger_clap_general"
    assert full_name("Laion/CLAP-htsat-unfused") == "laion/clap-htsat-unfused"
    assert full_name("someone/else") == "someone/else"
    assert models_module.DEFAULT_MODEL in KNOWN_MODELS


def test_checksums_are_whole() -> None:
    for model in KNOWN_MODELS.values():
        for files in model.files.values():
            for file in files.values():
                assert file.sha256 is None or (len(file.sha256) == 64 and int(file.sha256, 16))
