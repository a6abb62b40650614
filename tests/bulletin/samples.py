"""Issues of the bulletin to be written down: a full week, an empty one, and what hostile people would put into one."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from ppstui.bulletin import Page, page
from ppstui.model import Bulletin, Draft, Gathered, Item, Line, Part, Ref
from ppstui.rules.bulletin.audiences import Audience

ZONE = ZoneInfo("Europe/Zurich")
EGEE = Audience(name="egee-operations", title="EGEE Operations bulletin", meeting="EGEE Operations")
SINCE = dt.datetime(2026, 11, 16, 12, 55, tzinfo=dt.UTC)
UNTIL = dt.datetime(2026, 11, 23, 12, 40, tzinfo=dt.UTC)
MEETING_AT = dt.datetime(2026, 11, 23, 15, 0, tzinfo=dt.UTC)
COLUMNS = ("Product", "sw-rel ticket", "Verification", "Staged Rollout", "ETA(finish)")


def rollout_item(
    number: int, kind: str, text: str = "", *, group: str = "", cells: tuple[str, ...] = (), since: str = ""
) -> Item:
    url = f"https://rt.example.org/rt/Ticket/Display.html?id={number}"
    return Item(
        id=f"{kind}/rt:{number}",
        text=text,
        group=group,
        cells=cells,
        refs=(Ref("rt", str(number)),),
        url=url,
        facts=text,
        since=since,
    )


def line(item: Item, text: str | None = None, *, dropped: bool = False) -> Line:
    return Line(id=item.id, item=item, text=text, dropped=dropped)


def by_hand(text: str, number: int = 1) -> Line:
    return Line(id=f"own/{number}", text=text)


def gathered(**changes: object) -> Gathered:
    facts: dict[str, object] = {
        "audience": "egee-operations",
        "issue": "2026-W48",
        "since": SINCE,
        "until": UNTIL,
        "meeting": "EGEE Operations",
        "meeting_at": MEETING_AT,
    }
    return Gathered(**{**facts, **changes})  # type: ignore[arg-type]


def full_draft() -> Draft:
    """A week as they are: two stacks, a table, edited and dropped lines, lines by hand, an address in a text."""
    releases = Part(
        id="releases",
        title="Staged rollout: what entered and left",
        lines=(
            line(rollout_item(1234, "entered", "ARC-CE 6.18.0 (sl7, x86_64) entered staged rollout", group="UMD-4")),
            line(rollout_item(1240, "entered", "never told", group="UMD-4"), dropped=True),
            line(
                rollout_item(1201, "left", "generated", group="UMD-4"),
                "dCache 9.2.6 left it with ACCEPT: three teams, no problems; thanks to INFN-T1, CSCS-LCG2 and PIC, who "
                "ran it through a whole weekend of heavy transfers",
            ),
            line(rollout_item(1236, "entered", "VOMS-Admin 3.9.0 entered staged rollout", group="UMD-5")),
            by_hand("Release notes of UMD-5: https://repository.example.org/umd/5/release_notes_2026-11-20.html."),
        ),
    )
    status = Part(
        id="status",
        title="Staged rollout: status",
        lines=(
            line(rollout_item(1234, "status", "VOMS: 1 EA performing the test", group="UMD-4")),
            line(rollout_item(1235, "status", "LFC: no EA", group="UMD-4", since="2026-W46")),
            line(
                rollout_item(
                    1237, "status", "DPM: 1 EA has found problems, a memory leak, does anyone want to try it also"
                )
            ),
        ),
    )
    table = Part(
        id="table",
        title="Releases",
        columns=COLUMNS,
        lines=(
            line(rollout_item(1234, "row", cells=("ARC-CE 6.18.0", "rt:1234", "DONE", "OnGoing", "2026-11-27"))),
            line(rollout_item(1235, "row", cells=("LFC 1.13.1", "#1235", "DONE", "Not Started", ""))),
            line(
                rollout_item(
                    1241,
                    "row",
                    cells=(
                        "FTS3 server with the MySQL/MariaDB back end 3.12.11",
                        "rt:1241",
                        "OnGoing",
                        "onHOLD, waiting for the fix of GGUS 168001",
                        "",
                    ),
                )
            ),
        ),
    )
    problems = Part(
        id="problems",
        title="Problems",
        text="Two of these came up in production.\nThey are at the head of the list, and both of them are known to the "
        "developers\nsince Friday.",
        lines=(line(rollout_item(1237, "broken", r"DPM 1.15: <memory leak> | *read* %URL% [[x]] & C:\tmp (NGI_IT)")),),
    )
    return Draft(
        title="EGEE Operations bulletin",
        greeting="Dear all,\n\nthis is what happened in staged rollout since last Monday.",
        closing="Comments are welcome before the meeting.\n\nBest regards,\nMaria Keller\nfor the coordinators",
        parts=(
            releases,
            status,
            table,
            Part(id="outcomes", title="Outcomes"),
            Part(id="pilots", title="Pilots", text="No pilot runs this week."),
            Part(id="vacancies", title="Vacancies"),
            problems,
            Part(id="known-issues", title="Known issues"),
        ),
    )


def full() -> Page:
    return page(full_draft(), gathered(), EGEE, zone=ZONE)


def corrected() -> Page:
    return page(full_draft(), gathered(), EGEE, zone=ZONE, correction="the ticket of ARC-CE was 1234, not 1243")


def empty() -> Page:
    """A week in which nothing happened."""
    parts = tuple(Part(id=name, title=name.title()) for name in ("releases", "status", "pilots", "notes"))
    bulletin = Bulletin(
        ref=Bulletin.ref_of("local", "emt", "2026-W52"),
        audience="emt",
        issue="2026-W52",
        gathered=gathered(audience="emt", issue="2026-W52", meeting="", meeting_at=None),
        draft=Draft(parts=parts),
    )
    return page(bulletin, None, Audience(name="emt"), zone=ZONE)
