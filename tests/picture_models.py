"""A small model with the interface of CLIP, made by hand: it knows colours, and a few words for them.

Its image tower is the mean colour of the picture, its text tower the mean of the vectors of the words in a
text; words for coloured things lie where their colour does, all others somewhere else. So what a picture of
one colour must be called is known, and every part that runs is a real one.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from reelscore.embedding.clip.prompts import load_table
from reelscore.embedding.hub.folder import InstalledModel, Staging
from reelscore.embedding.hub.models import (
    DEFAULT_PICTURE_MODEL,
    FEATURES,
    IMAGE,
    KNOWN_MODELS,
    TEXT,
    TOKENIZER,
    HubModel,
    Precision,
)

DIM = 512
SIDE = 224
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
# What the model has seen of the world: word of a prompt -> colour, 0..1.
COLOURS = {
    "forest": (0.1, 0.55, 0.15),
    "sandy": (0.95, 0.85, 0.45),
    "sunset": (0.95, 0.35, 0.1),
    "ocean": (0.05, 0.2, 0.8),
    "peaceful": (0.1, 0.55, 0.15),
    "energetic": (0.95, 0.35, 0.1),
}
GREEN, RED, BLUE = ((26, 140, 38), (242, 89, 26), (13, 51, 204))


def settings_json() -> bytes:
    return json.dumps(
        {
            "image_mean": MEAN,
            "image_std": DEVIATION,
            "size": {"shortest_edge": SIDE},
            "crop_size": {"height": SIDE, "width": SIDE},
            "resample": 3,
        }
    ).encode()


def tokenizer_json() -> bytes:
    words = {"[unk]": 0}
    for members in load_table().groups.values():
        for text in (prompt for word in members for prompt in word.prompts):
            for piece, _ in pre_tokenizers.Whitespace().pre_tokenize_str(text):
                words.setdefault(piece, len(words))
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[unk]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer.to_str().encode()


def image_tower(*, dim: int = DIM, side: int = SIDE, factor: float = 1.0, collapsed: bool = False) -> bytes:
    project = np.zeros((3, dim), np.float32)
    project[:3, :3] = 0.0 if collapsed else factor * np.eye(3)
    shift = np.zeros(dim, np.float32)
    shift[3] = 1.0 if collapsed else 0.0
    nodes = [
        helper.make_node("ReduceMean", ["pixel_values"], ["colour"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["colour", "project"], ["projected"]),
        helper.make_node("Add", ["projected", "shift"], ["image_embeds"]),
    ]
    return _model(
        nodes,
        helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, side, side]),
        helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["n", dim]),
        {"project": project, "shift": shift},
    )


def text_tower(*, dim: int = DIM, collapsed: bool = False) -> bytes:
    vocabulary = Tokenizer.from_str(tokenizer_json().decode()).get_vocab()
    vectors = np.random.default_rng(5).standard_normal((len(vocabulary), dim)).astype(np.float32) / 20
    vectors[:, :3] = 0.0  # where the pictures lie
    for word, colour in COLOURS.items():
        vectors[vocabulary[word]] = 0.0
        vectors[vocabulary[word], :3] = 8.0 * (np.array(colour) - MEAN) / DEVIATION
    if collapsed:
        vectors[:] = vectors[0] + 1e-3 * vectors
    nodes = [
        helper.make_node("Gather", ["vectors", "input_ids"], ["pieces"]),
        helper.make_node("ReduceMean", ["pieces"], ["text_embeds"], axes=[1], keepdims=0),
    ]
    return _model(
        nodes,
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "pieces"]),
        helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, ["n", dim]),
        {"vectors": vectors},
    )


def clip_files(**changed: bytes) -> dict[str, bytes]:
    """The parts of the small model, `image`, `text`, `tokenizer` or `features` in place of its own ones."""
    names = {"image": IMAGE, "text": TEXT, "tokenizer": TOKENIZER, "features": FEATURES}
    files = {IMAGE: image_tower(), TEXT: text_tower(), TOKENIZER: tokenizer_json(), FEATURES: settings_json()}
    return files | {names[part]: data for part, data in changed.items()}


def install_clip(models: Path, precision: Precision = "fp32", **changed: bytes) -> InstalledModel:
    """Put the small model where the real one would be."""
    record: HubModel = KNOWN_MODELS[DEFAULT_PICTURE_MODEL]
    staging = Staging(models, record, precision)
    for part, data in clip_files(**changed).items():
        (staging.folder / part).write_bytes(data)
    return staging.finish(revision="made by hand")


def _model(
    nodes: list[onnx.NodeProto],
    taken: onnx.ValueInfoProto,
    given: onnx.ValueInfoProto,
    constants: dict[str, np.ndarray],
) -> bytes:
    initialisers = [numpy_helper.from_array(values, name) for name, values in constants.items()]
    graph = helper.make_graph(nodes, "small", [taken], [given], initialisers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data: bytes = made.SerializeToString()
    return data


def film(path: Path, colour: tuple[int, int, int], *, seconds: int = 3) -> Path:
    """Some seconds of one colour, with some grain."""
    import av

    noise = np.kron(np.random.default_rng(1).integers(-25, 26, (9, 16, 1)), np.ones((10, 10, 1), int))
    image = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for _ in range(12 * seconds):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path
