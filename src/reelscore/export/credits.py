"""Who is to be named: a block of text, a cue sheet as CSV and as HTML. Pure.

The cue sheet has what collecting societies ask for: each use in order, its place, length and rights holders.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from html import escape

from reelscore.export.frame_grid import lay_out
from reelscore.export.timecode import timecode_at
from reelscore.records import Credit, MusicEvent, Timeline

COLUMNS = (
    "number",
    "title",
    "artist",
    "album",
    "in",
    "out",
    "duration",
    "usage",
    "licence",
    "attribution",
    "rights_holder",
    "publisher",
    "isrc",
    "iswc",
    "source",
)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a song: a line of the cue sheet."""

    credit: Credit
    begin: str  # timecode
    end: str
    seconds: float


def uses(timeline: Timeline) -> tuple[Use, ...]:
    """Each stretch of music in order. Stretches of one song that follow each other at once are one use."""
    known = {credit.song_id: credit for credit in timeline.credits}
    found: list[tuple[MusicEvent, int, int]] = []
    for clip in sorted(lay_out(timeline).music, key=lambda clip: clip.start):
        if found and found[-1][0].song_id == clip.event.song_id and clip.start <= found[-1][2]:
            found[-1] = (found[-1][0], found[-1][1], max(found[-1][2], clip.end))
        else:
            found.append((clip.event, clip.start, clip.end))
    return tuple(
        Use(
            known.get(event.song_id) or Credit(event.song_id, event.title, event.artist),
            timecode_at(timeline, begin),
            timecode_at(timeline, end),
            float((end - begin) / timeline.rate),
        )
        for event, begin, end in found
    )


def write_credits(timeline: Timeline) -> str:
    """The credits as text for an end title or a description; each song once."""
    blocks = []
    for credit in dict.fromkeys(use.credit for use in uses(timeline)):
        if credit.attribution:
            lines = [credit.attribution]
        else:
            lines = [f"“{credit.title}”" + (f" by {credit.artist}" if credit.artist else "")]
        facts = [
            ("Album", credit.album),
            ("Licence", credit.licence),
            ("Rights", credit.rights_holder),
            ("Publisher", credit.publisher),
            ("ISRC", credit.isrc),
            ("ISWC", credit.iswc),
            ("Source", credit.source_url),
        ]
        lines += [f"{name}: {value}" for name, value in facts if value]
        if not (credit.licence or credit.attribution or credit.rights_holder):
            lines.append("Licence: not known; ask the rights holder before publishing")
        blocks.append("\n".join(lines))
    return "Music\n\n" + "\n\n".join(blocks) + "\n"


def write_cue_sheet_csv(timeline: Timeline) -> str:
    """The cue sheet with the columns of `COLUMNS`."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in _rows(timeline):
        # A spreadsheet runs what begins like a formula.
        writer.writerow(["'" + cell if cell[:1] in ("=", "+", "-", "@", "\t") else cell for cell in row])
    return text.getvalue()


def write_cue_sheet_html(timeline: Timeline) -> str:
    """The cue sheet as one HTML page that stands alone and prints well."""
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in COLUMNS)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in _rows(timeline)
    )
    title = escape(timeline.name or "reelscore")
    length = timecode_at(timeline, timeline.frames)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Cue sheet: {title}</title>\n'
        "<style>body{font:14px/1.4 sans-serif;margin:2em}table{border-collapse:collapse}"
        "td,th{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}"
        "@media print{body{margin:0}}</style></head>\n"
        f"<body><h1>Cue sheet: {title}</h1>\n"
        f"<p>{timecode_at(timeline, 0)} to {length}, {float(timeline.rate):.3f} frames a second</p>\n"
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n"
        f"<pre>{escape(write_credits(timeline))}</pre></body></html>\n"
    )


def _rows(timeline: Timeline) -> list[list[str]]:
    rows = []
    for number, use in enumerate(uses(timeline), start=1):
        credit = use.credit
        rows.append(
            [
                str(number),
                credit.title,
                credit.artist,
                credit.album,
                use.begin,
                use.end,
                _length(use.seconds),
                credit.usage or "background instrumental",
                credit.licence,
                credit.attribution,
                credit.rights_holder,
                credit.publisher,
                credit.isrc,
                credit.iswc,
                credit.source_url,
            ]
        )
    return rows


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"
