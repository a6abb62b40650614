"""How issues of the bulletin and meetings are judged; loaded when the first of them is there."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ppstui.desk.judging import Simple, folded
from ppstui.errors import UsageError
from ppstui.model import Agenda, Bulletin, Kind, about_bulletins
from ppstui.rules.bulletin.audiences import parse_issue
from ppstui.rules.bulletin.commands import bulletin_preview
from ppstui.rules.clocks import local_day
from ppstui.rules.horizon import over
from ppstui.store import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from ppstui.desk.judging import Scene
    from ppstui.model import Entry
    from ppstui.rules.policy import Policy

_STALE = dt.timedelta(days=13)
"""With the Monday of its week two weeks: after that nobody waits for an issue that was never published."""

_MEETING = dt.timedelta(hours=1)
"""How long a meeting is taken to last that does not say it."""


class _Bulletins(Simple[Bulletin]):
    def place(self, record: Bulletin, found: None, scene: Scene) -> Place:  # noqa: ARG002  as every judge is asked
        """It is live until it was published wherever its audience reads it, or is two weeks old; the newest first."""
        monday = _monday(record.issue)
        waiting = set(scene.policy.publish.get(record.audience, ())) - {each.target for each in record.publications}
        live = bool(waiting) or not record.publications
        if monday is None:
            return Place(live, 0.0, None, folded(_words(record)))
        last = monday + _STALE
        live = live and local_day(scene.now, scene.policy.zone) <= last
        turns = over(last, scene.policy.zone) if live else None
        return Place(live, -float(monday.toordinal()), turns, folded(_words(record)))

    def preview(self, record: Bulletin, entry: Entry, policy: Policy) -> Bulletin:  # noqa: ARG002  as every judge is asked
        command = entry.command
        if not about_bulletins(command):
            return record
        return bulletin_preview(command, record, entry.asked_at, entry.by, entry.key)


def _words(record: Bulletin) -> Iterator[str]:
    yield from (str(record.ref), record.audience, record.issue, record.holder, record.updated_by)
    if record.draft is not None:
        yield record.draft.title
    yield from (publication.target for publication in record.publications)


def _monday(issue: str) -> dt.date | None:
    """The first day of its week; None for an issue that is called by no week."""
    try:
        return parse_issue(issue)
    except UsageError:
        return None


class _Meetings(Simple[Agenda]):
    def place(self, record: Agenda, found: None, scene: Scene) -> Place:  # noqa: ARG002  as every judge is asked
        """It is live until it ends; the next one first, then what took place last."""
        end = record.end or record.start + _MEETING
        live = scene.now < end and not record.cancelled
        words = (str(record.ref), record.title, record.category, record.room, *(each.title for each in record.agenda))
        at = record.start.timestamp()
        return Place(live, at if live else -at, end if live else None, folded(words))


def take_part(judges: MutableMapping[Kind, object]) -> None:
    """Puts the judges of these kinds into the table."""
    judges.update({Kind.BULLETIN: _Bulletins(), Kind.MEETING: _Meetings()})
