"""Build the small CLAP that the tests run: random weights, real architecture, and golden outputs

Real weights are not needed to test the numbers: a small `ClapModel` with random weights goes through the
same code, and the outputs of transformers and PyTorch for a few sounds and texts are stored beside it. Needs
the pins of `requirements/parity.txt`:

    python tools/build_clap_fixture.py tests/embedding/clap/fixture

The tokenizer is a byte-level BPE in RoBERTa's layout, trained here on the sentences below.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.embedding.clap.check import music, noise
from reelscore.embedding.clap.export import export_checkpoint
from reelscore.embedding.clap.features import FeatureSettings, window_starts
from reelscore.embedding.hub.embedder import HubEmbedder
from reelscore.embedding.hub.folder import CHECK, MANIFEST

NAME = "tests/clap-random"
DIM = 32
SEED = 20260301
TEXTS = (
    "slow acoustic guitar ballad",
    "fast electronic dance music with heavy bass",
    "a dog barking in the street",
    "a woman reading the news",
    "Köln, 140 bpm — “naïve” café!",
    "a",
    "calm piano, rain, and a very long description of a film scene " * 12,
)
# Frames of a window whose features are kept: all that reach over an edge, and some between.
FRAMES = (0, 1, 2, 3, *range(50, 990, 67), 996, 997, 998, 999, 1000)


def small_config() -> Any:
    """The smallest configuration with every part of the real one: shifted windows, stages, merging."""
    from transformers import ClapAudioConfig, ClapConfig, ClapTextConfig

    text = ClapTextConfig(
        vocab_size=400,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=514,
        projection_dim=DIM,
    )
    audio = ClapAudioConfig(
        patch_embeds_hidden_size=8,
        hidden_size=64,
        depths=[1, 1, 2, 1],
        num_attention_heads=[1, 2, 2, 4],
        projection_dim=DIM,
    )
    return ClapConfig(text_config=text.to_dict(), audio_config=audio.to_dict(), projection_dim=DIM)


def full_config() -> Any:
    """The configuration of laion/clap-htsat-unfused, which is what the classes have as their default."""
    from transformers import ClapConfig

    return ClapConfig()


def feature_extractor() -> Any:
    """The settings of every LAION checkpoint without fusion."""
    from transformers import ClapFeatureExtractor

    return ClapFeatureExtractor(
        frequency_min=50, frequency_max=14_000, truncation="rand_trunc", padding="repeatpad"
    )


def random_checkpoint(folder: Path, config: Any) -> None:
    """Write a checkpoint in the format of transformers, with random weights that pass the check of a model.

    The outputs of a random network are nearly the same for every input. Shifting the last bias by their mean
    leaves what differs, so that prompts differ and music differs from noise, as in a trained model.
    """
    import torch
    from transformers import ClapModel

    torch.manual_seed(SEED)
    model = ClapModel(config).eval()
    tokenizer = train_tokenizer(config.text_config.vocab_size)
    extractor = feature_extractor()
    settings = FeatureSettings()
    sounds = [music(settings), noise(settings), 0.05 * music(settings)[::-1] + noise(settings) / 4]
    with torch.no_grad():
        if config.audio_config.hidden_size < 512:
            for parameter in model.parameters():  # small layers: louder weights, or nothing gets through
                if parameter.ndim > 1:
                    parameter *= 4.0
        windows = torch.stack([features_of(extractor, sound) for sound in sounds])
        audio = model.audio_projection(model.audio_model(input_features=windows).pooler_output)
        model.audio_projection.linear2.bias -= audio.mean(dim=0)
        texts = torch.cat([text_output(model, tokenizer, text) for text in TEXTS[:4]])
        model.text_projection.linear2.bias -= texts.mean(dim=0)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    extractor.save_pretrained(folder)


def train_tokenizer(size: int) -> Any:
    """A byte-level BPE tokenizer with RoBERTa's marks and ids."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    marks = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=min(size, 400),
        special_tokens=marks,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        cls_token="<s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        model_max_length=512,
    )


def features_of(extractor: Any, samples: np.ndarray) -> Any:
    """What the reference makes of one window, or of a shorter sound: tensor (1, 1001, 64)."""
    return extractor(samples, sampling_rate=48_000, return_tensors="pt")["input_features"][0]


def text_output(model: Any, tokenizer: Any, text: str) -> Any:
    """The projected output of one text, not normalised: tensor (1, dim)."""
    found = tokenizer(text, truncation=True, max_length=512, return_tensors="pt")
    states = model.text_model(input_ids=found["input_ids"], attention_mask=found["attention_mask"])
    return model.text_projection(states.pooler_output)


def golden_sounds() -> dict[str, np.ndarray]:
    """Sounds at 48 kHz whose outputs are stored: long, exactly one window, and shorter."""
    settings = FeatureSettings()
    piece = music(settings)
    time = np.arange(32 * settings.sample_rate) / settings.sample_rate
    sweep = 0.4 * np.sin(2 * np.pi * (60 * time + 150 * time**2)) + 1e-4 * np.sin(2 * np.pi * 9000 * time)
    return {
        "music": piece,
        "noise": noise(settings),
        "short": piece[12_345 : 12_345 + 3 * 48_000 + 77],
        "sweep": sweep.astype(np.float32),
        "silence": np.zeros(settings.window, dtype=np.float32),
    }


def golden_outputs(checkpoint: Path) -> dict[str, np.ndarray]:
    """What transformers and PyTorch make of the golden sounds and texts."""
    import torch
    from transformers import AutoTokenizer, ClapModel

    model = ClapModel.from_pretrained(checkpoint).eval()
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    extractor = feature_extractor()
    settings = FeatureSettings()
    found: dict[str, np.ndarray] = {}
    with torch.no_grad():
        for name, samples in golden_sounds().items():
            starts = window_starts(len(samples), settings)
            windows = torch.stack(
                [features_of(extractor, samples[start : start + settings.window]) for start in starts]
            )
            raw = model.audio_projection(model.audio_model(input_features=windows).pooler_output)
            found[f"features_{name}"] = windows[:, 0, list(FRAMES)].numpy()
            found[f"audio_{name}"] = raw.numpy()
        found["text"] = torch.cat([text_output(model, tokenizer, text) for text in TEXTS]).numpy()
    ids = [tokenizer(text, truncation=True, max_length=512)["input_ids"] for text in TEXTS]
    found["pieces"] = np.concatenate([np.asarray(row, dtype=np.int32) for row in ids])
    found["piece_counts"] = np.asarray([len(row) for row in ids], dtype=np.int32)
    return found


def build(target: Path) -> None:
    """Write the fixture: the parts of the model, its manifest, and `golden.npz`."""
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch) / "clap-random"
        random_checkpoint(checkpoint, small_config())
        installed = export_checkpoint(Path(scratch) / "models", str(checkpoint))
        # With the outcome of its check beside it, tests use the folder as it is: nothing is written there.
        HubEmbedder(installed).ensure_checked()
        target.mkdir(parents=True, exist_ok=True)
        for name in (*installed.parts, MANIFEST, CHECK):
            shutil.copyfile(installed.folder / name, target / name)
        np.savez_compressed(target / "golden.npz", **golden_outputs(checkpoint))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", type=Path, help="folder to write into")
    build(parser.parse_args().target)


if __name__ == "__main__":
    main()
