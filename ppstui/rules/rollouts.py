"""What follows from a rollout's facts: its stage, its teams' states, what needs attention and whose move it is."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import Answer, Ref
from ppstui.rules.titles import TitleStanding

if TYPE_CHECKING:
    from ppstui.model import Rollout
    from ppstui.rules.policy import Policy


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
    assigned: bool = True
    """False: a volunteer nobody chose; the manager confirms (DOMAIN §4.2)."""
    report: ReportStanding | None = None
    exposure_start: dt.date | None = None
    exposure_end: dt.date | None = None
    reminded: dt.datetime | None = None
    """When a desk last reminded this team."""


class ExposureStanding(Struct, frozen=True, kw_only=True):
    """The exposure of a rollout as a whole (DOMAIN §3); days are inclusive, in the desk's zone."""

    start: dt.date
    assumed: bool
    """Nobody said when production began: counted from the first acceptance (DOMAIN §3 [A])."""
    earliest_end: dt.date
    """After this many days it is long enough."""
    end: dt.date
    extended: bool = False
    reason: str = ""


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
    exposure: ExposureStanding | None = None
    links: LinksStanding = LinksStanding()
    incidents: tuple[str, ...] = ()
    """Addresses of incident tickets (DOMAIN §2 T4)."""
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


def standing(rollout: Rollout, policy: Policy, now: dt.datetime) -> Standing:
    """Says where a rollout stands at `now`."""
    raise NotImplementedError
