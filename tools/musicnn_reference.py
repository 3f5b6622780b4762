"""A plain forward pass of musicnn from its original checkpoint arrays: slow, unfolded, and easy to check.

It follows the published architecture (Pons and Serra, "musicnn: pre-trained convolutional neural networks for
music audio tagging", 2019, and "End-to-end learning for music audio tagging at scale", 2018) layer by layer
in float64. The ONNX graph that is shipped is compared with it; nothing is shared between the two but the
arrays.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_BN_EPSILON = 1e-3  # the default of the layer that musicnn was built with


def forward(arrays: Mapping[str, NDArray[np.float32]], patch: NDArray[np.float32]) -> tuple[Array, Array]:
    """Logits (50,) and penultimate activations (200,) of one log-mel patch (187, 96)."""
    layers = {name: array.astype(np.float64) for name, array in arrays.items()}

    def normalise(x: Array, index: int) -> Array:
        name = "batch_normalization" + (f"_{index}" if index else "")
        centred = x - layers[f"{name}/moving_mean"]
        spread = np.sqrt(layers[f"{name}/moving_variance"] + _BN_EPSILON)
        return centred / spread * layers[f"{name}/gamma"] + layers[f"{name}/beta"]

    def convolve(x: Array, index: int, pad: tuple[int, int]) -> Array:
        """ReLU of the correlation of x (time, frequency) with each kernel: (time, frequency', filters)."""
        name = "conv2d" + (f"_{index}" if index else "")
        kernel = layers[f"{name}/kernel"][:, :, 0, :]
        padded = np.pad(x, (pad, (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[:2])
        product = np.tensordot(windows, kernel, axes=([2, 3], [0, 1]))
        return np.maximum(product + layers[f"{name}/bias"], 0.0)

    x = normalise(patch.astype(np.float64)[:, :, None], 0)[:, :, 0]

    # Front end: two timbral and three temporal filter banks, each pooled over all of the frequency axis.
    pads = [(3, 3), (3, 3), (63, 64), (31, 32), (15, 16)]
    front = np.concatenate(
        [normalise(convolve(x, i, pad), i + 1).max(axis=1) for i, pad in enumerate(pads)], axis=1
    )

    # Middle: three convolutions over time, the last two with a residual connection.
    first = normalise(convolve(front, 5, (3, 3)), 6)[:, 0, :]
    second = normalise(convolve(first, 6, (3, 3)), 7)[:, 0, :] + first
    third = normalise(convolve(second, 7, (3, 3)), 8)[:, 0, :] + second

    # Back end: maximum and mean over time stand side by side for each channel.
    channels = np.concatenate([front, first, second, third], axis=1)
    pooled = np.stack([channels.max(axis=0), channels.mean(axis=0)], axis=1).reshape(-1)
    hidden = normalise(pooled, 9) @ layers["dense/kernel"] + layers["dense/bias"]
    penultimate = normalise(np.maximum(hidden, 0.0), 10)
    return penultimate @ layers["dense_1/kernel"] + layers["dense_1/bias"], penultimate
