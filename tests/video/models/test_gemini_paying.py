"""What was paid for once is not paid for again: by content of the file, prompt and model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_gemini import FakeGemini
from gemini_helpers import MakeAnalyzer

from reelscore.analysis.video import analyze_file
from reelscore.config import Settings
from reelscore.video.asking import prompt as prompt_module
from reelscore.wiring import Wiring


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    opened = Wiring(Settings(home=tmp_path / "home"))
    yield opened
    opened.close()


def questions(fake: FakeGemini) -> int:
    return len(fake.asked("generate"))


def test_the_same_bytes_are_asked_about_once_whatever_their_name(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, wiring: Wiring, blink: Path, tmp_path: Path
) -> None:
    analyzer = make_analyzer()
    first, first_id = analyze_file(wiring, blink, analyzer=analyzer)
    renamed = tmp_path / "another name.mp4"
    shutil.copy(blink, renamed)
    again, again_id = analyze_file(wiring, renamed, analyzer=make_analyzer())
    assert questions(fake) == 1
    assert again_id == first_id
    assert again.phrases == first.phrases
    assert again.extra["usage"] == first.extra["usage"]


def test_another_model_and_another_file_are_asked_about_anew(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, wiring: Wiring, blink: Path, clip: Path
) -> None:
    analyze_file(wiring, blink, analyzer=make_analyzer())
    analyze_file(wiring, blink, analyzer=make_analyzer(model="other-flash"))
    assert questions(fake) == 2
    analyze_file(wiring, clip, analyzer=make_analyzer())
    assert questions(fake) == 3


def test_another_version_of_the_prompt_is_asked_anew(
    fake: FakeGemini,
    make_analyzer: MakeAnalyzer,
    wiring: Wiring,
    blink: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, _ = analyze_file(wiring, blink, analyzer=make_analyzer())
    newer = replace(prompt_module.load_prompt(), version="next")
    monkeypatch.setattr(prompt_module, "load_prompt", lambda: newer)
    second, _ = analyze_file(wiring, blink, analyzer=make_analyzer())
    assert questions(fake) == 2
    assert first.extra["prompt_version"] != second.extra["prompt_version"] == "next"
