"""What only the index on a Qdrant server has: the wire, its faults, several processes, and int8 copies."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import numpy as np
import pytest

from fake_web import Answer, FakeWeb, serve_web
from patience import PATIENCE_SECONDS
from qdrant_server import Fault, QdrantServer, open_remote_index, order_fault, run_qdrant, serve_qdrant
from reelscore.errors import ConfigurationError, StorageError, TransientStorageError
from reelscore.filters.facets import FACETS_VERSION, NUMBER_FIELDS, TERM_FIELDS, VERSION_FIELD
from reelscore.filters.table import Filters
from reelscore.index.qdrant.connection import Connection, ServerOptions
from reelscore.index.qdrant.index import ServerIndex
from reelscore.records import FloatArray

DIM = 16
SPACE = "lite-1"
KEY = "a-key-that-nobody-may-read"


def song_ids(count: int) -> list[str]:
    return [str(uuid.uuid5(uuid.NAMESPACE_URL, str(number))) for number in range(count)]


def unit_vectors(count: int, seed: int = 0) -> FloatArray:
    matrix = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def server(qdrant_server: QdrantServer) -> QdrantServer:
    return qdrant_server


def opened(server: QdrantServer, **options: object) -> ServerIndex:
    return open_remote_index(server.url, SPACE, DIM, **options)


# --- collections -------------------------------------------------------------------------------------


def test_a_collection_is_made_once_with_an_index_for_every_field_that_is_filtered(
    server: QdrantServer,
) -> None:
    opened(server).upsert(song_ids(3), unit_vectors(3))
    schema = server.extras[SPACE]["schema"]
    assert {name for name, params in schema.items() if params["type"] == "keyword"} == {
        VERSION_FIELD,
        *TERM_FIELDS,
    }
    assert {name for name, params in schema.items() if params["type"] == "float"} == {*NUMBER_FIELDS}
    made = len(server.asked("PUT /collections/lite-1"))
    again = opened(server)
    assert again.ids() == set(song_ids(3))
    assert len(server.asked("PUT /collections/lite-1")) == made


def test_a_prefix_keeps_two_libraries_apart(server: QdrantServer) -> None:
    mine, theirs = opened(server, prefix="mine-"), opened(server, prefix="theirs_")
    mine.upsert(song_ids(2), unit_vectors(2))
    theirs.upsert(song_ids(5), unit_vectors(5))
    mine.clear()
    assert (mine.info().points, theirs.info().points) == (0, 5)
    assert sorted(server.extras) == ["mine-lite-1", "theirs_lite-1"]


def test_a_collection_of_another_model_is_refused_until_it_is_dropped(server: QdrantServer) -> None:
    open_remote_index(server.url, SPACE, DIM + 1).upsert(song_ids(1), np.ones((1, DIM + 1), np.float32))
    index = opened(server)
    with pytest.raises(StorageError, match=r"lite-1, which have 16 numbers.*REELSCORE_QDRANT_PREFIX"):
        index.info()
    with pytest.raises(StorageError, match="index rebuild"):
        index.upsert(song_ids(1), unit_vectors(1))
    index.clear()
    index.upsert(song_ids(1), unit_vectors(1))
    assert index.info().points == 1


def test_a_collection_that_another_process_dropped_is_made_anew(server: QdrantServer) -> None:
    index, other = opened(server), opened(server)
    index.upsert(song_ids(3), unit_vectors(3))
    other.drop()
    with pytest.raises(TransientStorageError, match="filled again with the next question"):
        index.search(unit_vectors(1)[0], 3)
    assert index.search(unit_vectors(1)[0], 3) == []
    other.drop()
    index.upsert(song_ids(3), unit_vectors(3))
    assert other.ids() == set(song_ids(3))


# --- writes ------------------------------------------------------------------------------------------


def test_writes_are_bounded_in_songs_and_in_bytes(server: QdrantServer) -> None:
    ids, vectors = song_ids(100), unit_vectors(100)
    opened(server, batch_points=30).upsert(ids, vectors)
    writes = server.asked("PUT /collections/lite-1/points")
    assert [len(request.body["batch"]["ids"]) for request in writes] == [30, 30, 30, 10]
    server.seen.clear()
    facets = [{"artist": ["x" * 1_000]}] * 100
    index = opened(server, batch_bytes=10_000)
    index.upsert(ids, vectors, facets)
    writes = server.asked("PUT /collections/lite-1/points")
    assert len(writes) > 10
    assert max(request.size for request in writes) <= 10_000
    assert index.ids() == set(ids)


def test_a_song_that_is_larger_than_a_write_is_written_all_the_same(server: QdrantServer) -> None:
    index = opened(server, batch_bytes=1)
    index.upsert(song_ids(3), unit_vectors(3))
    assert index.info().points == 3


def test_ids_are_read_page_by_page(server: QdrantServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelscore.index.qdrant.index._SCROLL", 40)
    index = opened(server)
    index.upsert(song_ids(100), unit_vectors(100))
    assert index.ids() == set(song_ids(100))
    assert len(server.asked("/points/scroll")) == 3
    index.delete(song_ids(90))
    assert index.ids() == set(song_ids(100)[90:])


WRITER = """
import sys
import numpy as np
from reelscore.index.qdrant.index import ServerIndex
from reelscore.index.qdrant.connection import Connection, ServerOptions
url, space, file, *ids = sys.argv[1:]
vectors = np.load(file)
index = ServerIndex(Connection(ServerOptions(url)), space, vectors.shape[1])
for song, vector in zip(ids, vectors, strict=True):
    index.upsert([song], vector[None])
    assert index.search(vector, 1)[0].id == song
"""


def test_several_processes_write_into_one_collection(server: QdrantServer, tmp_path: Path) -> None:
    ids, vectors = song_ids(60), unit_vectors(60)
    np.save(tmp_path / "part.npy", vectors[:30])
    command = [sys.executable, "-c", WRITER, server.url, SPACE, str(tmp_path / "part.npy"), *ids[:30]]
    writer = subprocess.Popen(command)
    index = opened(server)
    for place in range(30, 60):
        index.upsert([ids[place]], vectors[place : place + 1])
        assert index.search(vectors[place], 1)[0].id == ids[place]
    assert writer.wait(PATIENCE_SECONDS) == 0
    assert index.ids() == set(ids)


def test_a_server_that_was_killed_has_everything_after_its_restart(tmp_path: Path) -> None:
    with run_qdrant(tmp_path / "store") as (url, process):
        index = open_remote_index(url, SPACE, DIM, backoff_seconds=0.5)
        index.upsert(song_ids(40), unit_vectors(40), [{"version": str(FACETS_VERSION)}] * 40)
        before = index.search(unit_vectors(1, seed=4)[0], 10)
        process.kill()
        process.wait()
        port = int(url.rpartition(":")[2])
        # The open index goes on with the new process, which it waits for.
        with run_qdrant(tmp_path / "store", port=port):
            again = index.search(unit_vectors(1, seed=4)[0], 10)
            assert [hit.id for hit in again] == [hit.id for hit in before]
            assert np.allclose([hit.score for hit in again], [hit.score for hit in before], atol=1e-6)
            assert index.info().filterable == 40


# --- faults ------------------------------------------------------------------------------------------

LOST = [Fault("refuse"), Fault("cut"), Fault("status", 503), Fault("status", 502), Fault("status", 504)]


@pytest.mark.parametrize("fault", LOST, ids=[f"{fault.kind} {fault.status}" for fault in LOST])
@pytest.mark.parametrize("after", [False, True], ids=["undone", "done"])
def test_a_call_that_may_help_is_made_again(server: QdrantServer, fault: Fault, after: bool) -> None:
    index = opened(server)
    index.upsert(song_ids(2), unit_vectors(2))
    ordered = {"kind": fault.kind, "status": fault.status, "after": after, "times": 3}
    for where, work in (
        ("PUT /collections/lite-1/points", lambda: index.upsert(song_ids(3), unit_vectors(3))),
        ("POST /collections/lite-1/points/query", lambda: index.search(unit_vectors(1)[0], 2)),
        ("POST /collections/lite-1/points/delete", lambda: index.delete(song_ids(1))),
        ("POST /collections/lite-1/points/scroll", index.ids),
    ):
        server.seen.clear()
        server.faults = [Fault(**ordered, where=where)]
        work()
        assert len(server.asked(where)) == 4
    assert index.ids() == set(song_ids(3)[1:])


@pytest.mark.parametrize("after", [False, True], ids=["undone", "done"])
def test_a_collection_is_made_in_spite_of_a_lost_connection(server: QdrantServer, after: bool) -> None:
    server.faults = [Fault("refuse", where="PUT /collections/lite-1", after=after)]
    opened(server).upsert(song_ids(2), unit_vectors(2))
    assert server.client.count(SPACE).count == 2


def test_a_server_that_stays_away_is_an_error_in_one_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    index = open_remote_index(f"{url}/", SPACE, DIM, api_key=KEY)
    began = time.monotonic()
    with pytest.raises(TransientStorageError, match=f"server at {url} cannot be reached") as caught:
        index.info()
    assert time.monotonic() - began < 60
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_server_that_is_slow_is_not_asked_twice(server: QdrantServer) -> None:
    index = opened(server)
    index.upsert(song_ids(2), unit_vectors(2))
    hurried = opened(server, timeout_seconds=1)
    assert hurried.info().points == 2
    server.faults = [Fault("slow", seconds=2.5, where="/points/query")]
    with pytest.raises(TransientStorageError, match=r"within 1 s; REELSCORE_QDRANT_TIMEOUT_SECONDS"):
        hurried.search(unit_vectors(1)[0], 2)
    assert len(server.asked("/points/query")) == 1
    assert len(index.search(unit_vectors(1)[0], 2)) == 2


def test_a_refusal_is_told_once_in_the_words_of_the_server(server: QdrantServer) -> None:
    index = opened(server)
    index.upsert(song_ids(2), unit_vectors(2))
    server.faults = [Fault("status", 500, where="/points/query")]
    with pytest.raises(StorageError, match=r"refused \(500\): a fault was ordered") as caught:
        index.search(unit_vectors(1)[0], 2)
    assert not isinstance(caught.value, TransientStorageError)
    server.faults = [Fault("status", 413, where="/points")]
    with pytest.raises(StorageError, match="lower REELSCORE_QDRANT_BATCH_MB"):
        index.upsert(song_ids(1), unit_vectors(1))


def test_a_server_that_is_asked_too_often_is_given_the_time_it_wants() -> None:
    web = FakeWeb()
    busy = Answer(b'{"status": {"error": "slow down"}}', 429, {"Retry-After": "1"})
    web.first["/collections/lite-1/exists"] = [busy]
    web.routes["/"] = lambda request: Answer(b'{"status": {"error": "enough"}}', 400)
    with serve_web(web):
        began = time.monotonic()
        with pytest.raises(StorageError, match="enough"):
            open_remote_index(web.url, SPACE, DIM).info()
        assert time.monotonic() - began >= 1.0
        assert len(web.asked("/collections/lite-1/exists")) == 2


@pytest.mark.parametrize("given", [None, "a-wrong-key"], ids=["none", "wrong"])
def test_a_wrong_api_key_is_a_setting_to_mend(given: str | None) -> None:
    with serve_qdrant(api_key=KEY) as server:
        index = opened(server, api_key=given)
        match = "wants an API key" if given is None else "refuses the API key"
        with pytest.raises(ConfigurationError, match=f"{match}.*QDRANT_API_KEY") as caught:
            index.info()
        assert "a-wrong-key" not in str(caught.value)
        assert len(server.seen) == 1
        opened(server, api_key=KEY).upsert(song_ids(2), unit_vectors(2))
        assert server.client.count(SPACE).count == 2


def test_an_api_key_is_in_no_message() -> None:
    web = FakeWeb()
    web.routes["/"] = lambda request: Answer(f'{{"status": {{"error": "not {KEY}"}}}}'.encode(), 400)
    with serve_web(web):
        url = web.url.replace("http://", f"http://user:{KEY}@")
        with pytest.raises(StorageError, match=r"not \*\*\*") as caught:
            open_remote_index(url, SPACE, DIM, api_key=KEY).info()
    assert KEY not in str(caught.value)
    assert KEY not in repr(ServerOptions("http://host", api_key=KEY))


@pytest.mark.parametrize(
    "page", [Answer(b"<html>hello</html>"), Answer(b"[]"), Answer(b"no such page", 404)], ids=str
)
def test_what_is_no_qdrant_server_is_told(page: Answer) -> None:
    web = FakeWeb()
    web.routes["/"] = lambda request: page
    with serve_web(web), pytest.raises(StorageError, match=r"no Qdrant|nothing answers for Qdrant"):
        open_remote_index(web.url, SPACE, DIM).info()


@pytest.mark.parametrize("url", ["localhost:6333", "ftp://host", "http://", "nonsense"])
def test_an_address_that_is_none_is_a_setting_to_mend(url: str) -> None:
    with pytest.raises(ConfigurationError, match="QDRANT_URL"):
        Connection(ServerOptions(url))


def test_a_missing_client_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "qdrant_client", None)
    with pytest.raises(ConfigurationError, match="pip install 'qdrant-client>="):
        Connection(ServerOptions("http://localhost:6333"))


def test_a_closed_connection_says_so(server: QdrantServer) -> None:
    connection = Connection(ServerOptions(server.url))
    index = ServerIndex(connection, SPACE, DIM)
    assert index.info().points == 0
    connection.close()
    connection.close()
    with pytest.raises(StorageError, match="closed"):
        index.info()


# --- TLS ---------------------------------------------------------------------------------------------


def make_certificate(folder: Path) -> Path:
    """A certificate that only those trust who are told to, with its key in the same file."""
    folder.mkdir(parents=True)
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    out = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run(
        [
            *"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(),
            *subject,
            *out,
        ],
        check=True,
        capture_output=True,
    )
    return folder / "certificate.pem"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_https_is_spoken_and_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "tls")
    with serve_qdrant(api_key=KEY, certificate=certificate) as server:
        assert server.url.startswith("https://")
        with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
            opened(server, api_key=KEY).info()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        index = opened(server, api_key=KEY)
        index.upsert(song_ids(5), unit_vectors(5))
        assert index.search(unit_vectors(5)[2], 1)[0].id == song_ids(5)[2]


# --- exactness and int8 copies -----------------------------------------------------------------------


def sent_params(server: QdrantServer) -> dict[str, object]:
    found: dict[str, object] = server.asked("/points/query")[-1].body["searches"][0]["params"]
    return {key: value for key, value in found.items() if value is not None}


def test_the_server_is_told_when_a_search_must_be_exact(server: QdrantServer) -> None:
    index = ServerIndex(Connection(ServerOptions(server.url)), SPACE, DIM, approximate_from=50)
    index.upsert(song_ids(30), unit_vectors(30))
    index.search(unit_vectors(1)[0], 2)
    assert sent_params(server) == {"exact": True}  # it is small
    index.upsert(song_ids(100), unit_vectors(100))
    index = ServerIndex(Connection(ServerOptions(server.url)), SPACE, DIM, approximate_from=50)
    index.search(unit_vectors(1)[0], 2)
    assert sent_params(server) == {"hnsw_ef": 256}
    index.search(unit_vectors(1)[0], 20)
    assert sent_params(server) == {"exact": True}  # much of it is asked for
    index.search(unit_vectors(1)[0], 2, where=Filters(tags=("piano",)))
    assert sent_params(server) == {"exact": True}


def test_int8_copies_are_made_and_what_they_find_is_scored_by_the_vectors(server: QdrantServer) -> None:
    options = ServerOptions(server.url, quantized=True, oversampling=4.0)
    index = ServerIndex(Connection(options), SPACE, DIM, approximate_from=10)
    index.upsert(song_ids(100), unit_vectors(100))
    config = server.extras[SPACE]["config"]
    assert config["quantization_config"]["scalar"] == {"type": "int8", "quantile": 0.99, "always_ram": True}
    assert config["vectors"]["on_disk"] is True
    index.search(unit_vectors(1)[0], 2)
    copies = sent_params(server)["quantization"]
    assert isinstance(copies, dict)
    assert (copies["rescore"], copies["oversampling"]) == (True, 4.0)
    index.search(unit_vectors(1)[0], 2, where=Filters(tags=("piano",)))
    assert sent_params(server) == {"exact": True}


def test_int8_copies_can_be_had_later_and_given_up_again(server: QdrantServer) -> None:
    opened(server).upsert(song_ids(3), unit_vectors(3))
    config = server.extras[SPACE]["config"]
    assert config.get("quantization_config") is None
    assert opened(server, quantized=True).info().points == 3
    assert config["quantization_config"]["scalar"]["type"] == "int8"
    assert config["vectors"]["on_disk"] is True
    assert opened(server).info().points == 3
    assert config["quantization_config"] is None
    assert config["vectors"]["on_disk"] is False


def test_a_fault_can_be_ordered_of_a_server_in_another_process(tmp_path: Path) -> None:
    with run_qdrant(tmp_path / "store", api_key=KEY) as (url, _):
        index = open_remote_index(url, SPACE, DIM, api_key=KEY)
        index.upsert(song_ids(3), unit_vectors(3))
        order_fault(url, Fault("status", 500, where="/points/query"))
        with pytest.raises(StorageError, match="500"):
            index.search(unit_vectors(1)[0], 1)
        assert len(index.search(unit_vectors(1)[0], 1)) == 1
