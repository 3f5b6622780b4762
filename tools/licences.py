"""Write `docs/licences.md`: the licence of every package that a lock may install beside reelscore.

python tools/licences.py      # in an environment that has them, as `make test` makes it
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
LOCKS = ("core", "demo", "server")
_HEAD = """# Licences of what is installed beside reelscore

Every package of `requirements/core.txt` (what a plain install takes), `demo.txt` and `server.txt` (the image,
with the extras for servers), as its own metadata states it; `python tools/licences.py` writes this page.
reelscore itself is under the MIT licence.

| Package | Licence | In |
|---|---|---|
"""


def pinned(lock: str) -> set[str]:
    """The names of the packages of a lock."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    return {name.lower() for name in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", text, re.MULTILINE)}


def licence(name: str) -> str:
    """What the metadata of a package says, in a few words."""
    try:
        found = metadata(name)
    except PackageNotFoundError:
        return "for other systems or versions of Python than the one that wrote this page"
    stated = found.get("License-Expression") or ""
    classes = [
        line.rpartition(" :: ")[2] for line in found.get_all("Classifier") or () if "License ::" in line
    ]
    text = stated or ", ".join(one for one in classes if one != "OSI Approved") or found.get("License") or ""
    return " ".join(text.split())[:120] or "not stated"


def main() -> None:
    places: dict[str, list[str]] = {}
    for lock in LOCKS:
        for name in pinned(lock):
            places.setdefault(name, []).append(lock)
    rows = [f"| {name} | {licence(name)} | {', '.join(where)} |" for name, where in sorted(places.items())]
    PAGE.write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE.relative_to(ROOT)}: {len(rows)} packages\n")


if __name__ == "__main__":
    main()
