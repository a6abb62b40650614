"""What stands against each command to an issue of the bulletin; pure.

An issue goes to a target once. What was published there is changed by a correction, which says what it corrects, and by
nothing else. What is asked for and under way counts as published: nobody should ask twice because the first answer is
late.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct, field

from ppstui.model import Correct, Mention, Objection, Publication, Publish, SaveBulletin
from ppstui.model.bulletins import TARGET
from ppstui.rules.titles import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppstui.model import Bulletin, BulletinCommand

USUAL_HOLD = dt.timedelta(hours=4)
"""How long somebody who edits an issue keeps others from saving theirs, where the configuration does not say it."""


class UnderWay(Struct, frozen=True, kw_only=True):
    """Something that was asked to be published and is not on the issue's record yet."""

    entry: int
    """Its number in the outbox."""
    target: str
    """The target's name in [targets]."""
    number: int
    digest: str
    done: bool = False
    """Whether the target has it already."""
    given_up: bool = False
    """Whether it may have gone, nobody knows, and a person has given it up."""


class Asker(Struct, frozen=True, kw_only=True):
    """Who asks, and what else they have asked for."""

    by: str
    now: dt.datetime
    hold: dt.timedelta = USUAL_HOLD
    under_way: tuple[UnderWay, ...] = field(default_factory=tuple)
    """Oldest first."""


def digest_of(text: str) -> str:
    """How what went to a target is known again: its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def place_of(command: Publish) -> str:
    """The name in [targets] of where it goes."""
    return command.target.source.removeprefix(TARGET)


def bulletin_objections(command: BulletinCommand, bulletin: Bulletin | None, asker: Asker) -> tuple[Objection, ...]:
    """The rules that stand against it; `bulletin` is the issue with what is pending, None where there is none."""
    match command:
        case Correct():
            found = _of_correction(command, bulletin, asker)
        case Publish():
            found = _of_issue(command, bulletin, asker)
        case SaveBulletin():
            found = _of_draft(command, bulletin, asker)
        case Mention():
            found = _of_note(bulletin)
        case _:
            return ()
    return tuple(found)


# --------------------------------------------------------------------------------------------------------- publishing


def _of_issue(command: Publish, bulletin: Bulletin | None, asker: Asker) -> Iterator[Objection]:
    yield from _of_text(command, bulletin)
    place, digest = place_of(command), digest_of(command.text)
    where = f"{command.audience} {command.issue}"
    for each in _there(bulletin, place):
        if each.digest == digest:
            told = f"{place} has had {where} since {_instant(each.at)}, by {each.by}"
            yield Objection(rule="published-already", text=f"{told}; there is nothing to do")
        else:
            told = f"{place} has had another text of {where} since {_instant(each.at)}, by {each.by}"
            yield Objection(rule="use-correct", text=f"{told}; publish a correction, which says what was wrong")
        return
    yield from _waiting(place, where, asker)
    yield from _doubted(command, where, asker)


def _of_correction(command: Correct, bulletin: Bulletin | None, asker: Asker) -> Iterator[Objection]:
    yield from _of_text(command, bulletin)
    place, where = place_of(command), f"{command.audience} {command.issue}"
    if not command.corrects.strip():
        yield Objection(rule="says-not-what", text="a correction says what it corrects; say it in a sentence")
    there = _there(bulletin, place)
    if not there and not any(each.target == place and each.done for each in asker.under_way):
        text = f"{place} has had no {where}; there is nothing to correct, publish it"
        yield Objection(rule="nothing-to-correct", text=text)
    elif there and there[-1].digest == digest_of(command.text):
        yield Objection(rule="published-already", text=f"{place} has had that text of {where}; change what was wrong")
    yield from _waiting(place, where, asker)
    yield from _doubted(command, where, asker)


def _of_text(command: Publish, bulletin: Bulletin | None) -> Iterator[Objection]:
    if bulletin is None or bulletin.draft is None:
        text = f"{command.of}: there is no such issue with a draft; draft it, and publish that"
        yield Objection(rule="no-issue", text=text)
    elif bulletin.frozen_at is None:
        text = f"{command.of} is not frozen, so it may still change; freeze it, and publish that"
        yield Objection(rule="not-frozen", text=text)
    if not command.text.strip():
        yield Objection(rule="empty", text=f"{command.of}: there is nothing in it to publish")


def _there(bulletin: Bulletin | None, place: str) -> tuple[Publication, ...]:
    """What the record says was published there, oldest first."""
    return tuple(each for each in bulletin.publications if each.target == place) if bulletin else ()


def _waiting(place: str, where: str, asker: Asker) -> Iterator[Objection]:
    for each in asker.under_way:
        if each.target == place and not each.given_up:
            how = "has gone" if each.done else "is on its way"
            told = f"{where} {how} to {place} by entry {each.entry} of the outbox"
            hint = "wait until that is written down" if each.done else "wait for it, or discard it"
            yield Objection(rule="published-already", text=f"{told}; {hint}")
            return


def _doubted(command: Publish, where: str, asker: Asker) -> Iterator[Objection]:
    """Readers may have it, though the record does not say so: it is not sent a second time without a word."""
    for each in asker.under_way:
        if (each.target, each.number, each.given_up) == (place_of(command), command.number, True):
            told = f"{where} may have gone to {each.target} by entry {each.entry} of the outbox, which was given up"
            hint = "look for it where it goes to; a reason sends it all the same"
            yield Objection(rule="may-have-gone", text=f"{told}; {hint}", overridable=True)
            return


# ---------------------------------------------------------------------------------------------------- what is written


def _of_draft(command: SaveBulletin, bulletin: Bulletin | None, asker: Asker) -> Iterator[Objection]:
    if bulletin is None:
        return
    if bulletin.frozen_at is not None and not _only_words(command, bulletin):
        text = f"{bulletin.ref} was frozen at {_instant(bulletin.frozen_at)} with the facts it was made from"
        yield Objection(rule="frozen", text=f"{text}; only its words can still be corrected")
    other = bulletin.holder and bulletin.holder != asker.by
    if other and bulletin.held_at is not None and asker.now - bulletin.held_at < asker.hold:
        text = f"{cut(bulletin.holder)} has been editing {bulletin.ref} since {_instant(bulletin.held_at)}"
        yield Objection(rule="held", text=f"{text}; talk to them first", overridable=True)


def _only_words(command: SaveBulletin, bulletin: Bulletin) -> bool:
    """Whether it leaves what was frozen as it is: the facts, and that they are frozen."""
    return command.freeze and command.gathered == bulletin.gathered


def _of_note(bulletin: Bulletin | None) -> Iterator[Objection]:
    if bulletin is not None and bulletin.frozen_at is not None:
        text = f"{bulletin.ref} is frozen; mention it in the issue after that"
        yield Objection(rule="frozen", text=text)


def _instant(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
