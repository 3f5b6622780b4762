"""`reelscore backup` and `reelscore restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelscore.cli.output import escape, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.config import load_settings
from reelscore.errors import counted


def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write; it must not be there.")],
    as_json: AsJson = False,
) -> None:
    """Write the library into one archive, also while a server uses it, and check it.

    In it: songs, measurements, vectors, analyses, projects, jobs, users. Not in it: music files, models,
    uploads, and vector indexes, which are filled again.
    """
    from reelscore.maintenance.backup import back_up

    with progress_bar("copying") as progress:
        made = back_up(load_settings(), file, progress)
    if as_json:
        print_json(made)
    else:
        say(
            f"{counted(made['songs'], 'song')} in {escape(made['file'])}, "
            f"{made['bytes'] / 1e6:,.1f} MB unpacked, checked"
        )


def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `backup` wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Give up the library that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a library back from an archive, once its checksum is right. No server may run meanwhile."""
    from reelscore.maintenance.backup import restore as put_back

    with progress_bar("copying") as progress:
        found = put_back(load_settings(), file, force=force, progress=progress)
    if as_json:
        print_json(found)
    else:
        say(f"{counted(found['songs'], 'song')} of {found['made_at'][:16]}Z are in {escape(found['home'])}")
