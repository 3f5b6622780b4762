"""`reelscore serve` and `reelscore demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from reelscore.children import media_in_children
from reelscore.cli.logs import use_logs
from reelscore.cli.output import note, print_answer, print_report, progress_bar, say
from reelscore.config import Settings, load_settings
from reelscore.errors import LibraryBusyError
from reelscore.ingest.service import ingest
from reelscore.payloads import report_payload
from reelscore.query.form import Query
from reelscore.search.engine import search, search_video
from reelscore.wiring import Wiring, open_wiring

Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Open = Annotated[
    bool, typer.Option("--insecure-open", help="Let everybody in who reaches the address, without a sign-in.")
]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")]

SENTENCES = ("calm acoustic guitar", "energetic electronic dance music")


def serve(host: Host = None, port: Port = None, insecure_open: Open = False) -> None:
    """Serve the page and the API until interrupted."""
    settings = load_settings()
    use_logs(settings)
    _serve(open_wiring(settings), settings, host, port, insecure_open=insecure_open)


def demo(
    serve: Annotated[bool, typer.Option(help="Serve the page afterwards.")] = True,
    host: Host = None,
    port: Port = None,
) -> None:
    """Index the demo music (once), answer a video, two sentences and a song, and serve the page."""
    from reelscore.api.command_server import answering
    from reelscore.sources.demo import demo_videos

    settings = load_settings()
    wiring = open_wiring(settings)

    say("[bold]Music[/bold]: 28 royalty-free tracks of the package immich-memories-music")
    with media_in_children(), answering(wiring, "the demo"), progress_bar("listening") as progress:
        report = ingest(wiring, "demo", {}, progress)
    print_report(report_payload(report))

    video = demo_videos()[0]
    say(f"\n[bold]A video[/bold]: {video.name}")
    with progress_bar("analysing", seconds=True) as progress:
        answer = search_video(wiring, video, Query(limit=5), progress)
    print_answer(answer.to_dict(), first=True)
    for sentence in SENTENCES:
        say(f"\n[bold]A sentence[/bold]: {sentence}")
        print_answer(search(wiring, Query(text=sentence, limit=5)).to_dict())
    asked = answer.songs[0].song
    say(f"\n[bold]A song[/bold]: more like {asked.title}")
    print_answer(search(wiring, Query(song=asked.id, limit=5)).to_dict())

    if serve:
        say()
        _serve(wiring, settings, host, port)


def _serve(
    wiring: Wiring, settings: Settings, host: str | None, port: int | None, *, insecure_open: bool = False
) -> None:
    from reelscore.api.relay import relay_until_free, wait_until_free
    from reelscore.api.server import asks_at, run_server

    place = host or settings.host, port or settings.port
    while True:
        try:
            _ = wiring.ownership
            break
        except LibraryBusyError as busy:
            if not busy.owner_doing:
                raise
            if not insecure_open and asks_at(settings, *place):
                # The process that has the library asks nobody, so nobody is passed on to it.
                note(f"waiting: {busy.owner_doing} has the library; sign-in and page begin when it is done")
                wait_until_free(wiring.settings.home)
                continue
            relay_until_free(wiring.settings.home, *place, on_listening=_say_relayed)
    run_server(
        wiring,
        *place,
        insecure_open=insecure_open,
        on_listening=lambda url: note(f"serving {url}  (stop with Ctrl+C)"),
    )


def _say_relayed(url: str, doing: str) -> None:
    note(f"serving {url}  (stop with Ctrl+C), through the process that has the library for {doing}")
