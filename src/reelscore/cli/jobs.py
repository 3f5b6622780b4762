"""`reelscore jobs list|show|cancel|retry|clear`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from reelscore.cli.backend import open_backend
from reelscore.cli.output import escape, note, print_json, say
from reelscore.cli.panels import AsJson
from reelscore.errors import InvalidInputError, counted
from reelscore.payloads import duration_text

app = typer.Typer(help="Long work: what waits, runs and is over.", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(help="The id of the job, as `jobs list` shows it.")]


@app.command("list")
def list_jobs(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The newest jobs."""
    jobs = open_backend().jobs(limit)
    if as_json:
        print_json({"jobs": jobs})
        return
    if not jobs:
        say("no jobs")
    for job in jobs:
        what = escape("  ".join(filter(None, (job["kind"], job.get("about")))))
        how = escape("  ".join(filter(None, (_times(job), _progress(job)))))
        say(f"{job['task_id']}  {_state(job)}  {what}  [dim]{how}[/dim]")


@app.command()
def show(job_id: JobId, as_json: AsJson = False) -> None:
    """One job, with its result or its error."""
    _print(open_backend().job(job_id), as_json)


@app.command()
def cancel(job_id: JobId, as_json: AsJson = False) -> None:
    """Stop a job: at once if it waits, at its next step if it runs."""
    _print(open_backend().cancel_job(job_id), as_json)


@app.command()
def retry(job_id: JobId, as_json: AsJson = False) -> None:
    """Run a job that failed or was cancelled again, as a new one."""
    again = open_backend().retry_job(job_id)
    _print(again, as_json)
    if again["state"] == "queued":
        note("it runs as soon as a server or a worker is there for it")


@app.command()
def clear(
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", help="Only those over for this long, such as 12h, 30d or 4w."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Remove the jobs that are over, with their results and uploads. One that waits or runs always stays."""
    removed = open_backend().clear_jobs(_age(older_than) if older_than else timedelta(0))
    if as_json:
        print_json({"removed": removed})
    else:
        say(f"{counted(removed, 'job')} removed")


def _age(text: str) -> timedelta:
    """A length of time such as "12h", "30d" or "4w"."""
    found = re.fullmatch(r"(\d{1,5})\s*([hdw])", text.strip().lower())
    if found is None:
        raise InvalidInputError(
            f"--older-than takes hours, days or weeks, such as 12h, 30d or 4w; not {text!r}"
        )
    return (
        int(found[1]) * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[found[2]]
    )


def _print(job: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(job)
        return
    say(f"{job['task_id']}  {_state(job)}  {job['kind']}")
    if progress := _progress(job):
        say(escape(progress))
    for name in ("created_at", "started_at", "finished_at"):
        if job[name]:
            say(f"[dim]{name.removesuffix('_at')} {job[name]}[/dim]")
    if job["attempts"] > 1:
        say(f"[dim]started {job['attempts']} times[/dim]")
    if job["error"]:
        say(f"[red]{escape(job['error']['message'])}[/red]")
    for name, value in (job["result"] or {}).items():
        if isinstance(value, list | dict):
            say(f"{name}: {len(value)}")
        else:
            say(f"{name}: {escape(str(value))}")


def _state(job: Mapping[str, Any]) -> str:
    colour = {"succeeded": "green", "failed": "red", "running": "bold"}.get(job["state"], "dim")
    asked = " (cancelling)" if job["cancel_requested"] and job["state"] == "running" else ""
    return f"[{colour}]{job['state']}{asked}[/{colour}]"


def _times(job: Mapping[str, Any]) -> str:
    """When a job was asked for, in the time of this place, and how long it ran."""
    asked = _moment(job["created_at"])
    begun, ended = _moment(job["started_at"]), _moment(job["finished_at"])
    text = asked.astimezone().strftime("%Y-%m-%d %H:%M") if asked else ""
    if begun and job["state"] != "queued":
        seconds = ((ended or datetime.now(UTC)) - begun).total_seconds()
        text += f"  {duration_text(max(0.0, seconds))} min"
    return text


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _progress(job: Mapping[str, Any]) -> str:
    progress = job["progress"]
    counted = f"{progress['done']:.0f} of {progress['total']:.0f}" if progress["total"] else ""
    message = progress["message"] if job["state"] in ("queued", "running") else ""
    return "  ".join(filter(None, (counted, message)))
