"""What the files of the page bring with them, so that a browser can fetch all of it at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from posixpath import dirname, join, normpath

from reelscore.web import STATIC_DIR

_STYLE = re.compile(r'^@import "([\w-]+\.css)";$', re.MULTILINE)
_IMPORT = re.compile(r'^import\s(?:[^;"]*?\sfrom\s)?"(\.[\w./-]+\.js)"', re.MULTILINE)


def imports_of(name: str) -> list[str]:
    """The modules that a module imports by statements, in their order, as paths below `static/js`."""
    text = (STATIC_DIR / "js" / name).read_text(encoding="utf-8")
    return [normpath(join(dirname(name), module)) for module in _IMPORT.findall(text)]


@cache
def modules_of(name: str) -> tuple[str, ...]:
    """The files that a module of the page imports, and those that they import, without the module itself.

    A browser learns of an import only once it has the file that states it, so a chain of imports costs a
    round trip for each link. Imports that a script makes later, by `import()`, are not among them.
    """
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        for module in imports_of(waiting.pop()):
            if module not in found and module != name:
                found[module] = None
                waiting.append(module)
    return tuple(found)


def styles_of(text: str) -> list[str]:
    """The style sheets that a style sheet imports, in their order, as files beside it."""
    return _STYLE.findall(text)


def with_styles(text: str, read: Callable[[str], str]) -> str:
    """A style sheet with what it imports in the place of each statement; `read` gives a file beside it."""
    return _STYLE.sub(lambda found: read(found[1]), text)
