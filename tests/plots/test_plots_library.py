from __future__ import annotations

import numpy as np
import pytest
from library_figures import (
    GROUP_COLOURS,
    plot_distributions,
    plot_fingerprints,
    plot_map,
    plot_similarity,
    plot_spectrograms,
    principal_components,
    similarity_matrix,
)
from plots_material import axes_titled, fingerprint_like, ticks_of, tone, words_of


def test_songs_have_a_spectrogram_each() -> None:
    figure = plot_spectrograms(
        {"one": tone(seconds=3.0), "two": tone(seconds=4.0), "three": tone(seconds=5.0)}
    )
    assert [axes_titled(figure, name).images[0].get_extent()[1] for name in ("one", "two", "three")] == [
        3,
        4,
        5,
    ]


def test_fingerprints_lie_over_each_other_with_their_names() -> None:
    figure = plot_fingerprints({name: fingerprint_like(seed) for seed, name in enumerate("abc")})
    mean, deviation = figure.axes
    assert len(mean.lines) == len(deviation.lines) == 3
    assert {"a", "b", "c"} <= set(words_of(mean))
    np.testing.assert_array_equal(deviation.lines[1].get_ydata(), fingerprint_like(1)[128:])


def test_every_song_is_counted_once_in_the_distributions() -> None:
    figure = plot_distributions(
        tempo_bpm=[60.0, 119.9, 120.0, None],
        keys=["C major", "C# minor", "Db major", None],
        loudness_lufs=[-14.0, -14.0, -9.5, -30.0],
        energy=[0.1, 0.5, None, 1.0],
        groups={"mood": ["calm", "calm", "happy", "happy"]},
    )
    heights = {
        title: sum(bar.get_height() for bar in axes_titled(figure, title).patches)
        for title in ("Tempo", "Key", "Loudness")
    }
    assert heights == {"Tempo": 3, "Key": 3, "Loudness": 4}
    keys = axes_titled(figure, "Key")
    at_flat_d = [
        bar.get_height() for bar in keys.patches if round(bar.get_x() + 0.4) == ticks_of(keys.xaxis)["Db"]
    ]
    assert at_flat_d == [1, 1]  # one major and one minor, whatever the note is called
    energy = axes_titled(figure, "Energy by mood")
    assert [len(dots.get_offsets()) for dots in energy.collections] == [2, 1]


def test_nothing_measured_is_said() -> None:
    none = [None, None]
    figure = plot_distributions(
        tempo_bpm=none, keys=none, loudness_lufs=none, energy=none, groups={"mood": ["a", "b"]}
    )
    assert words_of(figure).count("not found in any song") == 3


def test_one_extreme_song_makes_no_endless_histogram() -> None:
    loudness = [-14.0] * 5 + [-70.0]
    figure = plot_distributions(
        tempo_bpm=[100.0] * 6, keys=[None] * 6, loudness_lufs=loudness, energy=[0.5] * 6, groups={}
    )
    bars = axes_titled(figure, "Loudness").patches
    assert len(bars) <= 25
    assert sum(bar.get_height() for bar in bars) == 6


def test_groups_beyond_the_largest_are_drawn_as_other() -> None:
    genres = [f"genre {number:02d}" for number in range(12) for _ in range(12 - number)]
    points = np.random.default_rng(0).standard_normal((len(genres), 2))
    figure = plot_map(points, (0.5, 0.2), groups={"genre": genres})
    dots = figure.axes[0].collections
    assert len(dots) == len(GROUP_COLOURS) + 1
    assert sum(len(some.get_offsets()) for some in dots) == len(genres)
    words = words_of(figure)
    assert "genre 00 (12)" in words
    assert f"other ({5 * 6 // 2})" in words


def test_a_matrix_is_ordered_by_group_and_keeps_its_pairs() -> None:
    matrix = np.array([[1.0, 0.2, 0.9], [0.2, 1.0, 0.1], [0.9, 0.1, 1.0]], dtype=np.float32)
    figure = plot_similarity({"space": matrix}, groups=["b", "a", "b"], names=["x", "y", "z"])
    axes = axes_titled(figure, "space")
    shown = np.asarray(axes.images[0].get_array())
    assert list(ticks_of(axes.yaxis)) == ["y", "x", "z"]
    np.testing.assert_array_equal(shown, matrix[np.ix_([1, 0, 2], [1, 0, 2])])
    assert list(ticks_of(axes.xaxis)) == ["a", "b"]


def test_likeness_is_1_with_itself_and_symmetric() -> None:
    vectors = (np.random.default_rng(2).standard_normal((20, 8)) + 5.0).astype(np.float32)
    similarity = similarity_matrix(vectors)
    np.testing.assert_allclose(np.diag(similarity), 1.0, atol=1e-6)
    np.testing.assert_allclose(similarity, similarity.T, atol=1e-6)
    assert abs(float(similarity[np.triu_indices(20, 1)].mean())) < 0.1  # plain cosines are near 1 here


def test_principal_components_are_those_of_the_covariance() -> None:
    vectors = (np.random.default_rng(3).standard_normal((50, 6)) * [5, 3, 1, 1, 1, 1] + 7.0).astype(
        np.float32
    )
    points, shares = principal_components(vectors)
    values = np.linalg.eigvalsh(np.cov(vectors.astype(np.float64).T))[::-1]
    np.testing.assert_allclose(shares, values[:2] / values.sum())
    np.testing.assert_allclose(points.var(axis=0, ddof=1), values[:2])
    np.testing.assert_allclose(points.mean(axis=0), 0.0, atol=1e-9)


def test_the_map_does_not_depend_on_the_order_of_the_songs() -> None:
    vectors = np.random.default_rng(4).standard_normal((30, 10)).astype(np.float32)
    order = np.random.default_rng(5).permutation(30)
    np.testing.assert_allclose(
        principal_components(vectors[order])[0], principal_components(vectors)[0][order], atol=1e-9
    )


@pytest.mark.parametrize("count", [1, 2])
def test_a_tiny_library_is_drawn_too(count: int) -> None:
    vectors = np.eye(4, dtype=np.float32)[:count]
    names = ["only song", "other song"][:count]
    points, shares = principal_components(vectors)
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()
    assert np.isfinite(shares).all()
    plot_map(points, shares, groups={"genre": names}, names=names).draw_without_rendering()
    plot_similarity({"space": similarity_matrix(vectors)}, groups=names, names=names).draw_without_rendering()
