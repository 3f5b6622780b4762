"""The server of a command: answers others while it has the library, on a port that the owner's note names.

So questions, `stats` and the page work beside an ingest, and a second ingest is handed over to the first.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reelscore.api.app import create_app
from reelscore.api.server import Server, open_socket, url_of
from reelscore.errors import ConfigurationError, ReelscoreError
from reelscore.jobs.lanes import name_of
from reelscore.records import Job
from reelscore.wiring import Wiring

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.3
_FAREWELL_SECONDS = 15.0


@contextmanager
def answering(
    wiring: Wiring, doing: str, *, on_waiting: Callable[[str], None] = lambda name: None
) -> Iterator[None]:
    """Answer others over loopback while the block runs, and until what they asked for is done.

    Nothing happens if a Qdrant server lets several processes use the library.

    Parameters
    ----------
    doing
        What the block does, in words: "the ingest of ~/Music".
    on_waiting
        Called once with the name of a job of somebody else that is waited for after the block.

    Raises
    ------
    LibraryBusyError
        Another process owns the library.
    """
    ownership = wiring.ownership
    if ownership is None:
        yield
        return
    ownership.update_url(None, doing=doing)
    try:
        listener = open_socket("127.0.0.1", 0)
    except ConfigurationError as error:  # the work itself needs no port
        log.warning("others cannot ask while this goes on: %s", error)
        yield
        return
    known = {job.id for job in wiring.catalog.unfinished_jobs()}
    try:
        with _serving(wiring, listener, doing):
            yield
            _see_off(wiring, known, on_waiting)
        while _of_others(wiring, known):  # accepted between the last look and the end of serving
            with _serving(wiring, listener, doing):
                _see_off(wiring, known, on_waiting)
    finally:
        listener.close()


@contextmanager
def serving(wiring: Wiring, doing: str) -> Iterator[str]:
    """Answer over loopback while the block runs; gives the address. What others asked for goes on later.

    Raises
    ------
    LibraryBusyError
        Another process owns the library.
    ConfigurationError
        No port can be had.
    """
    listener = open_socket("127.0.0.1", 0)
    try:
        with _serving(wiring, listener, doing) as url:
            yield url
    finally:
        listener.close()


@contextmanager
def _serving(wiring: Wiring, listener: socket.socket, doing: str) -> Iterator[str]:
    ownership = wiring.ownership  # None: a Qdrant server lets several processes use the library
    url = url_of(listener)

    def tell() -> None:
        if ownership is not None:
            ownership.update_url(url, doing=doing)

    server = Server(create_app(wiring), on_listening=tell)
    # uvicorn closes the socket that it is given, and the address may be needed again
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener.dup()]}, name="answering", daemon=True
    )
    thread.start()
    try:
        yield url
    finally:
        if ownership is not None:
            ownership.update_url(None, doing=doing)  # nobody comes any more
        server.should_exit = True
        thread.join(_FAREWELL_SECONDS)


def _see_off(wiring: Wiring, known: set[str], on_waiting: Callable[[str], None]) -> None:
    """Wait for the jobs that others began here; those from before wait for the next server anyway."""
    said = False
    while jobs := _of_others(wiring, known):
        if not said:
            on_waiting(name_of(jobs[0]))
            said = True
        time.sleep(_LOOK_SECONDS)


def _of_others(wiring: Wiring, known: set[str]) -> list[Job]:
    try:
        jobs = [job for job in wiring.catalog.unfinished_jobs() if job.id not in known]
    except ReelscoreError as error:
        log.warning("the jobs of others cannot be looked at: %s", error)
        return []
    return [] if all(job.cancel_requested for job in jobs) else jobs
