"""What holds for every model that looks at videos: Gemini's real SDK and the vision client, on the wire."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_gemini import (
    GOOD,
    KEY,
    Behaviour,
    FakeGemini,
    body_of,
    dripping,
    failing,
    hanging,
    resetting,
    saying,
)
from fake_vision import VISION_KEY, FakeVision, refused, said
from gemini_helpers import MakeAnalyzer, shown

from patience import PATIENCE_SECONDS, wait_until
from reelscore.config import Settings
from reelscore.errors import AnalysisError, CancelledError, ConfigurationError, MediaNotFoundError
from reelscore.live.inputs import Picture
from reelscore.live.seeing import ModelAnalyst, PictureModels
from reelscore.live.session import LiveSet
from reelscore.net.quota import QUOTA_DAYS, MemoryLedger
from reelscore.records import Phrase, Progress
from reelscore.video.base import VideoAnalyzer
from reelscore.video.fallback import FallbackAnalyzer
from reelscore.video.local.analyzer import LocalAnalyzer
from reelscore.video.vision.analyzer import VisionAnalyzer
from reelscore.video.vision.options import VisionOptions
from reelscore.wiring import Wiring
from reelscore.wiring.analyzers import choose_model


def make_vision(fake: FakeVision, *, key: str | None = VISION_KEY, ledger: Any = None, **options: Any) -> Any:
    quick = {
        "url": fake.url,
        "model": "eyes",
        "first_wait_seconds": 0.01,
        "request_seconds": 5.0,
        "deadline_seconds": 20.0,
        "attempts": 3,
    }
    return VisionAnalyzer(key, options=VisionOptions(**(quick | options)), ledger=ledger)


@dataclass
class Model:
    """One of the two, with how its server is scripted."""

    name: str
    service: str
    make: Callable[..., VideoAnalyzer]
    script: Callable[[list[Behaviour]], None]
    calls: Callable[[], list[Any]]
    say: Callable[..., Behaviour]
    fail: Callable[..., Behaviour]
    key: str


@pytest.fixture(params=["gemini", "vision"])
def model(
    request: pytest.FixtureRequest, fake: FakeGemini, make_analyzer: MakeAnalyzer, vision: FakeVision
) -> Model:
    if request.param == "gemini":
        return Model(
            "gemini:fake-flash",
            "gemini",
            make_analyzer,
            lambda steps: setattr(fake, "generates", steps),
            lambda: fake.asked("generate"),
            saying,
            failing,
            KEY,
        )
    return Model(
        "vision:eyes",
        "vision",
        lambda **options: make_vision(vision, **options),
        lambda steps: setattr(vision, "script", steps),
        lambda: vision.calls,
        lambda answer=GOOD, finish="STOP": said(
            answer, finish={"STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "content_filter"}[finish]
        ),
        refused,
        VISION_KEY,
    )


def test_an_answer_becomes_an_analysis(model: Model, clip: Path) -> None:
    analyzer = model.make()
    analysis = analyzer.analyze(clip)
    assert analysis.analyzer == analyzer.name == model.name
    assert analysis.description == GOOD["description"]
    assert (analysis.mood, analysis.tempo, analysis.energy_level) == ("calm", "Slow", "Low")
    assert analysis.phrases[0] == Phrase("slow ambient piano", 1.0)
    assert [(s.start, s.end) for s in analysis.sections] == [(0, 2), (2, 4)]
    assert analysis.extra["avoid"] == ["drums"]
    assert analysis.extra["cache_key"] == analyzer.cache_key
    assert analysis.extra["usage"]["total_tokens"] == 1350
    assert analysis.degraded is None
    assert len(model.calls()) == 1


RECOVERED: dict[str, Callable[[Model], list[Behaviour]]] = {
    "500 once": lambda model: [model.fail(500)],
    "503 twice": lambda model: [model.fail(503)] * 2,
    "429 with a moment to wait": lambda model: [model.fail(429, headers={"Retry-After": "0"})],
    "a torn connection": lambda model: [resetting],
    "an empty answer": lambda model: [model.say("")],
    "a cut off answer": lambda model: [model.say('{"descr', finish="MAX_TOKENS")],
    "another form": lambda model: [model.say({"a": 1})],
    "no JSON": lambda model: [model.say("I cannot see a film, sorry")],
    "truncated JSON": lambda model: [model.say('{"description": "Waves')],
}


@pytest.mark.parametrize("fault", RECOVERED)
def test_what_passes_is_tried_again(model: Model, blink: Path, fault: str) -> None:
    steps = RECOVERED[fault](model)
    model.script(list(steps))
    assert model.make().analyze(blink).mood == "calm"
    assert len(model.calls()) == len(steps) + 1


FINAL: dict[str, tuple[Callable[[Model], list[Behaviour]], type[Exception], str]] = {
    "the key is refused": (lambda model: [model.fail(401)], ConfigurationError, "refused the key"),
    "the model is not there": (lambda model: [model.fail(404)], ConfigurationError, "REELSCORE_.*_MODEL"),
    "the request is refused": (lambda model: [model.fail(400)] * 2, AnalysisError, "refused the request"),
    "500 for good": (lambda model: [model.fail(500)] * 9, AnalysisError, "500"),
    "a wait past the deadline": (
        lambda model: [model.fail(429, headers={"Retry-After": "900"})],
        AnalysisError,
        "900",
    ),
    "refused for what it shows": (lambda model: [model.say("", finish="SAFETY")], AnalysisError, "refuses"),
    "two empty answers": (lambda model: [model.say("")] * 2, AnalysisError, "it is empty"),
    "two of another form": (lambda model: [model.say({"a": 1})] * 2, AnalysisError, "phrases has 0"),
    "an address elsewhere": (
        lambda model: [body_of({}, 307, {"Location": "http://127.0.0.1:9/"})],
        AnalysisError,
        "307",
    ),
}


@pytest.mark.parametrize("fault", FINAL)
def test_what_does_not_pass_is_one_clear_error_without_the_key(model: Model, blink: Path, fault: str) -> None:
    steps, kind, words = FINAL[fault]
    model.script(list(steps(model)))
    with pytest.raises(kind, match=words) as caught:
        model.make().analyze(blink)
    assert model.key not in shown(caught.value)


@pytest.mark.parametrize("behaviour", [hanging, dripping])
def test_an_answer_that_does_not_come_is_given_up(model: Model, blink: Path, behaviour: Behaviour) -> None:
    model.script([behaviour] * 9)
    with pytest.raises(AnalysisError, match="answer"):
        model.make(request_seconds=0.2, deadline_seconds=1.5, attempts=2).analyze(blink)


def test_cancelling_does_not_wait_for_the_answer(model: Model, blink: Path) -> None:
    model.script([hanging])
    asked = threading.Event()

    def progress(step: Progress) -> None:
        if "answer" in step.message and model.calls():
            asked.set()
            raise CancelledError("stop")

    with pytest.raises(CancelledError):
        model.make(request_seconds=15.0).analyze(blink, progress=progress)
    assert asked.is_set()


def test_a_form_that_is_wrong_is_mended_without_sending_the_video_again(model: Model, clip: Path) -> None:
    model.script([model.say({**GOOD, "phrases": []})])
    usage = model.make().analyze(clip).extra["usage"]
    assert usage["asked_again"] is True
    first, second = model.calls()
    assert len(second.body) < len(first.body) - 500


def test_requests_and_tokens_of_the_day_are_counted_and_bound(model: Model, blink: Path) -> None:
    ledger = MemoryLedger()
    analyzer = model.make(ledger=ledger, requests_per_day=2)
    analyzer.analyze(blink)
    used = ledger.used(model.service, QUOTA_DAYS[model.service].today())
    assert (used.requests, used.tokens) == (1, 1350)
    analyzer.analyze(blink)
    with pytest.raises(AnalysisError, match=f"REELSCORE_{model.service.upper()}_REQUESTS_PER_DAY"):
        analyzer.analyze(blink)
    assert len(model.calls()) == 2


def test_if_it_fails_the_local_analyser_answers_and_says_why(model: Model, blink: Path) -> None:
    model.script([model.fail(500)] * 9)
    analysis = FallbackAnalyzer(model.make(), LocalAnalyzer()).analyze(blink)
    assert analysis.analyzer == "local"
    assert f"local answered instead of {model.name}" in (analysis.degraded or "")
    assert model.key not in (analysis.degraded or "")


def ask_live(model: VideoAnalyzer, seconds: int, *, every: float) -> list[dict[str, Any]]:
    """The events of a live set whose pictures a model is asked about."""
    events: list[dict[str, Any]] = []
    live = LiveSet(ask=dict, load=dict, emit=lambda event: events.append(dict(event)))  # type: ignore[arg-type]
    analyst = ModelAnalyst(model, every)
    models = PictureModels(analyst=analyst)
    for time in range(0, seconds, 2):
        models.offer(live_picture(time))
        wait_until(lambda: not analyst.is_busy)
        models.report(live, float(time))
    return events


def live_picture(time: float) -> Picture:
    noise = np.random.default_rng(round(time)).integers(0, 256, (14, 24, 3), dtype=np.uint8)
    return Picture(time, np.zeros((36, 64, 3), np.uint8), noise.repeat(16, 0).repeat(16, 1))


def test_a_live_set_asks_about_the_last_minute_at_most_once_in_so_long(model: Model) -> None:
    events = ask_live(model.make(), 200, every=120.0)
    assert [(event["event"], event["time"]) for event in events] == [("answer", 16.0), ("answer", 136.0)]
    assert events[0]["model"] == model.name
    assert events[0]["description"] == GOOD["description"]
    assert events[0]["phrases"][0] == "slow ambient piano"
    assert len(model.calls()) == 2


def test_a_model_that_fails_is_a_problem_of_a_live_set_which_goes_on(model: Model) -> None:
    model.script([model.fail(400)])
    failed, answered = ask_live(model.make(attempts=1), 90, every=60.0)
    assert (failed["event"], answered["event"]) == ("problem", "answer")
    assert failed["message"].startswith("no answer about the last pictures: ")
    assert model.key not in failed["message"]


def test_a_key_that_is_missing_is_a_problem_of_a_live_set() -> None:
    model = choose_model(Settings(analyzer="gemini"), lambda: pytest.fail("nothing is spent"))
    assert model is not None
    (missing,) = ask_live(model, 30, every=60.0)
    assert missing["event"] == "problem"
    assert "GEMINI_API_KEY" in missing["message"]


def test_a_live_set_stays_within_the_budget_and_says_so(model: Model) -> None:
    analyzer = model.make(ledger=MemoryLedger(), requests_per_day=1)
    answered, spent = ask_live(analyzer, 90, every=60.0)
    assert (answered["event"], spent["event"]) == ("answer", "problem")
    assert f"REELSCORE_{model.service.upper()}_REQUESTS_PER_DAY" in spent["message"]
    assert len(model.calls()) == 1


def test_a_live_set_waits_for_no_answer_and_asks_no_second_time_meanwhile(model: Model) -> None:
    model.script([hanging])
    analyst = ModelAnalyst(
        model.make(request_seconds=PATIENCE_SECONDS, deadline_seconds=PATIENCE_SECONDS), 60.0
    )
    for time in range(0, 300, 2):
        analyst.offer(live_picture(time))
    assert analyst.is_busy
    wait_until(lambda: bool(model.calls()))
    analyst.close(PATIENCE_SECONDS)
    assert not analyst.is_busy
    assert analyst.take() is None
    assert len(model.calls()) == 1


def test_a_file_that_is_not_there_is_the_fault_of_the_file(model: Model, tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError):
        model.make().analyze(tmp_path / "none.mp4")
    assert model.calls() == []


def test_the_settings_choose_who_looks(tmp_path: Path) -> None:
    named = {"vision_url": "http://localhost:1/v1", "vision_model": "eyes"}
    for number, (settings, name, alone) in enumerate(
        (
            ({}, "local", True),
            (named, "vision:eyes", False),
            ({**named, "analyzer": "vision"}, "vision:eyes", True),
            ({**named, "analyzer": "local"}, "local", True),
        )
    ):
        wiring = Wiring(Settings(home=tmp_path / str(number), **settings))
        assert wiring.analyzer.name == name
        assert isinstance(wiring.analyzer, FallbackAnalyzer) is not alone
    with pytest.raises(ConfigurationError, match="REELSCORE_VISION_MODEL"):
        Wiring(
            Settings(home=tmp_path / "x", analyzer="vision", vision_url="http://localhost:1")
        ).analyzer.check()
