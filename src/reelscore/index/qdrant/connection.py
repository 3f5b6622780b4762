"""The connection to a Qdrant server: its options, what is tried again, and its errors in our own words.

Every call of ours may be repeated, since points are written and deleted by their id. So a lost connection and
a server that is busy or restarting are met with a few more tries; a call that took too long is not, since the
next one would as well.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from reelscore.errors import (
    ConfigurationError,
    ReelscoreError,
    StorageError,
    TransientStorageError,
    how_to_get,
)

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

Answer = TypeVar("Answer")

_FIRST_TRIES = 3  # until a server has answered once: it may not be there at all
_TRIES = 6  # afterwards: it may be restarting
_LONGEST_WAIT_SECONDS = 10.0
_BUSY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a Qdrant server is used.

    Parameters
    ----------
    url
        `http://host:port` or `https://host:port`; a path is kept, for a server behind a proxy.
    port
        Where the URL names none.
    prefix
        Begins the name of every collection, so that several libraries can share a server.
    timeout_seconds
        Patience with one call; whole seconds count.
    quantized
        Whether int8 copies of the vectors are searched in memory, the vectors themselves lying on disk.
    oversampling
        How many times the wanted number of songs the copies propose, to be ordered by the vectors.
    batch_points, batch_bytes
        The largest write: the server refuses requests of more than 32 MB as it comes.
    backoff_seconds
        Wait before the second try, doubled before each further one.
    """

    url: str
    port: int = 6333
    api_key: str | None = field(default=None, repr=False)
    prefix: str = ""
    timeout_seconds: int = 30
    quantized: bool = False
    oversampling: float = 3.0
    batch_points: int = 500
    batch_bytes: int = 8_000_000
    backoff_seconds: float = 0.2

    @property
    def address(self) -> str:
        """The URL without what may be secret, for messages."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


class MissingCollectionError(StorageError):
    """The collection is not on the server, or not any more."""


class Connection:
    """One client of a server, shared by all collections of a library; safe to use from several threads.

    Parameters
    ----------
    options
        Where the server is.
    client
        One that is open already, such as the local mode of `qdrant-client`; it is not closed here.

    Raises
    ------
    ConfigurationError
        The address is none, or the extra is not installed.
    """

    def __init__(self, options: ServerOptions, client: QdrantClient | None = None) -> None:
        parts = urlsplit(options.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(
                f"QDRANT_URL is no address of a server: {options.url.rpartition('@')[2]!r}; "
                "it looks like http://localhost:6333 or https://host:6333"
            )
        try:
            import qdrant_client  # noqa: F401  # before anything else here needs it
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                f"a Qdrant server is configured, and its client is not installed ({error.name} is missing); "
                f"{how_to_get('qdrant')}"
            ) from error
        self.options = options
        self._given = client
        self._answered = False
        self._closed = False
        self._opening = threading.Lock()

    @cached_property
    def _opened(self) -> QdrantClient:
        from qdrant_client import QdrantClient

        options = self.options
        key = options.api_key
        return QdrantClient(
            url=options.url,
            port=options.port,
            timeout=options.timeout_seconds,
            # As a header: `api_key` warns of plain http, where a server on the same machine is the rule.
            headers={"api-key": key} if key else None,
            check_compatibility=False,  # it would ask in a thread, and warn of what works
        )

    def call(self, work: Callable[[QdrantClient], Answer]) -> Answer:
        """What `work` gives, tried again where that may help.

        Raises
        ------
        MissingCollectionError
            The server has no such collection.
        TransientStorageError
            It cannot be reached, did not answer in time, or is busy.
        StorageError
            It refuses for another reason.
        ConfigurationError
            It wants an API key, or another one.
        """
        if self._closed:
            raise StorageError(f"the connection to the Qdrant server at {self.options.address} is closed")
        with self._opening:
            client = self._given or self._opened
        wait = self.options.backoff_seconds
        for attempt in range(_TRIES):
            try:
                answer = work(client)
            except ReelscoreError:
                raise
            except Exception as error:  # the client raises bare errors of several libraries
                failure, again, patience = self._translated(error)
                if not again or attempt + 1 >= (_TRIES if self._answered else _FIRST_TRIES):
                    raise failure from error
                # Jitter, so that the workers that a restart met together do not come back together.
                time.sleep(max(patience, wait * random.uniform(0.5, 1.0)))
                wait *= 2
            else:
                self._answered = True
                return answer
        raise AssertionError("the last try returns or raises")

    def close(self) -> None:
        """Close the client; safe to call twice."""
        self._closed = True
        with self._opening:
            client = self.__dict__.pop("_opened", None)
        if client is not None:
            client.close()

    # --- errors --------------------------------------------------------------------------------------

    def _translated(self, error: Exception) -> tuple[ReelscoreError, bool, float]:
        """The error in our words, whether another try may help, and the seconds to wait at least."""
        from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
        from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

        where = f"the Qdrant server at {self.options.address}"
        if isinstance(error, ResourceExhaustedResponse):
            busy = TransientStorageError(f"{where} is asked too often; try again later")
            return busy, True, min(float(error.retry_after_s), _LONGEST_WAIT_SECONDS)
        if isinstance(error, UnexpectedResponse):
            return self._refusal(where, error.status_code or 0, error.content)
        if isinstance(error, ResponseHandlingException):
            return self._disturbance(where, error.source)
        if isinstance(error, json.JSONDecodeError):
            return self._disturbance(where, error)
        return StorageError(f"{where} failed: {self._plain(str(error) or type(error).__name__)}"), False, 0.0

    def _refusal(self, where: str, status: int, content: bytes) -> tuple[ReelscoreError, bool, float]:
        said = self._plain(_message(content))
        if status in (401, 403):
            which = "refuses the API key in" if self.options.api_key else "wants an API key; set"
            return ConfigurationError(f"{where} {which} QDRANT_API_KEY"), False, 0.0
        if status == 404 and "collection" in said.casefold():
            return MissingCollectionError(f"{where} has no such collection: {said}"), False, 0.0
        if status == 404:
            return StorageError(f"nothing answers for Qdrant at {self.options.address}"), False, 0.0
        if status == 413:
            text = f"{where} refuses a write for its size; lower REELSCORE_QDRANT_BATCH_MB"
            return StorageError(text), False, 0.0
        if status in _BUSY:
            return TransientStorageError(f"{where} is busy ({status}); try again later"), True, 0.0
        return StorageError(f"{where} refused ({status}): {said}"), False, 0.0

    def _disturbance(self, where: str, source: Exception) -> tuple[ReelscoreError, bool, float]:
        import httpx

        if isinstance(source, httpx.ConnectTimeout) or (
            isinstance(source, httpx.TransportError) and not isinstance(source, httpx.TimeoutException)
        ):
            reason = self._plain(str(source) or type(source).__name__)
            if "certificate" in reason.casefold() or "ssl" in reason.casefold():
                text = f"no safe connection to {where}: {reason}; SSL_CERT_FILE names further authorities"
                return ConfigurationError(text), False, 0.0
            text = f"{where} cannot be reached ({reason}); start it, or check QDRANT_URL"
            return TransientStorageError(text), not isinstance(source, httpx.TimeoutException), 0.0
        if isinstance(source, httpx.TimeoutException):
            text = (
                f"{where} did not answer within {self.options.timeout_seconds} s; "
                "REELSCORE_QDRANT_TIMEOUT_SECONDS gives it longer"
            )
            return TransientStorageError(text), False, 0.0
        text = f"what answers at {self.options.address} is no Qdrant server: {self._plain(str(source))}"
        return StorageError(text), False, 0.0

    def _plain(self, text: str) -> str:
        """One short line, without the key."""
        line = " ".join(text.split())
        if self.options.api_key:
            line = line.replace(self.options.api_key, "***")
        return line if len(line) <= 200 else f"{line[:197]}..."


def _message(content: bytes) -> str:
    """What the body of a refusal says."""
    try:
        said: Any = json.loads(content)
        return str(said["status"]["error"])
    except (ValueError, KeyError, TypeError):
        return content[:300].decode(errors="replace")
