"""OpenAI's chat completions as their many servers speak them: requests out, answers in. Pure.

Written after what Ollama, llama.cpp, LM Studio and vLLM document: all take pictures as base64 `image_url`
parts; most hold an answer to a JSON schema, some refuse to with status 400, some ignore it. An answer is a
text, a list of parts, or the arguments of a tool call; thoughts come in a field of their own, or in the text.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from reelscore.net.payload import mapping, sequence
from reelscore.video.asking.conversation import CUT_OFF, DONE, Reply

_FINISHES = {"stop": DONE, "tool_calls": DONE, "function_call": DONE, "eos": DONE, "length": CUT_OFF}
_BLOCKED = frozenset({"content_filter", "safety"})


def request_body(
    model: str,
    *,
    system: str,
    text: str,
    pictures: Sequence[bytes] = (),
    schema: Mapping[str, Any] | None,
    max_tokens: int,
) -> dict[str, Any]:
    """One question. `schema`: what the server is to hold the answer to; None: it is not asked to."""
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}]
    for picture in pictures:
        url = "data:image/jpeg;base64," + base64.b64encode(picture).decode()
        parts.append({"type": "image_url", "image_url": {"url": url}})
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": parts}],
        "max_tokens": max_tokens,
        "temperature": 0.2,
        "stream": False,
    }
    if schema is not None:
        named = {"name": "film", "schema": dict(schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    return body


def read_reply(document: object) -> Reply:
    """The used parts of an answer; each may be missing or of another type."""
    choices = sequence(mapping(document).get("choices"))
    choice = mapping(choices[0]) if choices else {}
    message = mapping(choice.get("message"))
    said = _text(message.get("content")) or _arguments(message)
    finish = str(choice.get("finish_reason") or "")
    refusal = message.get("refusal")
    usage = mapping(mapping(document).get("usage"))
    details = mapping(usage.get("completion_tokens_details"))
    model = mapping(document).get("model")
    total = _count(usage.get("total_tokens"))
    return Reply(
        text=said,
        finish=_FINISHES.get(finish, finish),
        blocked=refusal if isinstance(refusal, str) and refusal else finish if finish in _BLOCKED else None,
        prompt_tokens=_count(usage.get("prompt_tokens")) or 0,
        output_tokens=_count(usage.get("completion_tokens")) or 0,
        thought_tokens=_count(details.get("reasoning_tokens")) or 0,
        total_tokens=total,
        model_version=model if isinstance(model, str) else "",
    )


def words_of_error(document: object) -> str:
    """What a server says of a refusal, in any of the places where servers put it."""
    body = mapping(document)
    inner = mapping(body.get("error")).get("message")
    found = (inner, body.get("error"), body.get("message"), body.get("detail"))
    return next((words for words in found if isinstance(words, str) and words.strip()), "")


def is_about_the_form(words: str) -> bool:
    """Whether a refusal is about the schema that the answer was to be held to."""
    plain = words.casefold()
    return any(
        name in plain for name in ("response_format", "json_schema", "schema", "grammar", "structured")
    )


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = (mapping(part) for part in sequence(content))
    return "".join(text for part in parts if isinstance(text := part.get("text"), str))


def _arguments(message: Mapping[str, Any]) -> str:
    """The answer of a model that took the question for a call of a tool."""
    calls = [mapping(call).get("function") for call in sequence(message.get("tool_calls"))]
    for call in (*calls, message.get("function_call")):
        arguments = mapping(call).get("arguments")
        if isinstance(arguments, str) and arguments.strip():
            return arguments
        if isinstance(arguments, dict):  # Ollama's own
            return json.dumps(arguments)
    return ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
