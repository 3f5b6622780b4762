"""`reelscore ingest folder|demo|itunes|youtube`."""

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


@app.command()
def itunes(
    artist: Annotated[
        list[str] | None, typer.Option("--artist", help="Artist to search for; may be given several times.")
    ] = None,
    term: Annotated[str | None, typer.Option("--term", help="Words to search for.")] = None,
    country: Annotated[
        str | None, typer.Option("--country", help="Store, such as US or DE; else REELSCORE_ITUNES_COUNTRY.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help="Songs of each search, 1 to 2000.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Add songs of the iTunes store. Their previews are analysed and deleted; the store's links are kept."""
    options = {"artists": artist or [], "term": term, "country": country, "limit": limit}
    _ingest("itunes", options, as_json)


@app.command()
def youtube(
    max_videos: Annotated[int, typer.Option("--max-videos", help="Videos to take at most.")] = 50,
    region: Annotated[
        str | None, typer.Option("--region", help="Country of the chart; else REELSCORE_YOUTUBE_REGION.")
    ] = None,
    url: Annotated[
        list[str] | None,
        typer.Option("--url", help="Video or playlist to take instead of the chart; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add the music that is trending on YouTube, or videos at given addresses.

    Without REELSCORE_YOUTUBE_AUDIO=1 no sound is fetched, and there are only metadata and links.
    """
    _ingest("youtube", {"max_videos": max_videos, "region": region, "urls": url or []}, as_json)


def _ingest(source: str, options: Mapping[str, Any], as_json: bool) -> None:
    service = IngestionService(open_wiring())
    with progress_bar("listening") as progress:
        report = service.ingest(source, options, progress)
    payload = report_payload(report)
    (print_json if as_json else print_report)(payload)
    # A run in which nothing at all could be used has failed, though it ended.
    if report.offered and not report.added and not report.already_known:
        raise typer.Exit(1)
