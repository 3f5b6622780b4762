"""Teach linear axes on the taggers' penultimate layer from rendered music, and keep those that carry over.

    .venv/bin/python tools/learn_axes.py --styles SET/styles --background SET/real \
        --cache SET/cache --out src/reelscore/embedding/artefacts/learned_axes.npz

`--styles` is what `render_styles.py` wrote, `--background` any folders of real music. The real music has no
labels here: it gives the mean and deviation of each unit and of each axis, so that a score of 0 is ordinary
recorded music.

Each axis is a regularised linear discriminant on standardised units: w = (S + a I)^-1 (mean of its examples -
mean of the rest), with S the covariance within the rendered styles [1]_. It is tried on what it has not seen,
whole soundfonts and whole styles left out in turn, and dropped where the area under the ROC curve [2]_ is
low. The ridge `a` is strong: rendered music differs from recordings in ways that a weak one takes for the
label.

References
----------
.. [1] Friedman. Regularized discriminant analysis. JASA 84, 1989.
.. [2] Hanley, McNeil. The meaning and use of the area under a ROC curve. Radiology 143, 1982.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.decode import load
from reelscore.embedding.lite.taggers import HIDDEN, load_taggers
from reelscore.errors import ReelscoreError
from render_electronic import VOICE_LABELS
from render_recipes import INSTRUMENTS

Array = NDArray[np.float64]
AUDIO = {".wav", ".ogg", ".opus", ".mp3", ".flac", ".m4a"}
# Labels that are known for every clip; the others are unknown in the clips without a style.
SOUNDS = {a for _, known in INSTRUMENTS.values() for a in known.split()} | {
    a for known in VOICE_LABELS.values() for a in known.split()
}
SOUNDS |= {"drums", "drum-machine", "mode-major", "mode-minor", "meter-three", "tempo-fast"}
# Soundfonts that share samples are left out together.
FAMILIES = {"FluidR3_GM": "fluid", "MuseScore_General_Full": "fluid"}
# What is worth an axis: words that people ask with and no tag stands for, or that a tag hears badly.
WANTED = """
orchestral epic heroic dramatic action classical chamber baroque pastoral romantic march waltz
church-organ-solo sacred choral horror spooky tense dark mysterious magical dreamy lullaby children
circus comedy calm peaceful meditative melancholic sad happy energetic aggressive driving slow
acoustic folk celtic medieval country western bluegrass flamenco tango polka gypsy latin bossa-nova
salsa tropical arabic indian asian japanese chinese tribal african jazz swing big-band ragtime blues
funk soul lounge reggae ska disco rock hard-rock metal punk surf pop ballad electronic techno house
trance eurodance synthwave drum-and-bass breakbeat dubstep trap hip-hop lo-fi downtempo ambient
dark-ambient drone space industrial chiptune new-age solo-piano solo-guitar strings violin cello
pizzicato harp brass trumpet trombone french-horn tuba woodwind flute clarinet oboe bassoon
saxophone piano electric-piano harpsichord celesta music-box bell-like bells glockenspiel vibraphone
marimba xylophone mallets organ church-organ hammond accordion harmonica bagpipe acoustic-guitar
electric-guitar distorted-guitar bass-guitar slap-bass double-bass banjo sitar koto dulcimer steel-
drums choir timpani taiko drums drum-machine synth synth-lead synth-pad synth-bass tempo-fast
"""
PREFIX = "learned:"  # tells them from the tag axes, some of which have the same word
RIDGE = 3.0  # of the mean variance
FEWEST = 12  # examples of an axis
LOWEST_AUC = 0.77
# ... and of an axis with one style, which cannot be tried on another: only the soundfonts can be left out.
LOWEST_AUC_ONE_STYLE = 0.9


@dataclass(frozen=True)
class Clips:
    """Rendered clips: activations (n, 400), and what is known of each."""

    hidden: Array
    styles: NDArray[Any]
    fonts: NDArray[Any]
    labels: list[dict[str, float]]

    def targets(self, axis: str) -> Array:
        """1 for an example, 0 for none, NaN where it is not known or in between."""
        known = [row.get(axis, 0.0) for row in self.labels]
        target = np.array([v if v in (0.0, 1.0) else np.nan for v in known])
        if axis not in SOUNDS:
            target[np.char.startswith(self.styles.astype(str), "random")] = np.nan
        return target


def hear(paths: Sequence[Path], cache: Path, names: Sequence[str]) -> dict[str, Array]:
    """Mean activations of audio files, from the cache where they are there; an unusable file is left out."""
    cache.mkdir(parents=True, exist_ok=True)
    found: dict[str, Array] = {}
    for path, name in zip(paths, names, strict=True):
        stored = cache / f"{name}.npz"
        if not stored.exists():
            try:
                run = load_taggers(1).run(load(path))
            except ReelscoreError as error:
                print(f"{path}: left out, {error}")
                continue
            np.savez(stored, hidden=run.hidden, logits=run.logits)
        with np.load(stored) as arrays:
            found[name] = arrays["hidden"].mean(axis=0).astype(np.float64)
    return found


def read_clips(folder: Path, cache: Path) -> Clips:
    """The rendered clips and their labels."""
    rows = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    names = [Path(row["file"]).stem for row in rows]
    heard = hear([folder / row["file"] for row in rows], cache, names)
    kept = [(row, heard[name]) for row, name in zip(rows, names, strict=True) if name in heard]
    return Clips(
        hidden=np.stack([h for _, h in kept]),
        styles=np.array([row["style"] for row, _ in kept]),
        fonts=np.array([FAMILIES.get(row["soundfont"], row["soundfont"]) for row, _ in kept]),
        labels=[row["labels"] for row, _ in kept],
    )


def within_covariance(hidden: Array, groups: NDArray[Any]) -> Array:
    """Covariance (d, d) of what is left when each group's mean is taken away."""
    centred = hidden.copy()
    for group in np.unique(groups):
        centred[groups == group] -= centred[groups == group].mean(axis=0)
    return np.asarray(centred.T @ centred / len(hidden))


def discriminant(hidden: Array, target: Array, inverse: Array) -> Array:
    """Weights (d,) of one axis; NaN targets are not looked at."""
    gap = hidden[target == 1].mean(axis=0) - hidden[target == 0].mean(axis=0)
    return np.asarray(inverse @ gap)


def area_under_roc(scores: Array, target: Array) -> float:
    """How often an example scores above a non-example [2]_; NaN where either is missing."""
    high, low = scores[target == 1], scores[target == 0]
    if not len(high) or not len(low):
        return float("nan")
    ranks = np.argsort(np.argsort(np.concatenate([high, low]), kind="stable"), kind="stable") + 1
    return float((ranks[: len(high)].sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def cross_validate(clips: Clips, target: Array, inverse: Array, groups: NDArray[Any]) -> float:
    """Area under the ROC curve over clips whose group was not learned from."""
    scores = np.full(len(target), np.nan)
    for group in np.unique(groups):
        out = groups == group
        left = target[~out]
        if (left == 1).sum() < 5 or not (target[out] == 1).any():
            continue
        weights = discriminant(clips.hidden[~out], left, inverse)
        scores[out] = clips.hidden[out] @ weights / np.linalg.norm(weights)
    tested = ~np.isnan(scores) & ~np.isnan(target)
    return area_under_roc(scores[tested], target[tested])


def style_groups(clips: Clips, target: Array) -> NDArray[Any]:
    """Groups to leave out: each style that holds examples, with a share of the styles that hold none."""
    with_examples = sorted(set(clips.styles[target == 1]))
    folds = {style: n for n, style in enumerate(with_examples)}
    others = sorted(set(clips.styles) - set(with_examples))
    folds |= {style: n % max(1, len(with_examples)) for n, style in enumerate(others)}
    return np.array([folds[style] for style in clips.styles])


def main() -> None:
    """Hear, fit, judge, calibrate, write."""
    parser = argparse.ArgumentParser(description="Teach axes from rendered music.")
    parser.add_argument("--styles", type=Path, required=True)
    parser.add_argument("--background", type=Path, nargs="+", required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()

    clips = read_clips(arguments.styles, arguments.cache / "styles")
    files = [
        p for folder in arguments.background for p in sorted(folder.rglob("*")) if p.suffix.lower() in AUDIO
    ]
    names = [f"{p.parent.name}__{p.stem}" for p in files]
    real = np.stack(list(hear(files, arguments.cache / "real", names).values()))
    print(f"{len(clips.labels)} rendered clips, {len(real)} real tracks")

    spread = real.std(axis=0) + 1e-6
    clips = replace(clips, hidden=(clips.hidden - clips.hidden.mean(axis=0)) / spread)
    covariance = within_covariance(clips.hidden, clips.styles)
    ridge = RIDGE * np.trace(covariance) / HIDDEN
    inverse = np.linalg.inv(covariance + ridge * np.eye(HIDDEN))
    kept: dict[str, Array] = {}
    report = ["axis, examples, AUC with soundfonts left out, AUC with styles left out, kept"]
    for axis in WANTED.split():
        target = clips.targets(axis)
        examples = int((target == 1).sum())
        if examples < FEWEST:
            continue
        by_font = cross_validate(clips, target, inverse, clips.fonts)
        by_style = cross_validate(clips, target, inverse, style_groups(clips, target))
        # A style of its own cannot be left out, and one of our own synthesis has no other soundfont.
        tried = [area for area in (by_font, by_style) if not np.isnan(area)]
        wanted = LOWEST_AUC if len(tried) == 2 else LOWEST_AUC_ONE_STYLE
        good = min(tried, default=0.0) >= wanted
        if good:
            kept[axis] = discriminant(clips.hidden, target, inverse)
        report.append(f"{axis}, {examples}, {by_font:.3f}, {by_style:.3f}, {'yes' if good else 'no'}")
    text = "\n".join(report)
    print(text)
    if arguments.report:
        arguments.report.write_text(text + "\n")

    weights = np.stack(list(kept.values())) / spread
    scores = real @ weights.T
    weights = weights / scores.std(axis=0)[:, None]
    bias = -(scores / scores.std(axis=0)).mean(axis=0)
    np.savez_compressed(
        arguments.out,
        names=np.array([PREFIX + name for name in kept]),
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
    )
    print(f"{len(kept)} axes, {arguments.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
