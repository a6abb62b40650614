"""What must not get out of the desk by accident: words of internal notes, mail addresses of people, passwords."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from ppstui.model import Rollout, Voice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from ppstui.model import Pilot, Ref

RUN = 6
"""So many words of an internal note in a row are no accident any more."""


class Leak(NamedTuple):
    """Words of an internal note."""

    ref: Ref
    """The record whose note it is."""
    words: str


class Private:
    """What the internal notes of records say, and nothing that is public on any of these records does."""

    def __init__(self, records: Iterable[Rollout | Pilot]) -> None:
        records = tuple(records)
        self._where: dict[tuple[str, ...], list[Ref]] = {}
        unread = []
        for record in records:
            notes = [each for each in record.messages if each.voice is Voice.COMMENT and not each.system]
            if not record.whole or not all(note.text for note in notes):
                unread.append(record.ref)
            for run in dict.fromkeys(run for note in notes for run in _runs(note.text)):
                self._where.setdefault(run, []).append(record.ref)
        for run in (run for record in records for text in _public(record) for run in _runs(text)):
            self._where.pop(run, None)
        self.unread: tuple[Ref, ...] = tuple(unread)
        """Records of whose notes is known at most that they are there."""

    def find(self, text: str, refs: Iterable[Ref] = ()) -> Leak | None:
        """The first words of a note that stand in a text; where several records have them, of one of `refs`."""
        if not self._where:
            return None
        about = {ref.whole for ref in refs}
        for run in _runs(text):
            where = self._where.get(run)
            if where:
                return Leak(next((ref for ref in where if ref in about), where[0]), " ".join(run))
        return None


def _public(record: Rollout | Pilot) -> Iterator[str]:
    """What everybody may read on a record, and what the rules make facts of: reasons that are told on purpose."""
    yield record.title
    yield from (message.text for message in record.messages if message.voice is not Voice.COMMENT)
    yield from (link.title for link in record.links)
    if isinstance(record, Rollout):
        yield from (exposure.reason for exposure in record.exposures)
        yield record.parent.title if record.parent else ""
        return
    yield from (record.description, record.objectives, record.metrics, record.use_cases, record.constraints)
    yield from (record.layout, record.users, record.documentation, record.follow_up)
    yield from (prolongation.reason for prolongation in record.prolongations)
    yield record.ending.reason if record.ending else ""
    yield from (milestone.what for milestone in record.milestones)


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every six words in a row, however they are written: in capitals, with signs between them or invisible ones."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not folded.isascii():
        folded = "".join(sign for sign in folded if unicodedata.category(sign) != "Cf")
    words = _WORD.findall(folded)
    return zip(*(words[at:] for at in range(RUN)), strict=False)


_SYLLABLES = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_SYLLABLES}]|[^\W_{_SYLLABLES}]+")
"""A word; of scripts that put nothing between words, each of their signs."""


# ----------------------------------------------------------------------------------------------------------- addresses


def addresses(text: str, allowed: Collection[str]) -> tuple[str, ...]:
    """The mail addresses in a text, each once, but for those that may be told: `list@example.org`, `@example.org`."""
    known = {each.casefold() for each in allowed}
    found: dict[str, None] = {}
    for address in _ADDRESS.findall(without_login(text)):
        folded = address.casefold()
        if folded not in known and folded[folded.index("@") :] not in known:
            found.setdefault(address)
    return tuple(found)


_ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[^\W_](?:[\w-]{0,62})\.){1,8}[^\W\d_]{2,24}(?![\w-])")


# ----------------------------------------------------------------------------------------------------------- passwords


def without_login(text: str) -> str:
    """A text whose web addresses name no account and no password."""
    return _LOGIN.sub("//", text)


_LOGIN = re.compile(r"(?<=[a-z]:)//[^\s/@]{1,320}@", re.IGNORECASE)


class Worry(NamedTuple):
    """Words about a password, or one itself."""

    words: str
    told: bool
    """Whether it is told what it is; False: there is only talk of one."""


def secret(text: str) -> Worry | None:
    """The first words that tell a password, a key or a token, else the first that only speak of a password."""
    for pattern in (_SAID, _ITSELF):
        found = pattern.search(text)
        if found:
            return Worry(found["what"], told=True)
    spoken = _SPOKEN.search(text)
    return Worry(spoken[0], told=False) if spoken else None


_SAID = re.compile(
    r"\b(?P<what>pass(?:word|wd|phrase)s?|pwd?|(?:api|secret|private|access)[ _-]?(?:key|token)|bearer)\b"
    r"(?:\s*[:=]\s*|\s+is\s*[:=]?\s*[\"'`])\S",
    re.IGNORECASE,
)
_ITSELF = re.compile(
    r"(?P<what>-----BEGIN [A-Z ]{0,20}PRIVATE KEY|\b(?:gh[opsur]_|glpat-|indp_|xox[abprs]-)(?=[\w-]{16})|\beyJ[\w-]{8}"
    r"(?=[\w-]*\.[\w-]+\.)|(?<=//)[^\s/@:]{1,64}(?=:[^\s/@]{1,256}@))"
)
_SPOKEN = re.compile(r"\b(?:pass(?:word|wd|phrase)s?|pwd)\b", re.IGNORECASE)
