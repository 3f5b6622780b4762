"""Films as they come, exported by the command line: all formats say the same frame; and what breaks off."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from export_cases import HARD_NAME
from fcpxml_rules import problems
from films import FRAMES, RATE, film, onsets, phone_times, sound_of, with_timecode
from readers import by_edl, by_fcp7, by_fcpxml_reference, by_mlt_reference, by_otio
from sounds import clicks
from typer.testing import CliRunner
from video_files import write

from patience import PATIENCE_SECONDS
from reelscore.cli.main import app
from reelscore.config import Settings
from reelscore.export.cue import plan_cues, with_cues
from reelscore.placement.timelines import Lay, lay_song, song_of_file
from reelscore.wiring import Wiring

SILENCE = np.zeros(16_000 * 8, np.float32)


def coded(path: Path, code: str, rate: Fraction) -> Path:
    return with_timecode(write(path.with_name("plain.mov"), FRAMES, rate=rate, sound=SILENCE), path, code)


def phone(path: Path) -> Path:
    """A portrait clip of a phone: turned by its flag, and its pictures 30 or 40 ms apart."""
    return write(path, FRAMES, rate=30, times=phone_times(200), sound=SILENCE, rotation=90.0)


FILMS = {
    "23.976": lambda f: write(f / "film.mp4", FRAMES, rate=Fraction(24000, 1001), sound=SILENCE),
    "24": lambda f: write(f / "film.mp4", FRAMES, rate=24, sound=SILENCE),
    "25": lambda f: coded(f / "film.mov", "10:00:00:00", Fraction(25)),
    "29.97 drop-frame": lambda f: coded(f / "film.mov", "01:00:00;00", Fraction(30000, 1001)),
    "29.97": lambda f: coded(f / "film.mov", "01:00:00:00", Fraction(30000, 1001)),
    "30": lambda f: write(f / "film.mp4", FRAMES, rate=30, sound=SILENCE),
    "50": lambda f: write(f / "film.mp4", FRAMES, rate=50, sound=SILENCE),
    "59.94 drop-frame": lambda f: coded(f / "film.mov", "10:00:00;00", Fraction(60000, 1001)),
    "18:45:23:23": lambda f: coded(f / "film.mov", "18:45:23:23", Fraction(24)),
    "portrait, variable rate": lambda f: phone(f / "film.mp4"),
    "late picture": lambda f: film(f / "film.mkv", late=500),
    "200 characters": lambda f: film(f / (HARD_NAME.removesuffix(".mov") + ".mp4")),
}


@pytest.mark.slow
@pytest.mark.parametrize("make", FILMS.values(), ids=FILMS.keys())
def test_a_film_is_exported_with_its_music_on_one_frame_in_all_formats(tmp_path: Path, make: object) -> None:
    source = make(tmp_path)  # type: ignore[operator]
    song = clicks(tmp_path / "song 中文 #1.wav", [2.0, 3.0])
    # The music begins between two frames.
    lay = Lay(offset=-0.51234, gain_db=-3.0, fade_in=0.2)
    out = tmp_path / (source.stem + ".zip")
    words = ["export", source, song, "--to", "zip", "--out", out, "--offset", lay.offset, "--no-cuts"]
    done = CliRunner().invoke(app, [*map(str, words), "--gain", "-3", "--fade-in", "0.2"])
    assert done.exit_code == 0, done.output
    timeline = lay_song(Wiring(Settings(home=tmp_path)), source, song_of_file(song), lay, find_cuts=False)
    cues = plan_cues(timeline)
    assert len(cues) == 1
    stem = source.stem
    path = str(tmp_path / stem / f"{stem}-music-1.wav")
    placed = with_cues(timeline, cues, [path])
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "unpacked")
    text = {
        p.suffix: p.read_text(encoding="utf-8")
        for p in (tmp_path / "unpacked").iterdir()
        if p.suffix != ".wav"
    }
    edl = (tmp_path / "unpacked" / f"{stem}.edl").read_text(encoding="utf-8")
    found = {
        "otio": by_otio(text[".otio"], placed, tmp_path),
        "fcpxml": by_fcpxml_reference(text[".fcpxml"], placed),
        "fcp7": by_fcp7(text[".xml"], placed),
        "edl": by_edl(edl, placed),
        "mlt": by_mlt_reference(text[".mlt"], placed),
    }
    frame = float(timeline.rate) * 0.51234
    for name, each in found.items():
        assert [(s, f, round(v, 3)) for s, f, v in each.music] == [(int(frame), cues[0].frames, 0.0)], name
        assert (each.files, each.film) == ([path], str(source)), name
        assert [(s, f) for s, f, _ in each.picture] == [(0, timeline.frames)], name
    assert problems(text[".fcpxml"]) == []
    # The click of 2.0 s is heard at 2.51234 s of the film: from the first sample of the cue, on that frame.
    heard = onsets(sound_of(tmp_path / "unpacked" / f"{stem}-music-1.wav"))[0]
    begin = round(int(frame) * RATE / timeline.rate)
    assert begin + heard == pytest.approx(onsets(sound_of(song))[0] + round(0.51234 * RATE), abs=1)


_COMMAND = "import sys; from reelscore.cli.main import run; run()"


def command(*words: object, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _COMMAND, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "500"},
        **options,  # type: ignore[call-overload]
    )


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), [("otio", "a.otio"), ("wav", "a.wav"), ("zip", "a.zip")])
def test_a_file_that_does_not_fit_is_one_line_and_leaves_nothing(
    tmp_path: Path, click_song: Path, kind: str, name: str
) -> None:
    source = film(tmp_path / "film.mp4")
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))  # noqa: E731
    with command(
        "export", source, click_song, "--to", kind, "--out", tmp_path / name, "--no-cuts", preexec_fn=limit
    ) as process:
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    lines = [line for line in told.splitlines() if line.strip()]
    assert "cannot be written: the file would be too large" in lines[-1]
    assert "Traceback" not in told
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "home") == [click_song.name, "film.mp4"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wav", "zip"])
def test_a_kill_leaves_no_file_under_the_final_name(tmp_path: Path, kind: str) -> None:
    song = clicks(tmp_path / "song.wav", [2.0], seconds=8.0)
    source = film(tmp_path / "film.mp4")
    target = tmp_path / f"a.{kind}"
    target.write_bytes(b"an older one")
    script = (
        "import os, signal\n"
        "from reelscore.export import render\n"
        "blocks = render.Mixer.blocks\n"
        "def killed(self):\n"
        "    yield next(blocks(self))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "render.Mixer.blocks = killed\n"
    )
    words = ["export", source, song, "--to", kind, "--out", target, "--no-cuts"]
    done = subprocess.run(
        [sys.executable, "-c", script + _COMMAND, *map(str, words)], capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert target.read_bytes() == b"an older one"
    left = {p.name for p in tmp_path.iterdir()} - {"song.wav", "film.mp4", target.name, "home"}
    assert left and all(name.startswith(".reelscore-") for name in left)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_one_line(tmp_path: Path, click_song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`/dev/full` takes every open and refuses every write as a full disk does."""
    source = film(tmp_path / "film.mp4")
    real = Path.open

    def full(self: Path, mode: str = "r", *more: object, **named: object) -> object:
        return real(
            Path("/dev/full") if self.suffix == ".part" and "w" in mode else self, mode, *more, **named
        )  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    words = ["export", source, click_song, "--to", "wav", "--out", tmp_path / "a.wav", "--no-cuts"]
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == 1
    assert "the disk is full; free some space or write elsewhere" in str(done.exception)
    assert not (tmp_path / "a.wav").exists()
