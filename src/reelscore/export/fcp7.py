"""Final Cut Pro 7 XML (xmeml 5), which Premiere, Resolve and Vegas still read. Pure.

By Apple's Final Cut Pro XML Interchange Format (2012). All times are frames of the sequence; in-points count
from the beginning of the file, whatever its timecode says.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from reelscore.export.frame_grid import Layout, MusicClip, lay_out, media_frames
from reelscore.export.timecode import format_timecode, timebase
from reelscore.export.urls import file_name, file_url
from reelscore.export.xmltext import child, document
from reelscore.records import Media, Timeline

_HIGHEST_LEVEL = 3.98107  # +12 dB, the most that the format allows
_USUAL_BITS = 16  # of a file that does not state how many it has


def write_fcp7(timeline: Timeline, *, split: bool = False) -> str:
    """The timeline as FCP7 XML; `split`: the picture is cut at its cuts."""
    return _Writer(timeline, lay_out(timeline, split=split)).text()


class _Writer:
    def __init__(self, timeline: Timeline, layout: Layout) -> None:
        self._timeline = timeline
        self._layout = layout
        self._rate = timeline.rate
        self._files: dict[str, str] = {}

    def text(self) -> str:
        timeline = self._timeline
        root = ET.Element("xmeml", {"version": "5"})
        sequence = child(root, "sequence", {"id": "sequence-1"})
        child(sequence, "name", text=timeline.name or "reelscore")
        child(sequence, "duration", text=str(timeline.frames))
        self._write_rate(sequence)
        self._timecode(sequence, timeline.start_frame, drop=timeline.drop_frame)
        media = child(sequence, "media")
        self._video(child(media, "video"))
        self._audio(child(media, "audio"))
        for marker in timeline.markers:
            element = child(sequence, "marker")
            child(element, "name", text=marker.name)
            child(element, "comment", text=marker.kind)
            child(element, "in", text=str(marker.frame))
            child(element, "out", text=str(marker.frame + marker.length) if marker.length > 1 else "-1")
        return document(root, doctype="xmeml")

    def _write_rate(self, parent: ET.Element) -> None:
        element = child(parent, "rate")
        child(element, "timebase", text=str(timebase(self._rate)))
        child(element, "ntsc", text="TRUE" if self._rate.denominator == 1001 else "FALSE")

    def _timecode(self, parent: ET.Element, frame: int, *, drop: bool) -> None:
        element = child(parent, "timecode")
        self._write_rate(element)
        # Both forms: a reader that takes the string alone would take 01:00:00;00 for 00:59:56:12.
        child(element, "string", text=format_timecode(frame, self._rate, drop=drop))
        child(element, "frame", text=str(frame))
        child(element, "displayformat", text="DF" if drop else "NDF")

    def _video(self, video: ET.Element) -> None:
        media = self._timeline.picture
        sample = child(child(video, "format"), "samplecharacteristics")
        self._write_rate(sample)
        if media is not None and media.width:
            child(sample, "width", text=str(media.width))
            child(sample, "height", text=str(media.height))
        child(sample, "pixelaspectratio", text="square")
        if media is None:
            return
        track = child(video, "track")
        for number, clip in enumerate(self._layout.picture):
            item = self._item(
                track,
                f"picture-{number}-v",
                media,
                clip.start,
                clip.frames,
                clip.source_in,
                file_name(media.path),
            )
            self._links(item, "picture", number, min(2, media.channels) if media.sample_rate else 0)

    def _audio(self, audio: ET.Element) -> None:
        child(audio, "numOutputChannels", text="2")
        sample = child(child(audio, "format"), "samplecharacteristics")
        child(sample, "depth", text="24")
        child(sample, "samplerate", text="48000")
        media = self._timeline.picture
        # One track a channel, each item naming its channel and linked to the others: without the links
        # Resolve brings the sound in as mono pieces that move apart.
        for channel in range(min(2, media.channels) if media is not None and media.sample_rate else 0):
            assert media is not None
            track = child(audio, "track")
            for number, clip in enumerate(self._layout.picture):
                item = self._item(
                    track,
                    f"picture-{number}-a{channel}",
                    media,
                    clip.start,
                    clip.frames,
                    clip.source_in,
                    file_name(media.path),
                )
                self._source_track(item, channel)
                self._links(item, "picture", number, min(2, media.channels))
            child(track, "outputchannelindex", text=str(channel + 1))
        for lane in range(self._layout.lanes):
            music = [(n, piece) for n, piece in enumerate(self._layout.music) if piece.lane == lane]
            for channel in range(max(_channels(piece) for _, piece in music)):
                track = child(audio, "track")
                for number, piece in music:
                    if channel < _channels(piece):
                        self._music(track, number, piece, channel)
                child(track, "outputchannelindex", text=str(channel + 1))

    def _music(self, track: ET.Element, number: int, clip: MusicClip, channel: int) -> None:
        media = clip.event.media
        source = clip.source_frame(self._rate)  # this format knows whole frames only
        name = clip.event.title or file_name(media.path)
        item = self._item(track, f"music-{number}-a{channel}", media, clip.start, clip.frames, source, name)
        self._source_track(item, channel)
        self._levels(item, clip, source)
        self._links(item, "music", number, _channels(clip), video=False)

    def _item(
        self, track: ET.Element, ident: str, media: Media, start: int, frames: int, source: int, name: str
    ) -> ET.Element:
        item = child(track, "clipitem", {"id": ident})
        child(item, "name", text=name)
        child(item, "enabled", text="TRUE")
        child(item, "duration", text=str(media_frames(media, self._rate)))
        self._write_rate(item)
        child(item, "start", text=str(start))
        child(item, "end", text=str(start + frames))
        child(item, "in", text=str(source))
        child(item, "out", text=str(source + frames))
        self._file(item, media)
        return item

    def _file(self, item: ET.Element, media: Media) -> None:
        known = media.path in self._files
        ident = self._files.setdefault(media.path, f"file-{len(self._files) + 1}")
        element = child(item, "file", {"id": ident})
        if known:
            return  # described once; elsewhere the id stands for it
        child(element, "name", text=file_name(media.path))
        # Forward slashes and escapes only: a backslash breaks the link.
        child(element, "pathurl", text=file_url(media.path, host="localhost"))
        self._write_rate(element)
        child(element, "duration", text=str(media_frames(media, self._rate)))
        self._timecode(element, media.start_frame, drop=media.drop_frame)
        content = child(element, "media")
        if media.width:
            sample = child(child(content, "video"), "samplecharacteristics")
            child(sample, "width", text=str(media.width))
            child(sample, "height", text=str(media.height))
        if media.sample_rate:
            audio = child(content, "audio")
            sample = child(audio, "samplecharacteristics")
            child(sample, "depth", text=str(media.sample_bits or _USUAL_BITS))
            child(sample, "samplerate", text=str(media.sample_rate))
            child(audio, "channelcount", text=str(media.channels or 2))

    def _source_track(self, item: ET.Element, channel: int) -> None:
        element = child(item, "sourcetrack")
        child(element, "mediatype", text="audio")
        child(element, "trackindex", text=str(channel + 1))

    def _links(self, item: ET.Element, kind: str, number: int, channels: int, *, video: bool = True) -> None:
        """Picture and sound of one clip belong together; music is linked to nothing but itself."""
        references = [(f"{kind}-{number}-v", "video")] if video else []
        references += [(f"{kind}-{number}-a{channel}", "audio") for channel in range(channels)]
        if len(references) < 2:
            return
        for reference, mediatype in references:
            link = child(item, "link")
            child(link, "linkclipref", text=reference)
            child(link, "mediatype", text=mediatype)

    def _levels(self, item: ET.Element, clip: MusicClip, source: int) -> None:
        level = min(_HIGHEST_LEVEL, 10 ** (clip.event.gain_db / 20))
        if level == 1.0 and not clip.fade_in and not clip.fade_out:
            return
        effect = child(child(item, "filter"), "effect")
        for tag, text in (
            ("name", "Audio Levels"),
            ("effectid", "audiolevels"),
            ("effectcategory", "audiolevels"),
            ("effecttype", "audiolevels"),
            ("mediatype", "audio"),
        ):
            child(effect, tag, text=text)
        parameter = child(effect, "parameter")
        child(parameter, "parameterid", text="level")
        child(parameter, "name", text="Level")
        child(parameter, "valuemin", text="0")
        child(parameter, "valuemax", text=f"{_HIGHEST_LEVEL:.5f}")
        child(parameter, "value", text=f"{level:.6f}")
        # Key frames are frames of the source, as in-points are.
        points = {source: 0.0} if clip.fade_in else {}
        if clip.fade_in or clip.fade_out:
            points[source + clip.fade_in] = level
            points[max(source + clip.fade_in, source + clip.frames - clip.fade_out)] = level
        if clip.fade_out:
            points[source + clip.frames] = 0.0
        for when, value in sorted(points.items()):
            key = child(parameter, "keyframe")
            child(key, "when", text=str(when))
            child(key, "value", text=f"{value:.6f}")


def _channels(clip: MusicClip) -> int:
    return max(1, min(2, clip.event.media.channels or 2))
