"""From the words of `do` to commands: records and teams found, files read, what is not given taken from the record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.cli import committing, filing, piloting, reminding, whom
from ppstui.cli.checking import NOBODY, NONE, day, outcome
from ppstui.cli.filing import Paper
from ppstui.cli.wording import given, needed, wrong
from ppstui.errors import NoSuchRecord
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    Kind,
    Link,
    NewRollout,
    Outcome,
    Pilot,
    Poll,
    Ref,
    Reply,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)
from ppstui.rules import commands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.cli.office import Office
    from ppstui.model import Command, Record
    from ppstui.rules.rollouts import Standing

_RELATIONS = ("release-notes", "bugs", "documentation", "document", "incident")


class _Enclosed(Struct, frozen=True):
    """What goes along with every record that is asked about, read once."""

    text: str | None = None
    paper: Paper | None = None


async def commands_for(office: Office) -> list[Command]:
    """The commands that were asked for, record by record. Raises UsageError, NoSuchRecord, BackendError."""
    options = office.options
    if options.action == "rollout-new":
        return [_new(office)]
    if options.action == "pilot-new":
        return [piloting.new(office)]
    if options.action in committing.ACTIONS:
        return [await committing.on_registry(office)]
    enclosed = _enclosed(office)
    if options.action == "remind" and options.all_overdue:
        found = list(reminding.overdue(office, await _overlooked(office), enclosed.text))
        return found if options.ref else [*found, *reminding.overdue_pilots(office, enclosed.text)]
    if options.action == "assign" and any(not whom.full(name) for name in options.team):
        await office.read(Kind.TEAM, everything=False)
    made: list[Command] = []
    for text in options.ref:
        ref = Ref.parse(text)
        made.extend(_for_record(office, ref, await office.find(ref), enclosed))
    return list(dict.fromkeys(made))


def _for_record(office: Office, ref: Ref, record: Record, enclosed: _Enclosed) -> Sequence[Command]:
    """What one action asks of one record, whatever it is of those that have actions."""
    if office.options.action == "mention":
        return _mentions(office, record, enclosed.text or "")
    if isinstance(record, Pilot):
        if ref.part:
            raise NoSuchRecord(f"{ref}: a pilot has no teams' parts; write {ref.whole}")
        return [_for_pilot(office, record, enclosed)]
    if office.options.action in piloting.ACTIONS:
        raise NoSuchRecord(f"{ref}: is no pilot; do {office.options.action} works on pilots")
    return _for_rollout(office, ref, _sure(office, ref, record), enclosed)


def _enclosed(office: Office) -> _Enclosed:
    match office.options.action:
        case "comment" | "reply" | "mention":
            return _Enclosed(text=needed(office, [Ref.parse(text) for text in office.options.ref]))
        case "report":
            return _Enclosed(paper=filing.paper(office))
        case _:
            return _Enclosed(text=given(office))


def _mentions(office: Office, record: Record, text: str) -> Sequence[Command]:
    """Notes for the coming issue of the bulletins that `--for` names, else of every one."""
    room = office.newsroom()
    audiences = [room.audience(name) for name in office.options.__dict__["for"] or ()]
    return room.mentions(record, text, audiences)


async def _rollout(office: Office, ref: Ref) -> Rollout:
    return _sure(office, ref, await office.find(ref))


def _sure(office: Office, ref: Ref, found: Record) -> Rollout:
    if not isinstance(found, Rollout):
        raise NoSuchRecord(f"{ref}: is no rollout; do {office.options.action} works on rollouts")
    return found


async def _overlooked(office: Office) -> list[tuple[Rollout, Standing]]:
    """The rollouts that a digest is made of: those that are named, else the whole board."""
    if office.options.ref:
        named = [await _rollout(office, Ref.parse(text)) for text in dict.fromkeys(office.options.ref)]
        return [(rollout, office.standing(rollout)) for rollout in named]
    await office.read(Kind.ROLLOUT, Kind.PILOT, everything=False)
    return list(office.rollouts())


def _for_rollout(office: Office, ref: Ref, rollout: Rollout, enclosed: _Enclosed) -> Sequence[Command]:
    """What one action asks of one rollout: as a rule one command, of what is done team by team one for each."""
    options, target = office.options, rollout.ref
    match options.action:
        case "assign":
            add, remove = whom.to_assign(office, ref, rollout), whom.to_remove(office, rollout)
            return [Assign(target=target, add=add, remove=remove)]
        case "acknowledge":
            return _answers(office, ref, rollout)
        case "comment":
            return [Comment(target=target, text=enclosed.text or "")]
        case "reply":
            return [Reply(target=target, text=enclosed.text or "")]
        case "remind":
            return reminding.reminder(office, ref, rollout, enclosed.text)
        case "expose":
            since = day(office, options.on, "--on")
            return [Expose(target=target, team=team, on=since) for team in _each(office, ref, rollout)]
        case "extend":
            until, reason = day(office, options.until, "--until"), options.reason.strip()
            teams = _each(office, ref, rollout)
            return [Extend(target=target, team=team, until=until, reason=reason) for team in teams]
        case "report":
            return filing.reports(office, ref, rollout, enclosed.paper)
        case _:
            return [_of_the_whole(office, rollout, enclosed)]


def _for_pilot(office: Office, pilot: Pilot, enclosed: _Enclosed) -> Command:
    """What one action asks of one pilot: its own, or one that every record takes. Raises NoSuchRecord."""
    match office.options.action:
        case "comment":
            return Comment(target=pilot.ref, text=enclosed.text or "")
        case "reply":
            return Reply(target=pilot.ref, text=enclosed.text or "")
        case "remind" if office.options.team:
            raise wrong(office, f"{pilot.ref} is a pilot: whoever owns its step is reminded; leave --team out")
        case "remind":
            return piloting.reminder(pilot, office.pilot_standing(pilot), enclosed.text)
        case action if action in piloting.ACTIONS:
            return piloting.on_pilot(office, pilot)
        case action:
            raise NoSuchRecord(f"{pilot.ref}: is a pilot; do {action} works on rollouts")


def _of_the_whole(office: Office, rollout: Rollout, enclosed: _Enclosed) -> Command:
    """The command on a rollout that no team has a part in."""
    options, target = office.options, rollout.ref
    match options.action:
        case "poll":
            return _poll(office, rollout, enclosed.text)
        case "incident":
            text, title = enclosed.text or "", (options.title or "").strip()
            return Incident(target=target, url=options.url.strip(), title=title, text=text, remove=options.unlink)
        case "document":
            return _document(office, rollout)
        case "outcome":
            return SetOutcome(target=target, outcome=outcome(options.value), reason=(options.reason or "").strip())
        case "resolve":
            return _resolve(office, rollout)
        case "due":
            word = options.value.strip().casefold()
            return SetDue(target=target, due=None if word == NONE else day(office, options.value, "the due day"))
        case "owner":
            name = options.value.strip()
            return SetOwner(target=target, owner="" if name.casefold() == NOBODY else name)
        case "status":
            return SetStatus(target=target, status=options.value.strip())
        case _:
            whole = tuple(options.value) if options.value else () if options.clear else None
            add, remove = tuple(options.add), tuple(options.remove)
            return SetField(target=target, name=options.name.strip(), values=whole, add=add, remove=remove)


def _each(office: Office, ref: Ref, rollout: Rollout) -> tuple[str, ...]:
    """The teams that are named, else "" for all of them at once."""
    return whom.named(office, ref, rollout) or ("",)


def _answers(office: Office, ref: Ref, rollout: Rollout) -> Sequence[Command]:
    options, teams = office.options, whom.named(office, ref, rollout)
    if not teams:
        raise wrong(office, f"which team; --team TEAM, or {rollout.ref}/TEAM as reference")
    answer, note = Answer(options.answer), options.note or ""
    return [Acknowledge(target=rollout.ref, team=team, answer=answer, note=note) for team in teams]


def _poll(office: Office, rollout: Rollout, text: str | None) -> Command:
    policy = office.desk.policy
    return Poll(
        target=rollout.ref,
        to=(office.options.list or "").strip() or commands.poll_address(rollout, policy),
        subject=commands.poll_subject(rollout, policy),
        text=text or commands.draft("poll", rollout, (), policy, office.desk.now()),
    )


# ---------------------------------------------------------------------------------------------------------- documents

_IDS = (re.compile(r"[?&;]docid=(?P<id>[\w.-]+)", re.IGNORECASE), re.compile(r"/(?P<id>\d+)/?\Z"))
"""How addresses of document servers name a document: a parameter, or digits at the end."""


def _document(office: Office, rollout: Rollout) -> Command:
    """The document: an id that is not given is read from the address, else is the record's."""
    url = (office.options.url or "").strip()
    if (office.options.id or "").strip().casefold() == NONE:
        return Document(target=rollout.ref)
    document = (office.options.id or "").strip() or _id_in(office, rollout, url) or rollout.document
    return Document(target=rollout.ref, document=document, url=url or _known_address(rollout, document))


def _resolve(office: Office, rollout: Rollout) -> Command:
    """The closing: what is not given is what the record says, so that a colleague's change of it is noticed."""
    options = office.options
    word = rollout.outcome.strip().upper()
    kept = Outcome(word) if word in (each.value for each in Outcome) else None
    url = (options.url or "").strip()
    document = (options.document or "").strip() or _id_in(office, rollout, url) or rollout.document
    return Resolve(
        target=rollout.ref,
        outcome=outcome(options.outcome) or kept,
        document=document,
        url=url or _known_address(rollout, document),
        reason=(options.reason or "").strip(),
    )


def _known_address(rollout: Rollout, document: str) -> str:
    """The record's own address of that document; "" leaves it to the source to make one."""
    return rollout.document_url if document == rollout.document else ""


def _id_in(office: Office, rollout: Rollout, url: str) -> str:
    """The id that an address of a document names: by the source's own form, else by those of document servers."""
    made = next(
        (
            channel.source.tracker.document_url
            for channel in office.desk.channels()
            if channel.name == rollout.ref.source
        ),
        "",
    )
    before, placed, after = made.partition("{id}")
    if placed and url.startswith(before) and url.endswith(after):
        middle = url[len(before) : len(url) - len(after)]
        if middle and not re.search(r"[/?#&]", middle):
            return middle
    return next((found["id"] for form in _IDS if (found := form.search(url))), "")


# --------------------------------------------------------------------------------------------------------- new rollouts


def _new(office: Office) -> Command:
    options = office.options
    offering = [channel.name for channel in office.desk.channels() if NewRollout in channel.source.offers]
    able = [name for name in offering if not office.desk.can(NewRollout, Ref(name, "new"))]
    source = options.source or next((names[0] for names in (able, offering) if len(names) == 1), "")
    if not source:
        names = ", ".join(able or offering)
        if not names:
            raise wrong(office, "none of the configured sources can make rollouts; make it there, then list shows it")
        raise wrong(office, f"which source; --source NAME, and {names} can make rollouts")
    if source not in office.serves:
        raise NoSuchRecord(f"{source}: there is no such source; configured are {', '.join(office.serves)}")
    return NewRollout(
        target=Ref(source, "new"),
        title=options.title.strip(),
        text=options.text or "",
        links=tuple(_link(office, text) for text in options.link),
    )


def _link(office: Office, text: str) -> Link:
    relation, equals, url = text.partition("=")
    if not equals or "/" in relation or ":" in relation:
        relation, url = "", text
    if relation and relation not in _RELATIONS:
        raise wrong(office, f"{relation[:40]!r} is no relation of a link; there are {', '.join(_RELATIONS)}")
    if not url.strip():
        raise wrong(office, f"--link {text[:40]!r} has no address; write RELATION=URL")
    return Link(url=url.strip(), relation=relation)
