"""Who holds the rights of a song and under which terms it may be used: from its tags and what lies beside it.

What stands beside a file is somebody's answer to a question, so it counts more than the file's own tags:
first `credits.csv` of the folder, then `NAME.license` (REUSE, https://reuse.software/spec), then `NAME.nfo`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from reelscore.records import Credit, Song
from reelscore.sources.folder.cue import read_sheet
from reelscore.sources.folder.tags import clean, fields_of_file
from reelscore.sources.tags.raw import RawTags

FIELDS = ("licence", "attribution", "rights_holder", "publisher", "isrc", "iswc", "usage", "source_url")
# How tags, columns and elements call what a credit has; all in small letters, without blanks and underscores.
_NAMES = {
    "licence": ("licence", "license", "spdxlicenseidentifier", "licenseid"),
    "attribution": ("attribution", "credit", "creditline", "attributionname"),
    "rights_holder": ("rightsholder", "copyright", "spdxfilecopyrighttext", "cprt", "rights", "℗", "©"),
    "publisher": ("publisher", "label", "organization", "recordlabel"),
    "isrc": ("isrc",),
    "iswc": ("iswc",),
    "usage": ("usage", "usagenotes", "use", "terms"),
    "source_url": ("sourceurl", "source", "website", "audiosourceurl", "licenseurl", "url"),
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names}
_LARGEST_SIDECAR = 1_000_000
# `Name: value` and `Name = value`.
_LINE = re.compile(r"\s*([\w ©℗-]{1,40}?)\s*[:=]\s*(.+)")
_SPDX = re.compile(r"[A-Za-z0-9.+-]{2,60}")


def credit_of(song: Song) -> Credit:
    """All that is known of a song's rights; what is not known is empty. A file that is gone says nothing."""
    known = dict.fromkeys(FIELDS, "")
    stated = {_field(name): value for name, value in song.labels.items()}
    known.update({name: value for name, value in stated.items() if name and value})
    known["isrc"] = song.isrc or known["isrc"]
    known["source_url"] = song.page_url or known["source_url"]
    if song.uri and "://" not in song.uri:
        for source in (from_tags, from_sidecars):
            known.update({name: value for name, value in source(Path(song.uri)).items() if value})
    return Credit(
        song_id=song.id,
        title=song.title,
        artist=", ".join(song.artists),
        album=song.album or "",
        **known,
    )


def from_tags(path: Path) -> dict[str, str]:
    """What the tags of a file say of its rights."""
    try:
        return _rights_in(fields_of_file(path))
    except OSError:
        return {}


def licence_of(path: Path, fields: RawTags | None = None) -> str | None:
    """The licence of a file, by what lies beside it or else by its tags, which may have been read already."""
    if licence := from_sidecars(path).get("licence"):
        return licence
    stated = from_tags(path) if fields is None else _rights_in(fields)
    return stated.get("licence")


def _rights_in(fields: RawTags) -> dict[str, str]:
    return _collected((name, value) for name, values in fields.items() for value in values)


def sidecar_names(name: str) -> tuple[str, ...]:
    """What files beside a song are called that may speak of its rights, the surest last."""
    stem = Path(name).stem
    return f"{stem}.nfo", f"{name}.nfo", f"{stem}.license", f"{name}.license", "credits.csv"


def from_sidecars(path: Path) -> dict[str, str]:
    """What the files beside a song say of its rights, the surest last."""
    known: dict[str, str] = {}
    *nfos, first, second, table = map(path.with_name, sidecar_names(path.name))
    for beside in nfos:
        known.update(read_nfo(_text(beside)))
    for beside in (first, second):
        known.update(read_license(_text(beside)))
    known.update(read_credits_csv(_text(table), path.name))
    return known


def read_license(text: str) -> dict[str, str]:
    """A `.license` file: the tags of REUSE, `Name: value` lines, or the name of a licence alone."""
    known = _lines(text)
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if "licence" not in known and _SPDX.fullmatch(first):
        known["licence"] = first
    return known


def read_nfo(text: str) -> dict[str, str]:
    """An NFO file: the XML of media centres, or `Name: value` lines."""
    if text.lstrip().startswith("<") and "<!DOCTYPE" not in text and "<!ENTITY" not in text:
        try:
            root = ET.fromstring(text.strip())
        except ET.ParseError:
            return {}
        return _collected((element.tag, element.text or "") for element in root.iter())
    return _lines(text)


def read_credits_csv(text: str, name: str) -> dict[str, str]:
    """The line of a file in a `credits.csv`, whose column `file` has its name."""
    head = next(iter(text.splitlines()), "")
    delimiter = max(",;\t", key=head.count)
    try:
        for row in csv.DictReader(io.StringIO(text), delimiter=delimiter):
            named = {key.strip().lower(): value or "" for key, value in row.items() if isinstance(key, str)}
            stated = named.get("file") or named.get("filename") or named.get("path") or ""
            if stated.strip().replace("\\", "/").rpartition("/")[2] == name:
                return _collected(named.items())
    except csv.Error:
        return {}
    return {}


def _text(path: Path) -> str:
    """A small text file, or nothing: what cannot be read says nothing."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_SIDECAR:
            return ""
    except OSError:
        return ""
    return read_sheet(path)


def _lines(text: str) -> dict[str, str]:
    matches = (_LINE.fullmatch(line) for line in text.splitlines())
    return _collected((match[1], match[2]) for match in matches if match)


def _collected(stated: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first value of each field."""
    known: dict[str, str] = {}
    for name, value in stated:
        field, text = _field(name), clean(value)
        if field and text:
            known.setdefault(field, text)
    return known


def _field(name: str) -> str:
    return _FIELD_OF.get(re.sub(r"[\s_-]", "", name.lower()), "")


def merged(credit: Credit, by_hand: Mapping[str, str]) -> Credit:
    """The credit with what was entered by hand, which counts most."""
    return replace(credit, **{name: value for name, value in by_hand.items() if name in FIELDS and value})
