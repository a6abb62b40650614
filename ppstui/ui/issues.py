"""The issue of the bulletin that is worked on in its pane: which one, how it stands, and its words kept on the disk.

What the pane shows is read anew whenever it is filled, so it follows colleagues, the outbox and ppstui in other
terminals. What a person does to a draft is on the disk when `keep` returns.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.errors import PpsError, StoreError
from ppstui.model import Bulletin, Correct, Kind, Publish, Ref, State
from ppstui.rules.bulletin.audiences import meeting_of, settled
from ppstui.rules.bulletin.drafting import find
from ppstui.ui.panes import Listing
from ppstui.views import issue_rows as views
from ppstui.views.issue_rows import Goal, Sheet, Spot

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from ppstui.bulletin.newsroom import Newsroom
    from ppstui.desk import Desk
    from ppstui.model import Draft, Entry, Line
    from ppstui.rules.bulletin.audiences import Audience
    from ppstui.rules.bulletin.checking import Problem
    from ppstui.views.details import Para
    from ppstui.views.rows import Glance

_HOLD = dt.timedelta(hours=4)
_WARN = dt.timedelta(hours=2)
"""Where the configuration does not say."""
_OVER = frozenset({State.UNDONE, State.DISCARDED})
_STUCK = frozenset({State.PARKED, State.HELD})


class Issues:
    """One audience's issue after the other. Raises UsageError where no bulletin can be made."""

    def __init__(self, desk: Desk, newsroom: Callable[[], Newsroom]) -> None:
        self._desk = desk
        self.room = newsroom()
        self.audiences = self.room.setting.audiences
        first = self.room.audience()
        self.at = self.audiences.index(first)
        """The audience whose issue is shown."""
        self.chosen = ""
        """An earlier issue that was opened; "" for the one that is worked on, or the last."""
        self._yes: dict[tuple[str, str, str], str] = {}
        """What a person has said yes to in this session (question, audience, issue), and why."""
        self.trouble = ""
        """Why nothing can be shown, "" when it can."""
        self._mine: Bulletin | None = None
        """An edit that the disk did not take."""
        self._why_unkept = ""
        self._sent: dict[Ref, Draft | None] = {}
        """What was shared from here last."""
        self._seen: dict[Ref, Draft] = {}
        """What colleagues saw when the draft here was made from it."""
        self._checked: tuple[Draft | None, tuple[Problem, ...]] | None = None
        self.sheet = self.read()

    @property
    def audience(self) -> Audience:
        """Whose issue is shown."""
        return self.audiences[self.at % len(self.audiences)]

    @property
    def titles(self) -> tuple[str, ...]:
        """The audiences as the tabs call them."""
        return tuple(each.heading.removesuffix(" bulletin") for each in self.audiences)

    def choose(self, name: str) -> None:
        """Goes to an audience by its name; another name changes nothing."""
        names = [each.name for each in self.audiences]
        if name in names:
            self.at, self.chosen = names.index(name), ""

    # --------------------------------------------------------------------------------------------------------- reading

    @property
    def issue(self) -> str:
        """The issue that is shown. Raises StoreError."""
        return self.chosen or self.room.latest(self.audience)

    def read(self) -> Sheet:
        """Everything anew; what could not be read is in `trouble`, once."""
        audience = self.audience
        self.trouble = ""
        try:
            issue = self.issue
            found = self.room.issue(audience, issue)
        except StoreError as error:  # a damaged copy was moved aside: the next look has the shared one
            self.trouble, issue, found = str(error), self.chosen or self.room.coming(audience), None
        if self._mine is not None and (self._mine.audience, self._mine.issue) == (audience.name, issue):
            found = self._mine
        found = self._caught_up(found, audience, issue)
        named = (each.name for each in self.room.setting.meetings)
        meeting = meeting_of(audience.name, audience.meeting, named)
        gathered = found.gathered if found else None
        checked = self._checked if self._checked and found and self._checked[0] == found.draft else None
        return Sheet(
            audience=self.titles[self.at],
            issue=issue,
            now=self._desk.now(),
            zone=self._desk.policy.zone,
            bulletin=found,
            changes=self.room.changes(found) if found else (),
            goals=tuple(self._goals(found, audience, issue)),
            meeting=(gathered.meeting if gathered else "") or meeting,
            meeting_at=gathered.meeting_at if gathered else self.room.meeting_at(audience),
            warn=self.room.setting.warn.get(audience.name, _WARN),
            me=self.room.setting.me,
            behind=self._behind(audience, issue),
            unkept=self._why_unkept if found is self._mine and found is not None else "",
            problems=checked[1] if checked else None,
            title_of=self._title_of,
        )

    def _caught_up(self, found: Bulletin | None, audience: Audience, issue: str) -> Bulletin | None:
        """The words that were looked at, or were shared from here, got a new revision: what follows builds on that.

        A note, or what went to a target, changes the record and not the draft: nobody's words are in question then.
        """
        ref = self.room.ref(audience, issue)
        shared = self.room.shared(audience, issue)
        if found is None or shared is None or shared.draft is None:
            return found
        if shared.rev == found.rev:
            self._seen[ref] = shared.draft
            return found
        if shared.draft not in (self._sent.get(ref), self._seen.get(ref)):
            return found
        caught = structs.replace(found, rev=shared.rev)
        if found.draft != shared.draft and found is not self._mine:
            self.room.keep(caught)
        return caught

    def _behind(self, audience: Audience, issue: str) -> str:
        """A sentence on another draft that a colleague has shared since; "" when nobody has."""
        try:
            behind = self.room.behind(audience, issue)
        except StoreError:
            return ""
        shared = self.room.shared(audience, issue)
        if not behind or shared is None:
            return ""
        who = shared.updated_by or "somebody"
        since = f" at {shared.updated.astimezone(self._desk.policy.zone):%H:%M}" if shared.updated else ""
        return f"{who} shared another draft{since}; s asks whose counts"

    def _goals(self, found: Bulletin | None, audience: Audience, issue: str) -> list[Goal]:
        names = dict.fromkeys(self.room.setting.publish.get(audience.name, ()))
        names |= dict.fromkeys(each.target for each in (found.publications if found else ()))
        goals = []
        for name in names:
            place = self.room.setting.places.get(name)
            entries = self._desk.board.entries(Bulletin.ref_of(f"targets.{name}", audience.name, issue))
            mine = (each for each in entries if isinstance(each.command, Publish | Correct) and each.state not in _OVER)
            went = tuple(each for each in (found.publications if found else ()) if each.target == name)
            entry = next(mine, None)
            if entry is not None and entry.state is State.DONE and went:
                entry = None
            goals.append(
                Goal(
                    name=name,
                    type=place.type if place else "cannot be used",
                    format=place.format if place else went[-1].format if went else "-",
                    published=went,
                    entry=entry,
                )
            )
        return goals

    def _title_of(self, ref: Ref) -> str:
        record = self._desk.board.record(ref)
        return str(getattr(record, "title", "")) if record is not None else ""

    # ----------------------------------------------------------------------------------------------------- for the pane

    def listing(self, glance: Glance) -> Listing:
        """The rows of now."""
        sheet = self.sheet = self.read()
        keys = views.spots(sheet)
        drawing = views.Issue(sheet, glance)
        return Listing(keys, len(keys), lambda key: drawing.line(key, 80), self.trouble, drawing=drawing)

    @property
    def nothing(self) -> tuple[str, ...]:
        """What stands there while nothing was drafted."""
        said = f"Nothing is drafted in {self.sheet.issue} for {self.sheet.audience} yet."
        return tuple(filter(None, (said, "D drafts it from the board.", self.trouble)))

    def details(self, key: Hashable, glance: Glance) -> tuple[Para, ...]:
        """A row, whole."""
        return views.details(key, self.sheet, glance) if isinstance(key, Spot) else ()

    def record(self, key: Hashable) -> Ref | None:
        """The first record that a line is made from."""
        if not isinstance(key, Spot):
            return None
        if key.kind == "note" and self.sheet.bulletin is not None:
            return next((note.about for note in self.sheet.bulletin.notes if note.id == key.name), None)
        line = self.line(key)
        return line.refs[0] if line is not None and line.refs else None

    def line(self, key: Hashable) -> Line | None:
        """The line of a row, if it is one."""
        draft = self.sheet.draft
        return find(draft, key.name) if draft and isinstance(key, Spot) and key.kind == "line" else None

    def stuck(self, key: Hashable) -> Entry | None:
        """What of the issue waits for a person: of the target in this row, else of the draft, else of any target."""
        goals = [goal.entry for goal in self.sheet.goals if goal.entry is not None]
        mine = [
            each
            for each in goals
            if isinstance(key, Spot)
            and Spot("target", key.name) == key
            and each.command.target.source == f"targets.{key.name}"
        ]
        drafts = self._desk.board.entries(self.sheet.bulletin.ref) if self.sheet.bulletin else ()
        return next((each for each in (*mine, *drafts, *goals) if each.state in _STUCK), None)

    # ---------------------------------------------------------------------------------------------------------- editing

    def keep(self, bulletin: Bulletin) -> None:
        """On the disk when it returns. Raises StoreError, UsageError; the words are still here then, and are said."""
        try:
            self.room.keep(bulletin)
        except PpsError as error:
            self._mine, self._why_unkept = bulletin, f"not kept: {error}"
            raise
        self._mine, self._why_unkept = None, ""

    def put(self, draft: Draft) -> None:
        """The draft that is shown becomes this one. Raises as `keep` does."""
        if self.sheet.bulletin is not None:
            self.keep(structs.replace(self.sheet.bulletin, draft=draft))

    @property
    def to_share(self) -> Bulletin | None:
        """The draft, when colleagues see another one."""
        found = self.sheet.bulletin
        if found is None or found.draft is None or found.gathered is None:
            return None
        shared = self.room.shared(self.audience, found.issue)
        if shared is None:  # none yet, or it is on its way
            return None if self._sent.get(found.ref) == found.draft else found
        return None if (shared.draft, shared.gathered) == (found.draft, found.gathered) else found

    def to_part_with(self) -> tuple[Bulletin, ...]:
        """What is queued before the program ends: words that nobody else has seen, and issues that are held here."""
        found = [] if self.sheet.behind else [each for each in (self.to_share,) if each is not None]
        for ref in self._sent:
            shared = self._desk.board.record(ref)
            if not isinstance(shared, Bulletin) or shared.holder != self.sheet.me or settled(shared):
                continue
            audience = self.room.audience(shared.audience)
            if all(each.ref != ref for each in found) and not self.room.behind(audience, shared.issue):
                found.append(self.room.issue(audience, shared.issue) or shared)
        return tuple(found)

    async def share(self, bulletin: Bulletin, *, hold: bool = True) -> Entry:
        """Queues it for colleagues; `hold`: who does goes on editing. Raises Objected, StoreError, UsageError."""
        frozen = settled(bulletin)
        reason = self._yes.get(("held", bulletin.audience, bulletin.issue), "")
        entry = await self.room.share(bulletin, hold=hold and not frozen, freeze=frozen, reason=reason)
        self._sent[bulletin.ref] = bulletin.draft
        return entry

    async def discard_conflicts(self, bulletin: Bulletin) -> None:
        """Gives up what was to be shared and met a newer draft: a person has decided which one counts."""
        for entry in self._desk.board.entries(bulletin.ref):
            if entry.state is State.PARKED and entry.command.kinds == frozenset({Kind.BULLETIN}):
                await self._desk.discard(entry.id)

    def checked(self, bulletin: Bulletin, problems: tuple[Problem, ...]) -> None:
        """What the check list found holds until the draft is another one."""
        self._checked = (bulletin.draft, problems)

    # ---------------------------------------------------------------------------------------------------- what is asked

    def question(self) -> tuple[str, str]:
        """What a person should be asked before this issue is edited, and the sentence; "" for nothing."""
        found, sheet = self.sheet.bulletin, self.sheet
        if found is None:
            return "", ""
        if sheet.behind:
            return "behind", sheet.behind
        if settled(found) and not self._said_yes("settled"):
            state = "has been published" if found.publications else "is frozen"
            return "settled", (
                f"{sheet.audience} {sheet.issue} {state}. What you change now goes out only as a correction."
            )
        held = found.held_at
        hold = self.room.setting.hold.get(found.audience, _HOLD)
        other = found.holder and found.holder != sheet.me and held is not None and sheet.now - held < hold
        if other and held is not None and not self._said_yes("held"):
            since = f"{held.astimezone(sheet.zone):%H:%M}"
            return "held", f"{found.holder} has been editing {sheet.issue} since {since}. Talk to them first."
        return "", ""

    def _said_yes(self, question: str) -> bool:
        return (question, self.audience.name, self.sheet.issue) in self._yes

    def say_yes(self, question: str, reason: str) -> None:
        """The person goes on; it is not asked again in this session."""
        self._yes[question, self.audience.name, self.sheet.issue] = reason
