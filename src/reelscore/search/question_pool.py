"""Questions that are answered side by side, in processes of their own, since Python computes one at a time.

A question that comes alone is answered where it is asked. If several come at once, children answer them: they
read SQL and the mapped files themselves, and ask the owner of the embedded index to search it. They end after
half a minute without a question.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from reelscore.children import children_wanted
from reelscore.children.child import ask_parent, packed, unpack
from reelscore.children.forked import Child, Children
from reelscore.config import Settings
from reelscore.embedding.lite.name_likeness import name_likeness
from reelscore.embedding.suite import EmbedderSuite
from reelscore.index.proxy import do_for_other
from reelscore.library.index_sync import late_songs, open_index
from reelscore.limits import QUESTION
from reelscore.monitoring import MONITOR
from reelscore.query.form import Query, query_values, read_query
from reelscore.search.engine import search
from reelscore.wiring import Wiring

_wirings: dict[Path, Wiring] = {}  # in a child: home -> the library that it answers for


class QuestionPool:
    """Answers questions of many threads at once.

    Parameters
    ----------
    most
        How many children there may be; 0: each question is answered in this process.
    """

    def __init__(self, wiring: Wiring, most: int) -> None:
        self._wiring = wiring
        self._most = most
        self._children = Children([f"{__name__}:load"])
        self._lock = threading.Lock()
        self._asked = 0  # questions that are being answered
        self._engaged = 0  # children that answer, or are being made; the others wait, or have ended
        self._closed = False

    def answer(self, query: Query, person: str) -> bytes:
        """The body of the response to a question, as JSON.

        Raises
        ------
        As `search.engine.search`.
        """
        with self._lock:
            alone = not self._asked
            self._asked += 1
        try:
            child = None if alone else self._child()
            found = self._by_child(child, query, person) if child else None
            return _answer(self._wiring, query, person) if found is None else found
        finally:
            with self._lock:
                self._asked -= 1

    def close(self) -> None:
        """End the children."""
        with self._lock:
            self._closed = True
        self._children.close()

    def _child(self) -> Child | None:
        """A child that waits; None if there is none yet, or none may be."""
        wiring = self._wiring
        # A model of the hub is too large to be loaded several times, and computes without Python's lock.
        if not (self._most and children_wanted()) or wiring.models or late_songs(wiring):
            return None
        child = self._children.waiting()
        with self._lock:
            if child is None and (self._engaged >= self._most or self._closed):
                return None
            self._engaged += 1
        if child is None:  # it takes a second, for which no question waits
            threading.Thread(target=self._begin, name="question process", daemon=True).start()
        return child

    def _begin(self) -> None:
        try:
            self._put(self._children.new())
        except OSError:
            self._free()

    def _put(self, child: Child) -> None:
        with self._lock:
            closed = self._closed
        if closed:
            child.kill()
            self._children.close()  # what it was forked from, if that began meanwhile
        else:
            self._children.give_back(child)
        self._free()

    def _free(self) -> None:
        with self._lock:
            self._engaged -= 1

    def _by_child(self, child: Child, query: Query, person: str) -> bytes | None:
        """What a child answers; None if it cannot."""
        asked = (self._wiring.settings, self._wiring.embedders.spaces, query_values(query), person)
        try:
            child.channel.send((__name__, "answer_for_owner", asked, {}, False, QUESTION))
            kind, value = child.channel.receive()
            while kind == "ask":
                child.channel.send(self._searched(*value))
                kind, value = child.channel.receive()
        except (EOFError, OSError):  # it was ended by whoever is short of memory, or has just ended
            child.kill()
            self._free()
            return None
        self._put(child)
        if kind == "failed":
            raise unpack(*value)
        text, drained = value
        MONITOR.merge(drained)
        found: bytes | None = text
        return found

    def _searched(self, space: str, method: str, *arguments: Any) -> tuple[str, Any]:
        try:
            return "done", do_for_other(open_index(self._wiring, space), method, *arguments)
        except Exception as error:  # noqa: BLE001 - raised in the child, which raises it here again
            return "failed", packed(error)


def _answer(wiring: Wiring, query: Query, person: str) -> bytes:
    body = search(wiring, query, person=person).to_response()
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def load() -> None:
    """Load what all children share."""
    EmbedderSuite(threads=1).lite.embed_queries(["calm piano"])
    name_likeness("calm")


def answer_for_owner(
    settings: Settings, spaces: tuple[str, ...], values: dict[str, Any], person: str
) -> bytes | None:
    """Answer in a child; None if it sees other spaces than the owner, such as one that was tuned since."""
    wiring = _wirings.get(settings.home)
    if wiring is None:
        wiring = _wirings[settings.home] = Wiring(settings, ask_owner=ask_parent)
        wiring.sync.compared |= set(spaces)  # the owner keeps them complete
        wiring.sync.current = True
    if wiring.embedders.spaces != spaces:
        return None
    return _answer(wiring, read_query(values), person)
