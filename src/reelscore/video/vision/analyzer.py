"""The vision analyser: pictures of a video to a model of one's own, and one checked answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reelscore.errors import AnalysisError, ConfigurationError
from reelscore.net.quota import DailyQuota, Limit, UsageLedger
from reelscore.net.rate_limit import RateLimiter
from reelscore.records import ProgressCallback, VideoAnalysis, ignore_progress
from reelscore.video.asking import prompt
from reelscore.video.asking.conversation import Reply, analysis_of, ask_until_usable, facts_of, usage_of
from reelscore.video.asking.reporting import Reporter
from reelscore.video.asking.schema import answer_schema
from reelscore.video.vision.client import WHO, VisionClient
from reelscore.video.vision.frames import take_pictures
from reelscore.video.vision.options import VisionOptions

if TYPE_CHECKING:
    from reelscore.video.measure.video import Measured

# Upper sides of what a picture of 512 pixels, and the prompt with its schema, take of common models: they
# are reserved, and settled by what the server says.
_PICTURE_TOKENS = 800
_PROMPT_TOKENS = 3000


class VisionAnalyzer:
    """Asks a vision model what a video shows and what music it wants.

    Safe to use from several threads: the limit of requests a minute holds for all of them together, and the
    daily quota for all processes that share the ledger.

    Parameters
    ----------
    key
        Of the endpoint, if it wants one.
    options
        Address, model, limits and times.
    ledger
        Where the day's requests and tokens are counted; None: in the memory of this process.
    """

    degraded: str | None = None
    measuring_share = 0.5

    def __init__(
        self, key: str | None = None, *, options: VisionOptions, ledger: UsageLedger | None = None
    ) -> None:
        self._key = (key or "").strip() or None
        self.options = options
        self.name = f"vision:{options.model}"
        self._limiter = RateLimiter(options.requests_per_minute)
        self._quota = DailyQuota(
            "vision",
            Limit(options.requests_per_day, "vision requests", "REELSCORE_VISION_REQUESTS_PER_DAY"),
            Limit(options.tokens_per_day, "vision tokens", "REELSCORE_VISION_TOKENS_PER_DAY"),
            ledger=ledger,
            error=AnalysisError,
        )

    def __repr__(self) -> str:
        return f"VisionAnalyzer(model={self.options.model!r})"

    @property
    def cache_key(self) -> str:
        """What a stored result must be from to be as good as a new one."""
        shown = f"{self.options.pictures}x{self.options.long_side}"
        return f"{self.name}:{prompt.load_prompt().version}:{shown}"

    def check(self) -> None:
        """Raise ConfigurationError if address or model is missing, or the key cannot be one."""
        _ = self.options.address
        if self._key and not (self._key.isascii() and self._key.isprintable()):
            # The HTTP library would quote such a key in its error.
            raise ConfigurationError("REELSCORE_VISION_KEY holds a character that no key has; copy it again")

    def analyze(
        self, path: Path, measured: Measured | None = None, *, progress: ProgressCallback = ignore_progress
    ) -> VideoAnalysis:
        """Analyse one file.

        Parameters
        ----------
        measured
            Its shots say which pictures are sent, its figures are told to the model, and both are part of the
            result.

        Raises
        ------
        MediaError
            The file cannot be used.
        AnalysisError
            The model failed, refused, gave no answer that can be used, or its daily quota is used up.
        ConfigurationError
            Address, key or model is missing or wrong.
        CancelledError
            `progress` asked to stop.
        """
        self.check()
        options, reporter = self.options, Reporter(progress)
        figures = measured.measurements if measured else None
        reporter.stage(self.measuring_share if measured else 0.0, 0.6)
        pictures, seconds = take_pictures(
            path, figures, most=options.pictures, long_side=options.long_side, reporter=reporter
        )
        reporter.stage(0.6, 1.0)
        client = VisionClient(self._key, options, quota=self._quota, limiter=self._limiter, reporter=reporter)
        schema, jpegs = answer_schema(), [picture.jpeg for picture in pictures]

        def ask(question: str, with_pictures: bool) -> Reply:
            sent = jpegs if with_pictures else []
            tokens = _PICTURE_TOKENS * len(sent) + _PROMPT_TOKENS + options.max_output_tokens
            return client.ask(question, sent, schema=schema, tokens=tokens)

        question = prompt.about_pictures(seconds, [picture.time for picture in pictures], facts_of(figures))
        answer, replies = ask_until_usable(ask, question, who=WHO, seconds=seconds, reporter=reporter)
        sent = {
            "sent_bytes": sum(map(len, jpegs)),
            "sent_pictures": [picture.time for picture in pictures],
            "sent_as": "pictures",
        }
        return analysis_of(
            answer,
            analyzer=self.name,
            cache_key=self.cache_key,
            model=options.model,
            duration=seconds,
            sections=answer.sections,
            measured=figures,
            usage=usage_of(replies, model=options.model, requests=client.requests, sent=sent),
        )
