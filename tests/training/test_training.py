"""Words of one's own: learnt from labels, refused where nothing is gained, the same bytes each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reelscore.embedding.lite.embedder import LITE
from reelscore.embedding.tuned import FEATURES, FOLDER, read_tuning
from reelscore.errors import InvalidInputError, ModelError
from reelscore.training.labels import Lesson
from reelscore.training.run import train


def lesson(*, shuffled: bool = False, songs: int = 240) -> Lesson:
    """Songs of 40 albums whose features tell three words, one of which lite knows too."""
    rng = np.random.default_rng(5)
    told = rng.normal(size=(songs, 3))
    features = rng.normal(size=(songs, FEATURES)).astype(np.float32)
    features[:, :45] = np.repeat(told, 15, axis=1) + 0.5 * rng.normal(size=(songs, 45))
    held = told + 0.5 * rng.normal(size=(songs, 3)) > 0.8
    if shuffled:
        held = held[rng.permutation(songs)]
    lite = rng.normal(size=(songs, LITE.dim)).astype(np.float32)
    lite /= np.linalg.norm(lite, axis=1, keepdims=True)
    groups = tuple(f"album {at % 40}" for at in range(songs))
    return Lesson(
        tuple(f"{at:04d}" for at in range(songs)),
        ("calm", "krand", "our sound"),
        held,
        groups,
        features,
        lite,
    )


def test_words_are_learnt_and_the_same_songs_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (train(lesson(), tmp_path / name, "own") for name in "ab")
    assert first.space is not None and first.space == second.space
    assert [row["taken"] for row in first.labels] == [True] * 3
    assert first.gain[1] > 0 and first.ndcg[1] > first.ndcg[0]
    files = [sorted(found.path.iterdir()) for found in (first, second) if found.path]
    assert [file.read_bytes() for file in files[0]] == [file.read_bytes() for file in files[1]]
    tuning = read_tuning(tmp_path / "a" / FOLDER / "own")
    assert tuning.space.name == first.space and tuning.about["songs"] == 240
    known = {label.text: label.known for label in tuning.labels}
    assert known == {"calm": True, "krand": False, "our sound": False}


def test_labels_at_random_are_refused_with_figures(tmp_path: Path) -> None:
    found = train(lesson(shuffled=True), tmp_path, "chance")
    assert found.space is None and "AUC" in found.refusal
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize("name", ["", "Own", "a/b", "..", "-a", "a" * 40])
def test_a_name_that_cannot_be_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="name of a space"):
        train(lesson(), tmp_path, name)


def test_a_taken_name_and_a_killed_training_leave_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            train(lesson(), tmp_path, "own")
    assert not (tmp_path / FOLDER / "own").exists()
    train(lesson(), tmp_path, "own")
    with pytest.raises(InvalidInputError, match="models remove own"):
        train(replace(lesson(), groups=tuple(map(str, range(240)))), tmp_path, "own")
    (tmp_path / FOLDER / "own" / "axes.npy").write_bytes(b"")
    with pytest.raises(ModelError, match="train it again"):
        read_tuning(tmp_path / FOLDER / "own")
