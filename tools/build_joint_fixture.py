"""Build small joint models with random weights and the real architecture, as installed models.

    python tools/build_joint_fixture.py MODELS

puts an EmbeddingGemma 2 into a model folder under the name of the real one. Needs the pins of
`requirements/parity.txt`; the tests of `tests/parity` build what they need. The settings of the processors
are those that the real checkpoints publish.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from reelscore.embedding.hub.folder import InstalledModel, Staging
from reelscore.embedding.hub.models import KNOWN_MODELS, PROCESSOR

NAME = "google/embeddinggemma-2"
PE_NAME = "facebook/pe-av-small"
SEED = 20261130
MARKS = {
    "boi_token": "<|image>",
    "image_token": "<|image|>",
    "eoi_token": "<image|>",
    "boa_token": "<|audio>",
    "audio_token": "<|audio|>",
    "eoa_token": "<audio|>",
}
TEXTS = (
    "task: search result | query: slow acoustic guitar ballad",
    "fast electronic dance music with heavy bass",
    "a dog barking in the street, and a woman reading the news",
)
SOUND = {
    "feature_size": 128,
    "sampling_rate": 16_000,
    "frame_length": 320,
    "hop_length": 160,
    "fft_length": 512,
    "max_frequency": 8000.0,
    "mel_floor": 0.001,
    "feature_extractor_type": "Gemma4AudioFeatureExtractor",
}
PICTURES = {
    "do_convert_rgb": True,
    "do_normalize": False,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.0, 0.0, 0.0],
    "image_std": [1.0, 1.0, 1.0],
    "image_processor_type": "Gemma4ImageProcessor",
    "image_seq_length": 280,
    "max_soft_tokens": 280,
    "patch_size": 16,
    "pooling_kernel_size": 3,
    "resample": 3,
}


def small_config(tokenizer: Any) -> Any:
    """Small layers, with one of each kind that the real ones have."""
    from transformers import EmbeddingGemma2Config

    ids = {name: tokenizer.convert_tokens_to_ids(mark) for name, mark in MARKS.items()}
    return EmbeddingGemma2Config(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "sliding_window_pattern": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "global_head_dim": 32,
            "hidden_size_per_layer_input": 16,
            "sliding_window": 32,
        },
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "position_embedding_size": 128,
        },
        audio_config={
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "subsampling_conv_channels": [128, 4],  # the first follows from 128 mel bands
            "output_proj_dims": 32,
        },
        boi_token_id=ids["boi_token"],
        eoi_token_id=ids["eoi_token"],
        image_token_id=ids["image_token"],
        video_token_id=len(tokenizer) + 1,
        boa_token_id=ids["boa_token"],
        eoa_token_index=ids["eoa_token"],
        audio_token_id=ids["audio_token"],
    )


def train_tokenizer() -> Any:
    """A byte-level tokenizer with the marks of the real one, which begins texts with <bos>."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<pad>", "<eos>", "<bos>", "<unk>", *MARKS.values()],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing("<bos> $A", special_tokens=[("<bos>", 2)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        unk_token="<unk>",
        extra_special_tokens=MARKS,
    )


def build(models: Path, model: Any = None) -> InstalledModel:
    """Put the small model, or one that was changed, into a model folder in the format of transformers."""
    import torch
    from transformers import EmbeddingGemma2Model

    torch.manual_seed(SEED)
    tokenizer = train_tokenizer()
    if model is None:
        model = EmbeddingGemma2Model(small_config(tokenizer)).eval()
        with torch.no_grad():
            for parameter in model.parameters():  # small layers: louder weights, or nothing gets through
                if parameter.ndim > 1:
                    parameter *= 4.0
    settings = {
        "feature_extractor": SOUND,
        "image_processor": PICTURES,
        "video_processor": {"max_soft_tokens": 70},
        "audio_ms_per_token": 40,
        "processor_class": "EmbeddingGemma2Processor",
    }
    return _installed(models, NAME, model, tokenizer, settings)


def build_pe_av(models: Path) -> InstalledModel:
    """Put a small PE-AV into a model folder; needs timm and torchvision beside the pins."""
    import torch
    from transformers import PeAudioVideoConfig, PeAudioVideoModel

    torch.manual_seed(SEED)
    tokenizer = train_tokenizer()
    small = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "head_dim": 16,
    }
    words = {"intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 16}
    picture = {"img_size": 64, "depth": 1, "embed_dim": 32, "num_heads": 2}
    architecture = {"architecture": "vit_pe_core_tiny_patch16_384", "num_classes": 32, "model_args": picture}
    sound = {"encoder_hidden_size": 4, "downsampling_ratios": [2, 8, 10, 12]}
    special = {"pad_token_id": 0, "eos_token_id": 1, "sep_token_id": 1, "bos_token_id": 2, "cls_token_id": 2}
    config = PeAudioVideoConfig(
        text_config={**special, **words, "vocab_size": len(tokenizer), "hidden_size": 1024},
        audio_video_config={
            **small,
            "audio_config": {**small, "dac_config": sound},
            "video_config": {**small, "vision_config": architecture},
        },
    )
    settings = {
        "feature_extractor": {"feature_size": 1, "hop_length": 1920, "sampling_rate": 48_000},
        "video_processor": {
            "size": {"height": 64, "width": 64},  # the real one: 336
            "resample": 2,
            "rescale_factor": 1 / 255,
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
        },
    }
    return _installed(models, PE_NAME, PeAudioVideoModel(config).eval(), tokenizer, settings)


def _installed(models: Path, name: str, model: Any, tokenizer: Any, settings: Any) -> InstalledModel:
    staging = Staging(models, KNOWN_MODELS[name], "fp32")
    model.save_pretrained(staging.folder)
    tokenizer.save_pretrained(staging.folder)
    (staging.folder / PROCESSOR).write_text(json.dumps(settings), encoding="utf-8")
    return staging.finish(revision="random")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path, help="model folder")
    build(parser.parse_args().models)


if __name__ == "__main__":
    main()
