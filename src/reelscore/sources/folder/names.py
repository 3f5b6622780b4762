"""What the names of folders say: which hold no music of their owner, and what an untagged song belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from reelscore.sources.tags.meaning import clean

# Bins, thumbnails and snapshots of file servers and systems; names with a dot in front are hidden anyway.
_SET_ASIDE = frozenset(
    """#recycle|#snapshot|@eadir|@tmp|@recycle|@recently-snapshot|@sharebin|@sharesnap|@__thumb|@database|
@synologydrive|$recycle.bin|$trash|recycler|recycled|recycle bin|trashbox|trash-1000|lost+found|~snapshot|
__macosx|system~1|system volume information|network trash folder|temporary items""".replace("\n", "").split(
        "|"
    )
)
# Folders that hold songs of all kinds say nothing about any of them; nor does the second disc of a box.
_SAYS_NOTHING = re.compile(
    r"(?:my )?(?:music|musik|musique|audio|sounds?|songs?|tracks?|downloads?|itunes(?: media)?|media|library|"
    r"incoming|new|unsorted|various|misc|tmp|temp|home|data|volumes?|mnt|flac|mp3s?|wav|m4a|ogg|opus|"
    r"(?:cd|dis[ck]|disque|vol(?:ume)?|side|seite)[ ._-]*(?:\d{1,3}|[a-d])|\d{1,2})",
    re.IGNORECASE,
)
_MOST_FOLDERS = 2


def is_set_aside(name: str) -> bool:
    """Whether a folder of this name holds what was deleted, thumbnails, or copies that a server keeps."""
    folded = name.casefold()
    return folded in _SET_ASIDE or folded.startswith((".trash", "@eadir", "#recycle"))


def folder_title(path: Path, roots: Sequence[Path]) -> str | None:
    """What an untagged file belongs to by its folders, such as "Artist / Album"; None if they do not say.

    Parameters
    ----------
    roots
        The folders that were named; what lies above them does not count.
    """
    above = [root for root in roots if path.is_relative_to(root) and root != path]
    if not above:
        return None
    root = max(above, key=lambda one: len(one.parts))
    folders = [parent for parent in path.parents if parent == root or parent.is_relative_to(root)]
    names = [name for folder in folders if (name := clean(folder.name)) and not _SAYS_NOTHING.fullmatch(name)]
    return " / ".join(reversed(names[:_MOST_FOLDERS])) or None
