"""Which modules a script brings with it, so that a browser can fetch them all at once."""

from __future__ import annotations

import re
from functools import cache
from posixpath import dirname, join, normpath

from reelscore.web import STATIC_DIR

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
