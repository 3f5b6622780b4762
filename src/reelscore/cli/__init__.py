"""The command line."""

import contextlib
import ctypes
import os

# Pydantic looks for plugins in the metadata of every package that is installed; there are none here.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

# Before NumPy is imported: its threads spin while they wait, which costs more than they gain on matrices of
# our size, and tracks are analysed side by side anyway.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# glibc gives every few threads a heap of its own, and each keeps what its largest track needed: over 10,000
# tracks that is 137 MB. With two heaps memory levels off, and nothing is slower. Other C libraries have no
# such call.
if "MALLOC_ARENA_MAX" not in os.environ:
    _ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)
