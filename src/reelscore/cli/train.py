"""`reelscore train`: teach words of one's own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reelscore.cli.output import escape, note, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.config import load_settings
from reelscore.errors import InvalidInputError, UnknownNameError, counted
from reelscore.wiring import Wiring, open_wiring

if TYPE_CHECKING:
    from reelscore.embedding.base import TextEmbedder
    from reelscore.training.labels import Lesson

_MOST_SHOWN = 40


def train(
    out: Annotated[str, typer.Option("--out", help="Name of the space that is made.")],
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder with audio and labels.csv (docs/evaluation.md).", show_default=False),
    ] = None,
    from_library: Annotated[
        bool, typer.Option("--from-library", help="Learn genres, folders and shortlists of the library.")
    ] = False,
    split: Annotated[str | None, typer.Option(help="Only the tracks of this split of the folder.")] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the analysed folder here, so that the next run is quick.")
    ] = None,
    base: Annotated[
        str,
        typer.Option(
            "--base", help="The space of words that is tuned: lite, clap or the name of a joint model."
        ),
    ] = "lite",
    seed: Annotated[int, typer.Option(help="Of folds and intervals.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Learn labels as words to search with; exit code 1 if nothing is gained on songs of other albums.

    The space is used after `reelscore reindex --space NAME`; `reelscore models remove NAME` takes it away.
    """
    from reelscore.training.run import check_name
    from reelscore.training.run import train as learn

    check_name(out)
    if (folder is None) == (not from_library):
        raise InvalidInputError("name a folder with labels, or give --from-library")
    models = load_settings().models_dir
    lesson, reader = _of_library(base) if folder is None else _of_folder(folder, split, keep, base)
    found = learn(lesson, models, out, reader=reader, seed=seed)
    if as_json:
        print_json(found.to_dict())
    else:
        for row in sorted(found.labels, key=lambda row: -row["gain"])[:_MOST_SHOWN]:
            mark = "[green]learnt[/green]" if row["taken"] else "[dim]left out[/dim]"
            say(
                f"{mark}  {escape(row['label'])}  [dim]{counted(row['songs'], 'song')}, "
                f"AUC {row['words']:.2f} by its words, {row['both']:.2f} learnt "
                f"({row['gain']:+.3f} ± {2 * row['error']:.3f})[/dim]"
            )
        gain, low, high = found.gain
        say(f"mean gain of texts on songs of other albums: AUC {gain:+.3f} [{low:+.3f}, {high:+.3f}]")
        say(f"nDCG@10 of the texts: {found.ndcg[0]:.3f} before, {found.ndcg[1]:.3f} learnt")
        if found.refusal:
            say(f"[red]refused[/red]: {found.refusal}")
        else:
            say(f"made the space {found.space}  [dim]({found.seconds:.1f} s)[/dim]")
            note(f"`reelscore reindex --space {out}` puts it to use")
    if found.refusal:
        raise typer.Exit(1)


def _reader(wiring: Wiring, base: str) -> TextEmbedder:
    suite = wiring.embedders
    reader = suite.reader(base)
    known = [suite.lite.name, *(each.name for each in suite.models)]
    if reader is None or reader.name not in known:
        raise UnknownNameError("space that can be tuned", base, known)
    return reader


def _of_library(base: str) -> tuple[Lesson, TextEmbedder]:
    from reelscore.training.labels import from_library

    wiring = open_wiring()
    reader = _reader(wiring, base)
    return from_library(wiring, reader), reader


def _of_folder(folder: Path, split: str | None, keep: Path | None, base: str) -> tuple[Lesson, TextEmbedder]:
    from reelscore.evaluation.datasets import read_folder
    from reelscore.evaluation.runner import load_into_library
    from reelscore.training.labels import from_dataset

    dataset = read_folder(folder).restrict(split=split)
    with tempfile.TemporaryDirectory(prefix="reelscore-train-") as temporary:
        wiring = Wiring(load_settings().embedded(keep or Path(temporary)))
        try:
            reader = _reader(wiring, base)
            with progress_bar("analysing") as progress:
                loaded = load_into_library(dataset, wiring, progress=progress)
            return from_dataset(loaded, wiring, reader), reader
        finally:
            wiring.close()
