"""Where requests may go: addresses that other people name lead to the internet, never into this network.

A catalogue names where its previews lie, a person names a video, and a redirect names the next address. None
of them may have this machine ask itself, or another one behind the same firewall.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

from reelscore.errors import SourceError

MOST_REDIRECTS = 5


def check_public(url: str, *, trusted: Collection[str] = ()) -> None:
    """Refuse an address that is not http(s), or whose host is, or resolves to, one that is not public.

    Parameters
    ----------
    trusted
        Names of hosts that the settings name themselves, and that may be anywhere.

    Raises
    ------
    SourceError
        It is refused; the message names the host alone.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceError("an address that it leads to cannot be read") from error
    if parts.scheme not in ("http", "https") or not host:
        raise SourceError(
            f"it leads to an address of {parts.scheme or 'no scheme'}, and only http(s) is followed"
        )
    if host in trusted:
        return
    try:
        found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return  # the request will say so, or a proxy that knows the name answers it
    if not all(_is_public(str(address[4][0])) for address in found):
        raise SourceError(f"it leads to {host}, which is not on the public internet")


def read_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address as a socket has it, without its zone; IPv4 in IPv6 is IPv4. else a ValueError."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _is_public(text: str) -> bool:
    address = read_address(text)
    return address.is_global and not address.is_multicast
