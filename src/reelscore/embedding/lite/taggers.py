"""The two musicnn taggers in one ONNX graph: what they hear in representative patches of a track.

musicnn (Pons and Serra, 2019, arXiv:1909.06654) hears 3 s of log-mel spectrogram at a time. One network was
trained on the Million Song Dataset (50 tags of last.fm: genres, moods, eras), the other on MagnaTagATune (50
tags: instruments, voices, tempo words). `tools/build_taggers.py` says how the graph was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from reelscore.embedding.session import default_threads, open_session
from reelscore.embedding.weights import read_artefact
from reelscore.records import AudioClip, FloatArray

if TYPE_CHECKING:
    import onnxruntime

SAMPLE_RATE = 16_000
HIDDEN = 400  # penultimate units: 200 of MSD, then 200 of MTT

_MSD = """
rock,pop,alternative,indie,electronic,female vocalists,dance,00s,alternative rock,jazz,beautiful,metal,
chillout,male vocalists,classic rock,soul,indie rock,mellow,electronica,80s,folk,90s,chill,instrumental,
punk,oldies,blues,hard rock,ambient,acoustic,experimental,female vocalist,guitar,hip-hop,70s,party,country,
easy listening,sexy,catchy,funk,electro,heavy metal,progressive rock,60s,rnb,indie pop,sad,house,happy
"""
_MTT = """
guitar,classical,slow,techno,strings,drums,electronic,rock,fast,piano,ambient,beat,violin,vocal,synth,
female,indian,opera,male,singing,vocals,no vocals,harpsichord,loud,quiet,flute,woman,male vocal,no vocal,
pop,soft,sitar,solo,man,classic,choir,voice,new age,dance,male voice,female vocal,beats,harp,cello,no voice,
weird,country,metal,female voice,choral
"""
MSD_TAGS = tuple(_MSD.replace("\n", "").split(","))
MTT_TAGS = tuple(_MTT.replace("\n", "").split(","))
# The outputs in the order of `TaggerRun.logits`.
TAGS = tuple(f"msd:{tag}" for tag in MSD_TAGS) + tuple(f"mtt:{tag}" for tag in MTT_TAGS)

_FRAMES, _FFT, _HOP = 187, 512, 256
_PATCH_SAMPLES = (_FRAMES - 1) * _HOP + _FFT
PATCH_SECONDS = _PATCH_SAMPLES / SAMPLE_RATE

# Up to this many patches a track is heard without a gap; a longer one gets one more for each
# `_SECONDS_PER_EXTRA`.
_DENSE_PATCHES = 10
_SECONDS_PER_EXTRA = 20.0
_MOST_PATCHES = 32


@dataclass(frozen=True, slots=True)
class TaggerRun:
    """What the networks gave for each patch of a track."""

    starts: tuple[float, ...]  # seconds from the start of the clip
    logits: FloatArray  # (patches, 100), in the order of TAGS
    hidden: FloatArray  # (patches, 400), penultimate activations


def patch_starts(samples: int) -> list[int]:
    """First sample (at 16 kHz) of each patch of a clip: evenly spread from its beginning to its end.

    A clip shorter than a patch has one, which begins at 0.
    """
    room = samples - _PATCH_SAMPLES
    if room <= 0:
        return [0]
    seconds = samples / SAMPLE_RATE
    extra = (seconds - _DENSE_PATCHES * PATCH_SECONDS) / _SECONDS_PER_EXTRA
    count = min(samples // _PATCH_SAMPLES, _DENSE_PATCHES + max(0, round(extra)), _MOST_PATCHES)
    return [round(step * room / max(1, count - 1)) for step in range(count)] if count > 1 else [room // 2]


def heard_starts(samples: FloatArray) -> list[int]:
    """First sample (at 16 kHz) of each patch of a clip, spread over what sounds in it.

    A clip without a long silence has those of `patch_starts`. Else the patches lie as they would if the
    silence were cut out.
    """
    from reelscore.audio.silence import sounding_spans

    spans = sounding_spans(samples, SAMPLE_RATE)
    if spans == [(0, len(samples))]:
        return patch_starts(len(samples))
    lengths = [end - first for first, end in spans]
    joins = np.concatenate([[0], np.cumsum(lengths)])
    found = set()
    for start in patch_starts(int(joins[-1])):
        place = min(int(np.searchsorted(joins, start, side="right")) - 1, len(spans) - 1)
        first, end = spans[place]
        within = first + min(start - int(joins[place]), max(0, end - first - _PATCH_SAMPLES))
        found.add(max(0, min(within, len(samples) - _PATCH_SAMPLES)))
    return sorted(found)


class Taggers:
    """Both networks, loaded."""

    def __init__(self, *, threads: int | None = None) -> None:
        self.session: onnxruntime.InferenceSession = open_session(
            read_artefact("taggers.onnx"), name="taggers.onnx", threads=threads
        )

    def run(self, clip: AudioClip) -> TaggerRun:
        """Hear a clip of any sample rate; one patch a call, which on a CPU is faster than a batch."""
        from reelscore.audio.decode import resample
        from reelscore.audio.mel import log_mel

        samples = resample(clip, SAMPLE_RATE).samples
        if len(samples) < _PATCH_SAMPLES:  # the networks were trained with short clips repeated
            samples = np.resize(samples, _PATCH_SAMPLES)
        starts = heard_starts(samples)
        logits, hidden = [], []
        for start in starts:
            patch = log_mel(samples[start : start + _PATCH_SAMPLES], SAMPLE_RATE, padding=None)
            outputs = self.session.run(
                ["msd_logits", "mtt_logits", "msd_penultimate", "mtt_penultimate"],
                {"patch": patch[None, None]},
            )
            logits.append(np.concatenate(outputs[:2], axis=1)[0])
            hidden.append(np.concatenate(outputs[2:], axis=1)[0])
        return TaggerRun(
            starts=tuple(clip.start + start / SAMPLE_RATE for start in starts),
            logits=np.stack(logits),
            hidden=np.stack(hidden),
        )


def load_taggers(threads: int | None = None) -> Taggers:
    """The bundled networks, opened once for each number of threads.

    Raises
    ------
    ModelError
        The model file is missing or damaged.
    """
    return _load(default_threads() if threads is None else threads)


@lru_cache(maxsize=2)
def _load(threads: int) -> Taggers:
    return Taggers(threads=threads)
