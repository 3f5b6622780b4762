"""Questions that are answered in processes of their own."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from patience import wait_until
from reelscore.children import media_in_children
from reelscore.children.forked import Child
from reelscore.children.pool import POOL, Pool
from reelscore.errors import NotFoundError, StorageError
from reelscore.library.service import Library
from reelscore.query.form import Query, read_query
from reelscore.search import question_pool
from reelscore.search.engine import search
from reelscore.search.question_pool import QuestionPool
from reelscore.wiring import Wiring

QUESTIONS: tuple[dict[str, Any], ...] = (
    {"text": "calm acoustic guitar"},
    {"text": "dark drums, no vocals", "filters": {"tempo_bpm": [60, 140]}},
    {"phrases": [{"text": "happy piano"}, {"text": "slow strings", "weight": 2}], "energy": 0.3},
    {"text": "qwertyzxcv"},
)


@pytest.fixture
def pool(demo_wiring: Wiring) -> Iterator[QuestionPool]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(POOL, "use", partial(Pool.use, POOL))
        with media_in_children():
            made = QuestionPool(demo_wiring, 2)
            yield made
            made.close()


@pytest.fixture
def by_child(pool: QuestionPool, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Every question comes beside others, and children wait for them; ids of those that were asked."""
    asked: list[int] = []

    def ask(child: Child, *question: Any) -> bytes | None:
        asked.append(child._pid)
        return original(child, *question)

    original = pool._by_child
    monkeypatch.setattr(pool, "_by_child", ask)
    pool._asked = 1
    wait_until(lambda: bool(_answer(pool, QUESTIONS[0]) and asked))
    yield asked


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The sentences that this process itself answers."""
    answered: list[str | None] = []

    def answer(wiring: Wiring, query: Query, person: str) -> bytes:
        answered.append(query.text)
        return original(wiring, query, person)

    original = question_pool._answer
    monkeypatch.setattr(question_pool, "_answer", answer)
    return answered


def _expected(wiring: Wiring, form: dict[str, Any]) -> Any:
    return json.loads(json.dumps(search(wiring, read_query(form)).to_response()))


def _answer(pool: QuestionPool, form: dict[str, Any]) -> Any:
    return json.loads(pool.answer(read_query(form), ""))


@pytest.mark.parametrize("form", QUESTIONS, ids=["text", "filters", "phrases", "nothing known"])
def test_a_child_answers_as_this_process_does(
    form: dict[str, Any], pool: QuestionPool, by_child: list[int], here: list[str], demo_wiring: Wiring
) -> None:
    assert _answer(pool, form) == _expected(demo_wiring, form)
    assert by_child[-1] != os.getpid()
    assert not here


def test_a_child_sees_what_changes_between_questions(
    pool: QuestionPool, by_child: list[int], here: list[str], demo_wiring: Wiring
) -> None:
    first = _answer(pool, QUESTIONS[0])["data"][0]
    Library(demo_wiring).remove(first["id"])
    again = _answer(pool, QUESTIONS[0])
    assert first["id"] not in [song["id"] for song in again["data"]]
    assert again == _expected(demo_wiring, QUESTIONS[0])
    assert not here


def test_what_a_child_refuses_is_refused_here(
    pool: QuestionPool, by_child: list[int], here: list[str]
) -> None:
    with pytest.raises(NotFoundError, match="no video analysis"):
        _answer(pool, {"analysis_id": "0" * 32, "guide": "slower"})
    assert not here
    assert _answer(pool, QUESTIONS[0])["total"] == 10  # it works on


def test_what_the_index_of_the_owner_raises_is_raised(
    pool: QuestionPool, by_child: list[int], here: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise StorageError("the disk is gone")

    monkeypatch.setattr(question_pool, "do_for_other", fail)
    with pytest.raises(StorageError, match="the disk is gone"):
        _answer(pool, QUESTIONS[0])
    assert not here


def test_a_question_whose_child_was_killed_is_answered_here(
    pool: QuestionPool, by_child: list[int], here: list[str], demo_wiring: Wiring
) -> None:
    killed = by_child[-1]
    original = pool._by_child

    def ask(child: Child, *question: Any) -> bytes | None:
        os.kill(child._pid, signal.SIGKILL)
        return original(child, *question)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_by_child", ask)
        assert _answer(pool, QUESTIONS[0]) == _expected(demo_wiring, QUESTIONS[0])
    assert here == [QUESTIONS[0]["text"]]
    wait_until(lambda: bool(_answer(pool, QUESTIONS[0]) and by_child[-1] != killed))


def test_a_child_that_has_ended_while_it_waited_is_replaced(
    pool: QuestionPool, by_child: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_most", 1)
    while waiting := pool._children.waiting():
        waiting.kill()
    ended = set(by_child)
    wait_until(lambda: bool(_answer(pool, QUESTIONS[0]) and by_child[-1] not in ended))


def test_a_child_that_sees_other_spaces_than_the_owner_leaves_the_answer_to_it(
    pool: QuestionPool, by_child: list[int], here: list[str], demo_wiring: Wiring
) -> None:
    demo_wiring.embedders._spaces = {
        name: space for name, space in demo_wiring.embedders._spaces.items() if name != "spectral-1"
    }
    assert _answer(pool, QUESTIONS[0])["total"] == 10
    assert here == [QUESTIONS[0]["text"]]


def test_many_at_once(pool: QuestionPool, demo_wiring: Wiring) -> None:
    expected = [_expected(demo_wiring, form) for form in QUESTIONS]
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(partial(_answer, pool), QUESTIONS * 12))
    assert found == expected * 12


def test_children_end_with_the_server(pool: QuestionPool, by_child: list[int]) -> None:
    child = pool._children.waiting()
    assert child is not None
    pool._children.give_back(child)
    pool.close()
    assert child.end() != 0


def test_without_processes_every_question_is_answered_here(
    demo_wiring: Wiring, here: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_pool, "children_wanted", lambda: True)
    pool = QuestionPool(demo_wiring, 0)
    pool._asked = 1
    assert _answer(pool, QUESTIONS[0]) == _expected(demo_wiring, QUESTIONS[0])
    assert here == [QUESTIONS[0]["text"]]
