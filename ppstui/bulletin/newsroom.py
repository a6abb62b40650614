"""The newsroom: an issue from the board to what goes out, for the dashboard and the command line alike.

    evidence → gather → draft (merged with a person's words) → keep (on the disk) → share (outbox)
                                                             → check → freeze → publish, correct (outbox)

What is generated is facts, what a person writes is the draft, and rendering comes last. Nothing here talks to a server:
whatever is written goes through the desk's outbox, and links are tried by the probe that is handed in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field, structs

from ppstui.bulletin.pages import page, subject
from ppstui.bulletin.rendering import Templates, render
from ppstui.errors import Conflict, PpsError, Refused, Unreachable, UsageError
from ppstui.model import Agenda, Bulletin, Correct, Entry, Kind, Mention, Publish, SaveBulletin, State
from ppstui.port import Outlet
from ppstui.rules.bulletin.audiences import (
    Audience,
    coming_issue,
    issue_of,
    meeting_of,
    parse_issue,
    previous_issue,
    settled,
    window,
)
from ppstui.rules.bulletin.drafting import Merged, begin, merge
from ppstui.rules.clocks import local_day
from ppstui.rules.meetings import Meeting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Sequence
    from pathlib import Path

    from ppstui.bulletin.pages import Page
    from ppstui.desk import Desk
    from ppstui.model import Gathered, Record, Ref
    from ppstui.rules.bulletin.checking import CheckScene, Problem
    from ppstui.rules.bulletin.comparing import Change
    from ppstui.rules.bulletin.gathering import Facts
    from ppstui.store.drafts import Drafts

OUT = "targets."
"""How the desk's name for a target begins."""

_HOLD = dt.timedelta(hours=4)
"""After which another's hold is stale, where the configuration does not say."""
_SETTLE = 10.0
"""Seconds that freezing an issue may take before publishing is given up."""


class Place(Struct, frozen=True, kw_only=True):
    """One configured target, as far as an issue has to know it."""

    name: str
    """As [targets] calls it."""
    type: str
    formats: tuple[str, ...]
    """Those it takes."""
    format: str
    """The one it gets."""
    html: bool = False
    """Whether it takes a page beside its text."""
    open: Callable[[], Outlet]
    """Connects to nothing; for the exact bytes."""


class Setting(Struct, frozen=True, kw_only=True):
    """What the configuration says of bulletins."""

    source: str
    """The source that keeps the issues."""
    audiences: tuple[Audience, ...]
    wheres: Mapping[str, str] = field(default_factory=dict)
    """Which rollouts concern an audience, in the filter language; no entry: all of them."""
    publish: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The targets of each audience."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Every usable target."""
    meetings: tuple[Meeting, ...] = ()
    hold: Mapping[str, dt.timedelta] = field(default_factory=dict)
    """After which another's hold is stale, by audience."""
    warn: Mapping[str, dt.timedelta] = field(default_factory=dict)
    """How long before its meeting an issue that is not published is warned of, by audience."""
    me: str = ""
    allowed: frozenset[str] = frozenset()
    """Mail addresses that may stand in an issue."""


class Drafted(Struct, frozen=True, kw_only=True):
    """An issue with what is generated now, and what became of its lines."""

    bulletin: Bulletin
    merged: Merged


_FAR = dt.timedelta(weeks=26)


class Newsroom:
    """Everything that is done with issues. Raises UsageError for audiences and issues that are none."""

    def __init__(
        self,
        desk: Desk,
        setting: Setting,
        drafts: Drafts,
        templates: Templates,
        probe: Callable[[Iterable[str]], Awaitable[Mapping[str, str]]],
    ) -> None:
        """`probe` tries addresses: what is wrong with each that it could try, "" when somebody answers."""
        self._desk = desk
        self._drafts = drafts
        self._templates = templates
        self._probe = probe
        self.setting = setting

    # ------------------------------------------------------------------------------------------------- who and which

    def audience(self, name: str = "") -> Audience:
        """An audience by name; "" is the only one, or the one whose meeting comes first."""
        found = self.setting.audiences
        if not name:
            if not found:
                raise UsageError("no bulletin is configured; describe one in [bulletin.NAME]")
            return min(found, key=lambda each: (self.meeting_at(each) or _never(self._desk.now()), found.index(each)))
        for each in found:
            if each.name.casefold() == name.casefold():
                return each
        names = ", ".join(each.name for each in found) or "none"
        raise UsageError(f"there is no audience {name[:60]!r}; there are {names}")

    def history(self, audience: Audience) -> tuple[Bulletin, ...]:
        """Its issues as colleagues see them, newest first."""
        board = self._desk.board
        every = (board.record(line.ref) for line in board.lines(Kind.BULLETIN, closed=True))
        mine = [each for each in every if isinstance(each, Bulletin) and each.audience == audience.name]
        return tuple(sorted(mine, key=lambda each: each.issue, reverse=True))

    def coming(self, audience: Audience) -> str:
        """The issue that is worked on."""
        return coming_issue(audience, self.history(audience), self._desk.now(), self._desk.policy.zone)

    def latest(self, audience: Audience) -> str:
        """The issue that is meant where none is named: the one that is worked on, if there is one, else the last."""
        coming = self.coming(audience)
        if self.issue(audience, coming) is not None:
            return coming
        return next((each.issue for each in self.history(audience)), coming)

    def published(self, audience: Audience) -> str:
        """The last issue that some readers have, "" for none: what a correction is of where no issue is named."""
        return next((each.issue for each in self.history(audience) if each.publications), "")

    def built_in(self) -> Newsroom:
        """The same newsroom without the user's own templates."""
        return Newsroom(self._desk, self.setting, self._drafts, Templates(), self._probe)

    def in_format(self, format_: str, targets: Iterable[str]) -> Newsroom:
        """The same newsroom that publishes in that format there. Raises UsageError where a target takes it not."""
        places = dict(self.setting.places)
        for place in map(self.place, targets):
            if format_ not in place.formats:
                raise UsageError(f"{place.name}: takes no {format_}; it takes {', '.join(place.formats)}")
            places[place.name] = structs.replace(place, format=format_)
        setting = structs.replace(self.setting, places=places)
        return Newsroom(self._desk, setting, self._drafts, self._templates, self._probe)

    def shared(self, audience: Audience, issue: str) -> Bulletin | None:
        """An issue as colleagues see it."""
        record = self._desk.board.record(self.ref(audience, issue))
        return record if isinstance(record, Bulletin) else None

    def issue(self, audience: Audience, issue: str) -> Bulletin | None:
        """An issue with the working copy of its draft, if there is one. Raises StoreError for a damaged copy, once."""
        shared, mine = self.shared(audience, issue), self._drafts.read(audience.name, issue)
        if mine is None or (shared is not None and (shared.draft, shared.gathered) == (mine.draft, mine.gathered)):
            return shared
        if shared is None:
            return mine
        if _overtook(shared, mine):
            return shared  # readers get that one, whatever was drafted here from other facts
        # Only the words and facts are mine, and what they were made from; the rest is everybody's.
        return structs.replace(shared, draft=mine.draft, gathered=mine.gathered, rev=mine.rev)

    def behind(self, audience: Audience, issue: str) -> bool:
        """Whether a colleague has shared another draft since the working copy was made."""
        shared, mine = self.shared(audience, issue), self._drafts.read(audience.name, issue)
        return mine is not None and shared is not None and shared.rev != mine.rev and shared.draft != mine.draft

    def set_aside(self, audience: Audience, issue: str) -> Path | None:
        """Keeps the words of a working copy as a text where a colleague has frozen other facts; None for none.

        The issue is theirs from then on, and what was written here can be put into a correction. Raises StoreError.
        """
        from ppstui.rules.bulletin.writing import write

        shared, mine = self.shared(audience, issue), self._drafts.read(audience.name, issue)
        if shared is None or mine is None or mine.draft is None or not _overtook(shared, mine):
            return None
        place = None
        if shared.draft is None or write(mine.draft, issue) != write(shared.draft, issue):
            place = self._drafts.put_aside(audience.name, issue, write(mine.draft, issue))
        self._drafts.forget(audience.name, issue)
        return place

    def ref(self, audience: Audience, issue: str) -> Ref:
        """How that issue is called."""
        return Bulletin.ref_of(self.setting.source, audience.name, issue)

    def read_issue(self, text: str, audience: Audience) -> str:
        """An issue as a person names it: `2026-W47`, or "" for the latest."""
        return issue_of(parse_issue(text)) if text else self.latest(audience)

    # --------------------------------------------------------------------------------------------------------- facts

    async def evidence(self, audience: Audience, issue: str = "") -> Facts:
        """Everything on the board that concerns an audience; reads whole what only history can tell."""
        from ppstui.bulletin.evidence import evidence

        issue = issue or self.coming(audience)
        previous, shared = self._previous(audience, issue), self.shared(audience, issue)
        names = (each.name for each in self.setting.meetings)
        return await evidence(
            self._desk,
            self.setting,
            audience,
            since=window(previous, self._desk.now())[0],
            notes=shared.notes if shared else (),
            previous=previous.gathered if previous else None,
            meeting=meeting_of(audience.name, audience.meeting, names),
            meeting_at=self.meeting_at(audience, issue),
        )

    async def gather(self, audience: Audience, issue: str = "") -> Gathered:
        """The facts of an issue as they are now. Raises UsageError for one whose week is far away, as by a slip."""
        from ppstui.rules.bulletin.gathering import gather

        issue = issue or self.coming(audience)
        today = local_day(self._desk.now(), self._desk.policy.zone)
        if abs(parse_issue(issue) - today) > _FAR:
            raise UsageError(f"{issue} is more than half a year away; this week's issue is {issue_of(today)}")
        since, until = window(self._previous(audience, issue), self._desk.now())
        facts = await self.evidence(audience, issue)
        return gather(audience, facts, issue, since, until, self._desk.policy)

    async def draft(self, audience: Audience, issue: str = "") -> Drafted:
        """An issue that follows the board: gathered now, merged with what a person wrote, and kept on the disk.

        One that is frozen stays as it is.
        """
        issue = issue or self.coming(audience)
        known = self.issue(audience, issue) or Bulletin(
            ref=self.ref(audience, issue), audience=audience.name, issue=issue
        )
        if settled(known) and known.draft is not None:
            return Drafted(bulletin=known, merged=Merged(draft=known.draft))
        gathered = await self.gather(audience, issue)
        begun = known.draft or begin(gathered, audience)
        merged = merge(begun, gathered)
        if known.draft is None:
            merged = structs.replace(merged, added=tuple(line.id for part in begun.parts for line in part.lines))
        bulletin = structs.replace(known, gathered=gathered, draft=merged.draft)
        self.keep(bulletin)
        return Drafted(bulletin=bulletin, merged=merged)

    async def fresh(self, audience: Audience, issue: str = "") -> Bulletin:
        """An issue as a draft would make it now; kept nowhere."""
        issue = issue or self.coming(audience)
        known = self.issue(audience, issue) or Bulletin(
            ref=self.ref(audience, issue), audience=audience.name, issue=issue
        )
        if settled(known) and known.draft is not None:
            return known
        gathered = await self.gather(audience, issue)
        merged = merge(known.draft, gathered).draft if known.draft else begin(gathered, audience)
        return structs.replace(known, gathered=gathered, draft=merged)

    def changes(self, bulletin: Bulletin) -> tuple[Change, ...]:
        """What is new, moved, closed, extended or carried over since the issue before."""
        from ppstui.rules.bulletin.comparing import since_last

        audience = self.audience(bulletin.audience)
        previous = self._previous(audience, bulletin.issue)
        if bulletin.gathered is None:
            return ()
        return since_last(previous.gathered if previous else None, bulletin.gathered)

    def _previous(self, audience: Audience, issue: str) -> Bulletin | None:
        return previous_issue(audience, self.history(audience), issue)

    def meeting_at(self, audience: Audience, issue: str = "") -> dt.datetime | None:
        """When the meeting begins that an issue is for, as a source lists it or by its rule; None for none.

        It is the first one from the issue's week on that the issue before was not for; without an issue the next one.
        """
        from ppstui.rules.meetings import next_appointment

        name = meeting_of(audience.name, audience.meeting, (each.name for each in self.setting.meetings))
        if not name:
            return None
        board, now, zone = self._desk.board, self._desk.now(), self._desk.policy.zone
        records = (board.record(line.ref) for line in board.lines(Kind.MEETING, closed=True))
        listed = [each for each in records if isinstance(each, Agenda)]
        meetings = self.setting.meetings
        if not issue:
            found = next_appointment(meetings, listed, now, zone, name)
            return found.start if found else None
        week = dt.datetime.combine(parse_issue(issue), dt.time.min, tzinfo=zone)
        found = next_appointment(meetings, listed, max(now, week), zone, name)
        before = self._previous(audience, issue)
        had = before.gathered.meeting_at if before and before.gathered else None
        if found and had and found.start <= had:
            found = next_appointment(meetings, listed, found.end, zone, name)
        return found.start if found else None

    # --------------------------------------------------------------------------------------------------------- a draft

    def keep(self, bulletin: Bulletin) -> None:
        """Keeps the working copy; it is on the disk when this returns. Raises StoreError, UsageError."""
        if settled(bulletin):
            self.set_aside(self.audience(bulletin.audience), bulletin.issue)
        self._drafts.write(bulletin)

    def put_aside(self, bulletin: Bulletin, text: str) -> Path:
        """Keeps a text that could not be read as a draft, and says where. Raises StoreError."""
        return self._drafts.put_aside(bulletin.audience, bulletin.issue, text)

    def mentions(self, record: Record, text: str, audiences: Sequence[Audience] = ()) -> tuple[Mention, ...]:
        """What notes that a record is to be mentioned in the coming issues of these audiences; none: of every one."""
        return tuple(
            Mention(
                target=self.ref(audience, self.coming(audience)),
                about=record.ref,
                text=text,
                title=str(getattr(record, "title", "")),
                url=record.url,
            )
            for audience in audiences or self.setting.audiences
        )

    def forget(self, bulletin: Bulletin) -> None:
        """Gives the working copy up: what colleagues see counts again. Raises StoreError."""
        self._drafts.forget(bulletin.audience, bulletin.issue)

    async def share(
        self, bulletin: Bulletin, *, hold: bool = False, freeze: bool = False, over: bool = False, reason: str = ""
    ) -> Entry:
        """Queues the draft for where colleagues find it. Raises Objected, StoreError, UsageError.

        `over`: over what a colleague has shared since; else that is a conflict, and nothing of theirs is lost.
        """
        if bulletin.draft is None or bulletin.gathered is None:
            raise UsageError(f"{bulletin.ref}: nothing has been drafted; ppstui bulletin draft")
        shared = self.shared(self.audience(bulletin.audience), bulletin.issue)
        base = shared.rev if over and shared else bulletin.rev
        command = SaveBulletin(
            target=bulletin.ref,
            audience=bulletin.audience,
            issue=bulletin.issue,
            gathered=bulletin.gathered,
            draft=bulletin.draft,
            base=base,
            hold=hold,
            by=self.setting.me,
            freeze=freeze,
        )
        return await self._desk.submit(command, reason=reason, seen=shared)

    # ------------------------------------------------------------------------------------------------ how it looks

    def page(self, bulletin: Bulletin, correction: str = "") -> Page:
        """An issue as a page. Raises UsageError where nothing was drafted."""
        audience = self.audience(bulletin.audience)
        return page(bulletin, bulletin.gathered, audience, correction=correction, zone=self._desk.policy.zone)

    def render(self, bulletin: Bulletin, format_: str, correction: str = "", *, built_in: bool = False) -> str:
        """An issue written down. Raises UsageError, also for a template with an error."""
        return render(self.page(bulletin, correction), format_, Templates() if built_in else self._templates)

    def publication(self, bulletin: Bulletin, target: str, correction: str = "") -> Publish:
        """What would go to a target now. Raises UsageError."""
        place = self.place(target)
        told = self.page(bulletin, correction)
        text = render(told, place.format, self._templates)
        before = [each for each in bulletin.publications if each.target == target]
        kind = Correct if correction else Publish
        return kind(
            target=Bulletin.ref_of(OUT + target, bulletin.audience, bulletin.issue),
            of=bulletin.ref,
            audience=bulletin.audience,
            issue=bulletin.issue,
            subject=subject(told),
            format=place.format,
            text=text,
            html=render(told, "html", self._templates) if place.html and place.format != "html" else "",
            number=len(before) if correction else 0,
            corrects=correction,
            replaces=before[-1].id if before else "",
            found=before[-1].digest if before else self._stood_there(bulletin, target),
        )

    def _stood_there(self, bulletin: Bulletin, target: str) -> str:
        """The digest of what the issue before left at that target: a page that every issue replaces holds that."""
        for issue in self.history(self.audience(bulletin.audience)):
            mine = [each for each in issue.publications if each.target == target]
            if issue.issue < bulletin.issue and mine:
                return mine[-1].digest
        return ""

    def preview(self, bulletin: Bulletin, target: str, correction: str = "") -> bytes:
        """The exact bytes that would go to a target. Raises UsageError, BackendError."""
        return self.place(target).open().preview(self.publication(bulletin, target, correction))

    def targets(self, bulletin: Bulletin) -> tuple[str, ...]:
        """Where an issue goes by its configuration."""
        return self.setting.publish.get(bulletin.audience, ())

    def place(self, target: str) -> Place:
        """A target by name."""
        found = self.setting.places.get(target.removeprefix(OUT))
        if found is None:
            names = ", ".join(self.setting.places) or "none"
            raise UsageError(f"there is no target {target[:60]!r} that can be used; there are {names}")
        return found

    # -------------------------------------------------------------------------------------------------------- going out

    async def check(self, bulletin: Bulletin, *, links: bool = True) -> tuple[Problem, ...]:
        """What stands against publishing an issue, blocking things first. `links`: whether addresses are tried."""
        from ppstui.bulletin.evidence import read_whole
        from ppstui.rules.bulletin.checking import check, urls

        addresses = urls(bulletin.draft) if links and bulletin.draft and not self._desk.offline else ()
        tried = dict(await self._probe(addresses)) if addresses else {}
        untried = tuple(url for url in addresses if url.startswith("http") and url not in tried)
        found = check(bulletin, await self._scene(bulletin, tried, untried))
        unread = tuple(ref for each in found if each.code == "notes-unread" for ref in each.refs)
        if unread and not self._desk.offline:
            await read_whole(self._desk, unread)
            found = check(bulletin, await self._scene(bulletin, tried, untried))
        return found

    async def _scene(self, bulletin: Bulletin, links: Mapping[str, str], untried: tuple[str, ...]) -> CheckScene:
        """What a check looks at, as the board has it now."""
        from ppstui.rules.bulletin.checking import CheckScene
        from ppstui.rules.bulletin.gathering import gather

        audience = self.audience(bulletin.audience)
        since, until = window(self._previous(audience, bulletin.issue), self._desk.now())
        facts = await self.evidence(audience, bulletin.issue)
        return CheckScene(
            now=self._desk.now(),
            current=gather(audience, facts, bulletin.issue, since, until, self._desk.policy),
            rollouts=facts.rollouts,
            pilots=facts.pilots,
            links=links,
            untried=untried,
            allowed=self.setting.allowed,
            me=self.setting.me,
            hold=self.setting.hold.get(audience.name, _HOLD),
            zone=self._desk.policy.zone,
        )

    async def publish(
        self, bulletin: Bulletin, targets: Sequence[str], *, reason: str = "", seconds: float = _SETTLE
    ) -> tuple[Entry | PpsError, ...]:
        """Freezes an issue and queues it for each of these targets; of each its entry, or why it was not queued.

        Raises Objected, StoreError, and BackendError when it cannot be frozen: then it goes nowhere; a colleague may
        have frozen another text. What the check list found is the caller's to ask about.
        """
        commands = [self.publication(bulletin, target) for target in targets]
        await self._freeze(bulletin, seconds)
        return await self._desk.submit_all([(command, reason, None) for command in commands])

    async def correct(
        self, bulletin: Bulletin, targets: Sequence[str], what: str, *, reason: str = "", seconds: float = _SETTLE
    ) -> tuple[Entry | PpsError, ...]:
        """Queues the issue as it is now as a correction, saying `what` it corrects, where it was published before."""
        if not what.strip():
            raise UsageError(f"{bulletin.ref}: say in a sentence what the correction corrects")
        commands = [self.publication(bulletin, target, what) for target in targets]
        await self._freeze(bulletin, seconds)
        return await self._desk.submit_all([(command, reason, None) for command in commands])

    async def _freeze(self, bulletin: Bulletin, seconds: float) -> None:
        shared = self.shared(self.audience(bulletin.audience), bulletin.issue)
        if shared is not None and shared.frozen_at is not None and shared.draft == bulletin.draft:
            return
        entry = await self.share(bulletin, freeze=True)
        if entry.state is not State.DONE:
            entry = await self._desk.settle(entry.id, seconds)
        if entry.state is not State.DONE:
            why = entry.last_error or "it is queued and was not written yet"
            text = f"{bulletin.ref}: could not be frozen, so it went nowhere: {why}; see ppstui outbox"
            kind = Unreachable if entry.state is not State.PARKED else Conflict if entry.conflict else Refused
            raise kind(text, source=self.setting.source)


def digest(text: str) -> str:
    """SHA-256 of what goes out, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _never(now: dt.datetime) -> dt.datetime:
    return now.replace(year=min(now.year + 100, 9999), month=1, day=1)


def _overtook(shared: Bulletin, mine: Bulletin) -> bool:
    """Whether an issue was frozen, or has readers, with other facts than those of a working copy."""
    return settled(shared) and shared.gathered is not None and shared.gathered != mine.gathered
