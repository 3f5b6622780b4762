"""The one builder of ONNX Runtime sessions.

Threads, providers and options are decided here and nowhere else, so that every model of the process runs
alike: the same input gives the same bytes, and no thread spins while it waits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.errors import ConfigurationError, ModelError
from reelscore.monitoring import MONITOR

if TYPE_CHECKING:
    import onnxruntime

CPU = "CPUExecutionProvider"
_MOST_THREADS = 4  # the graphs here are small: more threads only wait for each other


def default_threads() -> int:
    """As many threads as this process may use cores, at most 4."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(_MOST_THREADS, cores))


def open_session(
    model: bytes | Path,
    *,
    name: str,
    threads: int | None = None,
    providers: Sequence[str] = (CPU,),
) -> onnxruntime.InferenceSession:
    """Make a session of an ONNX model.

    Parameters
    ----------
    model
        The bytes of the model, checked before (see `reelscore.embedding.weights`), or its path: of a large
        model, since a session keeps the bytes that it was made from.
    name
        Of the model, for messages.
    threads
        Threads of one run; None takes `default_threads()`.
    providers
        Execution providers, best first. Each one must be there: nothing falls back silently.

    Raises
    ------
    ConfigurationError
        A provider is not available in the installed ONNX Runtime, or could not be used on this machine.
    ModelError
        The bytes are not a model that this ONNX Runtime can run.
    """
    import onnxruntime

    available = onnxruntime.get_available_providers()
    missing = [provider for provider in providers if provider not in available]
    if missing:
        raise ConfigurationError(
            f"ONNX Runtime has no {', '.join(missing)} here; available: {', '.join(available)}"
        )
    try:
        label = f"{name.partition(' (')[0]} {model.stem}" if isinstance(model, Path) else name
        with MONITOR.loading(label):
            session = _measured()(
                str(model) if isinstance(model, Path) else model,
                sess_options=_options(threads),
                providers=list(providers),
            )
        session.label = label
    except Exception as error:
        raise ModelError(
            f"ONNX Runtime {onnxruntime.__version__} cannot run the model {name}: {error}"
        ) from error
    unused = [provider for provider in providers if provider not in session.get_providers()]
    if unused:
        raise ConfigurationError(
            f"ONNX Runtime could not start {', '.join(unused)} for the model {name} on this machine"
        )
    return session


@cache
def _measured() -> Any:
    """A session that notes how long its runs take."""
    import onnxruntime

    class Measured(onnxruntime.InferenceSession):  # type: ignore[misc]
        label = ""

        def run(self, *arguments: Any, **options: Any) -> Any:
            began = time.perf_counter()
            try:
                return super().run(*arguments, **options)
            finally:
                MONITOR.ran(self.label, "run", time.perf_counter() - began)

    return Measured


def _options(threads: int | None) -> onnxruntime.SessionOptions:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = default_threads() if threads is None else threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.use_deterministic_compute = True
    options.log_severity_level = 3  # errors: they come back as exceptions, warnings would only be noise
    # A spinning thread burns a core between two runs, which other work of the process needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # x86 processors without VNNI add products of unsigned and signed int8 up in 16 bits, which saturate: the
    # vectors of an int8 model point elsewhere (cosine .69). This has them add up exactly; others do anyway.
    options.add_session_config_entry("session.x64quantprecision", "1")
    return options
