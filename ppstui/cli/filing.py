"""A report's file: read once, whole, and sent under the name that the rollout and the team give it (DOMAIN §4.3)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.cli.whom import named
from ppstui.cli.wording import wrong
from ppstui.model import Report
from ppstui.rules.commands.testing_guards import LARGEST
from ppstui.rules.names import read_report, report_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.cli.office import Office
    from ppstui.model import Command, Ref, Rollout


class Paper(Struct, frozen=True):
    """A file as it was when it was read."""

    name: str
    size: int
    digest: str
    content: bytes


def paper(office: Office) -> Paper | None:
    """The file of `--file`; None where the report is waived. Raises UsageError."""
    import hashlib

    path = office.options.file
    if path is None:
        return None
    if path == "-":
        raise wrong(office, "a report is a file with a name; --file - cannot be one")
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - the name is as the user wrote it
            content = file.read(LARGEST + 1)  # a rule stands against more, and needs its size only
            size = max(os.fstat(file.fileno()).st_size, len(content))
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        raise wrong(office, f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    content = content if size <= LARGEST else b""
    return Paper(name=Path(path).name, size=size, digest=hashlib.sha256(content).hexdigest(), content=content)


def reports(office: Office, ref: Ref, rollout: Rollout, sheet: Paper | None) -> Sequence[Command]:
    """The report of one team, or the waivers of several. Raises UsageError when nobody can tell whose it is."""
    teams = named(office, ref, rollout)
    if sheet is None:
        if not teams:
            raise wrong(office, f"which team; --team TEAM, or {rollout.ref}/TEAM as reference")
        return [Report(target=rollout.ref, team=team, waive=office.options.reason.strip()) for team in teams]
    if not teams and (team := _team_in(office, rollout, sheet.name)):
        teams = (team,)
    if len(teams) != 1:
        raise wrong(office, f"whose report it is; --team TEAM, or {rollout.ref}/TEAM as reference, names one")
    return [
        Report(
            target=rollout.ref,
            team=teams[0],
            name=_canonical(office, rollout, teams[0], sheet.name),
            size=sheet.size,
            digest=sheet.digest,
            content=sheet.content,
        )
    ]


def _team_in(office: Office, rollout: Rollout, name: str) -> str:
    """The team of the rollout that a file's name speaks of; "" when it does not tell."""
    standing, policy = office.standing(rollout), office.desk.policy
    known = [team.team for team in standing.teams]
    team = read_report(name, standing.title, known, office.roster(), policy.stacks).team
    return team if team in known else ""


def _canonical(office: Office, rollout: Rollout, team: str, name: str) -> str:
    """The name the report gets; the given one where the title does not tell what was tested."""
    title, policy = office.standing(rollout).title, office.desk.policy
    stem, dot, ext = name.rpartition(".")
    if not title.parsed or not (stem and dot):
        return name
    return report_name(team, title, ext.lower(), policy.report_stack)


def correction(office: Office, command: Command) -> str:
    """What was wrong with the name of the file that a report was made of; "" when it was right."""
    if not isinstance(command, Report) or not office.options.file:
        return ""
    name = os.fsencode(Path(office.options.file).name).decode("utf-8", "replace")
    return "" if name == command.name else f"attached as {command.name}; the file is called {name}"
