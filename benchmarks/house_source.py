"""What the source of the package shows: its size, what is written twice, and who spells a question out."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

# Arguments that make a question; a text is called by either name.
QUESTION_NAMES = (
    {"limit"},
    {"filters"},
    {"options"},
    {"unlike", "avoid_song_ids"},
    {"song", "song_id"},
    {"guide"},
    {"query", "text"},
    {"analysis_id"},
)
SPELLED_FROM = 4
REPEATED_FROM = 10
LONG_FROM = 400


def modules(package: Path) -> list[Path]:
    """The Python files of the package."""
    return sorted(package.rglob("*.py"))


def lines_of(package: Path) -> int:
    """All lines of the Python files, as `wc -l` counts them."""
    return sum(path.read_text("utf-8").count("\n") for path in modules(package))


def long_modules(package: Path) -> list[str]:
    """Modules of more than 400 lines."""
    return [
        f"{path.relative_to(package)} ({lines})"
        for path in modules(package)
        if (lines := path.read_text("utf-8").count("\n")) > LONG_FROM
    ]


def spelled_questions(package: Path) -> list[str]:
    """Functions, classes and calls that have four or more arguments or fields of a question."""
    return [
        f"{path.relative_to(package)}:{line} {what}"
        for path in modules(package)
        for line, what, names in _named(ast.parse(path.read_text("utf-8")))
        if sum(bool(names & group) for group in QUESTION_NAMES) >= SPELLED_FROM
    ]


def _named(tree: ast.AST) -> Iterator[tuple[int, str, set[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            yield node.lineno, f"def {node.name}", {argument.arg for argument in named}
        elif isinstance(node, ast.ClassDef):
            fields = [item.target for item in node.body if isinstance(item, ast.AnnAssign)]
            yield node.lineno, f"class {node.name}", {at.id for at in fields if isinstance(at, ast.Name)}
        elif isinstance(node, ast.Call):
            # By keyword, or by a variable of that name in its place.
            given = {word.arg for word in node.keywords if word.arg}
            given |= {value.id for value in node.args if isinstance(value, ast.Name)}
            yield node.lineno, f"call {ast.unparse(node.func)[:40]}", given
        elif isinstance(node, ast.Dict) and not all(isinstance(value, ast.Constant) for value in node.values):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            yield node.lineno, "dict", {key for key in keys if isinstance(key, str)}


def repeated(package: Path) -> list[str]:
    """Pairs of places with ten or more equal lines in a row; empty lines, comments and imports do not count.

    Each pair is counted once, at its full length.
    """
    files = [(path.relative_to(package), _telling_lines(path)) for path in modules(package)]
    seen: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    pairs: list[str] = []
    for number, (name, lines) in enumerate(files):
        texts = [text for _, text in lines]
        for at in range(len(texts) - REPEATED_FROM + 1):
            window = tuple(texts[at : at + REPEATED_FROM])
            for other, there in seen[window]:
                before = files[other][1][there - 1][1] if there else None
                if at and texts[at - 1] == before:
                    continue  # the middle of a longer run
                if other == number and at - there < REPEATED_FROM:
                    continue  # a run that overlaps itself
                pairs.append(f"{files[other][0]}:{files[other][1][there][0]} {name}:{lines[at][0]}")
            seen[window].append((number, at))
    return pairs


def _telling_lines(path: Path) -> list[tuple[int, str]]:
    text = path.read_text("utf-8")
    passed: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            passed |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return [
        (number, line.strip())
        for number, line in enumerate(text.splitlines(), 1)
        if number not in passed and line.strip() and not line.strip().startswith("#")
    ]
