"""The edge: the only module that knows the SDK and the network."""

from __future__ import annotations

import io
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from reelscore.errors import AnalysisError, ReelscoreError
from reelscore.net.quota import DailyQuota, Share
from reelscore.net.rate_limit import RateLimiter
from reelscore.net.retry import Failure, RetryableError, RetryPolicy, retry
from reelscore.video.asking.conversation import Reply
from reelscore.video.asking.reporting import Deadline, Reporter, TooLongError
from reelscore.video.gemini.faults import TOO_LONG, Fault, Redactor, fault_of
from reelscore.video.gemini.options import GeminiOptions
from reelscore.video.gemini.sampling import MIME_TYPE
from reelscore.video.gemini.sdk import read_reply, require_sdk

if TYPE_CHECKING:
    from google.genai import types

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# Said here, so that neither the environment nor the next release of the SDK changes it.
_API_VERSION = "v1beta"
_DELETE_SECONDS = 10.0
_DELETE_POLICY = RetryPolicy(attempts=3, first_wait=0.1)
# How long an upload may take to notice that it was cancelled, before its file is deleted.
_LEAVE_SECONDS = 2.0


class GeminiClient:
    """Calls of one analysis, with retries, within its deadline and quota. Use it as a context manager.

    Parameters
    ----------
    api_key
        Sent as a header to `options.base_url` and nowhere else.
    reporter
        Told what is going on, and asked all the time whether to stop.
    """

    def __init__(
        self,
        api_key: str,
        options: GeminiOptions,
        *,
        quota: DailyQuota,
        limiter: RateLimiter,
        reporter: Reporter,
    ) -> None:
        self._options = options
        self._quota = quota
        self._limiter = limiter
        self._reporter = reporter
        self._redact = Redactor(api_key)
        self._deadline = Deadline(options.deadline_seconds)
        self._api_key = api_key
        self.requests = 0  # generate calls that were made

    def __enter__(self) -> Self:
        require_sdk()
        import httpx
        from google import genai
        from google.genai import types

        # Our own HTTP client: one that follows no redirect, since the key would follow along with it.
        trusted = httpx.create_ssl_context()
        self._http = httpx.Client(follow_redirects=False, verify=trusted)
        self._client = genai.Client(
            api_key=self._api_key,
            vertexai=False,
            http_options=types.HttpOptions(
                base_url=self._options.base_url,
                api_version=_API_VERSION,
                httpx_client=self._http,
                client_args={"verify": trusted},  # reading the certificates is the slow part of a client
                async_client_args={"verify": trusted},
                timeout=_milliseconds(self._options.request_seconds),
            ),
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def generate(
        self,
        parts: Sequence[types.Part],
        *,
        system: str,
        schema: Mapping[str, Any],
        tokens: int,
        share: Share | None = None,
    ) -> Reply:
        """Ask once, in JSON, trying again if that may help.

        Parameters
        ----------
        tokens
            About as many as the call will take, in and out: reserved before each attempt.
        share
            The reservation of the first attempt, if it was made before.

        Raises
        ------
        AnalysisError, ConfigurationError
            It failed, the deadline is over, or the daily quota is used up.
        """
        from google.genai import types

        settings: dict[str, Any] = {
            "system_instruction": system,
            "response_mime_type": "application/json",
            "response_json_schema": dict(schema),
            "max_output_tokens": self._options.max_output_tokens,
            "media_resolution": f"MEDIA_RESOLUTION_{self._options.detail.upper()}",
            "candidate_count": 1,
            # Without these the SDK may send further requests on its own, past the quota.
            "automatic_function_calling": {"disable": True},
            "automatic_continuation": False,
        }
        known = types.GenerateContentConfig.model_fields
        settings = {name: value for name, value in settings.items() if name in known}
        reserved = [share] if share else []

        def once() -> Reply | Fault:
            mine = reserved.pop() if reserved else self._quota.reserve(tokens=tokens)
            try:
                self._wait_for_turn()
                mine.begin()
                self.requests += 1
                reply = self._guarded(
                    lambda: self._client.models.generate_content(
                        model=self._options.model,
                        contents=[types.Content(role="user", parts=list(parts))],
                        config=types.GenerateContentConfig(
                            **settings, http_options=types.HttpOptions(timeout=self._time_out())
                        ),
                    ),
                    limit=self._limit(),
                    model=self._options.model,
                )
                if isinstance(reply, Fault):
                    if reply.free:
                        mine.settle(0)
                    return reply
                read = read_reply(reply)
                if read.total_tokens is not None:
                    mine.settle(read.total_tokens)
                return read
            finally:
                mine.give_back()

        return self._retry(once)

    def video_part(self, *, data: bytes | None = None, uri: str | None = None) -> types.Part:
        """The part of a request that is the video: its bytes, or the address of an uploaded file."""
        from google.genai import types

        looks = types.VideoMetadata(fps=self._options.looks_per_second)
        if data is not None:
            return types.Part(inline_data=types.Blob(data=data, mime_type=MIME_TYPE), video_metadata=looks)
        return types.Part(file_data=types.FileData(file_uri=uri, mime_type=MIME_TYPE), video_metadata=looks)

    def text_part(self, text: str) -> types.Part:
        """The part of a request that is text."""
        from google.genai import types

        return types.Part(text=text)

    # --- files ---

    def upload(self, path: Path, *, names: list[str]) -> str:
        """Upload a file and wait until the model may look at it; returns its address.

        Parameters
        ----------
        names
            Every name under which a file may now exist is appended, before it can: the caller deletes them,
            however this ends.

        Raises
        ------
        AnalysisError
            The upload failed, or the service cannot use the file.
        """
        from google.genai import types

        def once() -> types.File | Fault:
            # Named here and not by the service, so that it can be deleted even if its answer is lost. The
            # name and all else that is sent say nothing about the file's own name and place.
            name = f"files/reelscore-{secrets.token_hex(10)}"
            names.append(name)
            with _MeteredFile(path) as file:
                return self._guarded(
                    lambda: self._client.files.upload(
                        file=file,
                        config=types.UploadFileConfig(name=name, mime_type=MIME_TYPE, display_name="video"),
                    ),
                    limit=self._deadline.left,
                    position=lambda: (file.sent, file.size),
                    leave=file.stop,
                    grace=_LEAVE_SECONDS,
                )

        self._reporter.say("uploading the video to Gemini")
        uploaded = self._retry(once)
        return self._ready(uploaded, names[-1])

    def delete(self, name: str) -> bool:
        """Delete an uploaded file; False if that failed, and the service deletes it after two days."""
        from google.genai import types

        options = types.HttpOptions(
            timeout=_milliseconds(min(_DELETE_SECONDS, self._options.request_seconds))
        )

        def once() -> bool:
            fault = self._translated(
                lambda: self._client.files.delete(
                    name=name, config=types.DeleteFileConfig(http_options=options)
                )
            )
            # The service says 403 or 404 of a file that is not there.
            if isinstance(fault, Fault) and fault.status not in (403, 404):
                raise fault.error()
            return True

        try:
            # Not heard by whoever cancels: it is the way out of a cancelled analysis too.
            return retry(once, _DELETE_POLICY, sleep=time.sleep)
        except (RetryableError, ReelscoreError) as error:
            logger.warning("an uploaded copy of a video could not be deleted: %s", error)
            return False

    def _ready(self, file: types.File, name: str) -> str:
        """The address of an uploaded file, once it is processed."""
        while True:
            state = file.state.value if file.state is not None else "ACTIVE"
            if state == "ACTIVE" and file.uri:
                return file.uri
            if state != "PROCESSING":
                words = self._redact(file.error.message or "") if file.error else ""
                raise AnalysisError(f"Gemini cannot use the uploaded video{f' ({words})' if words else ''}")
            if self._deadline.left <= self._options.poll_seconds:
                raise AnalysisError(
                    "Gemini did not finish to process the video within "
                    f"{self._options.deadline_seconds:.0f} s; try again later"
                )
            self._reporter.say("Gemini is processing the video", 1.0)
            self._reporter.wait(self._options.poll_seconds)
            file = self._retry(
                lambda: self._guarded(lambda: self._client.files.get(name=name), limit=self._limit())
            )

    # --- how ---

    def _guarded(
        self, call: Callable[[], Result], *, limit: float, model: str | None = None, **watch: Any
    ) -> Result | Fault:
        """Make a call of the SDK, while the user may cancel; what the SDK raises becomes a Fault."""
        try:
            return self._reporter.during(lambda: self._translated(call, model), limit=limit, **watch)
        except TooLongError:
            return TOO_LONG

    def _translated(self, call: Callable[[], Result], model: str | None = None) -> Result | Fault:
        try:
            return call()
        except Exception as error:
            fault = fault_of(error, self._redact, model=model)
            if fault is None:
                raise
        # Returned from here, and not raised within `except`: the SDK's error, which holds the request with
        # its headers, must not become the context of ours.
        return fault

    def _retry(self, once: Callable[[], Result | Fault]) -> Result:
        """Repeat a call until it works, or its fault is final, or there is no time left."""
        options = self._options

        def attempt() -> Result:
            outcome = once()
            if isinstance(outcome, Fault):
                raise outcome.error()
            return outcome

        def give_up(failure: Failure) -> AnalysisError:
            if failure.attempts >= options.attempts:
                return AnalysisError(f"{failure.error}; given up after {failure.attempts} attempts")
            wait = failure.wait if failure.asked is None else failure.asked
            return AnalysisError(
                f"{failure.error}; trying again in {wait:.0f} s would pass the limit of "
                f"{options.deadline_seconds:.0f} s for one video"
            )

        policy = RetryPolicy(
            attempts=options.attempts,
            seconds=self._deadline.left,
            first_wait=options.backoff_seconds,
            longest_wait=options.backoff_limit_seconds,
            longest_retry_after=options.deadline_seconds,
        )
        return retry(
            attempt,
            policy,
            give_up=give_up,
            before_wait=lambda failure: logger.info(
                "%s; trying again in %.1f s", failure.error, failure.wait
            ),
            sleep=self._reporter.wait,
        )

    def _wait_for_turn(self) -> None:
        wait = self._limiter.delay()
        if wait >= self._deadline.left:
            raise AnalysisError(
                f"more than {self._options.requests_per_minute} Gemini requests a minute are wanted; "
                "try again later or raise REELSCORE_GEMINI_REQUESTS_PER_MINUTE"
            )
        if wait > 0:
            self._reporter.say("waiting for a free minute of the Gemini quota")
            self._reporter.wait(wait)

    def _limit(self) -> float:
        """Seconds after which a call is given up: a little later than it should end by itself."""
        return self._time_out() / 1000 + 0.5

    def _time_out(self) -> int:
        """Milliseconds that a call may take now."""
        return _milliseconds(max(0.1, min(self._options.request_seconds, self._deadline.left)))


class _MeteredFile(io.FileIO):
    """A file that counts what was read of it, and can be made to end early."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self.size = float(path.stat().st_size)
        self.sent = 0.0
        self._stopped = False

    def stop(self) -> None:
        """Let the next read fail."""
        self._stopped = True

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, unless it was made to end."""
        if self._stopped:
            raise ConnectionAbortedError("the upload was given up")
        data: bytes = super().read(-1 if size is None else size) or b""
        # The piece before this one has been sent, else this one would not be asked for.
        self.sent = float(self.tell() - len(data))
        return data


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
