"""`reelscore models list|pull|remove|test|compare|export`."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from reelscore.cli.datasets import Folder, Keep, Layout, Limit
from reelscore.cli.output import escape, note, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.config import Settings, load_settings

app = typer.Typer(
    help="Models: pulled ones (CLAP for words, CLIP for what videos show, joint ones) and tuned ones.",
    no_args_is_help=True,
)


class PrecisionChoice(StrEnum):
    """The precisions that `--precision` takes."""

    FP32 = "fp32"
    INT8 = "int8"


Name = Annotated[
    str | None, typer.Argument(help="Of the checkpoint; not given: the one that CLAP_MODEL_NAME names.")
]
RequiredName = Annotated[
    str,
    typer.Argument(
        help="Such as laion/clap-htsat-unfused, openai/clip-vit-base-patch32, or that of a tuned one."
    ),
]
Precision = Annotated[
    PrecisionChoice, typer.Option("--precision", help="int8 is four times smaller and faster on a processor.")
]
AnyPrecision = Annotated[
    PrecisionChoice | None, typer.Option("--precision", help="Only this one of the model's precisions.")
]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every known model: what it is, how large it is, and whether it is installed."""
    from reelscore.maintenance.models import list_models

    folder, default = _settings()
    rows = list_models(folder, default=default)
    if as_json:
        print_json({"folder": str(folder), "models": rows})
        return
    for row in rows:
        star = "*" if row["default"] else " "
        say(
            f"{star} [bold]{escape(row['name'])}[/bold] {row['precision']}  {_state(row)}  "
            f"[dim]{_size(row['size'])}, {row['dim']}-d, {' and '.join(row['reads'])}"
            f"{', ' + row['licence'] if row['licence'] else ''}; {escape(row['description'])}[/dim]"
        )
    note(f"* is the default (CLAP_MODEL_NAME); models lie in {folder}")


@app.command()
def pull(name: Name = None, precision: Precision = PrecisionChoice.FP32, as_json: AsJson = False) -> None:
    """Download a model; an interrupted download goes on where it stopped."""
    from reelscore.maintenance.models import pull_model

    folder, default = _settings()
    with progress_bar("pulling", seconds=True) as progress:
        pulled = pull_model(folder, name or default, precision.value, progress).to_dict()
    if as_json:
        print_json(pulled)
        return
    what = "is there already" if pulled["already_there"] else f"pulled, {_size(pulled['downloaded'])}"
    say(f"{escape(pulled['name'])} {pulled['precision']} {what}")
    use = "`reelscore reindex --space clap` puts it to use"
    if "pictures" in pulled["reads"]:
        use = f"`reelscore reindex --space {pulled['name'].split('/')[-1]} --no-switch` puts it to use"
    if "sound" not in pulled["reads"]:
        use = "videos are analysed with it from the next start on (REELSCORE_PICTURE_WORDS=0 switches it off)"
    note(f"`reelscore models test {pulled['name']}` checks it; {use}")


@app.command()
def remove(name: RequiredName, precision: AnyPrecision = None, as_json: AsJson = False) -> None:
    """Delete a model. Vectors that were made with it stay in the library."""
    from reelscore.maintenance.models import delete_model

    freed = delete_model(_settings()[0], name, precision.value if precision else None)
    if as_json:
        print_json({"name": name, "freed": freed})
        return
    say(f"{escape(name)} removed, {_size(freed)} freed")


@app.command()
def test(name: Name = None, precision: AnyPrecision = None, as_json: AsJson = False) -> None:
    """Verify a model's files, and that it tells texts apart and something from noise; exit code 1 if not."""
    from reelscore.maintenance.models import check_model

    folder, default = _settings()
    found = check_model(folder, name or default, precision.value if precision else None)
    if as_json:
        print_json(found)
    else:
        say(f"{escape(found['name'])} {found['precision']}: {'works' if found['ok'] else 'is refused'}")
        say(f"  unrelated prompts: mean cosine {found['text_cosine']}, must be below {found['text_limit']}")
        senses = {"sound": "music", "pictures": "a picture"}
        what = " or ".join(senses[sense] for sense in found["reads"][1:])
        say(f"  {what} and noise: cosine {found['noise_cosine']}, must be below {found['noise_limit']}")
        if found["problem"]:
            say(f"[red]{escape(found['problem'])}[/red]")
    if not found["ok"]:
        raise typer.Exit(1)


@app.command()
def compare(
    folder: Folder,
    layout: Layout = "folder",
    split: Annotated[str | None, typer.Option(help="Only the tracks of dev or test.")] = None,
    limit: Limit = None,
    keep: Keep = None,
    as_json: AsJson = False,
) -> None:
    """Score the space of each installed model side by side on labelled music of your own."""
    from reelscore.evaluation.readers import read_dataset
    from reelscore.evaluation.runner import evaluate
    from reelscore.evaluation.scoring import side_by_side
    from reelscore.wiring import Wiring

    settings = load_settings()
    dataset = read_dataset(folder, layout).restrict(split=split, limit=limit)
    with tempfile.TemporaryDirectory(prefix="reelscore-compare-") as temporary:
        home = keep or Path(temporary)
        home.mkdir(parents=True, exist_ok=True)
        if settings.models_dir.is_dir() and not (home / "models").exists():
            (home / "models").symlink_to(settings.models_dir.resolve(), target_is_directory=True)
        wiring = Wiring(settings.embedded(home))
        try:
            with progress_bar("comparing") as progress:
                report = evaluate(dataset, wiring, answers=False, progress=progress)
        finally:
            wiring.close()
    rows = side_by_side([scores for scores in report.scores if scores.task in ("text", "song")])
    if as_json:
        print_json({"dataset": report.dataset, "tracks": report.tracks, "rows": rows})
        return
    say(f"[bold]{escape(report.dataset)}[/bold]: {report.tracks} tracks; bold: none is surely better")
    for row in rows:
        say(f"\n{escape(row['task'])}, {escape(row['figure'])}")
        for name, value in row["spaces"].items():
            figure = f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"
            shown = escape(figure)
            say(f"  {escape(name):24s} " + (f"[bold]{shown}[/bold]" if name in row["among_best"] else shown))


@app.command()
def export(
    name: Annotated[str, typer.Argument(help="OWNER/NAME of a CLAP checkpoint on the hub, or its folder.")],
    precision: Precision = PrecisionChoice.FP32,
    as_json: AsJson = False,
) -> None:
    """Make the files of a checkpoint that has no ONNX export; needs the extra `export` (PyTorch)."""
    from reelscore.maintenance.models import export_model

    with progress_bar("exporting") as progress:
        exported = export_model(_settings()[0], name, precision.value, progress).to_dict()
    if as_json:
        print_json(exported)
        return
    say(f"{escape(exported['name'])} {exported['precision']} exported, {_size(exported['size'])}")


def _settings() -> tuple[Path, str]:
    settings: Settings = load_settings()
    return settings.models_dir, settings.clap_model_name


def _state(row: Mapping[str, Any]) -> str:
    colour = {"installed": "green", "refused": "red"}.get(row["state"], "dim")
    return f"[{colour}]{row['state']}[/{colour}]"


def _size(size: int | None) -> str:
    return "size unknown" if size is None else f"{size / 1e6:.0f} MB"
