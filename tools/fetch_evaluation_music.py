"""Gather free soundtracks from Debian's game packages, for scoring only: nothing of it is shipped.

    .venv/bin/python tools/fetch_evaluation_music.py --out SET

Each package is fetched with `apt-get download` (nothing is installed), its music is found, an excerpt from
the middle of each labelled track is written to OUT/<soundtrack>/, and the package is deleted. The labels and
queries of `evaluation_music/` are copied beside it, so that OUT is a data set for `reelscore eval`. Needs
Debian (or a relative) with `apt-get` and `dpkg-deb`; run `apt-get update` once before. About 4 GB are
downloaded, one package at a time, and 0.3 GB kept.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import av
from tinytag import TinyTag, TinyTagException

from reelscore.audio.decode import load, probe

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
EXCERPT_SECONDS = 45.0
EXCERPT_RATE = 48_000
LABELS = Path(__file__).parent / "evaluation_music"


def main() -> None:
    """Fetch what is not there yet; a package that cannot be had is a line on the screen, not a stop."""
    parser = argparse.ArgumentParser(description="Gather free soundtracks from Debian's game packages.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=sorted(SOUNDTRACKS), choices=sorted(SOUNDTRACKS))
    parser.add_argument(
        "--whole", type=Path, help="keep the whole tracks in this folder too, labelled or not"
    )
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in ("labels.csv", "queries.csv"):
        shutil.copyfile(LABELS / name, arguments.out / name)
    with (LABELS / "labels.csv").open(newline="") as file:
        wanted = {row["file"] for row in csv.DictReader(file)}
    for soundtrack in (name for name in SOUNDTRACKS if name in arguments.only):
        missing = [n for n in wanted if n.startswith(f"{soundtrack}/") and not (arguments.out / n).exists()]
        if not missing:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            whole = (arguments.whole or Path(scratch)) / soundtrack
            try:
                if not whole.is_dir():
                    whole.mkdir(parents=True)
                    for package in SOUNDTRACKS[soundtrack]:
                        unpack(package, whole)
            except subprocess.CalledProcessError as error:
                print(f"{soundtrack}: left out, {error}", file=sys.stderr)
                continue
            for path in sorted(whole.iterdir()):
                name = f"{soundtrack}/{path.stem}.opus"
                if name in missing:
                    cut(path, arguments.out / name)
        left = [name for name in missing if not (arguments.out / name).exists()]
        print(f"{soundtrack}: {len(missing) - len(left)} excerpts, {len(left)} missing", flush=True)


def cut(path: Path, target: Path) -> None:
    """Write an excerpt from the middle of a track as mono Opus."""
    length = probe(path).duration or 0.0
    clip = load(
        path,
        sample_rate=EXCERPT_RATE,
        offset=max(0.0, (length - EXCERPT_SECONDS) / 2),
        duration=EXCERPT_SECONDS,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with av.open(str(partial), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=EXCERPT_RATE, layout="mono", bit_rate=96_000)
        frame = av.AudioFrame.from_ndarray(clip.samples[None], format="flt", layout="mono")
        frame.sample_rate = EXCERPT_RATE
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=EXCERPT_RATE)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    partial.rename(target)


def unpack(package: str, folder: Path) -> int:
    """Write the music of one Debian package into a folder, flat; says how many tracks."""
    kept = 0
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["apt-get", "download", package], cwd=scratch, check=True, capture_output=True)
        for path, source in packed(next(Path(scratch).glob("*.deb"))):
            if path.suffix.lower() in ARCHIVES:
                with zipfile.ZipFile(source) as inner:
                    for name in inner.namelist():
                        kept += keep(inner.open(name), Path(name), folder)
            else:
                kept += keep(source, path, folder)
    return kept


def packed(archive: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """The files of a wheel, a tarball or a Debian package (which is deleted), one after the other."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                yield Path(name), wheel.open(name)
        return
    if archive.suffix == ".deb":
        data = archive.with_name("data.tar")
        with data.open("wb") as target:
            subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, stdout=target)
        archive.unlink()
        archive = data
    with tarfile.open(archive) as tar:
        for member in tar:
            source = tar.extractfile(member) if member.isfile() else None
            if source is not None:
                yield Path(member.name), source


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
