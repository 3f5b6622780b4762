"""XML that every parser takes: no characters that XML 1.0 forbids, one declaration, one doctype. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

# XML 1.0, production 2. File names and tags may hold the others.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text without what XML 1.0 cannot hold, not even escaped."""
    return _FORBIDDEN.sub("\ufffd", text)


def child(
    parent: ET.Element, tag: str, attributes: Mapping[str, str] | None = None, text: str | None = None
) -> ET.Element:
    """A new element at the end of `parent`."""
    element = ET.SubElement(parent, tag, {name: clean(value) for name, value in (attributes or {}).items()})
    if text is not None:
        element.text = clean(text)
    return element


def document(root: ET.Element, *, doctype: str = "") -> str:
    """The whole document as text, indented, in UTF-8."""
    ET.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n' + (f"<!DOCTYPE {doctype}>\n" if doctype else "")
    return head + ET.tostring(root, encoding="unicode") + "\n"
