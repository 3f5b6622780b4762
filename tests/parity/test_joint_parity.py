"""Joint models here against transformers and PyTorch, live, with small random weights.

The reference puts the tokens of each sense together by hand, from the towers of the model and its embeddings
of words, so that it shares neither the placeholders nor their counts with what is tested.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from cli_commands import Reelscore

torch = pytest.importorskip("torch", reason="make test-parity installs PyTorch")
transformers = pytest.importorskip("transformers", reason="make test-parity installs transformers")
pytest.importorskip("PIL", reason="make test-parity installs Pillow")

from parity_tools import load_tool, track  # noqa: E402
from picture_models import film  # noqa: E402
from reelscore.embedding.clap.check import landscape  # noqa: E402
from reelscore.embedding.hub.embedder import HubEmbedder  # noqa: E402
from reelscore.embedding.hub.folder import InstalledModel, PartFile  # noqa: E402
from reelscore.embedding.hub.models import CONFIG, WEIGHTS  # noqa: E402
from reelscore.embedding.joint.checkpoint import Checkpoint, open_checkpoint  # noqa: E402
from reelscore.errors import ConfigurationError, ModelError  # noqa: E402
from reelscore.files import hash_file  # noqa: E402
from reelscore.records import AudioClip, FloatArray, MusicFeatures  # noqa: E402

RATE = 16_000
WINDOW = 10 * RATE
TOLERANCE = 1e-4
TEXTS = ["slow acoustic guitar ballad", "naïve café — 東京 🎵", "a"]
tool = load_tool("build_joint_fixture")


class Reference:
    """The checkpoint as PyTorch runs it, its tokens put together by hand."""

    def __init__(self, folder: Path) -> None:
        self.model = transformers.EmbeddingGemma2Model.from_pretrained(folder, dtype=torch.float32).eval()
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self.begin, self.marks = self.tokenizer.bos_token_id, tool.MARKS

    def text(self, text: str) -> FloatArray:
        pieces = self.tokenizer.encode(f"task: search result | query: {text}", add_special_tokens=False)
        return self._mean([self._words([self.begin, *pieces])])

    def sound(self, window: FloatArray) -> FloatArray:
        extractor = transformers.Gemma4AudioFeatureExtractor()
        found = extractor([window], return_tensors="pt")
        with torch.no_grad():
            heard = self.model.get_audio_features(**found, return_dict=True)
        tokens = heard.pooler_output[heard.attention_mask]
        return self._mean([self._words([self.begin]), *self._between("boa_token", tokens, "eoa_token")])

    def pictures(self, pictures: list[NDArray[np.uint8]]) -> FloatArray:
        parts = [self._words([self.begin])]
        for picture in pictures:
            made = transformers.Gemma4ImageProcessorPil(max_soft_tokens=70)(picture, return_tensors="pt")
            with torch.no_grad():
                seen = self.model.get_image_features(
                    made["pixel_values"], made["image_position_ids"], return_dict=True
                )
            parts += self._between("boi_token", torch.cat(list(seen.pooler_output)), "eoi_token")
        return self._mean(parts)

    def _words(self, ids: list[int]) -> Any:
        with torch.no_grad():
            return self.model.get_input_embeddings()(torch.tensor(ids))

    def _between(self, begin: str, tokens: Any, end: str) -> list[Any]:
        ids = [self.tokenizer.convert_tokens_to_ids(self.marks[name]) for name in (begin, end)]
        return [self._words(ids[:1]), tokens, self._words(ids[1:])]

    def _mean(self, parts: list[Any]) -> FloatArray:
        with torch.no_grad():
            states = self.model.language_model(inputs_embeds=torch.cat(parts)[None]).last_hidden_state
        return np.asarray(states[0].mean(dim=0).numpy())


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("joint") / "models"
    tool.build(folder)
    return folder


@pytest.fixture(scope="module")
def installed(models: Path) -> InstalledModel:
    from reelscore.embedding.hub.folder import open_model

    return open_model(models, tool.NAME, "fp32")


@pytest.fixture(scope="module")
def reference(installed: InstalledModel) -> Reference:
    return Reference(installed.folder)


@pytest.fixture(scope="module")
def checkpoint(installed: InstalledModel) -> Checkpoint:
    return open_checkpoint(installed, threads=1, provider="cpu")


@pytest.mark.parametrize("text", TEXTS)
def test_words_equal_those_of_the_reference(checkpoint: Checkpoint, reference: Reference, text: str) -> None:
    np.testing.assert_allclose(checkpoint.run([text])[0], reference.text(text), atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("seconds", [10.0, 7.3, 0.5])
def test_sound_equals_that_of_the_reference(
    checkpoint: Checkpoint, reference: Reference, seconds: float
) -> None:
    window = track(RATE)[: round(seconds * RATE)]
    np.testing.assert_allclose(
        checkpoint.hear(window, (0,))[0], reference.sound(window), atol=TOLERANCE, rtol=0
    )


@pytest.mark.parametrize("shape", [(224, 398), (398, 224), (224, 224)])
def test_pictures_equal_those_of_the_reference(
    checkpoint: Checkpoint, reference: Reference, shape: tuple[int, int]
) -> None:
    pictures = [landscape(400)[: shape[0], : shape[1]], landscape(400)[-shape[0] :, -shape[1] :]]
    found = checkpoint.look(pictures)
    assert found.shape == (1, 768)
    np.testing.assert_allclose(found[0], reference.pictures(pictures), atol=TOLERANCE, rtol=0)


def test_the_whole_way_of_a_track_is_the_mean_of_its_windows(
    installed: InstalledModel, reference: Reference
) -> None:
    samples = track(RATE)[: 20 * RATE]
    found = HubEmbedder(installed).embed_audio(AudioClip(samples, RATE), MusicFeatures(duration=20.0))
    raw = np.stack([reference.sound(samples[at : at + WINDOW]) for at in (0, WINDOW // 2, WINDOW)])
    assert found.space == "embeddinggemma-2-1" and found.window_starts == (0.0, 5.0, 10.0)
    mean = raw.mean(axis=0)
    np.testing.assert_allclose(found.track, mean / np.linalg.norm(mean), atol=TOLERANCE, rtol=0)


def test_weights_in_bfloat16_are_run_in_float32(tmp_path: Path, installed: InstalledModel) -> None:
    model = transformers.EmbeddingGemma2Model.from_pretrained(installed.folder, dtype=torch.bfloat16)
    again = tool.build(tmp_path / "models", model.to(torch.bfloat16))
    assert again.parts[WEIGHTS].size < 0.6 * installed.parts[WEIGHTS].size
    found = open_checkpoint(again, threads=1, provider="cpu").run(TEXTS)
    wanted = np.stack([Reference(again.folder).text(text) for text in TEXTS])
    np.testing.assert_allclose(found, wanted, atol=TOLERANCE, rtol=0)


def test_long_words_are_cut_and_the_same_bytes_come_again(checkpoint: Checkpoint) -> None:
    first, second, longer = checkpoint.run(["strings " * 900, "strings " * 900, "strings " * 1800])
    assert first.tobytes() == second.tobytes() == longer.tobytes()


def test_what_cannot_be_run_is_one_clear_line(tmp_path: Path, installed: InstalledModel) -> None:
    with pytest.raises(ConfigurationError, match="openvino"):
        open_checkpoint(installed, threads=1, provider="openvino")
    other = tool.build(tmp_path / "models")
    config = other.folder / CONFIG
    config.write_text(config.read_text().replace('"embedding_gemma2"', '"gemma9"'))
    with pytest.raises(ModelError, match="damaged"):
        open_checkpoint(other, threads=1, provider="cpu")
    whole = {**other.parts, CONFIG: PartFile(config.stat().st_size, hash_file(config))}
    with pytest.raises(ModelError, match="'gemma9'; known kinds: embedding_gemma2"):
        open_checkpoint(replace(other, parts=whole), threads=1, provider="cpu")


def test_a_video_finds_songs_over_the_command_line(
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reelscore: Reelscore,
) -> None:
    """With the record of the real model, and with no word in between."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "models").symlink_to(models)
    monkeypatch.setenv("REELSCORE_HOME", str(home))
    monkeypatch.setenv("REELSCORE_ANALYZER", "local")
    (tmp_path / "music").mkdir()
    for number in range(3):
        samples = track(22_050)[number * 176_400 : (number + 1) * 176_400]
        soundfile.write(tmp_path / "music" / f"{number}.wav", samples, 22_050)

    assert not reelscore("ingest", "folder", tmp_path / "music").code
    shown = film(tmp_path / "film.mp4", (26, 140, 38))
    found = reelscore("recommend", "video", shown, "--by-pictures", "--json").json
    assert found["space"] == "embeddinggemma-2-1"
    assert len(found["songs"]) == 3
    assert all("its pictures" in song["parts"] or "words" in song["parts"] for song in found["songs"])


# --- PE-AV ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pe_av(tmp_path_factory: pytest.TempPathFactory) -> InstalledModel:
    """Its picture tower is timm's, which wants the torchvision that fits PyTorch; no pin names them."""
    try:
        import timm  # noqa: F401
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError) as error:  # of another build of PyTorch
        pytest.skip(f"PE-AV needs timm and torchvision: {error}")
    made: InstalledModel = tool.build_pe_av(tmp_path_factory.mktemp("pe") / "models")
    return made


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of timm and torchvision
def test_pe_av_gives_what_its_whole_pass_gives(pe_av: InstalledModel) -> None:
    """The reference runs all three senses at once, as in training, where each goes through its own head."""
    checkpoint = open_checkpoint(pe_av, threads=1, provider="cpu")
    model = transformers.PeAudioVideoModel.from_pretrained(pe_av.folder, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(pe_av.folder)
    window = track(48_000)[: 10 * 48_000]
    pictures = [landscape(96), landscape(96)[::-1].copy(), landscape(96)[:, ::-1].copy()]
    frames = torch.tensor(np.stack(pictures)).permute(0, 3, 1, 2)
    small = torch.nn.functional.interpolate(
        frames.float(), size=(64, 64), mode="bilinear", antialias=True, align_corners=False
    )
    small = small.round().clamp(0, 255) / 255.0
    words = tokenizer("slow guitar", return_tensors="pt")
    with torch.no_grad():
        whole = model(
            input_ids=words["input_ids"],
            attention_mask=words["attention_mask"],
            input_values=torch.tensor(window)[None, None],
            pixel_values_videos=((small - 0.5) / 0.5)[None],
        )
    for found, wanted in (
        (checkpoint.hear(window, (0,)), whole.audio_embeds),
        (checkpoint.run(["slow guitar"]), whole.text_audio_embeds),
        (checkpoint.look(pictures), whole.video_embeds),
    ):
        np.testing.assert_allclose(found, wanted.numpy(), atol=1e-3, rtol=0)
