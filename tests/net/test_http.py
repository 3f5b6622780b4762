"""The one HTTP client, against a real server that fails in every way it can."""

from __future__ import annotations

import gzip
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_web import Answer, FakeWeb, as_json, serve_web
from reelscore.errors import SourceError, TransientSourceError
from reelscore.net.http import USER_AGENT, HttpClient, Timeouts, close_connections, parse_json
from reelscore.net.rate_limit import MemoryRates, RateLimiter
from reelscore.net.retry import RetryPolicy

QUICK = RetryPolicy(attempts=3, first_wait=0.01, longest_wait=2.0, longest_retry_after=2.0)
TIMEOUTS = Timeouts(piece_seconds=0.4, answer_seconds=0.6)


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    web = FakeWeb(routes={"/songs": lambda request: as_json({"songs": [1, 2]})})
    with serve_web(web):
        yield web
    close_connections()


def client(**options: object) -> HttpClient:
    trusted = {"127.0.0.1"}
    return HttpClient("The Shop", policy=QUICK, timeouts=TIMEOUTS, trusted=trusted, **options)  # type: ignore[arg-type]


def test_an_answer_is_read_and_the_client_says_who_it_is(web: FakeWeb) -> None:
    found = client().get_json(f"{web.url}/songs", params={"term": "a b&c", "limit": 5})
    assert found == {"songs": [1, 2]}
    (request,) = web.seen
    assert request.query == {"term": "a b&c", "limit": "5"}
    assert request.headers["User-Agent"] == USER_AGENT
    assert "Cookie" not in request.headers


TRANSIENT = {
    "busy": Answer(status=429),
    "broken": Answer(status=500),
    "bad gateway": Answer(b"<html>", status=502),
    "overloaded": Answer(status=503),
    "too slow": Answer(b"{}", wait=0.8),
    "cut off": Answer(b'{"songs": [1, 2]}', cut_after=9),
    "cut off without a length": Answer(b'{"songs": [1, 2]}', cut_after=9, length=False),
    "no JSON": Answer(b"<html>Sorry</html>"),
    "nothing": Answer(b""),
    "dripping": Answer(b'{"songs": [1, 2], "more": "and more"}', drip=0.05),
    "broken compression": Answer(b"\x1f\x8bnot gzip", headers={"Content-Encoding": "gzip"}),
    "endless nesting": Answer(b"[" * 200_000),
    "an endless number": Answer(b"1" * 5_000),
}


@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_passing_fault_is_tried_again_and_a_lasting_one_is_told(web: FakeWeb, fault: str) -> None:
    web.first["/songs"] = [TRANSIENT[fault]]
    assert client().get_json(f"{web.url}/songs") == {"songs": [1, 2]}
    assert len(web.seen) == 2
    web.first["/songs"] = [TRANSIENT[fault]] * 3
    with pytest.raises(TransientSourceError, match=r"^The Shop .*tried 3 times.*try again later$") as caught:
        client().get_json(f"{web.url}/songs")
    assert "\n" not in str(caught.value)
    assert len(web.seen) == 5


FINAL = {
    "refused": (Answer(status=400), "400 Bad Request"),
    "forbidden": (Answer(status=403), "403 Forbidden"),
    "gone": (Answer(status=404), "404 Not Found"),
    "odd": (Answer(status=499), "499"),
    "redirected": (Answer(status=302, headers={"Location": "/songs"}), "302 Found"),
    "too large": (Answer(b" " * 2_000), "more than the 0.001 MB"),
    "too large without a length": (Answer(b" " * 2_000, length=False), "more than the 0.001 MB"),
    "a bomb": (
        Answer(gzip.compress(b" " * 1_000_000), headers={"Content-Encoding": "gzip"}, length=False),
        "more than the 0.001 MB",
    ),
}


@pytest.mark.parametrize("fault", FINAL)
def test_what_no_retry_can_mend_is_told_at_once(web: FakeWeb, fault: str) -> None:
    answer, words = FINAL[fault]
    web.first["/songs"] = [answer]
    with pytest.raises(SourceError, match=words) as caught:
        client().get_json(f"{web.url}/songs", max_bytes=1_000)
    assert not isinstance(caught.value, TransientSourceError)
    assert len(web.seen) == 1


def test_who_cannot_be_reached_is_tried_again() -> None:
    with pytest.raises(TransientSourceError, match=r"cannot be reached: .*tried 3 times"):
        client().get_json("http://127.0.0.1:1/x")


@pytest.mark.parametrize("url", ["ftp://host/x", "nonsense", "http://a\x00b/", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match="cannot be asked"):
        client().get_json(url)


def test_retry_after_is_honoured_by_all_threads(web: FakeWeb) -> None:
    web.first["/songs"] = [Answer(status=429, headers={"Retry-After": "1"})]
    rates = MemoryRates()
    shared = client(limiter=RateLimiter(None, rates=rates))
    first = threading.Thread(target=shared.get_json, args=(f"{web.url}/songs",))
    first.start()
    while not rates.held("") and len(web.seen) < 2:
        time.sleep(0.01)
    shared.get_json(f"{web.url}/songs")
    first.join()
    begin, *others = sorted(request.at for request in web.seen)
    assert len(others) == 2
    assert all(at - begin >= 0.95 for at in others)


def test_a_service_that_wants_too_long_a_wait_is_given_up(web: FakeWeb) -> None:
    web.first["/songs"] = [Answer(status=503, headers={"Retry-After": "3600"})]
    begin = time.monotonic()
    with pytest.raises(TransientSourceError, match="asks to wait 3600 s"):
        client().get_json(f"{web.url}/songs")
    assert time.monotonic() - begin < 60


def test_a_key_appears_nowhere(web: FakeWeb, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    web.first["/songs"] = [Answer(status=500), Answer(status=403)]
    with pytest.raises(SourceError) as caught:
        client().get_json(f"{web.url}/songs", headers={"X-Key": "s3cr3t"})
    assert web.seen[0].headers["X-Key"] == "s3cr3t"
    assert "s3cr3t" not in str(caught.value) + repr(caught.value) + caplog.text
    assert "s3cr3t" not in "".join(str(request.query) + request.path for request in web.seen)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_none(body: bytes) -> None:
    parse_json(body)


# --- downloads ---------------------------------------------------------------------------------------


def test_a_download_lies_there_only_while_it_is_used(web: FakeWeb, tmp_path: Path) -> None:
    body = os.urandom(300_000)
    web.first["/song"] = [Answer(body, cut_after=100_000), Answer(status=503), Answer(body)]
    with client().download(f"{web.url}/song", folder=tmp_path, suffix=".m4a", max_bytes=10**6) as path:
        assert path.suffix == ".m4a"
        assert path.read_bytes() == body
    assert not list(tmp_path.iterdir())
    assert len(web.seen) == 3


def test_a_failed_download_leaves_nothing(web: FakeWeb, tmp_path: Path) -> None:
    faults = {"/cut": Answer(b"x" * 1000, cut_after=10), "/gone": Answer(status=404), "/empty": Answer()}
    faults["/large"] = Answer(b"x" * 10_001)
    faults["/large-too"] = Answer(b"x" * 10_001, length=False)
    for path, answer in faults.items():
        web.first[path] = [answer] * 3
        with (
            pytest.raises(SourceError),
            client().download(web.url + path, folder=tmp_path, max_bytes=10_000),
        ):
            pytest.fail("there is no file")
        assert not list(tmp_path.iterdir())
    with (
        pytest.raises(RuntimeError),
        client().download(f"{web.url}/songs", folder=tmp_path, max_bytes=10_000),
    ):
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_a_download_follows_redirects_but_not_for_ever(web: FakeWeb, tmp_path: Path) -> None:
    web.first["/old"] = [Answer(status=302, headers={"Location": "/songs"})]
    with client().download(f"{web.url}/old", folder=tmp_path, max_bytes=10_000) as path:
        assert path.read_bytes() == b'{"songs": [1, 2]}'
    web.routes["/round"] = lambda request: Answer(status=302, headers={"Location": "/round"})
    with (
        pytest.raises(SourceError, match="redirects more than 5 times"),
        client().download(f"{web.url}/round", folder=tmp_path, max_bytes=10_000),
    ):
        pytest.fail("there is no file")


def test_a_folder_that_cannot_be_written_is_named(web: FakeWeb, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(SourceError, match=r"cannot write into .*file"),
        client().download(f"{web.url}/songs", folder=tmp_path / "file" / "x", max_bytes=10_000),
    ):
        pytest.fail("there is no file")
