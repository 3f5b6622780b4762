"""Who asks, and whether they may: the sign-in of the server.

A server that only its own machine reaches asks nobody. One that listens beyond it knows its callers by the
cookie of a browser that signed in, by a token of a program, by the secret that a command of the same user
shows, or by the word of a proxy that is trusted; and holds them against the table of `access`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import Scope

from reelscore.accounts.attempts import Allowance
from reelscore.accounts.oidc import Provider
from reelscore.accounts.service import TOKEN_PREFIX, Accounts, user_name
from reelscore.api.access import role_for
from reelscore.api.errors import RequestRefused
from reelscore.api.forwarding import ROOT, networks, take_forwarded, take_root
from reelscore.config import Settings
from reelscore.errors import ConfigurationError, InvalidInputError
from reelscore.limits import REQUESTS_PER_MINUTE
from reelscore.net.outgoing import read_address
from reelscore.records import CALLER, ROLES, Role, User

COOKIE = "reelscore_session"
LINK_COOKIE = "reelscore_link"  # of a browser that opened a link to a project


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and how that is known."""

    role: Role
    name: str | None = None  # None: nobody in particular
    by: Literal["nothing", "machine", "owner", "session", "token", "proxy", "link"] = "nothing"


STRANGER = Caller(Role.NOBODY)
ANYBODY = Caller(Role.ADMIN, by="machine")  # if nobody has to sign in
OWNER = Caller(Role.ADMIN, by="owner")


def is_loopback(host: str) -> bool:
    """Whether an address, as a socket has it, is reached from its own machine alone."""
    try:
        return read_address(host).is_loopback
    except ValueError:
        return False  # a name, or a path: whoever it is bound for


def sign_in_is_asked(settings: Settings, host: str) -> bool:
    """Whether a server that listens on an address asks its callers to sign in."""
    if settings.sign_in != "auto":
        return settings.sign_in == "always"
    return not is_loopback(host) or bool(settings.proxy_user_header or settings.oidc_issuer)


def check_can_sign_in(settings: Settings, accounts: Accounts) -> None:
    """Refuse to start a server that nobody could sign in to.

    Raises
    ------
    ConfigurationError
        There is no user, and no setting that says who else knows them.
    """
    if settings.proxy_user_header:
        if not settings.trusted_proxies:
            raise ConfigurationError(
                "REELSCORE_PROXY_USER_HEADER is set and REELSCORE_TRUSTED_PROXIES is not, so anybody could "
                "send that header; set it to the address of your proxy"
            )
        return
    if not settings.oidc_issuer and not accounts.store.has_users():
        raise ConfigurationError(
            "others can reach this address, and nobody could sign in: make a user with `reelscore users add "
            "NAME --role admin`, listen on 127.0.0.1, or let everybody in with --insecure-open"
        )


class Admission:
    """Lets callers in, or refuses them.

    Parameters
    ----------
    link_role
        What the holder of a link to a project is for a request: secret, method and path -> role; NOBODY if it
        does not lead there, None if it is no link.
    asks
        Whether callers have to sign in.
    is_exposed
        Whether others than this machine reach a server that does not ask; it says so on every page.
    owner_token
        What a command of the user of this process shows.
    """

    def __init__(
        self,
        settings: Settings,
        accounts: Callable[[], Accounts],
        link_role: Callable[[str, str, str], Role | None],
        *,
        asks: bool = False,
        is_exposed: bool = False,
        owner_token: str | None = None,
    ) -> None:
        self.asks = asks
        self.is_exposed = is_exposed
        self._accounts = accounts
        self._link_role = link_role
        self._owner_token = owner_token
        self._turns = Allowance(REQUESTS_PER_MINUTE, 60)
        self._proxies = networks(settings.trusted_proxies)
        self.provider = Provider(settings) if settings.oidc_issuer else None
        self._root = settings.root_path
        self._proxy_header = settings.proxy_user_header
        self._proxy_role = ROLES[settings.proxy_role]

    @property
    def accounts(self) -> Accounts:
        """The users of the library."""
        return self._accounts()

    def _is_owner(self, authorization: str) -> bool:
        """Whether an Authorization header shows the secret that only the user of this process can read."""
        scheme, _, shown = authorization.partition(" ")
        if self._owner_token is None or scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(shown.strip().encode(), self._owner_token.encode())

    def take_turn(self, name: str) -> None:
        """Count a request of somebody; RequestRefused (429) if they ask too often."""
        if self._turns.take(name):
            raise RequestRefused(
                429, f"{REQUESTS_PER_MINUTE} requests a minute are the most", headers={"Retry-After": "1"}
            )

    async def admit(self, scope: Scope) -> RedirectResponse | None:
        """Note who asks in the scope; an answer if a browser is to sign in first.

        Raises
        ------
        RequestRefused
            They have not signed in (401), or may not do that (403).
        """
        is_proxied = take_forwarded(scope, self._proxies)
        take_root(scope, self._root, is_proxied=is_proxied)
        if not self.asks:
            shown = Headers(scope=scope).get("authorization", "")
            scope[CALLER] = OWNER if self._is_owner(shown) else ANYBODY
            return None
        method, path = scope.get("method", "GET"), scope["path"]  # a socket has no method
        wanted = role_for(method, path)
        if wanted is Role.NOBODY and not path.startswith("/api/account"):
            scope[CALLER] = STRANGER  # whoever it is; a file of the page costs no look at the database
            return None
        # A tool of `/mcp` asks a route for a caller who was let in already.
        caller = scope.get(CALLER) or await self._identify(scope, is_proxied=is_proxied)
        scope[CALLER] = caller
        # Behind an "@" that no name begins with: an address is nobody's name.
        if caller.by != "owner":
            self.take_turn(caller.name or f"@{client_of(scope)}")
        if caller.role is Role.NOBODY and (secret := cookie_of(Headers(scope=scope), LINK_COOKIE)):
            role = await run_in_threadpool(self._link_role, secret, method, path)
            if role:
                scope[CALLER] = Caller(role, by="link")
                return None
            is_elsewhere = role is not None
        else:
            is_elsewhere = False
        if wanted is Role.NOBODY:
            return None
        if caller.role is Role.NOBODY:
            headers = Headers(scope=scope)
            if method in ("GET", "HEAD") and "text/html" in headers.get("accept", ""):
                asked = scope["query_string"].decode("latin-1")
                back = quote(f"{path}?{asked}" if asked else path, safe="/")
                return RedirectResponse(f"{scope[ROOT]}/sign-in?next={back}", status_code=303)
            if is_elsewhere:
                raise RequestRefused(403, "the link to a project does not lead there", code="role_too_low")
            raise RequestRefused(
                401, "sign in first", code="sign_in_needed", headers={"WWW-Authenticate": "Bearer"}
            )
        if wanted is None:
            if caller.role is Role.ADMIN:
                return None  # the app says that there is nothing
            raise RequestRefused(404, f"there is nothing for you at {method} {path[:200]}", code="not_found")
        if caller.role < wanted:
            raise RequestRefused(
                403,
                f"this takes the role {wanted.word}, and yours is {caller.role.word}",
                code="role_too_low",
            )
        return None

    async def _identify(self, scope: Scope, *, is_proxied: bool) -> Caller:
        headers = Headers(scope=scope)
        authorization = headers.get("authorization", "")
        if self._is_owner(authorization):
            return OWNER
        scheme, _, shown = authorization.partition(" ")
        if scheme.lower() == "bearer":
            # Who shows a token is known by it alone: a wrong one is not made up for by a cookie.
            token = shown.strip()
            user = None
            if token.startswith(TOKEN_PREFIX):
                user = await run_in_threadpool(self.accounts.token_user, token)
            if user is None:
                raise RequestRefused(
                    401,
                    "the token is wrong, over or removed",
                    code="token_refused",
                    headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
                )
            return Caller(user.role, user.name, "token")
        if self._proxy_header and is_proxied and (name := headers.get(self._proxy_header)):
            return await run_in_threadpool(self._named_by_proxy, name)
        secret = cookie_of(headers)
        user = await run_in_threadpool(self.accounts.session_user, secret) if secret else None
        return STRANGER if user is None else Caller(user.role, user.name, "session")

    def _named_by_proxy(self, name: str) -> Caller:
        try:
            name = user_name(name)
        except InvalidInputError as error:
            raise RequestRefused(401, f"the proxy sent no name: {error}", code="sign_in_needed") from error
        user = self.accounts.store.user(name) or User(name, self._proxy_role)
        return Caller(user.role, user.name, "proxy")


def client_of(scope: Scope) -> str:
    """The address that a request came from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def cookie_of(headers: Headers, name: str = COOKIE) -> str | None:
    """The secret that a browser sends: of its session, or under another name."""
    return cookie_parser(headers.get("cookie", "")).get(name) or None
