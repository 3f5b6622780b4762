"""`reelscore ingest folder|demo`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from reelscore.cli.output import print_json, print_report, progress_bar
from reelscore.cli.recommend import AsJson
from reelscore.services import IngestionService, report_payload
from reelscore.wiring import open_wiring

app = typer.Typer(help="Add music to the library.", no_args_is_help=True)


@app.command()
def folder(
    paths: Annotated[list[Path], typer.Argument(help="Folders or files; folders are read recursively.")],
    as_json: AsJson = False,
) -> None:
    """Add the audio files of folders. What is there already is left as it is."""
    _ingest("folder", {"paths": [str(path) for path in paths]}, as_json)


@app.command()
def demo(as_json: AsJson = False) -> None:
    """Add the 28 royalty-free tracks of the demo."""
    _ingest("demo", {}, as_json)


def _ingest(source: str, options: Mapping[str, Any], as_json: bool) -> None:
    service = IngestionService(open_wiring())
    with progress_bar("listening") as progress:
        report = service.ingest(source, options, progress)
    payload = report_payload(report)
    (print_json if as_json else print_report)(payload)
    # A run in which nothing at all could be used has failed, though it ended.
    if report.offered and not report.added and not report.already_known:
        raise typer.Exit(1)
