"""Addresses of the web, in a text or apart: written so that no format takes a part of them for its own signs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEPT = "%-._~:/?#@!$&'()*+,;="
"""What an address may hold beside letters and digits (RFC 3986); everything else is written in hexadecimal."""
_SPLIT = re.compile(r"(https?)://([^/?#]+)(.*)", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_IN_TEXT = re.compile(r"(?<![^\W_])https?://[^\s<>\"`|\\^{}\[\]]+", re.IGNORECASE)
_AFTER_IT = ".,;:!?)'*_~"
"""What ends a sentence, not the address that stands at its end."""


def web_address(text: str) -> str:
    """The address as every format may carry it; "" for what leads nowhere on the web.

    Only http and https: `javascript:` and its like are no places. One that holds a name or a password is none either:
    it tells a secret, or pretends to lead elsewhere.
    """
    found = _SPLIT.fullmatch(text.strip())
    if found is None or re.search(r"[\s\x00-\x1f\x7f]", found[0]):
        return ""
    scheme, host, rest = found.groups()
    if not host.isascii():
        host = _of_another_alphabet(host)
    if not _HOST.fullmatch(host):
        return ""
    path = quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", rest), safe=_KEPT, errors="replace")
    return f"{scheme.lower()}://{host}{path}"


def _of_another_alphabet(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text in pieces: words with "", and what is an address with it."""
    at = 0
    for found in _IN_TEXT.finditer(text):
        told = found[0].rstrip(_AFTER_IT)
        url = web_address(told)
        if not url:
            continue
        if found.start() > at:
            yield text[at : found.start()], ""
        yield told, url
        at = found.start() + len(told)
    if at < len(text):
        yield text[at:], ""
