"""`reelscore analyses export|import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelscore.cli.backend import catalog_beside
from reelscore.cli.output import escape, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.config import load_settings
from reelscore.errors import counted
from reelscore.wiring import open_wiring

app = typer.Typer(
    help="Analyses into a file and out of one, so that nobody analyses twice.", no_args_is_help=True
)


@app.command("export")
def export_(
    file: Annotated[Path, typer.Argument(help="The file to write, such as analyses.jsonl.gz.")],
    as_json: AsJson = False,
) -> None:
    """Write what was measured in the songs whose files are here, known by their sound alone."""
    from reelscore.maintenance.analyses import export_analyses

    wiring = open_wiring(load_settings())
    with catalog_beside() as catalog, progress_bar("decoding") as progress:
        made = export_analyses(catalog, wiring.embedders, file.expanduser().absolute(), progress)
    if as_json:
        print_json(made)
    else:
        say(
            f"{counted(made['written'], 'song')} in {escape(made['file'])}; {made['left_out']} left out "
            "(no file here, corrected by hand, or measured by an older version)"
        )


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A file that `analyses export` wrote.")],
    as_json: AsJson = False,
) -> None:
    """Keep the analyses of a file; an ingest of a song with the same sound takes its analysis from there."""
    from reelscore.maintenance.analyses import import_analyses

    with progress_bar("reading") as progress:
        found = import_analyses(open_wiring(load_settings()), file.expanduser(), progress)
    if as_json:
        print_json(found)
    else:
        say(f"{counted(found['read'], 'sound')} read; {found['there']} are there for the ingests that come")
