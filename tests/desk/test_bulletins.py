"""Issues and meetings on the board: what is live, in which order, and until when that holds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from ppstui.desk.judging import Scene, place
from ppstui.model import Agenda, AgendaItem, Bulletin, Kind, Mention, Publication, Ref
from ppstui.rules.policy import Policy
from tests.desk.press import OF, Press, draft, saving
from tests.desk.world import World

if TYPE_CHECKING:
    from pathlib import Path

ZURICH = ZoneInfo("Europe/Zurich")
POLICY = Policy(publish={"emt": ("mail", "wiki")})
MONDAY = dt.datetime(2026, 11, 16, tzinfo=ZURICH)
ISSUE = Bulletin(ref=Ref("local", "emt.2026-W47"), audience="emt", issue="2026-W47")
HOUR = dt.timedelta(hours=1)


def went(*targets: str) -> tuple[Publication, ...]:
    return tuple(Publication(key=each, target=each, at=MONDAY, by="anna", format="text", digest="") for each in targets)


@pytest.mark.parametrize(
    ("publications", "days", "live"),
    [
        ((), 0, True),
        ((), 13, True),
        ((), 14, False),
        (("mail",), 1, True),
        (("mail", "wiki"), 1, False),
        (("mail", "wiki", "file"), 1, False),
        (("file",), 1, True),
    ],
)
def test_an_issue_is_live_until_it_stands_everywhere_or_is_two_weeks_old(
    publications: tuple[str, ...], days: int, live: bool
) -> None:
    issue = structs.replace(ISSUE, publications=went(*publications))
    found = place(issue, Scene(POLICY, MONDAY + dt.timedelta(days=days)))
    assert found.live is live
    assert found.changes_at == (MONDAY + dt.timedelta(days=14) if live else None)


def test_the_newest_issue_comes_first_and_one_of_no_week_breaks_nothing() -> None:
    scene = Scene(POLICY, MONDAY)
    older = structs.replace(ISSUE, issue="2026-W46")
    assert place(ISSUE, scene).urgency < place(older, scene).urgency
    assert place(structs.replace(ISSUE, issue="next week"), scene).live
    assert not place(structs.replace(ISSUE, audience="nobody", publications=went("file")), scene).live


def test_a_meeting_is_live_until_it_ends_and_the_next_comes_first() -> None:
    meeting = Agenda(ref=Ref("indico", "1"), title="EMT", start=MONDAY, agenda=(AgendaItem(title="VOMS"),))
    later = structs.replace(meeting, start=MONDAY + 24 * HOUR, end=MONDAY + 26 * HOUR)
    now, over = Scene(POLICY, MONDAY), Scene(POLICY, MONDAY + HOUR)
    found = place(meeting, now)
    assert (found.live, found.changes_at) == (True, MONDAY + HOUR)
    assert {"emt", "voms"} <= set(found.text.splitlines())
    assert place(later, now).changes_at == later.end
    assert found.urgency < place(later, now).urgency
    assert not place(meeting, over).live
    assert not place(structs.replace(meeting, cancelled=True), now).live
    ended = Scene(POLICY, MONDAY + 48 * HOUR)
    assert place(later, ended).urgency < place(meeting, ended).urgency, "what took place last"


async def test_what_is_asked_for_is_shown_at_once_also_of_an_issue_that_is_not_there_yet(tmp_path: Path) -> None:
    press = Press(World(tmp_path / "state"))
    desk = press.world.desk()
    assert desk.bulletin(OF) is None
    await desk.submit(Mention(target=OF, about=Ref("rt", "1"), text="look"))
    await desk.submit(saving(draft("VOMS"), hold=True))
    shown = desk.bulletin(OF)
    assert shown is not None
    assert (shown.audience, shown.issue, shown.draft) == ("egee-operations", "2026-W47", draft("VOMS"))
    assert [note.text for note in shown.notes] == ["look"]
    assert shown.holder == "coordinator"
    assert desk.board.lines(Kind.BULLETIN) == []
    await desk.deliver()
    assert [line.ref for line in desk.board.lines(Kind.BULLETIN)] == [OF]
    known = desk.bulletin(OF)
    assert known is not None
    assert (known.draft, known.holder) == (shown.draft, "coordinator")
    await desk.submit(Mention(target=OF, about=Ref("rt", "2"), text="this too"))
    pending = desk.bulletin(OF)
    assert pending is not None
    assert [note.text for note in pending.notes] == ["look", "this too"]
