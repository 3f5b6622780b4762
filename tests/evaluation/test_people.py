"""Simulated people in a small world: a taste is learnt, and chance is not."""

from __future__ import annotations

import numpy as np

from simulated_people import Asked, Person, World, gains


def world() -> World:
    rng = np.random.default_rng(3)
    kind = rng.integers(0, 4, 120)
    centres = rng.normal(size=(4, 16))
    sound = centres[kind] + 0.6 * rng.normal(size=(120, 16))
    sound /= np.linalg.norm(sound, axis=1, keepdims=True)

    def asked() -> list[Asked]:
        found = []
        for _ in range(6):
            relevant = rng.random(120) < 0.5
            found.append(Asked(0.5 * relevant + rng.normal(size=120), relevant))
        return found

    labels = [frozenset({f"kind {one}"}) for one in kind]
    return World(sound.astype(np.float32), labels, np.eye(16, dtype=np.float32), asked(), asked())


def test_a_taste_is_learnt_and_chance_is_not() -> None:
    small = world()
    steady = gains(small, Person.STEADY, people=8, marks=(5, 20), taste=0.6, seed=0)
    assert np.mean(steady[20]) > 0.05 and np.mean(steady[20]) > np.mean(steady[5])
    chance = gains(small, Person.RANDOM, people=8, marks=(20,), taste=0.6, seed=0)
    assert abs(np.mean(chance[20])) < 0.05
    assert gains(small, Person.STEADY, people=8, marks=(5, 20), taste=0.6, seed=0) == steady


def test_changed_and_twofold_tastes_are_followed() -> None:
    small = world()

    def gained(kind: Person, mark: int) -> float:
        return float(np.mean(gains(small, kind, people=8, marks=(mark,), taste=0.6, seed=0)[mark]))

    assert gained(Person.DRIFTING, 40) > 0.02  # the last 20 judgements are of another taste, which is scored
    assert gained(Person.TWO_SIDED, 40) > 0.02
    assert gained(Person.TWO_FILMS, 40) > 0.02
    assert gained(Person.NOISY, 40) > 0.02
