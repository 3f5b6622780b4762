"""Record the answers of the demo library, which tests/answers holds.

    .venv/bin/python tools/record_answers.py                    # says what would change
    .venv/bin/python tools/record_answers.py --write            # records all of it
    .venv/bin/python tools/record_answers.py --write --only 'words/*' --only 'videos/guided'

Record anew only what a mended fault explains, and name those answers in the commit.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "answers"))

from asking import RECORDING, REELSCORE, Asker, differences, served, settings_of
from questions import QUESTIONS


def ask_all(home: Path, folder: Path) -> dict[str, Any]:
    """The songs of the demo, and the answer to each question."""
    with served(settings_of(home), folder) as client:
        asker = Asker(client)
        answers = {name: asker.ask(question) for name, question in QUESTIONS.items()}
        return {"songs": asker.titles, "answers": answers}


def written(recording: dict[str, Any]) -> str:
    """JSON with one line for each answer, so that a change of one is a change of a line."""
    parts = []
    for part, values in recording.items():
        lines = [
            f"{json.dumps(name, ensure_ascii=False)}: "
            + json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            for name, value in values.items()
        ]
        parts.append(f"{json.dumps(part)}: {{\n" + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    """Ask, compare, and write if told to."""
    parser = argparse.ArgumentParser(description="Record the answers that tests/answers holds.")
    parser.add_argument("--write", action="store_true", help="write them; else only say what differs")
    parser.add_argument("--only", action="append", metavar="PATTERN", help="only answers of these names")
    parser.add_argument("--home", type=Path, help="a library of the demo; not given: a new one")
    given = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = given.home or folder / "home"
        if not given.home:
            command = [*REELSCORE, "ingest", "demo"]
            subprocess.run(command, env=settings_of(home), cwd=folder, check=True, stdout=subprocess.DEVNULL)
        found = ask_all(home, folder)

    before = json.loads(RECORDING.read_text("utf-8")) if RECORDING.exists() else {"answers": {}}
    kept: dict[str, Any] = {}
    for name, answer in found["answers"].items():
        chosen = not given.only or any(fnmatch.fnmatchcase(name, pattern) for pattern in given.only)
        known = before["answers"].get(name)
        changes = ["not recorded yet"] if known is None else differences(known, answer, tolerance=1e-5)
        for line in changes[:8]:
            print(f"{name}: {line}")
        # An answer that differs by less than is held stays as it is, so that only real changes are seen.
        taken = answer if chosen and changes else known
        if taken is not None:
            kept[name] = taken
    if given.write:
        RECORDING.write_text(written({"songs": found["songs"], "answers": kept}), "utf-8")
        print(f"{len(kept)} answers in {RECORDING}, {RECORDING.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
