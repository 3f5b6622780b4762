"""The checkpoints that are known by name: facts, without weights or a network.

A record says what a model reads: always words, and sound, pictures or both. Those of CLAP are LAION's (Wu et
al., "Large-scale contrastive language-audio pretraining with feature fusion and keyword-to-caption
augmentation", ICASSP 2023). The one of CLIP, which knows pictures, is OpenAI's (see
`reelscore.embedding.clip.zero_shot`). Their ONNX files are those that Xenova exported for transformers.js.
Joint models know both; `reelscore.embedding.joint` says how they run. A checksum is listed if several
independent public records of the same revision agree; a file without one is held against the checksum that
the hub states for it when it is downloaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from reelscore.embedding.base import Space
from reelscore.errors import ConfigurationError, ModelError, UnknownNameError, how_to_get

Precision = Literal["fp32", "int8"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
DEFAULT_MODEL = "laion/clap-htsat-unfused"
SAMPLE_RATE = 48_000  # Hz; all CLAP checkpoints of the family listen at this rate
# Goes into the name of the space: raise it when windows, features or pooling change.
PREPROCESSING = 1

DEFAULT_PICTURE_MODEL = "openai/clip-vit-base-patch32"

# The parts of a model, and the names that they have in a model folder.
AUDIO, TEXT, TOKENIZER, FEATURES = "audio.onnx", "text.onnx", "tokenizer.json", "preprocessor_config.json"
IMAGE = "image.onnx"
# Of a checkpoint in the format of transformers, beside its tokenizer.
CONFIG, WEIGHTS, PROCESSOR = "config.json", "model.safetensors", "processor_config.json"
TOKENIZER_CONFIG = "tokenizer_config.json"


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a model on the hub."""

    path: str  # in its repository
    size: int | None = None  # bytes, if it is known
    sha256: str | None = None  # hex, if it is known


@dataclass(frozen=True, slots=True)
class HubModel:
    """What is known of one checkpoint before anything is downloaded."""

    name: str  # as the documents and CLAP_MODEL_NAME write it
    dim: int
    licence: str  # SPDX identifier, as the model card states it
    description: str
    repository: str | None = None  # of its files; None: made here by `reelscore models export`
    revision: str = "main"
    files: Mapping[Precision, Mapping[str, HubFile]] = field(default_factory=dict)  # part -> file
    sample_rate: int | None = SAMPLE_RATE  # Hz, of the sound that it hears; None: it hears none
    pictures: bool = False  # whether it looks at pictures

    @property
    def hears(self) -> bool:
        """Whether songs lie in its space."""
        return self.sample_rate is not None

    @property
    def is_joint(self) -> bool:
        """Whether songs and pictures lie in its space."""
        return self.hears and self.pictures

    @property
    def parts(self) -> tuple[str, ...]:
        """The files that it is made of."""
        for files in self.files.values():
            return tuple(files)
        towers = (AUDIO,) * self.hears + (IMAGE,) * self.pictures
        return (*towers, TEXT, TOKENIZER, FEATURES)

    @property
    def is_checkpoint(self) -> bool:
        """Whether its files are those of transformers, which runs it; else they are towers in ONNX."""
        return CONFIG in self.parts

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """Those that can be pulled."""
        return tuple(self.files)

    @property
    def max_pieces(self) -> int:
        """Pieces of one text: the text towers have positions for no more."""
        return 512 if self.hears else 77

    @property
    def kind(self) -> str:
        """What such models are called."""
        return "joint model" if self.is_joint else "CLAP" if self.hears else "CLIP"

    @property
    def short_name(self) -> str:
        """The name without its owner: the folder of the model."""
        return self.name.rsplit("/", 1)[-1]

    def size(self, precision: Precision) -> int | None:
        """Bytes to download; None if a file's size is not known."""
        sizes = [file.size for file in self.files.get(precision, {}).values()]
        return None if None in sizes or not sizes else sum(size or 0 for size in sizes)

    def space(self, precision: Precision) -> Space:
        """The space that this model spans, known without its weights.

        Each precision is a space of its own: int8 vectors differ from fp32 ones, and by how much depends on
        the checkpoint (0.9996 for one tower, 0.98 for another), so they never meet in one collection.
        """
        suffix = "" if precision == "fp32" else f"-{precision}"
        # The known ones need no owner; two others may differ in nothing but their owner.
        name = self.short_name if self.repository else self.name
        return Space(
            name=f"{name.replace('/', '-').replace('_', '-').lower()}{suffix}-{PREPROCESSING}",
            dim=self.dim,
            sample_rate=self.sample_rate or 0,
            understands_text=True,
            description=f"{self.kind} {self.name}, {precision}",
            sees_pictures=self.pictures,
        )


def _exported(
    quantized_audio: HubFile, quantized_text: HubFile, audio: HubFile, text: HubFile
) -> dict[Precision, dict[str, HubFile]]:
    # The tokenizer and the settings of the feature extraction are the same bytes in all of these.
    shared = {
        TOKENIZER: HubFile(
            "tokenizer.json", 2_108_774, "dc239041d98de27ffc3975473a1a23e3db4c937b23c138c38bbc66588bd247e5"
        ),
        FEATURES: HubFile(
            "preprocessor_config.json",
            541,
            "9739f58296aa6f9ac18008fd0150fb2649bc554985fbde86d0a4041c882ac753",
        ),
    }
    return {
        "fp32": {AUDIO: audio, TEXT: text, **shared},
        "int8": {AUDIO: quantized_audio, TEXT: quantized_text, **shared},
    }


_UNFUSED = HubModel(
    name="laion/clap-htsat-unfused",
    dim=512,
    licence="Apache-2.0",
    description="the documented default; the smallest and fastest",
    repository="Xenova/clap-htsat-unfused",
    revision="c28f2883575e590e04d3146ff0713c2448d691ba",
    files=_exported(
        audio=HubFile(
            "onnx/audio_model.onnx",
            117_528_416,
            "a1c2b43c44f71e0fa841a4b86700886c199bf87699ea45632c4d831bc6c88957",
        ),
        text=HubFile("onnx/text_model.onnx", 501_513_769),
        quantized_audio=HubFile(
            "onnx/audio_model_quantized.onnx",
            34_301_667,
            "3fcff2c8824e7bcb83a983f2a49edab3b60cbcf4872ac70efee517355173bd1f",
        ),
        quantized_text=HubFile(
            "onnx/text_model_quantized.onnx",
            126_603_263,
            "1a3df8b197e249816e08415fd040434c44762b2eea7eb7bf8a48a0f0bf3c14e5",
        ),
    ),
)
_MUSIC_AND_SPEECH = HubModel(
    name="laion/larger_clap_music_and_speech",
    dim=512,
    licence="Apache-2.0",
    description="a larger audio tower, trained on music and speech",
    repository="Xenova/larger_clap_music_and_speech",
    revision="e9fd5ac1dbf3280936a7fc3ec8a020453ff184db",
    files=_exported(
        audio=HubFile(
            "onnx/audio_model.onnx",
            281_749_092,
            "3ecc72d27740e2a09ced20cf22fd6244122e5e506008763a0f368b3b4ff6eac8",
        ),
        text=HubFile(
            "onnx/text_model.onnx",
            501_513_769,
            "96c0f248bfaabe5d467958245beb0243e387ed628251e3b407b856848379e89c",
        ),
        quantized_audio=HubFile(
            "onnx/audio_model_quantized.onnx",
            78_155_433,
            "021dd4fb962b4ed20cc3a6730b09e0ccf9f9c49931047032118a3b64828513a6",
        ),
        quantized_text=HubFile(
            "onnx/text_model_quantized.onnx",
            126_603_262,
            "8f9f29c5f6adee917553d4b3a70729c731c0d18b88efca0ae67c1a1fc278f3b6",
        ),
    ),
)
_GENERAL = HubModel(
    name="laion/larger_clap_general",
    dim=512,
    licence="Apache-2.0",
    description="a larger audio tower, trained on sound of all kinds; the best of them in MusicCaps",
    repository="Xenova/larger_clap_general",
    files={
        "fp32": {
            AUDIO: HubFile("onnx/audio_model.onnx"),
            TEXT: HubFile("onnx/text_model.onnx"),
            TOKENIZER: HubFile("tokenizer.json"),
            FEATURES: HubFile("preprocessor_config.json"),
        },
        "int8": {
            AUDIO: HubFile("onnx/audio_model_quantized.onnx"),
            TEXT: HubFile("onnx/text_model_quantized.onnx"),
            TOKENIZER: HubFile("tokenizer.json"),
            FEATURES: HubFile("preprocessor_config.json"),
        },
    },
)

_PICTURE_FILES = {
    TOKENIZER: HubFile(
        "tokenizer.json", 2_224_119, "f7f3b7af117d467b58374797691a6438d3e6b9e9cef800dfd5dced7f697a90cd"
    ),
    FEATURES: HubFile(
        "preprocessor_config.json", 520, "6f638fb9401a6d6296feff533ee7efe657b787c49f954f82f5906b36ef2a1b1f"
    ),
}
_PICTURES = HubModel(
    name=DEFAULT_PICTURE_MODEL,
    dim=512,
    licence="MIT",  # of the repository that published code and weights; the card of the hub states none
    description="words for what a video shows (optional)",
    repository="Xenova/clip-vit-base-patch32",
    revision="d15189d7028b43f1d3e65039190477f6af591c2a",
    sample_rate=None,
    pictures=True,
    files={
        "fp32": {
            IMAGE: HubFile(
                "onnx/vision_model.onnx",
                351_685_709,
                "fd6e1402a588279d1723c7534d4bcba5bc0b14b47dfab0e46f8c47b8270d7d40",
            ),
            TEXT: HubFile(
                "onnx/text_model.onnx",
                254_058_553,
                "3f6571f5bad13a97c469c1622e1cfc4d9aef78b79fdbfcff804ca357bfada8cc",
            ),
            **_PICTURE_FILES,
        },
        "int8": {
            IMAGE: HubFile(
                "onnx/vision_model_quantized.onnx",
                89_117_001,
                "583fd1110a514667812fee7d684952aaf82a99b959760c8d7dca7e0ab9839299",
            ),
            TEXT: HubFile(
                "onnx/text_model_quantized.onnx",
                64_504_507,
                "73baab855d406190da9faa498cfedf65f15cf309f4cc7385b7b032e6d08e5c3a",
            ),
            **_PICTURE_FILES,
        },
    },
)

# Nobody here has run these weights: `tests/parity` holds what is done with them against transformers.
_JOINT_FILES = {part: HubFile(part) for part in (CONFIG, WEIGHTS, TOKENIZER, TOKENIZER_CONFIG, PROCESSOR)}
_EMBEDDING_GEMMA = HubModel(
    name="google/embeddinggemma-2",
    dim=768,
    licence="Apache-2.0",
    description="words, music and pictures in one space; runs on PyTorch (extra `joint`)",
    repository="google/embeddinggemma-2",
    sample_rate=16_000,
    pictures=True,
    files={"fp32": _JOINT_FILES},  # the file has bfloat16, which float32 holds exactly; float16 overflows
)

_PE_AV_SMALL = HubModel(
    name="facebook/pe-av-small",
    dim=1024,
    licence="Apache-2.0",
    description="music and pictures of videos, and words, in one space; runs on PyTorch (extra `joint`)",
    repository="facebook/pe-av-small",
    pictures=True,
    files={"fp32": _JOINT_FILES},
)

KNOWN_MODELS: Mapping[str, HubModel] = {
    model.name: model
    for model in (_UNFUSED, _GENERAL, _MUSIC_AND_SPEECH, _PICTURES, _EMBEDDING_GEMMA, _PE_AV_SMALL)
}
# Checkpoints that cannot work, and why; said before anything is downloaded.
REFUSED_MODELS: Mapping[str, str] = {
    "laion/larger_clap_music": (
        "its text tower is collapsed: the mean cosine of unrelated prompts is 0.9993, so every search by "
        "words gives the same answer; take laion/larger_clap_general or laion/larger_clap_music_and_speech"
    ),
    "laion/clap-htsat-fused": (
        "it looks at four mel crops chosen at random, so the same file gives another vector each time; "
        "take laion/clap-htsat-unfused"
    ),
}


def find_model(name: str) -> HubModel:
    """A known checkpoint by its documented name, or by that name without its owner.

    Raises
    ------
    ModelError
        The checkpoint is known not to work; the message says why.
    UnknownNameError
        No checkpoint of this name is known here.
    """
    wanted = full_name(name)
    if wanted in REFUSED_MODELS:
        raise ModelError(f"{wanted} cannot be used: {REFUSED_MODELS[wanted]}")
    if wanted not in KNOWN_MODELS:
        raise UnknownNameError("model", name, KNOWN_MODELS)
    return KNOWN_MODELS[wanted]


def full_name(name: str) -> str:
    """The documented name of a checkpoint whose owner was left out; any other name as it is."""
    name = name.strip()
    for known in (*KNOWN_MODELS, *REFUSED_MODELS):
        if name.lower() in (known.lower(), known.split("/")[-1].lower()):
            return known
    return name


def described_model(name: str, dim: int, sample_rate: int | None = SAMPLE_RATE) -> HubModel:
    """The record of a checkpoint that was exported here."""
    return HubModel(
        name=name,
        dim=dim,
        licence="",
        description="exported on this machine",
        sample_rate=sample_rate,
        pictures=sample_rate is None,
    )


def require_extra(model: HubModel) -> None:
    """Raise ConfigurationError, naming the extra, if the libraries that a model needs are not installed."""
    from importlib.util import find_spec

    extra, needs = ("joint", ("torch", "transformers")) if model.is_checkpoint else ("clap", ("tokenizers",))
    missing = [name for name in needs if find_spec(name) is None]
    if missing:
        raise ConfigurationError(f"{model.name} needs {', '.join(missing)}; {how_to_get(extra)}")
