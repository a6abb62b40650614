"""Ticket titles, read and written (DOMAIN §4.1): `Staged Rollout EMI-1.0 SE-DPM_mysql 1.8.0-1 SL5 x86_64`.

Reading works word by word, so a title of any length and content costs one pass over it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

MAJOR = re.compile(r"[0-9]+(?:\.[0-9]+)*\Z")
_ARCH = re.compile(r"(?:i[3-6]86|x86_64|amd64|aarch64|noarch)\Z")
COMPONENT = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]*\Z")
VERSION = re.compile(r"[0-9][A-Za-z0-9_.+~]*(?:-[0-9][A-Za-z0-9_.+~]*)?\Z")
_MAIL_PREFIX = re.compile(
    r"\s*(?:\[[^\[\]#]{1,100}#\s?[0-9]{1,12}\]|(?:re|fwd?|aw|wg|antw|sv|vs|tr|rif|r|res|enc)\s?:)", re.IGNORECASE
)
_BEFORE_ARCH = ("component", "version", "OS")
_STAGED_ROLLOUT = ["Staged", "Rollout"]
_CUT = 40
_SHORT_FORM = "CA"
"""The one stack with the short form `Staged Rollout CA 1.38` (DOMAIN §11.3)."""


class TitleStanding(Struct, frozen=True, kw_only=True):
    """What a title says (DOMAIN §4.1)."""

    stack: str = ""
    major: str = ""
    component: str = ""
    version: str = ""
    os: str = ""
    arch: str = ""
    problem: str = ""
    """Why it could not be read, or what is odd about it; "" when it is canonical."""
    parsed: bool = True

    @property
    def stack_string(self) -> str:
        """`EMI-1.0`, or `CA` where a stack has no major version."""
        return f"{self.stack}-{self.major}" if self.major else self.stack


def read_title(raw: str, stacks: Sequence[str]) -> TitleStanding:
    """Says what a title means. Never raises: what cannot be read has `parsed=False` and the reason in words.

    Tolerated with a word in `problem`: another case, odd spaces, mail prefixes, invisible characters, and a stack that
    is not among `stacks`.
    """
    text, odd = _unwrapped(raw)
    words = text.split()
    head, words = words[:2], words[2:]
    if [word.lower() for word in head] != ["staged", "rollout"]:
        return _unread('it does not begin with "Staged Rollout"')
    if head != _STAGED_ROLLOUT:
        odd.append('"Staged Rollout" is written in another case')
    if text != " ".join((*head, *words)):
        odd.append("it has odd spaces")
    if not words:
        return _unread("the software stack, component, version, OS and architecture are missing")
    stack, major, known = _stack(words[0], stacks)
    if stack == _SHORT_FORM and not major:
        return _short_title(words[1:], odd, respelt=words[0] != stack)
    missing = _missing(stack, major, words)
    if missing:
        return _unread(missing)
    component, version, os, arch = words[1:]
    odd += [f"the stack is written {cut(words[0])}"] * (known and not words[0].startswith(stack))
    odd += [f"{cut(stack)} is not among the stacks known here"] * (not known)
    odd += [f"{cut(component)} is an unusual component name"] * (not COMPONENT.match(component))
    odd += [f"{cut(version)} is an unusual version"] * (not VERSION.match(version))
    return TitleStanding(
        stack=stack, major=major, component=component, version=version, os=os, arch=arch, problem="; ".join(odd)
    )


def write_title(title: TitleStanding) -> str:
    """The canonical title, single spaces; the short form where there is neither major version nor component."""
    words = ("Staged Rollout", title.stack_string, title.component, title.version, title.os, title.arch)
    return " ".join(word for word in words if word)


def product_title(ppa: str, version: str, major: str) -> TitleStanding:
    """The title of a rollout whose parent is the product `EMI.dpm.sl5.x86_64` (DOMAIN §4.1).

    Split from the right: architecture, OS; the first dot ends the provider. The OS is written in capitals, as titles
    do. `parsed=False` when the name is no product.
    """
    provider, _, rest = ppa.strip().partition(".")
    component, _, tail = rest.rpartition(".")
    component, _, os = component.rpartition(".")
    if not (provider and component and os and _ARCH.match(tail)):
        return _unread("it is not <provider>.<component>.<os>.<arch>")
    return TitleStanding(stack=provider, major=major, component=component, version=version, os=os.upper(), arch=tail)


def _unread(problem: str) -> TitleStanding:
    return TitleStanding(parsed=False, problem=problem)


def cut(word: str) -> str:
    """A word in quotes for a sentence, shortened when it is very long."""
    return repr(word if len(word) <= _CUT else word[:_CUT] + "…")


def _unwrapped(raw: str) -> tuple[str, list[str]]:
    """The title without mail prefixes and invisible characters, and what was odd about it."""
    odd = []
    text = raw
    if not (raw.isascii() and raw.isprintable()):
        kept = (char.isspace() or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"} for char in raw)
        text = "".join(char for char, keep in zip(raw, kept, strict=True) if keep)
    if text != raw:
        odd.append("it has invisible characters")
    at = 0
    while prefix := _MAIL_PREFIX.match(text, at):
        at = prefix.end()
    if at:
        odd.append("it has a mail prefix")
        text = text[at:].lstrip()
    return text, odd


def _stack(word: str, stacks: Sequence[str]) -> tuple[str, str, bool]:
    """The stack, its major version ("" when none is written), and whether the stack is known."""
    name, _, major = word.rpartition("-")
    if not MAJOR.match(major):
        name, major = word, ""
    spelling = name if name in stacks else next((s for s in stacks if s.lower() == name.lower()), "")
    return spelling or name, major, bool(spelling)


def _short_title(words: list[str], odd: list[str], *, respelt: bool) -> TitleStanding:
    """The short form, from the word after `CA` on."""
    if not words:
        return _unread("the version is missing")
    if len(words) > 1 or not words[0][0].isdecimal():
        return _unread('a title of the stack CA is "Staged Rollout CA <VERSION>", as in CA 1.38')
    odd += ["the stack is written in another case"] * respelt
    odd += [f"{cut(words[0])} is an unusual version"] * (not VERSION.match(words[0]))
    return TitleStanding(stack=_SHORT_FORM, version=words[0], problem="; ".join(odd))


def _missing(stack: str, major: str, words: list[str]) -> str:
    """What the long form lacks, in words; "" when it is whole. `words` begins with the stack."""
    rest = words[1:]
    if not stack or stack[0].isdecimal():
        return "the software stack is missing"
    if not major:
        return f"the major version is missing after {cut(stack)}, as in EMI-1.0"
    arch = rest.pop() if rest and _ARCH.match(rest[-1]) else ""
    if arch and len(rest) == len(_BEFORE_ARCH) and rest[1][0].isdecimal():
        return ""
    version = next((at for at, word in enumerate(rest) if word[0].isdecimal()), None)
    lacks = {
        "the component": not rest or version == 0,
        "the version": version is None,
        "the OS": version is not None and len(rest) == version + 1,
        "the architecture": not arch,
    }
    missing = [what for what, absent in lacks.items() if absent]
    if missing == ["the architecture"] and len(rest) > len(_BEFORE_ARCH):
        return f"{cut(rest[-1])} is no architecture; write i386, i686, x86_64, amd64, aarch64 or noarch"
    if len(missing) > 1:
        return f"{', '.join(missing[:-1])} and {missing[-1]} are missing"
    return f"{missing[0]} is missing" if missing else "it has more words than stack, component, version, OS and arch"
