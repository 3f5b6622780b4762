"""Answers of the OpenSubsonic API (https://opensubsonic.netlify.app): songs, lists of them, and what failed.

Fields have the names of the published schema. A document is a dict, and `written` makes JSON or XML of it.
"""

from __future__ import annotations

import base64
import json
import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any
from xml.etree import ElementTree as ET

from starlette.responses import Response

import reelscore
from reelscore.export.xmltext import clean

VERSION = "1.16.1"
EXTENSIONS = ({"name": "apiKeyAuthentication", "versions": [1]}, {"name": "sonicSimilarity", "versions": [1]})

_ARTIST = "ar-"


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """A call that is refused, with its code of the published list."""

    def __init__(self, code: int, message: str, *, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def written(parts: Mapping[str, Any], form: str, *, refused: Refused | None = None) -> Response:
    """The response of a call; `form` is "json", and anything else is XML."""
    document: dict[str, Any] = {
        "status": "failed" if refused else "ok",
        "version": VERSION,
        "type": "reelscore",
        "serverVersion": reelscore.__version__,
        "openSubsonic": True,
        **parts,
    }
    if refused is not None:
        document["error"] = {"code": refused.code, "message": " ".join(str(refused).split())}
    status = refused.status if refused else 200
    if form == "json":
        text = json.dumps({"subsonic-response": document}, ensure_ascii=False, allow_nan=False)
        return Response(text, status, media_type="application/json")
    root = _element("subsonic-response", {"xmlns": "http://subsonic.org/restapi", **document})
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return Response(head + ET.tostring(root, encoding="unicode"), status, media_type="application/xml")


def _element(tag: str, values: Mapping[str, Any]) -> ET.Element:
    """Plain values are attributes, but for `value`, the text; lists and objects are elements."""
    element = ET.Element(tag)
    for name, value in values.items():
        for one in value if isinstance(value, list | tuple) else (value,):
            if isinstance(one, Mapping):
                element.append(_element(name, one))
            elif isinstance(value, list | tuple):
                ET.SubElement(element, name).text = clean(_text(one))
            elif name == "value":
                element.text = clean(_text(one))
            elif one is not None:
                element.set(name, clean(_text(one)))
    return element


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def child(song: Mapping[str, Any]) -> dict[str, Any]:
    """A song (`Child`) of its payload."""
    artists = [{"id": artist_id(name), "name": name} for name in song["artists"]]
    uri = str(song.get("uri") or "")
    suffix = "" if "://" in uri else PurePath(uri).suffix.lstrip(".").lower()
    named = "/".join(part.replace("/", "_") for part in (*song["artists"][:1], song["album"]) if part)
    genres = [name for name in str(song["genre"] or "").split("; ") if name]
    values = {
        "id": song["id"],
        "isDir": False,
        "isVideo": False,
        "type": "music",
        "mediaType": "song",
        "title": song["title"],
        "artist": ", ".join(song["artists"]) or None,
        "artistId": artists[0]["id"] if artists else None,
        "artists": artists or None,
        "displayArtist": ", ".join(song["artists"]) or None,
        "album": song["album"] or None,
        "genre": genres[0] if genres else None,
        "genres": [{"name": name} for name in genres] or None,
        "year": song["year"],
        "duration": None if song["duration_seconds"] is None else round(song["duration_seconds"]),
        "bpm": round((song.get("features") or {}).get("tempo_bpm") or 0) or None,
        "created": song.get("added_at") or None,
        "suffix": suffix or None,
        "contentType": (mimetypes.guess_type(f"x.{suffix}")[0] or "audio/x-unknown") if suffix else None,
        "coverArt": song["id"] if suffix else None,
        # Not where it lies on this machine.
        "path": f"{named}/{song['title']}.{suffix}".lstrip("/") if suffix else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def playlist(saved: Mapping[str, Any], songs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A saved search as a playlist, without its songs."""
    changed = str(saved.get("renewed_at") or "")
    return {
        "id": saved["id"],
        "name": saved["name"],
        "songCount": len(songs),
        "duration": round(sum(song["duration_seconds"] or 0.0 for song in songs)),
        "public": True,
        "readonly": True,
        "created": changed,
        "changed": changed,
    }


def artist_id(name: str) -> str:
    """An id from which `artist_of` reads the name again; there is no table of artists."""
    return _ARTIST + base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def artist_of(value: str) -> str | None:
    """The name in the id of an artist; None if it is none."""
    if not value.startswith(_ARTIST):
        return None
    coded = value.removeprefix(_ARTIST)
    try:
        return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
    except ValueError:
        return None


def renamed(songs: Iterable[Mapping[str, Any]], names: Mapping[str, str] | None) -> list[Mapping[str, Any]]:
    """Songs under the ids of another server, those alone that have one; None: as they are."""
    if names is None:
        return list(songs)
    return [{**song, "id": names[song["id"]]} for song in songs if song["id"] in names]
