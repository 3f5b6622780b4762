"""The Gemini analyser: one checked answer about a video, within a deadline and a daily quota."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reelscore.errors import AnalysisError
from reelscore.net.quota import DailyQuota, Limit, Share, UsageLedger
from reelscore.net.rate_limit import RateLimiter
from reelscore.records import ProgressCallback, VideoAnalysis, VideoMeasurements, ignore_progress
from reelscore.video.asking import prompt, schema
from reelscore.video.asking.conversation import (
    Reply,
    analysis_of,
    ask_until_usable,
    facts_of,
    usage_of,
)
from reelscore.video.asking.reporting import Reporter
from reelscore.video.gemini.client import GeminiClient
from reelscore.video.gemini.options import GeminiOptions
from reelscore.video.gemini.sampling import Sample, make_sample
from reelscore.video.gemini.sdk import check_key, require_sdk

if TYPE_CHECKING:
    from google.genai import types

    from reelscore.video.measure.video import Measured

# What the model is charged for: tokens of a frame by detail, tokens of a second of sound, and of the
# prompt with its schema. Upper sides of what is documented, since they are reserved and settled later.
_FRAME_TOKENS = {"low": 75, "medium": 265, "high": 290}
_SOUND_TOKENS = 33
_PROMPT_TOKENS = 3000


class GeminiAnalyzer:
    """Asks Gemini what a video shows and what music it wants.

    Safe to use from several threads: the limit of requests a minute holds for all of them together, and
    the daily quota for all processes that share the ledger.

    Parameters
    ----------
    api_key
        Key of the Gemini API. Without one every analysis is a ConfigurationError, as it is without the
        extra `gemini`.
    options
        Model, limits and times.
    ledger
        Where the day's requests and tokens are counted; None: in the memory of this process.
    """

    degraded: str | None = None
    measuring_share = 0.3

    def __init__(
        self,
        api_key: str | None,
        *,
        options: GeminiOptions | None = None,
        ledger: UsageLedger | None = None,
    ) -> None:
        self._api_key = api_key
        self.options = options or GeminiOptions()
        self.name = f"gemini:{self.options.model}"
        self._limiter = RateLimiter(self.options.requests_per_minute)
        self._quota = DailyQuota(
            "gemini",
            Limit(self.options.requests_per_day, "Gemini requests", "REELSCORE_GEMINI_REQUESTS_PER_DAY"),
            Limit(self.options.tokens_per_day, "Gemini tokens", "REELSCORE_GEMINI_TOKENS_PER_DAY"),
            ledger=ledger,
            error=AnalysisError,
        )

    def __repr__(self) -> str:
        return f"GeminiAnalyzer(model={self.options.model!r})"

    @property
    def cache_key(self) -> str:
        """What a stored result must be from to be as good as a new one."""
        return f"{self.name}:{prompt.load_prompt().version}"

    def check(self) -> None:
        """Raise ConfigurationError if the key or the extra is missing."""
        check_key(self._api_key)
        require_sdk()

    def analyze(
        self, path: Path, measured: Measured | None = None, *, progress: ProgressCallback = ignore_progress
    ) -> VideoAnalysis:
        """Analyse one file.

        Parameters
        ----------
        measured
            Its figures are told to the model, which sees one frame a second and no cut, and are part of the
            result.

        Raises
        ------
        MediaError
            The file cannot be used.
        AnalysisError
            Gemini failed, refused, gave no answer that can be used, or its daily quota is used up.
        ConfigurationError
            The key, the extra or the model is missing or wrong.
        CancelledError
            `progress` asked to stop.
        """
        key = check_key(self._api_key)
        require_sdk()
        reporter = Reporter(progress)
        with tempfile.TemporaryDirectory(prefix="reelscore-") as folder:
            reporter.stage(self.measuring_share if measured else 0.0, 0.6)
            sample = make_sample(
                path,
                Path(folder) / "video.mp4",
                self.options.sample,
                reporter,
                seconds=measured.measurements.duration if measured else None,
            )
            # Before anything is sent: what the quota does not hold is not even uploaded.
            share = self._quota.reserve(tokens=self._tokens(sample))
            try:
                with GeminiClient(
                    key, self.options, quota=self._quota, limiter=self._limiter, reporter=reporter
                ) as client:
                    figures = measured.measurements if measured else None
                    return _Conversation(self, client, sample, figures, reporter).run(share)
            finally:
                share.give_back()

    def _tokens(self, sample: Sample) -> int:
        frame = _FRAME_TOKENS[self.options.detail] * self.options.looks_per_second
        seconds = sample.seconds * (frame + (_SOUND_TOKENS if sample.has_audio else 0))
        return round(seconds) + _PROMPT_TOKENS + self.options.max_output_tokens


@dataclass(slots=True)
class _Conversation:
    """The questions about one video, and the answers."""

    analyzer: GeminiAnalyzer
    client: GeminiClient
    sample: Sample
    measured: VideoMeasurements | None
    reporter: Reporter

    def run(self, share: Share) -> VideoAnalysis:
        """Send the video, ask, ask again if the answer cannot be used, and clear up."""
        names: list[str] = []
        try:
            self.reporter.stage(0.6, 0.75)
            video = self._video(names)
            self.reporter.stage(0.75, 1.0)
            return self._analysis(*self._answer(video, share), inline=not names)
        finally:
            for name in names:
                self.client.delete(name)

    def _video(self, names: list[str]) -> types.Part:
        options, sample = self.analyzer.options, self.sample
        if sample.bytes <= options.inline_bytes and sample.seconds <= options.inline_seconds:
            return self.client.video_part(data=sample.path.read_bytes())
        uri = self.client.upload(sample.path, names=names)
        return self.client.video_part(uri=uri)

    def _answer(self, video: types.Part, share: Share) -> tuple[schema.Answer, list[Reply]]:
        reserved = [share]

        def ask(question: str, with_video: bool) -> Reply:
            text = self.client.text_part(question)
            return self._ask([video, text] if with_video else [text], reserved.pop() if reserved else None)

        question = prompt.about_video(self.sample.seconds, facts_of(self.measured))
        seconds = self.sample.seconds
        return ask_until_usable(ask, question, who="Gemini", seconds=seconds, reporter=self.reporter)

    def _ask(self, parts: list[types.Part], share: Share | None = None) -> Reply:
        self.reporter.say("waiting for Gemini's answer")
        return self.client.generate(
            parts,
            system=prompt.load_prompt().text,
            schema=schema.answer_schema(),
            tokens=self.analyzer._tokens(self.sample),
            share=share,
        )

    def _analysis(self, answer: schema.Answer, replies: list[Reply], *, inline: bool) -> VideoAnalysis:
        analyzer, sample = self.analyzer, self.sample
        model = analyzer.options.model
        sent = {
            "sent_bytes": sample.bytes,
            "sent_seconds": round(sample.seconds, 3),
            "sent_as": "inline" if inline else "file",
        }
        return analysis_of(
            answer,
            analyzer=analyzer.name,
            cache_key=analyzer.cache_key,
            model=model,
            duration=sample.timeline.seconds,
            sections=sample.timeline.sections_in_video(answer.sections),
            measured=self.measured,
            usage=usage_of(replies, model=model, requests=self.client.requests, sent=sent),
        )
