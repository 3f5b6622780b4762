"""`reelscore train`: teach words of one's own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reelscore.cli.output import escape, note, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.config import load_settings
from reelscore.errors import InvalidInputError, counted
from reelscore.wiring import Wiring, open_wiring

if TYPE_CHECKING:
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
    lesson = _of_library() if folder is None else _of_folder(folder, split, keep)
    found = learn(lesson, models, out, seed=seed)
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
        say(f"mean gain on songs of other albums: AUC {gain:+.3f} [{low:+.3f}, {high:+.3f}]")
        say(f"nDCG@10 of the labels as words: {found.ndcg[0]:.3f} before, {found.ndcg[1]:.3f} learnt")
        if found.refusal:
            say(f"[red]refused[/red]: {found.refusal}")
        else:
            say(f"made the space {found.space}  [dim]({found.seconds:.1f} s)[/dim]")
            note(f"`reelscore reindex --space {out}` puts it to use")
    if found.refusal:
        raise typer.Exit(1)


def _of_library() -> Lesson:
    from reelscore.training.labels import from_library

    return from_library(open_wiring())


def _of_folder(folder: Path, split: str | None, keep: Path | None) -> Lesson:
    from reelscore.evaluation.datasets import read_folder
    from reelscore.evaluation.runner import load_into_library
    from reelscore.training.labels import from_dataset

    dataset = read_folder(folder).restrict(split=split)
    with tempfile.TemporaryDirectory(prefix="reelscore-train-") as temporary:
        wiring = Wiring(load_settings().embedded(keep or Path(temporary)))
        try:
            with progress_bar("analysing") as progress:
                loaded = load_into_library(dataset, wiring, progress=progress)
            return from_dataset(loaded, wiring)
        finally:
            wiring.close()
