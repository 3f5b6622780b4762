"""Plans and fits as documents: JSON whose id is a digest of what it says and of what it was made from.

A document remembers stamps of its picture and its song. Whoever uses it later holds them against those of
today, and a plan of something that has changed since is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from fractions import Fraction
from typing import Any

from reelscore.errors import StaleError
from reelscore.records.sync import CutHit, CutMove, FitPlan, PlanAlternative, Seam, SyncPlan
from reelscore.records.timeline import Media, MusicEvent
from reelscore.records.video import VideoAnalysis
from reelscore.sync.grids import PictureGrid, SongGrid, picture_of

Document = dict[str, Any]
_FRACTIONS = ("rate", "duration", "picture_start", "sound_start")


def plan_document(plan: SyncPlan, made_from: Mapping[str, Any]) -> Document:
    """A plan as JSON values, with its id; `made_from` says of what (`stamps` among it)."""
    return _document("plan", {"plan": _plain(asdict(plan))}, made_from)


def fit_document(fit: FitPlan, made_from: Mapping[str, Any]) -> Document:
    """A fitted song as JSON values, with its id."""
    return _document("fit", {"fit": _plain(asdict(fit))}, made_from)


def read_plan(document: Mapping[str, Any]) -> SyncPlan:
    """The plan of a document."""
    body = document["plan"]
    return SyncPlan(
        **{
            **_values(SyncPlan, body),
            "rate": Fraction(body["rate"]),
            "cuts": tuple(CutHit(**_values(CutHit, each)) for each in body["cuts"]),
            "moves": tuple(CutMove(**_values(CutMove, each)) for each in body["moves"]),
            "alternatives": tuple(
                PlanAlternative(**_values(PlanAlternative, each)) for each in body["alternatives"]
            ),
            "notes": tuple(body["notes"]),
        }
    )


def read_fit(document: Mapping[str, Any]) -> FitPlan:
    """The fitted song of a document."""
    body = document["fit"]
    return FitPlan(
        **{
            **_values(FitPlan, body),
            "events": tuple(_event(each) for each in body["events"]),
            "seams": tuple(Seam(**_values(Seam, each)) for each in body["seams"]),
            "degraded": tuple(body["degraded"]),
            "notes": tuple(body["notes"]),
        }
    )


def check_fresh(document: Mapping[str, Any], stamps: Mapping[str, str]) -> None:
    """Refuse a document whose picture or song is not what it was made from.

    Raises
    ------
    StaleError
        One of today's stamps differs from the document's.
    """
    for what, stamp in document["made_from"]["stamps"].items():
        if stamps.get(what) != stamp:
            made = f"the {document['kind']} {document['id']}"
            raise StaleError(f"the {what} has changed since {made} was made; make it again")


def picture_stamp(picture: PictureGrid) -> str:
    """A digest of all that a plan takes from a picture."""
    times = (picture.cuts, picture.sections, picture.energy)
    rest = (picture.duration, str(picture.rate), picture.kinds, picture.speech)
    return _digest(b"".join(each.tobytes() for each in times) + json.dumps(rest).encode())


def stamped_picture(analysis: VideoAnalysis, hits: Sequence[float] = ()) -> PictureGrid:
    """The grid of an analysed video under an id of what it holds; raises as `picture_of` does."""
    grid = picture_of(analysis, hits=hits)
    return replace(grid, video_id=picture_stamp(grid))


def song_stamp(song: SongGrid) -> str:
    """A digest of all that a plan takes from a song's beats and sections."""
    times = (song.beats, song.downbeats, song.sections, song.phrases, song.energy)
    return _digest(b"|".join(each.tobytes() for each in times) + repr(song.duration).encode())


def _document(kind: str, body: Document, made_from: Mapping[str, Any]) -> Document:
    document = {"kind": kind, "made_from": _plain(made_from), **body}
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return {"id": _digest(text.encode()), **document}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _values(record: type, body: Mapping[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(record)}
    return {name: value for name, value in body.items() if name in names}


def _event(body: Mapping[str, Any]) -> MusicEvent:
    media = _values(Media, body["media"])
    media.update({name: Fraction(media[name]) for name in _FRACTIONS if media.get(name) is not None})
    return MusicEvent(**{**_values(MusicEvent, body), "media": Media(**media)})
