"""Every command of docs/export.md is run as it stands there; and a plan comes back out of its export."""

from __future__ import annotations

import json
import re
import shlex
import zipfile
from pathlib import Path

import pytest
from films import RATE, film
from readers import by_otio
from typer.testing import CliRunner

from reelscore.cli.main import app
from reelscore.config import Settings
from reelscore.placement.timelines import lay_plan
from reelscore.wiring import Wiring, close_wirings

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "export.md"
LINES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.M | re.S)
    for line in block.splitlines()
]


def run(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    close_wirings()  # as the end of the process does
    assert done.exit_code == 0, f"{words}: {done.output} {done.exception}"
    return done.stdout


@pytest.fixture
def song(demo_library_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A song of the demo library; the commands run in a folder with the film."""
    film(tmp_path / "film.mov")
    monkeypatch.chdir(tmp_path)
    wiring = Wiring(Settings(home=demo_library_home))
    songs, _ = wiring.catalog.list_songs(limit=1)
    wiring.close()
    return songs[0].id


def fitted(song: str) -> str:
    """The id of a fit of a song to the film's length."""
    return str(json.loads(run("fit", song, "--length", "8", "--json"))["id"])


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_a_command_of_the_document_works_as_it_stands(song: str, line: str) -> None:
    command, *words = shlex.split(line, comments=True)
    assert command == "reelscore"
    # A plan of the shell, or a song of the library, by the option before it.
    plan = fitted(song) if "--plan" in words else song
    run(*[{"SONG": song, "ID": plan}.get(word, word) for word in words])
    for option in ("--out", "--playlist"):
        if option in words:
            assert Path(words[words.index(option) + 1]).stat().st_size > 100


@pytest.mark.slow
def test_a_plan_comes_back_out_of_its_export(song: str, demo_library_home: Path, tmp_path: Path) -> None:
    plan = fitted(song)
    run("export", "film.mov", "--plan", plan, "--to", "otio", "--out", "a.otio", "--original-media")
    wiring = Wiring(Settings(home=demo_library_home))
    timeline = lay_plan(wiring, plan, tmp_path / "film.mov")
    wiring.close()
    found = by_otio((tmp_path / "a.otio").read_text(encoding="utf-8"), timeline, tmp_path)
    assert [m[0] for m in found.music] == [round(e.record_in * timeline.rate / RATE) for e in timeline.music]
    assert len(timeline.music) > 0
    for event, (start, frames, source), path in zip(timeline.music, found.music, found.files, strict=True):
        assert path == event.media.path
        # In- and out-points lie on frames, and what is heard at each is what the plan says, to the sample.
        heard = source / timeline.rate * RATE - start * RATE / timeline.rate
        assert float(heard) == pytest.approx(event.source_in - event.record_in, abs=1.0)
        end = (event.record_in + event.length) * timeline.rate / RATE
        assert start + frames == pytest.approx(float(end), abs=1.0)
    run("export", "film.mov", "--plan", plan, "--to", "zip", "--out", "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert {"b.otio", "b.edl", "b-music-1.wav"} <= set(archive.namelist())
