"""Where Gemini fails, the other analyser answers and says why; a bad file is nobody's fallback."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fake_gemini import KEY, FakeGemini, failing
from gemini_helpers import MakeAnalyzer

from reelscore.analysis.video import analyze_file
from reelscore.config import Settings
from reelscore.errors import (
    AnalysisError,
    CancelledError,
    ConfigurationError,
    MediaError,
    ReelscoreError,
    UnreadableMediaError,
)
from reelscore.records import Progress, ProgressCallback, VideoAnalysis, ignore_progress
from reelscore.video.base import VideoAnalyzer
from reelscore.video.fallback import FallbackAnalyzer
from reelscore.video.local.analyzer import LocalAnalyzer
from reelscore.video.measure.video import Measured, measure_video
from reelscore.wiring import Wiring

PLAIN = VideoAnalysis(
    description="It was measured.",
    music_recommendation="something calm",
    keywords=(),
    mood="calm",
    genre_suggestions=(),
    tempo="Slow",
    energy_level="Low",
    analyzer="plain",
)


class Plain:
    """The simplest analyser that there can be."""

    name = "plain"
    cache_key = "plain"
    measuring_share = 1.0

    def __init__(self, error: ReelscoreError | None = None, degraded: str | None = None) -> None:
        self.error = error
        self.degraded = degraded
        self.asked = 0

    def check(self) -> None:
        pass

    def analyze(
        self, path: Path, measured: Measured | None = None, *, progress: ProgressCallback = ignore_progress
    ) -> VideoAnalysis:
        self.asked += 1
        progress(Progress(1.0, 1.0, "plain"))
        if self.error:
            raise self.error
        return replace(PLAIN, degraded=self.degraded)


def test_where_the_first_answers_the_second_is_not_asked(make_analyzer: MakeAnalyzer, blink: Path) -> None:
    second = Plain()
    analyzer: VideoAnalyzer = FallbackAnalyzer(make_analyzer(), second)
    analysis = analyzer.analyze(blink)
    assert analysis.analyzer == "gemini:fake-flash"
    assert analysis.degraded is None
    assert second.asked == 0


def test_where_gemini_fails_the_second_answers_and_says_why(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path
) -> None:
    fake.generates = [failing(503)] * 9
    analysis = FallbackAnalyzer(make_analyzer(), Plain()).analyze(blink)
    assert analysis.analyzer == "plain"
    assert analysis.degraded is not None
    assert analysis.degraded.startswith("plain answered instead of gemini:fake-flash: Gemini is overloaded")
    assert KEY not in analysis.degraded


def test_without_a_key_the_second_answers_and_says_so(make_analyzer: MakeAnalyzer, blink: Path) -> None:
    analysis = FallbackAnalyzer(make_analyzer(key=None), Plain()).analyze(blink)
    assert analysis.degraded is not None
    assert "GEMINI_API_KEY is not set" in analysis.degraded


@pytest.mark.parametrize("error", [UnreadableMediaError("no video"), CancelledError("stop"), MediaError("x")])
def test_a_bad_file_and_a_cancelled_job_are_not_swallowed(error: ReelscoreError, blink: Path) -> None:
    second = Plain()
    with pytest.raises(type(error)):
        FallbackAnalyzer(Plain(error), second).analyze(blink)
    assert second.asked == 0


def test_where_both_fail_the_second_one_says_why(blink: Path) -> None:
    analyzer = FallbackAnalyzer(Plain(ConfigurationError("no key")), Plain(AnalysisError("too dark")))
    with pytest.raises(AnalysisError, match="too dark"):
        analyzer.analyze(blink)


def test_a_reason_of_the_second_is_kept(blink: Path) -> None:
    analyzer = FallbackAnalyzer(Plain(AnalysisError("one")), Plain(degraded="two"))
    assert analyzer.analyze(blink).degraded == "plain answered instead of plain: one; two"


def test_only_results_of_the_first_are_as_good_as_new_ones(make_analyzer: MakeAnalyzer) -> None:
    gemini = make_analyzer()
    assert FallbackAnalyzer(gemini, Plain()).cache_key == gemini.cache_key
    assert FallbackAnalyzer(Plain(), gemini).cache_key == "plain"


def test_where_gemini_fails_the_video_is_not_measured_again(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path
) -> None:
    told: list[str] = []
    analyzer = FallbackAnalyzer(make_analyzer(), LocalAnalyzer())
    measured = measure_video(blink)
    fake.generates = [failing(400)] * 2
    analysis = analyzer.analyze(blink, measured, progress=lambda step: told.append(step.message))
    assert "watching" not in told
    assert analysis.measurements is measured.measurements
    assert analysis.analyzer == "local"
    assert replace(analysis, degraded=None) == LocalAnalyzer().analyze(blink)


def test_without_measurements_the_second_makes_its_own(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path
) -> None:
    fake.generates = [failing(400)] * 2
    analysis = FallbackAnalyzer(make_analyzer(), LocalAnalyzer()).analyze(blink)
    assert replace(analysis, degraded=None) == LocalAnalyzer().analyze(blink)


def test_the_caller_measures_once_whoever_answers_and_the_progress_only_grows(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path, tmp_path: Path
) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    try:
        for behaviours, name in (([], "gemini:fake-flash"), ([failing(400)] * 2, "local")):
            fake.generates = list(behaviours)
            steps: list[Progress] = []
            analyzer = FallbackAnalyzer(make_analyzer(model="fake-flash"), LocalAnalyzer())
            analysis, _ = analyze_file(
                wiring, blink, steps.append, analyzer=analyzer, content_hash=f"hash for {name}"
            )
            assert analysis.analyzer == name
            assert analysis.measurements is not None
            seconds = [step.done for step in steps if step.message == "watching"]
            assert seconds == sorted(set(seconds)) != []  # a second pass would begin at 0 again
            shares = [step.done / (step.total or 1.0) for step in steps]
            assert shares == sorted(shares)
    finally:
        wiring.close()


def test_gemini_alone_says_what_it_lacks_before_anything_is_measured(
    make_analyzer: MakeAnalyzer, blink: Path, tmp_path: Path
) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    steps: list[Progress] = []
    try:
        with pytest.raises(ConfigurationError, match="GEMINI_API_KEY"):
            analyze_file(wiring, blink, steps.append, analyzer=make_analyzer(key=None))
    finally:
        wiring.close()
    assert steps == []
