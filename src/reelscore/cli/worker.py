"""`reelscore worker`."""

from __future__ import annotations

from typing import Annotated

import typer

from reelscore.children import media_in_children
from reelscore.cli.logs import use_logs
from reelscore.cli.output import note
from reelscore.config import load_settings
from reelscore.wiring import open_wiring


def worker(
    concurrency: Annotated[
        int, typer.Option("--concurrency", "-c", min=1, max=32, help="Jobs that run at the same time.")
    ] = 1,
    queues: Annotated[
        str | None,
        typer.Option("--queues", "-Q", help="What to work on: videos, films, library; not given: all of it."),
    ] = None,
) -> None:
    """Work on the jobs that `serve` sends over CELERY_BROKER_URL, until interrupted.

    Jobs run on threads of this process, which share its models. When it is stopped, what it was working on
    goes back in line.
    """
    from reelscore.jobs.celery_app import queue_names
    from reelscore.jobs.queues import open_celery_queue, sign_of_life

    queue_names(queues)  # a mistake is reported before anything is connected
    settings = load_settings()
    use_logs(settings)
    wiring = open_wiring(settings)
    queue = open_celery_queue(wiring)
    wiring.sync.in_jobs = True  # a server starts that job
    alive = sign_of_life(wiring)
    alive.parent.mkdir(parents=True, exist_ok=True)
    with media_in_children():
        code = queue.work(
            concurrency=concurrency,
            queues=queues,
            on_ready=lambda: note("working (stop with Ctrl+C)"),
            on_look=alive.touch,
        )
    if code:
        raise typer.Exit(code)
