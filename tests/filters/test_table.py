"""Each line of the table of filters is known wherever filters are: one line is a filter."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from reelscore.api.questions import FiltersModel, OptionsModel
from reelscore.catalog.facets import STATED
from reelscore.catalog.filtering import passes
from reelscore.cli.choices import Choices, with_choices
from reelscore.filters.facets import COLUMNS, FACETS_VERSION, NUMBER_FIELDS, TERM_FIELDS, clauses
from reelscore.filters.fields import Field, Kind, page_line
from reelscore.filters.parsing import filters_values, read_filters, read_options
from reelscore.filters.table import FILTERS, OPTIONS

DOCS = (Path(__file__).parents[2] / "docs" / "filters.md").read_text("utf-8")
# Indexes keep facets: whoever adds one raises their version, so that libraries are brought up to date.
FACETS_OF_VERSION = {5: "artist duration energy genre key licence loudness source tag tempo vocals year"}


def value_of(field: Field) -> object:
    return {
        Kind.NAMES: ["one", "two"],
        Kind.KEY: "A minor",
        Kind.SPAN: field.example,
        Kind.NUMBER: field.highest / 2,
        Kind.COUNT: 2,
        Kind.FLAG: True,
        Kind.SWITCH: not field.default,
    }[field.kind]


def needed(field: Field) -> dict[str, object]:
    return {other.name: value_of(other) for other in FILTERS if other.name == field.needs}


@pytest.mark.parametrize("field", FILTERS, ids=lambda field: field.name)
def test_a_filter_is_read_and_written_and_compiled_to_sql(field: Field) -> None:
    filters = read_filters({field.name: value_of(field), **needed(field)})
    assert read_filters(filters_values(filters)) == filters
    assert clauses(filters)
    without = read_filters(needed(field))
    changed = str(passes(filters)) != str(passes(without)) or clauses(filters) != clauses(without)
    assert changed or field.kind is Kind.NUMBER  # a tolerance beside a range changes nothing


@pytest.mark.parametrize("field", [*FILTERS, *OPTIONS], ids=lambda field: field.name)
def test_a_line_is_in_the_schema_the_commands_the_docs_and_the_form(field: Field) -> None:
    model = FiltersModel if field in FILTERS else OptionsModel
    assert model.model_json_schema()["properties"][field.name]["description"] == field.help

    def command(*, choices: Choices) -> None: ...

    option = (field.option or field.name).replace("_", "-")
    assert option.replace("-", "_") in inspect.signature(with_choices()(command)).parameters
    assert f"--{option}" in DOCS and field.name in DOCS
    assert page_line(field)["name"] == field.name


def test_what_is_given_on_the_command_line_reads_as_the_filter_or_option() -> None:
    for table, read in ((FILTERS, read_filters), (OPTIONS, read_options)):
        for field in table:
            given = True if field.kind is Kind.SWITCH else value_of(field)
            choices = Choices(**{(field.option or field.name).replace("-", "_"): given})
            values = choices.filters() if table is FILTERS else choices.options()
            assert read({**values, **needed(field)}) == read({field.name: value_of(field), **needed(field)})


def test_a_new_facet_raises_the_version() -> None:
    assert " ".join(sorted((*TERM_FIELDS, *NUMBER_FIELDS))) == FACETS_OF_VERSION[FACETS_VERSION]


def test_columns_of_songs_that_facets_are_read_from_tell_the_indexes_of_their_changes() -> None:
    own = {
        name.partition(".")[2] for names in COLUMNS.values() for name in names if name.startswith("songs.")
    }
    assert own | {"artists", "genre", "licence", "duration"} == set(STATED)
