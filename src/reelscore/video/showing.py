"""What a video shows, in words: the contract of who can tell, and what becomes of the words. Pure.

Telling takes a model that may not be there; the pictures for it come from the one pass over the video, a
bounded number however long it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reelscore.records import Phrase
from reelscore.video.decode.scaling import rgb_of

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter

MOST_PICTURES = 16
_FIRST_STEP_SECONDS = 0.5
_SHORT_SIDE = 224  # pixels; what the models look at, so that they need not be scaled again
# Pictures whose levels (0..255) deviate less show nothing, such as those before a fade.
LEAST_DEVIATION = 6.0
# The weight of a phrase from a word that is certain, among phrases of up to 1.
_MOST_WEIGHT = 0.9
_MOST_PHRASES = {"scene": 2, "mood": 1}


@dataclass(frozen=True, slots=True)
class SeenWord:
    """A word for what is to be seen or felt, and the music that it leads to."""

    word: str
    score: float  # 0..1, share among the words of its group
    music: str


@dataclass(frozen=True, slots=True)
class Showing:
    """What a model says of the pictures of a video."""

    model: str
    prompts: str  # version of the words that it chose from
    scene: tuple[SeenWord, ...] = ()
    mood: tuple[SeenWord, ...] = ()
    abstained: tuple[str, ...] = ()  # why a group has no word
    times: tuple[float, ...] = ()  # of the pictures that were looked at, seconds

    @property
    def words(self) -> tuple[SeenWord, ...]:
        """All of them."""
        return self.scene + self.mood


class PictureReader(Protocol):
    """Tells what pictures show."""

    @property
    def cache_key(self) -> str:
        """Changes whenever the same pictures may be answered otherwise: model, words, version."""
        ...

    def read(
        self, pictures: Sequence[NDArray[np.uint8]], *, tick: Callable[[], None] = lambda: None
    ) -> Showing:
        """Look at pictures, uint8 RGB (height, width, 3).

        `tick` is called often, and what it raises comes through.

        Raises ModelError if the model is damaged or fails, and ConfigurationError if what it needs is
        not installed.
        """
        ...

    def close(self) -> None:
        """Give back the memory; it can be used again."""
        ...


class ViewScaler:
    """Scales pictures to what the models look at, and turns them upright."""

    def __init__(self, turns: int = 0) -> None:
        self.turns = turns  # quarter turns counter-clockwise that show the pictures upright
        self._reformatter: VideoReformatter | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_reformatter": None}  # of this process

    def scale(self, picture: VideoFrame) -> NDArray[np.uint8] | None:
        """The picture, RGB of shape (height, width, 3) with a short side of 224; None if it cannot be had."""
        import av
        from av.video.reformatter import Interpolation, VideoReformatter

        self._reformatter = self._reformatter or VideoReformatter()
        shrink = _SHORT_SIDE / max(1, min(picture.width, picture.height))
        width, height = (max(2, round(side * shrink)) for side in (picture.width, picture.height))
        try:
            # A stretched picture of 1 x 10,000 would not fit into memory; nobody sees anything in it anyway.
            if max(width, height) > 8 * _SHORT_SIDE:
                return None
            image = rgb_of(picture, width, height, self._reformatter, Interpolation.BICUBIC)
        except (av.FFmpegError, ValueError):
            return None  # who measures the same picture says what is wrong with it
        return np.ascontiguousarray(np.rot90(image, self.turns))


class PictureSampler:
    """Keeps up to 16 pictures of a video, evenly spread, without knowing its length.

    Every half second at first; whenever there are too many, every other one goes and the step doubles.
    """

    def __init__(self) -> None:
        self.scaler = ViewScaler()
        self.times: list[float] = []
        self.pictures: list[NDArray[np.uint8]] = []
        self._step = _FIRST_STEP_SECONDS
        self._next = 0.0

    def offer(self, picture: VideoFrame, time: float) -> None:
        """Take a picture if it is due; called with every one that is decoded."""
        if time < self._next:
            return
        self._next = time + self._step
        image = self.scaler.scale(picture)
        if image is None or float(image.std()) < LEAST_DEVIATION:
            return
        self.times.append(time)
        self.pictures.append(image)
        if len(self.times) > MOST_PICTURES:
            self.times, self.pictures = self.times[::2], self.pictures[::2]
            self._step *= 2.0
            self._next = self.times[-1] + self._step


def phrases_from(showing: Showing) -> tuple[Phrase, ...]:
    """The music that the words lead to, two of the scene and one of the mood at most.

    The weight rises with the score, .9 at 1 and .45 at a quarter: slower than the score, which a video
    divides among all that it shows.
    """
    weights: dict[str, float] = {}
    for words, most in ((showing.scene, _MOST_PHRASES["scene"]), (showing.mood, _MOST_PHRASES["mood"])):
        for seen in words[:most]:
            weight = round(_MOST_WEIGHT * math.sqrt(seen.score), 2)
            weights[seen.music] = max(weight, weights.get(seen.music, 0.0))
    return tuple(Phrase(music, weight) for music, weight in weights.items())


def sentence_from(showing: Showing) -> str:
    """The words with their scores, for people."""
    parts = []
    for verb, words in (("shows", showing.scene), ("feels", showing.mood)):
        if words:
            parts.append(f"{verb} " + ", ".join(f"{seen.word} ({seen.score:.2f})" for seen in words))
    said = " and ".join(parts) if parts else "shows nothing that it has a word for"
    return f"A model of pictures says that it {said}."


def basis_from(showing: Showing) -> str:
    """What the words rest on."""
    text = (
        f"{showing.model} compared {len(showing.times)} pictures with the words of list {showing.prompts}; a "
        "score is the mean share of a word among those of its group, and the weight of its phrase is "
        f"{_MOST_WEIGHT} times the root of the score"
    )
    return "; ".join([text, *showing.abstained])


def payload_from(showing: Showing) -> dict[str, Any]:
    """As JSON values."""
    values = asdict(showing)
    for group in ("scene", "mood"):
        values[group] = [{**seen, "score": round(seen["score"], 3)} for seen in values[group]]
    return values | {
        "times": [round(time, 2) for time in showing.times],
        "abstained": list(showing.abstained),
    }
