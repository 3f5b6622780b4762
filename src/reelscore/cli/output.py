"""What the commands print: answers on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.errors import InvalidInputError, counted

if TYPE_CHECKING:
    from rich.console import Console

    from reelscore.records import Progress, ProgressCallback

NO_KEY = "GEMINI_API_KEY is not set"  # how the reason begins that every default install has


@cache
def _console(*, stderr: bool) -> Console:
    """Where people read; made at its first use, since an answer in JSON needs none."""
    from rich.console import Console

    # No emoji: `:fire:` in a title is its title.
    return Console(stderr=stderr, highlight=False, soft_wrap=True, emoji=False)


def escape(text: str) -> str:
    """Text from outside, such as a file name: nothing in it is markup, and control characters are shown."""
    from rich import markup

    return markup.escape("".join(map(_shown, text)))


def _shown(letter: str) -> str:
    obeyed = unicodedata.category(letter) in ("Cc", "Cs")
    return letter.encode("unicode_escape").decode() if obeyed else letter


def print_json(payload: Any) -> None:
    """One JSON document on stdout."""
    json.dump(payload, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def give_json(payload: Any, out: Path | None, what: str) -> None:
    """A JSON document into a new file, which is said; on stdout if no file is named.

    Raises
    ------
    InvalidInputError
        The file is there already, or cannot be written.
    """
    if out is None:
        print_json(payload)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            json.dump(payload, file, ensure_ascii=False, indent=2)
            file.write("\n")
    except OSError as error:
        raise InvalidInputError(f"{out} cannot be written: {error.strerror}") from error
    say(f"wrote {what}{escape(str(out))}")


def say(text: str = "") -> None:
    """A line for people on stdout."""
    _console(stderr=False).print(text)


def note(text: str) -> None:
    """A line on stderr, which never mixes with an answer."""
    _console(stderr=True).print(f"[dim]{escape(text)}[/dim]")


def complain(text: str) -> None:
    """A line on stderr that says why a command failed."""
    _console(stderr=True).print(text, markup=False, style="red")


def say_waiting(name: str) -> None:
    """That a command that is done stays for a job that another command began meanwhile."""
    note(f"done here; what another command began goes on: {name} (Ctrl-C leaves it to the next server)")


@contextmanager
def progress_bar(title: str, *, seconds: bool = False) -> Iterator[ProgressCallback]:
    """A progress bar on stderr while the block runs; the callback moves it.

    `seconds`: the progress is counted in seconds of a film, not in tracks.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as ProgressBar

    stderr = _console(stderr=True)
    columns = [TextColumn("{task.description}"), BarColumn()]
    columns += [TextColumn("{task.percentage:>3.0f}%")] if seconds else [MofNCompleteColumn()]
    with ProgressBar(
        *columns,
        TimeRemainingColumn(),
        TextColumn("{task.fields[message]}"),
        console=stderr,
        transient=True,
        disable=not stderr.is_terminal,  # a log file wants no bars
    ) as bar:
        task = bar.add_task(title, total=None, message="")

        def move(step: Progress) -> None:
            bar.update(task, completed=step.done, total=step.total, message=escape(step.message[:60]))

        yield move


def print_songs(songs: Sequence[Mapping[str, Any]]) -> None:
    """Ranked songs, two lines each: what it is, and why it is here."""
    if not songs:
        say("no songs")
    for rank, song in enumerate(songs, start=1):
        features = song.get("features") or {}
        tempo = features.get("tempo_bpm")
        facts = [song["duration"], f"{tempo:.0f} bpm" if tempo else "", features.get("key") or ""]
        who = ", ".join(song["artists"])
        title = f"[bold]{escape(song['title'])}[/bold]" + (f" · {escape(who)}" if who else "")
        say(f"{rank:3d}. {song['score']:.3f}  {title}  [dim]{'  '.join(filter(None, facts))}[/dim]")
        reasons = "; ".join(song["reasons"])
        passage = song.get("passage")
        if passage and passage["start"] > 0:
            reasons += f"; from {clock(passage['start'])}"
        say(f"            [dim]{escape(reasons)}[/dim]")
        others = [f"“{version['title']}”" for version in song.get("versions", ())]
        if others:
            say(f"            [dim]{escape('also as ' + ', '.join(others))}[/dim]")


def print_walk(walk: Mapping[str, Any]) -> None:
    """Songs in order, and what changes from each to the next."""
    for rank, song in enumerate(walk["songs"]):
        if rank:
            step = walk["steps"][rank - 1]
            keys = counted(int(step["key_steps"]), "key step")
            change = f"tempo {step['tempo_percent']:.0f} %, {keys}, energy {step['energy']:.2f}"
            say(f"            [dim]{change}{', mixes' if step['mixes'] else ''}[/dim]")
        features, who = song.get("features") or {}, ", ".join(song["artists"])
        tempo = features.get("tempo_bpm")
        facts = [song["duration"], f"{tempo:.0f} bpm" if tempo else "", features.get("key") or ""]
        title = f"[bold]{escape(song['title'])}[/bold]" + (f" · {escape(who)}" if who else "")
        say(f"{rank + 1:3d}. {title}  [dim]{'  '.join(filter(None, facts))}[/dim]")
    for line in walk["notes"]:
        note(line)


def print_answer(answer: Mapping[str, Any], *, first: bool = False) -> None:
    """A whole answer: the analysis if there is one, the songs, and where they were searched.

    `first`: as in `print_analysis`.
    """
    if answer.get("analysis"):
        print_analysis(answer["analysis"], first=first)
        say()
    if answer.get("degraded") and answer["degraded"] != (answer.get("analysis") or {}).get("degraded"):
        say(f"[yellow]{escape(answer['degraded'])}[/yellow]")
    print_songs(answer["songs"])
    read = answer["query"].get("words") or {}
    if any(read.values()):
        labels = {
            "understood": "understood",
            "guessed": "guessed",
            "unknown": "not understood",
            "described": "not in this library, read as a description",
        }
        said = [f"this reads as {read['language']}"] if read.get("language") else []
        said += [f"{label}: {', '.join(read[name])}" for name, label in labels.items() if read.get(name)]
        note("; ".join(said))
    for line in answer.get("notes", ()):
        note(line)
    decided = answer["query"].get("decided")
    if decided:
        note(_who_decided(decided))
    note(f"searched in {answer['space']}{_asked_for(answer)}")


def _who_decided(decided: Mapping[str, str]) -> str:
    """Who decided what of the music of a film: "style and mood: your words; passage: the measurements"."""
    from reelscore.query.lead import MEASURED

    if set(decided.values()) == {MEASURED}:
        return (
            "measured only: nobody has seen what the film shows; say it in a few words with "
            "--about 'wedding, seaside, evening'"
        )
    parts: dict[str, list[str]] = {}
    for part, who in decided.items():
        parts.setdefault(who, []).append(part)
    return "; ".join(f"{_listed(names)}: {who}" for who, names in parts.items())


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _asked_for(answer: Mapping[str, Any]) -> str:
    """What was searched for with its weights, and how to search again; nothing for a mere sentence."""
    query = answer["query"]
    phrases, analysis = query.get("phrases") or [], answer.get("analysis_id")
    if len(phrases) < 2 and not analysis:
        return ""
    words = ", ".join(f"{phrase['text']}={phrase['weight']:.2g}" for phrase in phrases)
    avoided = "".join(f", not {phrase['text']}={phrase['weight']:.2g}" for phrase in query.get("avoid") or [])
    shares = ", ".join(f"{name} {weight:.0%}" for name, weight in query["weights"].items() if weight)
    again = (
        f"; again with other words: reelscore recommend search --analysis {analysis} 'WORDS=1'"
        if analysis
        else ""
    )
    return f" for {words}{avoided} ({shares}){again}"


def print_analysis(analysis: Mapping[str, Any], *, first: bool = False) -> None:
    """The analysis of a video, in words.

    `first`: this is where somebody meets reelscore, and hears once that a Gemini key would be used.
    Nobody who has none asked for it, so it is not said with each video.
    """
    if analysis.get("degraded") and (first or not analysis["degraded"].startswith(NO_KEY)):
        say(f"[yellow]{escape(analysis['degraded'])}[/yellow]")
    say(escape(analysis["description"]))
    say(f"[bold]wants[/bold] {escape(analysis['music_recommendation'])}")
    rows = [("mood", analysis["mood"]), ("tempo", analysis["tempo"]), ("energy", analysis["energy_level"])]
    rows.append(("genres", ", ".join(analysis["genre_suggestions"])))
    say("[dim]" + " · ".join(f"{name} {escape(str(value))}" for name, value in rows) + "[/dim]")
    showing = (analysis.get("extra") or {}).get("showing")
    if showing:
        likely = [f"{seen['word']} {seen['score']:.2f}" for seen in (*showing["scene"], *showing["mood"])]
        words = ", ".join(likely) or "; ".join(showing["abstained"])
        say(
            f"[dim]shows {escape(words)} ({escape(showing['model'])}, {len(showing['times'])} pictures)[/dim]"
        )
    measured = analysis.get("measurements")
    if measured:
        say(
            f"[dim]{measured['duration']:.1f} s, {_changes(measured)}, "
            f"{measured['width']} x {measured['height']}, analysed by {escape(analysis['analyzer'])}[/dim]"
        )


def _changes(measured: Mapping[str, Any]) -> str:
    """How often the shot changes, by cuts and by dissolves and fades: "5 cuts, 1 dissolve or fade"."""
    soft = len(measured.get("dissolves") or ())
    hard = counted(len(measured["cuts"]), "cut")
    return hard + (f", {soft} {'dissolve or fade' if soft == 1 else 'dissolves and fades'}" if soft else "")


def print_report(report: Mapping[str, Any]) -> None:
    """How an ingest run ended, with the reason of each track that was left out."""
    for kind in ("skipped", "failed"):
        names: dict[str, list[str]] = {}
        for issue in report[kind]:
            reason = (
                issue["reason"].removeprefix(issue["name"]).removeprefix(":").lstrip().removeprefix("is ")
            )
            names.setdefault(reason, []).append(issue["name"])
        for reason, those in names.items():
            if len(those) == 1:
                say(f"[yellow]{kind}[/yellow] {escape(those[0])}: {escape(reason)}")
                continue
            say(f"[yellow]{kind}[/yellow] {len(those)} of them: {escape(reason)}")
            for name in those:
                say(f"    {escape(name)}")
    if report["missing"]:
        what = "removed" if report["removed"] else "missing"
        files = counted(report["missing"], "file")
        say(f"[yellow]{what}[/yellow] {files} of the library, gone from the folder:")
        for name in report["missing_files"]:
            say(f"    {escape(name)}")
        if not report["removed"]:
            note("their songs stay in the library; put the files back, or remove the songs with --prune")
    for kind, meaning in (("moved", "found at another path"), ("changed", "other sound, analysed again")):
        if report[kind]:
            say(f"{report[kind]} of those already there {kind}: {meaning}")
    if report.get("recut"):
        gone = "song went, its file is" if report["recut"] == 1 else "songs went, their files are"
        note(f"{report['recut']} {gone} cut in another way by a CUE sheet now")
    if report.get("untagged"):
        files = "1 file has" if report["untagged"] == 1 else f"{report['untagged']} files have"
        note(f"{files} no tags: known by the names of file and folder only")
    say(
        f"{report['offered']} offered = {report['added']} added + {report['already_known']} already there + "
        f"{len(report['skipped'])} skipped + {len(report['failed'])} failed  "
        f"[dim]({report['seconds']:.1f} s)[/dim]"
    )
    if not report["offered"]:
        note("no music was found there")


def clock(seconds: float) -> str:
    """1:05 for 65 seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
