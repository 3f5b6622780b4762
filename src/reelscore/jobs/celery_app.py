"""The Celery application: how jobs travel over Redis.

A message carries the id of a job and nothing else, and is only a hint: the row decides who runs the job,
and whether it still is to be run. So a message that comes twice or late does nothing, and one that is lost
is sent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reelscore.errors import ConfigurationError, InvalidInputError, UnknownNameError, how_to_get
from reelscore.jobs.lanes import lane_of

if TYPE_CHECKING:
    from celery import Celery  # type: ignore[import-untyped]

# Lanes are queues of the broker, so that a worker can be kept free for videos. Such a worker names that
# queue, so what else somebody waits for goes there, too.
QUEUES = ("library", "videos", "films")

_PREFIX = "reelscore."  # other programs may use the same Redis

# A message that nobody acknowledged for this long is delivered again. It may come while the job still runs,
# and then nothing happens, so it need not be as long as the longest job.
_VISIBILITY_SECONDS = 3600
_CONNECT_SECONDS = 3.0
# Between two attempts of a worker to reach a broker that is away. Kombu would wait up to 30 s, and Celery has
# no setting for that.
_LONGEST_WAIT = 5.0


def queue_of(kind: str) -> str:
    """The name, in the broker, of the line that a kind of job waits in."""
    lane = lane_of(kind, {})
    return _PREFIX + (lane if lane in QUEUES else "videos")


def queue_names(names: str | None) -> list[str]:
    """The names in the broker of a list such as "videos,library"; all of them if none is given.

    Raises
    ------
    UnknownNameError
        One of them is no queue.
    """
    chosen = [name.strip() for name in (names or ",".join(QUEUES)).split(",") if name.strip()]
    for name in chosen:
        if name not in QUEUES:
            raise UnknownNameError("queue", name, QUEUES)
    if not chosen:
        raise InvalidInputError(f"no queue is named; known: {', '.join(QUEUES)}")
    return [_PREFIX + name for name in chosen]


def open_app(broker_url: str) -> Celery:
    """The application over a broker; nothing is connected yet.

    Raises
    ------
    ConfigurationError
        The extra is not installed, or the address is none of a Redis server.
    """
    if not broker_url.startswith(("redis://", "rediss://", "redis+socket://")):
        raise ConfigurationError(
            "CELERY_BROKER_URL is no address of a Redis server; it looks like redis://:password@host:6379/0"
        )
    try:
        import redis  # noqa: F401  # Celery itself would complain much later
        from celery import Celery
        from kombu.connection import Connection
        from kombu.entity import Queue
    except ImportError as error:
        raise ConfigurationError(
            f"CELERY_BROKER_URL is set, and {error.name} is not installed; {how_to_get('celery')}"
        ) from error
    if broker_url.startswith("rediss://") and "ssl_cert_reqs" not in broker_url:
        # Celery would take any certificate, and with it whoever stands in between.
        broker_url += f"{'&' if '?' in broker_url else '?'}ssl_cert_reqs=required"
    app = Celery("reelscore", broker=broker_url, set_as_current=False)
    app.amqp.Connection = _often_tried(Connection)
    line: Any = Queue  # which has no annotations
    settings: dict[str, Any] = {
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,  # results are in the row
        "task_store_errors_even_if_ignored": False,
        # Acknowledged when it is done: what a dead worker had goes to another one.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "task_queues": [line(_PREFIX + name, routing_key=_PREFIX + name) for name in QUEUES],
        "task_default_queue": _PREFIX + "library",
        "task_create_missing_queues": False,
        "broker_connection_timeout": _CONNECT_SECONDS,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # a worker waits for its broker, however long
        "broker_transport_options": {
            "visibility_timeout": _VISIBILITY_SECONDS,
            "socket_connect_timeout": _CONNECT_SECONDS,
            "socket_timeout": 30.0,
            "socket_keepalive": True,
            "health_check_interval": 15,
        },
        # Workers have nothing to tell each other: the rows say it.
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
    }
    app.conf.update(settings)
    return app


def _often_tried(kind: Any) -> Any:
    """Connections of a kind of Kombu's that look for a broker which is away every few seconds."""

    class OftenTried(kind):  # type: ignore[misc]
        def ensure_connection(self, *arguments: Any, **options: Any) -> Any:
            return super().ensure_connection(*arguments, **{"interval_max": _LONGEST_WAIT, **options})

    return OftenTried
