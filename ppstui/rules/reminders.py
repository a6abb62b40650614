"""What teams owe, and the reminder that says so (SURFACE §2, `remind`)."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING

from ppstui.rules.horizon import day_name, moment
from ppstui.rules.names import report_name, short, team_of
from ppstui.rules.standings import TeamState
from ppstui.rules.titles import write_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Rollout
    from ppstui.rules.policy import Policy
    from ppstui.rules.standings import Standing, TeamStanding
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
