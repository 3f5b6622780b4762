"""Words of one's own: learnt from labels, refused where nothing is gained, the same bytes each time."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from patience import wait_until
from reelscore.embedding.lite.embedder import LITE, LiteEmbedder
from reelscore.embedding.lite.semantic import TAGGERS, load_within
from reelscore.embedding.tuned import TunedLite, features_of
from reelscore.embedding.tunings import FOLDER, read_tuning, tuned_folders
from reelscore.errors import InvalidInputError, ModelError
from reelscore.maintenance.models import list_models
from reelscore.training.labels import Lesson
from reelscore.training.run import train


def lesson(*, shuffled: bool = False, songs: int = 240) -> Lesson:
    """Songs of 40 albums whose sound tells three words, one of which lite knows too."""
    rng = np.random.default_rng(5)
    told = rng.normal(size=(songs, 3))
    sound = rng.normal(size=(songs, TAGGERS.dim)).astype(np.float32)
    sound[:, :150] = np.repeat(told, 50, axis=1) + 0.5 * rng.normal(size=(songs, 150))
    sound = sound @ np.linalg.pinv(load_within())
    held = told + 0.5 * rng.normal(size=(songs, 3)) > 0.8
    if shuffled:
        held = held[rng.permutation(songs)]
    lite = rng.normal(size=(songs, LITE.dim)).astype(np.float32)
    groups = tuple(f"album {at % 40}" for at in range(songs))
    return Lesson(
        LITE.name,
        tuple(f"{at:04d}" for at in range(songs)),
        ("calm", "krand", "our sound"),
        held,
        groups,
        sound / np.linalg.norm(sound, axis=1, keepdims=True),
        lite / np.linalg.norm(lite, axis=1, keepdims=True),
    )


def test_words_are_learnt_and_the_same_songs_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (train(lesson(), tmp_path / name, "own") for name in "ab")
    assert first.space is not None and first.space == second.space
    assert [row["taken"] for row in first.labels] == [True] * 3
    assert first.gain[1] > 0 and first.ndcg[1] > first.ndcg[0]
    files = [sorted(found.path.iterdir()) for found in (first, second) if found.path]
    assert [file.read_bytes() for file in files[0]] == [file.read_bytes() for file in files[1]]
    tuning = read_tuning(tmp_path / "a" / FOLDER / "own")
    assert tuning.space_name == first.space and tuning.about["songs"] == 240
    known = {label.text: label.known for label in tuning.labels}
    assert known == {"calm": True, "krand": False, "our sound": False}


def test_a_word_that_few_songs_have_is_told_by_nearness_to_them(tmp_path: Path) -> None:
    whole = lesson()
    taught = whole.held.copy()
    for column in taught.T:
        column[np.flatnonzero(column)[20:]] = False
    few = replace(whole, held=taught)
    many, own = (
        TunedLite(read_tuning(path), LiteEmbedder())
        for name, songs in (("many", whole), ("own", few))
        if (path := train(songs, tmp_path / name, name).path)
    )
    assert not len(many.tuning.anchors.points)
    assert len(own.tuning.anchors.points) == 240  # as many others as there are
    at = [label.text for label in own.tuning.labels].index("krand")
    axes, features = own.tuning.axes, features_of(LITE.name, whole.sound).shape[1]
    assert not axes[at, :features].any() and axes[at, features:].any()
    unseen = ~taught[:, 1]
    scores, right = own.scores(whole.vectors, whole.sound)[unseen, at], whole.held[unseen, 1]
    above = scores[right][:, None] > scores[~right]
    assert above.mean() > 0.8


def test_labels_at_random_are_refused_with_figures(tmp_path: Path) -> None:
    found = train(lesson(shuffled=True), tmp_path, "chance")
    assert found.space is None and "AUC" in found.refusal
    assert not (tmp_path / FOLDER).exists()


def test_invented_words_of_songs_at_random_are_refused(tmp_path: Path) -> None:
    songs = lesson()
    for seed in range(10):
        rng = np.random.default_rng(seed)
        held = np.zeros((240, 10), dtype=bool)
        for column in held.T:
            column[rng.permutation(240)[:15]] = True
        words = tuple(f"zorbic{letter}" for letter in "abcdefghij")
        found = train(replace(songs, names=words, held=held), tmp_path, f"chance-{seed}")
        assert found.space is None and "AUC" in found.refusal


@pytest.mark.parametrize("name", ["", "Own", "a/b", "..", "-a", "a" * 40])
def test_a_name_that_cannot_be_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="name of a space"):
        train(lesson(), tmp_path, name)


_STOPS_BEFORE_ITS_END = """
import sys, time
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from test_training import lesson
from reelscore.training.run import train
Path.rename = lambda self, target: time.sleep(600)
train(lesson(), Path(sys.argv[3]), "own")
"""


def test_a_killed_training_leaves_nothing_that_is_used(tmp_path: Path) -> None:
    here = Path(__file__).parent
    command = [sys.executable, "-c", _STOPS_BEFORE_ITS_END, *map(str, (here, here.parent, tmp_path))]
    with subprocess.Popen(command) as process:
        try:
            wait_until(lambda: any((tmp_path / FOLDER).glob(".own.*/tuned.json")))
        finally:
            process.send_signal(signal.SIGKILL)
    assert tuned_folders(tmp_path) == {}
    assert "own" not in [row["name"] for row in list_models(tmp_path)]
    assert train(lesson(), tmp_path, "own").space is not None
    assert [folder.name for folder in (tmp_path / FOLDER).iterdir()] == ["own"]


def test_a_taken_name_and_damage_are_told(tmp_path: Path) -> None:
    train(lesson(), tmp_path, "own")
    with pytest.raises(InvalidInputError, match="models remove own"):
        train(replace(lesson(), groups=tuple(map(str, range(240)))), tmp_path, "own")
    (tmp_path / FOLDER / "own" / "axes.npy").write_bytes(b"")
    with pytest.raises(ModelError, match="train it again"):
        read_tuning(tmp_path / FOLDER / "own")
