"""CLIP here against transformers, Pillow and PyTorch, live, with random weights; see `make test-parity`."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="make test-parity installs PyTorch")
transformers = pytest.importorskip("transformers", reason="make test-parity installs transformers")
pytest.importorskip("PIL", reason="make test-parity installs Pillow")

from tokenizers import Tokenizer, processors  # noqa: E402

from picture_models import install_clip, tokenizer_json  # noqa: E402
from reelscore.embedding.clap.check import landscape  # noqa: E402
from reelscore.embedding.clip.pictures import PictureSettings, prepare, read_settings  # noqa: E402
from reelscore.embedding.clip.zero_shot import mean_scores  # noqa: E402
from reelscore.embedding.hub.folder import InstalledModel  # noqa: E402
from reelscore.embedding.hub.towers import ImageTower, TextTower, normalise  # noqa: E402

TOLERANCE = 1e-4
ONE_LEVEL = 1.0 / 255.0 / 0.26  # one step of eight bits, normalised
TEXTS = ["a photo of a forest with tall trees.", "a photo of a dog.", "a frame from a video of snow"]
BEGIN, END = 49_406, 49_407


def pictures() -> dict[str, NDArray[np.uint8]]:
    generator = np.random.default_rng(3)
    return {
        "wide": generator.integers(0, 256, (360, 640, 3), dtype=np.uint8),
        "tall": generator.integers(0, 256, (640, 333, 3), dtype=np.uint8),
        "small": landscape(100),
        "exact": landscape(224),
        "odd": landscape(701)[:500, :701],
    }


def processor() -> Any:
    return transformers.CLIPImageProcessorPil()


@pytest.fixture(scope="module")
def model() -> Any:
    """Layers of the real size, two of each tower."""
    torch.manual_seed(2)
    config = transformers.CLIPConfig(
        text_config={"num_hidden_layers": 2, "eos_token_id": END, "bos_token_id": BEGIN, "pad_token_id": END},
        vision_config={"num_hidden_layers": 2},
    )
    return transformers.CLIPModel(config).eval()


@pytest.fixture(scope="module")
def installed(model: Any, tmp_path_factory: pytest.TempPathFactory) -> InstalledModel:
    tokenizer = Tokenizer.from_str(tokenizer_json().decode())
    tokenizer.add_special_tokens(["<|startoftext|>", "<|endoftext|>"])
    # The ids of the real tokenizer, which the text tower finds the end of a text by.
    text = tokenizer.to_str()
    for mark, number in (("<|startoftext|>", BEGIN), ("<|endoftext|>", END)):
        text = text.replace(
            f'"id":{tokenizer.token_to_id(mark)},"content":"{mark}"', f'"id":{number},"content":"{mark}"'
        )
    tokenizer = Tokenizer.from_str(text)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("<|endoftext|>", END), ("<|startoftext|>", BEGIN), add_prefix_space=False
    )
    folder = tmp_path_factory.mktemp("saved")
    processor().save_pretrained(folder)
    return install_clip(
        tmp_path_factory.mktemp("models"),
        image=exported(ImageHead(model), torch.zeros(1, 3, 224, 224), "pixel_values", "image_embeds"),
        text=exported(TextHead(model), torch.full((1, 7), END), "input_ids", "text_embeds"),
        tokenizer=tokenizer.to_str().encode(),
        features=(folder / "preprocessor_config.json").read_bytes(),
    )


class ImageHead(torch.nn.Module):  # type: ignore[misc]
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.tower, self.projection = model.vision_model, model.visual_projection

    def forward(self, pixel_values: Any) -> Any:
        return self.projection(self.tower(pixel_values=pixel_values).pooler_output)


class TextHead(torch.nn.Module):  # type: ignore[misc]
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.tower, self.projection = model.text_model, model.text_projection

    def forward(self, input_ids: Any) -> Any:
        return self.projection(self.tower(input_ids=input_ids).pooler_output)


def exported(head: Any, example: Any, taken: str, given: str) -> bytes:
    """A tower as the published exports have it: one input, which may have any number of rows and pieces."""
    file = io.BytesIO()
    free = {0: "n"} if example.ndim == 4 else {0: "n", 1: "pieces"}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            head.eval(),
            (example,),
            file,
            input_names=[taken],
            output_names=[given],
            dynamic_axes={taken: free, given: {0: "n"}},
            opset_version=17,
            dynamo=False,
        )
    return file.getvalue()


@pytest.mark.parametrize("name", list(pictures()))
def test_pictures_are_prepared_as_the_reference_does(name: str) -> None:
    image = pictures()[name]
    wanted = processor()(image, return_tensors="np")["pixel_values"][0]
    found = prepare(image, PictureSettings())
    assert found.shape == wanted.shape == (3, 224, 224)
    # Pillow rounds its weights to 22 bits, so that a value halfway between two levels may fall either way.
    differences = np.abs(found - wanted)
    assert differences.max() <= ONE_LEVEL * 1.01
    assert (differences > TOLERANCE).mean() < 1e-3


def test_the_settings_of_the_reference_are_read(tmp_path: Path) -> None:
    processor().save_pretrained(tmp_path)
    settings = read_settings(tmp_path / "preprocessor_config.json")
    assert settings.side == 224
    assert settings.mean == pytest.approx(PictureSettings().mean)
    assert settings.deviation == pytest.approx(PictureSettings().deviation)


def test_towers_and_scores_equal_those_of_the_reference(model: Any, installed: InstalledModel) -> None:
    image, text = ImageTower(installed), TextTower(installed, threads=2, provider="cpu")
    assert all(text.encode(words)[0] == BEGIN and text.encode(words)[-1] == END for words in TEXTS)
    looked = [prepare(one, image.settings) for one in pictures().values()]
    seen = np.concatenate([image.run(one[None]) for one in looked])
    read = text.run(TEXTS)
    with torch.no_grad():
        wanted_seen = ImageHead(model)(torch.from_numpy(np.stack(looked))).numpy()
        wanted_read = np.concatenate([TextHead(model)(torch.tensor([text.encode(t)])).numpy() for t in TEXTS])
        model.logit_scale.fill_(np.log(100.0))
        logits = torch.from_numpy(normalise(wanted_seen)) @ torch.from_numpy(normalise(wanted_read)).T
        wanted = (model.logit_scale.exp() * logits).softmax(dim=1).mean(dim=0).numpy()
    np.testing.assert_allclose(seen, wanted_seen, atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(read, wanted_read, atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(mean_scores(normalise(seen), normalise(read)), wanted, atol=1e-3, rtol=0)
