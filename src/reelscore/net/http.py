"""The one HTTP client of sources and models: a rate limit, retries, and never more than it wants.

One pool of connections serves all sources and threads of the process. Keys travel in headers (but for a
service that wants them in the address), and no message or log line holds a header or the query of an address.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reelscore import __version__
from reelscore.errors import ReelscoreError, SourceError, TransientSourceError
from reelscore.net.outgoing import MOST_REDIRECTS, check_public
from reelscore.net.rate_limit import RateLimiter
from reelscore.net.retry import RetryableError, RetryPolicy, call_service, read_retry_after
from reelscore.net.temporary import temporary_folder
from reelscore.net.waiting import check_stop

if TYPE_CHECKING:
    import httpx  # which brings Rich, so it is imported when something is fetched

USER_AGENT = f"reelscore/{__version__} (+https://github.com/reelscore/reelscore)"

# Says what a refusal means, from its status and its JSON (None if it has none). A TransientSourceError
# is tried again, any other error is raised as it is, and None leaves it to the status.
Judge = Callable[[int, object], ReelscoreError | None]
Result = TypeVar("Result")
Parameters = Mapping[str, str | int | Sequence[str]]

logging.getLogger("httpx").setLevel(logging.WARNING)  # else it logs each address with all that it asks

_MAX_JSON_BYTES = 16 << 20  # 200 songs of iTunes are 0.4 MB


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long an attempt may take."""

    piece_seconds: float = 20.0  # for a connection, and for each piece of an answer
    answer_seconds: float = 120.0  # for the whole of an answer


class HttpClient:
    """Asks one service.

    Parameters
    ----------
    service
        Its name, as messages have it.
    limiter
        The limit of its calls; share it between all clients of a service.
    policy, timeouts
        What is tried again, and how long an attempt may take.
    judge
        What its refusals mean.
    before
        Called before each attempt; what it raises goes straight through.
    trusted
        Hosts that downloads may come from wherever they are; all others must be on the public internet.
    """

    def __init__(
        self,
        service: str,
        *,
        limiter: RateLimiter | None = None,
        policy: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
        judge: Judge = lambda status, document: None,
        before: Callable[[], None] = lambda: None,
        trusted: Collection[str] = (),
    ) -> None:
        self._service = service
        self._limiter = limiter or RateLimiter(None)
        self._policy = policy or RetryPolicy()
        self._timeouts = timeouts or Timeouts()
        self._judge = judge
        self._before = before
        self._trusted = trusted

    def get_json(
        self,
        url: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = _MAX_JSON_BYTES,
    ) -> object:
        """The JSON document at an address.

        Redirects are refused, for a key must not travel to where they lead.

        Raises
        ------
        TransientSourceError
            The service cannot be reached, is busy, or answers brokenly, after all attempts.
        SourceError
            It refuses the request, or its answer is too large.
        """
        return self._call(lambda: self._document(url, max_bytes, params=params, headers=headers))

    def post_json(self, url: str, body: object, *, headers: Mapping[str, str] | None = None) -> object:
        """The JSON document that an address answers a JSON body with; otherwise as `get_json`."""
        request = {"method": "POST", **_content(body, headers)}
        return self._call(lambda: self._document(url, _MAX_JSON_BYTES, **request))

    def ask_json(
        self,
        method: str,
        url: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> object:
        """As `get_json`, by any method and with a JSON body; None if a success says nothing."""
        request = {"method": method, "params": params, "headers": headers}
        if body is not None:
            request |= _content(body, headers)
        return self._call(lambda: self._document(url, _MAX_JSON_BYTES, may_be_empty=True, **request))

    def send_json(
        self, url: str, body: object, *, sign: Callable[[bytes], Mapping[str, str]] = lambda content: {}
    ) -> None:
        """Send a JSON body to an address that somebody named; what a success answers does not matter.

        Parameters
        ----------
        sign
            Headers that are made of the content.

        Raises
        ------
        TransientSourceError
            The address cannot be reached or is busy, after all attempts.
        SourceError
            It refuses, or it leads into this network.
        """
        content = json.dumps(body, ensure_ascii=False).encode()
        kind = {"Content-Type": "application/json", **sign(content)}

        def attempt() -> None:
            check_public(url, trusted=self._trusted)
            with self._ask(url, method="POST", headers=kind, content=content) as response:
                if not response.is_success:
                    raise self._refusal(response, None)

        self._call(attempt)

    @contextmanager
    def stream(self, url: str) -> Iterator[Iterator[bytes]]:
        """What is at an address, as it comes and however long; no redirect is followed, nothing tried again.

        Raises
        ------
        TransientSourceError
            The service cannot be reached, is busy, or breaks off.
        SourceError
            It refuses the request, or redirects.
        """
        try:
            with self._ask(url, headers={"Accept-Encoding": "identity"}) as response:
                if not response.is_success:
                    raise self._refusal(response, None)
                yield response.iter_bytes()
        except RetryableError as error:
            raise TransientSourceError(f"{self._service} {error}") from error

    def _document(self, url: str, max_bytes: int, *, may_be_empty: bool = False, **request: Any) -> object:
        with self._ask(url, **request) as response:
            body = b"".join(self._pieces(response, max_bytes))
            document = parse_json(body)
            if not response.is_success:
                raise self._refusal(response, document)
            if document is None and not (may_be_empty and not body.strip()):
                raise RetryableError("answered with something that is not JSON")
            return document

    @contextmanager
    def download(
        self,
        url: str,
        *,
        folder: Path,
        suffix: str = "",
        max_bytes: int,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Path]:
        """A temporary file with what is at an address; it is deleted when the context ends.

        Raises
        ------
        TransientSourceError
            The service cannot be reached, is busy, or breaks off, after all attempts.
        SourceError
            It refuses the request, the address or a redirect leads into this network, the file is larger than
            `max_bytes`, or it cannot be written.
        """
        with temporary_folder(folder) as own:
            path = own / f"sound{suffix}"

            def attempt() -> None:
                # As it is, since a compressed answer may unpack to any size.
                with self._followed(url, params, headers or {}) as response, path.open("wb") as file:
                    if not response.is_success:
                        raise self._refusal(response, None)
                    for piece in self._pieces(response, max_bytes):
                        file.write(piece)
                    if file.tell() == 0:
                        raise RetryableError("sent an empty file")

            try:
                self._call(attempt)
            except OSError as error:
                raise SourceError(f"cannot write {path}: {error.strerror or error}") from error
            yield path

    def _call(self, attempt: Callable[[], Result]) -> Result:
        def counted() -> Result:
            self._before()
            return attempt()

        return call_service(counted, service=self._service, policy=self._policy, limiter=self._limiter)

    @contextmanager
    def _followed(
        self, url: str, params: Parameters | None, headers: Mapping[str, str]
    ) -> Iterator[httpx.Response]:
        """What an address leads to in the end; each step of the way is looked at before it is taken.

        What is asked with is for the first address alone.
        """
        for _ in range(1 + MOST_REDIRECTS):
            check_public(url, trusted=self._trusted)
            as_it_is = {"Accept-Encoding": "identity", **headers}
            with self._ask(url, params=params, headers=as_it_is) as response:
                if not response.has_redirect_location:
                    yield response
                    return
                params, headers = None, {}
                url = str(response.url.join(response.headers["Location"]))
        raise SourceError(f"{self._service} redirects more than {MOST_REDIRECTS} times")

    @contextmanager
    def _ask(
        self,
        url: str,
        *,
        method: str = "GET",
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Iterator[httpx.Response]:
        """The response to a request."""
        import httpx

        seconds = self._timeouts.piece_seconds
        try:
            with _connections().stream(
                method,
                url,
                params=params,
                headers=headers,
                content=content,
                timeout=seconds,
                follow_redirects=False,
            ) as response:
                yield response
        except httpx.TimeoutException as error:
            raise RetryableError(f"did not answer within {seconds:g} s") from error
        except httpx.ConnectError as error:
            raise RetryableError(f"cannot be reached: {error}") from error
        except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.DecodingError) as error:
            raise RetryableError("broke off its answer") from error
        except httpx.ProxyError as error:
            raise RetryableError(f"cannot be reached through the proxy: {error}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(f"{self._service} cannot be asked: {type(error).__name__}") from error

    def _pieces(self, response: httpx.Response, max_bytes: int) -> Iterator[bytes]:
        end = time.monotonic() + self._timeouts.answer_seconds
        too_large = SourceError(f"{self._service} sent more than the {max_bytes / 1e6:g} MB that are taken")
        length = response.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > max_bytes:
            raise too_large
        received = 0
        for piece in response.iter_bytes():
            check_stop()
            received += len(piece)
            if received > max_bytes:
                raise too_large
            if time.monotonic() > end:  # a server that drips passes every timeout of a single piece
                raise RetryableError(f"took longer than {self._timeouts.answer_seconds:g} s to answer")
            yield piece

    def _refusal(self, response: httpx.Response, document: object) -> Exception:
        status = response.status_code
        after = read_retry_after(response.headers.get("Retry-After"))
        verdict = self._judge(status, document)
        if isinstance(verdict, TransientSourceError):
            return RetryableError(str(verdict), retry_after=after, busy=True)
        if verdict is not None:
            return verdict
        name = _status_name(status)
        if status in self._policy.statuses:
            return RetryableError(f"answered {name}", retry_after=after, busy=True)
        return SourceError(f"{self._service} refused the request: {name}")


def _content(body: object, headers: Mapping[str, str] | None) -> dict[str, Any]:
    return {
        "content": json.dumps(body).encode(),
        "headers": {"Content-Type": "application/json", **(headers or {})},
    }


def parse_json(body: bytes) -> object | None:
    """The document in some bytes; None if they hold none, however they fail to."""
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError):  # ValueError: no JSON, no UTF-8, or a number of endless digits
        return None
    return document


def _status_name(status: int) -> str:
    # The server's own words are left out: they are anything at all.
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


_pool: tuple[int, httpx.Client] | None = None
_pool_lock = threading.Lock()


def _connections() -> httpx.Client:
    """The connections of this process; a forked child makes its own."""
    import httpx

    global _pool  # noqa: PLW0603
    with _pool_lock:
        if _pool is None or _pool[0] != os.getpid():
            no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=()))
            client = httpx.Client(headers={"User-Agent": USER_AGENT}, cookies=no_cookies)
            _pool = (os.getpid(), client)
        return _pool[1]


def close_connections() -> None:
    """Close what is open to any service, as the end of the process does; the next request opens it again."""
    global _pool  # noqa: PLW0603
    with _pool_lock:
        if _pool is not None and _pool[0] == os.getpid():
            _pool[1].close()
        _pool = None


atexit.register(close_connections)
