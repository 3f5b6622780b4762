"""Readers for the folder layouts of public data sets, as they come from their makers.

References
----------
.. [1] GTZAN: Tzanetakis, Cook. Musical genre classification of audio signals. 2002.
.. [2] GiantSteps: Knees et al. Two data sets for tempo estimation and key detection. ISMIR 2015.
.. [3] MagnaTagATune: Law et al. Evaluation of algorithms using games. ISMIR 2009.
.. [4] Song Describer: Manco et al. The Song Describer dataset. NeurIPS workshop 2023.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.evaluation.datasets import (
    Dataset,
    LabelledQuery,
    LabelledTrack,
    read_csv,
    read_folder,
    tag_queries,
)
from reelscore.files import read_text

AUDIO_SUFFIXES = frozenset({".wav", ".au", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aif", ".aiff"})


def read_gtzan(folder: Path) -> Dataset:
    """A folder for each genre [1]_, as `genres/jazz/jazz.00000.au` or without the outer folder."""
    root = next((folder / name for name in ("genres", "genres_original") if (folder / name).is_dir()), folder)
    tracks = [
        LabelledTrack(
            path=path,
            name=path.relative_to(root).as_posix(),
            title=path.stem,
            style=path.parent.name,
            tags=frozenset({path.parent.name}),
        )
        for path in _audio_files(root)
        if path.parent.parent == root
    ]
    return _dataset("gtzan", folder, tracks, tag_queries(tracks, kind="genre"))


def read_giantsteps(folder: Path) -> Dataset:
    """`annotations/` with a `.key` or `.bpm` file for each track, anywhere under the folder [2]_."""
    found: dict[str, dict[str, str]] = {}
    for suffix in (".key", ".bpm"):
        for path in sorted(folder.rglob(f"*{suffix}")):
            found.setdefault(path.stem, {})[suffix] = read_text(path).strip()
    audio = {path.stem: path for path in _audio_files(folder)}
    tracks = []
    for name in sorted(found.keys() & audio.keys()):
        tempo, key = found[name].get(".bpm"), found[name].get(".key")
        try:
            tracks.append(
                LabelledTrack(
                    path=audio[name],
                    name=audio[name].relative_to(folder).as_posix(),
                    title=name,
                    tempo_bpm=float(tempo.split()[0]) or None if tempo else None,
                    key=key.split("\t")[0].split("|")[0].strip() if key else None,
                )
            )
        except (ValueError, IndexError) as error:
            raise InvalidInputError(
                f"the annotation of {name} in {folder} cannot be read: {error}"
            ) from error
    return _dataset("giantsteps", folder, tracks, ())


def read_magnatagatune(folder: Path) -> Dataset:
    """`annotations_final.csv`, `clip_info_final.csv` if it is there, and the clips beside them [3]_."""
    information = {}
    if (folder / "clip_info_final.csv").is_file():
        rows = _rows(folder / "clip_info_final.csv", "clip_id", delimiter="\t")
        information = {row["clip_id"]: row for row in rows}
    tracks = []
    for row in _rows(folder / "annotations_final.csv", "clip_id", "mp3_path", delimiter="\t"):
        path = folder / row["mp3_path"]
        if not path.is_file():
            continue
        facts: Mapping[str, str] = information.get(row["clip_id"], {})
        tags = {tag for tag, value in row.items() if value == "1" and tag not in ("clip_id", "mp3_path")}
        tracks.append(
            LabelledTrack(
                path=path,
                name=row["mp3_path"],
                artist=facts.get("artist"),
                album=facts.get("album"),
                title=facts.get("title") or path.stem,
                tags=frozenset(tag.replace(" ", "_") for tag in tags),
            )
        )
    return _dataset("magnatagatune", folder, tracks, tag_queries(tracks, kind="tag"))


def read_song_describer(folder: Path) -> Dataset:
    """`song_describer.csv` and `audio/`; each caption is a query that one track answers [4]_."""
    tracks: dict[str, LabelledTrack] = {}
    queries = []
    by_number = {path.name.split(".")[0]: path for path in _audio_files(folder)}
    for row in _rows(folder / "song_describer.csv", "track_id", "caption"):
        number = row["track_id"]
        path = by_number.get(Path(row.get("path") or number).name.split(".")[0]) or by_number.get(number)
        if path is None:
            continue
        name = path.relative_to(folder).as_posix()
        tracks[number] = LabelledTrack(
            path=path,
            name=name,
            artist=row.get("artist_id"),
            album=row.get("album_id"),
            title=number,
        )
        if row.get("is_valid_subset", "True") == "True":
            queries.append(LabelledQuery(row["caption"], "caption", "file:" + name.replace(" ", "_")))
    return _dataset("song-describer", folder, list(tracks.values()), tuple(queries))


READERS: Mapping[str, Callable[[Path], Dataset]] = {
    "folder": read_folder,
    "gtzan": read_gtzan,
    "giantsteps": read_giantsteps,
    "magnatagatune": read_magnatagatune,
    "song-describer": read_song_describer,
}


def read_dataset(folder: Path, layout: str = "folder") -> Dataset:
    """Read a data set of a known layout.

    Raises
    ------
    UnknownNameError
        There is no such layout; the message lists those that there are.
    InvalidInputError
        The folder is missing, or is not laid out like that.
    """
    if layout not in READERS:
        raise UnknownNameError("data set layout", layout, READERS)
    if not folder.is_dir():
        raise InvalidInputError(f"{folder} is not a folder; name the one that holds the data set")
    return READERS[layout](folder)


def _audio_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in AUDIO_SUFFIXES)


def _rows(path: Path, *needed: str, delimiter: str = ",") -> Iterator[Mapping[str, str]]:
    for where, row in read_csv(path, delimiter):
        lacking = [name for name in needed if name not in row]
        if lacking:
            raise InvalidInputError(f"{where} has nothing in the column {lacking[0]!r}")
        yield row


def _dataset(
    name: str, folder: Path, tracks: list[LabelledTrack], queries: tuple[LabelledQuery, ...]
) -> Dataset:
    if not tracks:
        raise InvalidInputError(f"{folder} is not laid out like {name}: no track with its label was found")
    return Dataset(name, tuple(tracks), queries)
