"""What a reader of each format makes of an issue: how many sections, groups, lines, rows and cells it sees.

Each reader goes by the rules of its format alone and knows nothing of the page. What would be a link that leads
elsewhere, a macro, a picture or raw HTML is an error.
"""

from __future__ import annotations

import json
import re
import unicodedata
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt

from ppstui.bulletin.addresses import pieces
from ppstui.views.plain import cell_width

if TYPE_CHECKING:
    from markdown_it.token import Token

    from ppstui.bulletin import Page


class Seen(NamedTuple):
    """One section as a reader sees it, the title of the whole counted as the first."""

    groups: int = 0
    """Headings within the section."""
    lines: int = 0
    rows: int = 0
    cells: int = 0
    """Of all its rows together, the titles of its columns among them."""


def expected(told: Page) -> list[Seen]:
    return [
        Seen(),
        *(
            Seen(
                groups=sum(bool(group.title) for group in section.groups),
                lines=sum(len(group.lines) for group in section.groups),
                rows=sum(len(group.rows) for group in section.groups),
                cells=sum((len(group.rows) + 1) * len(section.columns) for group in section.groups if section.columns),
            )
            for section in told.sections
        ),
    ]


def paragraphs(told: Page) -> int:
    """How many paragraphs of prose it has, the note of correction and what there is nothing of among them."""
    prose = [*told.greeting, *told.closing, *(text for section in told.sections for text in section.text)]
    return len(prose) + 1 + bool(told.correction) + bool(told.empty or told.nothing)


def said(told: Page) -> list[str]:
    """The letters and digits of every line and every cell, those of its links among them, in their order."""
    found: list[str] = []
    for section in told.sections:
        for group in section.groups:
            found.extend(
                letters("".join([_addressed(line.text), *(link.name for link in line.links)])) for line in group.lines
            )
            for row in group.rows:
                found.extend(letters(cell.text if cell.url else _addressed(cell.text)) for cell in row.cells)
    return found


def _addressed(text: str) -> str:
    return "".join(url or told for told, url in pieces(text))


def letters(text: str) -> str:
    """The text without its signs and spaces."""
    return "".join(re.findall(r"[^\W_]", text))


class Read(NamedTuple):
    """What was read: sections, paragraphs of prose, and what each line and cell says; None where no reader tells."""

    sections: list[Seen]
    paragraphs: int
    said: list[str] | None = None


def meant(told: Page, read: Read) -> Read:
    """What should have been read."""
    return Read(expected(told), paragraphs(told), None if read.said is None else said(told))


class _Counting:
    """Counts what comes, section by section."""

    def __init__(self, *, tells: bool = False) -> None:
        self.sections: list[Seen] = []
        self.paragraphs = 0
        self.said: list[str] | None = [] if tells else None

    def says(self, text: str) -> None:
        assert self.said is not None
        self.said.append(letters(text))

    def section(self) -> None:
        self.sections.append(Seen())

    def count(self, **more: int) -> None:
        seen = self.sections[-1]
        self.sections[-1] = seen._replace(**{name: getattr(seen, name) + n for name, n in more.items()})

    @property
    def read(self) -> Read:
        return Read(self.sections, self.paragraphs, self.said)


# ---------------------------------------------------------------------------------------------------------------- text


def read_text(text: str) -> Read:
    """A heading has a line of dashes below it; what is listed stands two columns in; empty lines end all else."""
    for line in text.split("\n"):
        assert cell_width(line) <= 78 or re.fullmatch(r" *(?:\* )?\S*://\S*", line), line
        assert not {unicodedata.category(sign) for sign in line} & {"Cc", "Cs", "Zl", "Zp"}, line
    seen = _Counting()
    columns = 0
    for block in text.rstrip("\n").split("\n\n"):
        lines = block.split("\n")
        if any(re.fullmatch(r"-{3,}|={3,}", line) for line in lines[1:]):
            assert re.fullmatch(r"-{3,}|={3,}", lines[-1]), block
            columns = 0
            assert (lines[-1][0] == "=") == (not seen.sections), block
            seen.section()
            continue
        listed = [at for at, line in enumerate(lines) if line.startswith("  ")]
        below = listed[0] + 1 if listed else len(lines)
        rules = [at for at in range(below, len(lines)) if re.fullmatch(r"  -{3,}(?:  -{3,})*", lines[at])]
        if not listed:
            seen.paragraphs += 1
        elif rules:
            columns = len(lines[rules[0]].split())
            told = len(lines) - rules[0] - 1
            seen.count(groups=int(not lines[0].startswith("  ")), rows=told, cells=(told + 1) * columns)
        elif columns and re.match(r"  \S", block):
            seen.count(rows=1, cells=columns)
        elif not block.startswith("    "):
            items = [at for at, line in enumerate(lines) if line.startswith("  * ")]
            seen.count(groups=int(not lines[0].startswith("  ")), lines=len(items))
            assert items, block
    return seen.read


# ---------------------------------------------------------------------------------------------------------------- HTML

_HTML = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "br", "ul", "li", "div", "table"),
    *("thead", "tbody", "tr", "th", "td", "a", "span", "strong"),
}
_HTML_COUNTS = {
    "h3": {"groups": 1},
    "li": {"lines": 1},
    "td": {"cells": 1},
    "th": {"cells": 1},
    "tr": {"rows": 1},
    "thead": {"rows": -1},
}
_ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "scope", "href"}


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen = _Counting(tells=True)
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _HTML, tag
        if tag in {"li", "td"}:
            self.text = []
        for name, value in attrs:
            assert name in _ATTRIBUTES, name
            assert name != "href" or (value or "").startswith(("http://", "https://")), value
        if tag in {"h1", "h2"}:
            self.seen.section()
        elif tag in _HTML_COUNTS:
            self.seen.count(**_HTML_COUNTS[tag])
        self.seen.paragraphs += tag == "p"

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"li", "td"}:
            self.seen.says("".join(self.text))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def read_html(text: str) -> Read:
    reader = _Html()
    reader.feed(text)
    reader.close()
    return reader.seen.read


# ------------------------------------------------------------------------------------------------------------ Markdown


class _Markdown(MarkdownIt):
    """CommonMark with GitHub's tables, which shows an address as it is."""

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802  (its name there)
        return link


def read_markdown(text: str) -> Read:
    """As CommonMark with GitHub's tables."""
    seen = _Counting(tells=True)
    reader = _Markdown("commonmark", {"html": True}).enable(["table", "strikethrough"])
    within = ""
    for token in reader.parse(text):
        if token.type in {"list_item_open", "td_open", "th_open", "heading_open", "paragraph_open"}:
            within = within if within == "list_item_open" and token.hidden else token.type
        if token.type == "inline":
            _within_markdown(token)
            if within in {"list_item_open", "td_open"}:
                seen.says("".join(child.content for child in token.children or ()))
        elif token.type == "heading_open" and token.tag != "h3":
            assert (token.tag == "h1") == (not seen.sections), token
            seen.section()
        elif token.type == "paragraph_open":
            seen.paragraphs += not token.hidden
        elif token.type in _MARKDOWN:
            assert token.type != "list_item_open" or token.level == 1, "a list within a list"
            seen.count(**_MARKDOWN[token.type])
        else:
            assert re.fullmatch(r"(?:bullet_list|table|tbody|[a-z_]+_close).*", token.type), token
    return seen.read


_MARKDOWN = {
    "heading_open": {"groups": 1},
    "list_item_open": {"lines": 1},
    "tr_open": {"rows": 1},
    "thead_open": {"rows": -1},
    "td_open": {"cells": 1},
    "th_open": {"cells": 1},
}


def _within_markdown(token: Token) -> None:
    kinds = {child.type for child in token.children or ()}
    allowed = {"text", "text_special", "hardbreak", "link_open", "link_close"}
    if token.content.startswith("**Correction:**"):
        allowed |= {"strong_open", "strong_close"}
    assert kinds <= allowed, (kinds, token.content)
    for child in token.children or ():
        href = str(child.attrs.get("href", "http://"))
        assert href.startswith(("http://", "https://")), href


# --------------------------------------------------------------------------------------------------------------- wikis

_TWIKI_LINK = re.compile(r"\[\[(https?://[^\]\[\s|<>%]*)\](?:\[([^\]\[]*)\])?\]")
_TWIKI_LINE = re.compile(r"(?:\t|   )+(?:\*|\d+\.?|[AaIi]\.|\$) ")


def read_twiki(text: str) -> Read:
    """TWiki goes by lines; within them `%`, `<`, `[`, WikiWords, other links and stressed words would be markup."""
    seen = _Counting(tells=True)
    lines = text.split("\n")
    for line, after in pairwise([*lines, ""]):
        rest = line
        if found := re.match(r"---(\++)!* ?", line):
            rest = line[found.end() :]
            if len(found[1]) == 3:
                seen.count(groups=1)
            else:
                assert (len(found[1]) == 1) == (not seen.sections), line
                seen.section()
        elif found := _TWIKI_LINE.match(line):
            rest = line[found.end() :]
            assert found[0] == "   * ", line
            seen.count(lines=1)
            seen.says(_twiki_text(rest))
        elif line.startswith("|"):
            assert line.endswith(" |"), line
            titles = line.startswith("| *")
            cells = line.count("|") - 1
            seen.count(rows=int(not titles), cells=cells)
            for cell in () if titles else line[1:-1].split("|"):
                seen.says(_twiki_text(cell))
            assert not titles or re.fullmatch(r"\|(?: \*[^|*]*\* \|)+", line), line
            rest = re.sub(r"^\| \*|\* \| \*|\* \|$" if titles else r"\|", " ", line)
        elif line:
            assert not line.startswith(("---", "#", " ", "\t")), line
            assert not after, "two lines of prose"
            seen.paragraphs += 1
            rest = rest.removeprefix("*Correction:* ")
        assert not _twiki_markup(rest.replace(" <br /> ", "  ")), (_twiki_markup(rest), line)
    return seen.read


def _twiki_text(text: str) -> str:
    return unescape(_TWIKI_LINK.sub(lambda found: found[2] or found[1], text))


def _twiki_markup(text: str) -> list[str]:
    bare = _TWIKI_LINK.sub("()", text)
    bare = re.sub(r"&#\d+;", "\x00", bare)
    words = re.findall(r"(?:^|(?<=[\s(]))(?:[A-Z]\w*\.)?[A-Z]+[a-z0-9]+[A-Z]+[A-Za-z0-9]*", bare, re.ASCII)
    stressed = re.findall(r"(?:^|(?<=[\s(]))([*_=]{1,2})[^\s*_=].*?\1(?=$|[\s,.;:!?)])", bare)
    signs = re.findall(r"[%<>|\[\]@&]", bare)
    places = re.findall(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]*:(?=[^\s])", bare)
    return [*words, *stressed, *signs, *places]


_DOKUWIKI_LINK = re.compile(r"\[\[(https?://[^\]\[|\s<>{}]*)(?:\|[^\]\[|{}]*)?\]\]")
_DOKUWIKI_PLAIN = re.compile(r"<nowiki>.*?</nowiki>|%%.*?%%")


def read_dokuwiki(text: str) -> Read:
    """DokuWiki too goes by lines; what stands in `%%` or `<nowiki>` is no markup, and headings hold none."""
    seen = _Counting()
    lines = text.split("\n")
    for line, after in pairwise([*lines, ""]):
        if found := re.fullmatch(r"[ \t]*(={2,})([^\n]+?)={2,}[ \t]*", line):
            assert line.startswith("="), line
            assert line.endswith("=" * len(found[1])), line
            if len(found[1]) == 4:
                seen.count(groups=1)
            else:
                assert (len(found[1]) == 6) == (not seen.sections), line
                seen.section()
            continue
        bare = _DOKUWIKI_LINK.sub("", _DOKUWIKI_PLAIN.sub("\x00", line))
        if line.startswith(("|", "^")):
            titles = line.startswith("^")
            sign = "^" if titles else "|"
            assert bare.endswith(f" {sign}"), line
            seen.count(rows=int(not titles), cells=bare.count(sign) - 1)
            bare = bare.replace(sign, " ")
        elif line.startswith("  "):
            assert line.startswith("  * "), line
            seen.count(lines=1)
            bare = bare.removeprefix("  * ")
        elif line:
            assert not after, "two lines of prose"
            seen.paragraphs += 1
            bare = bare.removeprefix("**Correction:**")
        found_markup = re.findall(
            r"\*\*|//|__|''|\[|\]|\{\{|\(\(|~~|[\\|^<>%]|----|(?<!\w)(?:FIXME|DELETEME)(?!\w)",
            bare.replace("\\\\ ", " "),
        )
        assert not found_markup, (found_markup, line)
    return seen.read


# ---------------------------------------------------------------------------------------------------------------- JSON


def read_json(text: str) -> Read:
    told = json.loads(text)
    seen = _Counting()
    seen.section()
    for section in told["sections"]:
        seen.section()
        for group in section["groups"]:
            seen.count(
                groups=int(bool(group["title"])),
                lines=len(group["lines"]),
                rows=len(group["rows"]),
                cells=sum(len(row["cells"]) for row in group["rows"]) + len(section["columns"]),
            )
    prose = [*told["greeting"], *told["closing"], *(each for section in told["sections"] for each in section["text"])]
    return Read(
        seen.sections,
        len(prose) + 1 + bool(told["correction"]) + bool(not told["sections"] or told["nothing"]),
    )


READERS = {
    "text": read_text,
    "markdown": read_markdown,
    "html": read_html,
    "twiki": read_twiki,
    "dokuwiki": read_dokuwiki,
    "json": read_json,
}
