"""Sound of a timeline, made block by block: cues as WAV, and the mix beside copied pictures.

A mix is made twice: once to be measured, once to be written with the gain and the limiter that follow from
that. Then what was written is measured as a player decodes it. Memory does not grow with length, but for some
400 bytes a tenth of a second of measurements.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from reelscore.audio.loudness_meter import LoudnessMeter, Metered
from reelscore.children import in_child
from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.export.cue import Cue, cue_form, rendered_events
from reelscore.export.frame_grid import sample_of_frame
from reelscore.export.mix_levels import (
    DuckSettings,
    Envelope,
    Master,
    MixSettings,
    duck_envelope,
    master,
)
from reelscore.export.mixer import Mixer, heard, made_ahead, mixed
from reelscore.export.remux import FORMATS, FilmWriter
from reelscore.export.sound import CHANNELS
from reelscore.export.wav import pcm24, wav_head, wav_tail
from reelscore.files import whole_file
from reelscore.limits import FILM
from reelscore.monitoring import return_freed_memory
from reelscore.records import (
    DuckRegion,
    FloatArray,
    Progress,
    ProgressCallback,
    Timeline,
    ignore_progress,
)

# What coding adds to the peaks of dense music, mostly .6 dB and hardly more than this: the ceiling is as much
# lower, and next time lower by what was passed.
_CODED_HEADROOM_DB = 1.2
_EXACT_HEADROOM_DB = 0.05
_MOST_TRIES = 3
_CLOSE_LU = 0.1


@dataclass(frozen=True, slots=True)
class MixReport:
    """What came out of a mix, measured in the written file."""

    path: str
    seconds: float
    loudness_before: float | None  # LUFS of the mix as it was; None: silence, or less than 0.4 s
    loudness: float | None  # LUFS of the file
    true_peak: float  # dBTP of the file; -inf: silence
    gain_db: float
    limited_db: float  # the most that the limiter took off
    ducked_seconds: float
    notes: tuple[str, ...] = ()


def render_cue(
    timeline: Timeline,
    cue: Cue,
    target: str | Path,
    *,
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
        _write_cue(timeline, cue, temporary, progress=progress)


@in_child(FILM)
def _write_cue(
    timeline: Timeline,
    cue: Cue,
    temporary: Path,
    *,
    progress: ProgressCallback,
) -> None:
    envelope = duck_envelope(cue.ducks, DuckSettings(), timeline.sample_rate) if cue.ducks else None
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
    steps = _Steps(progress, mixer)
    metered = _measured(mixed(mixer), steps, each_millisecond=True)
    exact = FORMATS[suffix].exact
    ceiling = settings.true_peak - (_EXACT_HEADROOM_DB if exact else _CODED_HEADROOM_DB)
    aim = settings.loudness
    for attempt in range(1, _MOST_TRIES + 1):
        made = master(metered, loudness=aim, true_peak=ceiling)
        return_freed_memory()
        _write(timeline, mixer, made, temporary, suffix, steps)
        return_freed_memory()
        written = _measured(heard(temporary, mixer), steps, each_millisecond=False)
        loudness, peak = written.loudness, written.true_peak_db
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
    """One progress over the passes: measuring, writing, measuring what was written, perhaps both again."""

    def __init__(self, progress: ProgressCallback, mixer: Mixer) -> None:
        self._progress = progress
        self._seconds = mixer.seconds
        self._rate = mixer.sample_rate
        self._passes = 0
        self._samples = 0

    def next(self) -> None:
        """The pass is over. One more moves the end, not what is done."""
        self._passes += 1
        self._samples = 0

    def move(self, samples: int, message: str) -> None:
        """So many more in this pass."""
        self._samples += samples
        done = self._passes * self._seconds + self._samples / self._rate
        total = max(3, self._passes + 1) * self._seconds
        self._progress(Progress(done=done, total=total, message=message))


def _measured(blocks: Generator[FloatArray], steps: _Steps, *, each_millisecond: bool) -> Metered:
    meter = LoudnessMeter(CHANNELS, each_millisecond=each_millisecond)
    for block in made_ahead(blocks):
        meter.push(block)
        steps.move(block.shape[1], "measuring the mix")
    steps.next()
    return meter.finish()


def _write(
    timeline: Timeline, mixer: Mixer, made: Master, temporary: Path, suffix: str, steps: _Steps
) -> None:
    with FilmWriter(timeline, temporary, suffix, samples=mixer.samples) as writer:
        for block in made_ahead(_mastered(mixed(mixer), made, timeline.sample_rate)):
            writer.put(block)
            steps.move(block.shape[1], "writing the mix")
        writer.finish()
    steps.next()


def _mastered(blocks: Generator[FloatArray], made: Master, sample_rate: int) -> Generator[FloatArray]:
    at = 0
    with closing(blocks):
        for block in blocks:
            yield block * made.at(at, block.shape[1], sample_rate)
            at += block.shape[1]


def _notes(settings: MixSettings, loudness: float | None, peak: float) -> tuple[str, ...]:
    notes = []
    if loudness is None and peak > -math.inf:
        notes.append("the mix is shorter than 0.4 s or softer than -70 LUFS: it has no loudness to set")
    elif loudness is None:
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
