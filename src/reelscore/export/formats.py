"""Export formats by name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.export.credits import write_credits, write_cue_sheet_csv, write_cue_sheet_html
from reelscore.export.edl import write_edl
from reelscore.export.fcp7 import write_fcp7
from reelscore.export.fcpxml import DEFAULT_VERSION, write_fcpxml
from reelscore.export.kdenlive import write_kdenlive
from reelscore.export.markers import write_marker_csv, write_marker_edl, write_marker_json
from reelscore.export.mlt import write_mlt
from reelscore.export.otio import write_otio
from reelscore.records import Timeline

ZIP, WAV = "zip", "wav"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How files for editors are written."""

    split: bool = False  # the picture is cut at its cuts
    fcpxml_version: str = DEFAULT_VERSION
    native_paths: bool = False  # in FCPXML, for Resolve on macOS


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of text file for an editor, and what it has room for."""

    suffix: str
    write: Callable[[Timeline, ExportOptions], str]
    overlaps: bool = True  # clips that overlap, as songs of a live set do
    gain: bool = True  # fades and gain of the music
    timecode: bool = True  # the start timecode of the timeline


FORMATS: Mapping[str, Format] = {
    "otio": Format(".otio", lambda timeline, options: write_otio(timeline, split=options.split), gain=False),
    "fcpxml": Format(
        ".fcpxml",
        lambda timeline, options: write_fcpxml(
            timeline,
            version=options.fcpxml_version,
            split=options.split,
            native_paths=options.native_paths,
        ),
    ),
    "fcp7": Format(".xml", lambda timeline, options: write_fcp7(timeline, split=options.split)),
    "edl": Format(
        ".edl",
        lambda timeline, options: write_edl(timeline, split=options.split),
        overlaps=False,
        gain=False,
        timecode=False,
    ),
    "mlt": Format(".mlt", lambda timeline, options: write_mlt(timeline, split=options.split), timecode=False),
    "kdenlive": Format(
        ".kdenlive", lambda timeline, options: write_kdenlive(timeline, split=options.split), timecode=False
    ),
    "markers": Format(".edl", lambda timeline, _: write_marker_edl(timeline), overlaps=False, timecode=False),
}
KINDS = (*FORMATS, WAV, ZIP)
# A file of markers by the suffix that is asked for.
MARKER_WRITERS = {".edl": write_marker_edl, ".csv": write_marker_csv, ".json": write_marker_json}


def suffixes_of(kind: str) -> tuple[str, ...]:
    """The suffixes that files of one of `KINDS` have, the usual one first.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    """
    if kind in (WAV, ZIP):
        return (f".{kind}",)
    return tuple(MARKER_WRITERS) if kind == "markers" else (format_of(kind).suffix,)


def format_of(kind: str) -> Format:
    """The text format of this name.

    Raises
    ------
    UnknownNameError
        There is none.
    """
    if kind not in FORMATS:
        raise UnknownNameError("format", kind, KINDS)
    return FORMATS[kind]


def credit_files(timeline: Timeline, stem: str) -> dict[str, str]:
    """The credits and cue sheets that lie beside an export, by file name."""
    return {
        f"{stem}.credits.txt": write_credits(timeline),
        f"{stem}.cue-sheet.csv": write_cue_sheet_csv(timeline),
        f"{stem}.cue-sheet.html": write_cue_sheet_html(timeline),
    }


def bundle_texts(
    timeline: Timeline, stem: str, options: ExportOptions
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Every text of a bundle, by file name: all editors, markers, credits; and what is left out, and why.

    That is what a format cannot hold, such as music that overlaps in an EDL.
    """
    texts: dict[str, str] = {}
    left_out = []
    for kind, each in FORMATS.items():
        if kind == "markers":
            continue
        try:
            texts[f"{stem}{each.suffix}"] = each.write(timeline, options)
        except InvalidInputError as error:
            if each.overlaps:
                raise
            left_out.append(f"there is no {stem}{each.suffix}: {error}")
    for suffix, write in MARKER_WRITERS.items():
        texts[f"{stem}.markers{suffix}"] = write(timeline)
    return texts | credit_files(timeline, stem), tuple(left_out)
