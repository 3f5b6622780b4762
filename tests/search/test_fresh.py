"""Answers are of the library as it is now, also if another process has changed it since the last one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reelscore.library.index_sync import refresh_indexes
from reelscore.query.form import Query
from reelscore.records import Recommendation
from reelscore.search.engine import search
from reelscore.wiring import Wiring

# Renames the first song, removes the second, and adds one that sounds like the first.
OTHER_PROCESS = """
import sys
from dataclasses import replace
from reelscore.catalog.store import Catalog
from reelscore.records import AnalysedTrack, Track, song_id

url, first, second = sys.argv[1:]
catalog = Catalog(url)
song = catalog.song(first)
track = Track(song.source, song.source_id, "Renamed Since", artists=("Somebody New",), uri=song.uri)
assert catalog.refresh([track]) == 1 and catalog.remove([second]) == 1
embeddings = tuple(
    replace(found, space=space)
    for space in ("lite-1", "taggers-1", "spectral-1")
    for found in catalog.window_vectors(space, [first]).values()
)
new = AnalysedTrack(replace(track, source_id="new", title="Added Since"), "f" * 64,
                    catalog.features([first])[first], embeddings)
print(*catalog.add([new]))
catalog.close()
"""


def ask(wiring: Wiring, text: str) -> dict[str, Recommendation]:
    return {song.song.id: song for song in search(wiring, Query(text=text, limit=28)).songs}


@pytest.mark.parametrize("shelved", [False, True], ids=["from SQL", "from files"])
def test_what_another_process_changed_is_in_the_next_answer(demo_wiring: Wiring, shelved: bool) -> None:
    wiring = demo_wiring
    if shelved:  # a library of this size has no files of its own accord
        assert wiring.shelf.write()
    first, second, *rest = ask(wiring, "calm piano")
    assert "names" not in ask(wiring, "somebody new")[first].parts
    command = [sys.executable, "-c", OTHER_PROCESS, wiring.settings.sql_url, first, second]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    after = ask(wiring, "calm piano")
    assert after[first].song.title == "Renamed Since" and after[first].song.artists == ("Somebody New",)
    assert second not in after and set(rest) <= set(after)
    assert ask(wiring, "somebody new")[first].parts["names"] > 0

    refresh_indexes(wiring)
    (added,) = done.stdout.split()
    assert ask(wiring, "calm piano")[added].score == ask(wiring, "calm piano")[first].score
    assert next(iter(ask(wiring, "added since"))) == added
