"""The towers give the reference's numbers, and the embedder keeps the contracts."""

from __future__ import annotations

import importlib.resources
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from patience import wait_until
from reelscore.audio.decode import load
from reelscore.embedding.clap.check import CheckReport, music, noise
from reelscore.embedding.clap.export import quantise
from reelscore.embedding.clap.features import FeatureSettings, fill_window, log_mel_windows, window_starts
from reelscore.embedding.hub import embedder as embedder_module
from reelscore.embedding.hub.embedder import HubEmbedder, choose_model, open_embedder
from reelscore.embedding.hub.folder import InstalledModel, PartFile, read_manifest
from reelscore.embedding.hub.shared import Shared
from reelscore.embedding.hub.towers import AudioTower, TextTower
from reelscore.errors import ConfigurationError, ModelError, UnknownNameError, UnusableAudioError
from reelscore.files import hash_file
from reelscore.records import AudioClip, FloatArray, MusicFeatures

SETTINGS = FeatureSettings()
RATE = SETTINGS.sample_rate
GOLDEN = Path(__file__).parent / "fixture" / "golden.npz"
TOLERANCE = 1e-4  # fp32 against the reference; measured is 1e-5
FEATURES = MusicFeatures(duration=30.0)
TEXTS = (
    "slow acoustic guitar ballad",
    "fast electronic dance music with heavy bass",
    "a dog barking in the street",
    "a woman reading the news",
    "Köln, 140 bpm — “naïve” café!",
    "a",
    "calm piano, rain, and a very long description of a film scene " * 12,
)


def clip_of(samples: FloatArray, rate: int = RATE) -> AudioClip:
    return AudioClip(samples.astype(np.float32), rate)


def thirty_seconds() -> AudioClip:
    return clip_of(np.concatenate([music(SETTINGS), 0.3 * music(SETTINGS)[::-1], noise(SETTINGS)]))


def change(model: InstalledModel, part: str, edit: object) -> InstalledModel:
    """The model with one of its graphs edited, as if it had been published that way."""
    path = model.folder / part
    graph = onnx.load(path)
    edit(graph)  # type: ignore[operator]
    onnx.save(graph, path)
    return relist(model, part)


def relist(model: InstalledModel, part: str) -> InstalledModel:
    path = model.folder / part
    manifest = json.loads((model.folder / "model.json").read_text())
    manifest["parts"][part] = {"size": path.stat().st_size, "sha256": hash_file(path)}
    (model.folder / "model.json").write_text(json.dumps(manifest))
    return read_manifest(model.folder)


def collapse(graph: onnx.ModelProto) -> None:
    """A large constant on every output: all vectors point nearly the same way."""
    output = graph.graph.output[0].name
    node = next(node for node in graph.graph.node if output in node.output)
    node.output[list(node.output).index(output)] = "before"
    constant = numpy_helper.from_array(np.full(32, 50.0, dtype=np.float32), "constant")
    graph.graph.initializer.append(constant)
    graph.graph.node.append(onnx.helper.make_node("Add", ["before", "constant"], [output]))


# --- the numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["music", "noise", "silence"])
def test_the_audio_tower_gives_what_the_reference_gives(small_clap: InstalledModel, name: str) -> None:
    sounds = {
        "music": music(SETTINGS),
        "noise": noise(SETTINGS),
        "silence": np.zeros(SETTINGS.window, dtype=np.float32),
    }
    tower = AudioTower(small_clap, threads=1, provider="cpu")
    found = tower.run(log_mel_windows(sounds[name], (0,), SETTINGS))
    np.testing.assert_allclose(found, np.load(GOLDEN)[f"audio_{name}"], atol=TOLERANCE)


def test_the_text_tower_gives_what_the_reference_gives(small_clap: InstalledModel) -> None:
    golden = np.load(GOLDEN)
    tower = TextTower(small_clap, threads=1, provider="cpu")
    ids = np.concatenate([tower.encode(text) for text in TEXTS])
    np.testing.assert_array_equal(ids, golden["pieces"])
    np.testing.assert_allclose(tower.run(TEXTS), golden["text"], atol=TOLERANCE)


def test_int8_points_the_same_way(small_clap: InstalledModel) -> None:
    windows = log_mel_windows(music(SETTINGS), (0,), SETTINGS)
    full = AudioTower(small_clap, threads=1, provider="cpu").run(windows)[0]
    quantise(small_clap.folder / "audio.onnx")
    small = AudioTower(relist(small_clap, "audio.onnx"), threads=1, provider="cpu").run(windows)[0]
    # A network of 8 channels has little to average over; at full size it is .9998, see tests/parity.
    cosine = full @ small / np.linalg.norm(full) / np.linalg.norm(small)
    assert cosine > 0.98, cosine


def test_a_track_is_the_mean_of_its_windows_raw_outputs(small_clap: InstalledModel) -> None:
    clip = thirty_seconds()
    found = HubEmbedder(small_clap).embed_audio(clip, FEATURES)
    starts = window_starts(len(clip.samples), SETTINGS)
    raw = AudioTower(small_clap, threads=1, provider="cpu").run(
        log_mel_windows(clip.samples, starts, SETTINGS)
    )
    mean = raw.mean(axis=0)
    np.testing.assert_allclose(found.track, mean / np.linalg.norm(mean), atol=1e-5)


# --- the contract ------------------------------------------------------------------------------------


def test_thirty_seconds_are_five_windows_of_unit_length(small_clap: InstalledModel) -> None:
    embedder = HubEmbedder(small_clap)
    found = embedder.embed_audio(thirty_seconds(), FEATURES)
    assert found.space == embedder.space.name == "clap-random-1"
    assert found.window_starts == (0.0, 5.0, 10.0, 15.0, 20.0)
    assert found.window_seconds == 10.0
    assert found.track.shape == (32,) and found.windows.shape == (5, 32)
    np.testing.assert_allclose(np.linalg.norm(found.windows, axis=1), 1.0, atol=1e-5)
    assert found.track.dtype == found.windows.dtype == np.float32


def test_the_same_file_twice_gives_the_same_bytes(small_clap: InstalledModel) -> None:
    path = demo_track()
    first, second = (
        HubEmbedder(small_clap).embed_audio(load(path, sample_rate=RATE), FEATURES) for _ in range(2)
    )
    assert first.track.tobytes() == second.track.tobytes()
    assert first.windows.tobytes() == second.windows.tobytes()


def test_sound_at_another_rate_is_brought_to_the_models(small_clap: InstalledModel) -> None:
    embedder = HubEmbedder(small_clap)
    path = demo_track()
    own = embedder.embed_audio(load(path, sample_rate=RATE), FEATURES)
    other = embedder.embed_audio(load(path, sample_rate=96_000), FEATURES)
    assert len(own.window_starts) == len(other.window_starts)
    assert own.track @ other.track > 0.999


def test_a_clip_keeps_its_place_in_the_file(small_clap: InstalledModel) -> None:
    clip = AudioClip(thirty_seconds().samples, RATE, start=7.5)
    assert HubEmbedder(small_clap).embed_audio(clip, FEATURES).window_starts[0] == 7.5


def test_a_short_clip_is_one_window_and_an_empty_one_is_refused(small_clap: InstalledModel) -> None:
    embedder = HubEmbedder(small_clap)
    found = embedder.embed_audio(clip_of(music(SETTINGS)[:RATE]), FEATURES)
    assert found.windows.shape == (1, 32) and found.window_seconds == 1.0
    with pytest.raises(UnusableAudioError):
        embedder.embed_audio(clip_of(np.zeros(0)), FEATURES)


def test_queries_are_unit_vectors_and_nothing_is_a_zero_vector(small_clap: InstalledModel) -> None:
    found = HubEmbedder(small_clap).embed_queries(["slow guitar", "", "  ", "dance", "?!", "🎵"])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [1, 0, 0, 1, 0, 0], atol=1e-5)
    assert HubEmbedder(small_clap).embed_queries([]).shape == (0, 32)


def test_a_query_is_the_same_in_any_company(small_clap: InstalledModel) -> None:
    alone = HubEmbedder(small_clap).embed_queries(["slow guitar"])
    together = HubEmbedder(small_clap).embed_queries([TEXTS[-1], "slow  guitar ", "a"])
    assert alone[0].tobytes() == together[1].tobytes()


def test_text_vectors_are_cached_within_bounds(
    small_clap: InstalledModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder_module, "CACHED_TEXTS", 2)
    embedder = HubEmbedder(small_clap)
    first = embedder.embed_queries(["a"])
    embedder.close()
    assert embedder.embed_queries(["a"]).tobytes() == first.tobytes()
    assert not embedder.text.loaded  # it came from the cache
    embedder.embed_queries(["b", "c"])  # "a" was used longest ago
    embedder.close()
    embedder.embed_queries(["c", "b"])
    assert not embedder.text.loaded
    embedder.embed_queries(["a"])
    assert embedder.text.loaded


def test_a_caller_cannot_change_the_cache(small_clap: InstalledModel) -> None:
    embedder = HubEmbedder(small_clap)
    first = embedder.embed_queries(["a"])
    wanted = first.copy()
    first *= 0.0
    np.testing.assert_array_equal(embedder.embed_queries(["a"]), wanted)


# --- one model for all threads -----------------------------------------------------------------------


def test_threads_share_one_load(small_clap: InstalledModel) -> None:
    embedder = HubEmbedder(small_clap, threads=1)
    loads: list[int] = []
    load_once = embedder.audio._load
    embedder.audio._load = lambda: (loads.append(1), load_once())[1]
    clip = clip_of(music(SETTINGS))
    (small_clap.folder / "check.json").unlink()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: embedder.embed_audio(clip, FEATURES).track.tobytes(), range(8)))
    assert len(set(found)) == 1
    assert len(loads) == 1


def test_an_idle_model_is_unloaded_and_comes_back() -> None:
    loads: list[int] = []

    def make() -> object:
        loads.append(1)
        return object()

    shared = Shared(make, idle_seconds=0.05)
    with shared.use():
        time.sleep(0.15)
        assert shared.loaded  # in use is not idle
    wait_until(lambda: not shared.loaded)
    with shared.use():
        pass
    assert len(loads) == 2
    shared.unload()


def test_a_failed_load_is_tried_again() -> None:
    outcomes = [ModelError("broken"), None]

    def make() -> object:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome
        return object()

    shared = Shared(make)
    with pytest.raises(ModelError), shared.use():
        pass
    with shared.use() as value:
        assert value is not None


def test_unloading_while_in_use_leaves_the_user_its_model() -> None:
    shared: Shared[object] = Shared(object, idle_seconds=0.01)
    with shared.use() as value:
        shared.unload()
        assert value is not None
        with shared.use() as other:
            assert other is not value
    assert threading.active_count() < 50


# --- the check ---------------------------------------------------------------------------------------


def test_a_collapsed_text_tower_is_refused_with_the_figure(small_clap: InstalledModel) -> None:
    dead = change(small_clap, "text.onnx", collapse)
    embedder = HubEmbedder(dead)
    with pytest.raises(ModelError, match=r"mean cosine of 4 unrelated prompts is 0\.\d{4}.*below 0\.6"):
        embedder.embed_queries(["guitar"])
    with pytest.raises(ModelError, match="text tower"):
        embedder.embed_audio(thirty_seconds(), FEATURES)


def test_a_collapsed_audio_tower_is_refused_with_the_figure(small_clap: InstalledModel) -> None:
    dead = change(small_clap, "audio.onnx", collapse)
    with pytest.raises(ModelError, match=r"does not tell music from noise: their cosine is \d\.\d{4}"):
        HubEmbedder(dead).embed_audio(thirty_seconds(), FEATURES)


def test_a_passed_check_is_remembered_for_exactly_these_files(small_clap: InstalledModel) -> None:
    (small_clap.folder / "check.json").unlink()
    first = HubEmbedder(small_clap)
    first.embed_queries(["a"])
    assert first.text.loaded and not first.audio.loaded  # what only the check needed is gone
    stored = small_clap.read_check()
    assert stored is not None and stored["text_cosine"] < 0.6
    again = HubEmbedder(read_manifest(small_clap.folder))
    again.audio._load = lambda: pytest.fail("the check ran again")
    again.embed_queries(["a"])
    changed = change(small_clap, "text.onnx", collapse)
    assert changed.read_check() is None
    with pytest.raises(ModelError, match="refused"):
        HubEmbedder(changed).embed_queries(["a"])


def test_a_figure_that_is_no_number_fails() -> None:
    assert CheckReport(float("nan"), 0.0).problem is not None
    assert CheckReport(0.1, float("nan")).problem is not None
    assert CheckReport(0.59, 0.89).problem is None


# --- what can be wrong -------------------------------------------------------------------------------


def test_a_damaged_file_is_never_used(small_clap: InstalledModel) -> None:
    path = small_clap.folder / "text.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="damaged"):
        HubEmbedder(small_clap).embed_queries(["a"])


def test_a_graph_without_projection_is_refused(small_clap: InstalledModel) -> None:
    wrong = InstalledModel(
        model=small_clap.model.__class__(name="clap-random", dim=48, licence="", description=""),
        precision="fp32",
        folder=small_clap.folder,
        parts=small_clap.parts,
    )
    with pytest.raises(ModelError, match="no output of 48 values"):
        AudioTower(wrong, threads=1, provider="cpu")


def test_a_tokenizer_that_is_none_is_one_clear_line(small_clap: InstalledModel) -> None:
    (small_clap.folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="no tokenizer"):
        HubEmbedder(relist(small_clap, "tokenizer.json")).embed_queries(["a"])


def test_asking_for_cuda_and_not_getting_it_is_said(small_clap: InstalledModel) -> None:
    with pytest.raises(ConfigurationError, match=r"CUDAExecutionProvider.*REELSCORE_EXECUTION_PROVIDER=cpu"):
        HubEmbedder(small_clap, provider="cuda").embed_audio(thirty_seconds(), FEATURES)


def test_an_unknown_provider_lists_the_known_ones(small_clap: InstalledModel) -> None:
    with pytest.raises(UnknownNameError, match="cuda"):
        HubEmbedder(small_clap, provider="quantum")


def test_a_model_that_is_not_installed_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="reelscore models pull laion/clap-htsat-unfused"):
        open_embedder(tmp_path)
    with pytest.raises(ModelError, match="reelscore models export someone/clap"):
        open_embedder(tmp_path, name="someone/clap")
    with pytest.raises(ModelError, match=r"0\.9993"):
        open_embedder(tmp_path, name="laion/larger_clap_music")


def test_int8_is_taken_where_only_that_is_there(clap_models: Path, small_clap: InstalledModel) -> None:
    assert choose_model(clap_models, "clap-random").precision == "fp32"
    small_clap.folder.rename(small_clap.folder.with_name("int8"))
    manifest = small_clap.folder.with_name("int8") / "model.json"
    manifest.write_text(manifest.read_text().replace('"fp32"', '"int8"'))
    found = choose_model(clap_models, "clap-random")
    assert found.precision == "int8"
    assert HubEmbedder(found).space.name == "clap-random-int8-1"
    assert isinstance(found.parts["audio.onnx"], PartFile)


def test_the_extra_is_named_where_it_is_missing(
    small_clap: InstalledModel, clap_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ConfigurationError, match=r"pip install .*'tokenizers>="):
        HubEmbedder(small_clap).embed_queries(["a"])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="'tokenizers>="):
        open_embedder(clap_models, name="clap-random")


def test_short_sound_has_the_features_of_the_repeated_sound() -> None:
    short = music(SETTINGS)[: 3 * RATE]
    filled = fill_window(short, SETTINGS)
    assert filled[: 9 * RATE].tobytes() == np.tile(short, 3).tobytes()


def demo_track() -> Path:
    root = importlib.resources.files("immich_memories_music")
    return sorted(Path(str(root)).rglob("*.opus"))[3]
