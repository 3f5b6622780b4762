"""Film and music of a timeline added up, block by block, before gain and limiter."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import numpy as np

from reelscore.children.streaming import streamed
from reelscore.export.mix_levels import Envelope, event_gain, linear
from reelscore.export.sound import CHANNELS, StereoReader
from reelscore.limits import FILM
from reelscore.records import FloatArray, MusicEvent, Timeline
from reelscore.video.decode.readahead import ReadAhead

BLOCK_SAMPLES = 1 << 14
_WORTH_A_CHILD_SECONDS = 120.0
_HANDED_OVER = 2  # blocks at once, of 130 KB each: whoever codes them is slower, so all that may wait do

_Item = TypeVar("_Item")


class Mixer:
    """The sound of a timeline as blocks of (2, n) float32, from `start` on, before gain and limiter."""

    def __init__(
        self,
        timeline: Timeline,
        events: Sequence[MusicEvent],
        *,
        start: int,
        samples: int,
        picture_db: float | None = None,
        music_db: float = 0.0,
        duck: Envelope | None = None,
    ) -> None:
        self.start = start
        self.samples = samples
        self.sample_rate = timeline.sample_rate
        self._timeline = timeline
        self._events = sorted(events, key=lambda event: event.record_in)
        self._picture_db = picture_db
        self._music_db = music_db
        self._duck = duck

    @property
    def seconds(self) -> float:
        """How long the mix is."""
        return self.samples / self.sample_rate

    def blocks(self) -> Iterator[tuple[int, FloatArray]]:
        """(first sample on the clock of the timeline, block); files are open only while they sound."""
        rate, media = self.sample_rate, self._timeline.picture
        readers: dict[int, StereoReader] = {}
        with ExitStack() as stack:
            own = None
            if media is not None and media.sample_rate and self._picture_db is not None:
                # Zero of the timeline is the first picture; the sound of the film began when it did.
                late = round((media.sound_start - media.picture_start) * rate)
                own = stack.enter_context(
                    StereoReader(media.path, sample_rate=rate, skip=self.start - late, follow_stamps=True)
                )
            for at in range(self.start, self.start + self.samples, BLOCK_SAMPLES):
                count = min(BLOCK_SAMPLES, self.start + self.samples - at)
                mixed: FloatArray = np.zeros((CHANNELS, count), np.float32)
                if own is not None and self._picture_db is not None:
                    mixed += own.read(count) * np.float32(linear(self._picture_db))
                music = self._music(at, count, readers, stack)
                if music is not None:
                    mixed += music
                yield at, mixed

    def _music(
        self, at: int, count: int, readers: dict[int, StereoReader], stack: ExitStack
    ) -> FloatArray | None:
        mixed: FloatArray | None = None
        for number, event in enumerate(self._events):
            first = max(at, event.record_in)
            last = min(at + count, event.record_in + event.length)
            if last <= first:
                if event.record_in + event.length <= at and number in readers:
                    readers.pop(number).close()
                continue
            if number not in readers:
                skip = event.source_in + first - event.record_in
                readers[number] = stack.enter_context(
                    StereoReader(event.media.path, sample_rate=self.sample_rate, skip=skip)
                )
            sound = readers[number].read(last - first) * event_gain(event, first, last - first)
            if mixed is None:
                mixed = np.zeros((CHANNELS, count), np.float32)
            mixed[:, first - at : last - at] += sound
        if mixed is None:
            return None
        mixed *= np.float32(linear(self._music_db))
        if self._duck is not None:
            mixed *= self._duck.at(at, count)
        return mixed


def mixed(mixer: Mixer) -> Generator[FloatArray]:
    """The blocks of a mixer; those of a long mix are made in a child process."""
    worth = mixer.seconds >= _WORTH_A_CHILD_SECONDS
    return streamed(_mixed, mixer, name="the film or a song", limits=FILM, in_child=worth)


def _mixed(mixer: Mixer) -> Generator[FloatArray]:
    for _, block in mixer.blocks():
        yield block


def heard(path: Path, mixer: Mixer) -> Generator[FloatArray]:
    """What a player makes of a written mix, in as many blocks as `mixed` gives."""
    worth = mixer.seconds >= _WORTH_A_CHILD_SECONDS
    return streamed(
        _heard, path, mixer.samples, mixer.sample_rate, name=str(path), limits=FILM, in_child=worth
    )


def _heard(path: Path, samples: int, sample_rate: int) -> Generator[FloatArray]:
    with StereoReader(path, sample_rate=sample_rate) as reader:
        for at in range(0, samples, BLOCK_SAMPLES):
            yield reader.read(min(BLOCK_SAMPLES, samples - at))


def made_ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """The items, made in a thread of their own; left alone again whatever happens here."""
    reader = ReadAhead(items, block=_HANDED_OVER)
    try:
        yield from reader
    finally:
        reader.close()
        if isinstance(items, Generator):
            items.close()  # a child ends with it
