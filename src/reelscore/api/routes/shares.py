"""Links to projects: made and withdrawn by who works on them, opened by who has their address."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Path, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from reelscore.accounts.shares import make_share, share_of
from reelscore.api.admission import LINK_COOKIE
from reelscore.api.dependencies import CallerDep, ServicesDep, errors, resource_router
from reelscore.api.forwarding import ROOT
from reelscore.api.questions import Sent
from reelscore.api.routes.account import Done
from reelscore.api.schemas import Success
from reelscore.errors import NotFoundError

router = resource_router(tags=["projects"])

_COOKIE_SECONDS = 30 * 86_400  # the link itself may be over before, or withdrawn


class NewLink(Sent):
    """A link to a project."""

    may_change: bool = Field(
        False,
        description="Whether its holder may also judge and place the songs of the shortlist, and set hits.",
    )
    days: float | None = Field(
        30, gt=0, le=36_500, description="How long it lasts; null: until it is withdrawn."
    )


class LinkState(BaseModel):
    """What is known of a link."""

    id: str = Field(examples=["3f9a4c1be027"])
    may_change: bool
    made_by: str = Field(description="Empty: nobody signs in.", examples=["anna"])
    created_at: str = Field(examples=["2026-11-22T12:00:00.000000Z"])
    expires_at: str | None


class LinksResponse(Success):
    """The links to a project."""

    data: list[LinkState]


class MadeLink(LinkState):
    """A new link. Its address is in this answer alone."""

    path: str = Field(
        description="Its address on this server, under the path of a proxy.", examples=["/shared/…"]
    )


class MadeLinkResponse(Success):
    """A new link."""

    data: MadeLink


@router.get(
    "/api/projects/{project_id}/links",
    response_model=LinksResponse,
    responses=errors(404),
    summary="Links to a project",
)
def list_links(project_id: str, services: ServicesDep) -> dict[str, Any]:
    """List the links to a project that are not over."""
    services.catalog.project(project_id)
    return {"success": True, "data": [asdict(share) for share in services.catalog.shares(project_id)]}


@router.post(
    "/api/projects/{project_id}/links",
    status_code=201,
    response_model=MadeLinkResponse,
    responses=errors(400, 404),
    summary="Share a project by a link",
)
def make_link(project_id: str, body: NewLink, services: ServicesDep, caller: CallerDep) -> dict[str, Any]:
    """Make a link: who has it sees this project, its films and its shortlist, and nothing else."""
    secret, share = make_share(
        services.catalog,
        project_id,
        may_change=body.may_change,
        days=body.days,
        made_by=caller.name or "",
    )
    return {"success": True, "data": {**asdict(share), "path": f"/shared/{secret}"}}


@router.delete(
    "/api/projects/{project_id}/links/{link_id}",
    response_model=Done,
    responses=errors(404),
    summary="Withdraw a link",
)
def remove_link(
    project_id: str, link_id: Annotated[str, Path(max_length=64)], services: ServicesDep
) -> dict[str, Any]:
    """Withdraw a link: whoever opened it is refused from now on."""
    services.catalog.remove_share(project_id, link_id)
    return {"success": True, "data": {}}


@router.head("/shared/{secret}", include_in_schema=False)
@router.get("/shared/{secret}", include_in_schema=False)
def open_link(
    secret: Annotated[str, Path(max_length=100)], services: ServicesDep, request: Request
) -> RedirectResponse:
    """Lead to the project of a link; a server that asks for a sign-in then knows the browser by it."""
    share = share_of(services.catalog, secret)
    if share is None:
        raise NotFoundError("this link is wrong, over or withdrawn; ask for another one")
    root = request.scope[ROOT]
    answer = RedirectResponse(f"{root}/?project={share.project_id}", status_code=303)
    if services.admission.asks:
        answer.set_cookie(
            LINK_COOKIE,
            secret,
            max_age=_COOKIE_SECONDS,
            path=root or "/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )
    return answer
