"""Who is signed in: signing in and out, the own password, and tokens for the own programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Request, Response
from pydantic import BaseModel, Field

from reelscore.accounts.service import LONGEST_LABEL, SESSION_LENGTH
from reelscore.api.admission import COOKIE, Caller, client_of, cookie_of
from reelscore.api.dependencies import CallerDep, Services, ServicesDep, errors, resource_router
from reelscore.api.errors import RequestRefused
from reelscore.api.forwarding import ROOT
from reelscore.api.questions import Sent
from reelscore.api.schemas import Success
from reelscore.errors import InvalidInputError
from reelscore.payloads import token_payload
from reelscore.records import ROLES, RoleName, User

router = resource_router(prefix="/api/account", tags=["account"])

_TOKEN_ID = "3f9a4c1be027"


class SignIn(Sent):
    """A name with its password."""

    name: str = Field(max_length=200, examples=["anna"])
    password: str = Field(max_length=1000, examples=["correct horse battery staple"])


class SignOut(Sent):
    """Where to sign out."""

    everywhere: bool = Field(False, description="Every browser of the user, not this one alone.")


class NewPassword(Sent):
    """Another password, and the one until now."""

    password: str = Field(max_length=1000, examples=["correct horse battery staple"])
    new_password: str = Field(
        max_length=1000, description="8 to 1000 characters.", examples=["a longer horse battery staple"]
    )


class NewToken(Sent):
    """A token for a program."""

    label: str = Field(max_length=LONGEST_LABEL, examples=["render farm"])
    scope: RoleName = Field("viewer", description="The most that it may do.")
    days: float | None = Field(
        90, gt=0, le=36_500, description="How long it lasts; null: until it is removed."
    )


class AccountState(BaseModel):
    """Who asks, and what the server knows of its callers."""

    name: str | None = Field(examples=["anna"])
    role: Literal["nobody", "viewer", "editor", "admin"]
    by: str = Field(description="How that is known.", examples=["session"])
    asks: bool = Field(description="Whether one has to sign in here.")
    exposed: bool = Field(description="Nobody has to, and other machines reach the server.")
    oidc: bool = Field(description="Whether one can sign in at an OpenID provider.")
    has_password: bool = Field(description="Whether the user signs in with a password here.")


class AccountResponse(Success):
    """Who asks."""

    data: AccountState


class TokenState(BaseModel):
    """What is known of a token."""

    id: str = Field(examples=[_TOKEN_ID])
    label: str = Field(examples=["render farm"])
    scope: str = Field(examples=["viewer"])
    created_at: str = Field(examples=["2026-11-22T12:00:00.000000Z"])
    expires_at: str | None


class TokensResponse(Success):
    """The tokens of a user."""

    data: list[TokenState]


class MadeToken(TokenState):
    """A new token. It is in this answer alone."""

    token: str = Field(description="Shown once.", examples=["rs_..."])


class MadeTokenResponse(Success):
    """A new token."""

    data: MadeToken


class Done(Success):
    """It is done."""

    data: dict[str, Any] = Field(examples=[{}])


@router.get("", response_model=AccountResponse, summary="Who asks")
def read_account(services: ServicesDep, caller: CallerDep) -> dict[str, Any]:
    """Say who asks, and whether one has to sign in."""
    return _state(services, caller)


@router.post(
    "/sign-in", response_model=AccountResponse, responses=errors(401, 429), summary="Sign a browser in"
)
def sign_in(body: SignIn, services: ServicesDep, request: Request, response: Response) -> dict[str, Any]:
    """Sign in with a name and a password; the answer sets the cookie of a new session."""
    wait = services.sign_ins.take(client_of(request.scope), body.name)
    if wait:
        raise RequestRefused(
            429, "too many attempts to sign in; wait a little", headers={"Retry-After": str(int(wait) + 1)}
        )
    user = services.admission.accounts.check_password(body.name, body.password)
    if user is None:
        raise RequestRefused(401, "wrong name or password", code="sign_in_refused")
    services.sign_ins.succeeded(client_of(request.scope))
    open_session(services, user, request, response)
    return _state(services, Caller(user.role, user.name, "session"))


@router.post("/sign-out", response_model=Done, summary="Sign out")
def sign_out(
    body: SignOut, services: ServicesDep, caller: CallerDep, request: Request, response: Response
) -> dict[str, Any]:
    """End the session of this browser, or of every browser of the user."""
    accounts = services.admission.accounts
    secret = cookie_of(request.headers)
    if body.everywhere and caller.name is not None:
        _in_person(caller)
        accounts.store.remove_sessions(name=caller.name)
    elif secret:
        accounts.close_session(secret)
    response.delete_cookie(COOKIE, path=request.scope[ROOT] or "/", httponly=True, samesite="lax")
    return {"success": True, "data": {}}


@router.post("/password", response_model=Done, responses=errors(400, 401, 429), summary="Another password")
def change_password(
    body: NewPassword, services: ServicesDep, caller: CallerDep, request: Request, response: Response
) -> dict[str, Any]:
    """Change the own password; every other browser is signed out."""
    name = _in_person(caller)
    if wait := services.sign_ins.take(client_of(request.scope), name):
        raise RequestRefused(429, "too many attempts", headers={"Retry-After": str(int(wait) + 1)})
    accounts = services.admission.accounts
    if accounts.check_password(name, body.password) is None:
        raise RequestRefused(401, "the current password is wrong", code="sign_in_refused")
    open_session(services, accounts.set_password(name, body.new_password), request, response)
    return {"success": True, "data": {}}


@router.get("/tokens", response_model=TokensResponse, summary="Tokens of the user")
def list_tokens(services: ServicesDep, caller: CallerDep) -> dict[str, Any]:
    """List the own tokens; they themselves are kept nowhere."""
    tokens = services.admission.accounts.store.tokens(_in_person(caller))
    return {"success": True, "data": [token_payload(token) for token in tokens]}


@router.post(
    "/tokens",
    status_code=201,
    response_model=MadeTokenResponse,
    responses=errors(400, 404),
    summary="A token",
)
def make_token(body: NewToken, services: ServicesDep, caller: CallerDep) -> dict[str, Any]:
    """Make a token for a program, which shows it as `Authorization: Bearer TOKEN`."""
    user = User(_in_person(caller), caller.role)
    secret, token = services.admission.accounts.make_token(
        user, body.label, scope=ROLES[body.scope], days=body.days
    )
    return {"success": True, "data": {**token_payload(token), "token": secret}}


@router.delete("/tokens/{token_id}", response_model=Done, responses=errors(404), summary="Remove a token")
def remove_token(
    token_id: Annotated[str, Path(max_length=64)], services: ServicesDep, caller: CallerDep
) -> dict[str, Any]:
    """Remove an own token: whoever shows it is refused from now on."""
    services.admission.accounts.store.remove_token(_in_person(caller), token_id)
    return {"success": True, "data": {}}


def open_session(services: Services, user: User, request: Request, response: Response) -> None:
    """Sign the browser of a request in as a user, under a secret that it has never seen."""
    old = cookie_of(request.headers)
    secret = services.admission.accounts.open_session(user, instead_of=old)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION_LENGTH.total_seconds()),
        path=request.scope[ROOT] or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def _state(services: Services, caller: Caller) -> dict[str, Any]:
    admission = services.admission
    known = caller.name and admission.accounts.store.user(caller.name)
    state = {
        "name": caller.name,
        "role": caller.role.word,
        "by": caller.by,
        "asks": admission.asks,
        "exposed": admission.is_exposed,
        "oidc": admission.provider is not None,
        "has_password": bool(known and known.has_password),
    }
    return {"success": True, "data": state}


def _in_person(caller: Caller) -> str:
    """The name of a user who signed in; a program cannot change what its user signs in with."""
    if caller.name is None:
        raise InvalidInputError("nobody is signed in, so there is no account to change")
    if caller.by not in ("session", "proxy"):
        raise RequestRefused(403, "a program may not change the account of its user", code="role_too_low")
    return caller.name
