"""`reelscore reindex`."""

from __future__ import annotations

from typing import Annotated

import typer

from reelscore.children import media_in_children
from reelscore.cli.output import escape, note, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.wiring import open_wiring


def reindex(
    space: Annotated[
        str, typer.Option("--space", help="clap, lite, the name of a tuned space, or the full name of one.")
    ],
    keep: Annotated[
        bool, typer.Option("--no-switch", help="Only embed: searches stay in the space that they are in.")
    ] = False,
    allow_gaps: Annotated[
        bool, typer.Option("--allow-gaps", help="Switch though the sound of some songs cannot be had.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Embed the library into another space, and then search by words there; exit code 1 with gaps.

    A run that was interrupted goes on where it stopped. Searches go on in the old space meanwhile.
    """
    from reelscore.maintenance.reembed import ReindexingService

    with media_in_children(), progress_bar("embedding") as progress:
        report = ReindexingService(open_wiring()).reindex_space(
            space, switch=not keep, allow_gaps=allow_gaps, progress=progress
        )
    if as_json:
        print_json(report.to_dict())
    else:
        for issue in report.failed:
            say(f"[yellow]failed[/yellow] {escape(issue.name)}: {escape(issue.reason)}")
        say(
            f"{report.space}: {report.songs} songs = {report.embedded} embedded + "
            f"{report.already_there} already there + {len(report.failed)} failed + {report.removed} removed  "
            f"[dim]({report.seconds:.1f} s)[/dim]"
        )
        say(
            f"searches by words are answered in {report.space}" if report.switched else "nothing was switched"
        )
        if report.failed and not report.switched and not keep:
            note("mend these and run it again, or switch without them: --allow-gaps")
    if not report.complete:
        raise typer.Exit(1)
