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
    from collections.abc import Iterator, Sequence


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
_FORWARD = re.compile(rf"(?P<verb>(?i:accept|reject))\s+(?P<team>{_TEAM})\Z")
_BACKWARD = re.compile(rf"(?P<team>{_TEAM})\s+(?P<verb>(?i:accept|reject))\Z")
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
ORIGINAL = re.compile(r"\s*-{5,}[^-]*\w[^-]*-{5,}\s*\Z")
"""The line above a mail that was forwarded or replied to: -----Original Message-----."""
_RULER = re.compile(r"\s*_{10,}\s*\Z")
_HEADER_FROM = re.compile(
    r"\s*\*{0,2}(?:from|von|de|da|van|od|från|fra|lähettäjä|от|发件人|寄件者|差出人)\s?[:\uff1a]", re.IGNORECASE
)
_HEADER_MORE = (
    r"(?i)\s*\*{0,2}(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|inviato|data|oggetto|enviado|fecha|para"
    r"|asunto|assunto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|wysłano|do|temat|odesláno|komu|předmět"
    r"|lähetetty|vastaanottaja|aihe|отправлено|кому|тема|дата|发送时间|收件人|主题|送信日時|宛先|件名)\s?[:\uff1a]"
)
"""Compiled by `re` at the first mail that holds another: 0.4 ms."""
_HEADER_REACH = 4
_COLONS = (":", "\uff1a")
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
    found = (_answer(line, raw) for line, raw in _own(text))
    return tuple(answer for answer in found if answer)


def own_lines(text: str) -> Iterator[str]:
    """The lines of a mail up to its signature, or to what it repeats of another; lines marked as quoted are left in."""
    return (raw for _, raw in _own(text))


def _own(text: str) -> Iterator[tuple[str, str]]:
    """The writer's lines, each cleaned and as it stands."""
    raw = text.splitlines()
    lines = [_clean(line) for line in raw]
    at = 0
    while at < len(lines):
        after = _attribution(lines, at)
        if after:
            at = next((at for at in range(after, len(lines)) if lines[at]), len(lines))
            if at == len(lines) or not _QUOTED.match(lines[at]):
                return
            continue
        if _ends_here(lines, at):
            return
        yield lines[at], raw[at]
        at += 1


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
    lower = words.lower()
    if len(words) > _LINE_MOST or not ("accept" in lower or "reject" in lower):
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
    if not opened and not lines[at].endswith(_COLONS):
        return 0
    for end in range(at, min(at + (_OPENING_REACH if opened else 1), len(lines))):
        line = lines[end].rstrip()
        if not line or _FORWARD.match(line.strip()):
            return 0
        if not line.endswith(_COLONS):
            continue
        whole = " ".join(lines[at : end + 1])
        said = _SAID.search(line[-60:]) or _SAID_EARLIER.search(whole)
        if said and (opened or "@" in line or "<" in line or any(map(str.isdecimal, line))):
            return end + 1
    return 0


def _ends_here(lines: list[str], at: int) -> bool:
    """Whether the writer's own text ends before this line."""
    line = lines[at]
    if "--" in line and (_SIGNATURE.match(line) or ORIGINAL.match(line)):
        return True
    ahead = lines[at + 1 : at + 1 + _HEADER_REACH]
    if "__" in line and _RULER.match(line):
        return any(_HEADER_FROM.match(later) for later in ahead)
    # No pattern is tried on a line that lacks what it cannot do without: most lines are prose.
    named = (":" in line or "\uff1a" in line) and _HEADER_FROM.match(line)
    return bool(named) and any(re.match(_HEADER_MORE, later) for later in ahead)


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
