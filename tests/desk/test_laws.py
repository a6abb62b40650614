"""What holds whatever happens: no effect twice, each record's order kept, nothing lost, nothing out of sight.

And: no mail twice unless a person wants it, no file changed on its way, no colleague overwritten unseen.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ppstui.errors import Objected, Refused, Unreachable, UsageError
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Comment,
    Document,
    Expose,
    Extend,
    Incident,
    NewRollout,
    Outcome,
    Poll,
    Ref,
    Remind,
    Reply,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
    State,
)
from ppstui.store.asked import LEAVING
from tests.desk.world import World, rollout

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ppstui.desk import Desk
    from ppstui.model import Command, Entry
    from tests.desk.world import FakeMailer

RECORDS = ("1", "2", "3")
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Thousands of commits: on a disk they take ten times as long, and show no more."""

TEAM = "ea-NGI_IT-INFN-T1"
OTHER = "ea-NGI_PL-CYFRONET-LCG2"
DAY = dt.date(2026, 11, 16)
POLLING: Callable[[Ref, int], Command] = lambda ref, n: Poll(  # noqa: E731  as the others below
    target=ref, to="early-adopters-emi@mailman.egi.eu", subject=f"Who? {n}", text=f"text {n}"
)
MAKERS: tuple[Callable[[Ref, int], Command], ...] = (
    lambda ref, n: Comment(target=ref, text=f"text {n}"),
    lambda ref, n: Reply(target=ref, text=f"text {n}"),
    lambda ref, n: Assign(target=ref, add=(OTHER,)) if n % 2 else Assign(target=ref, remove=(OTHER,)),
    lambda ref, n: Acknowledge(target=ref, team=TEAM, answer=Answer.ACCEPT if n % 2 else Answer.REJECT),
    lambda ref, n: Remind(target=ref, teams=(TEAM,), text=f"{TEAM}: please answer, {n}"),
    POLLING,
    lambda ref, n: Expose(target=ref, team=TEAM, on=DAY + dt.timedelta(days=n % 5)),
    lambda ref, n: Extend(target=ref, until=DAY + dt.timedelta(days=30 + n), reason=f"because {n}"),
    lambda ref, n: Report(
        target=ref, team=TEAM, name=f"{TEAM}-EMI-1.0-dpm-1.8.0-1.odt", size=20 + n, digest=f"{n}", content=content(n)
    ),
    lambda ref, n: Report(target=ref, team=OTHER, waive=f"because {n}"),
    lambda ref, n: Incident(target=ref, url=f"https://ggus.example.org/{n}", text=f"text {n}"),
    lambda ref, n: Document(target=ref, document=str(n)),
    lambda ref, n: SetOutcome(target=ref, outcome=(Outcome.ACCEPT, Outcome.REJECT, None)[n % 3], reason=f"because {n}"),
    lambda ref, n: Resolve(target=ref, outcome=Outcome.ACCEPT, document=str(n), reason=f"because {n}"),
    lambda ref, n: SetDue(target=ref, due=DAY + dt.timedelta(days=n) if n % 3 else None),
    lambda ref, n: SetOwner(target=ref, owner=f"own {n}" if n % 3 else ""),
    lambda ref, n: SetStatus(target=ref, status=("open", "stalled", "new")[n % 3]),
    lambda ref, n: SetField(target=ref, name="Note", add=(f"value {n}",)),
    lambda ref, n: SetField(target=ref, name="Note", values=(f"only {n}",)),
    lambda ref, n: NewRollout(target=Ref(ref.source, "new"), title=f"Staged Rollout CA 1.{n}"),
)

records = st.sampled_from(RECORDS)
picks = st.integers(0, 60)


def content(number: int) -> bytes:
    """What is in the file of a report; twenty bytes and its number of them."""
    return bytes(index % 256 for index in range(20 + number))


class OutboxMachine(RuleBasedStateMachine):
    """A desk, its files, a tracker and a mail server, through everything that can go wrong between them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.world = World(Path(self.folder.name) / "state")
        self.rt = self.world.tracker("rt")
        self.rt.has(*(rollout(f"rt:{name}", teams=[TEAM]) for name in RECORDS))
        self.loop = asyncio.new_event_loop()
        self.desk: Desk
        self.told: set[int] = set()
        """The numbers of all entries that were ever told to be queued."""
        self.wanted_again: Counter[str] = Counter()
        """How often a person, asked, wanted a mail again."""
        self.sighted: dict[str, set[str]] = {name: set() for name in RECORDS}
        """What colleagues wrote that was on the board when somebody decided about that record."""
        self.count = 0

    @property
    def mailer(self) -> FakeMailer:
        assert self.world.mailer is not None
        return self.world.mailer

    def does(self, work: Coroutine[object, object, object]) -> object:
        return self.loop.run_until_complete(work)

    def sees(self, target: Ref) -> None:
        """A person looks at a record, and decides."""
        record = self.desk.board.known(target)
        if isinstance(record, Rollout) and target.id in self.sighted:
            self.sighted[target.id].add(record.owner)

    def number(self) -> int:
        self.count += 1
        return self.count

    @initialize()
    def open(self) -> None:
        self.desk = self.world.desk()
        self.does(self.desk.refresh())

    @rule(record=records, make=st.sampled_from(MAKERS), more=st.booleans(), goes=st.booleans())
    def ask(self, record: str, make: Callable[[Ref, int], Command], *, more: bool, goes: bool) -> None:
        for _ in range(1 + more):
            self.asks(record, make)
        if goes:
            self.world.clock.turn(hours=1)
            self.deliver()

    @rule(record=records, rest=st.booleans())
    def poll(self, record: str, *, rest: bool) -> None:
        self.asks(record, POLLING)
        if not rest:
            self.deliver()

    def asks(self, record: str, make: Callable[[Ref, int], Command]) -> None:
        target = Ref("rt", record)
        self.sees(target)
        with contextlib.suppress(Objected):
            entry = self.does(self.desk.submit(make(target, self.number()), reason="because"))
            assert self.desk.board.entry(getattr(entry, "id", 0)) == entry

    @rule()
    def all_is_well(self) -> None:
        self.rt.down = self.rt.unauthorised = False
        self.rt.lose_answers = self.rt.refuse = self.mailer.lose_answers = 0
        self.mailer.failure = None

    @rule()
    def deliver(self) -> None:
        self.does(self.desk.deliver())

    @rule()
    def sync(self) -> None:
        self.does(self.desk.sync())

    @rule(seconds=st.sampled_from([5, 30, 200, 4000, 300_000, -500, -300_000]))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.turn(seconds=seconds)

    @rule(count=st.integers(1, 3))
    def answers_get_lost(self, count: int) -> None:
        self.rt.lose_answers = count

    @rule(count=st.integers(1, 2))
    def commands_are_refused(self, count: int) -> None:
        self.rt.refuse = count

    @rule(how=st.sampled_from(["there", "there", "down", "strange"]))
    def the_server_is(self, how: str) -> None:
        self.rt.down, self.rt.unauthorised = how == "down", how == "strange"

    @rule(how=st.sampled_from(["well", "lost", "down", "refusing"]))
    def the_mail_server_is(self, how: str) -> None:
        self.mailer.lose_answers = 2 if how == "lost" else 0
        self.mailer.failure = {
            "down": Unreachable("mail: nobody answers", source="mail"),
            "refusing": Refused("mail: no such list", source="mail"),
        }.get(how)

    @rule(record=records, what=st.sampled_from(["owner", "outcome", "teams", "nothing"]))
    def a_colleague_changes(self, record: str, what: str) -> None:
        known = self.rt.records[Ref("rt", record)]
        assert isinstance(known, Rollout)
        changes: dict[str, dict[str, object]] = {
            "owner": {"owner": f"colleague {self.number()}"},
            "outcome": {"outcome": "REJECT" if known.outcome == "ACCEPT" else "ACCEPT"},
            "teams": {"assignments": rollout("rt:1", teams=[TEAM, OTHER]).assignments},
            "nothing": {},
        }
        self.rt.has(msgspec.structs.replace(known, **changes[what]))

    @rule(record=records, behind=st.booleans(), goes=st.booleans())
    def a_colleague_is_quicker(self, record: str, *, behind: bool, goes: bool) -> None:
        self.asks(record, lambda ref, n: SetOwner(target=ref, owner=f"own {n}"))
        self.a_colleague_changes(record, "owner")
        if behind:
            self.asks(record, lambda ref, n: SetOwner(target=ref, owner=f"own {n}"))
        if goes:
            self.deliver()

    @rule(when=st.sampled_from(["at rest", "after an effect", "while a mail leaves"]), record=records)
    def the_program_dies(self, when: str, record: str) -> None:
        if when == "while a mail leaves":
            self.all_is_well()
            self.asks(record, POLLING)
        failure, bug = self.mailer.failure, ZeroDivisionError("the program ends here")
        self.rt.breaks_after = when == "after an effect"
        self.mailer.failure = bug if when == "while a mail leaves" else failure
        if when != "at rest":
            with contextlib.suppress(ExceptionGroup):
                self.does(self.desk.deliver())
        self.rt.breaks_after, self.mailer.failure = False, failure
        self.desk._outbox.close()
        self.desk._cache.close()
        self.desk._aside.stop()
        self.desk = self.world.desk()

    @rule(make=st.sampled_from(MAKERS))
    def another_desk_asks(self, make: Callable[[Ref, int], Command]) -> None:
        other = self.world.desk()
        self.sees(Ref("rt", "1"))

        async def submit() -> None:
            with contextlib.suppress(Objected):
                await other.submit(make(Ref("rt", "1"), self.number()), reason="because")
            await other.deliver()
            await other.aclose()
            await self.desk.catch_up()

        self.does(submit())

    @rule(pick=picks, what=st.sampled_from(["undo", "retry", "discard", "keep_comment"]))
    def a_person_decides(self, pick: int, what: str) -> None:
        entries = self.desk.board.entries()
        if entries:
            self.decides(entries[pick % len(entries)], what)

    def decides(self, entry: Entry, what: str) -> None:
        self.sees(entry.command.target)
        with contextlib.suppress(Objected, UsageError):
            self.does(getattr(self.desk, what)(entry.id))
            self.wanted_again[entry.key] += what == "retry" and entry.mail == LEAVING

    # ---------------------------------------------------------------------------------------------------- the laws

    @invariant()
    def no_effect_twice(self) -> None:
        keys = self.rt.keys_of()
        assert len(keys) == len(set(keys))

    @invariant()
    def no_mail_twice_unless_a_person_wants_it(self) -> None:
        for key, times in Counter(letter.key for letter in self.mailer.sent).items():
            assert times <= 1 + self.wanted_again[key]

    @invariant()
    def each_record_keeps_its_order(self) -> None:
        if not hasattr(self, "desk"):
            return
        numbers = {entry.key: entry.id for entry in self.desk.board.entries()}
        for record in RECORDS:
            about = [numbers[key] for key, command in self.rt.effects if command.target.id == record]
            assert about == sorted(about)

    @invariant()
    def every_file_arrives_as_it_was(self) -> None:
        for command in self.rt.handed:
            if isinstance(command, Report) and not command.waive:
                assert command.content == content(int(command.digest))

    @invariant()
    def no_colleague_is_overwritten_unseen(self) -> None:
        for (_, command), found in zip(self.rt.effects, self.rt.found, strict=True):
            if isinstance(command, SetOwner) and isinstance(found, Rollout) and found.owner.startswith("colleague"):
                assert found.owner in self.sighted[command.target.id]

    @invariant()
    def nothing_is_lost_or_out_of_sight(self) -> None:
        if not hasattr(self, "desk"):
            return
        entries = {entry.id: entry for entry in self.desk.board.entries()}
        assert {entry.id: entry for entry in self.desk._outbox.entries()} == entries
        assert self.told <= set(entries)
        self.told = set(entries)
        effects = set(self.rt.keys_of())
        mailed = {letter.key for letter in self.mailer.sent}
        for entry in entries.values():
            if entry.state is State.DONE:
                assert entry.key in effects
                assert not isinstance(entry.command, Poll) or (entry.key in mailed and entry.mail == "250 queued")
            if entry.state in (State.UNDONE, State.DISCARDED) and not entry.tries:
                assert entry.key not in effects | mailed
            if isinstance(entry.command, Report):
                assert entry.command.content == b""
                kept = entry.state.pending and not entry.command.waive
                assert self.desk._outbox.content(entry.id) == (content(int(entry.command.digest)) if kept else b"")

    def teardown(self) -> None:
        """When all is well again, everything that is still wanted gets there."""
        if hasattr(self, "desk"):
            self.all_is_well()
            for _ in range(2 * len(self.desk.board.entries()) + 2):
                self.world.clock.turn(hours=1)
                for entry in self.desk.board.entries():
                    if entry.state is State.PARKED:
                        self.decides(entry, "retry")
                self.does(self.desk.sync())
                if not any(entry.state.pending for entry in self.desk.board.entries()):
                    break
            assert [entry for entry in self.desk.board.entries() if entry.state.pending] == []
            self.no_effect_twice()
            self.no_mail_twice_unless_a_person_wants_it()
            self.each_record_keeps_its_order()
            self.no_colleague_is_overwritten_unseen()
            self.nothing_is_lost_or_out_of_sight()
            self.does(self.desk.aclose())
        self.loop.close()
        self.folder.cleanup()


OutboxMachine.TestCase.settings = settings(
    max_examples=50, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestOutbox = OutboxMachine.TestCase
