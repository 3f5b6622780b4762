"""Signing in at an OpenID provider: the whole way, and every lie that must not be believed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey
from starlette.testclient import TestClient

from oidc_provider import OidcProvider, oidc_provider
from reelscore.accounts.service import Accounts
from reelscore.api.admission import COOKIE, check_can_sign_in
from reelscore.api.app import create_app
from reelscore.config import Settings
from reelscore.errors import ConfigurationError
from reelscore.records import Role
from reelscore.wiring import Wiring


@pytest.fixture(scope="module")
def running() -> Iterator[OidcProvider]:
    with oidc_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: OidcProvider) -> OidcProvider:
    running.claims, running.issuer, running.algorithm, running.signs_with = (
        {},
        running.url,
        "RS256",
        running.key,
    )
    return running


def settings(tmp_path: Path, provider: OidcProvider, **more: Any) -> Settings:
    values = {
        "home": tmp_path / "home",
        "oidc_issuer": provider.url,
        "oidc_client_id": provider.client_id,
        "oidc_client_secret": provider.secret,
        "oidc_role": "editor",
    }
    return Settings.model_validate({**values, **more})


@pytest.fixture
def wiring(tmp_path: Path, provider: OidcProvider) -> Iterator[Wiring]:
    wiring = Wiring(settings(tmp_path, provider))
    yield wiring
    wiring.close()


def browser(wiring: Wiring) -> TestClient:
    return TestClient(create_app(wiring, asks=True), base_url="http://localhost", follow_redirects=False)


def at_provider(client: TestClient, path: str = "/sign-in/oidc?next=/library") -> str:
    """Go to the provider; the address at which one comes back."""
    sent = client.get(path)
    assert sent.status_code == 303, sent.text
    return httpx.get(sent.headers["location"]).headers["location"]


def test_one_signs_in_and_is_the_same_user_again(wiring: Wiring) -> None:
    client = browser(wiring)
    answer = client.get(at_provider(client))
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/library")
    account = client.get("/api/account").json()["data"]
    assert (account["name"], account["role"], account["by"], account["has_password"]) == (
        "anna",
        "editor",
        "session",
        False,
    )
    client.get(at_provider(client))
    assert [user.name for user in Accounts(wiring.catalog.accounts).store.users()] == ["anna"]


def test_a_user_keeps_their_role_under_another_name(wiring: Wiring, provider: OidcProvider) -> None:
    client = browser(wiring)
    client.get(at_provider(client))
    wiring.catalog.accounts.change_user("anna", role="viewer")
    provider.claims = {"preferred_username": "Anna Married"}
    client.get(at_provider(client))
    assert client.get("/api/account").json()["data"]["role"] == "viewer"


LIES: dict[str, dict[str, Any]] = {
    "wrong issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "wrong audience": {"aud": "another client"},
    "no audience": {"aud": None},
    "several, for another": {"aud": ["reelscore", "another"], "azp": "another"},
    "several, for nobody": {"aud": ["reelscore", "another"]},
    "expired": {"exp": int(time.time()) - 3600},
    "without end": {"exp": None},
    "not yet": {"nbf": int(time.time()) + 3600},
    "of another sign-in": {"nonce": "another"},
    "of no sign-in": {"nonce": None},
    "nobody": {"sub": None},
    "no name": {"preferred_username": "../../root"},
}


@pytest.mark.parametrize("claims", LIES.values(), ids=LIES)
def test_a_word_that_is_wrong_signs_nobody_in(
    wiring: Wiring, provider: OidcProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    client = browser(wiring)
    answer = client.get(at_provider(client))
    assert answer.headers["location"] == "/sign-in?refused=oidc"
    assert COOKIE not in client.cookies and client.get("/api/songs").status_code == 401
    assert not wiring.catalog.accounts.has_users()


@pytest.mark.parametrize("way", ["another key", "the secret"])
def test_a_word_that_somebody_else_signed_is_not_taken(
    wiring: Wiring, provider: OidcProvider, way: str
) -> None:
    if way == "another key":
        provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    else:
        provider.signs_with, provider.algorithm = OctKey.import_key(provider.secret.ljust(32)), "HS256"  # type: ignore[assignment]
    client = browser(wiring)
    assert client.get(at_provider(client)).headers["location"] == "/sign-in?refused=oidc"


def test_an_answer_is_good_once_and_in_its_own_browser(wiring: Wiring) -> None:
    client, other = browser(wiring), browser(wiring)
    kept: str
    back = at_provider(client)
    kept = client.cookies["reelscore_oidc"]
    assert other.get(back).headers["location"] == "/sign-in?refused=oidc"  # it began nothing
    at_provider(other)
    assert other.get(back).headers["location"] == "/sign-in?refused=oidc"  # it began something else
    assert client.get(back).headers["location"] == "/sign-in?next=/library"
    again = browser(wiring).get(back, headers={"cookie": f"reelscore_oidc={kept}"})
    assert again.headers["location"] == "/sign-in?refused=oidc"


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x", "?error=access_denied&state=x", "?code=%00&state=%ff"]
)
def test_an_answer_without_a_question_is_refused(wiring: Wiring, query: str) -> None:
    client = browser(wiring)
    at_provider(client)
    assert client.get(f"/sign-in/oidc/callback{query}").headers["location"] == "/sign-in?refused=oidc"


def test_the_code_is_worthless_without_what_the_browser_kept(wiring: Wiring) -> None:
    client = browser(wiring)
    sent = parse_qs(urlsplit(client.get("/sign-in/oidc").headers["location"]).query)
    assert sent["code_challenge_method"] == ["S256"] and "code_verifier" not in sent
    assert sent["redirect_uri"] == ["http://localhost/sign-in/oidc/callback"]


def test_nobody_becomes_another_user_by_their_name(wiring: Wiring) -> None:
    Accounts(wiring.catalog.accounts).add("anna", Role.ADMIN, None)
    client = browser(wiring)
    assert client.get(at_provider(client)).headers["location"] == "/sign-in?refused=oidc"


def test_only_known_users_come_in_if_the_settings_say_so(tmp_path: Path, provider: OidcProvider) -> None:
    wiring = Wiring(settings(tmp_path, provider, oidc_role=""))
    client = browser(wiring)
    assert client.get(at_provider(client)).headers["location"] == "/sign-in?refused=oidc"
    wiring.close()


def test_a_provider_that_calls_itself_otherwise_is_not_asked(wiring: Wiring, provider: OidcProvider) -> None:
    provider.issuer = "https://evil.example"
    answer = browser(wiring).get("/sign-in/oidc")
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "source")


def test_without_a_provider_there_is_nothing(tmp_path: Path) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    assert browser(wiring).get("/sign-in/oidc").status_code == 404
    wiring.close()


def test_what_is_missing_is_said_at_the_start(tmp_path: Path, provider: OidcProvider) -> None:
    wiring = Wiring(settings(tmp_path, provider))
    check_can_sign_in(wiring.settings, Accounts(wiring.catalog.accounts))
    with pytest.raises(ConfigurationError, match="OIDC_CLIENT_ID"):
        create_app(Wiring(settings(tmp_path / "b", provider, oidc_client_id="")))
    wiring.close()
