"""Kill what works on a filled library at random moments, and see that nothing is lost, doubled or half there.

    python tools/kill_works.py --backend edge --kills 100
    python tools/kill_works.py --backend celery --kills 100

A fifth of the kills each for an ingest (as `kill_test.py` has it, which also says what the backends are),
`index rebuild`, `backup`, `mix` and `export --to zip`. After each kill a file that was being written has to
be what lay there before, or whole; after the last one each work runs to its end, and every track has to be
there exactly once, in SQL and in every index.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import kill_test
from reelscore.maintenance.backup import check_backup
from reelscore.sources.demo import demo_videos

OLD = b"what lay there before"


def works(folder: Path, music: Path) -> dict[str, tuple[list[str], Path | None]]:
    """The arguments of each command, and the file that it writes."""
    film = next(path for path in demo_videos() if path.name == "bikes.mp4")
    song = next(path for path in sorted(music.rglob("*.flac")))
    mixed, packed, backup = folder / "mix.mp4", folder / "film.zip", folder / "library.zip"
    return {
        "index rebuild": (["index", "rebuild"], None),
        "backup": (["backup", str(backup)], backup),
        "mix": (["mix", str(film), str(song), "--out", str(mixed), "--no-duck"], mixed),
        "export": (
            ["export", str(film), str(song), "--to", "zip", "--out", str(packed), "--no-cuts"],
            packed,
        ),
    }


def kill_work(
    command: list[str],
    target: Path | None,
    kills: int,
    settings: dict[str, str],
    draw: random.Random,
    problem: Callable[[str], None],
) -> tuple[float, int]:
    """Seconds that the work takes when nobody disturbs it, and how many kills came before its end."""
    run = [*kill_test.REELSCORE, *command]
    began = time.monotonic()
    done = subprocess.run(run, env=settings, capture_output=True, text=True, check=False)
    needed = time.monotonic() - began
    if done.returncode:
        problem(f"{command[0]}: {done.stderr[-500:]}")
    whole = target.stat().st_size if target else 0
    under_way = 0
    for _ in range(kills):
        if target and command[0] == "backup":
            target.unlink(missing_ok=True)  # it writes over no file
        elif target:
            target.write_bytes(OLD)
        process = subprocess.Popen(run, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(draw.uniform(0.2, 1.0) * needed)
        except subprocess.TimeoutExpired:
            under_way += 1
        process.kill()
        process.wait()
        if target and command[0] == "backup":
            if target.exists():
                check_backup(target)
        elif target and target.read_bytes() != OLD and abs(target.stat().st_size - whole) > whole // 100:
            problem(f"{command[0]}: {target.stat().st_size} of {whole} bytes")  # paths are part of some files
    if target:
        target.unlink(missing_ok=True)
    done = subprocess.run(run, env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        problem(f"{command[0]} after the kills: {done.stderr[-500:]}")
    return needed, under_way


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", choices=("edge", "celery"), required=True)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--tracks", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    share = options.kills // 5
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = stack.enter_context(kill_test.environment(options.backend, folder))
        outcome = kill_test.Outcome(options.backend, share, options.tracks)
        kill_test.run(outcome, folder, settings, seconds=10.0, seed=options.seed)
        print(
            f"\ningest: {share} kills, {outcome.in_the_middle} with some tracks there and some not",
            flush=True,
        )
        (folder / "made").mkdir()
        for name, (command, target) in works(folder / "made", folder / "music").items():
            needed, hit = kill_work(command, target, share, settings, draw, outcome.problems.append)
            print(f"{name}: {share} kills, {hit} before its end, of {needed:.1f} s", flush=True)
        kill_test.examine(settings, outcome)
    for problem in outcome.problems:
        print(f"PROBLEM: {problem}")
    print(f"{options.backend}: {outcome.songs} songs in SQL, in the indexes {outcome.points}")
    print("nothing lost, nothing doubled, no half file" if not outcome.problems else "NOT CLEAN")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
