"""From the words of `do` to commands on pilots: days and amounts read, owners and roles taken from the workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.cli.checking import day
from ppstui.cli.wording import wrong
from ppstui.errors import NoSuchRecord, Objected, UsageError
from ppstui.model import (
    Level,
    Milestone,
    NewPilot,
    Objection,
    Pilot,
    PilotCancel,
    PilotClose,
    PilotEdit,
    PilotProlong,
    PilotRollBack,
    PilotStep,
    Ref,
    Remind,
    Role,
    Software,
    Spent,
    StepState,
    Update,
)
from ppstui.rules.effort import parse_effort
from ppstui.rules.pilots import workflow
from ppstui.rules.pilots.reminders import pilot_reminder, reminded_step

if TYPE_CHECKING:
    import datetime as dt

    from ppstui.cli.office import Office
    from ppstui.model import Command
    from ppstui.rules.pilots import PilotStanding

ACTIONS = frozenset(
    {"pilot-step", "pilot-prolong", "pilot-roll-back", "pilot-cancel", "pilot-close", "pilot-edit"},
)
"""What is done to pilots that are there, and to nothing else."""

_LARGEST = 10**9
"""Beyond that a number is a slip of the finger, and no calendar or store holds it."""


def source_for(office: Office, command: type[Command], what: str) -> str:
    """The source that is to take it: the one that is named, else the only one that can. Raises UsageError."""
    offering = [channel.name for channel in office.desk.channels() if command in channel.source.offers]
    able = [name for name in offering if not office.desk.can(command, Ref(name, "new"))]
    given: str | None = office.options.source
    source = given or next((names[0] for names in (able, offering) if len(names) == 1), "")
    if not source:
        names = ", ".join(able or offering)
        if not names:
            raise wrong(office, f"none of the configured sources {what}; ppstui doctor says what each can do")
        raise wrong(office, f"which source; --source NAME, and {names} {what.replace('keeps', 'keep')}")
    if source not in office.serves:
        raise NoSuchRecord(f"{source}: there is no such source; configured are {', '.join(office.serves)}")
    return source


def new(office: Office) -> NewPilot:
    """The pilot that is to be made. Raises UsageError, NoSuchRecord."""
    options = office.options
    software = Software(options.kind or Software.SERVER.value)
    requester = Role(options.requester) if options.requester else None
    if options.update:
        update = Update(options.update)
    else:
        update = workflow.usual_update(requester or Role.ITR, software, incompatible=options.incompatible)
    times = office.desk.policy.pilots
    return NewPilot(
        target=Ref(source_for(office, NewPilot, "keeps pilots"), "new"),
        title=options.title.strip(),
        service=(options.service or "").strip(),
        update=update,
        software=software,
        incompatible=options.incompatible,
        level=Level(options.level) if options.level else None,
        requester=requester,
        sites=_names(options.site),
        vos=_names(options.vo),
        coordinator=(options.coordinator or "").strip(),
        contact=(options.contact or "").strip(),
        start=day(office, options.on, "--on") if options.on else None,
        setup_days=_number(office, options.set_up, "--set-up") if options.set_up is not None else times.setup_days,
        feedback_days=(
            _number(office, options.feedback, "--feedback") if options.feedback is not None else times.feedback_days
        ),
        run_weeks=_number(office, options.weeks, "--weeks") if options.weeks is not None else 0,
        mirror=not options.no_mirror,
        description=options.description or "",
        objectives=options.objectives or "",
        metrics=options.metrics or "",
        use_cases=options.use_cases or "",
        documentation=options.documentation or "",
    )


def on_pilot(office: Office, pilot: Pilot) -> Command:
    """What the action asks of one pilot. Raises UsageError."""
    options, target = office.options, pilot.ref
    reason = (options.reason or "").strip()
    match options.action:
        case "pilot-step":
            return _step(office, pilot)
        case "pilot-prolong":
            return PilotProlong(target=target, until=day(office, options.until, "--until"), reason=reason)
        case "pilot-roll-back":
            return PilotRollBack(target=target, on=_on(office), reason=reason)
        case "pilot-cancel":
            return PilotCancel(target=target, on=_on(office), reason=reason)
        case "pilot-close":
            return PilotClose(target=target, on=_on(office), reason=reason, follow_up=(options.follow_up or "").strip())
        case _:
            return _edit(office, pilot)


def reminder(pilot: Pilot, standing: PilotStanding, text: str | None) -> Remind:
    """One message to whoever owes the step whose turn it is. Raises Objected when nobody does."""
    step = reminded_step(standing)
    drafted = text or pilot_reminder(pilot, standing)
    if step is None or not drafted:
        sentence = f"nobody but you owes anything on {pilot.ref} now; do reply {pilot.ref} writes to everybody on it"
        raise Objected([Objection(rule="owes-nothing", text=sentence)])
    return Remind(target=pilot.ref, teams=(step.owner or step.lead.value,), text=drafted)


# --------------------------------------------------------------------------------------------------------------- words


def _on(office: Office) -> dt.date:
    """The day of `--on`, else today: what is logged says which day was meant."""
    return day(office, office.options.on or "today", "--on")


def _names(given: list[str]) -> tuple[str, ...]:
    """The names, each as it was written; commas part them too."""
    return tuple(name.strip() for each in given for name in each.split(",") if name.strip())


def _number(office: Office, number: int, option: str) -> int:
    if number > _LARGEST:
        raise wrong(office, f"{option}: {str(number)[:12]} is too large a number")
    return number


def _step(office: Office, pilot: Pilot) -> PilotStep:
    options = office.options
    state = StepState(options.state or StepState.DONE.value)
    number = _number(office, options.step, "--step")
    return PilotStep(
        target=pilot.ref,
        number=number,
        state=state,
        on=None if state is StepState.OPEN and not options.on else _on(office),
        by=(options.by or "").strip(),
        note=options.note or "",
        spent=tuple(_spent(office, pilot, number, text) for text in options.effort),
    )


def _spent(office: Office, pilot: Pilot, number: int, text: str) -> Spent:
    """`1.5PD` by whoever leads the step, or `ROLE=2PD`, `ROLE@SITE=2PD`; the only site need not be named."""
    who, equals, amount = text.rpartition("=")
    name, _, site = who.partition("@")
    lead = next((each.lead for each in workflow.template(pilot.update) if each.number == number), Role.COORDINATOR)
    try:
        role = Role(name.strip().casefold()) if equals else lead
        minutes = parse_effort(amount)
    except UsageError as error:
        raise wrong(office, f"--effort: {error}") from error
    except ValueError:
        known = ", ".join(each.value for each in Role if each is not Role.NOBODY)
        raise wrong(office, f"--effort: {name[:40]!r} is no role; there are {known}") from None
    if not site.strip() and role in (Role.SITE, Role.EXPERT) and len(pilot.sites) == 1:
        site = pilot.sites[0]
    return Spent(role=role, minutes=minutes, site=site.strip(), on=_on(office), by=(office.options.by or "").strip())


def _edit(office: Office, pilot: Pilot) -> PilotEdit:
    options = office.options

    def text(name: str) -> str | None:
        value: str | None = getattr(options, name)
        return value.strip() if value is not None else None

    def number(name: str) -> int | None:
        value: int | None = getattr(options, name)
        return _number(office, value, f"--{name.replace('_', '-')}") if value is not None else None

    return PilotEdit(
        target=pilot.ref,
        title=text("title"),
        service=text("service"),
        sites=_names(options.site) if options.site else None,
        vos=_names(options.vo) if options.vo else None,
        coordinator=text("coordinator"),
        contact=text("contact"),
        start=day(office, options.on, "--on") if options.on else None,
        setup_days=number("set_up"),
        feedback_days=number("feedback"),
        run_weeks=number("weeks"),
        planned=tuple(
            (step, day(office, value, f"--plan {step}")) for step, value in _numbered(office, "--plan", options.plan)
        ),
        owners=tuple(_numbered(office, "--owner", options.owner)),
        milestones=_milestones(office) if options.milestone else None,
        description=text("description"),
        objectives=text("objectives"),
        metrics=text("metrics"),
        use_cases=text("use_cases"),
        constraints=text("constraints"),
        layout=text("layout"),
        users=text("users"),
        documentation=text("documentation"),
    )


def _numbered(office: Office, option: str, given: list[str]) -> list[tuple[int, str]]:
    """`7=2026-12-01` as a step and what is said of it. Raises UsageError."""
    found: list[tuple[int, str]] = []
    for each in given:
        number, equals, value = each.partition("=")
        if not equals or not number.strip().isascii() or not number.strip().isdigit():
            raise wrong(office, f"{option}: {each[:40]!r} names no step; write N=VALUE, as in 7=2026-12-01")
        found.append((_number(office, int(number.strip()[:12]), option), value.strip()))
    return found


def _milestones(office: Office) -> tuple[Milestone, ...]:
    """All the pilot is to have; one empty text takes them all out."""
    found: list[Milestone] = []
    for each in office.options.milestone:
        if not each.strip():
            continue
        on, equals, what = each.partition("=")
        if not equals or not what.strip():
            raise wrong(office, f"--milestone: {each[:40]!r} says not when and what; write DATE=TEXT")
        found.append(Milestone(on=day(office, on, "--milestone"), what=what.strip()))
    return tuple(found)
