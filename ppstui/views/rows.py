"""The dashboard's panes as rows: which columns there are, what stands in them and in which tone; pure.

Text is cleaned and short; what is cut is the table's affair. Nothing is said by tone alone: every state has a sign and
a word, every deadline its "2 h left".
"""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from ppstui.model import Acknowledge, Assign, Expose, Extend, Ref, Remind, Report, State, command_name
from ppstui.rules.names import short
from ppstui.rules.rollouts import Code, Mover, Severity, Stage, TeamState
from ppstui.views import words
from ppstui.views.dues import due_of_mover, due_of_team
from ppstui.views.plain import clean

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ppstui.model import Entry, Rollout
    from ppstui.rules.rollouts import Attention, Standing, TeamStanding


class Tone(Enum):
    """How a piece of text is meant; themes give each its looks."""

    PLAIN = "plain"
    DIM = "dim"
    """Secondary: may be overlooked."""
    STRONG = "strong"
    HEADING = "heading"
    BLOCKED = "blocked"
    LATE = "late"
    SOON = "soon"
    DONE = "done"
    PENDING = "pending"
    """Asked for here, not yet on the server."""
    MARKED = "marked"
    LINK = "link"


class Column(Struct, frozen=True):
    """A column of a pane."""

    id: str
    """The field it sorts by, "" when it cannot."""
    title: str
    width: int
    """Cells it needs."""
    most: int = 0
    """Cells it may grow to."""
    rank: int = 0
    """Columns of the highest rank go first when the screen is narrow; 0 stays."""
    right: bool = False


class Cell(Struct, frozen=True):
    """One cell's text; without a tone of its own it takes the row's."""

    text: str
    tone: Tone | None = None


class Row(Struct, frozen=True):
    """A line of a pane."""

    cells: tuple[Cell, ...]
    tone: Tone = Tone.PLAIN


class Drawing(Protocol):
    """Rows that are drawn whole, cell beside cell, under lines of their own: a line of time."""

    @property
    def heads(self) -> int:
        """So many lines stand above the rows."""

    def head(self, y: int, width: int, key: Hashable | None) -> Row:
        """One of them; `key` is the row under the cursor."""

    def line(self, key: Hashable, width: int) -> Row:
        """One row."""

    def foot(self, width: int) -> Row:
        """What stands in the last line while no row needs it."""


ROLLOUTS = (
    Column("attention", "", 2),
    Column("due", "Due", 11, right=True),
    Column("ref", "Rollout", 11, 16),
    Column("component", "Component", 16, 46),
    Column("stack", "Stack", 9, 12, rank=7),
    Column("platform", "Platform", 10, 15, rank=9),
    Column("stage", "Stage", 13, 21, rank=5),
    Column("answered", "Answers", 7, rank=6),
    Column("needs", "Needs", 14, 22, rank=3),
    Column("whose_move", "Move", 9),
)
ACKS = (
    Column("attention", "", 2),
    Column("due", "Due", 11, right=True),
    Column("team", "Team", 20, 34),
    Column("ref", "Rollout", 11, 16),
    Column("state", "State", 13, 16, rank=1),
    Column("component", "Component", 14, 40, rank=2),
    Column("stack", "Stack", 9, 12, rank=7),
    Column("notified", "Asked", 10, 12, rank=4),
    Column("reminded", "Reminded", 10, 12, rank=5),
)
OUTBOX = (
    Column("state", "", 2),
    Column("state", "State", 9),
    Column("action", "Action", 11),
    Column("ref", "Record", 11, 16),
    Column("text", "What", 18, 50),
    Column("asked_at", "Asked", 10, 11, rank=3),
    Column("tries", "Tries", 5, rank=5, right=True),
    Column("note", "How it went", 16, 60, rank=2),
)

SEVERITY_TONES = {
    Severity.BLOCKED: Tone.BLOCKED,
    Severity.LATE: Tone.LATE,
    Severity.SOON: Tone.SOON,
    Severity.INFO: Tone.PLAIN,
}
TEAM_TONES = {
    TeamState.ACK_OVERDUE: Tone.LATE,
    TeamState.REPORT_MISSING: Tone.LATE,
    TeamState.REPORTED: Tone.DONE,
    TeamState.REJECTED: Tone.DIM,
    TeamState.WITHDRAWN: Tone.DIM,
}
STATE_TONES = {
    State.WAITING: Tone.PENDING,
    State.SENDING: Tone.PENDING,
    State.HELD: Tone.SOON,
    State.PARKED: Tone.LATE,
    State.DONE: Tone.DONE,
    State.UNDONE: Tone.DIM,
    State.DISCARDED: Tone.DIM,
}
_CLOSED = frozenset({Stage.CLOSED, Stage.CLOSED_ACCEPT, Stage.CLOSED_REJECT})
_ANSWERED = frozenset({TeamState.WITHDRAWN})


class Glance(Struct, frozen=True):
    """What rows are told with: the present instant, the desk's zone, and whether the terminal knows only ASCII."""

    now: dt.datetime
    zone: dt.tzinfo
    ascii_only: bool = False

    def text(self, text: str) -> str:
        """Foreign text in one line, safe to print."""
        return clean(text, 400, ascii_only=self.ascii_only)

    def sign(self, sign: words.Sign) -> str:
        """A state's sign for this terminal."""
        return sign.mark(ascii_only=self.ascii_only)

    def left(self, due: dt.datetime | None) -> str:
        """`2 h left`, `3 d late`, or nothing."""
        if due is None:
            return ""
        said = words.left(due, self.now)
        return said if len(said) < _LONG else words.left(due, self.now, compact=True)

    def ago(self, at: dt.datetime | None) -> str:
        """How long ago, by the hour at the finest: a list that ticks would never be quiet."""
        if at is None:
            return ""
        return words.ago(at, self.now) if (self.now - at).total_seconds() >= _HOUR else "within 1 h"


_HOUR = 3600
_LONG = 12


def subject(rollout: Rollout, standing: Standing) -> str:
    """What a rollout is about, short: component and version, or the title as it came when it cannot be read."""
    title = standing.title
    if not title.parsed:
        return rollout.title or "(no title)"
    return f"{title.component or title.stack_string} {title.version}".strip() or rollout.title


def pressing(standing: Standing) -> Attention | None:
    """The first thing on a rollout that somebody has to see to."""
    return standing.attention[0] if standing.attention else None


def needs_someone(standing: Standing) -> bool:
    """Whether it counts in the pane's tab: something is blocked, late or soon due."""
    return any(entry.severity is not Severity.INFO for entry in standing.attention)


def rollout_row(rollout: Rollout, standing: Standing, entries: tuple[Entry, ...], glance: Glance) -> Row:
    """One rollout in the rollouts pane."""
    first, title = pressing(standing), standing.title
    tone = SEVERITY_TONES[first.severity] if first else None
    stage = words.STAGES[standing.stage]
    assigned = [team for team in standing.teams if team.assigned and team.state not in _ANSWERED]
    answered = sum(team.answer is not None for team in assigned)
    due = due_of_mover(standing)
    return Row(
        (
            signs(first, entries, glance),
            Cell(glance.left(due), tone),
            Cell(glance.text(str(rollout.ref))),
            Cell(glance.text(subject(rollout, standing)), None if title.parsed else Tone.SOON),
            Cell(glance.text(title.stack_string)),
            Cell(glance.text(f"{title.os} {title.arch}".strip())),
            Cell(stage.word),
            Cell(f"{answered} of {len(assigned)}" if assigned else "-"),
            Cell(_need(first, standing, glance)),
            Cell(mover(standing.mover)),
        ),
        Tone.DIM if standing.stage in _CLOSED else Tone.PLAIN,
    )


def _need(first: Attention | None, standing: Standing, glance: Glance) -> str:
    """What it needs, in the words of a narrow column; that a list was asked says more than that nobody came."""
    if first is None:
        return ""
    if first.code is Code.NO_EA and standing.polled:
        said = glance.ago(standing.polled)
        return "just polled" if said.startswith("within") else f"polled {said}"
    return words.CODES[first.code]


def signs(first: Attention | None, entries: tuple[Entry, ...], glance: Glance) -> Cell:
    """Two cells: how much it presses, and whether something is on its way to the server."""
    severity = glance.sign(words.SEVERITIES[first.severity]) if first else " "
    moving = next((entry for entry in entries if entry.state.pending), None)
    if moving is None:
        return Cell(severity + " ", SEVERITY_TONES[first.severity] if first else None)
    return Cell(severity + glance.sign(words.ENTRIES[moving.state]), STATE_TONES[moving.state])


_MOVES = {
    Mover.COORDINATOR: "you",
    Mover.EARLY_ADOPTER: "EA team",
    Mover.DEVELOPER: "developer",
    Mover.NOBODY: "-",
}


def mover(whose: Mover) -> str:
    """Whose move it is, as a coordinator reads it."""
    return _MOVES[whose]


def team_attention(standing: Standing, team: TeamStanding) -> Attention | None:
    """What presses most about one team."""
    return next((entry for entry in standing.attention if entry.team == team.team), None)


def ack_row(
    rollout: Rollout, standing: Standing, team: TeamStanding, entries: tuple[Entry, ...], glance: Glance
) -> Row:
    """One team's part of a rollout in the acknowledgements pane."""
    first = team_attention(standing, team)
    tone = SEVERITY_TONES[first.severity] if first else TEAM_TONES.get(team.state)
    due = first.due if first and first.due else due_of_team(standing, team)
    withdrawn = team.state is TeamState.WITHDRAWN
    return Row(
        (
            signs(first, tuple(entry for entry in entries if concerns(entry, team.team)), glance),
            Cell(glance.left(due), tone),
            Cell(glance.text(short(team.team))),
            Cell(glance.text(str(rollout.ref))),
            Cell(state_word(team) if team.assigned or withdrawn else "volunteer", tone),
            Cell(glance.text(subject(rollout, standing)), None if standing.title.parsed else Tone.SOON),
            Cell(glance.text(standing.title.stack_string)),
            Cell(glance.ago(team.notified)),
            Cell(glance.ago(team.reminded) or "-"),
        )
    )


def state_word(team: TeamStanding) -> str:
    """What a person calls a team's state."""
    return "report waived" if team.waived else words.TEAMS[team.state].word


def concerns(entry: Entry, team: str) -> bool:
    """Whether an entry of the outbox is about this team."""
    match entry.command:
        case Acknowledge(team=named):
            return named == team
        case Remind(teams=teams):
            return team in teams
        case Assign(add=add, remove=remove):
            return team in (*add, *remove)
        case Expose(team=named) | Extend(team=named) | Report(team=named):
            return named in ("", team)
    return False


def outbox_row(entry: Entry, glance: Glance) -> Row:
    """One write in the outbox pane."""
    sign, tone = words.ENTRIES[entry.state], STATE_TONES[entry.state]
    note = entry.last_error if entry.state.pending else entry.receipt or entry.last_error
    return Row(
        (
            Cell(glance.sign(sign), tone),
            Cell(sign.word, tone),
            Cell(command_name(entry.command)),
            Cell(glance.text(str(entry.command.target))),
            Cell(glance.text(words.command_text(entry.command))),
            Cell(glance.ago(entry.asked_at)),
            Cell(str(entry.tries) if entry.tries else "-"),
            Cell(glance.text(note)),
        ),
        Tone.PLAIN if entry.state.pending else Tone.DIM,
    )


def team_ref(ref: Ref, team: str) -> Ref:
    """Names one team's part of a rollout."""
    return Ref(ref.source, ref.id, team)


def gone_row(cells: int, name: str) -> Row:
    """What stands for a record that left the board a moment ago."""
    return Row((Cell(""), Cell("gone"), Cell(name), *[Cell("")] * (cells - 3)), Tone.DIM)
