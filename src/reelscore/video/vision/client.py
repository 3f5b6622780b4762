"""The edge: asks one endpoint, with retries, within a deadline and a daily quota."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from reelscore.errors import AnalysisError, ConfigurationError, ReelscoreError, SourceError
from reelscore.net.http import HttpClient, Timeouts
from reelscore.net.quota import DailyQuota, Share
from reelscore.net.rate_limit import RateLimiter
from reelscore.net.retry import RetryPolicy
from reelscore.net.waiting import stoppable
from reelscore.video.asking import prompt
from reelscore.video.asking.conversation import Reply
from reelscore.video.asking.reporting import Deadline, Reporter, TooLongError
from reelscore.video.asking.schema import clean
from reelscore.video.vision.dialect import is_about_the_form, read_reply, request_body, words_of_error
from reelscore.video.vision.options import VisionOptions

WHO = "the vision model"
_MAX_DETAIL = 240  # characters that are quoted of the server's own words
_LEAVE_SECONDS = 1.0  # how long a call that was given up may take to notice


class _FormRefusedError(AnalysisError):
    """The server does not hold answers to a schema."""


class VisionClient:
    """Calls of one analysis.

    Parameters
    ----------
    key
        Sent as a header to `options.address` and nowhere else; None: the server wants none.
    reporter
        Told what is going on, and asked all the time whether to stop.
    """

    def __init__(
        self,
        key: str | None,
        options: VisionOptions,
        *,
        quota: DailyQuota,
        limiter: RateLimiter,
        reporter: Reporter,
    ) -> None:
        self._key = key
        self._options = options
        self._quota = quota
        self._reporter = reporter
        self._deadline = Deadline(options.deadline_seconds)
        self._share: Share | None = None
        self._tokens = 0
        self._holds_form = True  # until the server says that it does not
        self.requests = 0
        self._limiter = limiter

    def ask(self, text: str, pictures: Sequence[bytes], *, schema: Mapping[str, Any], tokens: int) -> Reply:
        """Ask once, in JSON, trying again if that may help.

        Parameters
        ----------
        tokens
            About as many as the call will take, in and out: reserved before each attempt.

        Raises
        ------
        AnalysisError, ConfigurationError
            It failed, the deadline is over, or the daily quota is used up.
        """
        self._tokens = tokens
        self._reporter.say(f"waiting for the answer of {self._options.model}")
        if self._holds_form:
            try:
                return self._posted(text, pictures, schema)
            except _FormRefusedError:
                self._holds_form = False
        return self._posted(f"{text}\n{prompt.as_text(schema)}", pictures, None)

    def _posted(self, text: str, pictures: Sequence[bytes], schema: Mapping[str, Any] | None) -> Reply:
        body = request_body(
            self._options.model,
            system=prompt.load_prompt().text,
            text=text,
            pictures=pictures,
            schema=schema,
            max_tokens=self._options.max_output_tokens,
        )
        outcome = self._outcome(body)
        if isinstance(outcome, ReelscoreError):
            # Raised here, and not within `except`: errors of the HTTP library hold the request with its
            # headers, and must not become the context of ours.
            raise outcome
        reply = read_reply(outcome)
        if self._share is not None and reply.total_tokens is not None:
            self._share.settle(reply.total_tokens)
        return reply

    def _outcome(self, body: Mapping[str, Any]) -> object:
        """The document that came back, or the error that is to be raised."""
        stop = threading.Event()
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}

        def call() -> object:
            with stoppable(stop):
                try:
                    return self._http().post_json(self._options.address, body, headers=headers)
                except (AnalysisError, ConfigurationError) as error:
                    return error
                except SourceError as error:
                    return AnalysisError(self._plain(str(error)))

        try:
            return self._reporter.during(
                call, limit=self._deadline.left + 0.5, leave=stop.set, grace=_LEAVE_SECONDS
            )
        except TooLongError:
            return AnalysisError(
                f"{WHO} did not answer within the {self._options.deadline_seconds:g} s for one video"
            )

    def _http(self) -> HttpClient:
        options = self._options
        seconds = max(0.1, min(options.request_seconds, self._deadline.left))
        return HttpClient(
            WHO,
            limiter=self._limiter,
            policy=RetryPolicy(
                attempts=options.attempts,
                seconds=self._deadline.left,
                first_wait=options.first_wait_seconds,
                longest_retry_after=options.deadline_seconds,
            ),
            timeouts=Timeouts(piece_seconds=seconds, answer_seconds=seconds),
            judge=self._judge,
            before=self._begin,
        )

    def _begin(self) -> None:
        """Before each attempt: it counts, as long as the day has room for it."""
        self._share = self._quota.reserve(tokens=self._tokens)
        self._share.begin()
        self.requests += 1

    def _judge(self, status: int, document: object) -> ReelscoreError | None:
        """What a refusal means; None leaves it to the status."""
        words = self._plain(words_of_error(document))
        said = f" ({words})" if words else ""
        if status < 500 and status not in (408, 425, 429) and self._share is not None:
            self._share.settle(0)
        if status in (401, 403):
            return ConfigurationError(f"{WHO} refused the key{said}; check REELSCORE_VISION_KEY")
        if status == 404:
            return ConfigurationError(
                f"{WHO} {self._options.model} is not there{said}; check REELSCORE_VISION_MODEL and "
                "REELSCORE_VISION_URL"
            )
        if status in (400, 422) and self._holds_form and is_about_the_form(words):
            return _FormRefusedError(f"{WHO} holds answers to no schema{said}")
        if status in (400, 413, 422):
            return AnalysisError(f"{WHO} refused the request with status {status}{said}")
        return None

    def _plain(self, text: str) -> str:
        """A text without the key, plain, and short enough to be part of a message."""
        for secret in {self._key or "", quote(self._key or "", safe="")} - {""}:
            text = text.replace(secret, "***")
        return clean(text, _MAX_DETAIL)
