"""Exports and mixes that are broken off: by a kill at random moments, and by a disk that is full.

    python tools/broken_exports.py --kills 30 --full /mnt/small

`--full` names a file system of some megabytes (`mount -t tmpfs -o size=9m tmpfs /mnt/small`), which is
filled to a random rest before each try. Whatever happens, under the name that was asked for lies what lay
there before, or the whole file; a full disk is one line that says so, and nothing is left beside it.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent.parent / "tests"
sys.path[:0] = [str(HERE / "export"), str(HERE / "video"), str(HERE)]
from films import AS_IT_IS, film, timeline_of  # noqa: E402
from sounds import clicks  # noqa: E402

from reelscore.errors import StorageError  # noqa: E402
from reelscore.placement import exports  # noqa: E402
from reelscore.records import Timeline  # noqa: E402

OLD = b"what lay there before"
KINDS = ("mix.mp4", "mix.mov", "mix.mkv", "mix.wav", "all.zip", "cue.wav", "cut.otio", "cut.fcpxml")


def make(timeline: Timeline, target: Path) -> None:
    if target.stem == "mix":
        exports.mix(timeline, target, AS_IT_IS)
    else:
        kind = target.suffix[1:]
        exports.take_away(timeline, kind, target, with_picture=kind == "zip")


def in_child(work: Callable[[], None]) -> tuple[int, int]:
    """(process, end of a pipe that says what went wrong) of work in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    try:
        work()
    except StorageError as error:
        os.write(writer, f"refused {error}".encode())
    except BaseException as error:  # noqa: BLE001 - told, and judged by the parent
        os.write(writer, f"{type(error).__name__} {error}".encode())
    os._exit(0)


def finished(child: int, reader: int) -> str:
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as told:
        return told.read().decode()


def visible(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.iterdir() if not path.name.startswith(".")}


def kills(timeline: Timeline, folder: Path, times: int, draw: random.Random) -> int:
    """How many of so many kills for each kind found the work under way."""
    hit = 0
    for name in KINDS:
        place = folder / "place"  # the same each time: paths are part of what is written
        place.mkdir()
        began = time.monotonic()
        said = finished(*in_child(lambda target=place / name: make(timeline, target)))
        needed = time.monotonic() - began
        assert not said, said
        wanted = visible(place)
        shutil.rmtree(place)
        for _ in range(times):
            place.mkdir()
            (place / name).write_bytes(OLD)
            child, reader = in_child(lambda target=place / name: make(timeline, target))
            time.sleep(draw.uniform(0.0, needed))
            os.kill(child, signal.SIGKILL)
            said = finished(child, reader)
            assert not said, said
            found = visible(place)
            hit += found[name] == len(OLD)
            for file, size in found.items():
                kept = file == name and (place / file).read_bytes() == OLD
                assert kept or size == wanted[file], f"{name}: {file} has {size} of {wanted[file]} bytes"
            shutil.rmtree(place)
        print(f"{name}: {times} kills within {needed:.2f} s, every file old or whole", flush=True)
    return hit


def full_disks(timeline: Timeline, small: Path, times: int, draw: random.Random) -> None:
    for name in KINDS:
        refused = 0
        (small / "place").mkdir()
        said = finished(*in_child(lambda target=small / "place" / name: make(timeline, target)))
        assert not said, said
        needed = sum(visible(small / "place").values())
        shutil.rmtree(small / "place")
        for _ in range(times):
            place = small / "place"
            place.mkdir()
            (place / name).write_bytes(OLD)
            free = shutil.disk_usage(small).free
            rest = draw.randrange(needed)
            (small / "filler").write_bytes(bytes(max(0, free - rest)))
            said = finished(*in_child(lambda target=place / name: make(timeline, target)))
            assert not said or (said.startswith("refused") and "disk is full" in said), said
            assert "\n" not in said
            if said:
                refused += 1
                assert (place / name).read_bytes() == OLD or name not in said
            hidden = [path.name for path in place.iterdir() if path.name.startswith(".")]
            assert not hidden, hidden
            shutil.rmtree(place)
            (small / "filler").unlink()
        print(
            f"{name}: {refused} of {times} tries on a full disk refused in one line, nothing left", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--full", type=Path, help="a small file system")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    draw = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        song = clicks(folder / "clicks.wav", [2.0, 5.5], seconds=9.0)
        timeline = timeline_of(film(folder / "film.mp4"), song)
        if chosen.full:
            full_disks(timeline, chosen.full, max(1, chosen.kills // 3), draw)
        hit = kills(timeline, folder, chosen.kills, draw)
        print(f"{hit} of {chosen.kills * len(KINDS)} kills came before the file had its name")


if __name__ == "__main__":
    main()
