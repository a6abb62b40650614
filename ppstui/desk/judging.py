"""What a record is worth on the board: its place by the rules, and how it looks with what is pending laid over it.

One table says who judges which kind of record; nobody else asks what a record is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import msgspec

import ppstui
from ppstui.model import Kind, Rollout, State, Team, command_name
from ppstui.rules import commands
from ppstui.rules.rollouts import Attention, Code, Mover, Severity, standing, urgency
from ppstui.store import Place

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from ppstui.model import Commitment, Entry, Record
    from ppstui.rules.pilots import PilotStanding
    from ppstui.rules.policy import Policy
    from ppstui.rules.rollouts import Standing

_R = TypeVar("_R", bound="Record")
_S = TypeVar("_S", bound="Standing | PilotStanding | None")

UNDER_WAY = (State.WAITING, State.SENDING, State.HELD)
"""What will have its effect. Not what is parked: a server that refused has none, and showing it as done would hide what
is still to do."""


class Scene:
    """What a record is judged by, beside itself."""

    __slots__ = ("commitments", "now", "policy")

    def __init__(self, policy: Policy, now: dt.datetime, commitments: Sequence[Commitment] | None = None) -> None:
        """`commitments` are those of the registry; None when no source keeps one."""
        self.policy, self.now, self.commitments = policy, now, commitments


class Judge(ABC, Generic[_R, _S]):
    """How one kind of record is judged."""

    @abstractmethod
    def standing(self, record: _R, scene: Scene) -> _S:
        """Where it stands, as its rules say; None where there is nothing to say."""

    @abstractmethod
    def place(self, record: _R, found: _S, scene: Scene) -> Place:
        """Its place on the board, with the standing that was found."""

    @abstractmethod
    def stopped(self, found: _S, conflicts: Sequence[Entry]) -> _S:
        """The standing with what a newer change on the server stopped: nothing presses more (SURFACE §3, `conflict`).

        Also of a closed record it is then the coordinator's move: the entry waits, and holds up all that come after it.
        """

    @abstractmethod
    def preview(self, record: _R, entry: Entry, policy: Policy) -> _R:
        """The record as it will look once the entry has gone through."""


class Simple(Judge[_R, None]):
    """What has no standing of its own, and whose changes are laid over the registry as a whole."""

    def standing(self, record: _R, scene: Scene) -> None:  # noqa: ARG002  as every judge is asked
        """Nothing."""
        return

    def stopped(self, found: None, conflicts: Sequence[Entry]) -> None:  # noqa: ARG002  as every judge is asked
        """Nothing."""
        return

    def preview(self, record: _R, entry: Entry, policy: Policy) -> _R:  # noqa: ARG002  as every judge is asked
        """The record as it is."""
        return record


def judge_of(record: _R) -> Judge[_R, Standing | PilotStanding | None]:
    """Who judges that kind of record."""
    kind = record.kind
    if kind not in _JUDGES:
        import_module(_ELSEWHERE[kind]).take_part(_JUDGES)
    return cast("Judge[_R, Standing | PilotStanding | None]", _JUDGES[kind])


def place(record: Record, scene: Scene, entries: Iterable[Entry] = ()) -> Place:
    """Where the record stands; `entries` are those of the outbox that are about it."""
    return judge_of(record).place(record, standing_of(record, scene, entries), scene)


def standing_of(record: Record, scene: Scene, entries: Iterable[Entry]) -> Standing | PilotStanding | None:
    """Where the record stands, by its rules and with what was stopped; None for what only has a place."""
    judge = judge_of(record)
    found = judge.standing(record, scene)
    conflicts = sorted((each for each in entries if each.conflict and each.state is State.PARKED), key=_number)
    return judge.stopped(found, conflicts) if conflicts else found


def overlaid(record: _R, entries: Iterable[Entry], policy: Policy) -> _R:
    """The record as it will look once these entries have gone through; `entries` in any order."""
    judge = judge_of(record)
    for entry in sorted(entries, key=_number):
        if entry.state in UNDER_WAY and record.kind in entry.command.kinds:
            record = judge.preview(record, entry, policy)
    return record


def expected(record: _R, entry: Entry, policy: Policy) -> _R:
    """The record with the effect that its person expects of an entry, whatever became of it."""
    return judge_of(record).preview(record, entry, policy) if record.kind in entry.command.kinds else record


def _number(entry: Entry) -> int:
    return entry.id


def stopped_text(entry: Entry) -> str:
    """What is said on a record of an entry that was stopped."""
    return f"{command_name(entry.command)} (entry {entry.id}) met a newer change on the server"


def stamp(policy: Policy) -> str:
    """Changes when stored places must be judged anew: other deadlines, other holidays, another version."""
    import hashlib  # 1 ms, and not before the first frame

    text = msgspec.json.encode(policy, enc_hook=str, order="deterministic")
    return hashlib.sha256(ppstui.__version__.encode() + text).hexdigest()


def folded(words: Iterable[str]) -> str:
    """One text to search; each word once, on a line of its own, so that no match runs from one into the next."""
    return "\n".join(dict.fromkeys(word.casefold() for word in words if word))


# ---------------------------------------------------------------------------------------------------- rollouts, teams


class _Rollouts(Judge[Rollout, "Standing"]):
    def standing(self, record: Rollout, scene: Scene) -> Standing:
        return standing(record, scene.policy, scene.now)

    def place(self, record: Rollout, found: Standing, scene: Scene) -> Place:
        words = folded(_rollout_words(record, found))
        return Place(record.phase.live, urgency(found, scene.now), found.changes_at, words)

    def stopped(self, found: Standing, conflicts: Sequence[Entry]) -> Standing:
        told = tuple(
            Attention(code=Code.CONFLICT, severity=Severity.BLOCKED, text=stopped_text(entry), mover=Mover.COORDINATOR)
            for entry in conflicts
        )
        return msgspec.structs.replace(found, attention=(*told, *found.attention), mover=Mover.COORDINATOR)

    def preview(self, record: Rollout, entry: Entry, policy: Policy) -> Rollout:
        """An entry whose mark is on the record already has had its effect."""
        if any(entry.key in message.marks for message in record.messages):
            return record
        return commands.preview(entry.command, record, policy, entry.asked_at, entry.by, entry.key)


class _Teams(Simple[Team]):
    def place(self, record: Team, found: None, scene: Scene) -> Place:  # noqa: ARG002  as every judge is asked
        words = (str(record.ref), record.name, record.ngi, record.site, record.contact, *record.components, record.note)
        return Place(record.active, 0.0, None, folded(words))


def _rollout_words(rollout: Rollout, found: Standing) -> Iterator[str]:
    yield from (str(rollout.ref), rollout.title, rollout.status, rollout.owner, rollout.outcome, rollout.document)
    yield from (found.stage.value, found.mover.value, found.title.problem)
    if rollout.parent is not None:
        yield from (str(rollout.parent.ref), rollout.parent.title)
    for team in found.teams:
        yield from (team.team, team.state.value)
    for entry in found.attention:
        yield from (entry.code.value, entry.severity.value, entry.text)
    for name, value in rollout.fields:
        yield from (name, value)


_JUDGES: dict[Kind, object] = {Kind.ROLLOUT: _Rollouts(), Kind.TEAM: _Teams()}
"""Those that every first screen needs; the others come when a record of theirs does."""

_ELSEWHERE = {
    Kind.PILOT: "ppstui.desk.previewing",
    Kind.COMMITMENT: "ppstui.desk.previewing",
    Kind.WISH: "ppstui.desk.previewing",
    Kind.BULLETIN: "ppstui.desk.bulletins",
    Kind.MEETING: "ppstui.desk.bulletins",
}
"""Which module puts the judge of a kind into the table, when the first of that kind is there."""
