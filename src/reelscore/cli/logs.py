"""How servers and workers log: lines for people, or JSON for programs."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from reelscore.config import Settings
from reelscore.monitoring import REQUEST_ID


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as JSON; `request` is there if it came of one."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := REQUEST_ID.get():
            line["request"] = request
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """A line for people, with the request that it came of."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """A record as one line: the messages of some libraries have several."""
        request = REQUEST_ID.get()
        return " ".join(super().formatMessage(record).split("\n")).strip() + (
            f" [{request}]" if request else ""
        )


def use_logs(settings: Settings) -> None:
    """Log as the settings say."""
    text = TextLines("%(levelname)s %(name)s: %(message)s")
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JsonLines() if settings.log_format == "json" else text)
