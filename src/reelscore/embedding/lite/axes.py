"""The axes of the lite space: what each dimension of a track vector and of a query means.

An axis is one of four kinds, and this module is the one place that lists them:

* **tags**: a weighted sum of the taggers' 100 logits (`TAG_AXES`), made comparable by centre and spread;
* **learned**: a linear reading of the taggers' 400 penultimate activations (`LEARNED_AXES`);
* **descriptors**: a measured feature, standardised (`DESCRIPTORS`);
* **tempo bins**: how near the tempo is to each of a few values, for "around 120 bpm" (`TEMPO_CENTRES_BPM`).

Every value is about a standard score: 0 is ordinary music, +2 a lot of it; what was not measured is 0.

To add learned axes:

1. fit a matrix on `TaggerRun.hidden` averaged over the patches of a track, so that
   ``weights @ hidden + bias`` is a standard score over ordinary music (mean 0, deviation 1);
2. save ``learned_axes.npz`` in `artefacts/` with `names` (n,), each with "learned:" in front, `weights`
   float32 (n, 400) and `bias` float32 (n,), and run `tools/artefact_manifest.py` for its checksum;
3. name those to be used in `_LEARNED` below; the file may hold more. A name that is worth showing to people
   also goes into `LEARNED_LABELS`;
4. use the names in `lexicon.txt`, whose format its head explains.

The dimension of the space follows by itself. Once vectors of a release exist, a change here asks for a new
space name in `lite.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from reelscore.embedding.lite.taggers import TAGS
from reelscore.records import FloatArray, MusicFeatures


@dataclass(frozen=True, slots=True)
class TagAxis:
    """A merged tag: tagger outputs that mean the same, with their weights."""

    name: str
    sources: Mapping[str, float]  # names of TAGS -> weight
    label: str | None = None  # as people read it; None is not shown as a tag


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A measured feature as a standard score."""

    name: str
    measure: Callable[[MusicFeatures], float | None]
    centre: float
    spread: float


def _axis(name: str, sources: str, label: str | None = "") -> TagAxis:
    """`sources` is a list such as "msd:pop, mtt:pop, msd:catchy 0.5"; a label of "" is the name itself."""
    weights: dict[str, float] = {}
    for source in sources.split(","):
        tag, _, weight = source.strip().rpartition(" ")
        try:
            weights[tag] = float(weight)
        except ValueError:
            weights[source.strip()] = 1.0
    return TagAxis(name, weights, name if label == "" else label)


TAG_AXES = (
    # genres
    _axis("rock", "msd:rock, mtt:rock, msd:classic rock 0.5"),
    _axis("hard rock", "msd:hard rock"),
    _axis("progressive", "msd:progressive rock", "progressive rock"),
    _axis("metal", "msd:metal, msd:heavy metal, mtt:metal"),
    _axis("punk", "msd:punk"),
    _axis("indie", "msd:indie, msd:indie rock, msd:alternative, msd:alternative rock, msd:indie pop"),
    _axis("pop", "msd:pop, mtt:pop"),
    _axis("electronic", "msd:electronic, msd:electronica, mtt:electronic"),
    _axis("electro", "msd:electro"),
    _axis("dance", "msd:dance, mtt:dance"),
    _axis("house", "msd:house"),
    _axis("techno", "mtt:techno"),
    _axis("hip hop", "msd:hip-hop"),
    _axis("soul", "msd:soul, msd:rnb"),
    _axis("funk", "msd:funk"),
    _axis("jazz", "msd:jazz"),
    _axis("blues", "msd:blues"),
    _axis("country", "msd:country, mtt:country"),
    _axis("folk", "msd:folk"),
    _axis("classical", "mtt:classical, mtt:classic 0.5"),
    _axis("opera", "mtt:opera"),
    _axis("ambient", "msd:ambient, mtt:ambient"),
    _axis("new age", "mtt:new age"),
    _axis("chill", "msd:chill, msd:chillout"),
    _axis("easy listening", "msd:easy listening"),
    _axis("indian", "mtt:indian, mtt:sitar"),
    _axis("experimental", "msd:experimental, mtt:weird"),
    _axis("acoustic", "msd:acoustic"),
    _axis("60s", "msd:60s, msd:oldies"),
    _axis("70s", "msd:70s, msd:classic rock 0.5"),
    _axis("80s", "msd:80s"),
    _axis("90s", "msd:90s", None),
    _axis("00s", "msd:00s", None),
    # instruments
    _axis("guitar", "mtt:guitar, msd:guitar 0.5"),
    _axis("piano", "mtt:piano"),
    _axis("strings", "mtt:strings"),
    _axis("violin", "mtt:violin"),
    _axis("cello", "mtt:cello"),
    _axis("flute", "mtt:flute"),
    _axis("harp", "mtt:harp"),
    _axis("harpsichord", "mtt:harpsichord"),
    _axis("synth", "mtt:synth"),
    _axis("drums", "mtt:drums"),
    _axis("beat", "mtt:beat, mtt:beats", "beats"),
    _axis("solo", "mtt:solo", None),
    # voices
    _axis(
        "vocals",
        "mtt:vocal, mtt:vocals, mtt:voice, mtt:singing, mtt:no vocals -1, mtt:no vocal -1, mtt:no voice -1,"
        "msd:instrumental -1",
    ),
    _axis("instrumental", "mtt:no vocals, mtt:no vocal, mtt:no voice, msd:instrumental"),
    _axis(
        "female vocals",
        "msd:female vocalists, msd:female vocalist, mtt:female, mtt:woman, mtt:female vocal,mtt:female voice",
    ),
    _axis("male vocals", "msd:male vocalists, mtt:male, mtt:man, mtt:male vocal, mtt:male voice"),
    _axis("choir", "mtt:choir, mtt:choral"),
    # moods
    _axis("mellow", "msd:mellow"),
    _axis("beautiful", "msd:beautiful", None),
    _axis("sad", "msd:sad"),
    _axis("happy", "msd:happy"),
    _axis("sexy", "msd:sexy", None),
    _axis("catchy", "msd:catchy"),
    _axis("party", "msd:party"),
    _axis("soft", "mtt:soft, mtt:quiet"),
    _axis("loud", "mtt:loud"),
    _axis("slow", "mtt:slow"),
    _axis("fast", "mtt:fast"),
)

_LEARNED = """
accordion acoustic acoustic-guitar african aggressive ambient arabic asian bagpipe bass-guitar
bassoon bell-like bells blues bossa-nova breakbeat chamber children chinese chiptune choir choral
church-organ clarinet classical country distorted-guitar dramatic dreamy driving drone drum-machine
drums dulcimer electric-guitar energetic epic flute harp harpsichord heroic hip-hop horror indian
jazz lullaby magical mallets march marimba medieval meditative melancholic metal oboe orchestral
pastoral peaceful polka ragtime rock sacred saxophone solo-piano space spooky swing synth synth-lead
tribal trombone trumpet violin waltz western
"""
LEARNED_AXES = tuple(f"learned:{name}" for name in _LEARNED.split())
LEARNED_LABELS: Mapping[str, str] = {}


def _octaves(hz_or_bpm: float | None) -> float | None:
    return float(np.log2(hz_or_bpm)) if hz_or_bpm and hz_or_bpm > 0 else None


def _mode(features: MusicFeatures) -> float | None:
    """+1 for major, -1 for minor, less if the key is not clear."""
    if features.key is None:
        return None
    sign = 1.0 if features.key.endswith("major") else -1.0
    return sign * (0.4 + 0.6 * features.key_confidence)


# Centres and spreads are those of recorded music at large, rounded, not of any one catalogue.
DESCRIPTORS = (
    Descriptor("tempo", lambda features: _octaves(features.tempo_bpm), 6.78, 0.30),  # 110 bpm
    Descriptor("onsets", lambda features: features.onset_rate, 3.5, 2.0),
    Descriptor("loudness", lambda features: features.loudness_lufs, -15.0, 5.0),
    Descriptor("brightness", lambda features: _octaves(features.brightness_hz), 10.8, 0.6),  # 1,780 Hz
    Descriptor("mode", _mode, 0.0, 0.5),
    Descriptor("energy", lambda features: features.energy, 0.5, 0.2),
    Descriptor("dynamics", lambda features: features.dynamic_complexity, 3.5, 2.0),
)

TEMPO_CENTRES_BPM = (55.0, 68.0, 80.0, 92.0, 105.0, 120.0, 135.0, 152.0, 175.0)
_TEMPO_WIDTH_OCTAVES = 0.14
# A runner-up at half or double tempo is heard as the pulse too, though less often.
_ALTERNATIVE_SHARE = 0.3

TAG_NAMES = tuple(axis.name for axis in TAG_AXES)
TEMPO_NAMES = tuple(f"{bpm:.0f} bpm" for bpm in TEMPO_CENTRES_BPM)
AXIS_NAMES = (
    *TAG_NAMES,
    *LEARNED_AXES,
    *(descriptor.name for descriptor in DESCRIPTORS),
    *TEMPO_NAMES,
)
AXIS_INDEX: Mapping[str, int] = {name: index for index, name in enumerate(AXIS_NAMES)}
TEMPO_AXES = [AXIS_INDEX[name] for name in ("tempo", *TEMPO_NAMES)]


def tag_matrix() -> FloatArray:
    """Weights (tag axes, 100) over the taggers' logits; the absolute weights of each axis sum to 1."""
    matrix = np.zeros((len(TAG_AXES), len(TAGS)), dtype=np.float32)
    column = {tag: index for index, tag in enumerate(TAGS)}
    for row, axis in enumerate(TAG_AXES):
        for tag, weight in axis.sources.items():
            matrix[row, column[tag]] = weight
    matrix /= np.abs(matrix).sum(axis=1, keepdims=True)
    return matrix


def descriptor_scores(features: MusicFeatures) -> FloatArray:
    """Standard scores (descriptors,) of measured features; 0 if nothing was measured."""
    scores = np.zeros(len(DESCRIPTORS), dtype=np.float32)
    for index, descriptor in enumerate(DESCRIPTORS):
        value = descriptor.measure(features)
        if value is not None and np.isfinite(value):
            scores[index] = (value - descriptor.centre) / descriptor.spread
    return scores


def tempo_profile(bpm: float) -> FloatArray:
    """How near a tempo is to each bin, less the mean over the bins: (bins,), unit length."""
    octaves = np.log2(bpm / np.asarray(TEMPO_CENTRES_BPM)) / _TEMPO_WIDTH_OCTAVES
    nearness = np.exp(-0.5 * np.square(np.clip(octaves, -6.0, 6.0)))
    centred = nearness - nearness.mean()
    length = float(np.linalg.norm(centred))
    profile: FloatArray = (centred / length if length > 0.05 else np.zeros_like(centred)).astype(np.float32)
    return profile


def tempo_scores(features: MusicFeatures) -> FloatArray:
    """The tempo bins (bins,) of a track; 0 if no tempo was found."""
    if features.tempo_bpm is None or features.tempo_bpm <= 0:
        return np.zeros(len(TEMPO_CENTRES_BPM), dtype=np.float32)
    profile = tempo_profile(features.tempo_bpm)
    if features.tempo_alternative_bpm is not None and features.tempo_alternative_bpm > 0:
        profile = profile + np.float32(_ALTERNATIVE_SHARE) * tempo_profile(features.tempo_alternative_bpm)
    return profile
