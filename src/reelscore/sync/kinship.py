"""Whether a film was cut to a song: its cuts against the same cuts moved about a little.

How many cuts hit at the best offset says little, since some offset of any song hits many. What tells is
whether the cuts hit more than they would if each lay a little elsewhere. Only edits that were made to the
song, or are as steady as it is, do.
"""

from __future__ import annotations

import numpy as np

from reelscore.sync.grids import PictureGrid, SongGrid, Times
from reelscore.sync.plan import seeded
from reelscore.sync.scoring import best_soft_scores

JITTER_SECONDS = 0.3
JITTERS = 48
# With fewer cuts every list of them fits every song somewhere.
FEWEST_CUTS = 5
# From this z on, edits that were not made to the song are rare.
RELATED = 4.0


def kinship(picture: PictureGrid, song: SongGrid) -> float | None:
    """z of the best offset of these cuts among the best offsets of the same cuts, each moved by up to 0.3 s.

    None if there are fewer than five cuts, or no beats. The jitters are drawn by the ids, so the same
    pair always gets the same figure.
    """
    cuts = picture.cuts
    if len(cuts) < FEWEST_CUTS or len(song.beats) < 2:
        return None
    random = np.random.default_rng(seeded(2**32, "kinship", picture.video_id, song.song_id))
    moved = cuts + random.uniform(-JITTER_SECONDS, JITTER_SECONDS, (JITTERS, len(cuts)))
    lists: Times = np.sort(np.clip(np.vstack([cuts, moved]), 0.0, picture.duration), axis=1)
    scores = best_soft_scores(song, lists, picture.duration)
    spread = float(scores[1:].std())
    return float((scores[0] - scores[1:].mean()) / max(spread, 1e-6))
