"""The modules of the page: folders by subject, imports that run one way, and the pure ones tested in Node."""

from __future__ import annotations

import json
import random
import re
import subprocess
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import pytest

from patience import PATIENCE_SECONDS
from reelscore.errors import InvalidInputError
from reelscore.export.mix_levels import DuckSettings
from reelscore.jobs.export_job import MIXES, SUFFIXES
from reelscore.placement.timelines import Lay, laid_event
from reelscore.ranking.reasons import CLEAR_BEAT
from reelscore.records import TIMELINE_RATE, Media, Song, Timeline
from reelscore.web import STATIC_DIR
from reelscore.web.modules import imports_of
from reelscore.wiring.sources import SOURCES
from services_running import missing, program

JS = STATIC_DIR / "js"
NODE_TESTS = Path(__file__).parent / "node"
OLDEST_NODE = 18  # whose test runner is no experiment any more
MODULES = sorted(path.relative_to(JS).as_posix() for path in JS.rglob("*.js"))

# Folders of one layer do not import each other; `docs/page.md` says what lives in each. The files beside
# the folders join the views to a page.
LAYERS = {
    folder: layer
    for layer, folders in enumerate(
        (
            ("shared",),
            ("account", "docs", "filters", "player", "sign-in", "song", "taste", "video"),
            ("analysis", "audition", "jobs", "library", "map", "mixing", "project", "query"),
            ("laying", "live"),
            ("export",),
            ("desk",),
            (".",),
        )
    )
    for folder in folders
}
STARTS = ("main.js", "docs/main.js", "sign-in/main.js")  # the scripts that a page names
_STATEMENT = re.compile(
    r"^(?:import|export)\b[^;]*?\bfrom\s*[\"']([^\"']+)[\"']|^import\s*[\"']([^\"']+)[\"']", re.MULTILINE
)
_LATER = re.compile(r"\bimport\(\"(\./[\w./-]+\.js)\"\)")
_NAMED = re.compile(r"^import \{([^}]*)\} from \"([^\"]+)\"", re.MULTILINE)


def read(module: str) -> str:
    return (JS / module).read_text(encoding="utf-8")


def folder_of(module: str) -> str:
    return Path(module).parent.as_posix()


def all_imports_of(module: str) -> list[str]:
    """What a module imports at once, and what it imports later by `import()`."""
    base = (JS / module).parent
    later = [
        (base / name).resolve().relative_to(JS.resolve()).as_posix() for name in _LATER.findall(read(module))
    ]
    return imports_of(module) + later


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_only_from_folders_below(module: str) -> None:
    own = folder_of(module)
    assert own in LAYERS, f"{own} is not in the table of folders"
    for other in all_imports_of(module):
        folder = folder_of(other)
        assert folder == own or LAYERS[folder] < LAYERS[own], f"{module} imports {other}"


@pytest.mark.parametrize("module", MODULES)
def test_every_import_names_a_module_and_what_that_exports(module: str) -> None:
    text = read(module)
    stated = [one or other for one, other in _STATEMENT.findall(text)]
    assert len(stated) == len(imports_of(module)), (
        "an import is written so that `web/modules.py` cannot read it"
    )
    assert text.count("import(") == len(_LATER.findall(text))
    for other in all_imports_of(module):
        assert (JS / other).is_file(), f"{module} imports {other}"
    for names, where in _NAMED.findall(text):
        exported = ((JS / module).parent / where).read_text(encoding="utf-8")
        for name in (part.split(" as ")[0].strip() for part in names.split(",")):
            assert re.search(rf"^export (async )?(function|const|class) {name}\b", exported, re.MULTILINE), (
                where,
                name,
            )


@pytest.mark.parametrize("module", MODULES)
def test_everything_that_is_exported_is_imported_somewhere(module: str) -> None:
    others = [read(other) for other in MODULES if other != module] + [
        path.read_text() for path in NODE_TESTS.glob("*.mjs")
    ]
    for name in re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", read(module), re.MULTILINE):
        used = rf"\{{[^}}]*\b{name}\b[^}}]*\}} = await import\(|import \{{[^}}]*\b{name}\b[^}}]*\}}"
        by_name = any(re.search(used, text) for text in others)
        assert by_name or name == "mount", f"{module} exports {name}"


def test_no_module_imports_itself_by_way_of_others() -> None:
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " imports ".join((*path, module))
        if module not in done:
            for other in all_imports_of(module):
                walk(other, (*path, module))
            done.add(module)

    for module in MODULES:
        walk(module, ())


def test_every_module_is_reached_from_a_script_of_a_page() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in STATIC_DIR.glob("*.html"))
    assert sorted(re.findall(r"src=\"/static/js/([\w./-]+)\"", pages)) == sorted(STARTS)
    reached: set[str] = set()
    waiting = list(STARTS)
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += all_imports_of(module)
    assert reached == set(MODULES)


def test_the_table_names_the_folders_that_there_are() -> None:
    assert {folder_of(module) for module in MODULES} == set(LAYERS)
    guide = (Path(__file__).parents[2] / "docs" / "page.md").read_text(encoding="utf-8")
    for folder in set(LAYERS) - {"."}:
        assert f"| `{folder}` |" in guide, f"docs/page.md says nothing of {folder}"


def test_the_desk_ducks_as_a_mix_does() -> None:
    stated = re.search(r"DUCK = \{ (.*?) \}", read("audition/levels.js"))
    assert stated is not None
    values = {name: float(value) for name, value in re.findall(r"(\w+): ([\d.]+)", stated[1])}
    values["depth_db"] = values.pop("depth")
    assert values == asdict(DuckSettings())


def test_a_tempo_is_a_fact_where_the_reasons_say_so_too() -> None:
    stated = re.search(r"CLEAR_BEAT = ([\d.]+);", read("shared/format.js"))
    assert stated is not None and float(stated[1]) == CLEAR_BEAT


def test_the_menu_offers_each_format_of_the_server_but_rarer_mixes() -> None:
    ways = re.search(r"^const WAYS = (\[.*?^\]);", read("export/menu.js"), re.MULTILINE | re.DOTALL)
    assert ways is not None
    offered = re.findall(r"^    \[\"([\w-]+)\", ", ways[1], re.MULTILINE)
    assert sorted([*offered, "mkv", "mix-wav"]) == sorted(SUFFIXES)
    mixes = re.search(r"^const MIXES = \[(.*)\];", read("export/menu.js"), re.MULTILINE)
    assert mixes is not None and set(re.findall(r"[\w-]+", mixes[1])) == set(MIXES) & set(offered)


def test_the_page_adds_music_from_each_source() -> None:
    table = re.search(r"^const SOURCES = \{(.*?)^\};", read("jobs/add-music.js"), re.MULTILINE | re.DOTALL)
    assert table is not None
    assert sorted(re.findall(r"^  (\w+): ", table[1], re.MULTILINE)) == sorted(SOURCES)


def test_the_desk_fades_a_song_as_an_export_does() -> None:
    """Songs that set in early or late, are cut short or end, under pictures that set in late too."""
    draw = random.Random(5)
    cases, events = [], []
    for _ in range(60):
        start, frames = draw.choice((0, 24_000, 96_000)), draw.randrange(1, 400)
        whole, offset = draw.randrange(100, 900_000), draw.choice((0, draw.randrange(-900_000, 900_000)))
        lay = Lay(offset=(offset + start) / TIMELINE_RATE)
        film = Timeline(name="", rate=Fraction(25), frames=frames)
        media = Media("/s.wav", Fraction(whole, TIMELINE_RATE))
        song = Song(id="s", source="folder", source_id="s", title="S")
        try:
            event = laid_event(song, media, lay, film)
            found = [
                {
                    "source": event.source_in,
                    "record": event.record_in + start,
                    "length": event.length,
                    "fadeIn": event.fade_in,
                    "fadeOut": event.fade_out,
                }
            ]
        except InvalidInputError:
            found = []
        events.append(found)
        end = start / TIMELINE_RATE + frames / 25
        take = {"song": {"duration_seconds": whole / TIMELINE_RATE}, "offset": offset / TIMELINE_RATE}
        cases.append([take, {"start": start / TIMELINE_RATE, "end": end}])
    script = (
        f"import {{ heardOf }} from {json.dumps((JS / 'audition/pieces.js').as_uri())};"
        f"console.log(JSON.stringify({json.dumps(cases)}.map((each) => heardOf(...each))))"
    )
    ran = subprocess.run(
        [program("node"), "--input-type=module", "-e", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert json.loads(ran.stdout) == events
    assert 5 < events.count([]) < 55


def test_pure_modules_do_what_their_own_tests_say() -> None:
    node = program("node")
    version = subprocess.run(
        [node, "--version"], capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    ).stdout
    if int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        missing(f"the tests of the page's pure modules need Node {OLDEST_NODE}, this is {version.strip()}")
    files = sorted(str(path) for path in NODE_TESTS.glob("*.test.mjs"))
    ran = subprocess.run(
        [node, "--test", "--test-reporter=tap", *files],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    counts = dict(re.findall(r"^# (\w+) (\d+)$", ran.stdout, re.MULTILINE))
    assert int(counts["pass"]) >= len(files) > 0 and counts["skipped"] == "0"
