"""The real SDK against the fake server: what is asked, and what becomes of the answer."""

from __future__ import annotations

import base64
import io
import json
import threading
from pathlib import Path

import av
import numpy as np
import pytest
from fake_gemini import GOOD, KEY, FakeGemini, hanging, saying
from gemini_helpers import MakeAnalyzer, shown, write_video

from reelscore.errors import (
    AnalysisError,
    CancelledError,
    ConfigurationError,
    MediaNotFoundError,
    UnreadableMediaError,
)
from reelscore.net.quota import PACIFIC, MemoryLedger
from reelscore.records import Phrase, Progress, VideoMeasurements
from reelscore.video.asking.prompt import load_prompt
from reelscore.video.asking.schema import answer_schema
from reelscore.video.base import VideoAnalyzer
from reelscore.video.gemini.options import SampleOptions
from reelscore.video.measure.pictures import PictureCurves
from reelscore.video.measure.video import Measured


def test_an_answer_becomes_an_analysis(make_analyzer: MakeAnalyzer, clip: Path) -> None:
    analyzer: VideoAnalyzer = make_analyzer()
    analysis = analyzer.analyze(clip)
    assert analysis.analyzer == analyzer.name == "gemini:fake-flash"
    assert analysis.description == GOOD["description"]
    assert analysis.music_recommendation == GOOD["music_recommendation"]
    assert analysis.keywords == ("beach", "dawn", "waves")
    assert (analysis.mood, analysis.tempo, analysis.energy_level) == ("calm", "Slow", "Low")
    assert analysis.genre_suggestions == ("ambient", "neoclassical")
    assert analysis.phrases[0] == Phrase("slow ambient piano", 1.0)
    assert analysis.tempo_bpm == (60.0, 80.0)
    assert analysis.energy == pytest.approx(0.2)
    assert [(s.start, s.end, s.mood) for s in analysis.sections] == [(0, 2, "still"), (2, 4, "opening")]
    assert analysis.degraded is None
    assert "fake-flash" in analysis.basis["mood"]
    assert analysis.extra["vocals"] == "none"
    assert analysis.extra["instruments"] == ["piano", "pads"]
    assert analysis.extra["avoid"] == ["drums"]
    assert analysis.extra["prompt_version"] == load_prompt().version
    json.dumps(dict(analysis.extra))


def test_token_use_is_in_the_result_and_in_the_ledger(make_analyzer: MakeAnalyzer, clip: Path) -> None:
    ledger = MemoryLedger()
    usage = make_analyzer(ledger=ledger).analyze(clip).extra["usage"]
    assert usage["requests"] == 1
    assert (usage["prompt_tokens"], usage["output_tokens"], usage["thought_tokens"]) == (1000, 300, 50)
    assert usage["total_tokens"] == 1350
    assert usage["model"] == "fake-flash-001"
    assert usage["sent_as"] == "inline"
    assert usage["sent_bytes"] > 1000
    used = ledger.used("gemini", PACIFIC.today())
    assert (used.requests, used.tokens) == (1, 1350)


def test_the_request_carries_schema_prompt_and_a_small_copy(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path
) -> None:
    make_analyzer(looks_per_second=2.0, detail="medium").analyze(clip)
    (call,) = fake.asked("generate")
    assert call.path == "/v1beta/models/fake-flash:generateContent"
    config = call.json["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert config["responseJsonSchema"] == answer_schema()
    assert config["mediaResolution"] == "MEDIA_RESOLUTION_MEDIUM"
    assert config["maxOutputTokens"] == 8192
    assert call.json["systemInstruction"]["parts"][0]["text"] == load_prompt().text
    video, text = call.parts
    assert "4.0 seconds" in text["text"]
    assert video["videoMetadata"] == {"fps": 2.0}
    assert video["inlineData"]["mimeType"] == "video/mp4"
    with av.open(io.BytesIO(base64.urlsafe_b64decode(video["inlineData"]["data"]))) as copy:
        assert [stream.type for stream in copy.streams] == ["video", "audio"]
        assert copy.duration / 1e6 == pytest.approx(4.0, abs=0.3)


def test_what_was_measured_is_told_and_kept(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path
) -> None:
    measured = VideoMeasurements(
        duration=4.0,
        width=160,
        height=120,
        frame_rate=10.0,
        rotation=0,
        frames=40,
        cuts=(),
        cuts_per_minute=37.0,
        motion=0.25,
        brightness=0.5,
        contrast=0.1,
        saturation=0.0,
        warmth=0.0,
        has_audio=True,
        speech=0.75,
    )
    nothing = np.zeros(1, dtype=np.float32)
    curves = PictureCurves(nothing, nothing, nothing, nothing, nothing)
    analysis = make_analyzer().analyze(clip, Measured(measured, curves, ()))
    assert analysis.measurements == measured
    told = fake.asked("generate")[0].parts[1]["text"]
    assert "37 cuts a minute" in told
    assert "speech to 75%" in told


def test_nothing_that_is_sent_names_the_file_or_what_is_written_in_it(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, tmp_path: Path
) -> None:
    written = {"title": "Lena's wedding", "location": "+54.3233+010.1228/", "comment": "/home/lena/cut 3"}
    folder = tmp_path / "home of lena"
    folder.mkdir()
    path = write_video(folder / "Lena's wedding.mp4", seconds=1.0, metadata=written)
    make_analyzer(inline_bytes=0).analyze(path)
    for call in fake.calls:
        everything = call.path + str(dict(call.headers)) + call.body.decode("latin-1")
        assert "lena" not in everything.lower()
        assert "54.32" not in everything


def test_the_cache_key_names_model_and_prompt(make_analyzer: MakeAnalyzer, clip: Path) -> None:
    analyzer = make_analyzer()
    assert analyzer.cache_key == f"gemini:fake-flash:{load_prompt().version}"
    assert analyzer.analyze(clip).extra["cache_key"] == analyzer.cache_key


# --- the Files API ---


def test_a_large_copy_goes_through_the_files_api_and_is_deleted(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path
) -> None:
    fake.states = ["PROCESSING", "PROCESSING", "ACTIVE"]
    analysis = make_analyzer(inline_bytes=0).analyze(clip)
    assert analysis.extra["usage"]["sent_as"] == "file"
    kinds = [call.method for call in fake.calls]
    assert kinds == ["POST", "POST", "GET", "GET", "POST", "DELETE"]
    part = fake.asked("generate")[0].parts[0]
    assert part["fileData"]["mimeType"] == "video/mp4"
    assert part["fileData"]["fileUri"].startswith(f"{fake.url}v1beta/files/reelscore-")
    assert fake.files == {}


def test_a_long_copy_goes_through_the_files_api(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path
) -> None:
    make_analyzer(inline_seconds=2.0).analyze(clip)
    assert len(fake.asked("start")) == 1


def test_the_key_goes_to_the_api_and_not_to_the_upload_address(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path
) -> None:
    make_analyzer(inline_bytes=0).analyze(clip)
    for call in fake.calls:
        assert KEY not in call.path
    assert "x-goog-api-key" not in fake.asked("chunk")[0].headers


def test_a_file_that_gemini_cannot_process_is_a_clear_error(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path
) -> None:
    fake.states = ["PROCESSING", "FAILED"]
    with pytest.raises(
        AnalysisError, match=r"cannot use the uploaded video .*codec xyz is unknown"
    ) as caught:
        make_analyzer(inline_bytes=0).analyze(clip)
    assert KEY not in shown(caught.value)
    assert fake.files == {}
    assert not fake.asked("generate")


def test_processing_that_never_ends_is_given_up(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path
) -> None:
    fake.states = ["PROCESSING"]
    with pytest.raises(AnalysisError, match="did not finish to process"):
        make_analyzer(inline_bytes=0, deadline_seconds=0.4).analyze(clip)
    assert fake.files == {}


def test_a_file_whose_upload_was_not_confirmed_is_deleted_too(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path
) -> None:
    fake.lose_last_answer = True
    make_analyzer(inline_bytes=0).analyze(clip)
    assert len(fake.asked("start")) == 2
    assert len(fake.asked("delete")) == 2
    assert fake.files == {}


def test_a_file_that_cannot_be_deleted_does_not_cost_the_answer(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path, logs: list[str]
) -> None:
    from fake_gemini import failing

    fake.deletes = [failing(500)] * 5
    assert make_analyzer(inline_bytes=0).analyze(clip).mood == "calm"
    assert any("could not be deleted" in line for line in logs)


def test_the_upload_reports_how_far_it_is(fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path) -> None:
    steps: list[Progress] = []
    make_analyzer(inline_bytes=0).analyze(clip, progress=steps.append)
    assert {step.message for step in steps} >= {
        "making a small copy of the video",
        "uploading the video to Gemini",
        "waiting for Gemini's answer",
    }
    shares = [step.done for step in steps]
    assert shares == sorted(shares)
    assert all(step.total == 1.0 and 0.0 <= step.done <= 1.0 for step in steps)


# --- cancelling ---


@pytest.mark.parametrize("message", ["small copy", "uploading", "processing", "waiting for Gemini"])
def test_cancelling_stops_at_once_and_deletes_what_was_uploaded(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path, message: str
) -> None:
    fake.states = ["PROCESSING", "ACTIVE"]
    fake.generates = [hanging]

    def progress(step: Progress) -> None:
        if message in step.message:
            raise CancelledError("the user stopped the work")

    ledger = MemoryLedger()
    with pytest.raises(CancelledError):
        make_analyzer(inline_bytes=0, ledger=ledger).analyze(clip, progress=progress)
    assert fake.files == {}
    assert not fake.asked("generate")
    assert ledger.used("gemini", PACIFIC.today()).requests == 0  # nothing was asked, so nothing is counted


def test_cancelling_does_not_wait_for_an_answer_that_does_not_come(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path
) -> None:
    fake.generates = [hanging]

    def progress(step: Progress) -> None:
        if fake.asked("generate"):
            raise CancelledError("the user stopped the work")

    ledger = MemoryLedger()
    with pytest.raises(CancelledError):
        make_analyzer(ledger=ledger, request_seconds=15.0).analyze(clip, progress=progress)
    used = ledger.used("gemini", PACIFIC.today())
    assert used.requests == 1
    assert used.tokens > 1350  # it may have been charged, so the estimate stays


# --- before anything is sent ---


@pytest.mark.parametrize("key", [None, "", "  "])
def test_without_a_key_nothing_is_sent(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path, key: str | None
) -> None:
    with pytest.raises(ConfigurationError, match="GEMINI_API_KEY is not set"):
        make_analyzer(key=key).analyze(clip)
    assert fake.calls == []


@pytest.mark.parametrize("key", [f"{KEY}\nX-Evil: 1", f"{KEY}é", f"{KEY} {KEY}"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path, key: str
) -> None:
    with pytest.raises(ConfigurationError, match="copy it again") as caught:
        make_analyzer(key=key).analyze(clip)
    assert KEY not in shown(caught.value)
    assert fake.calls == []


def test_blanks_around_a_key_do_not_matter(make_analyzer: MakeAnalyzer, clip: Path) -> None:
    assert make_analyzer(key=f" {KEY}\n").analyze(clip).mood == "calm"


def test_the_environment_overrides_neither_key_nor_address(
    fake: FakeGemini,
    make_analyzer: MakeAnalyzer,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    logs: list[str],
) -> None:
    for name, value in {
        "GOOGLE_API_KEY": "AIzaSyAnother-key-of-somebody-else-entirely",
        "GEMINI_API_KEY": "AIzaSyA-third-key-of-nobody-in-particular00",
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_GENAI_USE_ENTERPRISE": "true",
        "GOOGLE_GENAI_API_VERSION": "v7",
        "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9/",
        "GOOGLE_CLOUD_PROJECT": "other",
    }.items():
        monkeypatch.setenv(name, value)
    make_analyzer().analyze(clip)
    (call,) = fake.calls
    assert call.headers["x-goog-api-key"] == KEY
    assert call.path.startswith("/v1beta/models/")
    assert not any("Using GOOGLE_API_KEY" in line for line in logs)


def test_a_missing_extra_says_what_to_install(
    make_analyzer: MakeAnalyzer, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "google.genai", None)
    monkeypatch.setitem(sys.modules, "google.genai.types", None)
    with pytest.raises(ConfigurationError, match="pip install 'google-genai>="):
        make_analyzer().analyze(clip)


def test_a_file_that_is_no_video_is_the_fault_of_the_file(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, tmp_path: Path
) -> None:
    with pytest.raises(MediaNotFoundError):
        make_analyzer().analyze(tmp_path / "nothing.mp4")
    text = tmp_path / "text.mp4"
    text.write_text("this is no video")
    with pytest.raises(UnreadableMediaError):
        make_analyzer().analyze(text)
    assert fake.calls == []


def test_the_representation_of_the_analyser_shows_no_key(make_analyzer: MakeAnalyzer) -> None:
    analyzer = make_analyzer()
    assert KEY not in repr(analyzer) + repr(analyzer.options)


def test_several_threads_may_share_an_analyser(make_analyzer: MakeAnalyzer, clip: Path) -> None:
    ledger = MemoryLedger()
    analyzer = make_analyzer(ledger=ledger, sample=SampleOptions(frame_rate=1.0))
    moods: list[str] = []
    threads = [threading.Thread(target=lambda: moods.append(analyzer.analyze(clip).mood)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert moods == ["calm"] * 3
    assert ledger.used("gemini", PACIFIC.today()).requests == 3


def test_sections_of_a_shortened_video_are_told_in_its_own_time(
    fake: FakeGemini, make_analyzer: MakeAnalyzer, clip: Path
) -> None:
    # Two pieces of a second each stand for four seconds.
    sections = [
        {"start": 0, "end": 1, "mood": "first", "energy": 0.2},
        {"start": 1, "end": 2, "mood": "second", "energy": 0.4},
    ]
    fake.generates = [saying(GOOD | {"sections": sections})]
    analysis = make_analyzer(sample=SampleOptions(max_seconds=2.0, piece_seconds=1.0)).analyze(clip)
    assert [(s.start, s.end) for s in analysis.sections] == [
        (0.0, pytest.approx(3.0, abs=0.1)),
        (pytest.approx(3.0, abs=0.1), pytest.approx(4.0, abs=0.15)),
    ]
    assert analysis.extra["usage"]["sent_seconds"] == pytest.approx(2.0, abs=0.1)
    assert analysis.extra["duration"] == pytest.approx(4.0, abs=0.1)
