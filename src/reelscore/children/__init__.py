"""Child processes in which foreign media are opened, so that no file can take the whole process down.

A function that opens media is marked with `in_child`. Within `media_in_children`, as in servers, workers
and ingests, such a function runs in a child: with a deadline, a limit of memory, and an end within a moment
when its work is cancelled. Elsewhere it is called as any other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar, cast

from reelscore.children.pool import POOL, name_of
from reelscore.errors import UnreadableMediaError
from reelscore.limits import MediaLimits

if TYPE_CHECKING:
    from av.error import FFmpegError

Function = TypeVar("Function", bound=Callable[..., Any])


@contextmanager
def media_in_children() -> Iterator[None]:
    """Let functions marked with `in_child` run in children, on all threads, as long as this is open."""
    POOL.use(1)
    try:
        yield
    finally:
        POOL.use(-1)


def children_wanted() -> bool:
    """Whether this process may have children: it is within `media_in_children`, and the system can fork."""
    return POOL.used > 0 and os.name == "posix"


def at_start(function: Callable[[], None]) -> Callable[[], None]:
    """Mark a function of a module that loads what children need, once for all of them."""
    POOL.starts.append(f"{function.__module__}:{function.__qualname__}")
    return function


def in_child(limits: MediaLimits) -> Callable[[Function], Function]:
    """Mark a function of a module that opens the file its first argument names.

    Its arguments and result are pickled, a `progress` among the keywords is called in this process, and what
    it raises is raised here. What it changes in its arguments stays in the child.

    Raises
    ------
    UnreadableMediaError
        The function took too long or too much memory, the child was ended by a signal, or FFmpeg found fault
        with the file where the function did not expect it.
    CancelledError
        The work of this thread was cancelled meanwhile, as `net.waiting` or the progress callback says.
    """

    def mark(function: Function) -> Function:
        @wraps(function)
        def call(*args: Any, **keywords: Any) -> Any:
            try:
                if not children_wanted():
                    return function(*args, **keywords)
                return POOL.run(call, args, keywords, limits)
            except Exception as error:
                if not _is_of_ffmpeg(error):
                    raise
                raise UnreadableMediaError(
                    f"{name_of(args)} is damaged ({error.strerror}); fetch or export it again"
                ) from error

        return cast("Function", call)

    return mark


def _is_of_ffmpeg(error: Exception) -> TypeGuard[FFmpegError]:
    """Whether FFmpeg found fault with what is in a file; a full disk is no such fault."""
    av = sys.modules.get("av")
    return av is not None and isinstance(error, av.FFmpegError) and not isinstance(error, OSError)
