"""Who may do what over HTTP: the one table of routes and roles.

What is not in it is for nobody but an administrator, so that a route that was forgotten is no open door;
a test holds the table against the routes of the app.
"""

from __future__ import annotations

from collections.abc import Mapping

from reelscore.records import Role

_N, _V, _E, _A = Role.NOBODY, Role.VIEWER, Role.EDITOR, Role.ADMIN

# A viewer changes nothing that is kept but their own account and taste. HEAD is as GET.
ROLES_OF_ROUTES: Mapping[str, Mapping[str, Role]] = {
    # What a stranger needs to sign in, and a monitor to see that the server lives.
    "/health": {"GET": _N},
    "/ready": {"GET": _N},
    "/sign-in": {"GET": _N},
    "/sign-in/oidc": {"GET": _N},
    "/sign-in/oidc/callback": {"GET": _N},
    "/shared/{secret}": {"GET": _N},
    "/api/account": {"GET": _N},
    "/api/account/sign-in": {"POST": _N},
    "/api/account/sign-out": {"POST": _N},
    "/api/account/password": {"POST": _V},
    "/api/account/tokens": {"GET": _V, "POST": _V},
    "/api/account/tokens/{token_id}": {"DELETE": _V},
    # Music players, whose sign-in travels in the address: the route asks for it.
    "/rest/{call}": {"GET": _N},
    # Tools of agents, each of which asks a route for its caller.
    "/mcp": {"GET": _V, "POST": _V, "DELETE": _V},
    # The page.
    "/": {"GET": _V},
    "/library": {"GET": _V},
    "/songs/{song_id}": {"GET": _V},
    "/map": {"GET": _V},
    "/mixes": {"GET": _V},
    "/jobs": {"GET": _V},
    "/live": {"GET": _V},
    "/taste": {"GET": _V},
    "/state": {"GET": _V},
    "/account": {"GET": _V},
    "/docs": {"GET": _V},
    "/openapi.json": {"GET": _V},
    # Questions.
    "/recommend": {"POST": _V},
    "/api/recommendations/text-recommendations": {"POST": _V},
    "/api/recommendations/search": {"POST": _V},
    "/api/recommendations/database-stats": {"GET": _V},
    "/api/recommendations/analyze-video": {"POST": _E},
    "/api/recommendations/initialize-database": {"POST": _E},
    "/api/recommendations/path": {"POST": _V},
    "/api/recommendations/set": {"POST": _V},
    "/api/analyses/{analysis_id}": {"GET": _V},
    "/api/films/{content_hash}": {"GET": _V},
    "/api/demo/videos": {"GET": _V},
    "/api/demo/videos/{name}": {"GET": _V},
    "/api/saved": {"GET": _V, "POST": _E},
    "/api/saved/renew": {"POST": _E},
    "/api/saved/{saved_id}": {"DELETE": _E},
    "/api/filters": {"GET": _V},
    "/api/filters/fields": {"GET": _V},
    # Songs.
    "/api/songs": {"GET": _V},
    "/api/songs/{song_id}": {"GET": _V, "DELETE": _E},
    "/api/songs/{song_id}/audio": {"GET": _V},
    "/api/songs/{song_id}/beats": {"GET": _V},
    "/api/songs/{song_id}/cover": {"GET": _V},
    "/api/songs/{song_id}/corrections": {"GET": _V, "PATCH": _E},
    "/api/songs/{song_id}/rights": {"GET": _V, "PATCH": _E},
    "/api/songs/{song_id}/sections": {"GET": _V},
    "/api/songs/{song_id}/similar": {"GET": _V},
    "/api/songs/{song_id}/spectrogram.png": {"GET": _V},
    "/api/songs/{song_id}/tags": {"POST": _E, "DELETE": _E},
    "/api/songs/{song_id}/waveform": {"GET": _V},
    "/api/playlists": {"POST": _V},
    # The own taste.
    "/api/taste": {"GET": _V},
    "/api/taste/events": {"GET": _V, "DELETE": _V},
    "/api/taste/auditions": {"POST": _V},
    "/api/taste/questions": {"POST": _V},
    "/api/taste/answers": {"POST": _V},
    # Songs under films.
    "/api/sync": {"POST": _V},
    "/api/fit": {"POST": _V},
    "/api/plans/{plan_id}": {"GET": _V},
    "/api/exports": {"POST": _E},
    "/api/exports/{task_id}/file": {"GET": _V},
    "/api/projects": {"GET": _V, "POST": _E},
    "/api/projects/{project_id}": {"GET": _V, "PATCH": _E, "DELETE": _E},
    "/api/projects/{project_id}/films": {"POST": _E},
    "/api/projects/{project_id}/films/{film_id}": {"PATCH": _E, "DELETE": _E},
    "/api/projects/{project_id}/links": {"GET": _E, "POST": _E},
    "/api/projects/{project_id}/links/{link_id}": {"DELETE": _E},
    "/api/projects/{project_id}/picture": {"GET": _V},
    "/api/projects/{project_id}/songs/{song_id}": {"PUT": _E, "DELETE": _E},
    # Live sets. A socket is opened by the ticket in its name, which one of the others gives once.
    "/api/live": {"POST": _E},
    "/api/live/followers": {"POST": _V},
    "/api/live/events": {"GET": _V},
    "/api/live/sockets/{ticket}": {"GET": _N},
    # The library, and long work.
    "/api/library/health": {"GET": _V},
    "/api/library/last-hour": {"GET": _V},
    "/api/library/backup": {"POST": _A},
    "/metrics": {"GET": _V},
    "/api/library/ingest": {"POST": _E},
    "/api/library/sources": {"GET": _V},
    "/api/library/map": {"GET": _V, "POST": _E},
    "/api/library/map/points": {"GET": _V},
    "/api/library/map/songs": {"GET": _V},
    "/api/tasks": {"GET": _V, "DELETE": _A},
    "/api/tasks/{task_id}": {"GET": _V, "DELETE": _E},
    "/api/tasks/{task_id}/events": {"GET": _V},
    "/api/tasks/{task_id}/retry": {"POST": _E},
}

# Prefixes whose files share one rule: files of the page, and what is mounted.
ROLES_OF_FOLDERS: Mapping[str, Role] = {"/static": _N}

_Parts = tuple[str | None, ...]


def _parts(path: str) -> _Parts:
    return tuple(None if part.startswith("{") else part for part in path.split("/"))


_BY_LENGTH: dict[int, list[tuple[_Parts, str]]] = {}
for _path in ROLES_OF_ROUTES:
    _BY_LENGTH.setdefault(len(_parts(_path)), []).append((_parts(_path), _path))
for _listed in _BY_LENGTH.values():
    _listed.sort(key=lambda line: sum(part is None for part in line[0]))  # stated words before any word


def route_of(path: str) -> str | None:
    """The line of the table that a path belongs to; None if there is none."""
    if path in ROLES_OF_ROUTES:
        return path
    words = path.split("/")
    for parts, route in _BY_LENGTH.get(len(words), ()):
        if all(word if part is None else part == word for part, word in zip(parts, words, strict=True)):
            return route
    return None


def known_route(path: str) -> str:
    """The line or the folder that a path belongs to, or "other": there are only so many."""
    folder = next((name for name in ROLES_OF_FOLDERS if path.startswith(name + "/")), None)
    return folder or route_of(path) or "other"


def role_for(method: str, path: str) -> Role | None:
    """What somebody must be for a request; None if the table does not know it."""
    for folder, role in ROLES_OF_FOLDERS.items():
        if path.startswith(folder + "/"):
            return role
    route = route_of(path)
    if route is None:
        return None
    return ROLES_OF_ROUTES[route].get("GET" if method == "HEAD" else method)
