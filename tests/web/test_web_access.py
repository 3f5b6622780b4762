"""Whether everybody can use the page: by axe-core, by keyboard, on every width, with and without motion."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from library_copies import copy_home
from reelscore.config import Settings
from reelscore.wiring import Wiring
from serving import serve

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]

# Each view in a state that shows much of it: where it is, and what to wait for.
STATES = {
    "start": ("/", "#drop-zone"),
    "answer": ("/?q=calm+acoustic+guitar", ".song"),
    "library": ("/library?genres=acoustic", ".list-row .row-title"),
    "song": ("/songs/{song}", "#view-song .song-rows li"),
    "map": ("/map", "#view-map .song-rows li"),
    "mixes": ("/mixes?kind=path&from=calm&to=energetic&count=4", "#view-mixes .song-rows li"),
    "set": ("/mixes?kind=set&words=energetic&count=5", "#view-mixes .song-rows li"),
    "blend": ("/mixes?kind=blend&with=calm&without=jazz&count=5", "#view-mixes .song-rows li"),
    "jobs": ("/jobs?add=music", ".add-form"),
    "live": ("/live", ".live-grid"),
    "taste": ("/taste", ".health .card"),
    "health": ("/state", ".health-grid"),
    "reference": ("/docs", ".route"),
    "not found": ("/songs/nothing", "[role=alert]"),
    "no page": ("/nosuchpage", "[role=alert]"),
}


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which a package of the test tools brings."""
    spec = importlib.util.find_spec("axe_playwright_python")
    path = Path(spec.origin).parent / "axe.min.js" if spec and spec.origin else None
    if path is None or not path.is_file():
        reason = "axe-core is not installed (pip install axe-playwright-python, or `make test`)"
        if os.environ.get("REELSCORE_REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path.read_text()


def violations(page: Any, axe: str) -> list[str]:
    """What axe-core finds that is serious or critical, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{item['impact']} {item['id']}: {[node['target'] for node in item['nodes']]}"
        for item in found["violations"]
        if item["impact"] in ("serious", "critical")
    ]


def address(server_url: str, page_path: str) -> str:
    if "{song}" not in page_path:
        return server_url + page_path
    import httpx

    song = httpx.get(f"{server_url}/api/songs", params={"limit": 1}).json()["data"][0]["id"]
    return server_url + page_path.replace("{song}", song)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_no_view_has_a_serious_fault_of_access(
    server_url: str, open_page: OpenPage, axe: str, state: str, scheme: str
) -> None:
    path, sign = STATES[state]
    page = open_page(address(server_url, path), scheme=scheme)
    page.locator(sign).first.wait_for()
    assert violations(page, axe) == []
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator(sign).first.wait_for()
    assert violations(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_help_player_and_empty_library_have_no_serious_fault(
    server_url: str, open_page: OpenPage, axe: str, scheme: str, tmp_path: Path
) -> None:
    page = open_page(f"{server_url}/library", scheme=scheme)
    page.locator(".row-play").first.click()
    page.locator("#player").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    assert violations(page, axe) == []
    wiring = Wiring(Settings(home=tmp_path / "empty"))
    with serve(wiring) as url:
        page = open_page(f"{url}/library", scheme=scheme)
        page.get_by_text("The library has no music yet").wait_for()
        assert violations(page, axe) == []
    wiring.close()


# Texts that are cut off by their own box without the dots that say so, and what sticks out of the window.
CLIPPED = """() => [...document.querySelectorAll("body *")].filter((node) => {
  const box = node.getBoundingClientRect();
  const seen = node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  if (!seen || box.width < 2 || box.height < 2) return false;
  const style = getComputedStyle(node);
  const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
  if (!own || node.closest(".visually-hidden, .skip-link, svg, select, .lanes-frame")) return false;
  const hides = style.overflowX !== "visible" && style.textOverflow !== "ellipsis";
  const cut = hides && node.scrollWidth > node.clientWidth + 1;
  if (cut) return true;
  if (box.right <= document.documentElement.clientWidth + 1) return false;
  for (let around = node.parentElement; around; around = around.parentElement) {
    const held = getComputedStyle(around);
    if (held.overflowX !== "visible" && held.textOverflow === "ellipsis") return false; // with dots
  }
  return true;
}).map((node) => `${node.tagName}.${node.className}: ${node.textContent.trim().slice(0, 40)}`)"""
WIDTHS = (360, 390, 820, 1440, 2560)


def faults_of_layout(page: Any) -> list[str]:
    """What sticks out or is cut off at some width, in either theme."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if (across := page.evaluate("document.documentElement.scrollWidth")) > width:
                found.append(f"{width} {scheme}: {across} wide")
            found += [f"{width} {scheme}: {text}" for text in page.evaluate(CLIPPED)]
    return found


@pytest.mark.parametrize("state", STATES)
def test_no_view_sticks_out_or_cuts_a_text(server_url: str, open_page: OpenPage, state: str) -> None:
    path, sign = STATES[state]
    page = open_page(address(server_url, path), width=WIDTHS[0])
    page.locator(sign).first.wait_for()
    assert faults_of_layout(page) == []


# What a key reaches: of a group of radio buttons one, of a list that is walked with arrows its current row.
REACHABLE = """() => {
  const seen = (node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest("[inert]");
  const radios = new Set();
  const controls = "a[href], button, input, select, textarea, summary, [tabindex]";
  return [...document.querySelectorAll(controls)].filter((node) => {
    if (node.disabled || node.tabIndex < 0 || !seen(node)) return false;
    if (node.type !== "radio") return true;
    return !radios.has(node.name) && radios.add(node.name);
  });
}"""
NOT_REACHED = f"""() => ({REACHABLE})()
  .filter((node) => window.wanted.has(node) && !window.reached.has(node) && node.type !== "radio")
  .map((node) => `${{node.tagName}}#${{node.id}}.${{node.className}} ${{node.textContent.trim()}}`)"""


def not_reached(page: Any) -> list[str]:
    """The controls that a Tab does not come to, one line each."""
    count = page.evaluate(f"""() => {{
      window.reached = new Set();
      window.wanted = new Set(({REACHABLE})());
      document.addEventListener("focusin", (event) => window.reached.add(event.target));
      return window.wanted.size;
    }}""")
    last = None
    for _ in range(count + 150):  # rows come into being while one goes through a list
        page.keyboard.press("Tab")
        at = page.evaluate("""() => {
          const node = document.activeElement;
          node.dataset.tab ??= String(document.querySelectorAll("[data-tab]").length);
          return [node.dataset.tab, node.id];
        }""")
        assert at != last or at[1] == "", f"the focus stays at {at}"
        last = at
        if at[1] == "skip-link" and page.evaluate("window.reached.size") > 3:
            break
        if not page.evaluate(NOT_REACHED):
            break
    found: list[str] = page.evaluate(NOT_REACHED)
    return found


@pytest.mark.parametrize("state", STATES)
def test_every_control_is_reached_by_the_keyboard_and_none_holds_it(
    server_url: str, open_page: OpenPage, state: str
) -> None:
    path, sign = STATES[state]
    page = open_page(address(server_url, path))
    page.locator(sign).first.wait_for()
    page.wait_for_load_state("networkidle")
    assert page.evaluate(f"({REACHABLE})().length") > 3
    assert not_reached(page) == []


SCRIPTS = (
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsmarsch",
    "夜来香" * 30,
    "موسيقى هادئة للبحر والليل الطويل " * 4,
    "ความรักและทะเลในฤดูหนาวที่ยาวนาน" * 4,
)


@pytest.fixture(scope="module")
def long_named(tmp_path_factory: pytest.TempPathFactory, _demo_library: Path) -> Iterator[str]:
    """A server whose songs have long titles, artists, albums and genres in four scripts."""
    home = tmp_path_factory.mktemp("long") / "home"
    copy_home(_demo_library, home)
    wiring = Wiring(Settings(home=home))
    songs = wiring.catalog.list_songs(limit=50)[0]
    for number, song in enumerate(songs):
        words = SCRIPTS[number % len(SCRIPTS)]
        wiring.catalog.correct(song.id, {"title": f"{words} {number}"})
    with serve(wiring) as url:
        yield url
    wiring.close()


@pytest.mark.parametrize("state", ["answer", "library", "song", "map", "mixes"])
def test_long_names_in_any_script_stick_out_nowhere(long_named: str, open_page: OpenPage, state: str) -> None:
    path, sign = STATES[state]
    page = open_page(address(long_named, path), width=WIDTHS[0])
    page.locator(sign).first.wait_for()
    assert faults_of_layout(page) == []


def test_help_lists_the_keys_and_letters_can_be_switched_off(server_url: str, open_page: OpenPage) -> None:
    page = open_page(server_url)
    page.locator("#drop-zone").wait_for()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    for words in ("Library", "Map", "Jobs", "Health", "This help"):
        assert words in dialog.inner_text()
    page.keyboard.press("g")  # keys under an open dialog do nothing
    page.keyboard.press("l")
    assert page.url.rstrip("/") == server_url
    dialog.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_timeout(200)
    assert page.url.rstrip("/") == server_url
    page.reload()
    page.get_by_role("button", name="Keys").click()
    assert not dialog.get_by_role("checkbox").is_checked()
    dialog.get_by_role("checkbox").check()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.locator(".list-row").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("g lull")  # typing in a box goes nowhere
    assert "/library" in page.url
    assert page.get_by_label("Search", exact=True).input_value() == "g lull"


def test_every_view_is_reached_by_the_keyboard_and_takes_the_focus(
    server_url: str, open_page: OpenPage
) -> None:
    page = open_page(server_url)
    page.locator("#drop-zone").wait_for()
    for letter, view in (("l", "library"), ("m", "map"), ("j", "jobs"), ("h", "health"), ("d", "desk")):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        page.locator(f"body[data-page={view}]").wait_for()
        page.locator(f"#view-{view}:not([hidden])").wait_for()
        assert page.locator("[aria-current=page]").count() == 1
        assert page.evaluate(f"document.querySelector('#view-{view}').contains(document.activeElement)")
        assert page.locator("h1:visible, #view-desk h1").count() >= 1
    page.go_back()
    page.locator("body[data-page=health]").wait_for()


def test_skip_link_leads_into_the_view_that_is_shown(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/library")
    page.locator(".list-row").first.wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "view-library"


def test_focus_can_be_seen_on_what_a_tab_reaches(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/library")
    page.locator(".list-row").first.wait_for()
    for _ in range(14):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(s => [s.outlineStyle, parseFloat(s.outlineWidth)])(getComputedStyle(document.activeElement))"
        )
        assert style[0] != "none" and style[1] >= 2, page.evaluate("document.activeElement.outerHTML")


def test_nothing_moves_where_motion_is_not_wanted(server_url: str, browser: Any) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{server_url}/library")
    page.locator(".list-row").first.wait_for()
    longest = page.evaluate(
        """Math.max(...[...document.querySelectorAll("*")].flatMap((node) => {
          const style = getComputedStyle(node);
          const times = [style.transitionDuration, style.animationDuration];
          return times.flatMap((text) => text.split(",").map(parseFloat));
        }))"""
    )
    assert longest <= 0.001
    context.close()
