"""Words for pictures: the table, the scores, and the pixels. Without a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelscore.embedding.clip.pictures import PictureSettings, prepare, read_settings
from reelscore.embedding.clip.prompts import Word, load_table, parse_table
from reelscore.embedding.clip.zero_shot import LEAST_SCORE, flatness, mean_scores, words_to_tell
from reelscore.embedding.lite.lexicon import load_lexicon
from reelscore.embedding.lite.parsing import parse_query
from reelscore.errors import ModelError
from reelscore.records import FloatArray

WORDS = (
    Word("forest", ("a forest",), "folk"),
    Word("sea", ("the sea",), "ambient"),
    Word("street", ("a street",), "hip hop"),
    Word("nothing", ("a plain picture",), None),
)


def unit(*rows: tuple[float, ...]) -> FloatArray:
    values = np.array(rows, np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


# --- the table ---------------------------------------------------------------------------------------


def test_the_table_has_scenes_and_moods_and_words_that_are_never_told() -> None:
    groups = load_table().groups
    assert list(groups) == ["scene", "mood"]
    assert 60 <= len(groups["scene"]) <= 120 and 25 <= len(groups["mood"]) <= 40
    for words in groups.values():
        assert any(word.music is None for word in words)
        assert len({word.word for word in words}) == len(words)
        prompts = [prompt for word in words for prompt in word.prompts]
        assert len(set(prompts)) == len(prompts)
        assert all("{}" not in prompt and len(prompt.split()) < 30 for prompt in prompts)


def test_all_music_that_words_lead_to_is_understood() -> None:
    unknown: list[str] = []

    def guess(word: str) -> None:
        unknown.append(word)

    for words in load_table().groups.values():
        for word in words:
            if word.music is not None:
                assert parse_query(word.music, load_lexicon(), guess), word
    assert not unknown


def test_every_prompt_is_put_into_every_template() -> None:
    table = parse_table(
        "# head\n[scene] a photo of {}. | {} on film\nsea = the sea; waves -> ambient\nx = y -> -\n"
    )
    assert table.groups["scene"] == (
        Word(
            "sea", ("a photo of the sea.", "the sea on film", "a photo of waves.", "waves on film"), "ambient"
        ),
        Word("x", ("a photo of y.", "y on film"), None),
    )


def test_any_change_of_the_table_is_another_version() -> None:
    text = "[scene] {}\nsea = the sea -> ambient\n"
    assert parse_table(text).version == parse_table(text).version
    assert parse_table(text).version != parse_table(text.replace("ambient", "rock")).version


@pytest.mark.parametrize("line", ["sea = the sea", "sea -> ambient", "sea = the sea ->", "just words"])
def test_a_line_that_does_not_fit_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_table(f"[scene] {{}}\n{line}\n")
    with pytest.raises(ValueError, match="line 1"):
        parse_table("sea = the sea -> ambient")


# --- scores ------------------------------------------------------------------------------------------


def test_scores_are_the_mean_softmax_over_the_pictures() -> None:
    words = unit((1, 0, 0), (0, 1, 0), (0, 0, 1))
    scores = mean_scores(unit((1, 0, 0), (1, 0, 0), (0, 1, 0)), words)
    assert scores == pytest.approx([2 / 3, 1 / 3, 0], abs=1e-6)
    close = mean_scores(unit((1.0, 0.97, 0.0)), words)
    logits = 100 * (unit((1.0, 0.97, 0.0)) @ words.T)[0]
    assert close == pytest.approx(
        np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum(), rel=1e-4
    )
    assert close.sum() == pytest.approx(1.0)


def test_a_closer_word_scores_more() -> None:
    words = unit((1, 0, 0), (0, 1, 0))
    shares = [float(mean_scores(unit((1.0, y, 0.5)), words)[1]) for y in (0.9, 0.98, 1.0, 1.02, 1.1)]
    assert shares == sorted(shares) and shares[0] < 0.5 < shares[-1]


def test_flatness_runs_from_one_certain_word_to_none() -> None:
    assert flatness(np.array([1, 0, 0, 0], np.float32)) == pytest.approx(0.0)
    assert flatness(np.full(90, 1 / 90, np.float32)) == pytest.approx(1.0)


def test_words_that_stand_out_are_told_best_first() -> None:
    told, why_not = words_to_tell(WORDS, np.array([0.2, 0.7, 0.05, 0.05], np.float32))
    assert [seen.word for seen in told] == ["sea", "forest"]
    assert told[0].score == pytest.approx(0.7) and told[0].music == "ambient"
    assert why_not is None


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ((0.26, 0.25, 0.25, 0.24), "flat"),
        ((0.08, 0.01, 0.01, 0.9), "most like “nothing”"),
    ],
)
def test_where_nothing_stands_out_nothing_is_told_and_the_reason_is(
    scores: tuple[float, ...], reason: str
) -> None:
    told, why_not = words_to_tell(WORDS, np.array(scores, np.float32))
    assert told == () and why_not is not None and reason in why_not


def test_many_weak_words_are_not_told() -> None:
    words = tuple(Word(str(number), ("x",), "rock") for number in range(100))
    scores = np.zeros(100, np.float32)
    scores[:10] = LEAST_SCORE - 0.02
    told, why_not = words_to_tell(words, scores)
    assert told == () and why_not is not None and str(LEAST_SCORE) in why_not


# --- pixels ------------------------------------------------------------------------------------------


def test_a_picture_becomes_the_middle_square_in_the_colours_of_the_model() -> None:
    image = np.zeros((300, 500, 3), np.uint8)
    image[:, 100:400] = (255, 128, 0)  # the middle square
    settings = PictureSettings(side=50)
    values = prepare(image, settings)
    assert values.shape == (3, 50, 50) and values.dtype == np.float32
    wanted = (np.array([1.0, 128 / 255, 0.0]) - settings.mean) / settings.deviation
    assert values[:, 25, 25] == pytest.approx(wanted, abs=1e-5)
    assert values[:, 25, 5] == pytest.approx(wanted, abs=0.1)


def test_a_picture_of_the_right_size_is_not_resampled() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    settings = PictureSettings(side=40, mean=(0, 0, 0), deviation=(1, 1, 1))
    assert (prepare(image, settings).transpose(1, 2, 0) * 255).round() == pytest.approx(image[:, 10:50])


def good_settings() -> dict[str, Any]:
    return {"size": 224, "crop_size": 224, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 3}


def test_settings_are_read_in_the_old_and_in_the_new_way(tmp_path: Path) -> None:
    path = tmp_path / "preprocessor_config.json"
    newer = {"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}}
    for values in (good_settings(), good_settings() | newer):
        path.write_text(json.dumps(values))
        assert read_settings(path) == PictureSettings(224, (0.5,) * 3, (0.5,) * 3)


@pytest.mark.parametrize(
    "change",
    [
        {"size": {"height": 224, "width": 224}},
        {"crop_size": 200},
        {"resample": 2},
        {"image_mean": [0.5]},
        {"image_std": "much"},
        {"size": None},
        {"size": {}},
        {"crop_size": 0, "size": 0},
    ],
)
def test_settings_of_another_kind_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "preprocessor_config.json"
    path.write_text(json.dumps(good_settings() | change))
    with pytest.raises(ModelError) as caught:
        read_settings(path)
    assert "\n" not in str(caught.value)


def test_settings_that_are_missing_or_no_json_are_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    for name in ("broken.json", "missing.json"):
        with pytest.raises(ModelError, match="missing or damaged"):
            read_settings(tmp_path / name)
