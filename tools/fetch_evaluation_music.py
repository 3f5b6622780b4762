"""Gather free soundtracks from Debian's game packages, for scoring only: nothing of it is shipped.

    .venv/bin/python tools/fetch_evaluation_music.py --out /tmp/eval/real

Each package is fetched with `apt-get download` (nothing is installed), its music is unpacked to
OUT/<soundtrack>/, and the package file is deleted. Sound effects are told from music by their length.
Needs Debian (or a relative) with `apt-get` and `dpkg-deb`; run `apt-get update` once before. About 4 GB
are downloaded, one package at a time, and 2.5 GB of music kept.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from tinytag import TinyTag, TinyTagException

# Soundtrack -> Debian packages. The labels of the tracks are in tools/evaluation_music/labels.csv.
SOUNDTRACKS = {
    "planetblupi": ("planetblupi-music-ogg",),
    "supertux": ("supertux-data",),
    "warzone2100": ("warzone2100-music",),
    "wesnoth": ("wesnoth-1.16-music",),
    "hedgewars": ("hedgewars-data",),
    "lincity": ("lincity-ng-data",),
    "neverball": ("neverball-common",),
    "openarena": ("openarena-data",),
    "nexuiz": ("nexuiz-music",),
    "extremetuxracer": ("extremetuxracer-data",),
    "btanks": ("btanks-data",),
    "singularity": ("singularity-music",),
    "ufoai": ("ufoai-music",),
    "hyperrogue": ("hyperrogue-music",),
    "drascula": ("drascula-music",),
    "ardentryst": ("ardentryst",),
    "marsshooter": ("marsshooter-data",),
    "krank": ("krank",),
    "blobwars": ("blobwars-data",),
    "starfighter": ("starfighter-data",),
    "fillets": ("fillets-ng-data",),
    "steelsky": ("beneath-a-steel-sky",),
    "amazonqueen": ("flight-of-the-amazon-queen",),
    "parsec47": ("parsec47-data",),
    "titanion": ("titanion-data",),
    "torustrooper": ("torus-trooper-data",),
    "mucade": ("mu-cade-data",),
    "gunroar": ("gunroar-data",),
    "tumikifighters": ("tumiki-fighters-data",),
    "zaz": ("zaz-data",),
    "trackballs": ("trackballs-data",),
    "xmoto": ("xmoto-data",),
    "amoebax": ("amoebax-data",),
    "asc": ("asc-music",),
    "warmux": ("warmux-data",),
    "frozenbubble": ("fb-music-high",),
    "lugaru": ("lugaru-data",),
    "lordsawar": ("lordsawar-data",),
    "tuxtype": ("tuxtype-data",),
    "colobot": ("colobot-common-sounds",),
    "scorched3d": ("scorched3d-data",),
    "brainparty": ("brainparty-data",),
    "pinkpony": ("pink-pony-data",),
    "paxbritannica": ("pax-britannica-data",),
    "doomsday": ("doomsday-data",),
    "caveexpress": ("caveexpress-data",),
    "flare": ("flare-game",),
    "freedroidrpg": ("freedroidrpg-data",),
    "megaglest": ("megaglest-data",),
    "unknownhorizons": ("unknown-horizons",),
    "torcs": ("torcs-data",),
    "naev": ("naev-data",),
    "widelands": ("widelands-data",),
    "supertuxkart": ("supertuxkart-data",),
    "0ad": ("0ad-data",),
}
MUSIC = {".ogg", ".oga", ".opus", ".mp3", ".flac", ".m4a", ".wav"}
ARCHIVES = {".pk3", ".pk4", ".zip"}
SHORTEST_SECONDS = 25.0


def main() -> None:
    """Fetch what is not there yet; a package that cannot be had is a line on the screen, not a stop."""
    parser = argparse.ArgumentParser(description="Gather free soundtracks from Debian's game packages.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=sorted(SOUNDTRACKS), choices=sorted(SOUNDTRACKS))
    arguments = parser.parse_args()
    for soundtrack in (name for name in SOUNDTRACKS if name in arguments.only):
        folder = arguments.out / soundtrack
        if folder.exists():
            continue
        partial = folder.with_name(f"{soundtrack}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            kept = sum(unpack(package, partial) for package in SOUNDTRACKS[soundtrack])
        except subprocess.CalledProcessError as error:
            shutil.rmtree(partial)
            print(f"{soundtrack}: left out, {error}", file=sys.stderr)
            continue
        partial.rename(folder)
        print(f"{soundtrack}: {kept} tracks", flush=True)


def unpack(package: str, folder: Path) -> int:
    """Write the music of one Debian package into a folder, flat; says how many tracks."""
    kept = 0
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["apt-get", "download", package], cwd=scratch, check=True, capture_output=True)
        archive = next(Path(scratch).glob("*.deb"))
        data = Path(scratch) / "data.tar"
        with data.open("wb") as target:
            subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, stdout=target)
        archive.unlink()
        with tarfile.open(data) as tar:
            for member in tar:
                source = tar.extractfile(member) if member.isfile() else None
                if source is None:
                    continue
                if Path(member.name).suffix.lower() in ARCHIVES:
                    with zipfile.ZipFile(source) as inner:
                        for name in inner.namelist():
                            kept += keep(inner.open(name), Path(name), folder)
                else:
                    kept += keep(source, Path(member.name), folder)
    return kept


def keep(source: IO[bytes], name: Path, folder: Path) -> bool:
    """Write one file of a package where it is music; says whether it was."""
    head = source.read(4)
    # Some games name their music without an ending.
    suffix = name.suffix.lower() or {b"OggS": ".ogg", b"fLaC": ".flac"}.get(head, "")
    if suffix not in MUSIC:
        return False
    target_path = folder / f"{name.stem}{suffix}"
    if target_path.exists():
        target_path = folder / f"{name.parent.name}-{name.stem}{suffix}"
    with target_path.open("wb") as target:
        target.write(head)
        shutil.copyfileobj(source, target)
    if not is_music(target_path):
        target_path.unlink()
        return False
    return True


def is_music(path: Path) -> bool:
    """Whether a file is long enough to be a piece of music."""
    try:
        return (TinyTag.get(path).duration or 0.0) >= SHORTEST_SECONDS
    except TinyTagException:
        return False


if __name__ == "__main__":
    main()
