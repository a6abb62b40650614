"""What a stranger wrote, written so that it says the same in every format and is markup in none.

Every function takes one clean line (`views.plain.clean`) and says how it stands in a source. A text may stand anywhere
but after a line's own indentation: none of the formats then reads a list, a heading, a table or a macro out of it.
"""

from __future__ import annotations

import re
from html import escape as _html
from typing import TYPE_CHECKING, NamedTuple

from ppstui.bulletin.addresses import pieces

if TYPE_CHECKING:
    from collections.abc import Callable


class Voice(NamedTuple):
    """How one format writes what is not its own."""

    escaped: Callable[[str], str]
    """A text, anywhere but in a heading."""
    heading: Callable[[str], str]
    """A text in a heading."""
    link: Callable[[str, str], str]
    """A name that leads to an address; "" for the address itself. Both as they are, the address by `web_address`."""

    def words(self, text: str) -> str:
        """A text in which addresses of the web lead there."""
        return "".join(self.link("", url) if url else self.escaped(told) for told, url in pieces(text))


# ---------------------------------------------------------------------------------------------------------------- HTML


def _html_link(name: str, url: str) -> str:
    return f'<a href="{_html(url)}">{_html(name or url)}</a>'


# ------------------------------------------------------------------------------------------------------------ Markdown

_MARKDOWN = re.compile(r"[\\`*_\[\]<>&|~#$]|(?<=\bwww)\.|:(?=//)", re.IGNORECASE)
_MARKDOWN_FIRST = re.compile(r"[-+=:]|\d+(?=[.)])")
_ENTITY = re.compile(r"&(?=#?\w+;)")


def _markdown(text: str) -> str:
    found = _MARKDOWN_FIRST.match(text)
    if found is None:
        return _MARKDOWN.sub(r"\\\g<0>", text)
    # A list, a rule, the line below a heading: all of them begin a line, so the sign that makes them does not.
    sign = found.end() if found[0].isdigit() else 0
    return f"{text[:sign]}\\{text[sign]}" + _MARKDOWN.sub(r"\\\g<0>", text[sign + 1 :])


def _markdown_link(name: str, url: str) -> str:
    return f"[{_markdown(name)}](<{_ENTITY.sub('&amp;', url)}>)" if name else f"<{url}>"


# --------------------------------------------------------------------------------------------------------------- TWiki

_TWIKI = re.compile(
    r"[&<>%|!^\[\]@~\\`$#*=]"
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # within a word, as in NGI_IT, it is only a sign
    r"|\A-|\A\+"
)
_TWIKI_PLACE = re.compile(r"(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9]*):(?=\S)")
"""`InterWiki:Page`, `mailto:`, `news:`: with its colon as an entity it is only a word. A time keeps its own."""
_WIKI_WORD = re.compile(r"(?:(?<=\s)|(?<=\()|\A)(?=(?:[A-Z]\w*\.)?[A-Z]+[a-z0-9]+[A-Z]+)", re.ASCII)


def _twiki(text: str) -> str:
    """`!` keeps a WikiWord from becoming a link; every other sign of TWiki's is written as an HTML entity."""
    signs = _TWIKI.sub(lambda found: f"&#{ord(found[0])};", text)
    return _WIKI_WORD.sub("!", _TWIKI_PLACE.sub(r"\1&#58;", signs))


def _twiki_link(name: str, url: str) -> str:
    address = url.replace("%", "&#37;")  # two of them around capitals would be a variable
    return f"[[{address}][{_twiki(name)}]]" if name else f"[[{address}]]"


# ------------------------------------------------------------------------------------------------------------ DokuWiki

_DOKUWIKI = re.compile(
    r"[!-/:-@\[-`{-~]+|(?<![A-Za-z0-9])(?:(?:FIXME|DELETEME|LOL|8-[)O])(?![A-Za-z0-9])|(?:www|ftp)(?=\.))",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"[\^|<>\[\]{}\\%~]|(.)\1|[:;=8]-|\A-\)|:[?!]:|=\)")
"""In a run of signs: what DokuWiki may take for markup, a smiley among it."""
_PLAIN_NAME = re.compile(r"#?[A-Za-z0-9](?:[A-Za-z0-9 .,:/#_-]*[A-Za-z0-9])?")


def _dokuwiki(text: str) -> str:
    """Signs that may be markup stand between `%%`, and those with a `%` among them in `<nowiki>`: both say nothing."""

    def said(found: re.Match[str]) -> str:
        run = found[0]
        if "%" in run:
            return f"<nowiki>{run}</nowiki>"
        return f"%%{run}%%" if run[0].isalnum() or _SIGNS.search(run) else run

    return _DOKUWIKI.sub(said, text)


def _dokuwiki_link(name: str, url: str) -> str:
    """The name of a link is taken as it is: one that could end the link stands beside it instead."""
    if not name:
        return f"[[{url}]]"
    if "//" not in name and _PLAIN_NAME.fullmatch(name):
        return f"[[{url}|{name}]]"
    return f"{_dokuwiki(name)} [[{url}|link]]"


# ---------------------------------------------------------------------------------------------------------- plain, JSON


def _as_it_is(text: str) -> str:
    return text


def _beside(name: str, url: str) -> str:
    return f"{name} {url}" if name else url


_PLAIN = Voice(_as_it_is, _as_it_is, _beside)

VOICES: dict[str, Voice] = {
    "text": _PLAIN,
    "markdown": Voice(_markdown, _markdown, _markdown_link),
    "html": Voice(_html, _html, _html_link),
    "twiki": Voice(_twiki, _twiki, _twiki_link),
    "dokuwiki": Voice(_dokuwiki, _as_it_is, _dokuwiki_link),  # which reads no markup within a heading
    "json": _PLAIN,
}
"""By format. JSON has no text of its own that could be broken: a page is encoded whole."""
