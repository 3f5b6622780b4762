"""What a live picture shows: words of the picture model, and analyses of a model that is asked now and then.

Both may take seconds, so each works in a thread of its own: nothing waits for it, and no work queues.
"""

from __future__ import annotations

import tempfile
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from reelscore.errors import AnalysisError, CancelledError, ReelscoreError
from reelscore.live.inputs import VIEW_SECONDS, Picture
from reelscore.live.session import LiveSet
from reelscore.net.waiting import check_stop, stoppable
from reelscore.records import VideoAnalysis
from reelscore.video.base import VideoAnalyzer
from reelscore.video.proxy import write_pictures
from reelscore.video.showing import LEAST_DEVIATION, PictureReader, SeenWord, Showing

Found = TypeVar("Found")

LOOK_SECONDS = VIEW_SECONDS
# A word is kept once this many looks in a row have it, until this many in a row do not.
_LOOKS = 3
# How many seconds a model is sent, and the least that it is asked about.
_ASKED_SECONDS, _FIRST_SECONDS = 60.0, 15.0


class HeldWords:
    """Which words of looks hold. Pure."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, Showing]] = deque(maxlen=_LOOKS)
        self._held: set[str] = set()

    def add(self, time: float, look: Showing) -> Showing:
        """Take what one picture shows; the words that hold, with their mean scores over the last looks."""
        self._looks.append((time, look))
        words = [{seen.word for seen in each.words} for _, each in self._looks]
        if len(words) == _LOOKS:
            self._held = (self._held & set[str]().union(*words)) | words[0].intersection(*words)
        return Showing(
            look.model,
            look.prompts,
            scene=self._mean([each.scene for _, each in self._looks]),
            mood=self._mean([each.mood for _, each in self._looks]),
            abstained=look.abstained,
            times=tuple(each for each, _ in self._looks),
        )

    def _mean(self, looks: list[tuple[SeenWord, ...]]) -> tuple[SeenWord, ...]:
        """The words of a group that hold, the surest first; a look without a word counts as 0."""
        music = {seen.word: seen.music for look in looks for seen in look if seen.word in self._held}
        scores = {
            word: sum(seen.score for look in looks for seen in look if seen.word == word) for word in music
        }
        order = sorted(music, key=lambda word: -scores[word])
        return tuple(SeenWord(word, scores[word] / _LOOKS, music[word]) for word in order)


class _BackgroundTask(Generic[Found]):
    """One piece of work at a time in a thread of its own."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: threading.Thread | None = None
        self._found: SimpleQueue[Found | ReelscoreError] = SimpleQueue()
        self._stopped = threading.Event()

    @property
    def is_busy(self) -> bool:
        """Whether it still works."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, work: Callable[[], Found]) -> None:
        """Begin a piece of work; only if it is not busy."""

        def run() -> None:
            try:
                with stoppable(self._stopped):
                    self._found.put(work())
            except CancelledError:
                return
            except ReelscoreError as error:
                self._found.put(error)

        self._thread = threading.Thread(target=run, name=self._name, daemon=True)
        self._thread.start()

    def take(self) -> Found | ReelscoreError | None:
        """What the last piece of work came to; None if there is nothing new."""
        try:
            return self._found.get_nowait()
        except Empty:
            return None

    def close(self, seconds: float = 2.0) -> None:
        """Stop what still runs, and wait for it for some seconds at most."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(seconds)


class SceneReader(_BackgroundTask[Showing]):
    """Looks at the newest picture, at most once in two seconds of the stream."""

    def __init__(self, reader: PictureReader) -> None:
        super().__init__("live-look")
        self._reader = reader
        self._words = HeldWords()
        self._next = 0.0

    def offer(self, picture: Picture) -> None:
        """Take a picture with a view, if nothing is looked at now."""
        time, view = picture.time, picture.view
        if view is None or time < self._next or self.is_busy or float(view.std()) < LEAST_DEVIATION:
            return
        self._next = time + LOOK_SECONDS
        self.begin(lambda: self._words.add(time, self._reader.read([view], tick=check_stop)))


class ModelAnalyst(_BackgroundTask[VideoAnalysis]):
    """Asks a model about the last minute, at most once in `every` seconds of the stream.

    Parameters
    ----------
    model
        Has its own budget, and raises once that is spent.
    """

    def __init__(self, model: VideoAnalyzer, every: float) -> None:
        super().__init__("live-ask")
        self._model = model
        self._every = every
        self._next = 0.0
        self._views: deque[tuple[float, NDArray[np.uint8]]] = deque()

    def offer(self, picture: Picture) -> None:
        """Take a picture with a view, and ask if it is time and no answer is awaited."""
        if picture.view is None:
            return
        self._views.append((picture.time, picture.view))
        while self._views[0][0] < picture.time - _ASKED_SECONDS:
            self._views.popleft()
        seen = picture.time - self._views[0][0]
        if picture.time < self._next or seen < _FIRST_SECONDS or self.is_busy:
            return
        self._next = picture.time + self._every
        views = tuple(self._views)
        self.begin(lambda: self._ask(views))

    def _ask(self, views: tuple[tuple[float, NDArray[np.uint8]], ...]) -> VideoAnalysis:
        try:
            with tempfile.TemporaryDirectory(prefix="reelscore-") as folder:
                film = Path(folder) / "live.mp4"
                write_pictures(views, film)
                return self._model.analyze(film, progress=lambda step: check_stop())
        except OSError as error:
            raise AnalysisError(f"the last pictures could not be written: {error}") from error


class PictureModels:
    """The models that look at the pictures of a set, if there are any."""

    def __init__(self, scenes: SceneReader | None = None, analyst: ModelAnalyst | None = None) -> None:
        self._scenes = scenes
        self._analyst = analyst
        self._failed = ""

    def offer(self, picture: Picture) -> None:
        """Take a picture with a view."""
        for each in (self._scenes, self._analyst):
            if each is not None:
                each.offer(picture)

    def report(self, live: LiveSet, now: float) -> None:
        """Give the set what is new; a failure is reported once while it lasts."""
        shown = self._scenes.take() if self._scenes is not None else None
        if isinstance(shown, Showing):
            live.shows(shown, now)
        if shown is not None:
            failed = "" if isinstance(shown, Showing) else f"what the picture shows is not known: {shown}"
            if failed and failed != self._failed:
                live.problem(failed, now)
            self._failed = failed
        said = self._analyst.take() if self._analyst is not None else None
        if isinstance(said, ReelscoreError):
            live.problem(f"no answer about the last pictures: {said}", now)
            live.says(None, now)
        elif said is not None:
            live.says(said, now)

    def close(self) -> None:
        """End what still goes on."""
        for each in (self._scenes, self._analyst):
            if each is not None:
                each.close()
