"""The reference of the API, which is drawn from what the server says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]

PARTS = """() => [...document.querySelectorAll(".route")].map((route) => ({
  name: route.querySelector("summary").textContent,
  parts: [...route.querySelectorAll("pre")].map((pre) => pre.textContent),
  words: route.querySelector(".body p")?.textContent ?? "",
}))"""


def test_every_route_has_words_a_command_and_examples_that_are_no_gaps(
    server_url: str, open_page: OpenPage
) -> None:
    document = httpx.get(f"{server_url}/openapi.json").json()
    operations = [
        (f"{method.upper()}{path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    page = open_page(f"{server_url}/docs")
    page.locator(".route").first.wait_for()
    routes = page.evaluate(PARTS)
    assert len(routes) == len(operations) >= 25
    for name, operation in operations:
        assert operation.get("summary") and operation.get("description"), name
        route = next(item for item in routes if item["name"] == name + operation["summary"])
        assert route["words"] and any(part.startswith("curl") for part in route["parts"]), name
        examples = [part for part in route["parts"] if part.startswith("{")]
        for example in examples:
            assert json.loads(example), name
            assert '"…"' not in example, f"{name} has no example for a text: {example}"
        answers = [
            response["content"]
            for status, response in operation["responses"].items()
            if status.startswith("2") and "application/json" in response.get("content", {})
        ]
        assert len(examples) >= len(answers), name


def test_route_of_a_link_is_open_and_the_page_tells_where_it_is(server_url: str, open_page: OpenPage) -> None:
    page = open_page(f"{server_url}/docs")
    page.locator(".route").first.wait_for()
    route = page.locator(".route", has_text="Browse the library")
    route.locator("summary").click()
    assert "sort" in route.inner_text() and "curl" in route.inner_text()
    page.get_by_role("link", name="reelscore").click()
    page.get_by_role("heading", name="Music for your picture").wait_for()
