"""Acknowledgement lines in mail (DOMAIN §4.2): `accept NGI_IT-INFN-T1` on a line of its own, said by the writer now.

What somebody else said before is no answer. So quoted lines are skipped, and reading ends at a signature, at the ruler
or header block of a forwarded or replied-to mail, and at "On … wrote:" in its languages. After "On … wrote:" reading
goes on only where the quotation under it is marked line by line (`>`), because then the writer's own text below can be
told apart. Every test looks at one line or a few, so the work grows with the length of the mail and no faster.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Answer
from ppstui.rules.names import known_ngi, read_team, short, team_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class AnswerLine(Struct, frozen=True, kw_only=True):
    """One line that answers a call."""

    answer: Answer
    team: str
    """As it was written; `match_team` says whom it means."""
    line: str
    """The line as it stands in the mail: the evidence."""
    warning: str = ""
    """What is odd about its form; "" when it is the form of the rule book."""


_LINE_MOST = 300
"""No line that answers is longer; longer ones are not looked at."""
_TEAM = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
_FORWARD = re.compile(rf"(?P<verb>accept|reject)\s+(?P<team>{_TEAM})\Z", re.IGNORECASE)
_BACKWARD = re.compile(rf"(?P<team>{_TEAM})\s+(?P<verb>accept|reject)\Z", re.IGNORECASE)
_PLACEHOLDERS = frozenset({"ngi-site", "ngi-sitename", "ngi-site-name", "ngi-site_name", "team", "site", "site-name"})
_PROSE = frozenset(
    """
    i we they you he she it this that these those them us me all both none either neither everything anything nothing to
    will would can could cannot must may might shall should do does did don not never please and or also then now
    gladly happily hereby therefore yes no ok okay your our my his her their its the a an any some as by for in of on
    with if so but until again later tomorrow today tickets ticket terms responsibility only just
    """.split()  # noqa: SIM905  (words in sentences read better than in quotes)
)
"""Words that stand beside "accept" in sentences and are no site."""
_MARKERS = "*`"
"""What turning bold HTML into text leaves around words; `_` is not among them, since names have it."""

_QUOTED = re.compile(r"\s*(?:[>|]|[A-Za-z]{1,3}>)")
_SIGNATURE = re.compile(r"--\s*\Z")
_ORIGINAL = re.compile(r"\s*-{5,}[^-]*\w[^-]*-{5,}\s*\Z")
_RULER = re.compile(r"\s*_{10,}\s*\Z")
_HEADER_FROM = re.compile(
    r"\s*\*{0,2}(?:from|von|de|da|van|od|från|fra|lähettäjä|от|发件人|寄件者|差出人)\s?[:\uff1a]", re.IGNORECASE
)
_HEADER_MORE = re.compile(
    r"\s*\*{0,2}(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|inviato|data|oggetto|enviado|fecha|para"
    r"|asunto|assunto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|wysłano|do|temat|odesláno|komu|předmět"
    r"|lähetetty|vastaanottaja|aihe|отправлено|кому|тема|дата|发送时间|收件人|主题|送信日時|宛先|件名)\s?[:\uff1a]",
    re.IGNORECASE,
)
_HEADER_REACH = 4
_OPENING = re.compile(
    r"\s*(?:on|am|le|il|el|em|op|den|w dniu|dnia|dne|på|kl|at|alle|στις"
    r"|\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})\b",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?:wrote|schrieb|écrit|scritto|escribió|escreveu|schreef|skrev|napisał(?:a|\(a\))?|napsal(?:a|\(a\))?"
    r"|kirjoitti|írta"
    r"|a scris|pisze|píše|пише|έγραψε|yazd\u0131|написал|пишет|писал"
    r"|写道|寫道|さんは書きました|のメッセージ|>)\s*[:\uff1a]?\s*\Z",
    re.IGNORECASE,
)
_SAID_EARLIER = re.compile(r"\b(?:schrieb|schreef|skrev|kirjoitti)\b", re.IGNORECASE)
"""Verbs after which the name still follows: "Am … schrieb Jane Doe:"."""
_OPENING_REACH = 4


# ---------------------------------------------------------------------------------------------------- finding lines


def find_answers(text: str) -> tuple[AnswerLine, ...]:
    """The answering lines of one plain-text mail, in their order; quotations, signatures and prose yield none."""
    raw = text.splitlines()
    lines = [_clean(line) for line in raw]
    found, at = [], 0
    while at < len(lines):
        after = _attribution(lines, at)
        if after:
            at = next((at for at in range(after, len(lines)) if lines[at]), len(lines))
            if at == len(lines) or not _QUOTED.match(lines[at]):
                break
            continue
        if _ends_here(lines, at):
            break
        answer = _answer(lines[at], raw[at])
        if answer:
            found.append(answer)
        at += 1
    return tuple(found)


def _clean(line: str) -> str:
    """The line without what mail programs strew in: zero-width characters, controls, hard spaces; "" when too long."""
    if len(line) > 2 * _LINE_MOST:
        return "" if not _QUOTED.match(line) else ">"
    if line.isascii() and line.isprintable():
        return line.rstrip()
    if not line.isascii():
        line = "".join(" " if char.isspace() else char for char in line if unicodedata.category(char) != "Cf")
    return "".join(char for char in line if char >= " " or char == "\t").rstrip()


def _answer(line: str, raw: str) -> AnswerLine | None:
    words = line.strip()
    if len(words) > _LINE_MOST:
        return None
    bare = " ".join(word.strip(_MARKERS) for word in words.split())
    found = _FORWARD.match(bare)
    swapped = None if found else _BACKWARD.match(bare)
    found = found or swapped
    if found is None:
        return None
    team = found["team"]
    if team.lower() in _PROSE or team.removeprefix("ea-").lower() in _PLACEHOLDERS:
        return None
    verb = found["verb"].lower()
    odd = []
    if swapped:
        odd.append(f'the older form; write "{verb} <NGI>-<Site-name>"')
    if any(marker in words for marker in _MARKERS):
        odd.append("it has text markers around it")
    if team.startswith("ea-"):
        odd.append('the team is written with "ea-"')
    return AnswerLine(answer=Answer(verb), team=team, line=raw.strip("\r\n"), warning="; ".join(odd))


def _attribution(lines: list[str], at: int) -> int:
    """The line after "On … wrote:" when it begins at `at`, also wrapped over a few lines; else 0."""
    if _QUOTED.match(lines[at]):
        return 0
    opened = _OPENING.match(lines[at])
    for end in range(at, min(at + (_OPENING_REACH if opened else 1), len(lines))):
        line = lines[end].rstrip()
        if not line or _FORWARD.match(line.strip()):
            return 0
        if not line.endswith((":", "\uff1a")):
            continue
        whole = " ".join(lines[at : end + 1])
        said = _SAID.search(line[-60:]) or _SAID_EARLIER.search(whole)
        if said and (opened or "@" in line or "<" in line or any(map(str.isdecimal, line))):
            return end + 1
    return 0


def _ends_here(lines: list[str], at: int) -> bool:
    """Whether the writer's own text ends before this line."""
    line = lines[at]
    if _SIGNATURE.match(line) or _ORIGINAL.match(line):
        return True
    ahead = lines[at + 1 : at + 1 + _HEADER_REACH]
    if _RULER.match(line):
        return any(_HEADER_FROM.match(later) for later in ahead)
    return bool(_HEADER_FROM.match(line)) and any(_HEADER_MORE.match(later) for later in ahead)


# --------------------------------------------------------------------------------------------------- whom it means


def match_team(written: str, assigned: Sequence[str], roster: Sequence[str] = ()) -> tuple[str, str]:
    """The whole team an answering line means, and what is odd about how it was named.

    Tried in this order: an assigned team, one in another case, one by its site alone when that is unique among the
    assigned; then the roster. A team that is well formed and not known is a volunteer under the name written. ("", why)
    when nobody plausible is meant.
    """
    name = team_of(written.strip())
    for teams in (assigned, roster):
        exact = next((team for team in teams if team_of(team) == name), "")
        near = [team for team in teams if team_of(team).lower() == name.lower()]
        if exact or len(near) == 1:
            return exact or near[0], "" if exact else f"{short(near[0])} is written {short(name)}"
        site = short(name).lower()
        sited = [team for team in teams if read_team(team_of(team)).site.lower() == site] if teams is assigned else []
        if len(sited) == 1:
            return sited[0], f"the NGI is missing: {short(sited[0])}"
        if sited:
            return "", f"{short(name)} may be {' or '.join(map(short, sited))}; the NGI is missing"
    if name.endswith((".", "-")):
        team, warning = match_team(name.rstrip(".-"), assigned, roster)
        return team, warning or "punctuation after the name"
    parts = read_team(name, roster)
    if not parts.site:
        return "", f"{short(name)} is no <NGI>-<Site-name>"
    if known_ngi(parts.ngi, (*assigned, *roster)):
        return name, ""
    return name, f"{parts.ngi} is no NGI known here: it may be missing"


# ------------------------------------------------------------------------------------------------- HTML into text

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
    """.split()  # noqa: SIM905  (as above)
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
        from html import unescape  # its table of names costs 2 ms, which only HTML mail pays

        first, *others = unescape(data).split("\n") if self._pre else (unescape(data),)
        self._line.append(first)
        for other in others:
            self.end_line(blank=True)
            self._line.append(other)

    def end_line(self, *, blank: bool = False) -> None:
        """Ends the line, when there is one or when `blank` asks for an empty one."""
        text = " ".join("".join(self._line).split())
        self._line.clear()
        if self._blocks and _ORIGINAL.match(text):
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
