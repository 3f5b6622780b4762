"""The outermost layer of the app: who may ask, how much, and the headers that every answer carries.

Who asks is for `admission`. What is told apart here is a web page from elsewhere, which must not reach the
server through the browser of its user:

- **Host**: a request must name the server by an IP address, `localhost`, the host it listens on, or one
  of `REELSCORE_ALLOWED_HOSTS`. A domain that an attacker points at 127.0.0.1 (DNS rebinding) is refused.
- **Origin**: if a browser states one, a request that changes something must come from the server's own
  page. Programs such as curl state none and are let through.
- Nothing allows another origin to read an answer, and other sites may not embed any of it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import secrets
import time
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelscore.api.access import known_route
from reelscore.api.admission import Admission
from reelscore.api.errors import RequestRefused, response_to, unforeseen_response
from reelscore.errors import ReelscoreError
from reelscore.limits import BODY_BYTES_PER_SECOND, BODY_CREDIT_SECONDS, JSON_BYTES, JSON_ITEMS
from reelscore.monitoring import MONITOR, REQUEST_ID

log = logging.getLogger(__name__)

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

BODY = "body"  # where the scope of a request keeps its `Body`

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # https: are the covers of a store, which are shown from the store.
        "img-src 'self' blob: https:",
        # blob: is the dropped video, which is shown from where it is; https: are the previews of a store,
        # which may only be streamed from its own address.
        "media-src 'self' blob: https:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The view of live sets asks for the first three, of the server's own pages alone.
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
}


def _host_name(netloc: str) -> str:
    """The name of a `host:port`, without brackets and port, in lower case."""
    if netloc.startswith("["):
        return netloc[1:].partition("]")[0].lower()
    return netloc.partition(":")[0].lower().rstrip(".")


def host_is_allowed(netloc: str, allowed: Collection[str]) -> bool:
    """Whether a Host header can only have come from someone who meant this server."""
    name = _host_name(netloc)
    if name == "localhost" or name.endswith(".localhost") or name in allowed or "*" in allowed:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def origin_is_own(origin: str, netloc: str) -> bool:
    """Whether an Origin header names the page of this server."""
    return urlsplit(origin).netloc.lower() == netloc.lower()


class Body:
    """The body of a request as it comes, within its limits; a `receive` of ASGI.

    What a route takes is known to the route alone: one that reads a file raises the limit by `allow` before
    it reads. So no content type of the client's choice opens a way around it.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        self._receive = receive
        self._stated = int(length) if length.isdecimal() and len(length) < 19 else 0
        self._is_file = False
        self._received = self._items = 0
        self._waited = 0.0
        self._is_whole = False
        scope[BODY] = self

    def allow_file(self) -> None:
        """Let the body be as large as the route that reads it wants."""
        self._is_file = True

    async def __call__(self) -> Message:
        """Give the next message."""
        if self._is_whole:  # what comes after is that the client has left
            return await self._receive()
        self._check()
        patience = BODY_CREDIT_SECONDS + self._received / BODY_BYTES_PER_SECOND - self._waited
        started = time.monotonic()
        try:
            message = await asyncio.wait_for(self._receive(), patience)
        except TimeoutError:
            raise RequestRefused(408, "the body came too slowly; send the request again") from None
        self._waited += time.monotonic() - started
        body = message.get("body", b"")
        self._received += len(body)
        self._items += 0 if self._is_file else body.count(b",")
        self._is_whole = not message.get("more_body", False)
        self._check()
        return message

    def _check(self) -> None:
        if self._is_file:
            return
        if max(self._received, self._stated) > JSON_BYTES:
            raise RequestRefused(413, f"the body is larger than {JSON_BYTES // 1000} kB")
        if self._items > JSON_ITEMS:
            raise RequestRefused(413, f"the body has more than {JSON_ITEMS} values")


class Guard:
    """ASGI middleware: refuses strangers, caps bodies, sets headers, and answers the unforeseen."""

    def __init__(self, app: ASGIApp, *, admission: Admission, allowed_hosts: Collection[str] = ()) -> None:
        self.app = app
        self.admission = admission
        self.allowed_hosts = frozenset(name.lower() for name in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "websocket":
            try:
                self._check(scope)
                is_let_in = await self.admission.admit(scope) is None  # else a page of its own is the answer
            except (RequestRefused, ReelscoreError):
                is_let_in = False
            if not is_let_in:
                await send({"type": "websocket.close", "code": 1008})
                return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False
        began = time.perf_counter()
        request_id = secrets.token_hex(6)
        REQUEST_ID.set(request_id)

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                seconds = time.perf_counter() - began
                route = known_route(scope["path"])
                MONITOR.answered(scope["method"], route, message["status"], seconds)
                # The line of the table, not the address: that may hold what somebody looks for.
                log.info("%s %s: %d in %.0f ms", scope["method"], route, message["status"], seconds * 1000)
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                # Answers about the library are of the moment; files set their own rule.
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Request-ID"] = request_id
            await send(message)

        try:
            self._check(scope)
            if (answer := await self.admission.admit(scope)) is not None:
                await answer(scope, receive, send_with_headers)
                return
            await self.app(scope, Body(scope, receive), send_with_headers)
        except (RequestRefused, ReelscoreError) as error:  # such as a database that does not say who asks
            if started:
                raise
            await response_to(error, Request(scope))(scope, receive, send_with_headers)
        except asyncio.CancelledError:
            # uvicorn cancels what is not answered some seconds after the server was told to stop.
            if started:
                raise
            refusal = RequestRefused(503, "the server is stopping; ask again later", code="stopping")
            await response_to(refusal, Request(scope))(scope, receive, send_with_headers)
        except ClientDisconnect:
            log.debug("the client left during %s %s", scope["method"], scope["path"])
        except Exception:
            log.exception("unforeseen error in %s %s", scope["method"], scope["path"])
            if started:
                raise
            await unforeseen_response()(scope, receive, send_with_headers)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        netloc = headers.get("host", "")
        if not host_is_allowed(netloc, self.allowed_hosts):
            raise RequestRefused(
                403,
                f"this server does not answer to the name {netloc!r}; use its IP address or localhost, "
                "or add the name to REELSCORE_ALLOWED_HOSTS",
                code="host_not_allowed",
            )
        # A page of any site may open a socket and read it, so its origin counts as for a change.
        if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
            return
        origin = headers.get("origin")
        if origin is not None and not origin_is_own(origin, netloc):
            raise RequestRefused(
                403,
                "a page of another site may not change anything here; open the page of this server",
                code="origin_not_allowed",
            )
