"""Films that lie there as pictures, a file for each: they are not opened, and it is said what to do."""

from __future__ import annotations

import re
from pathlib import Path

from reelscore.audio.container import checked_path
from reelscore.errors import MediaNotFoundError

_SUFFIXES = frozenset(".bmp .cin .dng .dpx .exr .heic .jpeg .jpg .png .tga .tif .tiff".split())
# How programs write all files of a sequence at once.
_PATTERN = re.compile(r"%\d*d|#+|\*")
_NUMBER = re.compile(r"\d+(?=\D*$)")


def checked_film(path: str | Path) -> Path:
    """The path of a film, as `checked_path` has it; if it lies there as pictures, its error says so."""
    try:
        return checked_path(path)
    except MediaNotFoundError as error:
        if said := said_of_pictures(Path(path)):
            raise MediaNotFoundError(said) from error
        raise


def said_of_pictures(path: Path) -> str | None:
    """What is to be said of a picture, a folder with some or the pattern of their names; None of all else."""
    if path.is_dir():
        first = min((each for each in path.iterdir() if each.suffix.lower() in _SUFFIXES), default=None)
        return None if first is None else f"{path} is a folder of pictures and no film{_advice(first)}"
    if path.suffix.lower() not in _SUFFIXES:
        return None
    many = _PATTERN.search(path.name)
    return f"{path} {'names pictures' if many else 'is a picture'} and no film{_advice(path)}"


def _advice(picture: Path) -> str:
    """What to do, for a picture or the pattern of its name."""
    number = _NUMBER.search(picture.stem)
    pattern = _PATTERN.search(picture.name)
    if pattern is None and number is None:
        return "; choose a video"
    name, start = picture.name, ""
    if pattern is None and number is not None:
        digits = number.group()
        name = f"{name[: number.start()]}%0{len(digits)}d{name[number.end() :]}"
        start = f"-start_number {int(digits)} "
    elif pattern is not None and pattern.group().startswith("#"):
        name = name.replace(pattern.group(), f"%0{len(pattern.group())}d")
    return f"; make one of the sequence first, such as by ffmpeg -framerate 25 {start}-i '{name}' film.mp4"
