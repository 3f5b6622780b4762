"""What the doors cost: a music server of 10,000 songs synced twice, and 1,000 saved searches renewed.

Run with `.venv/bin/python benchmarks/doors.py sync` or `saved`. Nothing is listened to: vectors are drawn, so
the figures are those of everything else. The server runs in another process.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from pydantic import SecretStr

from drawn_library import GENRES, TITLE_WORDS, fill
from reelscore.analysis.hearing import Heard
from reelscore.config import Settings
from reelscore.ingest import run
from reelscore.ingest.service import ingest
from reelscore.library.index_sync import refresh_indexes
from reelscore.query.form import Query, read_query
from reelscore.records import AudioClip, MusicFeatures, TrackEmbedding, song_id
from reelscore.search.engine import search, search_ids
from reelscore.search.reading import Reading
from reelscore.search.saved import list_saved, renew_saved, save_search
from reelscore.wiring import Wiring


def serve(songs: int, port: Any) -> None:
    """A music server whose songs are 64 bytes each."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path.endswith("search3.view"):
                begin = int(query["songOffset"])
                numbers = range(begin, min(begin + int(query["songCount"]), songs))
                found = [
                    {
                        "id": f"so-{number}",
                        "title": f"Song {number}",
                        "artist": f"Artist {number % 300}",
                        "album": f"Album {number // 12}",
                        "duration": 200,
                        "playCount": number % 50,
                    }
                    for number in numbers
                ]
                body = json.dumps(
                    {"subsonic-response": {"status": "ok", "searchResult3": {"song": found}}}
                ).encode()
            else:
                body = query["id"].encode().rjust(64, b"\0")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    port.put(server.server_address[1])
    server.serve_forever()


def sync(songs: int, home: Path) -> None:
    """Sync a server twice; print seconds and what was fetched."""
    port: Any = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(songs, port), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{port.get()}"
    wiring = Wiring(Settings(home=home, subsonic_url=url, subsonic_api_key=SecretStr("k")))
    dims = {name: wiring.embedders.space(name).dim for name in wiring.embedders.spaces}

    def hear(path: Path, *_: Any, **__: Any) -> Heard:
        rng = np.random.default_rng(int(path.read_bytes().split(b"-")[1]))
        made = []
        for name, dim in dims.items():
            vector = rng.standard_normal(dim).astype(np.float32)
            vector /= np.linalg.norm(vector)
            made.append(TrackEmbedding(name, vector, vector[None], (0.0,), 30.0))
        clip = AudioClip(np.zeros(1, dtype=np.float32), 22_050)
        features = MusicFeatures(30.0, tempo_bpm=float(rng.uniform(60, 180)), energy=float(rng.random()))
        return Heard(clip, features, tuple(made), None, None, 30.0)  # type: ignore[arg-type]

    run.hear = hear
    fetched = 0
    whole = run.IngestRun._fetched

    def counted(self: Any, arrival: Any) -> Any:
        nonlocal fetched
        fetched += 1
        return whole(self, arrival)

    run.IngestRun._fetched = counted  # type: ignore[method-assign]
    for number in (1, 2):
        fetched = 0
        began = time.perf_counter()
        report = ingest(wiring, "subsonic")
        seconds = time.perf_counter() - began
        print(f"sync {number}: {seconds:.1f} s, {fetched} fetched, {report.added} added of {report.offered}")
    wiring.close()
    server.terminate()


def save(songs: int, searches: int, home: Path) -> None:
    """Draw a library with saved searches and then 100 more songs, as an ingestion leaves them."""
    wiring = Wiring(Settings(home=home, taste=False))
    fill(wiring, songs)
    refresh_indexes(wiring)
    wiring.shelf.keep_up()
    rng = np.random.default_rng(7)
    tags = [tag for tag in wiring.embedders.tag_names if tag != "vocals"]
    ids = [song.id for song in wiring.catalog.list_songs(limit=500)[0]]
    began = time.perf_counter()
    for number in range(searches):
        words = " ".join([*rng.choice(tags, 2), *rng.choice(TITLE_WORDS, int(rng.integers(0, 2)))])
        query: dict[str, Any] = {"text": words} if number % 4 else {"song": str(rng.choice(ids))}
        filters = {}
        if number % 3 == 0:
            filters["genres"] = [str(rng.choice(GENRES))]
        if number % 5 == 0:
            low = float(rng.uniform(60, 150))
            filters["tempo_bpm"] = [low, low + 15]
        save_search(wiring, f"search {number}", read_query({**query, "filters": filters, "limit": 30}))
    print(f"{searches} searches saved: {time.perf_counter() - began:.1f} s over {songs} songs")
    fill(wiring, 100, first=songs)
    refresh_indexes(wiring)
    wiring.shelf.keep_up()
    wiring.close()


def renew(songs: int, home: Path) -> None:
    """Renew saved searches after 100 new songs; print seconds, and whether any that was left had changed."""
    wiring = Wiring(Settings(home=home, taste=False))
    search(wiring, Query(text="calm piano"))  # what a server has loaded long since
    searches = len(list_saved(wiring))
    began, began_cpu = time.perf_counter(), time.process_time()
    done = renew_saved(wiring)
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    print(
        f"renewed: {seconds:.1f} s, {cpu:.1f} s of processor; "
        f"{done['run']} run, {len(done['changed'])} changed",
        flush=True,
    )
    reading, other, missing = Reading(wiring.catalog, wiring.shelf.view()), 0, 0
    new = set(wiring.catalog.known_ids([song_id("folder", str(songs + at)) for at in range(100)]))
    for each in list_saved(wiring):
        now = search_ids(wiring, reading, read_query(each["query"]))[0]
        other += set(now) != set(each["song_ids"])
        missing += not new.intersection(now) <= set(each["song_ids"])
    print(f"{missing} of {searches} lack a new song that a search finds now, {other} any song")
    wiring.close()


def main() -> None:
    """Run the part that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("sync", "saved"))
    parser.add_argument("--songs", type=int, default=10_000)
    parser.add_argument("--searches", type=int, default=1_000)
    parser.add_argument("--home", type=Path, help="saved: where the drawn library is kept for the next run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.part == "sync":
            sync(given.songs, Path(folder))
            return
        home = given.home or Path(folder) / "drawn"
        if not home.exists():
            save(given.songs, given.searches, home)
        shutil.copytree(home, Path(folder) / "renewed")
        renew(given.songs, Path(folder) / "renewed")


if __name__ == "__main__":
    main()
