"""Songs for a video, a sentence or a song; and filling the database."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from reelscore.api.dependencies import (
    FromOwnerDep,
    FromPageDep,
    PersonDep,
    Services,
    ServicesDep,
    errors,
    resource_router,
    upload_body,
)
from reelscore.api.errors import RequestRefused
from reelscore.api.questions import PhrasesQuery, Question, SongQuery, TextQuery, UploadFields, form_choices
from reelscore.api.schemas import AnswerResponse, InitializeRequest, StatsResponse, TaskStarted, VideoStarted
from reelscore.api.uploads import Upload, receive_upload
from reelscore.errors import EmptyLibraryError, NotFoundError, StorageError
from reelscore.jobs.handlers import file_called
from reelscore.jobs.queues import submit_video
from reelscore.jobs.uploads import discard_upload
from reelscore.library import service as library
from reelscore.library.films import film_url, kept_film
from reelscore.library.taste import note_asked
from reelscore.query.form import Query, query_values, read_query
from reelscore.search.engine import search
from reelscore.search.options import check_filters
from reelscore.video.proxy import shown_by_browsers

log = logging.getLogger(__name__)

Model = TypeVar("Model", bound=BaseModel)

router = resource_router(tags=["recommendations"])


def answer_question(
    services: Services, question: Question, *, person: str, from_owner: bool = False, from_page: bool = False
) -> Response:
    """The answer to a body.

    `from_page`: somebody asks, whose taste it tells, and not a program.
    """
    query = read_question(services, question, from_owner=from_owner)
    response = answered(services, query, person)
    if from_page:
        note_asked(services.wiring, person, query)
    return response


def answered(services: Services, query: Query, person: str = "") -> Response:
    """The response to a question; written once, while a dict would be checked and written again."""
    return Response(services.questions.answer(query, person), media_type="application/json")


def _like_file(services: Services, question: Question, *, person: str, file: Path) -> dict[str, Any]:
    """The answer to a body that came with the file of a song."""
    query = replace(read_question(services, question), song=str(file))
    return search(services.wiring, query, person=person).to_response()


def read_question(services: Services, question: Question, *, from_owner: bool = False) -> Query:
    """The query of a body, refused here if it names a song that does not exist.

    `from_owner`: a command of the user of this server asks, and may name a song by its file.
    """
    query = read_query(question.form())
    if query.song:
        check_song_allowed(services, query.song, from_owner=from_owner)
    for song_id in query.unlike:
        check_song_exists(services, song_id)
    for part in query.blend:
        if part.kind == "song":
            check_song_allowed(services, part.name, from_owner=from_owner)
    return query


def _started(task_id: str, message: str) -> dict[str, Any]:
    return {"success": True, "task_id": task_id, "message": message, "data": {"task_id": task_id}}


def validated(model: type[Model], values: Any, *, place: str = "body") -> Model:
    """Check what the route read itself the way that the framework checks the rest."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError(
            [{**problem, "loc": (place, *problem["loc"])} for problem in error.errors(include_url=False)]
        ) from None


def _form(fields: Mapping[str, str], default_limit: int) -> UploadFields:
    text = {name: value for name, value in fields.items() if value.strip()}
    return validated(UploadFields, {"limit": default_limit, **text, **form_choices(fields)})


def check_song_exists(services: Services, song_id: str) -> str:
    """Refuse what is not the id of a song: the service would take a path of this machine as well."""
    try:
        UUID(song_id)
    except ValueError:
        raise NotFoundError(f"there is no song {song_id!r}; GET /api/songs lists them") from None
    return services.catalog.song(song_id).id


def check_song_allowed(services: Services, song: str, *, from_owner: bool) -> None:
    """Refuse what is not the id of a song, unless the user of this server names an audio file."""
    if not (from_owner and Path(song).is_absolute()):
        check_song_exists(services, song)


@router.post(
    "/api/recommendations/analyze-video",
    response_model=VideoStarted,
    response_model_exclude_unset=True,
    status_code=202,
    responses=errors(400, 409, 413, 415, 422),
    openapi_extra=upload_body("video", UploadFields, limit=10),
    summary="Songs for a video",
)
async def analyze_video(
    request: Request, services: ServicesDep, from_owner: FromOwnerDep, person: PersonDep
) -> dict[str, Any]:
    """Take a video and start its analysis; what is no video is refused at once.

    The task's result has the analysis of the video and the ranked songs. Follow it at
    `/api/tasks/{task_id}` or `/api/tasks/{task_id}/events`. Of a film that browsers cannot show, a copy
    that they can is made by another task, which `film` names. The upload is deleted when the task is
    done; if it failed or was cancelled it is kept a while, for `/api/tasks/{task_id}/retry`.
    """
    if not await run_in_threadpool(services.catalog.has_songs):
        raise EmptyLibraryError  # before gigabytes are sent for nothing
    upload = await receive_upload(
        request,
        file_field="video",
        folder=services.settings.uploads_dir,
        max_mb=services.settings.max_upload_mb,
    )
    try:
        # A mistake is told now, not by the task.
        form = _form(upload.fields, 10)
        query = await run_in_threadpool(read_question, services, form, from_owner=from_owner)
        await run_in_threadpool(check_filters, services.wiring, query.filters)
        shown = await run_in_threadpool(_is_shown, upload)
        job = await run_in_threadpool(
            submit_video,
            services.wiring,
            services.queue,
            {
                "video_path": str(upload.path),
                "filename": upload.filename,
                "content_hash": upload.content_hash,
                "person": person,
                **query_values(query),
            },
        )
    except BaseException:
        discard_upload(upload.path)
        raise
    film = None if shown else await run_in_threadpool(_film_copy, services, upload)
    started = _started(job.id, "Video analysis started")
    return started if film is None else {**started, "data": {**started["data"], "film": film}}


def _is_shown(upload: Upload) -> bool:
    """Whether browsers show a film; MediaError, naming it as its sender does, if it is none."""
    with file_called(upload.path, upload.filename):
        return shown_by_browsers(upload.path)


def _film_copy(services: Services, upload: Upload) -> dict[str, Any] | None:
    """The copy of a film that browsers cannot show, and the task that makes it; None if none is made."""
    content = upload.content_hash
    try:
        if not services.settings.films_mb:
            return None
        if kept_film(services.settings, content) is not None:
            return {"url": film_url(content), "task_id": None}
        same = (job for job in services.catalog.unfinished_jobs() if job.kind == "copy_film")
        running = next((job for job in same if job.arguments.get("content_hash") == content), None)
        job = running or services.queue.submit(
            "copy_film",
            {"video_path": str(upload.path), "filename": upload.filename, "content_hash": content},
        )
        return {"url": film_url(content), "task_id": job.id}
    except StorageError as error:
        log.warning("no copy of the film is made: %s", error)
        return None


@router.post(
    "/api/recommendations/text-recommendations",
    response_model=AnswerResponse,
    responses=errors(400, 409, 422),
    summary="Songs for a sentence",
)
async def text_recommendations(
    body: TextQuery, services: ServicesDep, person: PersonDep, from_page: FromPageDep
) -> Response:
    """Find the songs that suit a sentence: genre, mood, instruments, tempo."""
    return await services.answer(answer_question, services, body, person=person, from_page=from_page)


@router.post(
    "/api/recommendations/search",
    response_model=AnswerResponse,
    responses=errors(400, 404, 409, 422),
    summary="Songs for edited phrases",
)
async def search_phrases(
    body: PhrasesQuery,
    services: ServicesDep,
    from_owner: FromOwnerDep,
    from_page: FromPageDep,
    person: PersonDep,
) -> Response:
    """Search again with phrases, weights and wishes of your own; no video is analysed again.

    With an `analysis_id`, what the body does not have is as the analysis asks for; `null` takes a wish
    away. A `guide` changes all of it.
    """
    return await services.answer(
        answer_question, services, body, person=person, from_owner=from_owner, from_page=from_page
    )


@router.post(
    "/api/recommendations/initialize-database",
    response_model=TaskStarted,
    status_code=202,
    responses=errors(422),
    summary="Fill the library",
)
def initialize_database(
    services: ServicesDep, body: InitializeRequest = InitializeRequest()
) -> dict[str, Any]:
    """Start bringing music into the library from its default source."""
    job = services.queue.submit("initialize_music_database", {"max_videos": body.max_videos})
    return _started(job.id, "Database initialization started")


@router.get(
    "/api/recommendations/database-stats",
    response_model=StatsResponse,
    summary="Statistics of the search index",
)
def database_stats(services: ServicesDep, from_owner: FromOwnerDep) -> dict[str, Any]:
    """Count what can be found, and say how the index is."""
    # What lies where on this machine is for the commands of its user.
    stats = library.library_stats if from_owner else library.database_stats
    return {"success": True, "data": stats(services.wiring)}


@router.post(
    "/recommend",
    response_model=AnswerResponse,
    responses=errors(400, 404, 409, 413, 415, 422),
    openapi_extra=upload_body(
        "song", UploadFields, limit=5, leave_out=("song_id", "about", "guide"), json_model=SongQuery
    ),
    summary="Songs like a song",
)
async def recommend(
    request: Request, services: ServicesDep, person: PersonDep, from_page: FromPageDep
) -> Response | dict[str, Any]:
    """Find songs like one of the library (JSON with its id) or like an audio file (multipart `song`)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return await _recommend_by_id(request, services, person, from_page=from_page)
    if kind != "multipart/form-data":
        raise RequestRefused(
            415, 'send JSON such as {"song_id": "…"}, or an audio file as multipart/form-data in `song`'
        )
    upload = await receive_upload(
        request,
        file_field="song",
        folder=services.settings.uploads_dir,
        max_mb=services.settings.max_upload_mb,
    )
    try:
        with file_called(upload.path, upload.filename):
            form = _form(upload.fields, 5)
            body = await services.answer(_like_file, services, form, person=person, file=upload.path)
    finally:
        discard_upload(upload.path)
    body["query"] = {**body["query"], "song": upload.filename, "title": upload.filename}
    return body


async def _recommend_by_id(request: Request, services: Services, person: str, *, from_page: bool) -> Response:
    try:
        values = await request.json()
    except (ValueError, RecursionError):
        raise RequestValidationError([{"type": "json_invalid", "loc": ("body",), "msg": ""}]) from None
    body = validated(SongQuery, values)
    return await services.answer(answer_question, services, body, person=person, from_page=from_page)
