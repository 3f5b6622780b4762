"""Sound of a timeline, made block by block: cues as WAV, and the mix beside copied pictures.

A mix is made twice: once to be measured, once to be written with the gain and the limiter that follow from
that. What is written is decoded and measured on the way. Memory does not grow with length, but for some 400
bytes a tenth of a second of measurements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from reelscore.audio.loudness_meter import LoudnessMeter
from reelscore.children import in_child
from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.export.atomic import whole_file
from reelscore.export.cue import Cue, cue_form, rendered_events
from reelscore.export.frame_grid import sample_of_frame
from reelscore.export.mix import (
    DuckSettings,
    Envelope,
    Master,
    MixSettings,
    duck_envelope,
    event_gain,
    linear,
    master,
)
from reelscore.export.remux import FORMATS, FilmWriter
from reelscore.export.sound import CHANNELS, StereoReader
from reelscore.export.wav import pcm24, wav_head, wav_tail
from reelscore.limits import FILM
from reelscore.monitoring import return_freed_memory
from reelscore.records import (
    DuckRegion,
    FloatArray,
    MusicEvent,
    Progress,
    ProgressCallback,
    Timeline,
    ignore_progress,
)
from reelscore.video.decode.readahead import ReadAhead

if TYPE_CHECKING:
    from reelscore.export.remux import Coded

BLOCK_SAMPLES = 1 << 14
# What coding adds to the peaks of dense music, mostly .6 dB and hardly more than this: the ceiling is as much
# lower, and next time lower by what was passed.
_CODED_HEADROOM_DB = 1.2
_EXACT_HEADROOM_DB = 0.05
_MOST_TRIES = 3
_CLOSE_LU = 0.1

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class MixReport:
    """What came out of a mix, measured in the written file."""

    path: str
    seconds: float
    loudness_before: float | None  # LUFS of the mix as it was; None: silence
    loudness: float | None  # LUFS of the file
    true_peak: float  # dBTP of the file; -inf: silence
    gain_db: float
    limited_db: float  # the most that the limiter took off
    ducked_seconds: float
    notes: tuple[str, ...] = ()


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
        self._timeline = timeline
        self._events = sorted(events, key=lambda event: event.record_in)
        self._picture_db = picture_db
        self._music_db = music_db
        self._duck = duck

    def blocks(self) -> Iterator[tuple[int, FloatArray]]:
        """(first sample on the clock of the timeline, block); files are open only while they sound."""
        rate = self._timeline.sample_rate
        media = self._timeline.picture
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
                    StereoReader(event.media.path, sample_rate=self._timeline.sample_rate, skip=skip)
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


def render_cue(
    timeline: Timeline,
    cue: Cue,
    target: str | Path,
    *,
    duck: DuckSettings | None = None,
    progress: ProgressCallback = ignore_progress,
) -> None:
    """Write the file of a cue: 24-bit WAV, to the sample.

    Raises
    ------
    MediaError
        A song cannot be read.
    StorageError
        The file cannot be written.
    CancelledError
        `progress` raised it.
    """
    with whole_file(target) as temporary:
        _write_cue(timeline, cue, temporary, duck, progress=progress)


@in_child(FILM)
def _write_cue(
    timeline: Timeline,
    cue: Cue,
    temporary: Path,
    duck: DuckSettings | None,
    *,
    progress: ProgressCallback,
) -> None:
    envelope = duck_envelope(cue.ducks, duck or DuckSettings(), timeline.sample_rate) if cue.ducks else None
    events = rendered_events(timeline, cue)
    mixer = Mixer(timeline, events, start=cue.start, samples=cue.samples, duck=envelope)
    form = cue_form(timeline, cue)
    total = cue.samples / timeline.sample_rate
    with temporary.open("wb") as file:
        file.write(wav_head(form))
        for at, block in mixer.blocks():
            file.write(pcm24(block))
            done = (at - cue.start + block.shape[1]) / timeline.sample_rate
            progress(Progress(done=done, total=total, message="writing the cue"))
        file.write(wav_tail(form))


def render_mix(
    timeline: Timeline,
    target: str | Path,
    settings: MixSettings | None = None,
    *,
    progress: ProgressCallback = ignore_progress,
) -> MixReport:
    """Write the picture with its sound and the music, or the sound alone as WAV.

    Pictures are copied, packet by packet. The music is lowered in `timeline.ducks`.

    Raises
    ------
    InvalidInputError
        A setting cannot be, the target is the film itself, or its container cannot hold the pictures.
    UnknownNameError
        The suffix of the target is none that is written.
    MediaError
        The film or a song cannot be read.
    StorageError
        The file cannot be written.
    CancelledError
        `progress` raised it; nothing is left behind.
    """
    settings = (settings or MixSettings()).checked()
    target = Path(target)
    if target.suffix.lower() not in FORMATS:
        raise UnknownNameError("kind of file", target.suffix or target.name, FORMATS)
    _check_target(timeline, target)
    with whole_file(target) as temporary:
        report = _write_mix(timeline, temporary, target.suffix.lower(), settings, progress=progress)
    return replace(report, path=str(target))


@in_child(FILM)
def _write_mix(
    timeline: Timeline, temporary: Path, suffix: str, settings: MixSettings, *, progress: ProgressCallback
) -> MixReport:
    envelope = None
    if settings.duck is not None:
        envelope = duck_envelope(timeline.ducks, settings.duck, timeline.sample_rate)
    mixer = _whole_mixer(timeline, settings, envelope)
    steps = _Steps(progress, mixer, timeline.sample_rate)
    meter = LoudnessMeter(CHANNELS)
    for at, block in _ahead(mixer.blocks()):
        meter.push(block)
        steps.move(at, block.shape[1], "measuring the mix")
    metered = meter.finish()
    return_freed_memory()
    exact = FORMATS[suffix].exact
    ceiling = settings.true_peak - (_EXACT_HEADROOM_DB if exact else _CODED_HEADROOM_DB)
    aim = settings.loudness
    for attempt in range(1, _MOST_TRIES + 1):
        made = master(metered, loudness=aim, true_peak=ceiling)
        steps.next()
        loudness, peak = _write(timeline, mixer, made, temporary, suffix, steps)
        over = peak - settings.true_peak
        off = 0.0
        if settings.loudness is not None and loudness is not None and aim is not None:
            # What the limiter or the most gain forbid stays forbidden.
            forbidden = made.loudness is None or abs(made.loudness - aim) > _CLOSE_LU
            off = 0.0 if forbidden else settings.loudness - loudness
        if attempt == _MOST_TRIES or (over <= 0.0 and abs(off) <= _CLOSE_LU):
            break
        ceiling -= max(0.0, over) and over + 0.1
        aim = aim if aim is None else aim + off
    ducked = sum(region.end - region.start for region in timeline.ducks) if envelope is not None else 0
    return MixReport(
        path=str(temporary),
        seconds=mixer_seconds(timeline),
        loudness_before=metered.loudness,
        loudness=loudness,
        true_peak=peak,
        gain_db=made.gain_db,
        limited_db=made.reduction_db,
        ducked_seconds=ducked / timeline.sample_rate,
        notes=_notes(settings, loudness, peak),
    )


def mixer_seconds(timeline: Timeline) -> float:
    """How long the picture is, seconds."""
    return float(timeline.frames / timeline.rate)


def _check_target(timeline: Timeline, target: Path) -> None:
    keep_sources(timeline, [target])
    if timeline.picture is None and target.suffix.lower() != ".wav":
        raise InvalidInputError(f"there is no picture to copy into {target.name}; write a .wav")


def keep_sources(timeline: Timeline, targets: Iterable[Path]) -> None:
    """Refuse targets that are the film or one of the songs.

    Raises
    ------
    InvalidInputError
        One of them is.
    """
    media = timeline.picture
    sources = {Path(event.media.path) for event in timeline.music} | ({Path(media.path)} if media else set())
    for target in targets:
        if any(target.exists() and source.exists() and target.samefile(source) for source in sources):
            raise InvalidInputError(f"{target} is one of the sources; write under another name")


def _whole_mixer(timeline: Timeline, settings: MixSettings, envelope: Envelope | None) -> Mixer:
    """The mixer of the whole film from the zero of its clock on.

    A picture that sets in late has sound before it, which is part of the film.
    """
    media = timeline.picture
    begin = max(Fraction(0), media.picture_start) if media is not None else Fraction(0)
    start = -round(begin * timeline.sample_rate)
    return Mixer(
        timeline,
        timeline.music,
        start=start,
        samples=sample_of_frame(timeline.frames, timeline) - start,
        picture_db=settings.picture_db,
        music_db=settings.music_db,
        duck=envelope,
    )


class _Steps:
    """One progress over the passes: measuring, writing, perhaps writing again."""

    def __init__(self, progress: ProgressCallback, mixer: Mixer, rate: int) -> None:
        self.start = mixer.start
        self.samples = mixer.samples
        self._progress = progress
        self._seconds = mixer.samples / rate
        self._rate = rate
        self._passes = 0

    def next(self) -> None:
        """The pass is over. One more moves the end, not what is done."""
        self._passes += 1

    def move(self, at: int, count: int, message: str) -> None:
        """So far in this pass."""
        done = (at - self.start + count) / self._rate
        total = max(2, self._passes + 1) * self._seconds
        self._progress(Progress(done=self._passes * self._seconds + done, total=total, message=message))


def _write(
    timeline: Timeline, mixer: Mixer, made: Master, temporary: Path, suffix: str, steps: _Steps
) -> tuple[float | None, float]:
    """Write the mix; (LUFS, dBTP) of what was written, decoded as a player decodes it.

    Mixing, coding and measuring are in a thread each: coding alone takes half of the time.
    """
    rate = timeline.sample_rate
    mastered = ((at, block * made.at(at - mixer.start, block.shape[1], rate)) for at, block in mixer.blocks())
    meter = LoudnessMeter(CHANNELS, each_millisecond=False)
    with FilmWriter(timeline, temporary, suffix, samples=mixer.samples) as writer:

        def coded() -> Iterator[tuple[int, int, Coded]]:
            for at, block in _ahead(mastered):
                yield at, block.shape[1], writer.put(block)
            yield mixer.start + mixer.samples, 0, writer.finish()

        for at, count, written in _ahead(coded()):
            meter.push(writer.play(written))
            steps.move(at, count, "writing the mix")
    metered = meter.finish()
    return metered.loudness, metered.true_peak_db


def _ahead(blocks: Iterator[_Item]) -> Iterator[_Item]:
    """The items, made in a thread of their own; left alone again whatever happens here."""
    reader = ReadAhead(blocks)
    try:
        yield from reader
    finally:
        reader.close()


def _notes(settings: MixSettings, loudness: float | None, peak: float) -> tuple[str, ...]:
    notes = []
    if loudness is None:
        notes.append("the mix is silent, so it has no loudness")
    elif settings.loudness is not None and abs(loudness - settings.loudness) > 0.2:
        notes.append(
            f"the mix has {loudness:.1f} LUFS instead of {settings.loudness:g}: its peaks, or how soft it "
            "was, allow no more"
        )
    if peak > settings.true_peak:
        notes.append(f"coding raised a peak to {peak:.1f} dBTP; write .wav or .mov, which keep every sample")
    return tuple(notes)


def ducked_timeline(timeline: Timeline, speech: Sequence[tuple[float, float]]) -> Timeline:
    """The timeline with speech on the player's clock as its duck regions."""
    media = timeline.picture
    begin = float(media.picture_start) if media is not None else 0.0
    rate = timeline.sample_rate
    regions = tuple(DuckRegion(round((a - begin) * rate), round((b - begin) * rate)) for a, b in speech)
    return replace(timeline, ducks=regions)
