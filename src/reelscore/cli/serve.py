"""`reelscore serve` and `reelscore demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from reelscore.cli.output import note, print_answer, print_report, progress_bar, say
from reelscore.config import Settings, load_settings
from reelscore.facade import IngestionService, RecommendationService, report_payload
from reelscore.wiring import Wiring, open_wiring

Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")]

SENTENCES = ("calm acoustic guitar", "energetic electronic dance music")


def serve(host: Host = None, port: Port = None) -> None:
    """Serve the page and the API until interrupted."""
    settings = load_settings()
    _serve(open_wiring(settings), settings, host, port)


def demo(
    serve: Annotated[bool, typer.Option(help="Serve the page afterwards.")] = True,
    host: Host = None,
    port: Port = None,
) -> None:
    """Index the demo music (once), answer a video, two sentences and a song, and serve the page."""
    from reelscore.sources.demo import demo_videos

    settings = load_settings()
    wiring = open_wiring(settings)
    service = RecommendationService(wiring)

    say("[bold]Music[/bold]: 28 royalty-free tracks of the package immich-memories-music")
    with progress_bar("listening") as progress:
        report = IngestionService(wiring).ingest("demo", {}, progress)
    print_report(report_payload(report))

    video = demo_videos()[0]
    say(f"\n[bold]A video[/bold]: {video.name}")
    with progress_bar("analysing", seconds=True) as progress:
        answer = service.recommend_video(video, limit=5, progress=progress)
    print_answer(answer.to_dict())
    for sentence in SENTENCES:
        say(f"\n[bold]A sentence[/bold]: {sentence}")
        print_answer(service.recommend_text(sentence, limit=5).to_dict())
    asked = answer.songs[0].song
    say(f"\n[bold]A song[/bold]: more like {asked.title}")
    print_answer(service.recommend_song(asked.id, limit=5).to_dict())

    if serve:
        say()
        _serve(wiring, settings, host, port)


def _serve(wiring: Wiring, settings: Settings, host: str | None, port: int | None) -> None:
    from reelscore.api.server import run_server

    run_server(
        wiring,
        host or settings.host,
        port or settings.port,
        on_listening=lambda url: note(f"serving {url}  (stop with Ctrl+C)"),
    )
