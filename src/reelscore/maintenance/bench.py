"""Time and memory of inference on this machine, over made sound, so that figures can be compared."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from reelscore.audio.features import measure_all
from reelscore.monitoring import MONITOR, resident_bytes
from reelscore.records import AudioClip
from reelscore.wiring import Wiring

_WORDS = "calm acoustic guitar"
SECONDS = 30.0  # of sound


def made_sound(rate: int, seconds: float = SECONDS) -> AudioClip:
    """Chords that change with each beat of 120 a minute, over noise; the same for everybody.

    float32 in -1..1.
    """
    moments = np.arange(round(rate * seconds)) / rate
    beat = np.floor(moments * 2).astype(int)
    roots = np.array([220.0, 261.63, 196.0, 246.94])[beat % 4]
    tones = sum(np.sin(2 * np.pi * roots * factor * moments) for factor in (1.0, 1.25, 1.5))
    fading = np.exp(-6 * (moments * 2 - beat))
    noise = np.random.default_rng(7).normal(0, 0.02, len(moments))
    samples = (0.2 * tones * fading + noise).astype(np.float32)
    return AudioClip(samples=np.clip(samples, -1, 1), sample_rate=rate)


def bench(wiring: Wiring, *, repeats: int = 3) -> dict[str, Any]:
    """Load every model of the library, and let it work on sound and words.

    Returns
    -------
    dict
        "steps": for each "name", "first_seconds" (with loading), "seconds" (the best of the repeats) and
        "memory_mb", what the process grew by; "models": for each model its runs and seconds a run;
        "resident_mb" at the end; "sound_seconds".
    """
    embedders = wiring.embedders
    clip = made_sound(embedders.sample_rate)
    steps: list[dict[str, Any]] = []

    def step(name: str, work: Callable[[], Any]) -> Any:
        before = resident_bytes()
        times = []
        for _ in range(repeats):
            began = time.perf_counter()
            result = work()
            times.append(time.perf_counter() - began)
        steps.append(
            {
                "name": name,
                "first_seconds": round(times[0], 4),
                "seconds": round(min(times), 4),
                "memory_mb": round(max(0, resident_bytes() - before) / 1024**2, 2),
            }
        )
        return result

    features = step("measure a sound", lambda: measure_all(clip).features)
    step("embed a sound", lambda: embedders.embed(clip, features))
    step(f"embed words ({embedders.lite.space.name})", lambda: embedders.lite.embed_queries([_WORDS]))
    for model in embedders.models:
        step(f"embed words ({model.space.name})", partial(model.embed_queries, [_WORDS]))
    models = [
        {
            "model": model,
            "stage": stage,
            "runs": times.count,
            "seconds": round(times.seconds / max(1, times.count), 4),
            "memory_mb": round(MONITOR.memory.get(model, 0) / 1024**2, 2) if stage == "load" else None,
        }
        for (model, stage), times in sorted(MONITOR.runs.items())
    ]
    return {
        "sound_seconds": SECONDS,
        "steps": steps,
        "models": models,
        "resident_mb": round(resident_bytes() / 1024**2, 2),
    }
