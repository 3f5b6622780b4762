"""What commands print: plurals, no nagging, help in panels."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from typer.main import get_command

from cli_commands import Reelscore
from reelscore.cli import main
from reelscore.cli.output import escape, print_analysis, print_answer, print_report, say
from reelscore.cli.panels import EXAMPLES

NAG = "GEMINI_API_KEY is not set, so the local analyser answered from measurements alone"
ANALYSIS: dict[str, Any] = {
    "degraded": NAG,
    "description": "A landscape video.",
    "music_recommendation": "calm piano",
    "mood": "calm",
    "tempo": "Slow",
    "energy_level": "Low",
    "genre_suggestions": ["ambient"],
    "analyzer": "local",
    "measurements": {"duration": 9.0, "cuts": [3.0], "dissolves": [], "width": 640, "height": 360},
}


def test_a_default_install_is_not_told_of_gemini_with_each_video(capsys: pytest.CaptureFixture[str]) -> None:
    answer = {"analysis": ANALYSIS, "degraded": NAG, "songs": [], "space": "lite-1", "query": {}}
    print_answer(answer)
    assert "GEMINI" not in capsys.readouterr().out
    print_answer(answer, first=True)
    assert capsys.readouterr().out.count("GEMINI_API_KEY") == 1
    print_analysis({**ANALYSIS, "degraded": "Gemini's quota is used up"})  # that one was asked for
    assert "quota" in capsys.readouterr().out


def test_changes_of_shots_have_their_plurals(capsys: pytest.CaptureFixture[str]) -> None:
    print_analysis(ANALYSIS)
    assert "9.0 s, 1 cut, 640 x 360" in capsys.readouterr().out
    soft = [{"start": 1.0, "end": 2.0, "kind": "fade"}]
    many = {**ANALYSIS["measurements"], "cuts": [1.0, 2.0], "dissolves": soft}
    print_analysis({**ANALYSIS, "measurements": many})
    assert "2 cuts, 1 dissolve or fade" in capsys.readouterr().out
    print_analysis({**ANALYSIS, "measurements": {**many, "cuts": [], "dissolves": soft * 2}})
    assert "0 cuts, 2 dissolves and fades" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["video", "text", "search", "song"])
def test_help_has_panels_and_two_examples(reelscore: Reelscore, command: str) -> None:
    code, out, _ = reelscore("recommend", command, "--help")
    assert code == 0
    order = [out.index(f"\n{title}:\n") for title in ("Filter", "Ranking", "Output")]
    assert order == sorted(order)
    assert order[0] < out.index("--genre") < order[1] < out.index("--adventurous") < order[2]
    assert order[2] < out.index("--json") < out.index("Examples:")
    assert out.count(f"    reelscore recommend {command} ") == 2


def test_the_help_has_each_command_in_a_group(reelscore: Reelscore) -> None:
    code, out, _ = reelscore("--help")
    assert code == 0
    assert out.index("\nFind music:\n") < out.index("\n  recommend ") < out.index("\nThe library:\n")
    assert max(map(len, out.splitlines())) <= 80
    for command in main._COMMANDS:
        assert f"\n  {command} " in out


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_examples_name_commands_and_options_that_there_are(line: str) -> None:
    _, *words = shlex.split(line)
    command: Any = get_command(main.app)
    while hasattr(command, "get_command"):
        command = command.get_command(click.Context(command), words.pop(0))
    assert {word for word in words if word.startswith("--")} <= {
        name for each in command.params for name in each.opts
    }


# What an answer by words or by a song of the library does without.
NEEDLESS = "av httpx mako onnxruntime tinytag uvicorn xml".split()
NEEDLESS += [f"reelscore.{room}" for room in "analysis export live placement sync video".split()]
NEEDLESS += ["reelscore.audio.decode", "reelscore.sources.folder"]


@pytest.mark.parametrize(
    "words", [("recommend", "text", "calm piano"), ("recommend", "song", "Calm acoustic 1")]
)
def test_an_answer_imports_only_what_it_needs(words: tuple[str, ...], demo_library_home: Path) -> None:
    code = (
        "import atexit, sys\n"
        "from reelscore.cli.main import run\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "run()"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    loaded = done.stderr.splitlines()[-1].split()
    assert "reelscore.search.engine" in loaded
    assert [name for name in loaded if f"{name}.".startswith(tuple(f"{each}." for each in NEEDLESS))] == []


def test_a_code_of_an_emoji_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    say(escape("Where :fire: lives"))
    assert capsys.readouterr().out == "Where :fire: lives\n"


@pytest.mark.parametrize("reason", ["/m/a.wav: was ended", "/m/a.wav was ended", "was ended"])
def test_a_file_is_named_once_beside_the_reason(reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    counts = dict.fromkeys(("moved", "changed", "missing", "offered", "added", "already_known"), 1)
    report = {**counts, "missing_files": [], "removed": 1, "seconds": 1.0, "failed": []}
    print_report({**report, "skipped": [{"name": "/m/a.wav", "reason": reason}]})
    assert "skipped /m/a.wav: was ended\n" in capsys.readouterr().out
