"""Hashes of passwords, by scrypt (RFC 7914), with their parameters beside them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import unicodedata

from reelscore.errors import InvalidInputError

# 16 MB and some 0.2 s a hash, one of the settings that OWASP's "Password Storage Cheat Sheet" recommends.
_N, _R, _P = 1 << 14, 8, 5
_BYTES = 32
SHORTEST, LONGEST = 8, 1000  # characters


def check_new(password: str) -> str:
    """A password that somebody wants to have; InvalidInputError if it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInputError(f"a password has {SHORTEST} to {LONGEST} characters")
    return password


def hash_password(password: str) -> str:
    """What is kept of a password: `scrypt$N$r$p$salt$hash`, the last two as Base64."""
    salt = os.urandom(16)
    made = _derived(password, salt, _N, _R, _P)
    return "$".join(("scrypt", str(_N), str(_R), str(_P), _text(salt), _text(made)))


def matches(password: str, stored: str) -> bool:
    """Whether a password is the one that was hashed; takes as long as the parameters that are stored say."""
    try:
        kind, n, r, p, salt, wanted = stored.split("$")
        if kind != "scrypt" or len(password) > LONGEST:
            return False
        made = _derived(password, base64.b64decode(salt), int(n), int(r), int(p))
        return hmac.compare_digest(made, base64.b64decode(wanted))
    except ValueError:
        return False


def _derived(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # One password may be typed as several sequences of code points.
    text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=_BYTES)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
