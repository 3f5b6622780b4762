"""Licences as filters compare them."""

from __future__ import annotations

import pytest

from reelscore.filters.terms import licence_term, licence_terms


@pytest.mark.parametrize(
    "text",
    [
        "CC-BY-4.0",
        "cc by 4.0",
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/",
        "Licence: http://creativecommons.org/licenses/by/4.0/legalcode",
        "Creative Commons Attribution 4.0 International License",
    ],
)
def test_one_licence_is_found_under_one_name(text: str) -> None:
    assert licence_terms(text) == ("cc by 4 0", "cc by")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("CC-BY-NC-SA-3.0", ("cc by nc sa 3 0", "cc by nc sa")),
        ("https://creativecommons.org/publicdomain/zero/1.0/", ("cc0 1 0", "cc0")),
        ("CC0-1.0", ("cc0 1 0", "cc0")),
        ("MIT", ("mit",)),
        ("All rights reserved", ("all rights reserved",)),
        ("", ()),
        (None, ()),
    ],
)
def test_what_a_licence_is_found_under(text: str | None, terms: tuple[str, ...]) -> None:
    assert licence_terms(text) == terms


def test_free_use_never_finds_what_is_not_for_sale() -> None:
    asked = licence_term("CC-BY")
    assert asked in licence_terms("CC-BY-4.0")
    assert not any(asked in licence_terms(f"CC-BY-{kind}-4.0") for kind in ("NC", "SA", "ND", "NC-SA"))
