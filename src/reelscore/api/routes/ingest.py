"""Bring music into the library: from which sources it can come, and starting to fetch it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from reelscore.api.dependencies import FromOwnerDep, ServicesDep, errors, resource_router
from reelscore.api.errors import RequestRefused
from reelscore.api.questions import Sent
from reelscore.api.schemas import Success, TaskStarted
from reelscore.wiring.sources import SERVERS, SourceName

router = resource_router(prefix="/api/library", tags=["library"])

_Path = Annotated[str, Field(min_length=1, max_length=4096)]
_Text = Annotated[str, Field(min_length=1, max_length=300)]
_Country = Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")]


class IngestOptions(Sent):
    """The options of an ingest; those that a source does not take are ignored."""

    paths: list[_Path] = Field([], max_length=5000, description="folder: folders or files of the server.")
    prune: bool = Field(False, description="folder: remove songs whose files are gone.")
    yes: bool = Field(
        False, description="folder: remove them also if it looks like a disk that is not mounted."
    )
    artists: list[_Text] = Field([], max_length=200, description="itunes: artists to search for.")
    term: _Text | None = Field(None, description="itunes: words to search for.")
    country: _Country | None = Field(None, description="itunes: store, such as US.")
    limit: int = Field(50, ge=1, le=2000, description="itunes: songs of each search.")
    max_videos: int | None = Field(None, ge=1, le=10_000, description="youtube, demo: tracks at most.")
    region: _Country | None = Field(None, description="youtube: country of the chart.")
    urls: list[_Text] = Field([], max_length=200, description="youtube: videos instead of the chart.")
    url: _Text | None = Field(
        None, description="Of a music server: address; only for a command of the owner."
    )
    folder: _Path | None = Field(
        None, description="Of a music server: where its music is mounted; only for a command of the owner."
    )


class IngestRequest(Sent):
    """Where music is to come from."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"source": "itunes", "options": {"artists": ["Air"], "limit": 20}}}
    )

    source: SourceName
    options: IngestOptions = IngestOptions()


class SourceModel(BaseModel):
    """A source, and whether it can be used here."""

    name: str = Field(examples=["folder"])
    available: bool
    reason: str | None = Field(None, description="What is missing if it is not available.")
    folders: list[str] = Field(
        [], description="folder: those that may be named, with all below them.", examples=[["/srv/music"]]
    )


class SourcesResponse(Success):
    """The sources of music."""

    data: list[SourceModel]


# What each source takes of the options; the rest would be passed over in silence.
_TAKES = {
    "demo": {"max_videos"},
    "folder": {"paths", "prune", "yes"},
    "itunes": {"artists", "term", "country", "limit"},
    **{server: {"url", "folder"} for server in SERVERS},
    "youtube": {"max_videos", "region", "urls"},
}
_NO_FOLDERS = (
    "this server may read no folder of its machine; start it with REELSCORE_MUSIC_FOLDERS set to the folders "
    "that may be ingested from here"
)


@router.get("/sources", response_model=SourcesResponse, summary="Where music can come from")
def list_sources(services: ServicesDep) -> dict[str, Any]:
    """List the sources, and what those that cannot be used lack."""
    settings = services.settings
    folders = [str(folder) for folder in settings.music_roots]
    key, sound = settings.youtube_api_key is not None, settings.youtube_audio
    youtube = None
    if not sound:
        youtube = "set REELSCORE_YOUTUBE_AUDIO=1 to have sound analysed; without it there are only links"
    elif not key:
        youtube = "the chart needs YOUTUBE_API_KEY; addresses of videos can be named without it"
    data = [
        {"name": "folder", "available": bool(folders), "folders": folders},
        {"name": "demo", "available": True},
        {"name": "itunes", "available": True},
        *(_server(name, getattr(settings, f"{name}_url")) for name in SERVERS),
        {"name": "youtube", "available": sound, "reason": youtube},
    ]
    data[0]["reason"] = None if folders else _NO_FOLDERS
    return {"success": True, "data": data}


def _server(name: str, url: str) -> dict[str, Any]:
    reason = None if url else f"set REELSCORE_{name.upper()}_URL to a music server"
    return {"name": name, "available": bool(url), "reason": reason}


@router.post(
    "/ingest",
    response_model=TaskStarted,
    status_code=202,
    responses=errors(400, 403, 422),
    summary="Bring music into the library",
)
def ingest(body: IngestRequest, services: ServicesDep, from_owner: FromOwnerDep) -> dict[str, Any]:
    """Start a task that adds the music of a source; its result is the report of the run.

    Folders must lie in those of REELSCORE_MUSIC_FOLDERS, unless a command of the user of this server asks.
    """
    given = body.options.model_dump(exclude_unset=True, exclude_none=True)
    strange = sorted(set(given) - _TAKES[body.source])
    if strange:
        raise RequestRefused(
            422,
            f"the source {body.source} takes no {', '.join(strange)}; it takes "
            f"{', '.join(sorted(_TAKES[body.source]))}",
            code="invalid_input",
        )
    if body.source == "folder":
        roots = None if from_owner else services.settings.music_roots
        given["paths"] = [str(path) for path in _allowed(given.get("paths", []), roots)]
    if body.source == "itunes" and not given.get("artists") and not given.get("term"):
        raise RequestRefused(422, "name at least one artist or a term to search for", code="invalid_input")
    if body.source in SERVERS and not from_owner and given:
        # An address of somebody else's choice would be told the password.
        raise RequestRefused(403, "the music server is that of the settings; name no other", code="forbidden")
    job = services.queue.submit("ingest", {"source": body.source, "options": given})
    return {
        "success": True,
        "task_id": job.id,
        "message": f"Ingest from {body.source} started",
        "data": {"task_id": job.id},
    }


def _allowed(paths: list[str], named: Sequence[Path] | None) -> list[Path]:
    """The paths, if all of them lie in folders that the owner of the server named; None: the owner asks."""
    if not paths:
        raise RequestRefused(422, "name at least one folder or audio file", code="invalid_input")
    if named is None:
        return [_absolute(name) for name in paths]
    roots = [root.resolve() for root in named]
    if not roots:
        raise RequestRefused(403, _NO_FOLDERS, code="folder_not_allowed")
    found = []
    for name in paths:
        # Resolved first, so that neither ".." nor a link leads out of an allowed folder.
        try:
            path = Path(name).expanduser().resolve()
        except (OSError, RuntimeError, ValueError):
            raise RequestRefused(422, "a path cannot be read", code="invalid_input") from None
        if not any(path == root or root in path.parents for root in roots):
            # The same words whether it exists or not: what lies elsewhere is nobody's business.
            raise RequestRefused(
                403,
                "a path lies outside of the folders that this server may read (REELSCORE_MUSIC_FOLDERS)",
                code="folder_not_allowed",
            )
        if not path.exists():
            raise RequestRefused(400, f"there is no file or folder {name}", code="invalid_input")
        found.append(path)
    return found


def _absolute(name: str) -> Path:
    """A path as the command that asks sees it; that it is there, the source says as it does anywhere."""
    path = Path(name)
    if not path.is_absolute() or "\0" in name:
        raise RequestRefused(422, f"{name!r} is not an absolute path", code="invalid_input")
    return path
