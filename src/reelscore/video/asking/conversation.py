"""The questions about one video and their answers, whichever model is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from reelscore.errors import AnalysisError
from reelscore.records import Section, VideoAnalysis, VideoMeasurements
from reelscore.video.asking import prompt, schema
from reelscore.video.asking.reporting import Reporter

# Why an answer ended, for those models that say it.
DONE, CUT_OFF = "STOP", "MAX_TOKENS"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from one request."""

    text: str
    finish: str  # "STOP", "MAX_TOKENS", or what else the service says; "" if it says nothing
    blocked: str | None = None  # why the service refuses to answer
    prompt_tokens: int = 0
    output_tokens: int = 0
    thought_tokens: int = 0
    total_tokens: int | None = None  # None: the service did not say
    model_version: str = ""


# Asks once: the question, and whether the video goes with it.
Ask = Callable[[str, bool], Reply]


def ask_until_usable(
    ask: Ask, question: str, *, who: str, seconds: float, reporter: Reporter
) -> tuple[schema.Answer, list[Reply]]:
    """A checked answer about a video of `seconds` seconds; one that cannot be used is asked for once more.

    Raises
    ------
    AnalysisError
        The model refuses, or both answers cannot be used.
    """
    reply = ask(question, True)
    try:
        return _checked(reply, who, seconds), [reply]
    except schema.AnswerError as error:
        problem = str(error)
    reporter.say(f"{who}'s answer could not be used; asking again")
    if reply.text.strip() and reply.finish == DONE:
        # All that there is to say is in the answer already, in the wrong form: no need to send the video
        # again, which is most of what is paid for.
        second = ask(f"{question}\n{prompt.repair(problem, reply.text)}", False)
    else:
        second = ask(f"{question}\n{prompt.again(problem)}", True)
    try:
        return _checked(second, who, seconds), [reply, second]
    except schema.AnswerError as error:
        raise AnalysisError(
            f"{who}'s answer could not be used, and asked again it gave no better one: {error}"
        ) from None


def _checked(reply: Reply, who: str, seconds: float) -> schema.Answer:
    if reply.blocked:
        raise AnalysisError(f"{who} refuses to answer about this video ({schema.clean(reply.blocked, 40)})")
    if reply.finish == CUT_OFF:
        raise schema.AnswerError("it was cut off for its length")
    if not reply.text.strip():
        raise schema.AnswerError("it is empty")
    return schema.parse_answer(reply.text, seconds)


def analysis_of(
    answer: schema.Answer,
    *,
    analyzer: str,
    cache_key: str,
    model: str,
    duration: float,
    sections: Sequence[Section],
    measured: VideoMeasurements | None,
    usage: dict[str, Any],
) -> VideoAnalysis:
    """What was answered, as an analysis. `duration` is that of the video, of which `sections` tell."""
    version = prompt.load_prompt().version
    fields = ("description", "mood", "tempo", "energy_level", "tempo_bpm", "energy", "sections", "phrases")
    extra: dict[str, Any] = {
        "prompt_version": version,
        "cache_key": cache_key,
        "duration": round(duration, 3),
        "speech": answer.speech,
        "vocals": answer.vocals,
        "instruments": list(answer.instruments),
        "eras": list(answer.eras),
        "avoid": list(answer.avoid),
        "usage": usage,
    }
    return VideoAnalysis(
        description=answer.description,
        music_recommendation=answer.music_recommendation,
        keywords=answer.keywords,
        mood=answer.mood,
        genre_suggestions=answer.genre_suggestions,
        tempo=answer.tempo,
        energy_level=answer.energy_level,
        analyzer=analyzer,
        phrases=answer.phrases,
        tempo_bpm=answer.tempo_bpm,
        energy=answer.energy,
        sections=tuple(sections),
        basis=dict.fromkeys(fields, f"said by {model}, prompt {version}"),
        measurements=measured,
        extra=extra,
    )


def usage_of(replies: Sequence[Reply], *, model: str, requests: int, sent: dict[str, Any]) -> dict[str, Any]:
    """What an analysis took: what a bill is made of."""
    return {
        "model": schema.clean(replies[-1].model_version, 60) or model,
        "requests": requests,
        "prompt_tokens": sum(reply.prompt_tokens for reply in replies),
        "output_tokens": sum(reply.output_tokens for reply in replies),
        "thought_tokens": sum(reply.thought_tokens for reply in replies),
        "total_tokens": sum(reply.total_tokens or 0 for reply in replies),
        "asked_again": len(replies) > 1,
        **sent,
    }


def facts_of(measured: VideoMeasurements | None) -> str:
    """The figures that a model cannot see for itself."""
    if measured is None:
        return ""
    facts = [
        f"{measured.duration:.0f} s long before it was shortened for you",
        f"{measured.cuts_per_minute:.0f} cuts a minute",
        f"motion {measured.motion:.2f} and brightness {measured.brightness:.2f} on a scale of 0 to 1",
    ]
    if measured.speech is not None:
        facts.append(f"its sound is like speech to {measured.speech:.0%}")
    return ", ".join(facts)
