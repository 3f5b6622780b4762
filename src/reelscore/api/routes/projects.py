"""Projects: films with their hit points, notes and shortlist."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel, Field

from reelscore.api.dependencies import PersonDep, Services, ServicesDep, errors, resource_router
from reelscore.api.questions import SONG_ID, Sent
from reelscore.api.schemas import Success
from reelscore.library import projects
from reelscore.library.taste import note_change

router = resource_router(prefix="/api/projects", tags=["projects"])

_ANALYSIS_ID = "6f8e1a52-7b1c-4b3e-8d1d-0f3a9a7c2b11"
_FILM_ID = "b2f0c7de-3c58-4f0e-9f0b-5a1f2f6f7a21"
_PICTURE_CACHE = "private, max-age=86400"
_ANSWERED = "Of an answer, so that it can be sent as it is; it says nothing."


class PlaceModel(Sent):
    """Where a song lies under one film."""

    offset: float | None = Field(
        None,
        description="Second of the song at which the film begins; null: its fitting passage.",
        examples=[31.5],
    )
    fitted: bool = Field(False, description="Brought to the length of the film.")


class CandidateFields(Sent):
    """What is said of a song of the shortlist; what is not given stays."""

    gain: float = Field(0.0, ge=-40, le=40, description="dB, beside what loudness matching does.")
    stars: int = Field(0, ge=0, le=5, description="0: none given.")
    note: str = Field("", max_length=2000, examples=["the director likes the strings"])
    rejected: bool = Field(False, description="Turned down; it stays on the list as that.")
    places: dict[Annotated[str, Field(max_length=36)], PlaceModel] = Field(
        default_factory=dict,
        max_length=100,
        description="Id of a film of the project → where the song lies under it.",
        examples=[{_FILM_ID: {"offset": 31.5, "fitted": False}}],
    )


class CandidateValues(CandidateFields):
    """A song of a shortlist."""

    song_id: str = Field(max_length=36, examples=[SONG_ID])
    title: str = Field("", max_length=400, examples=["Calm acoustic 1"])
    artists: list[Annotated[str, Field(max_length=400)]] = Field(
        default_factory=list, max_length=100, examples=[["Ada"]]
    )
    in_library: bool = Field(True, exclude=True, description=_ANSWERED)


class CandidateModel(CandidateValues):
    """A song of a shortlist, as it is answered."""

    in_library: bool = Field(description="False: the song left the library; its names are those it had.")


class FilmChange(Sent):
    """What can be changed of a film; what is not given stays."""

    name: str = Field("", max_length=400, description="Of its file.", examples=["harbour.mp4"])
    hits: list[Annotated[float, Field(ge=0)]] = Field(
        default_factory=list,
        max_length=500,
        description="Seconds of the film that music must hit.",
        examples=[[12.48, 40.0]],
    )


class FilmFields(FilmChange):
    """A film of a project."""

    analysis_id: str | None = Field(
        None,
        max_length=36,
        description="Null: it was not analysed in this library.",
        examples=[_ANALYSIS_ID],
    )
    duration: float | None = Field(None, ge=0, description="Seconds.", examples=[92.4])


class FilmModel(FilmFields):
    """A film of a project, as it is answered."""

    id: str = Field("", max_length=36, description="Within its project.", examples=[_FILM_ID])


class ProjectChange(Sent):
    """The fields of a project beside its films; what is not given stays."""

    name: str | None = Field(None, min_length=1, max_length=200, examples=["Harbour film"])
    notes: str | None = Field(None, max_length=20_000, examples=["no vocals under the interview"])
    search: str | None = Field(
        None,
        max_length=8000,
        description="The question that was asked last, as the page's address has it.",
        examples=[f"?analysis={_ANALYSIS_ID}"],
    )
    songs: list[CandidateValues] | None = Field(None, max_length=500)


class ProjectFields(ProjectChange):
    """The fields of a project."""

    films: list[FilmModel] | None = Field(None, max_length=100)
    id: str = Field("", exclude=True, description=_ANSWERED)
    kept: int = Field(0, exclude=True, description=_ANSWERED)
    created_at: str = Field("", exclude=True, description=_ANSWERED)
    changed_at: str = Field("", exclude=True, description=_ANSWERED)


class ProjectSummary(BaseModel):
    """A project in short."""

    id: str = Field(examples=["0a4f7a44-93a3-4d38-8c2f-7b7f6f0f5d10"])
    name: str = Field(examples=["Harbour film"])
    films: list[FilmModel]
    search: str = Field(
        description="The question that was asked last, as the page's address has it.",
        examples=[f"?analysis={_ANALYSIS_ID}"],
    )
    kept: int = Field(description="Songs on its shortlist that were not turned down.")
    created_at: str = Field(examples=["2026-05-04T12:00:00.000000Z"])
    changed_at: str = Field(examples=["2026-05-04T12:10:00.000000Z"])


class ProjectModel(ProjectSummary):
    """A project."""

    notes: str = Field(examples=["no vocals under the interview"])
    songs: list[CandidateModel]


class ProjectsResponse(Success):
    """Projects, the one that was changed last first."""

    data: list[ProjectSummary]
    total: int


class ProjectResponse(Success):
    """A project."""

    data: ProjectModel


@router.get("", response_model=ProjectsResponse, responses=errors(422), summary="Recent projects")
def list_projects(
    services: ServicesDep,
    analysis_id: Annotated[str | None, Query(max_length=36)] = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """List projects, the one that was changed last first; `analysis_id`: those with one film."""
    page = projects.list_projects(services.catalog, analysis_id=analysis_id, offset=offset, limit=limit)
    return {"success": True, "data": page["projects"], "total": page["total"]}


@router.post(
    "", response_model=ProjectResponse, status_code=201, responses=errors(400, 422), summary="A new project"
)
def make_project(body: ProjectFields, services: ServicesDep) -> dict[str, Any]:
    """Make a project. The data of another one, of this server or another, makes a copy of it."""
    return _answer(projects.make_project(services.catalog, body.model_dump(exclude_unset=True)))


@router.get("/{project_id}", response_model=ProjectResponse, responses=errors(404), summary="A project")
def read_project(project_id: str, services: ServicesDep) -> dict[str, Any]:
    """Read a project whole."""
    return _answer(projects.show_project(services.catalog, project_id))


@router.patch(
    "/{project_id}",
    response_model=ProjectResponse,
    responses=errors(400, 404, 422),
    summary="Change a project",
)
def change_project(
    project_id: str, body: ProjectChange, services: ServicesDep, person: PersonDep
) -> dict[str, Any]:
    """Change the fields that are given; others stay, also if somebody else changes them just now."""
    values = body.model_dump(exclude_unset=True)
    return _answer(
        projects.change_project(services.catalog, project_id, values, watch=_noted(services, person))
    )


@router.delete(
    "/{project_id}", response_model=ProjectResponse, responses=errors(404), summary="Delete a project"
)
def remove_project(project_id: str, services: ServicesDep) -> dict[str, Any]:
    """Delete a project and, unless another one has them, the analyses of its films; songs stay."""
    return _answer(projects.remove_project(services.wiring, project_id))


@router.post(
    "/{project_id}/films",
    response_model=ProjectResponse,
    responses=errors(400, 404, 422),
    summary="Add a film to a project",
)
def add_film(project_id: str, body: FilmFields, services: ServicesDep) -> dict[str, Any]:
    """Put an analysed film into a project, whose songs and question it shares; twice is once."""
    return _answer(projects.add_film(services.catalog, project_id, body.model_dump(exclude_unset=True)))


@router.patch(
    "/{project_id}/films/{film_id}",
    response_model=ProjectResponse,
    responses=errors(400, 404, 422),
    summary="Change a film of a project",
)
def change_film(project_id: str, film_id: str, body: FilmChange, services: ServicesDep) -> dict[str, Any]:
    """Change the name or the hit points of a film."""
    values = body.model_dump(exclude_unset=True)
    return _answer(projects.change_film(services.catalog, project_id, film_id, values))


@router.delete(
    "/{project_id}/films/{film_id}",
    response_model=ProjectResponse,
    responses=errors(404),
    summary="Take a film out of a project",
)
def drop_film(project_id: str, film_id: str, services: ServicesDep) -> dict[str, Any]:
    """Take a film out of a project and, unless another one has it, forget its analysis; songs stay."""
    return _answer(projects.drop_film(services.wiring, project_id, film_id))


@router.put(
    "/{project_id}/songs/{song_id}",
    response_model=ProjectResponse,
    responses=errors(400, 404, 422),
    summary="Keep a song for a film",
)
def keep_song(
    project_id: str, song_id: str, body: CandidateFields, services: ServicesDep, person: PersonDep
) -> dict[str, Any]:
    """Put a song on the shortlist, or change what is given of one that is there."""
    values = body.model_dump(exclude_unset=True)
    watch = _noted(services, person)
    return _answer(projects.keep_song(services.catalog, project_id, song_id, values, watch=watch))


@router.delete(
    "/{project_id}/songs/{song_id}",
    response_model=ProjectResponse,
    responses=errors(404),
    summary="Take a song off a shortlist",
)
def drop_song(project_id: str, song_id: str, services: ServicesDep, person: PersonDep) -> dict[str, Any]:
    """Take a song off the shortlist; nothing happens if it is not on it."""
    return _answer(projects.drop_song(services.catalog, project_id, song_id, watch=_noted(services, person)))


@router.get(
    "/{project_id}/picture",
    responses={
        200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
        204: {"description": "There is no picture of it."},
        **errors(404),
    },
    response_class=Response,
    summary="A picture of a film",
)
def project_picture(
    project_id: str,
    services: ServicesDep,
    film: Annotated[str | None, Query(max_length=36, description="Its id; else the first.")] = None,
) -> Response:
    """Send a frame of a film as JPEG."""
    project = services.catalog.project(project_id)
    analyses = [each.analysis_id for each in project.films if film in (None, each.id) and each.analysis_id]
    picture = services.catalog.analysis_picture(analyses[0]) if analyses else None
    headers = {"Cache-Control": _PICTURE_CACHE}
    if picture is None:
        return Response(status_code=204, headers=headers)
    return Response(picture, media_type="image/jpeg", headers=headers)


def _noted(services: Services, person: str) -> projects.Watch:
    """What somebody does to a shortlist is noted as their taste."""
    return partial(note_change, services.wiring, person)


def _answer(data: dict[str, Any]) -> dict[str, Any]:
    return {"success": True, "data": data}
