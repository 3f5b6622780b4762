"""What a proxy says of a request: by whom, over what, and under which path; if the proxy is trusted."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

from reelscore.errors import ConfigurationError
from reelscore.net.outgoing import read_address

ROOT = "reelscore_root"  # where the scope of a request keeps the path under which a proxy has the server
_ROOT_PATH = re.compile(r"(/[A-Za-z0-9._~-]+){1,8}")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, separated by commas.

    Raises
    ------
    ConfigurationError
        One of them cannot be read.
    """
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ConfigurationError(f"REELSCORE_TRUSTED_PROXIES: {error}") from error


def is_within(address: str, trusted: Sequence[Network]) -> bool:
    """Whether an address, as text, is one of these."""
    try:
        found = read_address(address)
    except ValueError:
        return False
    return any(found in network for network in trusted)


def take_root(scope: Scope, root: str, *, is_proxied: bool) -> None:
    """Note under which path a proxy has the server, and take it off the path of the request if it is there.

    So routes never see it, whether the proxy takes it off itself or not.
    """
    stated = Headers(scope=scope).get("x-forwarded-prefix", "").rstrip("/") if is_proxied else ""
    root = stated if _ROOT_PATH.fullmatch(stated) else root
    scope[ROOT] = root
    path = scope["path"]
    if root and (path == root or path.startswith(root + "/")):
        scope["path"] = path[len(root) :] or "/"
        scope["raw_path"] = scope["path"].encode()


def take_forwarded(scope: Scope, trusted: Sequence[Network]) -> bool:
    """Take over what a trusted proxy says (`X-Forwarded-*`); whether the request came from one.

    The scheme and the client of the scope are then those of the request that the proxy got.
    """
    client = scope.get("client")
    if not trusted or client is None or not is_within(client[0], trusted):
        return False
    headers = Headers(scope=scope)
    scheme = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
    if scheme in ("http", "https"):
        scope["scheme"] = scheme
    # Each proxy adds whom it was asked by; the last one that is no proxy of ours asked.
    for address in reversed(headers.get("x-forwarded-for", "").split(",")):
        address = re.sub(r"^\[(.*)\](?::\d+)?$", r"\1", address.strip())
        if not address:
            break
        scope["client"] = (address[:64], 0)
        if not is_within(address, trusted):
            break
    return True
