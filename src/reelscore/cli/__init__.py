"""The command line."""

import os

# Before NumPy is imported: its threads spin while they wait, which costs more than they gain on matrices of
# our size, and tracks are analysed side by side anyway.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
