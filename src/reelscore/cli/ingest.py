"""`reelscore ingest folder|demo|itunes|jellyfin|plex|subsonic|youtube`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from reelscore.children import media_in_children
from reelscore.cli.output import note, print_json, print_report, progress_bar, say_waiting
from reelscore.cli.panels import AsJson
from reelscore.config import load_settings
from reelscore.ingest.reconcile import DOUBTFUL
from reelscore.ingest.service import ingest
from reelscore.jobs.hooks import tell_changes
from reelscore.jobs.lanes import work_name
from reelscore.payloads import report_payload
from reelscore.records import ProgressCallback
from reelscore.remote.asking import follow_job
from reelscore.remote.owner import OwnerClient, find_owner
from reelscore.wiring import open_wiring

app = typer.Typer(help="Add music to the library.", no_args_is_help=True)
_ServerUrl = Annotated[
    str | None, typer.Argument(metavar="URL", help="Address of the server; else REELSCORE_..._URL.")
]
_Mounted = Annotated[
    Path | None,
    typer.Option(
        "--folder", help="Where its music folder is mounted, to read files there; else REELSCORE_..._FOLDER."
    ),
]


@app.command()
def folder(
    paths: Annotated[list[Path], typer.Argument(help="Folders or files; folders are read recursively.")],
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove songs whose files are gone from these folders.")
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="With --prune: remove them also if it looks like a disk that is away."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add the audio files of folders. Known files that have not changed are not opened again.

    Songs keep their identity when their file is moved or gets other sound. Files that are gone are named;
    their songs stay, unless --prune removes them. It removes nothing, and exits with 1, if a folder with
    songs became empty or is gone, or if more than half of a folder's songs (and more than ten) would go: a
    disk that is not mounted looks like that. --yes confirms it.
    """
    whole = [str(path.expanduser().absolute()) for path in paths]
    _ingest("folder", {"paths": whole, "prune": prune, "yes": yes}, as_json)


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
def subsonic(url: _ServerUrl = None, folder: _Mounted = None, as_json: AsJson = False) -> None:
    """Add the songs of a music server that speaks OpenSubsonic, such as Navidrome, Gonic or Ampache.

    REELSCORE_SUBSONIC_USER and _PASSWORD, or _API_KEY, say who asks. What is known is not fetched again.
    """
    _ingest_server("subsonic", url, folder, as_json)


@app.command()
def jellyfin(url: _ServerUrl = None, folder: _Mounted = None, as_json: AsJson = False) -> None:
    """Add the songs of a Jellyfin server.

    REELSCORE_JELLYFIN_USER and _PASSWORD, or _TOKEN, say who asks. What is known is not fetched again.
    """
    _ingest_server("jellyfin", url, folder, as_json)


@app.command()
def plex(url: _ServerUrl = None, folder: _Mounted = None, as_json: AsJson = False) -> None:
    """Add the songs of a Plex Media Server.

    REELSCORE_PLEX_TOKEN says who asks. What is known is not fetched again.
    """
    _ingest_server("plex", url, folder, as_json)


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


def _ingest_server(kind: str, url: str | None, folder: Path | None, as_json: bool) -> None:
    mounted = str(folder.expanduser().absolute()) if folder is not None else None
    _ingest(kind, {"url": url, "folder": mounted}, as_json)


def _ingest(source: str, options: Mapping[str, Any], as_json: bool) -> None:
    from reelscore.api.command_server import answering  # which takes its time to be imported
    from reelscore.search.saved import renew_saved

    wiring = open_wiring(load_settings())
    owner = find_owner(wiring)
    with progress_bar("listening") as progress:
        if owner is not None:
            payload = _ingest_there(owner, source, options, progress)
        else:
            doing = work_name("ingest", {"source": source, "options": options})
            # What others asked for is done behind the block, and wants children too.
            with media_in_children(), answering(wiring, doing, on_waiting=say_waiting):
                report = ingest(wiring, source, options, progress)
                renewed = renew_saved(wiring, everything=bool(report.changed), progress=progress)
                payload = report_payload(report)
                tell_changes(wiring.settings, payload, renewed)
    (print_json if as_json else print_report)(payload)
    # A run in which nothing at all could be used has failed, though it ended; so has one that did not prune.
    refused = any(issue["code"] == DOUBTFUL for issue in payload["failed"])
    if refused or (payload["offered"] and not payload["added"] and not payload["already_known"]):
        raise typer.Exit(1)


def _ingest_there(
    owner: OwnerClient, source: str, options: Mapping[str, Any], progress: ProgressCallback
) -> dict[str, Any]:
    """Ingest in the owner; returns the report. Ctrl-C cancels the job there.

    Raises as `follow_job` does, and RemoteError if the owner refused.
    """
    given = {name: value for name, value in options.items() if value not in (None, [], False)}
    started = owner.request("POST", "/api/library/ingest", json={"source": source, "options": given})
    job_id: str = started["task_id"]
    note(f"{owner.name} owns the library and does the work, as task {job_id}")
    return follow_job(owner, job_id, progress, kept="; what it added stays", tell=note)
