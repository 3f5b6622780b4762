"""Finds the process that owns a library, and asks it over loopback, with the secret that it left.

A server that is started again meanwhile is found again, also on another port.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reelscore.errors import LibraryBusyError, ReelscoreError
from reelscore.index.ownership import owner_of, read_token
from reelscore.payloads import job_payload
from reelscore.wiring import Wiring

if TYPE_CHECKING:
    import httpx

FINAL = ("succeeded", "failed", "cancelled")

_START_SECONDS = 15.0  # how long a process that took the library just now is given until it answers
_RETURN_SECONDS = 30.0  # how long a server that went away is waited for
_AGAIN_SECONDS = 0.3
_ANSWER_SECONDS = 120.0


class RemoteError(ReelscoreError):
    """The process that owns the library refused; its own code and words are passed on."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # here it is the server's, not the class's


class OwnerGoneError(ReelscoreError):
    """The process that owned the library does not answer any more."""

    code = "owner_gone"


class OwnerClient:
    """Asks the owner of a library.

    Parameters
    ----------
    home
        Folder of the library, where the owner's note and its secret lie.
    url
        Where it listens.
    doing
        What keeps it, if that ends by itself; "": it is a server.
    database
        Address of the catalogue, where a job stands even if its owner is gone; "": it is not looked at.
    """

    def __init__(self, home: Path, url: str, doing: str = "", *, database: str = "") -> None:
        self._home = home
        self._database = database
        self.url = url.rstrip("/")
        self.doing = doing

    @property
    def name(self) -> str:
        """Who that is, in a few words."""
        return f"the process at {self.url} ({self.doing})" if self.doing else f"the server at {self.url}"

    def request(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """One request; the body of a success.

        Raises
        ------
        RemoteError
            It refused.
        OwnerGoneError
            It does not answer.
        """
        import httpx

        try:
            response = httpx.request(
                method, self.url + path, timeout=_ANSWER_SECONDS, headers=self._headers(), **body
            )
        except httpx.HTTPError as error:
            raise self._gone(error) from error
        try:
            return read_answer(response)
        except ValueError as error:  # another program has its port now
            raise self._gone(error) from error

    def _gone(self, error: Exception) -> OwnerGoneError:
        return OwnerGoneError(
            f"{self.name} owns the library, and asking it failed: {error}; try again in a moment"
        )

    def job(self, job_id: str) -> dict[str, Any]:
        """A job as it is now."""
        job: dict[str, Any] = self.request("GET", f"/api/tasks/{quote(job_id, safe='')}")["data"]
        return job

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Ask a job to stop; the job as it is then."""
        job: dict[str, Any] = self.request("DELETE", f"/api/tasks/{quote(job_id, safe='')}")["data"]
        return job

    def follow(self, job_id: str, *, patience: float = _RETURN_SECONDS) -> Iterator[dict[str, Any]]:
        """A job whenever it changed, up to its end. A server that is started again is found again.

        Raises
        ------
        OwnerGoneError
            No server of the library answers for that many seconds; it says which job goes on.
        """
        import httpx

        gone_since: float | None = None
        while True:
            try:
                # A heartbeat comes every 15 s, and three of them may be missed.
                timeout = httpx.Timeout(60.0, connect=10.0)
                events = f"{self.url}/api/tasks/{job_id}/events"
                with httpx.stream("GET", events, timeout=timeout, headers=self._headers()) as answer:
                    for line in answer.iter_lines():
                        if line.startswith("data:"):
                            gone_since = None
                            job = json.loads(line.removeprefix("data:"))
                            yield job
                            if job["state"] in FINAL:
                                return
            except (httpx.HTTPError, ValueError):
                pass
            self._look_again()
            try:
                job = self.job(job_id)  # says what is wrong, if the job is not known
            except OwnerGoneError as error:
                job = self._stored_job(job_id)
                if job is not None and job["state"] in FINAL:  # it was over before the owner went
                    yield job
                    return
                moment = time.monotonic()
                gone_since = moment if gone_since is None else gone_since
                if moment - gone_since > patience:
                    raise OwnerGoneError(
                        f"{self.name} is gone; the job goes on as {job_id} as soon as a server runs: "
                        f"`reelscore jobs show {job_id}`"
                    ) from error
            else:
                gone_since = None
                yield job
                if job["state"] in FINAL:
                    return
            time.sleep(_AGAIN_SECONDS)

    def _stored_job(self, job_id: str) -> dict[str, Any] | None:
        from reelscore.catalog.store import Catalog

        if not self._database or owner_of(self._home) is not None:
            return None
        try:
            catalog = Catalog(self._database)
            try:
                return job_payload(catalog.job(job_id))
            finally:
                catalog.close()
        except ReelscoreError:
            return None

    def _look_again(self) -> None:
        owner = owner_of(self._home)
        if owner is not None and owner.url:
            self.url, self.doing = owner.url.rstrip("/"), owner.doing

    def _headers(self) -> dict[str, str]:
        # Read each time: a server that was started again has another secret.
        token = read_token(self._home)
        return {"Authorization": f"Bearer {token}"} if token else {}


def read_answer(response: httpx.Response) -> dict[str, Any]:
    """The body of a success of the HTTP API.

    Raises
    ------
    RemoteError
        It is a failure.
    ValueError
        It is no JSON.
    """
    payload: dict[str, Any] = response.json()
    if not payload.get("success"):
        problem = payload.get("error") or {"code": "error", "message": response.reason_phrase}
        raise RemoteError(problem["code"], problem["message"])
    return payload


def find_owner(wiring: Wiring) -> OwnerClient | None:
    """The other process that owns the library; None if this one does, or nobody needs to.

    Raises
    ------
    LibraryBusyError
        Another process owns it and cannot be asked.
    """
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            _ = wiring.ownership
            return None
        except LibraryBusyError as busy:
            if busy.owner_url is not None:
                settings = wiring.settings
                return OwnerClient(settings.home, busy.owner_url, busy.owner_doing, database=settings.sql_url)
            if not busy.owner_doing or time.monotonic() >= deadline:
                raise
        time.sleep(_AGAIN_SECONDS)  # it has just begun, and will answer in a moment
