"""The words in which the rules answer about pilots: states, phases, attention, and the whole standing of one."""

from __future__ import annotations

import datetime as dt
from enum import Enum

from msgspec import Struct

from ppstui.model import Level, Ref, Role, Step, StepState
from ppstui.rules.standings import Severity


class PilotState(Enum):
    """Where a pilot stands (DOMAIN §5.1): the last step that is settled gives the name."""

    REQUESTED = "requested"
    PRESCREEN = "prescreen"
    INSTRUCTED = "instructed"
    """The sites of a minor pilot have their instructions."""
    KICKOFF_PLANNED = "kickoff-planned"
    KICKED_OFF = "kicked-off"
    SETUP = "setup"
    RUNNING = "running"
    PROLONGED = "prolonged"
    """It runs beyond the end it first had."""
    REPORTING = "reporting"
    """The run is over, the post-mortem is not there."""
    WRAPUP = "wrapup"
    CLOSED = "closed"
    ROLLED_BACK = "rolled-back"
    CANCELLED = "cancelled"

    @property
    def live(self) -> bool:
        """Whether somebody may still have to do something."""
        return self not in (PilotState.CLOSED, PilotState.ROLLED_BACK, PilotState.CANCELLED)


class PilotPhase(Enum):
    """The parts of a timeline."""

    PREPARATION = "preparation"
    SETUP = "set-up"
    RUN = "run"
    REPORT = "report"
    OVER = "over"


class PilotCode(Enum):
    """What an attention entry of a pilot is about."""

    SITES_MISSING = "sites-missing"
    LEVEL_MISSING = "level-missing"
    DATES_WRONG = "dates-wrong"
    START_MISSING = "start-missing"
    STEP_DUE = "step-due"
    STEP_OVERDUE = "step-overdue"
    STEP_FAILED = "step-failed"
    STEP_SKIPPED = "step-skipped"
    RUN_ENDING = "run-ending"
    RUN_OVER = "run-over"
    FEEDBACK_DUE = "feedback-due"
    REPORT_DUE = "report-due"
    REPORT_OVERDUE = "report-overdue"
    WRAP_UP_DUE = "wrap-up-due"
    OBJECTIVES_MISSING = "objectives-missing"
    DOCUMENTATION_MISSING = "documentation-missing"
    READY_TO_CLOSE = "ready-to-close"
    CONFLICT = "conflict"


class PilotAttention(Struct, frozen=True, kw_only=True):
    """One thing on a pilot that somebody has to see to."""

    code: PilotCode
    severity: Severity
    text: str
    """A sentence without times relative to now; the views add "2 d left"."""
    mover: Role
    since: dt.datetime | None = None
    due: dt.datetime | None = None
    """The first instant at which it is late: a day that is due is in time until it is over."""
    step: int = 0
    """The step it is about; 0 when it is about none."""
    site: str = ""


class StepStanding(Struct, frozen=True, kw_only=True):
    """One step of a pilot, with what the workflow says about it."""

    number: int
    what: str
    state: StepState
    roles: tuple[Role, ...] = ()
    lead: Role = Role.COORDINATOR
    """Who is asked first."""
    owner: str = ""
    """By name: as the record says, else who holds the lead's role; "" when nobody is known."""
    optional: bool = False
    planned: dt.date | None = None
    due: dt.date | None = None
    """The last day on which it is in time, as things stand: a run that began late ends late."""
    done: dt.date | None = None
    assumed: bool = False
    """Nobody signed it: its time is over, and so it counts."""
    by: str = ""
    note: str = ""
    current: bool = False
    """It is this step's turn."""
    step: Step | None = None
    """The step as its source has it; None when the source lacks it."""

    @property
    def settled(self) -> bool:
        """Whether the next step may begin."""
        return self.state.settled or self.assumed

    @property
    def owner_named(self) -> bool:
        """Whether the record itself gives the step to somebody."""
        return bool(self.step and self.step.owner)


class Stretch(Struct, frozen=True, kw_only=True):
    """One phase of a pilot in days, inclusive: as it was planned, and as it was or will be."""

    phase: PilotPhase
    planned_from: dt.date | None = None
    planned_to: dt.date | None = None
    begins: dt.date | None = None
    ends: dt.date | None = None
    prolonged_from: dt.date | None = None
    """The first day beyond the end it first had; None when it was not prolonged."""
    certain: bool = False
    """Its first day is a fact, not a plan."""


class PilotStanding(Struct, frozen=True, kw_only=True):
    """Everything the rules can say about one pilot at one instant. Days are inclusive, in the desk's zone."""

    ref: Ref
    state: PilotState
    phase: PilotPhase
    level: Level
    """The level that its sites need."""
    start: dt.date | None = None
    """The first day of set-up: the kick-off or the instruction, once it happened; else as planned."""
    started: bool = False
    """`start` is a fact."""
    setup_due: dt.date | None = None
    """The day by which the installation is to be complete."""
    run_start: dt.date | None = None
    """The day of the completed installation (DOMAIN §3); None while it is not complete."""
    first_end: dt.date | None = None
    """The last day the run had before it was prolonged: `run_start + 7n - 1`."""
    end: dt.date | None = None
    """The last day of the run, prolongations included; as planned while it has not begun."""
    feedback_due: dt.date | None = None
    """The last day for the feedback of the VOs; major pilots only, once installed."""
    report_due: dt.date | None = None
    """The day after which a missing post-mortem is late."""
    weeks: int = 0
    prolonged: bool = False
    prolonged_reason: str = ""
    steps: tuple[StepStanding, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    """Set-up, run and report, those of which any day is known."""
    volunteers: tuple[str, ...] = ()
    """Sites without a commitment at the level it needs; () also when no registry was asked."""
    attention: tuple[PilotAttention, ...] = ()
    """Most pressing first: by severity, then by due time."""
    mover: Role = Role.NOBODY
    """Whose move it is: of the first entry that holds it up, or of the step whose turn it is."""
    reminded: dt.datetime | None = None
    """When a desk last reminded the owner of the step whose turn it is."""
    changes_at: dt.datetime | None = None
    """Until this instant the standing holds while the facts stay the same; None: for ever."""

    def step(self, number: int) -> StepStanding | None:
        """The step of that number; None when this workflow has none such."""
        return next((step for step in self.steps if step.number == number), None)

    @property
    def current(self) -> StepStanding | None:
        """The step whose turn it is; None when all are settled or the pilot is over."""
        return next((step for step in self.steps if step.current), None)

    @property
    def due(self) -> dt.datetime | None:
        """The next deadline anybody has on this pilot, or the oldest one missed."""
        return min((entry.due for entry in self.attention if entry.due), default=None)


PILOT_EXPLAINED: dict[PilotCode, str] = {
    PilotCode.SITES_MISSING: "No site has been chosen; nobody may have offered one at the level the pilot needs.",
    PilotCode.LEVEL_MISSING: "A site hosts the pilot without a commitment at the level it needs: a volunteer.",
    PilotCode.DATES_WRONG: "Days of the pilot contradict each other, as an end before its start.",
    PilotCode.START_MISSING: "Nobody has said when set-up is to begin, so nothing can be planned.",
    PilotCode.STEP_DUE: "The step whose turn it is falls due; its last working day has begun.",
    PilotCode.STEP_OVERDUE: "The step whose turn it is was not signed off by the day it was due.",
    PilotCode.STEP_FAILED: "A step was signed as failed: repeat it, roll back, or give the pilot up.",
    PilotCode.STEP_SKIPPED: "A step that the workflow asks for was passed over.",
    PilotCode.RUN_ENDING: "The last working day of the run has begun: prolong it, or let it end.",
    PilotCode.RUN_OVER: "The run is past its last day and nobody signed it off or prolonged it.",
    PilotCode.FEEDBACK_DUE: "The VOs of a major pilot have until that day to say what they found.",
    PilotCode.REPORT_DUE: "The run is over and the post-mortem report is expected.",
    PilotCode.REPORT_OVERDUE: "The post-mortem report is not there a week after the end of the run.",
    PilotCode.WRAP_UP_DUE: "The report is in: hold the wrap-up, or take a minor pilot to the EMT's agenda.",
    PilotCode.OBJECTIVES_MISSING: "The home page names no objectives or no way to measure success.",
    PilotCode.DOCUMENTATION_MISSING: "The home page does not say where the technical documentation is.",
    PilotCode.READY_TO_CLOSE: "Every step is settled: close the pilot, or prolong it.",
    PilotCode.CONFLICT: "An action of yours met a newer change on the server and waits for your decision.",
}
"""What each attention code of a pilot means, in a sentence, for help and documentation."""
