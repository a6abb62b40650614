"""The words in which the rules answer: stages, states, attention, and the whole standing of a rollout.

`ppstui.rules.rollouts` gives these names on, and is where everybody outside the rules takes them from.
"""

from __future__ import annotations

import datetime as dt
from enum import Enum

from msgspec import Struct

from ppstui.model import Answer, Ref
from ppstui.rules.titles import TitleStanding


class Stage(Enum):
    """Where a rollout stands (DOMAIN §2, derived), in the words of SURFACE §3."""

    NEW_UNASSIGNED = "new-unassigned"
    AWAITING_ACK = "awaiting-ack"
    NO_EA = "no-ea"
    TESTING = "testing"
    EXPOSURE = "exposure"
    REPORTS_DUE = "reports-due"
    READY_TO_CLOSE = "ready-to-close"
    CLOSED_ACCEPT = "closed-accept"
    CLOSED_REJECT = "closed-reject"
    CLOSED = "closed"
    """Closed by the tracker without an outcome: resolved bare, rejected as faulty, or deleted. Ours: S1 names none."""
    STALLED = "stalled"


class TeamState(Enum):
    """Where one team stands (DOMAIN §2, derived)."""

    NOTIFIED = "notified"
    ACK_OVERDUE = "ack-overdue"
    ACCEPTED = "accepted"
    """Accepted; nothing is known yet of a service in production."""
    REJECTED = "rejected"
    """Declined."""
    TESTING = "testing"
    """Accepted, and the exposure is announced for a later day."""
    EXPOSING = "exposing"
    REPORT_MISSING = "report-missing"
    REPORTED = "reported"
    WITHDRAWN = "withdrawn"


class Severity(Enum):
    """How much an attention entry presses; most pressing first in `rank`."""

    BLOCKED = "blocked"
    LATE = "late"
    SOON = "soon"
    INFO = "info"


class Code(Enum):
    """What an attention entry is about (SURFACE §3)."""

    UNASSIGNED = "unassigned"
    ACK_DUE = "ack-due"
    ACK_OVERDUE = "ack-overdue"
    NO_EA = "no-ea"
    UNASSIGNED_VOLUNTEER = "unassigned-volunteer"
    EXPOSURE_SHORT = "exposure-short"
    EXPOSURE_ENDING = "exposure-ending"
    EXPOSURE_OVER = "exposure-over"
    REPORT_MISSING = "report-missing"
    REPORT_MISNAMED = "report-misnamed"
    OUTCOME_MISSING = "outcome-missing"
    DOCUMENT_MISSING = "document-missing"
    LINKS_MISSING = "links-missing"
    INCIDENT_OPEN = "incident-open"
    BETA_LEFT = "beta-left"
    READY_TO_CLOSE = "ready-to-close"
    CONFLICT = "conflict"
    TITLE_UNPARSED = "title-unparsed"
    PARENT_OUT_OF_STEP = "parent-out-of-step"
    STALLED = "stalled"


class Mover(Enum):
    """Whose move it is."""

    COORDINATOR = "coordinator"
    EARLY_ADOPTER = "early-adopter"
    DEVELOPER = "developer"
    NOBODY = "nobody"


class Attention(Struct, frozen=True, kw_only=True):
    """One thing on a rollout that somebody has to see to."""

    code: Code
    severity: Severity
    text: str
    """A sentence without times relative to now; the views add "2 h left"."""
    mover: Mover
    since: dt.datetime | None = None
    due: dt.datetime | None = None
    team: str = ""


class ReportStanding(Struct, frozen=True, kw_only=True):
    """A file that is, or wants to be, a team's report (DOMAIN §4.3)."""

    name: str
    valid: bool
    problem: str = ""
    """What is wrong with the name and what it should be; "" when nothing is."""
    url: str = ""
    at: dt.datetime | None = None


class TeamStanding(Struct, frozen=True, kw_only=True):
    """One team's part of a rollout."""

    team: str
    """`ea-<NGI>-<Site-name>`, or the raw name when it does not parse."""
    ngi: str = ""
    site: str = ""
    problem: str = ""
    """What is wrong with the team's name; "" when nothing is."""
    state: TeamState
    notified: dt.datetime | None = None
    due: dt.datetime | None = None
    """When the answer is due; at that very instant it is still in time (DOMAIN §3)."""
    answer: Answer | None = None
    answered: dt.datetime | None = None
    late: bool = False
    """Answered after the due time, or not answered and past it."""
    evidence: str = ""
    """The answering line as it stands in the message, and who wrote it when."""
    evidence_id: str = ""
    """The id of the message the evidence stands in."""
    earlier: tuple[str, ...] = ()
    """Answers of this team that the last one replaced, as `evidence` tells them, oldest first (DOMAIN §4.2)."""
    on_behalf: bool = False
    """The answer was entered by a coordinator on the team's behalf."""
    assigned: bool = True
    """False: a volunteer nobody chose; the manager confirms (DOMAIN §4.2)."""
    report: ReportStanding | None = None
    waived: str = ""
    """Why no report of it is needed, as a coordinator said; "" while one is, and when one is there."""
    exposure_start: dt.date | None = None
    """The first day under production load: as somebody said, else the day of the acceptance (DOMAIN §3 [A])."""
    exposure_assumed: bool = True
    """Nobody said when this team's production began."""
    exposure_end: dt.date | None = None
    """The last day of it, inclusive; over when the next day begins in the desk's zone."""
    exposure_extended: bool = False
    """Somebody set a new end explicitly (DOMAIN §3)."""
    exposure_reason: str = ""
    """Why it was extended."""
    reminded: dt.datetime | None = None
    """When a desk last reminded this team."""


class ExposureStanding(Struct, frozen=True, kw_only=True):
    """The exposure of a rollout as a whole (DOMAIN §3); days are inclusive, in the desk's zone.

    Ends are inclusive as DOMAIN §3 counts pilots (`end = start + 7n - 1`): an exposure of n days that starts on day d
    has d as its first day, d + n - 1 as its last, and is over when day d + n begins. Started on Monday 16 November,
    with 5 to 7 days, it is long enough when Friday the 20th ends, and over when Sunday the 22nd ends.
    """

    start: dt.date
    """The earliest start among the accepted teams."""
    assumed: bool
    """Nobody said when production began: counted from the first acceptance (DOMAIN §3 [A])."""
    earliest_end: dt.date
    """The last day of the minimum counted from `start`: before this day is over no team has had enough."""
    end: dt.date
    """The latest last day among the accepted teams, extensions included."""
    extended: bool = False
    reason: str = ""
    """Why it was extended, as the extension that reaches furthest says."""


class LinksStanding(Struct, frozen=True, kw_only=True):
    """The checklist of DOMAIN §2 T0.3: "" where a link is missing."""

    release_notes: str = ""
    bugs: str = ""
    documentation: str = ""


class Standing(Struct, frozen=True, kw_only=True):
    """Everything the rules can say about one rollout at one instant."""

    ref: Ref
    title: TitleStanding
    stage: Stage
    teams: tuple[TeamStanding, ...] = ()
    """Assigned teams in the order of assignment, then volunteers, then withdrawn ones."""
    unclaimed: tuple[ReportStanding, ...] = ()
    """Files that want to be reports, of which nobody can say whose."""
    exposure: ExposureStanding | None = None
    links: LinksStanding = LinksStanding()
    incidents: tuple[str, ...] = ()
    """Addresses of incident tickets (DOMAIN §2 T4)."""
    polled: dt.datetime | None = None
    """When a desk last asked the early-adopters list of the stack (DOMAIN §2 T2b)."""
    attention: tuple[Attention, ...] = ()
    """Most pressing first: by severity, then by due time."""
    mover: Mover = Mover.NOBODY
    """Whose move it is: the mover of the first attention entry, or of the stage."""
    changes_at: dt.datetime | None = None
    """Until this instant the standing holds while the facts stay the same; None: for ever."""

    @property
    def due(self) -> dt.datetime | None:
        """The next deadline anybody has on this rollout, or the oldest one missed."""
        return min((entry.due for entry in self.attention if entry.due), default=None)


EXPLAINED: dict[Code, str] = {
    Code.UNASSIGNED: "No early-adopter team has been chosen yet; late one working day after the rollout was made.",
    Code.ACK_DUE: "A team was told and still has time to accept or reject.",
    Code.ACK_OVERDUE: "A team let its working day pass without an answer: remind it, or choose another.",
    Code.NO_EA: "Every team that was asked declined: poll the early-adopters list.",
    Code.UNASSIGNED_VOLUNTEER: "A team that nobody chose accepted: choose it, or decline its offer.",
    Code.EXPOSURE_SHORT: "A report came before the minimum days of exposure were over.",
    Code.EXPOSURE_ENDING: "The last working day of a team's exposure has begun; the report comes next.",
    Code.EXPOSURE_OVER: "A team's exposure is past its end, was not extended, and there is no report.",
    Code.REPORT_MISSING: "A team's exposure is over and its report is not there.",
    Code.REPORT_MISNAMED: "A file that looks like a team's report has a name that does not say so.",
    Code.OUTCOME_MISSING: "The reports are in and the outcome field does not say ACCEPT or REJECT.",
    Code.DOCUMENT_MISSING: "The reports are in and no document of the document server is named.",
    Code.LINKS_MISSING: "Release notes, fixed bugs or documentation are not linked.",
    Code.INCIDENT_OPEN: "An incident ticket is linked; whoever develops the software has to answer there.",
    Code.BETA_LEFT: "A service endpoint still carries the beta flag after the rollout ended.",
    Code.READY_TO_CLOSE: "Every team that accepted has reported: set outcome and document, then resolve.",
    Code.CONFLICT: "An action of yours met a newer change on the server and waits for your decision.",
    Code.TITLE_UNPARSED: "The title does not follow the naming grammar, so names made from it cannot be checked.",
    Code.PARENT_OUT_OF_STEP: "The release ticket above does not say what this rollout says.",
    Code.STALLED: "The rollout was put on hold in its tracker; no clock presses until it is opened again.",
}
"""What each attention code means, in a sentence, for help and documentation."""
