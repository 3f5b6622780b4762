"""What Final Cut Pro demands of an FCPXML, from Apple's public reference, as a checker.

https://developer.apple.com/documentation/professional-video-applications/fcpxml-reference
"""

from __future__ import annotations

import re
from fractions import Fraction
from xml.etree import ElementTree as ET

_TIME = re.compile(r"(-?\d+)(?:/(\d+))?s")
_DECIBELS = re.compile(r"[+-]?\d+(\.\d+)?")
_TIME_ATTRIBUTES = ("start", "offset", "duration", "tcStart", "frameDuration")
_RATES = ("23.98", "24", "25", "29.97", "30", "60", "47.95", "48")
_ATTRIBUTES = {
    "fcpxml": {"version"},
    "resources": set(),
    "format": {"id", "name", "frameDuration", "fieldOrder", "width", "height", "colorSpace"},
    "asset": {
        *("id", "name", "uid", "start", "duration", "hasVideo", "format", "hasAudio", "videoSources"),
        *("audioSources", "audioChannels", "audioRate", "customLUTOverride", "colorSpaceOverride"),
    },
    "media-rep": {"kind", "sig", "src", "suggestedFilename"},
    "event": {"name", "uid"},
    "project": {"name", "uid", "id", "modDate"},
    "sequence": {
        *(
            "format",
            "duration",
            "tcStart",
            "tcFormat",
            "audioLayout",
            "audioRate",
            "renderFormat",
            "keywords",
        ),
    },
    "spine": {"lane", "offset", "name", "format"},
    "asset-clip": {
        *("ref", "srcEnable", "audioStart", "audioDuration", "lane", "offset", "name", "start", "duration"),
        *("enabled", "format", "audioRole", "videoRole", "tcStart", "tcFormat", "modDate"),
    },
    "gap": {"name", "offset", "start", "duration", "enabled"},
    "marker": {"start", "duration", "value", "completed", "note"},
    "conform-rate": {"scaleEnabled", "srcFrameRate", "frameSampling"},
    "adjust-volume": {"amount"},
    "param": {"name", "key", "value", "enabled"},
    "fadeIn": {"type", "duration"},
    "fadeOut": {"type", "duration"},
    "note": set(),
}
# Children in the order of the document type.
_ORDER = {
    "fcpxml": ("resources", "library", "event", "project"),
    "asset": ("media-rep", "metadata"),
    "sequence": ("note", "spine", "metadata"),
    "asset-clip": ("note", "conform-rate", "timeMap", "adjust-volume", "asset-clip", "marker", "metadata"),
    "gap": ("note", "asset-clip", "marker", "metadata"),
    "adjust-volume": ("param",),
    "param": ("fadeIn", "fadeOut", "keyframeAnimation", "param"),
}


def seconds(text: str) -> Fraction:
    match = _TIME.fullmatch(text)
    assert match, f"{text!r} is no time"
    return Fraction(int(match[1]), int(match[2] or 1))


def problems(text: str) -> list[str]:
    """All rules that a document breaks, one line each."""
    root = ET.fromstring(text)
    found = [*_shape(root)]
    formats = {f.attrib["id"]: f for f in root.iter("format")}
    assets = {a.attrib["id"]: a for a in root.iter("asset")}
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    if len(ids) != len(set(ids)):
        found.append("an id stands twice")
    found += [
        f"{e.tag}: {name}={e.attrib[name]!r} is no resource"
        for e in root.iter()
        for name, known in (("ref", assets), ("format", formats))
        if name in e.attrib and e.attrib[name] not in known
    ]
    if found:
        return found
    sequence = next(root.iter("sequence"))
    frame = seconds(formats[sequence.attrib["format"]].attrib["frameDuration"])
    found += _frames(root, assets, frame)
    found += _media(root, assets)
    found += _places(sequence, frame)
    return found


def _shape(root: ET.Element) -> list[str]:
    found = []
    if root.tag != "fcpxml" or not re.fullmatch(r"1\.\d+", root.attrib.get("version", "")):
        found.append("the root is no fcpxml with a version")
    for element in root.iter():
        allowed = _ATTRIBUTES.get(element.tag)
        if allowed is None:
            found.append(f"<{element.tag}> is not in the document type")
            continue
        found += [f"{element.tag}: no attribute {name!r}" for name in element.attrib if name not in allowed]
        found += [
            f"{element.tag}: {name}={element.attrib[name]!r} is no time"
            for name in _TIME_ATTRIBUTES
            if name in element.attrib and not _TIME.fullmatch(element.attrib[name])
        ]
        if "modDate" in element.attrib and re.search(r"[A-Z]{3,}$", element.attrib["modDate"]):
            found.append("modDate has the name of a time zone")
        order = _ORDER.get(element.tag)
        if order:
            places = [order.index(c.tag) for c in element if c.tag in order]
            strange = [c.tag for c in element if c.tag not in order]
            found += [f"<{tag}> may not stand in <{element.tag}>" for tag in strange]
            if places != sorted(places):
                found.append(f"the children of <{element.tag}> are out of order")
    for asset in root.iter("asset"):
        sources = [rep.attrib.get("src", "") for rep in asset.iter("media-rep")]
        if not sources or not all(re.fullmatch(r"file://[!-~]+", src) for src in sources):
            found.append(f"asset {asset.attrib.get('id')}: no escaped file URL")
    for volume in root.iter("adjust-volume"):
        if not _DECIBELS.fullmatch(volume.attrib["amount"]):
            found.append(f"{volume.attrib['amount']!r} are no bare decibels")
    for conform in root.iter("conform-rate"):
        if conform.attrib.get("srcFrameRate") not in _RATES:
            found.append("a conform-rate with an unknown rate")
    for element in root.iter("sequence"):
        if element.attrib.get("audioLayout") not in ("stereo", "surround"):
            found.append("audioLayout must be stereo or surround")
        if element.attrib.get("tcFormat") not in ("DF", "NDF"):
            found.append("tcFormat must be DF or NDF")
        if element.attrib.get("audioRate") not in ("32k", "44.1k", "48k", "88.2k", "96k", "176.4k", "192k"):
            found.append("audioRate is none of the known ones")
    return found


def _frames(root: ET.Element, assets: dict[str, ET.Element], frame: Fraction) -> list[str]:
    """Every edit lies on a frame; what is inside of a sound may lie between two."""
    found = []
    for element in root.iter():
        if element.tag in ("format", "media-rep"):
            continue
        sound = element if element.tag == "asset" else assets.get(element.attrib.get("ref", ""))
        sound_only = sound is not None and sound.attrib.get("hasVideo") != "1"
        for name in _TIME_ATTRIBUTES:
            inner = name == "start" or (name == "duration" and element.tag == "asset")
            if name in element.attrib and not (sound_only and inner):
                time = seconds(element.attrib[name])
                if (time / frame).denominator != 1:
                    found.append(f"{element.tag}: {name}={element.attrib[name]} lies between frames")
    return found


def _media(root: ET.Element, assets: dict[str, ET.Element]) -> list[str]:
    """No clip shows what its file does not have."""
    found = []
    for clip in root.iter("asset-clip"):
        asset = assets[clip.attrib["ref"]]
        first, length = seconds(asset.attrib["start"]), seconds(asset.attrib["duration"])
        start = seconds(clip.attrib["start"])
        if start < first or start + seconds(clip.attrib["duration"]) > first + length:
            found.append(f"{clip.attrib['name']}: edit with no respective media")
    return found


def _places(sequence: ET.Element, frame: Fraction) -> list[str]:
    """The spine is gapless and as long as its sequence; what is attached lies within its host."""
    found = []
    at = seconds(sequence.attrib["tcStart"])
    end = at + seconds(sequence.attrib["duration"])
    for item in next(sequence.iter("spine")):
        if seconds(item.attrib["offset"]) != at:
            found.append(f"{item.attrib['name']} does not begin where the one before ends")
        start, length = seconds(item.attrib["start"]), seconds(item.attrib["duration"])
        if length < frame:
            found.append(f"{item.attrib['name']} is shorter than a frame")
        for inner in item:
            if inner.tag == "asset-clip" and not start <= seconds(inner.attrib["offset"]) < start + length:
                found.append(f"{inner.attrib['name']} is attached outside of its host")
            if inner.tag == "marker" and not start <= seconds(inner.attrib["start"]) < start + length:
                found.append("a marker lies outside of its clip")
        at += length
    if at != end:
        found.append("the spine is not as long as the sequence")
    return found
