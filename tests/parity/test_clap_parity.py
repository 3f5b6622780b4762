"""CLAP here against transformers and PyTorch, live; `make test-parity` installs them.

`tests/embedding/clap` holds the same numbers against stored outputs, without PyTorch. Here the reference runs
beside ours, so a change of either shows, and one network has the real size of its layers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="make test-parity installs PyTorch")
transformers = pytest.importorskip("transformers", reason="make test-parity installs transformers")

from parity_tools import ROOT, load_tool, track  # noqa: E402
from reelscore.embedding.clap.check import music, noise  # noqa: E402
from reelscore.embedding.clap.export import export_checkpoint, quantise  # noqa: E402
from reelscore.embedding.clap.features import (  # noqa: E402
    FeatureSettings,
    fill_window,
    log_mel_windows,
    window_starts,
)
from reelscore.embedding.hub.embedder import HubEmbedder  # noqa: E402
from reelscore.embedding.hub.folder import InstalledModel, open_model  # noqa: E402
from reelscore.embedding.hub.models import AUDIO, TEXT  # noqa: E402
from reelscore.embedding.hub.towers import AudioTower, TextTower  # noqa: E402
from reelscore.embedding.session import open_session  # noqa: E402
from reelscore.errors import ModelError  # noqa: E402
from reelscore.records import AudioClip, FloatArray, MusicFeatures  # noqa: E402

SETTINGS = FeatureSettings()
RATE = SETTINGS.sample_rate
TOLERANCE = 1e-4
INT8_COSINE = 0.999
TEXTS = [
    "slow acoustic guitar ballad",
    "90 bpm, lo-fi hip-hop; no vocals!",
    " leading space and CAPITALS",
    "naïve café — 東京 🎵",
    "a",
    "strings " * 600,  # longer than the tower has positions for
]


tool = load_tool("build_clap_fixture")


def wide_config() -> Any:
    """The audio tower of clap-htsat-unfused in full, and two layers of its text tower."""
    config = tool.full_config()
    config.text_config.num_hidden_layers = 2
    config.text_config.vocab_size = 400
    return config


class Reference:
    """A checkpoint as transformers and PyTorch run it."""

    def __init__(self, folder: Path) -> None:
        self.model = transformers.ClapModel.from_pretrained(folder).eval()
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self.extractor = transformers.ClapFeatureExtractor.from_pretrained(folder)

    def features(self, samples: FloatArray) -> FloatArray:
        found = self.extractor(samples, sampling_rate=RATE, return_tensors="np")["input_features"][0]
        return np.asarray(found)

    def audio(self, windows: FloatArray) -> FloatArray:
        with torch.no_grad():
            states = self.model.audio_model(input_features=torch.from_numpy(windows))
            return np.asarray(self.model.audio_projection(states.pooler_output).numpy())

    def text(self, text: str) -> FloatArray:
        with torch.no_grad():
            return np.asarray(tool.text_output(self.model, self.tokenizer, text).numpy())


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "clap-small"
    tool.random_checkpoint(folder, tool.small_config())
    return folder


@pytest.fixture(scope="module")
def reference(checkpoint: Path) -> Reference:
    return Reference(checkpoint)


@pytest.fixture(scope="module")
def exported(checkpoint: Path) -> InstalledModel:
    return export_checkpoint(checkpoint.parent / "models", str(checkpoint))


def sounds() -> dict[str, FloatArray]:
    generator = np.random.default_rng(7)
    time = np.arange(SETTINGS.window) / RATE
    loud_and_quiet = 0.9 * np.sin(2 * np.pi * 220 * time) + 3e-5 * np.sin(2 * np.pi * 11_000 * time)
    clicks = np.where(np.arange(SETTINGS.window) % 9000 == 17, 1.0, 0.0)
    return {
        "track": track(RATE),
        "noise": 0.2 * generator.standard_normal(SETTINGS.window),
        "loud and quiet": loud_and_quiet,
        "clicks": clicks,
        "silence": np.zeros(SETTINGS.window),
        "half a second": music(SETTINGS)[: RATE // 2],
        "almost a window": noise(SETTINGS)[:-1],
        "a thousand samples": noise(SETTINGS)[:1000],
    }


@pytest.mark.parametrize("name", list(sounds()))
def test_features_equal_those_of_the_reference(reference: Reference, name: str) -> None:
    samples = sounds()[name].astype(np.float32)
    starts = window_starts(len(samples), SETTINGS)
    found = log_mel_windows(fill_window(samples, SETTINGS), starts, SETTINGS)
    wanted = np.stack([reference.features(samples[at : at + SETTINGS.window]) for at in starts])
    np.testing.assert_allclose(found, wanted, atol=TOLERANCE, rtol=0)


def test_the_exported_towers_give_what_pytorch_gives(reference: Reference, exported: InstalledModel) -> None:
    windows = log_mel_windows(track(RATE), window_starts(len(track(RATE)), SETTINGS), SETTINGS)
    audio = AudioTower(exported, threads=1, provider="cpu")
    np.testing.assert_allclose(audio.run(windows), reference.audio(windows), atol=TOLERANCE, rtol=0)
    text = TextTower(exported, threads=1, provider="cpu")
    for words in TEXTS:
        assert text.encode(words) == reference.tokenizer(words, truncation=True, max_length=512)["input_ids"]
        np.testing.assert_allclose(text.run([words]), reference.text(words), atol=TOLERANCE, rtol=0)


def test_the_whole_way_equals_the_reference_without_its_chance(
    reference: Reference, exported: InstalledModel
) -> None:
    samples = track(RATE)
    found = HubEmbedder(exported).embed_audio(AudioClip(samples, RATE), MusicFeatures(duration=30.0))
    starts = window_starts(len(samples), SETTINGS)
    windows = np.stack([reference.features(samples[at : at + SETTINGS.window]) for at in starts])
    mean = reference.audio(windows).mean(axis=0)
    np.testing.assert_allclose(found.track, mean / np.linalg.norm(mean), atol=TOLERANCE, rtol=0)


def test_the_stored_outputs_are_still_those_of_the_reference(tmp_path: Path) -> None:
    tool.random_checkpoint(tmp_path / "clap-random", tool.small_config())
    stored = np.load(ROOT / "tests" / "embedding" / "clap" / "fixture" / "golden.npz")
    for name, values in tool.golden_outputs(tmp_path / "clap-random").items():
        np.testing.assert_allclose(stored[name], values, atol=TOLERANCE, rtol=0, err_msg=name)


def test_layers_of_real_size_keep_their_numbers_in_fp32_and_int8(tmp_path: Path) -> None:
    """Random weights as the library initialises them, without the shift of the small network."""
    torch.manual_seed(1)
    folder = tmp_path / "clap-wide"
    model = transformers.ClapModel(wide_config()).eval()
    model.save_pretrained(folder)
    tool.train_tokenizer(400).save_pretrained(folder)
    tool.feature_extractor().save_pretrained(folder)
    reference = Reference(folder)
    windows = log_mel_windows(track(RATE), window_starts(len(track(RATE)), SETTINGS)[:2], SETTINGS)
    audio, text = reference.audio(windows), np.concatenate([reference.text(words) for words in TEXTS])
    installed = export_checkpoint(tmp_path / "models", str(folder))
    np.testing.assert_allclose(
        AudioTower(installed, threads=2, provider="cpu").run(windows), audio, atol=TOLERANCE, rtol=0
    )
    tower = TextTower(installed, threads=2, provider="cpu")
    np.testing.assert_allclose(tower.run(TEXTS), text, atol=TOLERANCE, rtol=0)
    for part in (AUDIO, TEXT):
        quantise(installed.folder / part)
    small_audio = open_session(installed.folder / AUDIO, name="int8").run(None, {"input_features": windows})[
        0
    ]
    session = open_session(installed.folder / TEXT, name="int8")
    ids = [np.asarray([tower.encode(words)]) for words in TEXTS]
    small_text = np.concatenate(
        [session.run(None, {"input_ids": row, "attention_mask": np.ones_like(row)})[0] for row in ids]
    )
    for found, wanted in ((small_audio, audio), (small_text, text)):
        lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(wanted, axis=1)
        assert ((found * wanted).sum(axis=1) / lengths).min() >= INT8_COSINE


def test_an_exported_model_can_be_opened_by_its_name(exported: InstalledModel) -> None:
    again = open_model(exported.folder.parent.parent, "clap-small", "fp32")
    assert again.model.dim == tool.DIM
    assert HubEmbedder(again).embed_queries(["guitar"]).shape == (1, tool.DIM)


def test_a_checkpoint_with_fusion_is_refused(tmp_path: Path) -> None:
    config = tool.small_config()
    config.audio_config.enable_fusion = True
    config.audio_config.fusion_type = "channel_map"
    folder = tmp_path / "clap-fused"
    transformers.ClapModel(config).save_pretrained(folder)
    tool.train_tokenizer(400).save_pretrained(folder)
    transformers.ClapFeatureExtractor(truncation="fusion").save_pretrained(folder)
    with pytest.raises(ModelError, match="fusion"):
        export_checkpoint(tmp_path / "models", str(folder))


def test_a_checkpoint_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        export_checkpoint(tmp_path / "models", str(tmp_path / "empty"))
    assert "\n" not in str(caught.value)
