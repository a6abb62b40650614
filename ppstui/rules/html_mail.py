"""HTML mail as text in which everything it repeats of other mails is quoted, so that nobody answers twice.

Whole and apart, because the names of HTML's signs cost 2 ms, and only what comes in is ever HTML.
"""

from __future__ import annotations

import re
from html import unescape

from ppstui.rules.answers import ORIGINAL

_ASIDE = {
    "gmail_quote",
    "gmail_attr",
    "moz-cite-prefix",
    "moz-forward-container",
    "yahoo_quoted",
    "protonmail_quote",
}
"""Classes of blocks in which mail programs repeat what others wrote."""
_ALL_BELOW = {"OutlookMessageHeader", "divRplyFwdMsg", "appendonsend"}
"""Classes and ids after which Outlook repeats the other mail unmarked, to the end."""
_HIDDEN = {
    name: re.compile(rf"</{name}\b[^>]{{0,99}}>?", re.IGNORECASE) for name in ("script", "style", "head", "title")
}
_BREAKS = frozenset(
    """
    address article blockquote body center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr html li main
    ol p pre section table tbody tr ul
    """.split()  # noqa: SIM905  (names in a row read better than in quotes)
)
_CELLS = frozenset({"td", "th"})
_TAG_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9:_-]{0,40}")
_ATTRIBUTE = re.compile(r"""\b(class|id|type)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_ATTRIBUTES_MOST = 2_000
_DEPTH_MOST = 40


def html_to_text(html: str) -> str:
    """The text of an HTML mail, what it repeats of other mails marked by `> `, so that `find_answers` skips it.

    Broken HTML is read as far as it makes sense; nothing raises. The standard library's parser is not used: in Python
    3.11 it needs 16 s for 90 kB of `<a a='b' `, and anybody may send us a mail. This one reads on and never back.
    """
    page = _Page()
    at = 0
    while at < len(html):
        opening = html.find("<", at)
        if opening < 0:
            page.say(html[at:])
            break
        page.say(html[at:opening])
        at = _markup(html, opening, page)
    page.end_line()
    return "\n".join(page.lines).strip("\n")


def _markup(html: str, at: int, page: _Page) -> int:
    """Reads what begins with `<` at `at`; returns where the text goes on."""
    name = _TAG_NAME.match(html, at + 1)
    if name is None:
        if html.startswith("<!--", at):
            end, length = html.find("-->", at + 4), 3
        elif html.startswith(("<!", "<?"), at):
            end, length = html.find(">", at), 1
        else:
            page.say("<")
            return at + 1
        return len(html) if end < 0 else end + length
    end = _tag_end(html, name.end())
    if end < 0:
        return len(html)
    tag = name[0].lower()
    hidden = _HIDDEN.get(tag)
    if hidden and tag not in page.endless:
        closing = hidden.search(html, end)
        if closing:
            return closing.end()
        page.endless.add(tag)
        return len(html) if tag in {"script", "style"} else end + 1
    if tag.startswith("/"):
        page.close(tag[1:])
    else:
        page.open(tag, html[name.end() : min(end, name.end() + _ATTRIBUTES_MOST)])
    return end + 1


def _tag_end(html: str, at: int) -> int:
    """Where the tag's `>` is, over one `>` inside double quotes; -1 when it never comes."""
    end = html.find(">", at)
    if end - at < _ATTRIBUTES_MOST and html.count('"', at, max(end, at)) % 2:
        quote = html.find('"', end, end + _ATTRIBUTES_MOST)
        further = html.find(">", quote) if quote > 0 else -1
        return further if further > 0 else end
    return end


class _Block:
    """An open block that repeats another mail."""

    __slots__ = ("container", "left", "nested", "tag")

    def __init__(self, tag: str, *, container: bool) -> None:
        """`container`: Gmail's, which holds the attribution, the quotation, and what is written below it."""
        self.tag, self.container = tag, container
        self.nested: dict[str, int] = {}
        """How many plain elements are open directly inside it, by tag."""
        self.left = False
        """The quotation in the container has ended: what follows is the writer's own."""


class _Page:
    """Text under construction: finished lines, the line being written, and the open blocks that repeat other mails."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.endless: set[str] = set()
        """Hidden elements of which no end tag follows any more: looked for once."""
        self._line: list[str] = []
        self._blocks: list[_Block] = []
        self._below = False
        self._pre = 0

    def say(self, data: str) -> None:
        """Adds text; in <pre> its line breaks count."""
        if not data:
            return
        first, *others = unescape(data).split("\n") if self._pre else (unescape(data),)
        self._line.append(first)
        for other in others:
            self.end_line(blank=True)
            self._line.append(other)

    def end_line(self, *, blank: bool = False) -> None:
        """Ends the line, when there is one or when `blank` asks for an empty one."""
        text = " ".join("".join(self._line).split())
        self._line.clear()
        if self._blocks and ORIGINAL.match(text):
            for block in self._blocks:
                block.container = False  # a forwarded mail: nothing in it is the writer's own
        if text or (blank and self.lines and self.lines[-1].strip("> ")):
            self.lines.append(f"{'> ' * self._depth()}{text}".rstrip())

    def _depth(self) -> int:
        quoting = [block for block in self._blocks if not block.left]
        return sum(not block.container for block in quoting) or int(bool(quoting) or self._below)

    def open(self, tag: str, attributes: str) -> None:
        """Reads a start tag."""
        if tag == "br":
            self.end_line(blank=True)
            return
        if tag in _CELLS:
            self._line.append(" ")
        if tag in _BREAKS:
            self.end_line(blank=tag == "p")
        self._pre += tag == "pre"
        marks = {word for _, value in _ATTRIBUTE.findall(attributes) for word in value.strip("\"'").split()}
        if marks & _ALL_BELOW:
            self.end_line()
            self._below = True
        quoting = tag == "blockquote" or marks & _ASIDE
        if quoting and tag != "hr" and len(self._blocks) < _DEPTH_MOST:
            self.end_line()
            self._blocks.append(_Block(tag, container=tag != "blockquote" and "gmail_quote" in marks))
        elif self._blocks:
            nested = self._blocks[-1].nested
            nested[tag] = nested.get(tag, 0) + 1

    def close(self, tag: str) -> None:
        """Reads an end tag; one of an outer block closes the blocks inside it too, as browsers have it."""
        if tag in _BREAKS:
            self.end_line(blank=tag == "p")
        if tag == "pre":
            self._pre = max(self._pre - 1, 0)
        for at in range(len(self._blocks) - 1, -1, -1):
            block = self._blocks[at]
            if block.nested.get(tag):
                block.nested[tag] -= 1
                self._leave(at + 1)
                return
            if block.tag == tag:
                self._leave(at)
                if tag == "blockquote" and self._blocks and self._blocks[-1].container:
                    self._blocks[-1].left = True
                return
            if tag not in _BREAKS:
                return

    def _leave(self, at: int) -> None:
        if at < len(self._blocks):
            self.end_line()
            del self._blocks[at:]
