"""From the words of `do` to commands: records found, teams resolved by any of their names, texts fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.errors import NoSuchRecord, Objected, UsageError
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Comment,
    Kind,
    Link,
    NewRollout,
    Objection,
    Ref,
    Remind,
    Reply,
    Rollout,
)
from ppstui.rules import commands
from ppstui.rules.answers import match_team
from ppstui.rules.names import known_ngi, read_team, team_of
from ppstui.rules.reminders import owes
from ppstui.rules.rollouts import Code, Severity
from ppstui.rules.teams import team_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.cli.office import Office
    from ppstui.model import Command
    from ppstui.rules.rollouts import Standing

_RELATIONS = ("release-notes", "bugs", "documentation", "document", "incident")


def prepare(office: Office) -> None:
    """Refuses what is wrong in itself, before anything is read. Raises UsageError."""
    options = office.options
    action = options.action
    for text in getattr(options, "ref", None) or []:
        Ref.parse(text)
    if action == "assign" and not (options.team or options.remove):
        raise _wrong(office, "which teams; --team TEAM puts one in, --remove TEAM takes one out")
    if action == "acknowledge" and not options.answer:
        raise _wrong(office, "which answer; --answer accept or --answer reject")
    if action == "remind":
        if options.all_overdue and options.team:
            raise _wrong(office, "--team and --all-overdue exclude each other; choose one")
        if not options.ref and not options.all_overdue:
            raise _wrong(office, "which record; give SOURCE:ID, or --all-overdue for the whole board")
    if action == "rollout-new" and not (options.title or "").strip():
        raise _wrong(office, "which title; --title 'Staged Rollout STACK-MAJOR COMPONENT VERSION OS ARCH'")
    if getattr(options, "text", None) is not None and getattr(options, "file", None) is not None:
        raise _wrong(office, "--text and --file exclude each other; choose one")


def _wrong(office: Office, what: str) -> UsageError:
    return UsageError(f"do {office.options.action}: {what}")


async def commands_for(office: Office) -> list[Command]:
    """The commands that were asked for, one per record. Raises UsageError, NoSuchRecord, BackendError."""
    options = office.options
    if options.action == "rollout-new":
        return [_new(office)]
    if options.action == "remind" and options.all_overdue and not options.ref:
        await office.read(Kind.ROLLOUT, everything=False)
        found = [(rollout, standing) for rollout, standing in office.rollouts()]
        return [command for rollout, standing in found for command in _overdue(office, rollout, standing)]
    refs = [Ref.parse(text) for text in options.ref]
    if options.action == "assign" and any(not _full(name) for name in options.team):
        await office.read(Kind.TEAM, everything=False)
    text = _text(office, refs) if options.action in ("comment", "reply") else ""
    made: list[Command] = []
    for ref in refs:
        rollout = await office.find(ref)
        if not isinstance(rollout, Rollout):
            raise NoSuchRecord(f"{ref}: is no rollout; do {options.action} works on rollouts")
        made.extend(_for_rollout(office, ref, rollout, text))
    return made


def _for_rollout(office: Office, ref: Ref, rollout: Rollout, text: str) -> Sequence[Command]:
    options, target = office.options, rollout.ref
    match options.action:
        case "assign":
            named = [*options.team, *([ref.part] if ref.part else [])]
            add = tuple(dict.fromkeys(_to_assign(office, rollout, name) for name in named))
            assigned = [assignment.team for assignment in rollout.assignments]
            remove = tuple(dict.fromkeys(match_team(name, assigned)[0] or name for name in options.remove))
            return [Assign(target=target, add=add, remove=remove)]
        case "acknowledge":
            names = _named(office, ref, rollout)
            if not names:
                raise _wrong(office, f"which team; --team TEAM, or {target}/TEAM as reference")
            return [
                Acknowledge(target=target, team=name, answer=Answer(options.answer), note=options.note or "")
                for name in names
            ]
        case "remind":
            return _reminder(office, ref, rollout)
        case "comment":
            return [Comment(target=target, text=text)]
        case _:
            return [Reply(target=target, text=text)]


# -------------------------------------------------------------------------------------------------------------- teams


def _named(office: Office, ref: Ref, rollout: Rollout) -> tuple[str, ...]:
    """The teams of `--team` and of the reference, as the rollout spells them. Raises UsageError."""
    teams = [team.team for team in office.standing(rollout).teams]
    found: dict[str, None] = {}
    for name in [*office.options.team, *([ref.part] if ref.part else [])]:
        team, odd = match_team(name, teams, office.roster())
        if not team:
            known = ", ".join(teams) or "none"
            raise _wrong(office, f"{name[:80]!r} is no team of {rollout.ref}: {odd}; its teams are {known}")
        found[team] = None
    return tuple(found)


def _full(name: str) -> bool:
    """Whether the name can be taken as it is, without a roster."""
    return name[:3].casefold() == "ea-"


def _to_assign(office: Office, rollout: Rollout, name: str) -> str:
    """The full name of a team to be chosen: from the roster by any of its names, else a full name as it is.

    Raises UsageError when a short name fits no team or several.
    """
    assigned = [assignment.team for assignment in rollout.assignments]
    roster = [*assigned, *(team for team in office.roster() if team_key(team) not in set(map(team_key, assigned)))]
    team, odd = match_team(name, roster)
    if team and team_key(team) in set(map(team_key, roster)):
        return team
    if _full(name):
        return name
    if team and known_ngi(read_team(team_of(name), roster).ngi, roster):
        return team
    raise _wrong(office, f"{name[:80]!r} is no team that is known here ({odd}); write ea-<NGI>-<Site-name>")


# ---------------------------------------------------------------------------------------------------------- reminders


def _reminder(office: Office, ref: Ref, rollout: Rollout) -> Sequence[Command]:
    options = office.options
    if options.all_overdue:
        return _overdue(office, rollout, office.standing(rollout))
    names = _named(office, ref, rollout)
    if not names:
        names = tuple(team.team for team in office.standing(rollout).teams if team.assigned and owes(team))
    if not names:
        text = f"nobody owes anything on {rollout.ref} now; --team TEAM --force --reason TEXT reminds one all the same"
        raise Objected([Objection(rule="owes-nothing", text=text)])
    return [Remind(target=rollout.ref, teams=names, text=_reminding(office, rollout, names))]


def _overdue(office: Office, rollout: Rollout, standing: Standing) -> Sequence[Command]:
    """One reminder to everybody who is overdue on this rollout and may be reminded now; who may not is said."""
    late = (Code.ACK_OVERDUE, Code.REPORT_MISSING)
    owing = [
        entry.team
        for entry in standing.attention
        if entry.code in late and entry.severity is Severity.LATE and entry.team
    ]
    may: list[str] = []
    for team in dict.fromkeys(owing):
        command = Remind(target=rollout.ref, teams=(team,), text=_reminding(office, rollout, (team,)))
        against = [objection for objection in office.desk.plan(command).objections if objection.rule == "cooldown"]
        if against and not office.options.force:
            office.console.complain(f"remind {rollout.ref}: {against[0].text}")
        else:
            may.append(team)
    return [Remind(target=rollout.ref, teams=tuple(may), text=_reminding(office, rollout, may))] if may else []


def _reminding(office: Office, rollout: Rollout, teams: Sequence[str]) -> str:
    if office.options.text is not None or office.options.file is not None:
        return _given(office)
    return commands.draft("remind", rollout, tuple(teams), office.desk.policy, office.desk.now())


# --------------------------------------------------------------------------------------------------------- new rollouts


def _new(office: Office) -> Command:
    options = office.options
    offering = [channel.name for channel in office.desk.channels() if NewRollout in channel.source.offers]
    able = [name for name in offering if not office.desk.can(NewRollout, Ref(name, "new"))]
    source = options.source or next((names[0] for names in (able, offering) if len(names) == 1), "")
    if not source:
        names = ", ".join(able or offering)
        if not names:
            raise _wrong(office, "none of the configured sources can make rollouts; make it there, then list shows it")
        raise _wrong(office, f"which source; --source NAME, and {names} can make rollouts")
    if source not in office.serves:
        raise NoSuchRecord(f"{source}: there is no such source; configured are {', '.join(office.serves)}")
    return NewRollout(
        target=Ref(source, "new"),
        title=options.title.strip(),
        text=options.text or "",
        links=tuple(_link(office, text) for text in options.link),
    )


def _link(office: Office, text: str) -> Link:
    relation, equals, url = text.partition("=")
    if not equals or "/" in relation or ":" in relation:
        relation, url = "", text
    if relation and relation not in _RELATIONS:
        raise _wrong(office, f"{relation[:40]!r} is no relation of a link; there are {', '.join(_RELATIONS)}")
    if not url.strip():
        raise _wrong(office, f"--link {text[:40]!r} has no address; write RELATION=URL")
    return Link(url=url.strip(), relation=relation)


# -------------------------------------------------------------------------------------------------------------- texts


def _given(office: Office) -> str:
    """The text of `--text` or `--file`. Raises UsageError."""
    options = office.options
    if options.file is None:
        return str(options.text)
    try:
        if options.file == "-":
            return office.console.stdin.read()
        with open(options.file, encoding="utf-8") as file:  # noqa: PTH123 - the name is as the user wrote it
            return file.read()
    except UnicodeDecodeError as error:
        raise _wrong(office, f"{options.file}: is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise _wrong(office, f"{options.file}: cannot be read: {error.strerror or error}") from error


def _text(office: Office, refs: Sequence[Ref]) -> str:
    if office.options.text is not None or office.options.file is not None:
        text = _given(office)
    elif office.console.has_person and not office.options.dry_run:
        from ppstui.cli.editing import written

        subjects = ", ".join(map(str, refs))
        text = written(office, f"# {office.options.action} on {subjects}\n# Lines that begin with # are left out.\n")
    else:
        raise _wrong(office, "which text; --text TEXT or --file FILE, - for standard input")
    if not text.strip():
        raise _wrong(office, "the text is empty; nothing was queued")
    return text
