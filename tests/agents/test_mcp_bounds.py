from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from reelscore.mcp.bounds import bounded, text_of

VALUES = st.recursive(
    st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=2000)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=30), st.dictionaries(st.text(max_size=9), inner, max_size=5)
    ),
    max_leaves=60,
)


LONG = st.text(max_size=2000)


@settings(max_examples=25)
@given(payload=st.dictionaries(st.text(max_size=9), VALUES, max_size=6))
def test_an_answer_is_json_and_whole_if_it_fits(payload: dict[str, object]) -> None:
    made = bounded(payload, most=20_000)
    text = text_of(made)  # refuses what is not finite
    assert json.loads(text) == made
    assert "cut" not in bounded(payload, most=10_000_000)


@settings(max_examples=25)
@given(payload=st.dictionaries(st.text(max_size=9), LONG | st.lists(LONG, max_size=10), max_size=6))
def test_lists_and_texts_are_cut_until_the_answer_fits(payload: dict[str, object]) -> None:
    text = text_of(bounded(payload, most=20_000))
    assert len(text.encode()) + len(json.dumps(text, ensure_ascii=False).encode()) <= 20_000


def test_what_is_cut_is_said() -> None:
    payload = {"songs": [{"title": "x" * 90} for _ in range(1000)], "total": 1000}
    made = bounded(payload, most=10_000)
    kept = len(made["songs"])
    assert 20 < kept < 100
    assert made["cut"] == {"songs": f"the first {kept} of 1000"}
    assert bounded({"songs": [1, 2]}) == {"songs": [1, 2]}
