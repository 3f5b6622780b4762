from __future__ import annotations

import sys
from pathlib import Path

# The figures of many songs are the notebooks' own.
sys.path.append(str(Path(__file__).parents[2] / "notebooks"))
