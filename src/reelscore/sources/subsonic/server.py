"""Asks a music server, such as Navidrome, over the OpenSubsonic API (https://opensubsonic.netlify.app).

A password is never sent: a salted hash of it is, or an API key. Both can only travel in the address, as the
API has it, so no message and no log line has an address.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reelscore.errors import ConfigurationError, InvalidInputError, NotFoundError, SourceError
from reelscore.net.http import HttpClient, Timeouts
from reelscore.net.payload import address, mapping, sequence
from reelscore.net.retry import RetryPolicy

PAGE = 500  # the most that servers give at once
LARGEST_SONG = 1_000_000_000  # bytes

_VERSION = "1.16.1"
_TIMEOUTS = Timeouts(piece_seconds=20.0, answer_seconds=900.0)  # a whole FLAC over a slow line
_ERROR_HEAD = 4096
_REFUSALS: Mapping[int, tuple[type[Exception], str]] = {
    40: (ConfigurationError, "refused the user and the password"),
    41: (ConfigurationError, "takes no salted password; give it an API key (REELSCORE_SUBSONIC_API_KEY)"),
    42: (ConfigurationError, "takes no password; give it an API key (REELSCORE_SUBSONIC_API_KEY)"),
    43: (ConfigurationError, "takes a key or a password, not both"),
    44: (ConfigurationError, "refused the API key"),
    50: (SourceError, "does not let this user do that"),
    70: (NotFoundError, "does not have what was asked for"),
}


class SubsonicServer:
    """One music server, as one of its users.

    Parameters
    ----------
    url
        Where its `/rest` lies, such as https://music.example.org.
    user, password, api_key
        A user and the password, or a key alone.
    policy, timeouts
        How it is called.

    Raises
    ------
    InvalidInputError
        The address is none.
    ConfigurationError
        There is neither a key, nor a user and a password.
    """

    def __init__(
        self,
        url: str,
        *,
        user: str = "",
        password: str = "",
        api_key: str = "",
        policy: RetryPolicy | None = None,
        timeouts: Timeouts = _TIMEOUTS,
    ) -> None:
        self.url = url.strip().rstrip("/").removesuffix("/rest")
        if address(self.url) is None:
            raise InvalidInputError(f"{url[:200]!r} is no address such as https://music.example.org")
        if not api_key and not (user and password):
            raise ConfigurationError(
                "the music server wants to know who asks; set REELSCORE_SUBSONIC_USER and "
                "REELSCORE_SUBSONIC_PASSWORD, or REELSCORE_SUBSONIC_API_KEY"
            )
        parts = urlsplit(self.url)
        self.name = parts.netloc.lower() + parts.path  # what its songs are known by, without the scheme
        self.user = user
        self._password, self._api_key = password, api_key
        trusted = {parts.hostname or ""}
        self._client = HttpClient("the music server", policy=policy, timeouts=timeouts, trusted=trusted)
        once = RetryPolicy(attempts=1)
        self._once = HttpClient("the music server", policy=once, timeouts=timeouts, trusted=trusted)

    def ask(
        self, call: str, *, once: bool = False, **parameters: str | int | Sequence[str]
    ) -> Mapping[str, Any]:
        """What a call answers.

        Parameters
        ----------
        once
            A call that is not to be made again after a failure, since it may have been heard.

        Raises
        ------
        TransientSourceError
            The server cannot be reached, is busy, or answers brokenly.
        SourceError
            It refuses the call.
        ConfigurationError
            It does not know the user.
        NotFoundError
            It does not have what was asked for.
        """
        client = self._once if once else self._client
        answer = client.get_json(f"{self.url}/rest/{call}.view", params=self._signed(parameters))
        return self._opened(answer)

    def songs(self) -> Iterator[Mapping[str, Any]]:
        """Every song that the user may hear, as the server describes it (`Child`), each once."""
        found = self._searched()
        first = next(found, None)
        if first is None:  # older servers search for no empty words
            yield from self._of_albums()
            return
        yield first
        yield from found

    @contextmanager
    def sound(self, song: str, *, folder: Path, suffix: str = "") -> Iterator[Path]:
        """The file of a song as it lies on the server, for as long as the context is open.

        Raises as `ask` does.
        """
        with self._client.download(
            f"{self.url}/rest/stream.view",
            params=self._signed({"id": song, "format": "raw"}),
            folder=folder,
            suffix=suffix,
            max_bytes=LARGEST_SONG,
        ) as path:
            # A refusal comes as a document with the status of a success.
            with path.open("rb") as file:
                head = file.read(_ERROR_HEAD)
            if (refusal := _refusal_in(head)) is not None:
                raise refusal
            yield path

    def _searched(self) -> Iterator[Mapping[str, Any]]:
        seen: set[str] = set()
        offset = 0
        while True:
            answer = self.ask(
                "search3", query="", artistCount=0, albumCount=0, songCount=PAGE, songOffset=offset
            )
            page = [mapping(item) for item in sequence(mapping(answer.get("searchResult3")).get("song"))]
            fresh = [item for item in page if str(item.get("id")) not in seen]
            seen.update(str(item.get("id")) for item in fresh)
            yield from fresh
            if not fresh:  # a short page is no end: some servers leave out what they cannot show
                return
            offset += len(page)

    def _of_albums(self) -> Iterator[Mapping[str, Any]]:
        seen: set[str] = set()
        offset = 0
        while True:
            answer = self.ask("getAlbumList2", type="alphabeticalByName", size=PAGE, offset=offset)
            page = [
                mapping(item).get("id") for item in sequence(mapping(answer.get("albumList2")).get("album"))
            ]
            fresh = [str(album) for album in page if str(album) not in seen]
            seen.update(fresh)
            for album in fresh:
                for item in sequence(mapping(self.ask("getAlbum", id=album).get("album")).get("song")):
                    yield mapping(item)
            if not fresh:
                return
            offset += len(page)

    def _signed(self, parameters: Mapping[str, str | int | Sequence[str]]) -> dict[str, Any]:
        common: dict[str, Any] = {"v": _VERSION, "c": "reelscore", "f": "json", **parameters}
        if self._api_key:
            return {**common, "apiKey": self._api_key}
        salt = secrets.token_hex(8)
        # The API prescribes MD5.
        token = hashlib.md5((self._password + salt).encode(), usedforsecurity=False).hexdigest()
        return {**common, "u": self.user, "t": token, "s": salt}

    def _opened(self, answer: object) -> Mapping[str, Any]:
        found = mapping(mapping(answer).get("subsonic-response"))
        if not found:
            raise SourceError("what answers there is no music server that speaks OpenSubsonic")
        if found.get("status") == "ok":
            return found
        raise _refusal(mapping(found.get("error")).get("code"))


def _refusal(code: object) -> Exception:
    """What the code of a refusal means; the server's own words are anything at all, and are left out."""
    kind, text = _REFUSALS.get(
        code if isinstance(code, int) else -1, (SourceError, f"failed (code {str(code)[:20]})")
    )
    return kind(f"the music server {text}")


def _refusal_in(head: bytes) -> Exception | None:
    """The refusal that the beginning of a file is, if it is no sound."""
    text = head.lstrip()
    if text.startswith(b"{"):
        try:
            document = json.loads(text)
        except ValueError:
            return None
        found = mapping(mapping(document).get("subsonic-response"))
        return _refusal(mapping(found.get("error")).get("code")) if found else None
    if text.startswith(b"<") and b"subsonic-response" in text:
        code = re.search(rb'code="(\d{1,4})"', text)
        return _refusal(int(code[1]) if code else None)
    return None
