"""`reelscore eval`: score the answers on labelled music."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from reelscore.cli.datasets import Folder, Keep, Layout, Limit
from reelscore.cli.output import escape, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.config import load_settings
from reelscore.evaluation.films import evaluate_films, read_films
from reelscore.evaluation.readers import read_dataset
from reelscore.evaluation.runner import EvaluationReport, evaluate
from reelscore.filters.table import RankingOptions
from reelscore.wiring import Wiring

# Nothing that spreads an answer is scored: pure similarity is what the figures are about.
# Titles often say the labels, so names are left out: what is scored is how the music sounds.
_PURE = RankingOptions(group_versions=False, names=False)


def run(
    folder: Folder,
    layout: Layout = "folder",
    videos: Annotated[
        Path | None,
        typer.Option(help="Table of films: score the songs for them instead, over all the music."),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="Only the tracks, or with --videos the films, of dev or test."),
    ] = None,
    limit: Limit = None,
    keep: Keep = None,
    as_json: AsJson = False,
) -> None:
    """Score text search, likeness, tempo and key on labelled music, or songs for films."""
    films = read_films(videos, split=split) if videos else ()
    dataset = read_dataset(folder, layout).restrict(split=None if films else split, limit=limit)
    with tempfile.TemporaryDirectory(prefix="reelscore-eval-") as temporary:
        wiring = Wiring(load_settings().embedded(keep or Path(temporary)))
        try:
            with progress_bar("evaluating") as progress:
                if films:
                    report = evaluate_films(films, dataset, wiring, progress=progress)
                else:
                    report = evaluate(dataset, wiring, answer_options=_PURE, progress=progress)
        finally:
            wiring.close()
    if as_json:
        print_json(report.to_dict())
    else:
        _print_report(report)


def _print_report(report: EvaluationReport) -> None:
    say(f"[bold]{escape(report.dataset)}[/bold]: {report.tracks} tracks, {report.queries} queries")
    for scores in report.scores:
        counts = ", ".join(f"{name} {number}" for name, number in scores.counts.items())
        say(f"\n[bold]{escape(scores.task)}[/bold] {escape(scores.subject)}  [dim]{counts}[/dim]")
        for name, interval in scores.figures.items():
            say(f"  {name:24s} {escape(str(interval))}  [dim]of {interval.count}[/dim]")
    for line in report.left_out:
        say(f"[yellow]left out[/yellow] {escape(line)}")
