"""A small joint model made by hand: what is low sounds red, what is high sounds blue.

Its image tower is that of the small CLIP, the mean colour of a picture; its audio tower says how loud the
low, the middle and the high bands are beside each other, and calls them red, green and blue. So which song a
picture of one colour must find is known, and every part that runs is a real one.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from picture_models import DIM, image_tower, settings_json, text_tower, tokenizer_json
from reelscore.embedding.hub.folder import InstalledModel, Staging
from reelscore.embedding.hub.models import AUDIO, FEATURES, IMAGE, TEXT, TOKENIZER, HubFile, HubModel

NAME = "tests/colour-sound"
SPACE = "colour-sound-1"
BANDS = 64
RECORD = HubModel(
    name=NAME,
    dim=DIM,
    licence="CC0-1.0",
    description="for tests",
    repository=NAME,
    pictures=True,
    files={"fp32": {part: HubFile(part) for part in (AUDIO, IMAGE, TEXT, TOKENIZER, FEATURES)}},
)


def audio_tower(*, deaf: bool = False) -> bytes:
    third = np.zeros((BANDS, 3), np.float32)
    for colour, bands in enumerate(np.array_split(np.arange(BANDS), 3)):
        third[bands, colour] = 1.0 / len(bands)
    third -= third.mean(axis=1, keepdims=True)  # beside each other, however loud it is
    project = np.zeros((3, DIM), np.float32)
    project[:, :3] = 0.0 if deaf else np.eye(3)
    shift = np.zeros(DIM, np.float32)
    shift[3] = 1.0 if deaf else 0.0
    nodes = [
        helper.make_node("MatMul", ["input_features", "third"], ["thirds"]),
        helper.make_node("ReduceMean", ["thirds"], ["levels"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["levels", "project"], ["projected"]),
        helper.make_node("Add", ["projected", "shift"], ["audio_embeds"]),
    ]
    constants = {"third": third, "project": project, "shift": shift}
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("input_features", TensorProto.FLOAT, ["n", 1, "frames", BANDS])],
        [helper.make_tensor_value_info("audio_embeds", TensorProto.FLOAT, ["n", DIM])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data: bytes = made.SerializeToString()
    return data


def features_json() -> bytes:
    """The settings of sound and of pictures, which have no name in common."""
    sound = {
        "sampling_rate": 48_000,
        "fft_window_size": 1024,
        "hop_length": 480,
        "feature_size": BANDS,
        "frequency_min": 50,
        "frequency_max": 14_000,
        "max_length_s": 10,
        "padding": "repeatpad",
        "truncation": "rand_trunc",
    }
    return json.dumps(sound | json.loads(settings_json())).encode()


def install_joint(models: Path, *, deaf: bool = False) -> InstalledModel:
    """Put the small model into a model folder; its record must be among the known ones."""
    files = {
        AUDIO: audio_tower(deaf=deaf),
        IMAGE: image_tower(),
        TEXT: text_tower(),
        TOKENIZER: tokenizer_json(),
        FEATURES: features_json(),
    }
    staging = Staging(models, RECORD, "fp32")
    for part, data in files.items():
        (staging.folder / part).write_bytes(data)
    return staging.finish(revision="made by hand")
