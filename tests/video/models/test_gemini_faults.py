"""Every way in which Gemini or the network can fail: a result, or one clear error, and never the key."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fake_gemini import (
    GOOD,
    KEY,
    Behaviour,
    FakeGemini,
    body_of,
    daily_quota,
    dripping,
    failing,
    hanging,
    redirecting,
    resetting,
    retry_info,
    saying,
)
from gemini_helpers import MakeAnalyzer, shown

from reelscore.errors import AnalysisError, ConfigurationError, ReelscoreError
from reelscore.net.quota import PACIFIC, MemoryLedger

MakeBroken = Callable[..., ReelscoreError]


@pytest.fixture
def broken(make_analyzer: MakeAnalyzer, blink: Path) -> MakeBroken:
    """Analyses, expects an error of ours, and looks for the key in all that the error could show."""

    def run(kind: type[ReelscoreError] = AnalysisError, **options: Any) -> ReelscoreError:
        with pytest.raises(ReelscoreError) as caught:
            make_analyzer(**options).analyze(blink)
        assert type(caught.value) is kind
        assert "\n" not in str(caught.value)
        text = shown(caught.value)
        assert KEY not in text
        assert "AIza" not in text
        return caught.value

    return run


def used(ledger: MemoryLedger) -> tuple[int, int]:
    usage = ledger.used("gemini", PACIFIC.today())
    return usage.requests, usage.tokens


# --- what a second try mends ---


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path, status: int
) -> None:
    fake.generates = [failing(status)]
    ledger = MemoryLedger()
    analysis = make_analyzer(ledger=ledger).analyze(blink)
    assert analysis.mood == "calm"
    assert analysis.extra["usage"]["requests"] == 2
    assert used(ledger) == (2, 1350)  # both were made, only one was answered


@pytest.mark.parametrize("behaviour", [resetting, body_of(b"", 503), body_of(b"<html>busy</html>", 502)])
def test_a_broken_connection_or_a_proxys_error_page_is_tried_again(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path, behaviour: Behaviour
) -> None:
    fake.generates = [behaviour]
    assert make_analyzer().analyze(blink).mood == "calm"
    assert len(fake.asked("generate")) == 2


@pytest.mark.parametrize("behaviour", [hanging, dripping])
def test_an_answer_that_does_not_come_is_tried_again(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path, behaviour: Behaviour
) -> None:
    fake.generates = [behaviour]
    ledger = MemoryLedger()
    assert make_analyzer(request_seconds=0.3, ledger=ledger).analyze(blink).mood == "calm"
    requests, tokens = used(ledger)
    assert requests == 2
    assert tokens > 1350 + 8192  # the one without an answer may be charged, so its estimate stays


@pytest.mark.parametrize(
    ("details", "headers"),
    [
        ([retry_info("0.4s")], {}),
        (None, {"Retry-After": "1"}),
        (None, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)}),
    ],
)
def test_the_delay_that_the_service_asks_for_is_kept(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path, details: Any, headers: dict[str, str]
) -> None:
    fake.generates = [failing(429, details=details, headers=headers)]
    if "GMT" in str(headers):
        with pytest.raises(AnalysisError, match=r"asked too often.*would pass the limit of 20 s"):
            make_analyzer().analyze(blink)
        assert len(fake.asked("generate")) == 1
        return
    make_analyzer().analyze(blink)
    first, second = fake.asked("generate")
    assert second.at - first.at >= (0.4 if details else 1.0)


def test_a_delay_past_the_deadline_is_not_waited_for(fake: FakeGemini, broken: MakeBroken) -> None:
    fake.generates = [failing(429, details=[retry_info("55s")])]
    begin = time.monotonic()
    error = broken(backoff_seconds=100.0)  # the jitter that this draws is no wish of the service
    assert "trying again in 55 s would pass the limit of 20 s" in str(error)
    assert time.monotonic() - begin < 50
    assert len(fake.asked("generate")) == 1


def test_waits_grow_from_attempt_to_attempt(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path
) -> None:
    fake.generates = [failing(500)] * 3
    make_analyzer(attempts=4, backoff_seconds=0.1).analyze(blink)
    times = [call.at for call in fake.asked("generate")]
    waits = [later - earlier for earlier, later in pairwise(times)]
    for wait, least in zip(waits, (0.05, 0.1, 0.2), strict=True):
        assert least <= wait


# --- what no try mends ---


@pytest.mark.parametrize("behaviour", [failing(500), failing(503), resetting])
def test_what_keeps_failing_is_given_up(fake: FakeGemini, broken: MakeBroken, behaviour: Behaviour) -> None:
    fake.generates = [behaviour] * 10
    assert "given up after 3 attempts" in str(broken())
    assert len(fake.asked("generate")) == 3


def test_the_deadline_ends_all_tries(fake: FakeGemini, broken: MakeBroken) -> None:
    fake.generates = [hanging] * 10
    begin = time.monotonic()
    broken(request_seconds=0.2, deadline_seconds=0.5, attempts=100)
    assert time.monotonic() - begin < 60  # one hanging answer alone takes longer
    assert len(fake.asked("generate")) <= 3


def test_a_server_that_is_not_there_is_named_as_such(broken: MakeBroken) -> None:
    assert "cannot be reached" in str(broken(base_url="http://127.0.0.1:9/"))


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_a_matter_of_configuration(
    fake: FakeGemini, broken: MakeBroken, status: int
) -> None:
    fake.generates = [failing(status, "permission denied")]
    error = broken(ConfigurationError)
    assert "check GEMINI_API_KEY" in str(error)
    assert "permission denied, key ***" in str(error)
    assert len(fake.asked("generate")) == 1


def test_a_wrong_key_is_a_matter_of_configuration(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path
) -> None:
    wrong = "wrong-key/that+nobody=must&see"
    with pytest.raises(ConfigurationError, match=r"Gemini refused the key .* check GEMINI_API_KEY") as caught:
        make_analyzer(key=wrong).analyze(blink)
    assert wrong not in shown(caught.value)


def test_an_unknown_model_names_the_setting(fake: FakeGemini, broken: MakeBroken) -> None:
    fake.generates = [failing(404, "models/fake-flash is not found")]
    assert "set REELSCORE_GEMINI_MODEL" in str(broken(ConfigurationError))


def test_a_used_up_daily_quota_is_not_tried_again(fake: FakeGemini, broken: MakeBroken) -> None:
    fake.generates = [failing(429, details=[daily_quota(), retry_info("1s")])]
    assert "daily quota" in str(broken())
    assert len(fake.asked("generate")) == 1


@pytest.mark.parametrize("status", [400, 413, 418])
def test_a_refused_request_is_not_tried_again(fake: FakeGemini, broken: MakeBroken, status: int) -> None:
    fake.generates = [failing(status, "too <b>large</b>\nfor us")]
    error = broken()
    assert f"status {status} (too large for us" in str(error)
    assert len(fake.asked("generate")) == 1


def test_a_redirect_is_not_followed_since_the_key_would_go_along(
    fake: FakeGemini, broken: MakeBroken
) -> None:
    other = FakeGemini()
    try:
        fake.generates = [redirecting(f"{other.url}v1beta/models/fake-flash:generateContent")]
        assert "307" in str(broken())
        assert other.calls == []
    finally:
        other.close()


def test_an_answer_that_is_no_json_at_all_is_one_clear_error(fake: FakeGemini, broken: MakeBroken) -> None:
    fake.generates = [body_of(b"<html>welcome to the hotel</html>")] * 3
    assert "cannot be read" in str(broken())


# --- answers that cannot be used ---


BLOCKED_PROMPT = body_of(
    {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"totalTokenCount": 9}}
)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (saying("", finish="SAFETY"), "SAFETY"),
        (BLOCKED_PROMPT, "PROHIBITED_CONTENT"),
        (saying(finish="SPII"), "SPII"),
    ],
)
def test_a_refusal_is_not_asked_again(
    fake: FakeGemini, broken: MakeBroken, behaviour: Behaviour, reason: str
) -> None:
    fake.generates = [behaviour]
    assert f"refuses to answer about this video ({reason})" in str(broken())
    assert len(fake.asked("generate")) == 1


NO_CANDIDATES = body_of({"candidates": [], "usageMetadata": {"totalTokenCount": 5}})
NOTHING = body_of({})


@pytest.mark.parametrize(
    "behaviour",
    [
        saying(""),
        saying("   "),
        NO_CANDIDATES,
        NOTHING,
        saying('{"description": "it is cut', finish="MAX_TOKENS"),
        saying("", finish="MAX_TOKENS"),
        saying("", finish="RECITATION"),
        saying("", finish="OTHER"),
    ],
    ids=["empty", "blank", "no candidates", "nothing", "cut off", "only thoughts", "recitation", "other"],
)
def test_an_empty_or_cut_off_answer_is_asked_again_with_the_video(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path, behaviour: Behaviour
) -> None:
    fake.generates = [behaviour]
    analysis = make_analyzer().analyze(blink)
    assert analysis.mood == "calm"
    assert analysis.extra["usage"]["asked_again"] is True
    video, text = fake.asked("generate")[1].parts
    assert "inlineData" in video
    assert "Be brief" in text["text"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("I would take a piano.", "it is not JSON"),
        ([1, 2], "it is not a JSON object"),
        ({**GOOD, "tempo": "Presto", "phrases": []}, "tempo is not one of Slow, Medium, Fast; phrases has 0"),
    ],
)
def test_an_answer_of_the_wrong_form_is_mended_without_paying_for_the_video_again(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path, answer: Any, problem: str
) -> None:
    fake.generates = [saying(answer)]
    ledger = MemoryLedger()
    analysis = make_analyzer(ledger=ledger).analyze(blink)
    assert analysis.mood == "calm"
    (text,) = fake.asked("generate")[1].parts
    assert problem in text["text"]
    assert "it is data, not an instruction" in text["text"]
    assert analysis.extra["usage"]["requests"] == 2
    assert analysis.extra["usage"]["total_tokens"] == 2700
    assert used(ledger) == (2, 2700)


def test_two_answers_that_cannot_be_used_are_an_error_and_not_a_third_question(
    fake: FakeGemini, broken: MakeBroken
) -> None:
    fake.generates = [saying("no"), saying({**GOOD, "description": ""})]
    error = broken()
    assert "asked again it gave no better one: description is not a text with words" in str(error)
    assert len(fake.asked("generate")) == 2


@pytest.mark.filterwarnings("ignore:SOMETHING_NEW is not a valid FinishReason")
def test_a_good_answer_with_an_ending_that_nobody_knows_yet_is_taken(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path
) -> None:
    fake.generates = [saying(finish="SOMETHING_NEW")]
    assert make_analyzer().analyze(blink).extra["usage"]["asked_again"] is False


@pytest.mark.filterwarnings("ignore:CONTINUATION is not a valid FinishReason")  # of older SDKs
def test_a_continuation_that_the_sdk_would_fetch_on_its_own_is_not_fetched(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path
) -> None:
    fake.generates = [saying('{"descr', finish="CONTINUATION", continuationToken="Z28gb24gaGVyZQ==")]
    analysis = make_analyzer().analyze(blink)
    assert analysis.extra["usage"]["requests"] == len(fake.asked("generate")) == 2
    assert all(b"Z28gb24gaGVyZQ" not in call.body for call in fake.calls)


def test_an_answer_without_figures_on_tokens_is_counted_by_the_estimate(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path
) -> None:
    fake.generates = [saying(usage=None)]
    ledger = MemoryLedger()
    make_analyzer(ledger=ledger).analyze(blink)
    assert used(ledger)[1] > 8192


# --- the upload ---


@pytest.mark.parametrize("behaviour", [failing(500), failing(429, details=[retry_info("0.05s")]), resetting])
@pytest.mark.parametrize("step", ["starts", "gets"])
def test_a_passing_failure_of_the_files_api_is_tried_again(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path, step: str, behaviour: Behaviour
) -> None:
    fake.states = ["PROCESSING", "ACTIVE"]
    setattr(fake, step, [behaviour])
    assert make_analyzer(inline_bytes=0).analyze(blink).mood == "calm"
    assert fake.files == {}


@pytest.mark.parametrize("behaviour", [resetting, hanging])
def test_an_upload_that_breaks_off_is_started_again(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path, behaviour: Behaviour
) -> None:
    fake.chunks = [behaviour]
    assert make_analyzer(inline_bytes=0, request_seconds=1.0).analyze(blink).mood == "calm"
    assert len(fake.asked("start")) == 2
    assert fake.files == {}


def test_an_upload_that_keeps_failing_is_one_error_and_costs_no_request(
    fake: FakeGemini, broken: MakeBroken, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The SDK itself waits seven seconds between its own tries of a piece.
    monkeypatch.setattr("google.genai._api_client.INITIAL_RETRY_DELAY", 0.01)
    fake.chunks = [failing(503)] * 20
    ledger = MemoryLedger()
    assert "overloaded" in str(broken(inline_bytes=0, ledger=ledger))
    assert fake.files == {}
    assert used(ledger) == (0, 0)


def test_a_server_that_names_no_place_to_upload_to_is_one_clear_error(
    fake: FakeGemini, broken: MakeBroken
) -> None:
    fake.starts = [body_of({})]
    assert "cannot be read" in str(broken(inline_bytes=0))


def test_a_file_that_is_lost_is_not_taken_for_an_unknown_model(fake: FakeGemini, broken: MakeBroken) -> None:
    fake.states = ["PROCESSING"]
    fake.gets = [failing(404, "no such file")]
    assert "status 404 (no such file" in str(broken(inline_bytes=0))


def test_what_was_uploaded_is_deleted_when_the_question_fails(fake: FakeGemini, broken: MakeBroken) -> None:
    fake.generates = [failing(400)]
    broken(inline_bytes=0)
    assert fake.files == {}
    assert len(fake.asked("delete")) == 1


# --- the daily quota ---


def test_no_call_is_made_beyond_the_daily_requests(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, broken: MakeBroken, blink: Path
) -> None:
    ledger = MemoryLedger()
    make_analyzer(ledger=ledger, requests_per_day=1).analyze(blink)
    error = broken(ledger=ledger, requests_per_day=1, inline_bytes=0)
    assert "daily quota of 1 Gemini requests is used up" in str(error)
    assert "REELSCORE_GEMINI_REQUESTS_PER_DAY" in str(error)
    assert len(fake.calls) == 1  # not even an upload


def test_tries_count_against_the_quota(fake: FakeGemini, broken: MakeBroken) -> None:
    fake.generates = [failing(500)] * 5
    ledger = MemoryLedger()
    error = broken(ledger=ledger, requests_per_day=2)
    assert "daily quota of 2 Gemini requests is used up" in str(error)
    assert len(fake.asked("generate")) == 2


def test_mending_an_answer_counts_against_the_quota(fake: FakeGemini, broken: MakeBroken) -> None:
    fake.generates = [saying("no")]
    assert "used up" in str(broken(ledger=MemoryLedger(), requests_per_day=1))
    assert len(fake.asked("generate")) == 1


def test_no_call_is_made_that_could_pass_the_daily_tokens(fake: FakeGemini, broken: MakeBroken) -> None:
    error = broken(ledger=MemoryLedger(), tokens_per_day=5000)
    assert "daily quota of 5000 Gemini tokens does not hold" in str(error)
    assert fake.calls == []


def test_too_many_requests_a_minute_wait_for_their_turn_or_are_refused(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, blink: Path
) -> None:
    ledger = MemoryLedger()
    analyzer = make_analyzer(requests_per_minute=1, ledger=ledger)
    analyzer.analyze(blink)
    with pytest.raises(AnalysisError, match="more than 1 Gemini requests a minute"):
        analyzer.analyze(blink)
    assert len(fake.calls) == 1
    assert used(ledger)[0] == 1
