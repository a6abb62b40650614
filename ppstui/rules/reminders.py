"""What teams owe, and the reminder that says so (SURFACE §2, `remind`)."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
import unicodedata
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Ref, Remind, Rollout
from ppstui.rules import clocks
from ppstui.rules.horizon import day_name, moment
from ppstui.rules.names import report_name, short, team_of
from ppstui.rules.standings import Code, Severity, Standing, TeamStanding, TeamState
from ppstui.rules.teams import calendar_of, marked, mentions, team_key
from ppstui.rules.titles import write_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ppstui.rules.policy import Policy
    from ppstui.rules.titles import TitleStanding

_WIDTH = 76
_LONGEST_TITLE = 200
_ANSWER = frozenset({TeamState.NOTIFIED, TeamState.ACK_OVERDUE})


def owes(team: TeamStanding) -> str:
    """What an assigned team owes now: `answer`, `report`, or "" for nothing.

    A team that still has time owes its answer too; a report is owed once the exposure is over.
    """
    if team.assigned and team.state in _ANSWER:
        return "answer"
    return "report" if team.assigned and team.state is TeamState.REPORT_MISSING else ""


def reminder(rollout: Rollout, standing: Standing, teams: Sequence[TeamStanding], policy: Policy) -> str:
    """One message for all these teams: what each owes and since when, in plain text of 76 columns.

    Only names and addresses that are longer than a line break that width. No line of it reads as an answer, also not
    when a mail program quotes it without any mark.
    """
    parts = [
        "Dear early adopters,",
        _filled("this is a reminder about the staged rollout"),
        _headed(rollout, standing.title),
    ]
    parts += [_owed(team, standing, policy) for team in teams]
    if policy.template_url and any(owes(team) == "report" for team in teams):
        parts.append(f"The report template is at\n\n    {policy.template_url}")
    parts.append("Thank you.")
    return "\n\n".join(parts) + "\n"


def call(rollout: Rollout, title: TitleStanding, policy: Policy) -> str:
    """The mail to the list of the stack that asks for early adopters (DOMAIN §2 T2b), in plain text of 76 columns.

    No line of it reads as an answer.
    """
    parts = [
        "Dear early adopters,",
        _filled("nobody has taken the following staged rollout yet; who can test it?"),
        _headed(rollout, title),
        _filled(
            "If your site can, please say so in that ticket, on a line of its own with the words after the colon"
            " and your own names in them:"
        )
        + "\n\n    yes:  accept <NGI>-<Site-name>",
        _filled(
            f"The test takes {policy.exposure_minimum} to {policy.exposure_maximum} days under production load,"
            " and a report at its end."
        ),
        "Thank you.",
    ]
    return "\n\n".join(parts) + "\n"


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _indented(text: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent="    ", subsequent_indent="    ", break_long_words=True, break_on_hyphens=False
    )


def _headed(rollout: Rollout, title: TitleStanding) -> str:
    return _indented(subject(rollout, title)) + (f"\n    {rollout.url}" if rollout.url else "")


def subject(rollout: Rollout, title: TitleStanding) -> str:
    """The title as it should be, or as it came without what could drive a terminal or break the mail."""
    if title.parsed:
        return write_title(title)
    shown = "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in rollout.title[:_LONGEST_TITLE])
    return " ".join(shown.split()) or str(rollout.ref)


def _owed(team: TeamStanding, standing: Standing, policy: Policy) -> str:
    name, debt = team.team, owes(team)
    if debt == "answer":
        when = ""
        if team.due:
            verb = "was" if team.state is TeamState.ACK_OVERDUE else "is"
            when = f" It {verb} due on {moment(team.due, policy.zone)}."
        line = short(team_of(name))
        return (
            _filled(
                f"{name}: your answer to the call is missing.{when}"
                " Please reply on a line of its own with the words after the colon:"
            )
            + f"\n\n    yes:  accept {line}\n    no:   reject {line}"
        )
    if debt == "report":
        since = f" The exposure ended on {day_name(team.exposure_end)}." if team.exposure_end else ""
        text = f"{name}: your report is missing.{since}"
        if not standing.title.parsed:
            return _filled(f"{text} Please attach it to this ticket.")
        file = report_name(name, standing.title, stack=policy.report_stack)
        return _filled(f"{text} Please attach it to this ticket under the name") + f"\n\n    {file}"
    return _filled(f"{name}: please tell us here how the test is going.")


# ------------------------------------------------------------------------------------------------------------ digests


class _Debt(Struct, frozen=True):
    """What one team is overdue with on one rollout."""

    rollout: Rollout
    standing: Standing
    team: TeamStanding
    due: dt.datetime
    fresh: bool
    """It was not reminded of this within the cooldown."""


_OVERDUE = (Code.ACK_OVERDUE, Code.REPORT_MISSING)


def digests(rollouts: Sequence[tuple[Rollout, Standing]], policy: Policy, now: dt.datetime) -> tuple[Remind, ...]:
    """One reminder for each team that is overdue anywhere, over all its rollouts of one source; most overdue first.

    Teams that are overdue on the very same rollouts share one. It goes onto the rollout that is overdue longest, and
    names the others. What a team was reminded of within the cooldown is left out while it is overdue with more; a team
    of which nothing else is left still gets its reminder, against which the cooldown then stands.
    """
    grouped: dict[tuple[tuple[Ref, ...], bool], list[list[_Debt]]] = {}
    for debts in _debts(rollouts, policy, now):
        fresh = [debt for debt in debts if debt.fresh]
        told = sorted(fresh or debts, key=lambda debt: (debt.due, debt.rollout.ref))
        refs = tuple(sorted(debt.rollout.ref for debt in told))
        grouped.setdefault((refs, bool(fresh)), []).append(told)
    found = [_digest(debts, policy) for debts in grouped.values()]
    return tuple(remind for _, remind in sorted(found, key=lambda pair: (pair[0], pair[1].target, pair[1].teams)))


def _debts(rollouts: Sequence[tuple[Rollout, Standing]], policy: Policy, now: dt.datetime) -> list[list[_Debt]]:
    """What each team of each source is overdue with."""
    found: dict[tuple[str, str], list[_Debt]] = {}
    everywhere = [rollout for rollout, _ in rollouts if any(_reminds(message.marks) for message in rollout.messages)]
    for rollout, standing in rollouts:
        late = {
            entry.team: entry.due
            for entry in standing.attention
            if entry.code in _OVERDUE and entry.severity is Severity.LATE and entry.due
        }
        elsewhere = reminded_in(rollout, everywhere) if late else ()
        for team in standing.teams:
            due = late.get(team.team)
            if due is not None and owes(team):
                fresh = cooling(team, elsewhere, policy, now) is None
                debt = _Debt(rollout, standing, team, due, fresh)
                found.setdefault((rollout.ref.source, team_key(team.team)), []).append(debt)
    return list(found.values())


def _digest(groups: list[list[_Debt]], policy: Policy) -> tuple[dt.datetime, Remind]:
    """The reminder to teams that are overdue on the same rollouts, and since when the first of it is overdue.

    `groups`: what each team owes.
    """
    records: dict[Ref, list[_Debt]] = {}
    for debt in sorted((debt for debts in groups for debt in debts), key=lambda debt: (debt.due, debt.rollout.ref)):
        records.setdefault(debt.rollout.ref, []).append(debt)
    first, *others = records
    debts = records[first]
    teams = tuple(debt.team.team for debt in debts)
    if others:
        text = _digest_text(list(records.values()), teams, policy)
    else:
        text = reminder(debts[0].rollout, debts[0].standing, [debt.team for debt in debts], policy)
    return debts[0].due, Remind(target=first, teams=teams, text=text, also=tuple(others))


def _digest_text(records: Sequence[Sequence[_Debt]], teams: Sequence[str], policy: Policy) -> str:
    parts = [
        "Dear early adopters,",
        _filled(
            f"this is a reminder about {len(records)} staged rollouts. It goes to {' and '.join(teams)}."
            " Please answer in the ticket that each is about, not in this one alone."
        ),
    ]
    for debts in records:
        rollout, standing = debts[0].rollout, debts[0].standing
        parts.append(f"{_headed(rollout, standing.title)}\n    {rollout.ref}")
        parts += [_owed(debt.team, standing, policy) for debt in debts]
    owing = [debt for debts in records for debt in debts]
    if policy.template_url and any(owes(debt.team) == "report" for debt in owing):
        parts.append(f"The report template is at\n\n    {policy.template_url}")
    parts.append("Thank you.")
    return "\n\n".join(parts) + "\n"


# ----------------------------------------------------------------------------------------------------------- cooldown


def cooling(
    team: TeamStanding, elsewhere: Sequence[tuple[str, dt.datetime]], policy: Policy, now: dt.datetime
) -> tuple[dt.datetime, dt.datetime] | None:
    """When the team was last reminded and when it may be again; None when it may be now.

    `elsewhere`: reminders of this rollout in messages on others, as `reminded_in` finds them.
    """
    told = [at for name, at in elsewhere if team_key(name) == team_key(team.team)]
    last = max([*([team.reminded] if team.reminded else []), *told], default=None)
    if last is None:
        return None
    again = clocks.add(last, policy.reminder_cooldown, policy.zone, calendar_of(team, policy))
    return (last, again) if now < again else None


def reminded_in(rollout: Rollout, others: Iterable[Rollout]) -> tuple[tuple[str, dt.datetime], ...]:
    """Which of its teams were reminded of a rollout when, by digests on other records that name it and them."""
    named = re.compile(rf"(?<![\w.:/-]){re.escape(str(rollout.ref))}(?![\w/-]|\.\w)")
    names = {team_key(assignment.team): assignment.team for assignment in rollout.assignments}
    found: list[tuple[str, dt.datetime]] = []
    for other in others:
        if other.ref == rollout.ref or other.ref.source != rollout.ref.source:
            continue
        for message, marks in marked(other.messages):
            if _reminds(marks) and named.search(message.text):
                folded = message.text.casefold()
                found += [(team, message.at) for name, team in names.items() if mentions(folded, name)]
    return tuple(found)


def _reminds(marks: Iterable[str]) -> bool:
    return any(mark.startswith("remind-") for mark in marks)
