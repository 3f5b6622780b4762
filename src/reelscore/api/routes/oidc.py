"""Signing in at an OpenID provider: there, and back."""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from reelscore.accounts.oidc import Identity, Pending, Provider, SignInError
from reelscore.accounts.service import Accounts, user_name
from reelscore.api.dependencies import Services, ServicesDep
from reelscore.api.errors import RequestRefused
from reelscore.api.forwarding import ROOT
from reelscore.api.routes.account import open_session
from reelscore.errors import InvalidInputError, ReelscoreError
from reelscore.records import ROLES, Role, User

router = APIRouter(prefix="/sign-in/oidc", include_in_schema=False)

log = logging.getLogger(__name__)

_COOKIE = "reelscore_oidc"
_PATIENCE_SECONDS = 600  # for what somebody does at the provider


@router.get("")
def begin(
    services: ServicesDep, request: Request, next_path: Annotated[str, Query(alias="next")] = "/"
) -> RedirectResponse:
    """Send a browser to the provider."""
    url, pending = _provider(services).begin(_back(request))
    answer = RedirectResponse(url, status_code=303)
    kept = base64.urlsafe_b64encode(
        json.dumps({**asdict(pending), "next": next_path[:2000]}).encode()
    ).decode()
    answer.set_cookie(
        _COOKIE,
        kept,
        max_age=_PATIENCE_SECONDS,
        path=request.scope[ROOT] + router.prefix,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/callback")
def come_back(
    services: ServicesDep, request: Request, code: str = "", state: str = "", error: str = ""
) -> RedirectResponse:
    """Sign a browser in that comes back from the provider, or send it to where it can try again."""
    try:
        pending, next_path = _pending(request)
        if error:
            raise SignInError(f"the provider refused: {error[:100]}")
        identity = _provider(services).finish(pending, code=code, state=state, redirect_uri=_back(request))
        user = user_of(services.admission.accounts, identity, services.settings.oidc_role)
    except ReelscoreError as problem:
        log.warning("a sign-in at the OpenID provider failed: %s", problem)
        answer = RedirectResponse(f"{request.scope[ROOT]}/sign-in?refused=oidc", status_code=303)
    else:
        # The page knows which of its own places that is; an address of another server is none.
        answer = RedirectResponse(
            f"{request.scope[ROOT]}/sign-in?next={quote(next_path, safe='/')}", status_code=303
        )
        open_session(services, user, request, answer)
    answer.delete_cookie(_COOKIE, path=request.scope[ROOT] + router.prefix, httponly=True, samesite="lax")
    return answer


def user_of(accounts: Accounts, identity: Identity, role: str) -> User:
    """The user of somebody at the provider; one is made at their first sign-in.

    Parameters
    ----------
    role
        Of a new user; "": there are no new users.

    Raises
    ------
    SignInError
        They are not known and may not be, or their name is that of somebody else here.
    """
    user = accounts.store.user_of_subject(identity.subject)
    if user is not None:
        return user
    try:
        name = user_name(identity.name)
    except InvalidInputError as error:
        raise SignInError(f"the provider's name of the user cannot be one here: {error}") from error
    known = accounts.store.user(name)
    if known is not None:
        # Whoever may choose a name at the provider must not become another user by it.
        raise SignInError(f"there is a user {name!r} here, who is not the one at the provider")
    if role not in ROLES:
        raise SignInError(f"{name} is not a user here, and REELSCORE_OIDC_ROLE lets nobody in who is not")
    return accounts.store.add_user(name, Role(ROLES[role]), subject=identity.subject)


def _provider(services: Services) -> Provider:
    provider = services.admission.provider
    if provider is None:
        raise RequestRefused(404, "no OpenID provider is set here; REELSCORE_OIDC_ISSUER names one")
    return provider


def _back(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers['host']}{request.scope[ROOT]}{router.prefix}/callback"


def _pending(request: Request) -> tuple[Pending, str]:
    try:
        kept: dict[str, Any] = json.loads(base64.urlsafe_b64decode(request.cookies.get(_COOKIE, "")))
        return Pending(str(kept["state"]), str(kept["nonce"]), str(kept["verifier"])), str(kept["next"])
    except (ValueError, KeyError, TypeError) as error:
        raise SignInError("this browser has begun no sign-in, or too long ago") from error
