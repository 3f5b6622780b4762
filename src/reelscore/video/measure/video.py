"""One pass over the pictures of a video, and one over its sound: everything the local analyser knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reelscore.children import in_child
from reelscore.errors import MediaError
from reelscore.limits import FILM, FILM_SECONDS
from reelscore.records import (
    Dissolve,
    Media,
    Progress,
    ProgressCallback,
    Shot,
    VideoMeasurements,
    ignore_progress,
    part_of,
)
from reelscore.video.container_facts import probe_media, said_of_timecode
from reelscore.video.decode.frames import SmallFrame, Video, open_video
from reelscore.video.measure.active import ActivePicture, Box
from reelscore.video.measure.camera import CameraWork
from reelscore.video.measure.dissolves import DissolveDetector
from reelscore.video.measure.pace import energy_curve
from reelscore.video.measure.pictures import PictureCurves, PictureMeter
from reelscore.video.measure.shots import CutDetector
from reelscore.video.measure.sound import Sound, measure_sound
from reelscore.video.showing import PictureSampler

# A file that ends this much before its header says has been cut off.
_MISSING_SECONDS, _MISSING_SHARE = 1.0, 0.95
# A fade this close to either end of a video is its own beginning or end.
_EDGE_SECONDS = 0.3
# Of the work, in progress: the pictures of a film with sound, and without; they may be looked at again.
_LOOKED_AND_HEARD, _LOOKED = 0.8, 0.95


@dataclass(frozen=True, slots=True)
class Measured:
    """The measurements of a video, with what they were made from."""

    measurements: VideoMeasurements
    curves: PictureCurves
    notes: tuple[str, ...]  # what was wrong with the file, in words
    sampler: PictureSampler | None = None  # with the pictures that it kept


@in_child(FILM)
def measure_video(
    path: str | Path,
    *,
    progress: ProgressCallback = ignore_progress,
    sampler: PictureSampler | None = None,
) -> Measured:
    """Measure cuts, movement, light, colour and sound of a video.

    Parameters
    ----------
    path
        Of the video.
    progress
        Told how much is done, counted in seconds of the video, about once for each that is seen. It may raise
        CancelledError.
    sampler
        Is offered every picture that is decoded, and keeps a few; afterwards it is that of the result.

    Raises
    ------
    MediaNotFoundError
        There is no such file, it is a folder, or it may not be read.
    UnreadableMediaError
        The file is empty, damaged, cut off before its index, or no media at all.
    MediaError
        The file has no picture, only sound.
    """
    with open_video(path, every=False) as video:
        if sampler is not None:
            sampler.scaler.turns = -video.facts.rotation // 90
            video.on_picture = sampler.offer
        told = _LOOKED_AND_HEARD if video.facts.has_audio else _LOOKED
        seen = watch(video, part_of(progress, 0.0, told))
        notes = _notes_on(video)
    if seen.still_box is not None:
        # Only at the end it is known that something stood still around the picture all the time: look again.
        with open_video(path, every=False) as video:
            again, told = told, (1.0 + told) / 2.0
            seen = watch(video, part_of(progress, again, told), box=seen.still_box)

    hearing = part_of(progress, told, 1.0, whole=video.end)

    def listen(step: Progress) -> None:
        hearing(replace(step, message="listening"))

    sound = Sound()
    if video.facts.has_audio:
        sound = measure_sound(Path(path), video.end, container_start=video.container_start, progress=listen)
    if sound.problem:
        notes = (*notes, f"the sound could not be measured: {sound.problem}")
    measured = _put_together(video, seen, sound)
    try:
        media = probe_media(path)
    except MediaError:
        pass  # what could be analysed may still state nothing
    else:
        measured = _with_facts(measured, media)
        if said := said_of_timecode(media):
            notes = (*notes, said)
    return Measured(measured, seen.curves, notes, sampler)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in the pictures of a video."""

    cuts: list[float]
    dissolves: tuple[Dissolve, ...]
    curves: PictureCurves
    camera: CameraWork
    active: tuple[float, float, float, float] | None = None  # left, top, right, bottom: shares of the frame
    still_box: Box | None = None  # where the picture is, if what surrounds it never changed


def watch(video: Video, progress: ProgressCallback = ignore_progress, *, box: Box | None = None) -> Seen:
    """Look at every frame once; `box` is where the picture is in it, if that is known."""
    active = ActivePicture(video.facts.width / video.facts.height, box=box)
    detector, dissolves, meter = CutDetector(video.rate), DissolveDetector(), PictureMeter()
    frames: dict[int, SmallFrame] = {}  # those that the detector may still name
    cuts: list[float] = []

    def note(found: list[int]) -> None:
        for index in found:
            frame = frames[index]
            cuts.append(begin_of(frame.time, frame.passed_over, video.facts.frame_rate))
            meter.forget_step(index)

    reported = -1
    for frame in active.of(video.frames()):
        if frame.time > FILM_SECONDS:
            raise MediaError(
                f"{video.path} has pictures {frame.time / 3600:,.0f} hours after its first: its times are "
                f"damaged, or it is longer than {FILM_SECONDS // 3600} hours; export it again, or cut it"
            )
        frames[frame.index] = frame
        frames.pop(frame.index - detector.delay - 1, None)
        meter.add(frame.index, frame.time, frame.image)
        dissolves.add(frame.time, frame.image)
        note(detector.add(frame.image, passed_over=frame.passed_over, time=frame.time))
        if int(frame.time) > reported:
            reported = int(frame.time)
            progress(Progress(done=frame.time, total=video.facts.duration, message="watching"))
    note(detector.finish())
    soft = dissolves.finish(cuts)
    cuts = [cut for cut in cuts if not any(one.start < cut < one.end for one in soft)]
    found = active.main_box
    return Seen(
        cuts,
        soft,
        meter.curves(),
        meter.camera(),
        active=found.shares(active.shape) if found is not None else None,
        still_box=active.still_box(),
    )


def begin_of(time: float, passed_over: int, frame_rate: float | None) -> float:
    """When a shot began, by the first frame of it that was looked at, seconds.

    It may be one of those that were passed over just before; the middle one of them is off by one at most.
    """
    return time - (passed_over // 2) / frame_rate if frame_rate else time


def shots_of(
    cuts: Sequence[float], dissolves: Sequence[Dissolve], duration: float, *, start: float = 0.0
) -> tuple[Shot, ...]:
    """The shots of a video, each with what it begins with; a fade at either end of the video begins none.

    Pictures are shown from `start` to `duration`, seconds on the clock of the player.
    """
    begins = [(start, "start"), *((cut, "cut") for cut in cuts)]
    for one in dissolves:
        # What fades in at the start, or out at the end, changes from no shot and to none.
        if one.start > start + _EDGE_SECONDS and one.end < duration - _EDGE_SECONDS:
            begins.append(((one.start + one.end) / 2.0, one.kind))
    begins.sort()
    ends = [*(begin for begin, _ in begins[1:]), duration]
    return tuple(Shot(a, b, how) for (a, how), b in zip(begins, ends, strict=True) if b > a)


def _notes_on(video: Video) -> tuple[str, ...]:
    notes = []
    stated, start = video.facts.end, video.start or 0.0
    if stated and video.end < min(stated - _MISSING_SECONDS, start + (stated - start) * _MISSING_SHARE):
        notes.append(
            f"the pictures end after {video.end:.1f} s of the {stated:.1f} s that the file states; "
            "what is there was analysed"
        )
    if video.broken:
        notes.append(f"{video.broken} packets of pictures could not be decoded and were left out")
    return tuple(notes)


def _with_facts(measured: VideoMeasurements, media: Media) -> VideoMeasurements:
    """The measurements with what an editor wants to know of the file."""
    return replace(
        measured,
        sound_start=float(media.sound_start) if media.sample_rate else None,
        rate=str(media.rate) if media.rate is not None else None,
        variable_rate=media.variable_rate,
        start_frame=media.start_frame,
        drop_frame=media.drop_frame,
    )


def _put_together(video: Video, seen: Seen, sound: Sound) -> VideoMeasurements:
    facts, duration, curves = video.facts, video.end, seen.curves
    start = video.start or 0.0
    shown = slice(min(int(start), len(curves.motion) - 1), None)  # the seconds that have pictures
    return VideoMeasurements(
        duration=duration,
        width=facts.width,
        height=facts.height,
        frame_rate=facts.frame_rate,
        rotation=facts.rotation,
        frames=video.pictures,
        cuts=tuple(seen.cuts),
        cuts_per_minute=60.0 * len(seen.cuts) / (duration - start),
        motion=float(curves.motion[shown].mean()),
        brightness=float(curves.brightness[shown].mean()),
        contrast=float(curves.contrast[shown].mean()),
        saturation=float(curves.saturation[shown].mean()),
        warmth=float(curves.warmth[shown].mean()),
        has_audio=facts.has_audio,
        loudness_lufs=sound.loudness_lufs,
        speech=sound.speech,
        motion_curve=tuple(curves.motion.tolist()),
        brightness_curve=tuple(curves.brightness.tolist()),
        energy_curve=tuple(energy_curve(seen.cuts, curves.motion).tolist()),
        dissolves=seen.dissolves,
        shots=shots_of(seen.cuts, seen.dissolves, duration, start=start),
        camera=seen.camera.shares,
        steadiness=seen.camera.steadiness,
        frames_decoded=video.decoded,
        music=sound.music,
        music_tempo_bpm=sound.tempo_bpm,
        music_tempo_confidence=sound.tempo_confidence,
        speech_spans=sound.speech_spans,
        picture_start=start,
        active_picture=seen.active,
        sound_curve=sound.curve,
    )
