"""Webhooks: what changed, in a signed request to the addresses of the settings.

    {"id": "…", "event": "library.changed", "at": "2026-11-29T12:00:00Z", "data": {…}}

`X-Reelscore-Signature` is `sha256=` and the HMAC-SHA256 of the body under REELSCORE_WEBHOOK_SECRET, in hex;
without a secret there is no such header, since anybody could make one under an empty key. By the moment and
the id in the body a request is known that somebody sends again.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from reelscore.catalog.convert import now
from reelscore.config import Settings
from reelscore.errors import SourceError
from reelscore.net.http import HttpClient
from reelscore.net.retry import RetryPolicy

log = logging.getLogger(__name__)

SIGNATURE = "X-Reelscore-Signature"


def tell_changes(settings: Settings, report: Mapping[str, Any], renewed: Mapping[str, Any]) -> None:
    """Tell of an ingest and of the saved searches that were renewed after it, if anything changed.

    Parameters
    ----------
    report, renewed
        As `report_payload` and `renew_saved` give them; empty: there was none.
    """
    counts = {name: report[name] for name in ("added", "moved", "changed", "removed") if report.get(name)}
    if counts:
        send_webhook(settings, "library.changed", {"source": report.get("source"), **counts})
    if renewed.get("changed") or renewed.get("failed"):
        data = {name: renewed[name] for name in ("changed", "failed")}
        send_webhook(settings, "saved_searches.changed", data)


def send_webhook(
    settings: Settings, event: str, data: Mapping[str, Any], *, policy: RetryPolicy | None = None
) -> list[str]:
    """Post an event to every webhook; returns the hosts that failed, which are logged.

    Without a secret it is not signed, and the log says so.
    """
    body = {"id": uuid.uuid4().hex, "event": event, "at": now(), "data": data}
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""

    def signed(content: bytes) -> Mapping[str, str]:
        return {SIGNATURE: signature(secret, content)} if secret else {}

    failed = []
    urls = [url for each in settings.webhook_urls.split(",") if (url := each.strip())]
    if urls and not secret:
        log.warning("webhooks are sent unsigned, since REELSCORE_WEBHOOK_SECRET is not set")
    for url in urls:
        host = urlsplit(url).hostname or "?"
        # The owner of the server chose it, so it may be in this network.
        client = HttpClient(f"the webhook at {host}", policy=policy, trusted={host})
        try:
            client.send_json(url, body, sign=signed)
        except SourceError as error:
            log.warning("%s", error)
            failed.append(host)
    return failed


def signature(secret: str, body: bytes) -> str:
    """What a request shows to prove that whoever sent it knows the secret."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
