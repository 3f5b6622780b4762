"""The options of commands that score a library on labelled music."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelscore.evaluation.readers import READERS

Folder = Annotated[Path, typer.Argument(help="Folder with audio and labels.csv (docs/evaluation.md).")]
Layout = Annotated[str, typer.Option(help=f"How the folder is laid out: {', '.join(READERS)}.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Tracks at most.")]
Keep = Annotated[
    Path | None, typer.Option(help="Keep the analysed library here, so that the next run is quick.")
]
