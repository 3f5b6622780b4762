"""ID3v2 and ID3v1 tags: text frames of versions 2.2, 2.3 and 2.4 (id3.org), and what writers made of them.

iTunes wrote the sizes of 2.4 frames as plain numbers where the standard wants seven bits a byte; a tag is
read in the way in which its frames follow each other without a gap.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import BinaryIO

from reelscore.audio.tag_entries import syncsafe
from reelscore.sources.tags.raw import RawTags, add_value

_HEADER = 10
_FOOTER = 0x10  # flag of a 2.4 tag that has its header once more at its end
_LARGEST = 64 << 20  # bytes of a tag that are read; large covers fit
# The genres that ID3 knows by number: the 80 of the standard, and those that Winamp added.
_GENRES = """
Blues|Classic Rock|Country|Dance|Disco|Funk|Grunge|Hip-Hop|Jazz|Metal|New Age|Oldies|Other|Pop|R&B|Rap|Reggae|
Rock|Techno|Industrial|Alternative|Ska|Death Metal|Pranks|Soundtrack|Euro-Techno|Ambient|Trip-Hop|Vocal|
Jazz-Funk|Fusion|Trance|Classical|Instrumental|Acid|House|Game|Sound Clip|Gospel|Noise|Alternative Rock|Bass|
Soul|Punk|Space|Meditative|Instrumental Pop|Instrumental Rock|Ethnic|Gothic|Darkwave|Techno-Industrial|
Electronic|Pop-Folk|Eurodance|Dream|Southern Rock|Comedy|Cult|Gangsta|Top 40|Christian Rap|Pop-Funk|Jungle|
Native American|Cabaret|New Wave|Psychedelic|Rave|Showtunes|Trailer|Lo-Fi|Tribal|Acid Punk|Acid Jazz|Polka|
Retro|Musical|Rock & Roll|Hard Rock|Folk|Folk-Rock|National Folk|Swing|Fast Fusion|Bebop|Latin|Revival|Celtic|
Bluegrass|Avantgarde|Gothic Rock|Progressive Rock|Psychedelic Rock|Symphonic Rock|Slow Rock|Big Band|Chorus|
Easy Listening|Acoustic|Humour|Speech|Chanson|Opera|Chamber Music|Sonata|Symphony|Booty Bass|Primus|
Porn Groove|Satire|Slow Jam|Club|Tango|Samba|Folklore|Ballad|Power Ballad|Rhythmic Soul|Freestyle|Duet|
Punk Rock|Drum Solo|A Cappella|Euro-House|Dance Hall|Goa|Drum & Bass|Club-House|Hardcore|Terror|Indie|BritPop|
Afro-Punk|Polsk Punk|Beat|Christian Gangsta Rap|Heavy Metal|Black Metal|Crossover|Contemporary Christian|
Christian Rock|Merengue|Salsa|Thrash Metal|Anime|JPop|Synthpop|Abstract|Art Rock|Baroque|Bhangra|Big Beat|
Breakbeat|Chillout|Downtempo|Dub|EBM|Eclectic|Electro|Electroclash|Emo|Experimental|Garage|Global|IDM|
Illbient|Industro-Goth|Jam Band|Krautrock|Leftfield|Lounge|Math Rock|New Romantic|Nu-Breakz|Post-Punk|
Post-Rock|Psytrance|Shoegaze|Space Rock|Trop Rock|World Music|Neoclassical|Audiobook|Audio Theatre|
Neue Deutsche Welle|Podcast|Indie Rock|G-Funk|Dubstep|Garage Rock|Psybient
"""
ID3_GENRES = tuple(_GENRES.replace("\n", "").split("|"))
_FIELDS = {
    "TIT2": "title", "TT2": "title",
    "TPE1": "artist", "TP1": "artist",
    "TPE2": "albumartist", "TP2": "albumartist",
    "TALB": "album", "TAL": "album",
    "TCON": "genre", "TCO": "genre",
    "TDRC": "date", "TYER": "date", "TYE": "date",
    "TDRL": "releasedate",
    "TDOR": "originaldate", "TORY": "originaldate", "TOR": "originaldate",
    "TSRC": "isrc", "TRC": "isrc",
    "TCOP": "copyright", "TCR": "copyright",
    "TPUB": "publisher", "TPB": "publisher",
    "WCOP": "license",
    "WOAR": "url", "WAR": "url",
}  # fmt: skip
_FREE_TEXT = ("TXXX", "TXX")
_ENCODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
# "(4)", "(51)(39)Refined", "((escaped)": references to the list of genres before free text.
_REFERENCE = re.compile(r"\((\d{1,3}|RX|CR)\)")
_SPECIAL_GENRES = {"RX": "Remix", "CR": "Cover"}


def tag_length(file: BinaryIO, position: int = 0) -> int:
    """Bytes of the ID3v2 tag at a place in a file; 0 if there is none."""
    file.seek(position)
    head = file.read(_HEADER)
    if len(head) < _HEADER or head[:3] != b"ID3" or max(head[6:10]) > 127:
        return 0
    return _HEADER + syncsafe(head[6:10]) + (_HEADER if head[3] == 4 and head[5] & _FOOTER else 0)


def read_id3v2(file: BinaryIO, position: int = 0) -> tuple[RawTags, int]:
    """The fields of the tag at a place in a file, and its length in bytes: 0 if there is none."""
    length = tag_length(file, position)
    file.seek(position)
    head = file.read(_HEADER)
    if not length or head[3] not in (2, 3, 4):
        return {}, 0
    version, flags, size = head[3], head[5], syncsafe(head[6:10])
    body = file.read(min(size, _LARGEST))
    if flags & 0x80 and version < 4:
        body = body.replace(b"\xff\x00", b"\xff")
    if flags & 0x40 and version > 2 and len(body) >= 4:
        extended = syncsafe(body[:4]) if version == 4 else int.from_bytes(body[:4], "big") + 4
        body = body[extended:]
    tags: RawTags = {}
    for name, frame_flags, data in _frames(body, version):
        try:
            text = _unpacked(data, version, frame_flags, all_unsynchronised=bool(flags & 0x80))
        except (ValueError, zlib.error):
            continue
        _note(tags, name, text)
    return tags, length


def read_id3v1(file: BinaryIO) -> RawTags:
    """The fields of an ID3v1 tag, the last 128 bytes of a file; nothing if there is none."""
    end = file.seek(0, 2)
    if end < 128:
        return {}
    file.seek(end - 128)
    data = file.read(128)
    if data[:3] != b"TAG":
        return {}
    tags: RawTags = {}
    for name, begin, stop in (("title", 3, 33), ("artist", 33, 63), ("album", 63, 93), ("date", 93, 97)):
        add_value(tags, name, [data[begin:stop].split(b"\x00", 1)[0].decode("latin-1").strip()])
    if data[127] < len(ID3_GENRES):
        add_value(tags, "genre", [ID3_GENRES[data[127]]])
    return tags


def genres_of(text: str) -> list[str]:
    """The genres that one value of a TCON frame means: names, numbers, and references with a refinement."""
    found = []
    rest = text.strip()
    while match := _REFERENCE.match(rest):
        found.append(_genre_number(match[1]))
        rest = rest[match.end() :].strip()
    rest = rest.removeprefix("(") if rest.startswith("((") else rest
    if rest:
        found.append(_genre_number(rest) if rest.isdecimal() or rest in _SPECIAL_GENRES else rest)
    return [name for name in dict.fromkeys(found) if name]


def _genre_number(text: str) -> str:
    if text in _SPECIAL_GENRES:
        return _SPECIAL_GENRES[text]
    number = int(text)
    return ID3_GENRES[number] if number < len(ID3_GENRES) else ""


def _note(tags: RawTags, name: str, data: bytes) -> None:
    if not data or (name not in _FIELDS and name not in _FREE_TEXT):
        return
    # Addresses are plain, and texts begin with how they are written.
    values = _texts(b"\x00" + data if name[0] == "W" else data)
    if name in _FREE_TEXT:
        if len(values) > 1:
            add_value(tags, values[0], values[1:])
    elif _FIELDS[name] == "genre":
        add_value(tags, "genre", [genre for value in values for genre in genres_of(value)])
    else:
        add_value(tags, _FIELDS[name], values)


def _texts(data: bytes) -> list[str]:
    """The values of a text frame: its first byte says how they are written, and nulls part them."""
    encoding = _ENCODINGS[data[0]] if data[0] < len(_ENCODINGS) else "latin-1"
    body = data[1:]
    if encoding == "utf-16" and body[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16-le"  # writers that leave the mark out are little-endian machines
    text = body.decode(encoding, "replace")
    return [value.strip("\ufeff") for value in text.rstrip("\x00").split("\x00")]


def _frames(body: bytes, version: int) -> list[tuple[str, int, bytes]]:
    found, whole = walk_frames(body, version, plain=version != 4)
    if version == 4 and not whole:
        plain, plain_whole = walk_frames(body, version, plain=True)
        if plain_whole or len(plain) > len(found):
            return plain
    return found


def walk_frames(body: bytes, version: int, *, plain: bool) -> tuple[list[tuple[str, int, bytes]], bool]:
    """Frames (name, flags, data) in their order, and whether that goes on to the end or padding."""
    head, name_length = (6, 3) if version == 2 else (10, 4)
    found: list[tuple[str, int, bytes]] = []
    place = 0
    while place + head <= len(body):
        name = body[place : place + name_length]
        if name.strip(b"\x00") == b"":
            return found, True
        if not re.fullmatch(rb"[A-Z0-9]+ ?", name):
            return found, False
        sizes = body[place + name_length : place + (6 if version == 2 else 8)]
        if not plain and max(sizes) > 127:
            return found, False
        size = int.from_bytes(sizes, "big") if plain else syncsafe(sizes)
        flags = 0 if version == 2 else struct.unpack_from(">H", body, place + 8)[0]
        data = body[place + head : place + head + size]
        if len(data) < size:
            return found, False
        found.append((name.decode("ascii"), flags, data))
        place += head + size
    return found, True


def _unpacked(data: bytes, version: int, flags: int, *, all_unsynchronised: bool) -> bytes:
    """The content of a frame; ValueError if it is encrypted."""
    if version == 4:
        if flags & 0x04:
            raise ValueError("encrypted")
        if flags & 0x40:
            data = data[1:]  # the group that it belongs to
        if flags & 0x01:
            data = data[4:]  # its length without packing
        if flags & 0x02 or all_unsynchronised:
            data = data.replace(b"\xff\x00", b"\xff")
        return zlib.decompress(data) if flags & 0x08 else data
    if version == 3:
        if flags & 0x40:
            raise ValueError("encrypted")
        if flags & 0x80:
            data = zlib.decompress(data[4:])
        elif flags & 0x20:
            data = data[1:]
    return data
