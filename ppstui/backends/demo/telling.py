"""How the invented world is told: rollouts in a few lines each, at times relative to now."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from msgspec import structs

from ppstui.model import (
    Assignment,
    Attachment,
    Event,
    Exposure,
    Link,
    Message,
    Parent,
    Phase,
    Ref,
    Rollout,
    Voice,
)
from ppstui.rules.names import report_name, short
from ppstui.rules.policy import STACKS
from ppstui.rules.titles import read_title

if TYPE_CHECKING:
    from ppstui.rules.titles import TitleStanding

MANAGER: Final = "sro-manager"
_MANAGERS: Final = (MANAGER, "sro-manager2")
_RELEASES: Final = "https://releases.example.org"
_HELPDESK: Final = "https://ggus.example.org/ticket"
_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]+")
"""What does not go into an address."""
_INSTRUCTION: Final = """Dear early adopters,

you have been chosen to test this release. Please answer within one working day, with a line of its own in this ticket:

<accept|reject> <NGI>-<Site-name>

as in: accept NGI_XX-MY-SITE

The report template is at https://documents.example.org/document/254.

Thank you,
the staged rollout managers
"""


class Times:
    """Instants and days that mean the same to the process whenever the demo is opened."""

    def __init__(self, now: dt.datetime, zone: dt.tzinfo) -> None:
        self.now = now.astimezone(dt.UTC)
        self.zone = zone
        self.today = now.astimezone(zone).date()

    def ago(self, days: float = 0, hours: float = 0, minutes: float = 0) -> dt.datetime:
        """That long before now, in UTC, to the second."""
        return (self.now - dt.timedelta(days=days, hours=hours, minutes=minutes)).replace(microsecond=0)

    def notified(self, left: dt.timedelta) -> dt.datetime:
        """When a team must have been told so that its working day ends `left` from now; negative: ended so long ago.

        On a weekend nothing falls due: what was to come falls due on the next working morning, what is past on Friday.
        """
        due = (self.now + left).astimezone(self.zone).replace(microsecond=0)
        while due.date().weekday() > 4:  # noqa: PLR2004 (Friday)
            morning = due.replace(hour=9, minute=30, second=0)
            due = morning + dt.timedelta(days=1) if left > dt.timedelta(0) else due - dt.timedelta(days=1)
        before = due.date() - dt.timedelta(days=1)
        while before.weekday() > 4:  # noqa: PLR2004 (Friday)
            before -= dt.timedelta(days=1)
        told = due.replace(year=before.year, month=before.month, day=before.day).astimezone(dt.UTC)
        return min(told, self.now - dt.timedelta(days=1) + left)

    def day(self, days: int) -> dt.date:
        """The day so many days from today."""
        return self.today + dt.timedelta(days=days)

    def working_day(self, back: int) -> dt.date:
        """The day so many working days before today."""
        day = self.today
        while back:
            day -= dt.timedelta(days=1)
            back -= day.weekday() < 5  # noqa: PLR2004 (Monday to Friday)
        return day


class Teller:
    """Tells the rollouts of one source."""

    def __init__(self, source: str, times: Times, address: str, first_parent: int = 0) -> None:
        """`address` makes a URL of an id (`{}`); parents are numbered from `first_parent`, 0 for a source without."""
        self.source = source
        self.times = times
        self.address = address
        self.first_parent = first_parent
        self.told: list[Story] = []

    def tell(self, record_id: str, title: str, days: float = 2, owner: str = MANAGER) -> Story:
        """Begins a rollout that was made so many days ago, with the links of the checklist."""
        story = Story(self, record_id, title, days, owner)
        self.told.append(story)
        return story

    def records(self) -> tuple[Rollout, ...]:
        """Everything told so far."""
        return tuple(story.record() for story in self.told)


class Story:
    """One rollout as it went; each method adds what somebody did, and returns the story."""

    def __init__(self, teller: Teller, record_id: str, title: str, days: float, owner: str) -> None:
        times = teller.times
        made = times.ago(days=days)
        ref = Ref(teller.source, record_id)
        self.times = times
        self.title: TitleStanding = read_title(title, STACKS)
        self._address = teller.address
        self._record = Rollout(
            ref=ref, url=teller.address.format(record_id), title=title, status="new", owner=owner, created=made,
            managers=_MANAGERS,
        )  # fmt: skip
        self._messages: list[Message] = []
        self._files: list[Attachment] = []
        self._events: list[Event] = []
        self._links: list[Link] = []
        self._assignments: list[Assignment] = []
        self._exposures: list[Exposure] = []
        what = f"{self.title.component or 'this release'} {self.title.version}".strip()
        text = (
            f"A new release is ready for staged rollout: {what}.\nIt passed verification; see the links of the ticket."
        )
        self._say(made, "rollout-bot", text, Voice.DESCRIPTION)
        self._linked(self.title)
        if teller.first_parent:
            self._born_of(teller, made)

    def _linked(self, title: TitleStanding) -> None:
        name = _UNFIT.sub("_", f"{title.component or title.stack or 'release'}-{title.version or '0'}")[:60]
        for relation in ("release-notes", "bugs", "documentation"):
            self._links.append(Link(url=f"{_RELEASES}/{name}/{relation}", relation=relation))

    def _born_of(self, teller: Teller, made: dt.datetime) -> None:
        number = str(teller.first_parent + len(teller.told))
        title, name = self.title, self.title.component or "release"
        ppa = f"{title.stack or 'EGI'}.{name}.{title.os.lower() or 'any'}.{title.arch or 'noarch'}"
        parent = Parent(
            ref=Ref(teller.source, number), url=teller.address.format(number), title=ppa, status="open",
            progress="StageRollout",
        )  # fmt: skip
        self._record = structs.replace(self._record, parent=parent)
        self._happen(made, "rollout-bot", f"created under {parent.ref} ({ppa})")

    # ---------------------------------------------------------------------------------------------- what is recorded

    def _say(self, at: dt.datetime, author: str, text: str, voice: Voice, marks: tuple[str, ...] = ()) -> None:
        number = f"{self._record.ref.id}.{len(self._messages) + 1}"
        self._messages.append(Message(id=number, at=at, author=author, voice=voice, text=text, marks=marks))

    def _happen(self, at: dt.datetime, author: str, text: str) -> None:
        number = f"{self._record.ref.id}.e{len(self._events) + 1}"
        self._events.append(Event(id=number, at=at, author=author, text=text))

    def _to(self, phase: Phase, at: dt.datetime, status: str = "") -> None:
        word = status or phase.value
        self._happen(at, MANAGER, f"status {self._record.status} → {word}")
        self._record = structs.replace(self._record, phase=phase, status=word)

    # ------------------------------------------------------------------------------------------------- what happened

    def ask(self, *teams: str, at: dt.datetime | None = None, left: dt.timedelta | None = None) -> Story:
        """Teams are chosen: at that instant, or so that their answer is due in `left`."""
        told = at or self.times.notified(left or dt.timedelta(hours=20))
        if self._record.created and told <= self._record.created:
            self._record = structs.replace(self._record, created=told - dt.timedelta(hours=3))
            self._messages[0] = structs.replace(self._messages[0], at=told - dt.timedelta(hours=3))
            self._events = [structs.replace(event, at=told - dt.timedelta(hours=3)) for event in self._events]
        for team in teams:
            self._happen(told, MANAGER, f"teams + {team}")
            self._assignments.append(Assignment(team=team, notified=told, by=MANAGER))
        if self._record.phase is Phase.NEW:
            self._to(Phase.OPEN, told)
        self._say(told, MANAGER, _INSTRUCTION, Voice.REPLY)
        return self

    def drop(self, team: str, at: dt.datetime) -> Story:
        """A team is taken out again."""
        self._assignments = [each for each in self._assignments if each.team != team]
        self._happen(at, MANAGER, f"teams - {team}")
        return self

    def mail(self, at: dt.datetime, author: str, text: str) -> Story:
        """Somebody writes to everybody."""
        self._say(at, author, text, Voice.REPLY)
        return self

    def note(self, at: dt.datetime, text: str, author: str = MANAGER) -> Story:
        """An internal note."""
        self._say(at, author, text, Voice.COMMENT)
        return self

    def answer(
        self, team: str, at: dt.datetime, verb: str = "accept", letter: str = "{line}\n", author: str = ""
    ) -> Story:
        """A team answers; `letter` is the mail around `{line}`."""
        text = letter.replace("{line}", f"{verb} {short(team)}")
        return self.mail(at, author or f"grid-admin@{_domain(team)}", text)

    def remind(self, team: str, at: dt.datetime) -> Story:
        """The desk reminded a team."""
        text = f"Dear {team},\n\nyour answer is still missing. Please write:\n\n  accept {short(team)}\n"
        self._say(at, MANAGER, text, Voice.REPLY, (f"remind-demo-{self._record.ref.id}-{len(self._messages)}",))
        return self

    def expose(self, start: dt.date, until: dt.date | None = None, reason: str = "", team: str = "") -> Story:
        """The new version serves production from that day on; `until` is an explicit new end."""
        self._exposures.append(Exposure(team=team, start=start, until=until, reason=reason))
        at = min(dt.datetime.combine(start, dt.time(8), dt.UTC), self.times.now)
        self._happen(at, MANAGER, f"exposure starts {start}" + (f", extended to {until}: {reason}" if until else ""))
        return self

    def report(self, team: str, at: dt.datetime, name: str = "", author: str = "") -> Story:
        """A team hands in its report, under the right name unless another is given."""
        file = name or report_name(team, self.title)
        number = f"{self._record.ref.id}.a{len(self._files) + 1}"
        sender = author or f"grid-admin@{_domain(team)}"
        self._files.append(Attachment(id=number, name=file, at=at, author=sender, size=18_432 + 512 * len(file)))
        self._say(at, sender, f"Dear all,\n\nour report is attached ({file}).\n", Voice.REPLY)
        return self

    def incident(self, number: int, at: dt.datetime, text: str) -> Story:
        """A problem goes to the helpdesk."""
        self._links.append(Link(url=f"{_HELPDESK}/{number}", relation="incident", title=text))
        self._say(at, "grid-admin", f"We opened {_HELPDESK}/{number}: {text}", Voice.REPLY)
        return self

    def without(self, *relations: str) -> Story:
        """Links that nobody gave."""
        self._links = [link for link in self._links if link.relation not in relations]
        return self

    def decide(self, outcome: str = "", document: str = "") -> Story:
        """The outcome field and the document are set."""
        url = f"https://documents.example.org/document/{document}" if document else ""
        self._record = structs.replace(self._record, outcome=outcome, document=document, document_url=url)
        return self

    def close(self, at: dt.datetime, phase: Phase = Phase.RESOLVED, *, told: bool = True) -> Story:
        """The ticket is closed; a parent that was told has outcome and document."""
        self._to(phase, at)
        if told:
            self.parent("Production", status="resolved", outcome=self._record.outcome, document=self._record.document)
        return self

    def stall(self, at: dt.datetime) -> Story:
        """It is put on hold."""
        self._to(Phase.STALLED, at)
        return self

    def parent(self, progress: str, status: str = "open", outcome: str = "", document: str = "") -> Story:
        """The parent stands elsewhere than in StageRollout."""
        if self._record.parent is not None:
            changed = structs.replace(
                self._record.parent, progress=progress, status=status, outcome=outcome, document=document
            )
            self._record = structs.replace(self._record, parent=changed)
        return self

    def record(self) -> Rollout:
        """The rollout as its source has it."""
        ever = [message.at for message in self._messages] + [event.at for event in self._events]
        return structs.replace(
            self._record,
            updated=max(ever),
            assignments=tuple(self._assignments),
            exposures=tuple(self._exposures),
            messages=tuple(sorted(self._messages, key=lambda message: message.at)),
            attachments=tuple(self._files),
            links=tuple(self._links),
            events=tuple(sorted(self._events, key=lambda event: event.at)),
        )


def _domain(team: str) -> str:
    site = short(team).partition("-")[2] or team
    return f"{site.lower().replace('_', '-')}.example.org"
