"""The vision analyser on the wire: what it sends, and the answers of servers of every dialect."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from fake_gemini import GOOD, Behaviour, body_of
from fake_vision import VISION_KEY, FakeVision, refused, said
from gemini_helpers import write_video
from test_models_contract import make_vision

from reelscore.errors import AnalysisError, ConfigurationError
from reelscore.records import Shot
from reelscore.video.asking.prompt import load_prompt
from reelscore.video.asking.schema import answer_schema
from reelscore.video.measure.video import measure_video
from reelscore.video.vision.dialect import read_reply, request_body, words_of_error
from reelscore.video.vision.frames import moments
from reelscore.video.vision.options import VisionOptions


def test_the_request_carries_prompt_schema_pictures_and_their_times(vision: FakeVision, clip: Path) -> None:
    make_vision(vision, pictures=3).analyze(clip, measure_video(clip))
    (call,) = vision.calls
    assert (call.method, call.path) == ("POST", "/v1/chat/completions")
    assert call.headers["authorization"] == f"Bearer {VISION_KEY}"
    body = call.json
    assert body["model"] == "eyes"
    assert body["stream"] is False
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["schema"] == answer_schema()
    system, user = body["messages"]
    assert system["content"] == load_prompt().text
    text, *pictures = user["content"]
    assert "4.0 seconds long" in text["text"]
    assert "cuts a minute" in text["text"]
    assert 1 <= len(pictures) <= 3
    for picture in pictures:
        kind, data = picture["image_url"]["url"].split(",")
        assert kind == "data:image/jpeg;base64"
        with av.open(io.BytesIO(base64.b64decode(data))) as image:
            assert image.streams.video[0].codec_context.name == "mjpeg"
            assert max(image.streams.video[0].width, image.streams.video[0].height) <= 512


def test_a_large_picture_is_made_small_and_nothing_names_the_file(vision: FakeVision, tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "Lena's wedding.mp4",
        seconds=1.0,
        size=(1280, 720),
        sound=False,
        metadata={"title": "Lena"},
    )
    usage = make_vision(vision, pictures=2).analyze(path).extra["usage"]
    assert usage["sent_bytes"] < 60_000
    assert b"lena" not in vision.calls[0].body.lower()
    assert "lena" not in str(dict(vision.calls[0].headers)).lower()


def test_without_a_key_no_header_is_sent(vision: FakeVision, blink: Path) -> None:
    make_vision(vision, key=None).analyze(blink)
    assert "authorization" not in vision.calls[0].headers


ANSWERED: dict[str, Behaviour] = {
    "llama.cpp and vLLM: JSON text": said(reasoning_content="The waves are calm."),
    "Ollama: thoughts apart": said(reasoning="The waves are calm."),
    "a fence": said(f"```json\n{json.dumps(GOOD)}\n```"),
    "a fence within words": said(f"Here it is:\n```json\n{json.dumps(GOOD)}\n```\nI hope that it helps!"),
    "words around": said(f"Sure! {json.dumps(GOOD)} Let me know."),
    "thoughts in the text": said(f"<think>A beach {{maybe}}?</think>\n{json.dumps(GOOD)}"),
    "a list of parts": body_of(
        {
            "choices": [
                {
                    "message": {"content": [{"type": "text", "text": json.dumps(GOOD)}]},
                    "finish_reason": "stop",
                }
            ]
        }
    ),
    "a tool call": said(
        None,
        finish="tool_calls",
        tool_calls=[{"type": "function", "function": {"name": "film", "arguments": json.dumps(GOOD)}}],
    ),
    "a tool call with an object": said(
        "", finish="tool_calls", tool_calls=[{"function": {"name": "film", "arguments": GOOD}}]
    ),
    "no usage and no name": body_of({"choices": [{"message": {"content": json.dumps(GOOD)}}]}),
}


@pytest.mark.parametrize("dialect", ANSWERED)
def test_every_dialect_is_read(vision: FakeVision, blink: Path, dialect: str) -> None:
    vision.script = [ANSWERED[dialect]]
    assert make_vision(vision).analyze(blink).description == GOOD["description"]
    assert len(vision.calls) == 1


FORM_REFUSED: dict[str, Behaviour] = {
    "LM Studio": refused(400, {"message": "'response_format.type' must be 'json_object' or 'text'"}),
    "LM Studio, a bare text": body_of({"error": "'response_format.type' must be 'text'"}, 400),
    "llama.cpp": refused(
        400, {"code": 400, "message": "failed to parse grammar", "type": "invalid_request_error"}
    ),
    "vLLM": body_of({"object": "error", "message": "json_schema is not supported", "code": 400}, 400),
    "a validator": body_of({"detail": "extra field response_format"}, 422),
}


@pytest.mark.parametrize("server", FORM_REFUSED)
def test_a_server_that_refuses_the_form_is_asked_in_words(
    vision: FakeVision, blink: Path, server: str
) -> None:
    vision.script = [FORM_REFUSED[server], said({"a": 1})]
    assert make_vision(vision).analyze(blink).mood == "calm"
    first, second, third = (call.json for call in vision.calls)
    assert "response_format" in first
    for body in (second, third):  # it is not asked for a form again
        assert "response_format" not in body
        assert '"minItems"' in body["messages"][1]["content"][0]["text"]


def test_a_model_that_is_being_loaded_is_waited_for(vision: FakeVision, blink: Path) -> None:
    loading = {"code": 503, "message": "Loading model", "type": "unavailable_error"}
    vision.script = [refused(503, loading)]
    assert make_vision(vision).analyze(blink).mood == "calm"


def test_an_error_page_is_no_answer_and_nobody_there_is_said(vision: FakeVision, blink: Path) -> None:
    vision.script = [body_of(b"<html>")] * 9
    with pytest.raises(AnalysisError, match="not JSON"):
        make_vision(vision).analyze(blink)
    with pytest.raises(AnalysisError, match="cannot be reached"):
        make_vision(vision, url="http://127.0.0.1:9/v1").analyze(blink)


def test_the_key_is_in_no_representation(vision: FakeVision) -> None:
    analyzer = make_vision(vision)
    assert VISION_KEY not in repr(analyzer) + repr(analyzer.options) + analyzer.cache_key
    with pytest.raises(ConfigurationError, match="REELSCORE_VISION_KEY"):
        make_vision(vision, key="sk-\u2026").check()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://localhost:11434", "http://localhost:11434/v1/chat/completions"),
        ("http://localhost:11434/v1/", "http://localhost:11434/v1/chat/completions"),
        ("https://host/api/v1", "https://host/api/v1/chat/completions"),
        ("https://host/v1/chat/completions", "https://host/v1/chat/completions"),
    ],
)
def test_an_address_is_completed(url: str, address: str) -> None:
    assert VisionOptions(url=url, model="eyes").address == address


@pytest.mark.parametrize("url", ["", "localhost:11434", "ftp://host", "http://me:word@host/v1"])
def test_what_is_no_address_is_a_matter_of_configuration(url: str) -> None:
    with pytest.raises(ConfigurationError, match="REELSCORE_VISION_URL"):
        _ = VisionOptions(url=url, model="eyes").address


def test_pictures_are_taken_by_shot() -> None:
    shots = [Shot(0.0, 1.0), Shot(1.0, 9.0), Shot(9.0, 10.0)]
    assert moments(shots, 0.0, 10.0, 3) == (0.5, 5.0, 9.5)
    assert moments(shots, 0.0, 10.0, 5) == (0.5, 2.333, 5.0, 7.667, 9.5)
    assert moments(shots, 0.0, 10.0, 50) == (0.5, 2.0, 4.0, 6.0, 8.0, 9.5)
    many = [Shot(float(number), number + 1.0) for number in range(100)]
    chosen = moments(many, 0.0, 100.0, 12)
    assert len(chosen) == 12
    assert list(chosen) == sorted(set(chosen))
    assert moments((), 0.0, 8.0, 4) == (1.0, 3.0, 5.0, 7.0)
    assert moments((), 5.0, 5.4, 4) == (5.2,)


def test_pictures_are_those_of_their_moments(vision: FakeVision, clip: Path) -> None:
    """The clip rises from black to white, so a picture tells when it was taken."""
    measured = measure_video(clip)
    shots = (Shot(0.0, 1.0, "start"), Shot(1.0, 4.0))
    changed = replace(measured, measurements=replace(measured.measurements, shots=shots))
    analysis = make_vision(vision, pictures=2).analyze(clip, changed)
    times = analysis.extra["usage"]["sent_pictures"]
    levels = []
    for picture in vision.calls[0].json["messages"][1]["content"][1:]:
        data = base64.b64decode(picture["image_url"]["url"].split(",")[1])
        with av.open(io.BytesIO(data)) as image:
            levels.append(float(next(image.decode(video=0)).to_ndarray(format="gray").mean()) / 255 * 4)
    assert len(times) == len(levels) == 2
    assert levels == sorted(levels)


@pytest.mark.parametrize(
    "document", [None, [], {}, {"choices": []}, {"choices": [3]}, {"choices": [{"message": {"content": 3}}]}]
)
def test_whatever_comes_is_a_reply(document: Any) -> None:
    assert read_reply(document).text == ""
    assert words_of_error(document) == ""


def test_a_question_without_pictures_and_form_is_plain() -> None:
    body = request_body("m", system="s", text="t", schema=None, max_tokens=5)
    assert "response_format" not in body
    assert body["messages"][1]["content"] == [{"type": "text", "text": "t"}]
