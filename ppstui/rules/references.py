"""What a rollout points to: the checklist of links (DOMAIN §2 T0.3) and incident tickets (T4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ppstui.model import Voice
from ppstui.rules.standings import LinksStanding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import Rollout

# Compiled by `re` at the first text that needs them, which a record with links of its own never does: 0.4 ms.
_URL = r"(?i)https?://[^\s<>\"'`|]{1,2000}"
_LABELS = (
    ("release_notes", r"(?i)release[\s_-]?notes?|changelog|change log"),
    ("bugs", r"(?i)\bbugs?\b|\bissues?\b|\bfix(?:ed|es)\b"),
    ("documentation", r"(?i)\bdocumentation\b|\bdocs?\b|\bmanuals?\b|\b(?:admin|user)\w*[\s_-]guides?\b"),
)
_RELATIONS = {"release-notes": "release_notes", "bugs": "bugs", "documentation": "documentation"}
_LONGEST_LABEL = 200
"""Characters before an address that are looked at for what it is: beyond that it is prose, and costs time."""


def links(rollout: Rollout) -> LinksStanding:
    """The checklist: links with a relation first, then links, fields and description lines that say what they are.

    In the description an address belongs to the words before it on its line, or on the line above when it stands alone:
    `Release notes: https://…`, `2. Bugs or issues fixed - https://…`. A later mention never replaces an earlier one.
    """
    found: dict[str, str] = {}
    for link in rollout.links:
        name = _RELATIONS.get(link.relation.casefold().replace("_", "-").replace(" ", "-"))
        if name and link.url:
            found.setdefault(name, link.url)
    if len(found) < len(_LABELS):
        for label, url in _labelled(rollout):
            name = _label(label)
            if name:
                found.setdefault(name, url)
    return LinksStanding(**found)


def incidents(rollout: Rollout) -> tuple[str, ...]:
    """Addresses of incident tickets, in the order they turn up, each once.

    Links of the relation `incident`, and every address on a host named after GGUS or a helpdesk that speaks of a
    ticket, among the links and in what people wrote. Not in the note by which a desk linked one: the link itself says
    whether it still is.
    """
    found = dict.fromkeys(
        link.url for link in rollout.links if link.url and (link.relation == "incident" or _is_ticket(link.url))
    )
    for message in rollout.messages:
        linked = message.system or any(mark.startswith("incident-") for mark in message.marks)
        if "://" in message.text and not linked and _may_name_ticket(message.text):
            found.update(dict.fromkeys(url for url in addresses(message.text) if _is_ticket(url)))
    return tuple(found)


def _may_name_ticket(text: str) -> bool:
    """Whether a text is worth searching for addresses: ten times as fast as a pattern that ignores case."""
    lower = text.lower()
    return "ticket" in lower and _helpdesk(lower)


def _helpdesk(lower: str) -> bool:
    return "ggus" in lower or "helpdesk" in lower


def addresses(text: str) -> Iterator[str]:
    """The web addresses in a text, without the punctuation of the sentence around them."""
    for hit in re.finditer(_URL, text):
        yield _trimmed(hit[0])


def _trimmed(url: str) -> str:
    while url and (url[-1] in ".,;:!?*_]}" or (url[-1] == ")" and url.count("(") < url.count(")"))):
        url = url[:-1]
    return url


def _is_ticket(url: str) -> bool:
    host, _, path = url.partition("://")[2].partition("/")
    return _helpdesk(host.lower()) and "ticket" in path.casefold()


def _label(text: str) -> str:
    return next((name for name, pattern in _LABELS if re.search(pattern, text)), "")


def _labelled(rollout: Rollout) -> Iterator[tuple[str, str]]:
    """Addresses with the words that say what they are."""
    for link in rollout.links:
        if not link.relation and link.title and link.url:
            yield link.title[:_LONGEST_LABEL], link.url
    for name, value in rollout.fields:
        for url in addresses(value):
            yield name[:_LONGEST_LABEL], url
    for message in rollout.messages:
        if message.voice is Voice.DESCRIPTION and "://" in message.text:
            yield from _lines(message.text)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    above = ""
    for line in text.splitlines():
        at = 0
        for hit in re.finditer(_URL, line):
            words = line[at : hit.start()][-_LONGEST_LABEL:]
            yield words if any(sign.isalpha() for sign in words) else above, _trimmed(hit[0])
            at = hit.end()
        if line.strip():
            above = "" if at else line[-_LONGEST_LABEL:]
