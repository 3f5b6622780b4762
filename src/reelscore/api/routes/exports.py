"""Taking a song under a film away: a job makes the file, and its download is here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import FileResponse
from pydantic import AfterValidator, BeforeValidator, Field
from starlette.concurrency import run_in_threadpool

from reelscore.api.dependencies import PersonDep, ServicesDep, errors, resource_router, upload_body
from reelscore.api.questions import SONG_ID, Sent
from reelscore.api.routes.recommendations import check_song_exists, validated
from reelscore.api.schemas import TaskStarted
from reelscore.api.uploads import receive_upload
from reelscore.errors import InvalidInputError
from reelscore.export.fcpxml import VERSIONS
from reelscore.jobs.export_job import KIND, SUFFIXES, exported_file, mix_settings
from reelscore.jobs.uploads import discard_upload
from reelscore.library.taste import note_exported
from reelscore.sources.usage_terms import audition_refusal

router = resource_router(prefix="/api/exports", tags=["exports"])

Seconds = Annotated[float, Field(ge=0.0, le=3600.0, allow_inf_nan=False)]


def _object(value: Any) -> Any:
    """A text field of a form as the JSON that it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value or "{}")
    except ValueError:
        raise ValueError("is no JSON") from None


def _known_kind(kind: str) -> str:
    if kind not in SUFFIXES:
        raise ValueError(f"is none of {', '.join(SUFFIXES)}")
    return kind


class ExportFields(Sent):
    """The text fields that come with the film."""

    song_id: str | None = Field(
        None, max_length=200, description="A song of the library.", json_schema_extra={"example": SONG_ID}
    )
    plan_id: str | None = Field(None, max_length=64, description="A plan or a fit, instead of `song_id`.")
    to: Annotated[str, AfterValidator(_known_kind)] = Field(
        description="The last four are mixes; `markers` is CSV; `credits` come with cue sheets.",
        json_schema_extra={"enum": list(SUFFIXES), "example": "zip"},
    )
    offset: float = Field(
        0.0,
        ge=-86_400,
        le=86_400,
        allow_inf_nan=False,
        description="Second of the song under the first frame; negative: it begins so much later.",
    )
    gain_db: float = Field(0.0, ge=-60, le=24, allow_inf_nan=False, description="Of the music.")
    fade_in: Seconds | None = None
    fade_out: Seconds | None = None
    media_path: str = Field("", max_length=4000, description="Where the film lies on the editor's machine.")
    media_folder: str = Field(
        "",
        max_length=4000,
        description="Where the download will be unpacked there.",
        json_schema_extra={"example": "D:\\films"},
    )
    split: bool = False
    bake: bool = False
    with_picture: bool = False
    native_paths: bool = False
    fcpxml_version: str = Field(VERSIONS[0], max_length=10)
    mix: Annotated[dict[str, Any], BeforeValidator(_object)] = Field(
        default_factory=dict,
        description="JSON: `picture_db`, `music_db`, `loudness`, `true_peak`, and `duck` with `depth_db`, "
        "`attack`, `hold`, `release`, or null.",
        json_schema_extra={"example": {"loudness": -16}},
    )


def _arguments(fields: Mapping[str, str], path: str, filename: str) -> dict[str, Any]:
    form = validated(ExportFields, dict(fields))
    if form.fcpxml_version not in VERSIONS:
        raise InvalidInputError(
            f"unknown version of FCPXML {form.fcpxml_version!r}; known: {', '.join(VERSIONS)}"
        )
    if (form.song_id is None) == (form.plan_id is None):
        raise InvalidInputError("name a song_id or a plan_id, and not both")
    arguments: dict[str, Any] = {
        "video_path": path,
        "filename": filename,
        "song": form.song_id,
        "plan": form.plan_id,
        "to": form.to,
        "lay": {
            "offset": form.offset,
            "gain_db": form.gain_db,
            "fade_in": form.fade_in,
            "fade_out": form.fade_out,
        },
        "options": {
            "split": form.split,
            "fcpxml_version": form.fcpxml_version,
            "native_paths": form.native_paths,
        },
        "bake": form.bake,
        "with_picture": form.with_picture,
        "media_path": form.media_path,
        "media_folder": form.media_folder,
        "mix": form.mix,
    }
    mix_settings(arguments)  # a mistake is refused now, not by the task
    return arguments


def _check(services: ServicesDep, arguments: Mapping[str, Any]) -> None:
    """Refuse now what the task would refuse: an unknown song or plan, and terms that forbid it."""
    if arguments["plan"] is not None:
        services.sync.document(arguments["plan"])
        return
    song = services.catalog.song(check_song_exists(services, arguments["song"]))
    refusal = audition_refusal(song)
    if refusal is not None:
        raise InvalidInputError(f"“{song.title}” cannot be taken away: {refusal}")


@router.post(
    "",
    response_model=TaskStarted,
    status_code=202,
    responses=errors(400, 404, 409, 413, 415, 422),
    openapi_extra=upload_body("video", ExportFields),
    summary="A song under a film, for an editor or mixed",
)
async def export(request: Request, services: ServicesDep, person: PersonDep) -> dict[str, Any]:
    """Take a film and start to make the file; `/api/exports/{task_id}/file` downloads it once it is there.

    A format for editors comes as a zip with the music as WAV, credits and cue sheets.
    """
    upload = await receive_upload(
        request,
        file_field="video",
        folder=services.settings.uploads_dir,
        max_mb=services.settings.max_upload_mb,
    )
    try:
        arguments = _arguments(upload.fields, str(upload.path), upload.filename)
        arguments["content_hash"] = upload.content_hash
        await run_in_threadpool(_check, services, arguments)
        job = await run_in_threadpool(services.queue.submit, KIND, arguments)
        if arguments["song"]:
            await run_in_threadpool(note_exported, services.wiring, person, [arguments["song"]])
    except BaseException:
        discard_upload(upload.path)
        raise
    return {
        "success": True,
        "task_id": job.id,
        "message": "Export started",
        "data": {"task_id": job.id},
    }


@router.get(
    "/{task_id}/file",
    response_class=FileResponse,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        **errors(404),
    },
    summary="The file of an export",
)
def download(task_id: str, services: ServicesDep) -> FileResponse:
    """Download what an export made; it is kept for a day."""
    path, name = exported_file(services.catalog.job(task_id), services.settings)
    return FileResponse(path, filename=name, media_type="application/octet-stream")
