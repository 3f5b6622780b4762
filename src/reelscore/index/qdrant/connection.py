"""The connection to a Qdrant server: its options, what is tried again, and its errors in our own words.

Every call of ours may be repeated, since points are written and deleted by their id. So a lost connection and
a server that is busy or restarting are met with a few more attempts; a call that took too long is not, since
the next one would as well.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
from reelscore.net.retry import RetryableError, RetryPolicy, retry

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

Result = TypeVar("Result")

_FIRST_ATTEMPTS = 3  # until a server has answered once: it may not be there at all
# Afterwards it may be restarting. Its 500 is an error in a request, which the next attempt meets as well.
_POLICY = RetryPolicy(
    attempts=6, longest_wait=10.0, longest_retry_after=60.0, statuses=frozenset({429, 502, 503, 504})
)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a Qdrant server is used.

    Parameters
    ----------
    url
        `http://host:port` or `https://host:port`; a path is kept, for a server behind a proxy.
    port
        If the URL names none.
    prefix
        Begins the name of every collection, so that several libraries can share a server.
    timeout_seconds
        Longest wait for one call; whole seconds count.
    quantized
        Whether int8 copies of the vectors are searched in memory, the vectors themselves lying on disk.
    oversampling
        How many times the wanted number of songs the copies propose, to be ordered by the vectors.
    batch_points, batch_bytes
        The largest write: the server refuses requests of more than 32 MB as it comes.
    backoff_seconds
        Wait before the second attempt, doubled before each further one.
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

    def call(self, work: Callable[[QdrantClient], Result]) -> Result:
        """What `work` gives, tried again if that may help.

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

        def attempt() -> Result:
            try:
                return work(client)
            except ReelscoreError:
                raise
            except Exception as error:  # the client raises bare errors of several libraries
                raise self._translated(error) from error

        answer = retry(
            attempt,
            replace(
                _POLICY,
                attempts=_POLICY.attempts if self._answered else _FIRST_ATTEMPTS,
                first_wait=self.options.backoff_seconds,
            ),
            give_up=lambda failure: TransientStorageError(str(failure.error)),
        )
        self._answered = True
        return answer

    def close(self) -> None:
        """Close the client; safe to call twice."""
        self._closed = True
        with self._opening:
            client = self.__dict__.pop("_opened", None)
        if client is not None:
            client.close()

    # --- errors --------------------------------------------------------------------------------------

    def _translated(self, error: Exception) -> ReelscoreError | RetryableError:
        """The error in our words: a RetryableError if another attempt may help."""
        from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
        from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

        where = f"the Qdrant server at {self.options.address}"
        if isinstance(error, ResourceExhaustedResponse):
            text = f"{where} is asked too often; try again later"
            return RetryableError(text, retry_after=float(error.retry_after_s))
        if isinstance(error, UnexpectedResponse):
            return self._refusal(where, error.status_code or 0, error.content)
        if isinstance(error, ResponseHandlingException):
            return self._disturbance(where, error.source)
        if isinstance(error, json.JSONDecodeError):
            return self._disturbance(where, error)
        return StorageError(f"{where} failed: {self._plain(str(error) or type(error).__name__)}")

    def _refusal(self, where: str, status: int, content: bytes) -> ReelscoreError | RetryableError:
        said = self._plain(_message(content))
        if status in (401, 403):
            which = "refuses the API key in" if self.options.api_key else "wants an API key; set"
            return ConfigurationError(f"{where} {which} QDRANT_API_KEY")
        if status == 404 and "collection" in said.casefold():
            return MissingCollectionError(f"{where} has no such collection: {said}")
        if status == 404:
            return StorageError(f"nothing answers for Qdrant at {self.options.address}")
        if status == 413:
            text = f"{where} refuses a write for its size; lower REELSCORE_QDRANT_BATCH_MB"
            return StorageError(text)
        if status in _POLICY.statuses:
            return RetryableError(f"{where} is busy ({status}); try again later")
        return StorageError(f"{where} refused ({status}): {said}")

    def _disturbance(self, where: str, source: Exception) -> ReelscoreError | RetryableError:
        import httpx

        if isinstance(source, httpx.ConnectTimeout) or (
            isinstance(source, httpx.TransportError) and not isinstance(source, httpx.TimeoutException)
        ):
            reason = self._plain(str(source) or type(source).__name__)
            if "certificate" in reason.casefold() or "ssl" in reason.casefold():
                text = f"no safe connection to {where}: {reason}; SSL_CERT_FILE names further authorities"
                return ConfigurationError(text)
            text = f"{where} cannot be reached ({reason}); start it, or check QDRANT_URL"
            kind = TransientStorageError if isinstance(source, httpx.TimeoutException) else RetryableError
            return kind(text)
        if isinstance(source, httpx.TimeoutException):
            text = (
                f"{where} did not answer within {self.options.timeout_seconds} s; "
                "REELSCORE_QDRANT_TIMEOUT_SECONDS gives it longer"
            )
            return TransientStorageError(text)
        text = f"what answers at {self.options.address} is no Qdrant server: {self._plain(str(source))}"
        return StorageError(text)

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
