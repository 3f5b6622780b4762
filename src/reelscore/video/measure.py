"""One pass over the pictures of a video, and one over its sound: everything the local analyser knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reelscore.records import Progress, ProgressCallback, VideoMeasurements, ignore_progress
from reelscore.video.files import VideoFacts
from reelscore.video.frames import Video, open_video
from reelscore.video.pace import energy_curve
from reelscore.video.pictures import PictureCurves, PictureMeter
from reelscore.video.shots import CutDetector
from reelscore.video.sound import Sound, measure_sound

# A file that ends this much before its header says has been cut off.
_MISSING_SECONDS, _MISSING_SHARE = 1.0, 0.95


@dataclass(frozen=True, slots=True)
class Measured:
    """The measurements of a video, with what they were made from."""

    measurements: VideoMeasurements
    curves: PictureCurves
    notes: tuple[str, ...]  # what was wrong with the file, in words


def measure_video(path: str | Path, *, progress: ProgressCallback = ignore_progress) -> Measured:
    """Measure cuts, movement, light, colour and sound of a video.

    Parameters
    ----------
    path
        Of the video.
    progress
        Told the seconds of video seen so far, about once for each second. It may raise CancelledError.

    Raises
    ------
    MediaNotFoundError
        There is no such file, it is a folder, or it may not be read.
    UnreadableMediaError
        The file is empty, damaged, cut off before its index, or no media at all.
    MediaError
        The file has no picture, only sound.
    """
    with open_video(path) as video:
        cuts, curves = _watch(video, progress)
        facts, duration = video.facts, video.end
        notes = _notes_on(video)

    def listen(_: Progress) -> None:
        progress(Progress(done=duration, total=duration, message="listening"))

    sound = measure_sound(Path(path), duration, progress=listen) if facts.has_audio else Sound()
    if sound.problem:
        notes = (*notes, f"the sound could not be measured: {sound.problem}")
    return Measured(_put_together(facts, duration, video.pictures, cuts, curves, sound), curves, notes)


def _watch(video: Video, progress: ProgressCallback) -> tuple[list[float], PictureCurves]:
    """Look at every frame once: the times of the cuts, and the curves."""
    detector, meter = CutDetector(video.rate), PictureMeter()
    times: dict[int, float] = {}  # of the frames that the detector may still name
    cuts: list[float] = []

    def note(found: list[int]) -> None:
        for index in found:
            cuts.append(times[index])
            meter.forget_step(index)

    told = -1
    for frame in video.frames():
        times[frame.index] = frame.time
        times.pop(frame.index - detector.delay - 1, None)
        meter.add(frame.index, frame.time, frame.image)
        note(detector.add(frame.image))
        if int(frame.time) > told:
            told = int(frame.time)
            progress(Progress(done=frame.time, total=video.facts.duration, message="watching"))
    note(detector.finish())
    return cuts, meter.curves()


def _notes_on(video: Video) -> tuple[str, ...]:
    notes = []
    stated = video.facts.duration
    if stated and video.end < min(stated - _MISSING_SECONDS, stated * _MISSING_SHARE):
        notes.append(
            f"the pictures end after {video.end:.1f} s of the {stated:.1f} s that the file states; "
            "what is there was analysed"
        )
    if video.broken:
        notes.append(f"{video.broken} packets of pictures could not be decoded and were left out")
    return tuple(notes)


def _put_together(
    facts: VideoFacts,
    duration: float,
    pictures: int,
    cuts: list[float],
    curves: PictureCurves,
    sound: Sound,
) -> VideoMeasurements:
    return VideoMeasurements(
        duration=duration,
        width=facts.width,
        height=facts.height,
        frame_rate=facts.frame_rate,
        rotation=facts.rotation,
        frames=pictures,
        cuts=tuple(cuts),
        cuts_per_minute=60.0 * len(cuts) / duration,
        motion=float(curves.motion.mean()),
        brightness=float(curves.brightness.mean()),
        contrast=float(curves.contrast.mean()),
        saturation=float(curves.saturation.mean()),
        warmth=float(curves.warmth.mean()),
        has_audio=facts.has_audio,
        loudness_lufs=sound.loudness_lufs,
        speech=sound.speech,
        motion_curve=tuple(curves.motion.tolist()),
        brightness_curve=tuple(curves.brightness.tolist()),
        energy_curve=tuple(energy_curve(cuts, curves.motion).tolist()),
    )
