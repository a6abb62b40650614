"""An issue as rows: what each line's signs say, and what stands above them as its meeting comes nearer."""

from __future__ import annotations

import datetime as dt

import pytest

from ppstui.model import Bulletin, Draft, Gathered, Item, Line, Part, Publication, Ref
from ppstui.rules.bulletin.checking import Problem
from ppstui.rules.bulletin.comparing import Change, How
from ppstui.views.issue_rows import Goal, Issue, Sheet, Spot, above, check_list, details, spots
from ppstui.views.plain import cell_width
from ppstui.views.rows import Glance, Tone

NOW = dt.datetime(2026, 11, 23, 14, 0, tzinfo=dt.UTC)
GLANCE = Glance(NOW, dt.UTC)


def item(id_: str, text: str = "as generated", *, group: str = "", since: str = "") -> Item:
    return Item(id=id_, text=text, group=group, refs=(Ref("rt", "1"), Ref("rt", "2")), since=since)


def publication(number: int = 0) -> Publication:
    return Publication(
        key=f"k{number}", target="mail", number=number, at=NOW, by="anna", format="text", digest="0" * 64
    )


def sheet(
    *lines: Line,
    changes: tuple[Change, ...] = (),
    meeting_at: dt.datetime | None = None,
    published: bool = False,
    holder: str = "",
    behind: str = "",
) -> Sheet:
    draft = Draft(title="EMT bulletin", parts=(Part(id="status", title="Status", lines=lines), Part(id="x", title="X")))
    went = (publication(),) if published else ()
    bulletin = Bulletin(
        ref=Ref("local", "emt.2026-W48"),
        audience="emt",
        issue="2026-W48",
        gathered=Gathered(audience="emt", issue="2026-W48", since=NOW, until=NOW),
        draft=draft,
        publications=went,
        holder=holder,
        held_at=NOW if holder else None,
    )
    return Sheet(
        audience="EMT",
        issue="2026-W48",
        now=NOW,
        zone=dt.UTC,
        bulletin=bulletin,
        changes=changes,
        goals=(Goal(name="mail", type="smtp", format="text", published=went),),
        meeting="EMT",
        meeting_at=meeting_at,
        me="carla",
        behind=behind,
    )


def told(made: Sheet, spot: Spot, width: int = 78) -> str:
    return "".join(cell.text for cell in Issue(made, GLANCE).line(spot, width).cells)


@pytest.mark.parametrize(
    ("line", "sign"),
    [
        (Line(id="a", item=item("a")), " "),
        (Line(id="a", item=item("a"), text="mine"), "*"),
        (Line(id="a", text="by hand"), "*"),
        (Line(id="a", item=item("a"), dropped=True), "x"),
        (Line(id="a", item=item("a"), text="mine", gone=True), "?"),
        (Line(id="a", item=item("a"), text="mine", offer=item("a", "now")), "!"),
        (Line(id="a", item=item("a"), dropped=True, offer=item("a", "now")), "!"),
    ],
)
def test_a_sign_says_what_a_person_made_of_a_line(line: Line, sign: str) -> None:
    assert told(sheet(line), Spot("line", "a"))[0] == sign


@pytest.mark.parametrize(
    ("how", "since", "sign"),
    [(How.NEW, "", "+"), (How.CARRIED, "", ">"), (How.MOVED, "", " "), (How.MOVED, "2026-W46", ">")],
)
def test_a_sign_says_what_is_new_about_a_line(how: How, since: str, sign: str) -> None:
    made = sheet(Line(id="a", item=item("a", since=since)), changes=(Change(how=how, item="a", text="t"),))
    assert told(made, Spot("line", "a"))[1] == sign


def test_lines_stand_under_what_they_belong_to_and_their_records_beside_them() -> None:
    made = sheet(
        Line(id="a", item=item("a", group="UMD-4")),
        Line(id="own/1", text="mine"),
        Line(id="b", item=item("b", group="EMI")),
    )
    assert [str(spot) for spot in spots(made)] == [
        *("title", "greeting", "part status", "group status/1/UMD-4", "line a", "line own/1", "group status/2/EMI"),
        *("line b", "part x", "closing", "goes", "target mail"),
    ]
    assert told(made, Spot("line", "a")).endswith("rt:1 +1")
    assert told(made, Spot("part", "x")) == "X  nothing"


@pytest.mark.parametrize("width", [20, 55, 56, 78, 200])
def test_no_row_is_wider_than_there_is_room(width: int) -> None:
    wide = item("a", "wide \u4e2d\u6587 " * 40, group="g" * 300)
    made = sheet(Line(id="a", item=wide), holder="anna" * 30)
    issue = Issue(made, GLANCE)
    rows = [issue.line(spot, width) for spot in spots(made)]
    rows += [issue.head(0, width, None), issue.head(1, width, None), issue.foot(width)]
    assert max(sum(cell_width(cell.text) for cell in row.cells) for row in rows) <= width


@pytest.mark.parametrize(
    ("minutes", "published", "text", "tone"),
    [
        (180, False, "for EMT Mon 17:00 in 3 h", Tone.DIM),
        (42, False, "for EMT Mon 14:42 in 42 min", Tone.SOON),
        (42, True, "for EMT Mon 14:42 in 42 min", Tone.DIM),
        (-5, False, "for EMT Mon 13:55, which has begun", Tone.LATE),
        (-5, True, "for EMT Mon 13:55, which has begun", Tone.DIM),
    ],
)
def test_the_meeting_is_told_louder_as_it_comes_nearer_until_it_is_published(
    minutes: int, published: bool, text: str, tone: Tone
) -> None:
    made = sheet(meeting_at=NOW + dt.timedelta(minutes=minutes), published=published)
    assert above(made)[1] == (text, tone)


def test_the_first_line_counts_what_is_in_it_what_is_out_and_what_is_offered() -> None:
    made = sheet(
        Line(id="a", item=item("a")),
        Line(id="b", item=item("b"), dropped=True),
        Line(id="c", item=item("c"), text="mine", offer=item("c", "now")),
    )
    assert above(made)[0][0] == "2026-W48 draft, 2 lines, 1 taken out, 1 new fact"


def test_who_else_edits_it_is_told_and_a_newer_draft_of_theirs_before_all() -> None:
    assert above(sheet(holder="anna"))[1] == ("for EMT; held by anna since 14:00", Tone.SOON)
    assert above(sheet(holder="carla"))[1] == ("for EMT", Tone.DIM)
    assert above(sheet(holder="anna", behind="anna shared another draft"))[1][0] == "anna shared another draft"


def test_a_line_whole_tells_yours_what_was_generated_and_what_is_offered() -> None:
    made = sheet(Line(id="a", item=item("a", "then"), text="mine", offer=item("a", "now")))
    said = [" ".join(text for text, _ in para.spans) for para in details(Spot("line", "a"), made, GLANCE)]
    for words in ("Yours mine", "Generated then", "Now now", "rt:1"):
        assert any(" ".join(each.split()).startswith(words) for each in said), (words, said)


def test_many_warnings_of_one_kind_are_told_by_their_number_and_what_blocks_one_by_one() -> None:
    problems = [Problem(code="dead-link", text=f"d{n}", blocking=False) for n in range(9)]
    problems += [Problem(code="private-text", text=f"p{n}") for n in range(5)]
    said = ["".join(text for text, _ in para.spans) for para in check_list(problems, GLANCE)]
    assert [each for each in said if each.startswith("blocks")] == [f"blocks  p{n}" for n in range(5)]
    assert len([each for each in said if each.startswith("warning")]) == 3
    assert said[-1] == "and 6 more: dead-link"
