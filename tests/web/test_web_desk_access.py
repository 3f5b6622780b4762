"""The desk at its fullest, read by axe-core: picture, song under it, editor, filters, details."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from desk_media import unfold_tools
from test_web_access import axe, faults_of_layout, violations  # noqa: F401  the fixture and what reads with it

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_desk_with_a_picture_and_a_song_has_no_serious_fault_of_access(
    server_url: str,
    open_page: Callable[..., Any],
    video_path: Path,
    axe: str,  # noqa: F811
    width: int,
    scheme: str,
) -> None:
    page = open_page(server_url, width=width, scheme=scheme)
    page.set_input_files("#video-file", video_path)
    page.locator(".song").first.wait_for()
    page.locator(".song .play-button").nth(0).click()
    page.locator(".take[aria-pressed=true]").wait_for()
    page.locator(".song .play-button").nth(1).click()
    page.locator(".take[aria-pressed=true] kbd:text-is('B')").wait_for()
    for panel in ("#analysis", "#filters"):
        if page.locator(panel).get_attribute("open") is None:
            page.locator(f"{panel} > summary").click()
    page.locator(".filter").first.wait_for()
    page.get_by_role("button", name="Avoid something").click()
    page.get_by_role("button", name="Details").first.click()
    page.get_by_text("What was seen").click()
    page.get_by_role("button", name="Less like this").nth(2).click()
    page.locator("#question-chips .chip").first.wait_for()
    page.locator(".results:not([aria-busy]) .song").first.wait_for()
    page.locator(".section").first.click()
    unfold_tools(page)
    page.locator(".take-it > summary").click()
    page.locator(".verdict:not(:empty)").wait_for()
    assert violations(page, axe) == []
    if scheme == "light":
        assert faults_of_layout(page) == []
