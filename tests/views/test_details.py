"""What stands beside the list and in dialogs: waivers, polls, parents, gates, conflicts, the log of an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from ppstui.desk import Plan
from ppstui.model import Outcome, Phase, Resolve, State, Waiver
from ppstui.rules import commands
from ppstui.rules.conflicts import Difference
from ppstui.rules.policy import Policy
from ppstui.rules.rollouts import Code, standing
from ppstui.store import Exchanged, Happening
from ppstui.views import details, differing, gates, logged, rows
from ppstui.views.rows import Glance
from tests.views.samples import NOW, REF, SILENT, TEAM, at, entry, rollout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ppstui.model import Rollout
    from ppstui.views.details import Para

POLICY = Policy()
GLANCE = Glance(NOW, POLICY.zone)


def text(paras: Iterable[Para], width: int = 90) -> str:
    return "\n".join("".join(span for span, _ in line).rstrip() for line in details.lay(paras, width))


def told(record: Rollout) -> str:
    return text(details.rollout(record, standing(record, POLICY, NOW), (), GLANCE))


def test_a_waived_report_is_said_with_its_reason() -> None:
    record = rollout(waivers=(Waiver(team=TEAM, reason="the site was closed", by="carla", at=at(24)),))
    assert "no report needed: the site was closed" in told(record)
    assert "no report needed" not in told(rollout())
    team = next(team for team in standing(record, POLICY, NOW).teams if team.team == TEAM)
    assert rows.state_word(team) == "report waived"


def test_a_poll_is_said_with_its_day_and_takes_the_place_of_a_mere_need() -> None:
    record = rollout()
    polled = structs.replace(standing(record, POLICY, NOW), polled=at(23))
    assert "Polled     the list, Mon 2026-11-23" in text(details.rollout(record, polled, (), GLANCE))
    declined = rollout(messages=(), assignments=rollout().assignments[1:], exposures=())
    found = standing(declined, POLICY, NOW)
    need = structs.replace(found.attention[0], code=Code.NO_EA)
    for when, said in ((None, "no early adopter"), (at(23), "polled 2 d ago"), (NOW, "just polled")):
        shown = structs.replace(found, attention=(need,), polled=when)
        assert said in [cell.text for cell in rows.rollout_row(declined, shown, (), GLANCE).cells]


@pytest.mark.parametrize(
    ("outcome", "document", "said"),
    [
        ("ACCEPT", "700", "told: outcome ACCEPT, document 700"),
        ("ACCEPT", "", "told: outcome ACCEPT - not what this rollout says"),
        ("", "", "told: nothing yet - not what this rollout says"),
    ],
)
def test_a_parent_says_whether_it_was_told(outcome: str, document: str, said: str) -> None:
    parent = structs.replace(rollout().parent, outcome=outcome, document=document)  # type: ignore[type-var]
    record = rollout(phase=Phase.RESOLVED, status="resolved", outcome="ACCEPT", document="700", parent=parent)
    lines = [line.strip() for line in told(record).splitlines()]
    assert said in lines


def gate_lines(record: Rollout, command: Resolve) -> list[str]:
    found = standing(record, POLICY, NOW)
    plan = Plan(
        command=command,
        objections=commands.objections(command, record, POLICY, NOW),
        effects=commands.effects(command, record, POLICY, NOW),
        reverse=commands.reverse(command, record),
    )
    return text(gates.gates(command, record, found, plan, GLANCE), 200).splitlines()


def test_every_gate_stands_there_met_or_missing() -> None:
    lines = gate_lines(rollout(), Resolve(target=REF))
    assert lines[0].startswith("[ ] outcome: the outcome is not set")
    assert lines[1].startswith("[ ] document: no document is named")
    assert lines[2].startswith("[ ] report of NGI_IT-INFN-T1: ")
    assert lines[3].startswith("[!] links: missing links: fixed bugs, documentation")
    assert lines[4].startswith("[!] exposure: ")
    assert any(SILENT in line and "has not answered" in line for line in lines[5:])


def test_what_the_command_brings_meets_its_gate() -> None:
    waived = rollout(waivers=(Waiver(team=TEAM, reason="closed", at=at(24)),))
    lines = gate_lines(waived, Resolve(target=REF, outcome=Outcome.ACCEPT, document="700"))
    assert lines[0] == "[✓] outcome: ACCEPT"
    assert lines[1] == "[✓] document: 700"
    assert lines[2] == "[✓] report of NGI_IT-INFN-T1: not needed: closed"
    assert any(line.startswith("What it does, in this order") for line in lines)


def test_gates_are_told_without_colour_and_beyond_ascii() -> None:
    found = standing(rollout(), POLICY, NOW)
    plan = Plan(command=Resolve(target=REF, document="1"), objections=(), effects=())
    shown = text(
        gates.gates(
            Resolve(target=REF, document="1"), rollout(), found, plan, Glance(NOW, POLICY.zone, ascii_only=True)
        )
    )
    assert shown.isascii()
    assert "[x] document: 1" in shown


DIFFERENCES = (
    Difference(what="outcome", before="", theirs="REJECT", mine="ACCEPT", by="dora"),
    Difference(what=f"answer of {TEAM}", before="accept", theirs="reject " * 9, mine="accept"),
)


@pytest.mark.parametrize("width", [30, 66, 90])
def test_a_conflict_fits_its_window_and_hides_nothing(width: int) -> None:
    lines = text(differing.table(DIFFERENCES, GLANCE, width), width).splitlines()
    assert max(map(len, lines)) <= width
    said = " ".join(" ".join(lines).split())
    for word in ("outcome", "nothing", "REJECT", "(dora)", "ACCEPT", "theirs", "mine", "before"):
        assert word in said
    assert said.count("reject") == 9


def test_no_difference_is_no_table() -> None:
    assert differing.table((), GLANCE, 80) == ()


def test_an_entry_tells_its_story_and_masks_nothing_itself() -> None:
    story = logged.Story(
        (Happening(at=at(25, 8), state=State.WAITING, text="asked for by carla"),),
        (Exchanged(at=at(25, 8), request="PUT /ticket/4711\n\x1b[31m{}", answer="200\n" + "line\n" * 100),),
        DIFFERENCES[:1],
    )
    shown = text(logged.entry(entry(mail="leaving", conflict=True, state=State.PARKED), GLANCE, story))
    for part in (
        "Changed meanwhile",
        "theirs   REJECT (dora)",
        "asked for by carla",
        "PUT /ticket/4711",
        "may have left",
    ):
        assert part in shown
    assert "\x1b" not in shown
    assert "41 more lines" in shown
    assert "Log" not in text(logged.entry(entry(), GLANCE))


def test_a_long_text_is_previewed_by_its_first_lines() -> None:
    effect = commands.Effect(what="comment", before="", after="\n".join(f"line {n}" for n in range(50)))
    plan = Plan(command=Resolve(target=REF), objections=(), effects=(effect,))
    shown = text(details.plan([plan], GLANCE))
    assert "line 29" in shown
    assert "line 30" not in shown
    assert "20 more lines" in shown
    assert "resolve tracker:4711  cannot be undone" in shown
