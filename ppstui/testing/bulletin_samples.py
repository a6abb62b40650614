"""Issues of the bulletin, commands to them, and an agenda, for the contract."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Final

from ppstui.model import (
    Agenda,
    AgendaItem,
    Bulletin,
    Draft,
    Gathered,
    Item,
    KeepPublication,
    Line,
    Mention,
    Note,
    Part,
    Publication,
    Ref,
    SaveBulletin,
    Section,
)
from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from ppstui.model import Command

BULLETIN_COMMANDS: tuple[type[Command], ...] = (Mention, SaveBulletin, KeepPublication)
"""What is asked of whoever keeps the bulletin, in an order in which it may be given to one issue; targets publish."""

AUDIENCE: Final = "egee-operations"
_FIRST: Final = 40
"""The week of the first issue."""


def issue(number: int = 1) -> str:
    """One ISO week after the other; at most 13."""
    return f"2026-W{_FIRST + number - 1}"


def ref(source: str, number: int = 1) -> Ref:
    """What that issue is called."""
    return Bulletin.ref_of(source, AUDIENCE, issue(number))


def item(number: int, text: str = "VOMS: 1 EA performing the test") -> Item:
    """A line that is made from one rollout."""
    return Item(
        id=f"status/rt:{number}",
        text=text,
        group="UMD-4",
        refs=(Ref("rt", str(number)),),
        url=f"https://rt.example.org/Ticket/Display.html?id={number}",
        facts=f"performing {number}",
        since=issue(1),
    )


def gathered(number: int = 1, text: str = "VOMS: 1 EA performing the test") -> Gathered:
    """What there was to tell: a list and a table."""
    row = Item(id="table/umd-4/voms", text="", cells=("VOMS", "#1", "DONE", "OnGoing", ""), refs=(Ref("rt", "1"),))
    columns = ("Product", "sw-rel ticket", "Verification", "Staged Rollout", "ETA(finish)")
    return Gathered(
        audience=AUDIENCE,
        issue=issue(number),
        since=NOON - dt.timedelta(days=7),
        until=NOON,
        meeting="EGEE Operations",
        meeting_at=NOON + dt.timedelta(hours=4),
        sections=(
            Section(id="status", title="Status", items=(item(1, text), item(2))),
            Section(id="table", title="Status table", columns=columns, items=(row,)),
        ),
        stale=("gocdb: nobody answers at gocdb.example.org since 09:00",),
    )


def draft(*texts: str, number: int = 1) -> Draft:
    """A draft with what was generated, with something of everything that a person does to it, and with these lines."""
    own = tuple(Line(id=f"own/{place}", text=text) for place, text in enumerate(texts, 1))
    return Draft(
        title=f"Issue {issue(number)}",
        greeting="Dear all,",
        closing="Yours, the coordinators",
        parts=(
            Part(
                id="status",
                title="Status",
                text="This week:\n\nnot much.",
                lines=(
                    Line(id=item(1).id, item=item(1), text="VOMS is tested", offer=item(1, "VOMS: 1 EA has found it")),
                    Line(id=item(2).id, item=item(2), dropped=True),
                    *own,
                    Line(id="status/rt:3", item=item(3), text="It was good.", gone=True),
                ),
            ),
            Part(id="table", title="Status table", columns=("Product", "ETA(finish)")),
        ),
    )


def note(number: int, text: str = "Mention this.") -> Note:
    """A record that is to be mentioned."""
    return Note(
        id=f"key-of-note-{number}",
        about=Ref("rt", str(number), "ea-NGI_IT-INFN-T1"),
        text=text,
        at=NOON - dt.timedelta(days=number),
        by="antonio",
        title="Staged Rollout UMD-4 voms 2.0.1",
        url="https://rt.example.org/1",
    )


def publication(number: int = 0, target: str = "mail") -> Publication:
    """What went to that target: the issue for 0, its corrections after it."""
    return Publication(
        key=f"key-of-publication-{target}-{number}",
        target=target,
        number=number,
        at=NOON - dt.timedelta(hours=1),
        by="antonio",
        id=f"<ppstui.{number}@example.org>",
        format="text",
        digest=hashlib.sha256(f"{target} {number}".encode()).hexdigest(),
        corrects="the version of VOMS" if number else "",
        receipt="250 2.0.0 Ok: queued as 4cL2",
    )


def bulletin(source: str, number: int = 1) -> Bulletin:
    """An issue with a note, before anybody drafts it."""
    return Bulletin(
        ref=ref(source, number),
        audience=AUDIENCE,
        issue=issue(number),
        notes=(note(1),),
        updated=NOON,
        updated_by="anna",
    )


def full_bulletin(source: str, number: int = 1) -> Bulletin:
    """An issue with something of everything, published and corrected."""
    return Bulletin(
        ref=ref(source, number),
        audience=AUDIENCE,
        issue=issue(number),
        gathered=gathered(number),
        draft=draft("A line by hand.", number=number),
        frozen_at=NOON - dt.timedelta(hours=2),
        notes=(note(2), note(1)),
        publications=(publication(), publication(target="wiki"), publication(1)),
        holder="antonio",
        held_at=NOON - dt.timedelta(hours=3),
        updated=NOON,
        updated_by="antonio",
    )


def bulletin_command(
    kind: type[Command], source: str, text: str = "hello from the contract", number: int = 1
) -> Command:
    """A command of that kind to that issue; `KeepPublication` is given to one that is there."""
    every: tuple[Command, ...] = (
        mention(source, text, number),
        save(source, text, number=number),
        keep(source, number),
    )
    return next(each for each in every if type(each) is kind)


def mention(source: str, text: str = "hello from the contract", number: int = 1) -> Mention:
    """A record that is to be mentioned in that issue."""
    return Mention(
        target=ref(source, number),
        about=Ref("rt", "7"),
        text=text,
        title="Staged Rollout UMD-4 dpm 1.8",
        url="https://rt.example.org/7",
    )


def save(
    source: str,
    text: str = "hello from the contract",
    base: str = "",
    *,
    number: int = 1,
    hold: bool = False,
    freeze: bool = False,
) -> SaveBulletin:
    """That issue with this line in it, made from the revision `base`."""
    return SaveBulletin(
        target=ref(source, number),
        audience=AUDIENCE,
        issue=issue(number),
        gathered=gathered(number),
        draft=draft(text, number=number),
        base=base,
        hold=hold,
        freeze=freeze,
    )


def keep(source: str, number: int = 1, correction: int = 0) -> KeepPublication:
    """That the issue, or a correction of it, went out."""
    return KeepPublication(target=ref(source, number), publication=publication(correction))


def agenda(source: str, number: int = 1) -> Agenda:
    """One time that a meeting takes place, a day after the other."""
    start = NOON + dt.timedelta(days=number)
    return Agenda(
        ref=Ref(source, f"{4000 + number}"),
        url=f"https://indico.example.org/event/{4000 + number}/",
        title="EMT",
        start=start,
        end=start + dt.timedelta(hours=1),
        category="1146",
        room="vidyo",
        agenda=(AgendaItem(title="Staged rollout", start=start, minutes=20, speakers=("Antonio",)),),
    )
