"""What the holder of a link to a project may ask: the project, its films, and the songs of its shortlist."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reelscore.accounts.shares import share_of
from reelscore.api.access import route_of
from reelscore.catalog.store import Catalog
from reelscore.records import ProjectShare, Role

# Route -> method -> whether the link must let its holder change things.
ROUTES_OF_LINKS: Mapping[str, Mapping[str, bool]] = {
    "/": {"GET": False},
    "/api/account": {"GET": False},
    "/api/filters/fields": {"GET": False},
    "/api/projects/{project_id}": {"GET": False},
    "/api/projects/{project_id}/picture": {"GET": False},
    "/api/projects/{project_id}/films/{film_id}": {"PATCH": True},
    "/api/projects/{project_id}/songs/{song_id}": {"PUT": True},
    "/api/analyses/{analysis_id}": {"GET": False},
    "/api/films/{content_hash}": {"GET": False},
    "/api/songs/{song_id}": {"GET": False},
    "/api/songs/{song_id}/audio": {"GET": False},
    "/api/songs/{song_id}/beats": {"GET": False},
    "/api/songs/{song_id}/cover": {"GET": False},
    "/api/songs/{song_id}/waveform": {"GET": False},
    # How a song lies under the cuts: these look up what the ids of an analysis and of songs name.
    "/api/sync": {"POST": False},
    "/api/fit": {"POST": False},
}


def link_role(catalog: Catalog, secret: str, method: str, path: str) -> Role | None:
    """What the holder of a link is for a request; NOBODY if it does not lead there, None if it is no link."""
    share = share_of(catalog, secret)
    if share is None:
        return None
    route = route_of(path)
    needs = ROUTES_OF_LINKS.get(route or "", {}).get("GET" if method == "HEAD" else method)
    if route is None or needs is None or (needs and not share.may_change):
        return Role.NOBODY
    names = zip(route.split("/"), path.split("/"), strict=True)
    named = {name.strip("{}"): word for name, word in names if name.startswith("{")}
    if not _are_its(catalog, share, named):
        return Role.NOBODY
    return Role.EDITOR if share.may_change else Role.VIEWER


def _are_its(catalog: Catalog, share: ProjectShare, named: Mapping[str, str]) -> bool:
    """Whether everything that a request's path names belongs to the link's project."""
    if named.get("project_id", share.project_id) != share.project_id:
        return False
    if not named.keys() - {"project_id", "film_id"}:
        return True  # a film is looked for among those of its project
    project = catalog.project(share.project_id)
    known: Mapping[str, Callable[[], Sequence[str | None]]] = {
        "analysis_id": lambda: project.analysis_ids,
        "content_hash": lambda: [catalog.analysis_content(each) for each in project.analysis_ids],
        "song_id": lambda: [song.song_id for song in project.songs],
    }
    return all(name not in known or word in known[name]() for name, word in named.items())
