"""The fit of a song: the same scale in every library."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.ranking.fit import fit_of_cosines, fit_with_wishes


@pytest.mark.parametrize("space", ["lite-1", "lite-2", "taggers-1"])
def test_nearer_is_never_a_worse_fit_and_none_leaves_the_scale(space: str) -> None:
    fits = fit_of_cosines(np.linspace(-1.0, 1.0, 50), space)
    assert fits is not None
    assert (np.diff(fits) >= 0).all() and fits[0] == 0.0 and fits[-1] == 1.0


def test_space_without_a_scale_has_no_fit() -> None:
    assert fit_of_cosines(np.ones(3), "clap-1") is None


def test_wishes_add_what_they_weigh_and_what_is_avoided_is_lost() -> None:
    parts = {"words": 0.3, "tempo": 0.2, "energy": 0.1, "avoid vocals": -0.15}
    assert fit_with_wishes(0.5, parts, relevance=0.6) == pytest.approx(0.3 + 0.3 - 0.15)
    assert fit_with_wishes(0.0, {"avoid vocals": -0.5}, relevance=1.0) == 0.0
    assert fit_with_wishes(0.1, {}, relevance=1.0, named=1.0) == 1.0
