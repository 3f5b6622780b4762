"""What children are asked for by `test_children`: a module of its own, for every child imports it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.analysis.hearing import hear_bundled
from reelscore.children import in_child
from reelscore.embedding.lite.taggers import load_taggers
from reelscore.errors import UnknownNameError
from reelscore.limits import MediaLimits
from reelscore.monitoring import MONITOR
from reelscore.records import FloatArray, Progress

QUICK = MediaLimits(silence=0.3, total=30.0, memory=300_000_000)
PATIENT = MediaLimits(silence=30.0, total=30.0, memory=300_000_000)


@in_child(PATIENT)
def where(_: Path) -> int:
    return os.getpid()


@in_child(PATIENT)
def doubled(_: Path, samples: FloatArray) -> FloatArray:
    return 2.0 * samples


@in_child(QUICK)
def never(_: Path) -> None:
    while True:
        time.sleep(1.0)


@in_child(MediaLimits(silence=30.0, total=0.3, memory=300_000_000))
def endless(_: Path, *, progress: Callable[[Progress], None]) -> None:
    while True:
        progress(Progress(1.0, None))
        time.sleep(0.01)


@in_child(PATIENT)
def waiting(_: Path, *, progress: Callable[[Progress], None]) -> None:
    time.sleep(30.0)


@in_child(PATIENT)
def killed(_: Path, sign: int) -> None:
    os.kill(os.getpid(), sign)


@in_child(PATIENT)
def greedy(_: Path) -> int:
    return len(np.ones(1 << 27))


@in_child(PATIENT)
def refusing(_: Path) -> None:
    raise UnknownNameError("kind", "x", ["a", "b"])


@in_child(PATIENT)
def failing(_: Path) -> None:
    raise IndexError("out")


@in_child(PATIENT)
def unsendable(_: Path) -> object:
    return lambda: None


@in_child(PATIENT)
def ran(_: Path) -> bool:
    """Whether the models were there already."""
    MONITOR.ran("of a child", "run", 0.5)
    load_taggers(1)
    return ("taggers.onnx", "load") not in MONITOR.runs


@in_child(PATIENT)
def lingering(path: Path, *, progress: Callable[[Progress], None]) -> None:
    path.write_text(str(os.getpid()))
    time.sleep(60.0)


@in_child(MediaLimits(silence=3.0, total=30.0, memory=1_000_000_000))
def harmful(path: Path, *rest: Any, **options: Any) -> Any:
    match path.stem:
        case "ends":
            os.abort()
        case "sleeps":
            time.sleep(60.0)
        case "takes":
            np.ones(1 << 28)
    return hear_bundled(path, *rest, **options)


def ticking(end: str) -> Iterator[FloatArray]:
    """Some pieces, and then what a stream may do."""
    for number in range(3):
        yield np.full(1000, number, np.float32)
    if end == "kill":
        os.kill(os.getpid(), signal.SIGSEGV)
    if end == "silence":
        time.sleep(30.0)
    if end == "error":
        raise UnknownNameError("kind", "x", ["a", "b"])
