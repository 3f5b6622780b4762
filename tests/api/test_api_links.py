"""Links to a project: what they open, what they never do, and their end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from raw_sql import run_sql
from reelscore.accounts.shares import make_share
from reelscore.api.access import ROLES_OF_ROUTES
from reelscore.api.app import create_app
from reelscore.api.links import ROUTES_OF_LINKS
from reelscore.library.projects import keep_song, make_project
from reelscore.library.service import Library
from reelscore.records import Role, VideoAnalysis
from reelscore.wiring import Wiring

ANALYSIS = VideoAnalysis("", "", (), "", (), "", "", "test")
ELSEWHERE = "0f3b5a4c-1111-2222-3333-444455556666"


class House(NamedTuple):
    app: FastAPI
    wiring: Wiring
    ids: dict[str, str]  # what the shared project has, by the names of routes
    others: dict[str, str]  # the same of another one

    @property
    def url(self) -> str:
        return f"/api/projects/{self.ids['project_id']}"

    def client(self) -> TestClient:
        return TestClient(self.app, base_url="http://localhost", follow_redirects=False)

    def guest(self, *, may_change: bool = False) -> TestClient:
        project = self.ids["project_id"]
        secret, _ = make_share(self.wiring.catalog, project, may_change=may_change, days=7, made_by="anna")
        client = self.client()
        answer = client.get(f"/shared/{secret}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/?project={project}")
        assert "httponly" in answer.headers["set-cookie"].lower()
        return client


@pytest.fixture
def house(demo_wiring: Wiring) -> Iterator[House]:
    """An app that asks for a sign-in, with two projects of a film and a song each."""
    catalog = demo_wiring.catalog
    found = []
    for number, song in enumerate(
        Library(demo_wiring).songs("", sort="title", offset=0, limit=2)["songs"], 1
    ):
        content = f"{number}" * 64
        analysis = catalog.save_analysis(ANALYSIS, content_hash=content)
        films = [{"name": "a.mov", "analysis_id": analysis}]
        project = make_project(catalog, {"name": f"project {number}", "films": films})
        keep_song(catalog, project["id"], song["id"], {})
        names = {"project_id": project["id"], "film_id": project["films"][0]["id"], "song_id": song["id"]}
        found.append({**names, "analysis_id": analysis, "content_hash": content})
    yield House(create_app(demo_wiring, asks=True), demo_wiring, *found)


def filled(path: str, names: dict[str, str]) -> str:
    """A path of the table with what it names."""
    parts = (names.get(part[1:-1], ELSEWHERE) if "{" in part else part for part in path.split("/"))
    return "/".join(parts)


def is_refused(answer: Any) -> bool:
    """Whether the link did not lead there, which comes before anything else is looked at."""
    return answer.status_code == 403 and answer.json()["error"]["code"] == "role_too_low"


@pytest.mark.parametrize("may_change", [False, True])
def test_a_link_opens_its_project_and_nothing_else(house: House, may_change: bool) -> None:
    client = house.guest(may_change=may_change)
    opened = set()
    for path, roles in ROLES_OF_ROUTES.items():
        for method, role in roles.items():
            if role is Role.NOBODY and path != "/api/account":
                continue  # for whoever asks
            for names in (house.ids, house.others):
                body = {} if method in ("POST", "PUT", "PATCH") else None
                if not is_refused(client.request(method, filled(path, names), json=body)):
                    assert names is house.ids or "{" not in path, f"{method} {path} of another project"
                    opened.add((method, path))
    assert opened == {
        (method, path)
        for path, methods in ROUTES_OF_LINKS.items()
        for method, needs in methods.items()
        if may_change or not needs
    }
    song = client.get(f"/api/songs/{house.ids['song_id']}").json()["data"]
    assert song["title"] and song["uri"] is None
    assert client.get("/api/account").json()["data"]["by"] == "link"
    page = client.get("/", headers={"accept": "text/html"})
    assert f'data-guest="{"change" if may_change else "look"}"' in page.text
    away = client.get("/library", headers={"accept": "text/html"})
    assert away.status_code == 303 and away.headers["location"].startswith("/sign-in")


def test_who_may_change_judges_the_songs_that_are_there_and_adds_none(house: House) -> None:
    client, url = house.guest(may_change=True), house.url
    assert client.put(f"{url}/songs/{house.ids['song_id']}", json={"stars": 4}).status_code == 200
    assert is_refused(client.put(f"{url}/songs/{house.others['song_id']}", json={}))
    assert client.patch(f"{url}/films/{house.ids['film_id']}", json={"hits": [1.0]}).status_code == 200
    assert client.patch(f"{url}/films/{house.others['film_id']}", json={"hits": []}).status_code == 404
    assert is_refused(client.patch(url, json={"songs": []}))
    assert is_refused(client.post(f"{url}/links", json={}))
    origin = {"origin": "http://elsewhere.example"}
    forged = client.put(f"{url}/songs/{house.ids['song_id']}", json={"stars": 1}, headers=origin)
    assert forged.status_code == 403
    assert client.get(url).json()["data"]["songs"][0]["stars"] == 4


def test_a_link_that_is_wrong_over_or_withdrawn_opens_nothing(house: House) -> None:
    catalog, project = house.wiring.catalog, house.ids["project_id"]
    assert house.client().get("/shared/wrong").status_code == 404
    assert house.client().get(house.url).status_code == 401
    stranger = house.client()
    stranger.cookies.set("reelscore_link", "wrong")
    assert stranger.get(house.url).status_code == 401

    client = house.guest()
    assert client.get(house.url).status_code == 200
    (share,) = catalog.shares(project)
    assert share.made_by == "anna" and client.cookies["reelscore_link"] not in repr(share)
    catalog.remove_share(project, share.id)
    assert client.get(house.url).status_code == 401

    over = house.guest()
    past = "2026-01-01T00:00:00.000000Z"
    run_sql(house.wiring.settings.sql_url, f"UPDATE project_shares SET expires_at = '{past}'")
    assert over.get(house.url).status_code == 401 and catalog.shares(project) == []

    house.guest()
    catalog.remove_project(project)
    assert catalog.shares(project) == []


def test_links_are_made_listed_and_withdrawn(house: House) -> None:
    client = TestClient(create_app(house.wiring), base_url="http://localhost", follow_redirects=False)
    url = f"{house.url}/links"
    made = client.post(url, json={"may_change": True, "days": None})
    link = made.json()["data"]
    assert made.status_code == 201 and (link["may_change"], link["expires_at"]) == (True, None)
    opened = client.get(link["path"])  # nobody signs in: it is an address like any other
    assert opened.headers["location"] == f"/?project={house.ids['project_id']}"
    assert "set-cookie" not in opened.headers
    listed = client.get(url)
    assert [each["id"] for each in listed.json()["data"]] == [link["id"]]
    assert link["path"] not in listed.text
    assert client.delete(f"{url}/{link['id']}").status_code == 200
    assert client.delete(f"{url}/{link['id']}").status_code == 404
    assert client.get(link["path"]).status_code == 404
    assert client.post(url, json={"days": 0}).status_code == 422
    assert client.post(f"/api/projects/{ELSEWHERE}/links", json={}).status_code == 404
