"""What a video shows, told by a model where there is one: real parts and a small model made by hand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import video_files as vf
from numpy.typing import NDArray

from picture_models import BLUE, GREEN, RED, image_tower, install_clip, text_tower
from reelscore.embedding.clip.prompts import parse_table
from reelscore.embedding.clip.reader import ClipReader, find_reader
from reelscore.embedding.hub.folder import InstalledModel
from reelscore.embedding.hub.models import FEATURES, IMAGE, TEXT, TOKENIZER
from reelscore.errors import CancelledError
from reelscore.query.build import query_from_analysis
from reelscore.records import Progress, VideoAnalysis
from reelscore.video.local.analyzer import VERSION, LocalAnalyzer
from reelscore.video.measure.video import measure_video
from reelscore.video.showing import MOST_PICTURES, PictureSampler, SeenWord, Showing, phrases_from

Colour = tuple[int, int, int]


def grain(colour: Colour, seed: int, *, width: int = 160, height: int = 90) -> vf.Picture:
    """A picture of one colour with some structure."""
    noise = np.random.default_rng(seed).integers(-25, 26, (height // 10, width // 10, 1))
    blocks = np.kron(noise, np.ones((10, 10, 1), int))
    return np.clip(np.array(colour) + blocks, 0, 255).astype(np.uint8)


def clip_of(path: Path, *colours: Colour, seconds: int = 3) -> Path:
    frames = [grain(colour, seed) for seed, colour in enumerate(colours) for _ in range(12 * seconds)]
    return vf.write(path, frames, rate=12)


@pytest.fixture(scope="module")
def forest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of green and three of red."""
    return clip_of(tmp_path_factory.mktemp("clips") / "forest.mp4", GREEN, GREEN, RED)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def analysis_with(models: Path, video: Path) -> VideoAnalysis:
    reader = find_reader(models)
    assert reader is not None
    return LocalAnalyzer(reader=reader).analyze(video)


# --- the pictures that are kept ----------------------------------------------------------------------


def offered(sampler: PictureSampler, times: list[float], image: NDArray[np.uint8]) -> None:
    frame = av.VideoFrame.from_ndarray(image, format="rgb24")
    for time in times:
        sampler.offer(frame, time)


@pytest.mark.parametrize("seconds", [0.4, 3, 8, 30, 600, 7200])
def test_a_bounded_number_of_pictures_is_spread_evenly_over_any_length(seconds: float) -> None:
    sampler = PictureSampler()
    offered(sampler, [k * 0.5 for k in range(max(1, int(seconds / 0.5)))], grain(GREEN, 1))
    assert min(8, max(1, int(seconds / 0.5))) <= len(sampler.times) <= MOST_PICTURES
    steps = np.diff(sampler.times)
    assert np.allclose(steps, steps[:1])
    assert seconds - sampler.times[-1] <= 2 * max([*steps, 0.5])
    assert len(sampler.pictures) == len(sampler.times)


def test_kept_pictures_have_their_shape_and_the_size_that_models_look_at() -> None:
    for width, height, wanted in (
        (640, 360, (224, 398, 3)),
        (90, 160, (398, 224, 3)),
        (50, 50, (224, 224, 3)),
    ):
        sampler = PictureSampler()
        offered(sampler, [0.0], grain(RED, 1, width=width, height=height))
        assert sampler.pictures[0].shape == wanted
        assert sampler.pictures[0].mean(axis=(0, 1)) == pytest.approx(RED, abs=12)


def test_black_and_stretched_pictures_are_left_out() -> None:
    sampler = PictureSampler()
    offered(sampler, [0.0], np.zeros((90, 160, 3), np.uint8))
    offered(sampler, [1.0], grain(RED, 1, width=4000, height=10))
    assert sampler.times == []


def test_turned_video_is_looked_at_upright(tmp_path: Path) -> None:
    frame = np.concatenate([grain(RED, 1, height=90), grain(BLUE, 2, height=90)])
    path = vf.write(tmp_path / "turned.mp4", [frame] * 12, rate=12, rotation=90)
    sampler = PictureSampler()
    measured = measure_video(path, sampler=sampler).measurements
    assert measured.rotation in (90, 270)
    image = sampler.pictures[0]
    assert (image.shape[1] > image.shape[0]) == (measured.width > measured.height)
    left, right = image[:, :60].mean(axis=(0, 1)), image[:, -60:].mean(axis=(0, 1))
    red_first = measured.rotation == 270
    assert (left[0] > left[2]) == red_first and (right[2] > right[0]) == red_first


def test_the_measurements_are_the_same_with_and_without_looking(forest: Path) -> None:
    sampler = PictureSampler()
    assert measure_video(forest, sampler=sampler).measurements == measure_video(forest).measurements
    assert 8 <= len(sampler.times) <= MOST_PICTURES
    assert sampler.times[-1] >= 7.5


# --- words in the analysis ---------------------------------------------------------------------------


def test_words_come_with_their_scores_and_each_field_says_what_it_rests_on(
    models: Path, forest: Path
) -> None:
    install_clip(models)
    plain, analysis = LocalAnalyzer().analyze(forest), analysis_with(models, forest)
    showing = analysis.extra["showing"]
    assert [seen["word"] for seen in showing["scene"]] == ["forest", "sunset"]
    assert [seen["word"] for seen in showing["mood"]] == ["peaceful", "energetic"]
    share = sum(time < 6.0 for time in showing["times"]) / len(showing["times"])
    assert showing["scene"][0]["score"] == pytest.approx(share, abs=0.002)
    assert showing["model"] == "openai/clip-vit-base-patch32 fp32"
    assert "forest (0." in analysis.description and "not recognised" not in analysis.description
    assert {"forest", "sunset", "peaceful"} <= set(analysis.keywords)
    assert "forest" in analysis.basis["phrases"] and "openai/clip" in analysis.basis["keywords"]
    assert f"{len(showing['times'])} pictures" in analysis.basis["showing"]
    # What was measured stays what it was.
    same = (
        "mood",
        "tempo",
        "tempo_bpm",
        "energy",
        "energy_level",
        "genre_suggestions",
        "sections",
        "measurements",
    )
    assert all(getattr(analysis, name) == getattr(plain, name) for name in same)
    assert analysis.degraded is None


def test_phrases_of_the_words_are_searched_beside_the_others_with_visible_weights(
    models: Path, forest: Path
) -> None:
    install_clip(models)
    plain, analysis = LocalAnalyzer().analyze(forest), analysis_with(models, forest)
    added = analysis.phrases[len(plain.phrases) :]
    assert analysis.phrases[: len(plain.phrases)] == plain.phrases
    assert [phrase.text for phrase in added] == [
        "acoustic folk guitar and flute",
        "warm chillout with electric piano",
        "calm acoustic guitar and piano",
    ]
    score = analysis.extra["showing"]["scene"][0]["score"]
    assert added[0].weight == pytest.approx(0.9 * score**0.5, abs=0.01)
    assert added[0].weight > added[1].weight > 0
    assert set(added) <= set(query_from_analysis(analysis).phrases)


def test_a_surer_word_weighs_more_and_two_of_one_music_count_once() -> None:
    def showing(*scores: float, music: str = "rock") -> Showing:
        return Showing("m", "p", scene=tuple(SeenWord(str(n), s, music) for n, s in enumerate(scores)))

    weights = [phrases_from(showing(score))[0].weight for score in (0.12, 0.3, 0.7, 1.0)]
    assert weights == sorted(weights) and weights[-1] == pytest.approx(0.9)
    assert len(phrases_from(showing(0.6, 0.3))) == 1
    assert phrases_from(Showing("m", "p")) == ()


def test_a_video_that_shows_nothing_known_gets_no_word_and_the_reason(models: Path, tmp_path: Path) -> None:
    install_clip(models)
    grey = clip_of(tmp_path / "grey.mp4", (123, 117, 104))
    # Words that the model does not know are all alike to it.
    flat = parse_table("[scene] {}\na = x -> rock\nb = y -> jazz\nc = zz -> folk\n")
    analysis = LocalAnalyzer(reader=ClipReader(models, table=flat)).analyze(grey)
    showing = analysis.extra["showing"]
    assert showing["scene"] == [] and "flat" in showing["abstained"][0]
    assert "flat" in analysis.basis["showing"]
    assert analysis.phrases == LocalAnalyzer().analyze(grey).phrases
    assert analysis.degraded is None


def test_a_black_video_is_not_shown_to_the_model(models: Path, tmp_path: Path) -> None:
    install_clip(models)
    black = vf.write(tmp_path / "black.mp4", [np.zeros((90, 160, 3), np.uint8)] * 24, rate=12)
    showing = analysis_with(models, black).extra["showing"]
    assert showing["times"] == [] and showing["scene"] == []
    assert showing["abstained"] == ["no picture of the video has anything to be seen"]


def test_the_same_video_is_told_alike_each_time(models: Path, forest: Path) -> None:
    install_clip(models)
    assert analysis_with(models, forest) == analysis_with(models, forest)


# --- without a model ---------------------------------------------------------------------------------


def test_without_the_model_nothing_changes_and_nothing_is_imported(models: Path, forest: Path) -> None:
    assert find_reader(models) is None
    analysis = LocalAnalyzer().analyze(forest)
    assert "showing" not in analysis.extra and "showing" not in analysis.basis
    assert analysis.description.endswith("what it shows was not recognised.")
    assert LocalAnalyzer().cache_key == VERSION
    program = (
        "import sys; from reelscore.wiring import Wiring; from reelscore.config import Settings;"
        f"from pathlib import Path; home = Path({str(models.parent)!r});"
        "w = Wiring(Settings(home=home, analyzer='local'));"
        f"w.analyzer.analyze(Path({str(forest)!r}));"
        "print([name for name in sys.modules if 'clip' in name or name in ('onnxruntime', 'tokenizers')])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# --- what can go wrong -------------------------------------------------------------------------------


def damage(part: str) -> Callable[[InstalledModel], None]:
    def work(installed: InstalledModel) -> None:
        installed.path(part).write_bytes(installed.path(part).read_bytes()[:-9])

    return work


def remove(name: str) -> Callable[[InstalledModel], None]:
    return lambda installed: installed.path(name).unlink()


def scribble(installed: InstalledModel) -> None:
    (installed.folder / "model.json").write_text("{")


@pytest.mark.parametrize(
    ("parts", "harm", "words"),
    [
        ({}, damage(IMAGE), "image.onnx is damaged"),
        ({}, damage(TEXT), "text.onnx is damaged"),
        ({}, damage(TOKENIZER), "tokenizer.json is damaged"),
        ({}, damage(FEATURES), "preprocessor_config.json is damaged"),
        ({}, remove(IMAGE), "cannot read"),
        ({}, remove("model.json"), "reelscore models pull openai/clip-vit-base-patch32"),
        ({}, scribble, "missing or damaged"),
        ({"image": b"no model"}, None, "cannot run the model"),
        ({"text": b""}, None, "cannot run the model"),
        ({"tokenizer": b"{}"}, None, "no tokenizer that can be used"),
        ({"features": b"{}"}, None, "missing or damaged"),
        ({"image": image_tower(dim=64)}, None, "no output of 512 values"),
        ({"image": image_tower(side=100)}, None, "cannot be run"),
        ({"image": image_tower(factor=float("nan"))}, None, "no usable vector"),
        ({"image": text_tower()}, None, "cannot be run"),
        ({"text": image_tower()}, None, "no tower for texts"),
        ({"text": text_tower(collapsed=True)}, None, "does not tell texts apart"),
        ({"image": image_tower(collapsed=True)}, None, "does not tell a landscape from noise"),
    ],
)
def test_a_model_that_breaks_is_said_and_the_analysis_goes_on_without_it(
    models: Path,
    forest: Path,
    parts: dict[str, bytes],
    harm: Callable[[InstalledModel], None] | None,
    words: str,
) -> None:
    installed = install_clip(models, **parts)
    reader = find_reader(models)
    assert reader is not None
    if harm is not None:
        harm(installed)
    analysis = LocalAnalyzer(reader=reader, degraded="no key").analyze(forest)
    assert analysis.degraded is not None and words in analysis.degraded
    assert analysis.degraded.startswith("no key; what the video shows was not told: ")
    assert "\n" not in analysis.degraded
    assert replace(analysis, degraded=None) == LocalAnalyzer().analyze(forest)


def test_the_extra_is_named_where_the_tokenizer_is_not_installed(
    models: Path, forest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_clip(models)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    assert "pip install 'huggingface-hub>=" in str(analysis_with(models, forest).degraded)


def test_the_work_is_not_done_while_the_model_looks(models: Path, forest: Path) -> None:
    install_clip(models)
    steps: list[Progress] = []
    LocalAnalyzer(reader=find_reader(models)).analyze(forest, progress=steps.append)
    shares = [step.done / step.total for step in steps if step.total]
    assert {step.message for step in steps} == {"watching", "looking"}
    assert shares == sorted(shares) and shares[-1] < 1.0


def test_a_stop_comes_through_while_the_model_looks(models: Path, forest: Path) -> None:
    install_clip(models)

    def stop(step: Progress) -> None:
        if step.message == "looking":
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        LocalAnalyzer(reader=find_reader(models)).analyze(forest, progress=stop)


# --- what is kept ------------------------------------------------------------------------------------


def test_the_words_are_read_once_and_kept_beside_the_model(models: Path, forest: Path) -> None:
    installed = install_clip(models)
    first = analysis_with(models, forest)
    kept = list(installed.folder.glob("words-*.npy"))
    assert len(kept) == 1
    installed.path(TEXT).unlink()  # not needed any more
    assert analysis_with(models, forest) == first
    kept[0].write_bytes(kept[0].read_bytes()[:1000])
    assert "cannot read" in str(analysis_with(models, forest).degraded)  # so it was needed again


def test_kept_words_of_another_list_are_replaced(models: Path) -> None:
    installed = install_clip(models)
    pictures = [grain(GREEN, 1, width=400, height=224)]
    ClipReader(models).read(pictures)
    table = parse_table("[scene] a photo of {}.\nwood = a forest -> folk\nwater = the ocean -> ambient\n")
    found = ClipReader(models, table=table).read(pictures)
    assert [seen.word for seen in found.scene] == ["wood"] and found.mood == ()
    assert len(list(installed.folder.glob("words-*.npy"))) == 1


def test_model_precision_and_list_are_part_of_what_identifies_an_analysis(models: Path) -> None:
    keys = {LocalAnalyzer().cache_key}
    install_clip(models, "int8")
    keys.add(LocalAnalyzer(reader=find_reader(models)).cache_key)
    install_clip(models)  # fp32 is preferred
    keys.add(LocalAnalyzer(reader=find_reader(models)).cache_key)
    keys.add(
        LocalAnalyzer(reader=ClipReader(models, table=parse_table("[scene] {}\na = b -> c\n"))).cache_key
    )
    other = install_clip(models, image=image_tower(factor=2.0))
    keys.add(LocalAnalyzer(reader=find_reader(models)).cache_key)
    scribble(other)
    keys.add(LocalAnalyzer(reader=find_reader(models)).cache_key)
    assert len(keys) == 6
    assert all(len(key) <= 100 and key.isascii() for key in keys)
