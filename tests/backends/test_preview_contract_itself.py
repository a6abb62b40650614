"""The rules about pilots and the registry can fail, each of them: a tiny store keeps them all, until broken."""

from __future__ import annotations

import inspect
import itertools
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from ppstui.errors import Conflict, Gone, Refused, Unreachable, Unsupported
from ppstui.model import (
    REGISTRY_KINDS,
    Assign,
    Command,
    Comment,
    Commit,
    Commitment,
    Kind,
    NewPilot,
    Pilot,
    PilotEdit,
    Receipt,
    Record,
    Ref,
    Remind,
    Reply,
    Team,
    Wish,
    WishFor,
    about_pilots,
    about_registry,
)
from ppstui.port import Batch, Health, Offer
from ppstui.rules.pilots.commands import pilot_preview
from ppstui.rules.pilots.conflicts import pilot_differences
from ppstui.rules.registry import Registry, overlapping, registry_preview
from ppstui.testing import preview_samples as samples
from ppstui.testing.preview_rules import PreviewRules
from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from ppstui.port import Backend, Since

SPOKEN = (Comment, Reply, Remind)


class TinyShelf:
    """Pilots and a registry in memory, and the line to it; `flaws` names what is wrong with both on purpose."""

    def __init__(self, flaws: frozenset[str] = frozenset()) -> None:
        self.flaws = flaws
        self.secrets: tuple[str, ...] = ()
        self.records: dict[Ref, Record] = {}
        self.changed: dict[Ref, int] = {}
        self.gone: dict[Ref, int] = {}
        self.keys: dict[str, Receipt] = {}
        self.changes = 0
        self.lose = self.refuse = self.down = False
        self.left = 0

    def open(self) -> Backend:
        return TinyDesk(self)

    def seed(self, records: Sequence[Record]) -> tuple[Ref, ...]:
        return tuple(self.put(each) for each in records)

    def put(self, record: Record, *, quietly: bool = False) -> Ref:
        self.changes += 1
        self.records[record.ref] = structs.replace(record, rev=str(self.changes))
        if not quietly:
            self.changed[record.ref] = self.changes
        return record.ref

    def drop(self, ref: Ref) -> None:
        self.changes += 1
        self.gone[ref] = self.changes
        del self.records[ref]

    remove = drop

    def lose_next_answer(self) -> None:
        self.lose = True

    def cut_after(self, writes: int) -> None:
        self.left, self.down = writes, not writes

    def refuse_next(self) -> None:
        self.refuse = True

    def be_up(self) -> None:
        self.left, self.down = 0, False


class TinyDesk:
    def __init__(self, shelf: TinyShelf) -> None:
        self._shelf = shelf
        never = {PilotEdit} if "answers what it never offered" in shelf.flaws else set()
        writes = {*samples.PILOT_COMMANDS, *samples.REGISTRY_COMMANDS, *SPOKEN, Assign} - never
        self.offer = Offer(reads=REGISTRY_KINDS | {Kind.PILOT}, writes=frozenset(writes), incremental=True)

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        shelf, after = self._shelf, int(since.cursor) if since else 0
        found = [self._read(each) for each in shelf.records.values() if each.kind is kind]
        gone = [ref for ref, when in shelf.gone.items() if when > after and "forgets the dead" not in shelf.flaws]
        yield Batch(
            records=tuple(each for each in found if shelf.changed.get(each.ref, 0) > after),
            gone=tuple(gone),
            complete=since is None,
            cursor=str(shelf.changes),
        )

    async def look(self, ref: Ref) -> Record:
        if ref not in self._shelf.records:
            raise Gone(f"{ref}: gone", source="there")
        return self._read(self._shelf.records[ref])

    async def apply(self, command: Command, key: str, seen: Record | None = None) -> Receipt:
        shelf = self._shelf
        if shelf.down:
            raise Unreachable("there: nobody answers", source="there")
        if type(command) not in self.offer.writes and "answers what it never offered" not in shelf.flaws:
            raise Unsupported("there: not offered", source="there")
        if key in shelf.keys and "forgets keys" not in shelf.flaws:
            return shelf.keys[key]
        receipt = self._register(command, key) if about_registry(command) else self._change(command, key, seen)
        shelf.keys[key] = receipt
        shelf.left, cut = max(shelf.left - 1, 0), shelf.left == 1
        if cut or shelf.lose:
            shelf.down, shelf.lose = cut, False
            raise Unreachable("there: nobody answers", source="there")
        return receipt

    async def check(self) -> Health:
        return Health(text="tiny")

    async def aclose(self) -> None:
        pass

    def _read(self, record: Record) -> Record:
        if isinstance(record, Pilot) and "forgets effort" in self._shelf.flaws:
            return structs.replace(record, steps=tuple(structs.replace(each, spent=()) for each in record.steps))
        if isinstance(record, Commitment) and "forgets days" in self._shelf.flaws:
            return structs.replace(record, since=None)
        return record

    def _change(self, command: Command, key: str, seen: Record | None) -> Receipt:
        flaws, records = self._shelf.flaws, self._shelf.records
        if isinstance(command, NewPilot):
            old: Record | None = Pilot(ref=Ref("there", f"pilot-{len(records) + 100}"))
        else:
            old = records.get(command.target)
        if old is None and "makes what is gone" in flaws:
            old = Pilot(ref=command.target)
        if not isinstance(old, Pilot):
            raise Gone("there: gone", source="there")
        if not about_pilots(command):
            if "takes any command" in flaws:
                self._shelf.put(old)
                return Receipt(text="done")
            raise Refused("there: not for pilots", source="there")
        self._check(command, old, key, seen)
        after = pilot_preview(command, old, samples.POLICY, NOON, "me", key if "forgets keys" not in flaws else "")
        if "forgets keys" in flaws and isinstance(command, SPOKEN):
            after = structs.replace(after, messages=(*old.messages, structs.replace(after.messages[-1], marks=(key,))))
        if "speaks ASCII" in flaws:
            text = unicodedata.normalize("NFKD", after.description).encode("ascii", "ignore").decode()
            after = structs.replace(after, description=text)
        if "makes no steps" in flaws and isinstance(command, NewPilot):
            after = structs.replace(after, steps=())
        if "writes nothing" not in flaws:
            self._shelf.put(after, quietly="misses changes" in flaws)
        made = after.ref.id if isinstance(command, NewPilot) else ""
        return Receipt(text="done", id=made, record=records.get(after.ref))

    def _check(self, command: Any, old: Pilot, key: str, seen: Record | None) -> None:
        if not isinstance(seen, Pilot) or "writes over colleagues" in self._shelf.flaws:
            return
        moved = "compares the whole rev" in self._shelf.flaws and seen.rev != old.rev
        if moved or pilot_differences(command, seen, old, key):
            raise Conflict("there: it was changed", source="there", current=old)

    def _register(self, command: Any, key: str) -> Receipt:
        shelf = self._shelf
        held = [each for each in shelf.records.values() if each.kind in REGISTRY_KINDS]
        before = Registry(
            partners=tuple(each for each in held if isinstance(each, Team)),
            commitments=tuple(each for each in held if isinstance(each, Commitment)),
            wishes=tuple(each for each in held if isinstance(each, Wish)),
        )
        if isinstance(command, Commit) and self._entered(command, before):
            return Receipt(text="done")
        after = registry_preview(command, before, f"{key}{shelf.changes}")
        entries: list[Record] = [*after.partners, *after.commitments, *after.wishes]
        new = {each.ref: each for each in entries}
        if "keeps every wish" in shelf.flaws and isinstance(command, WishFor):
            new |= {each.ref: each for each in held}
        if shelf.refuse and "takes half a file" not in shelf.flaws:
            raise Refused("there: no", source="there")
        for each in held if "writes nothing" not in shelf.flaws else ():
            if each.ref not in new:
                shelf.drop(each.ref)
        if shelf.refuse:
            raise Refused("there: no", source="there")
        for ref, entry in new.items() if "writes nothing" not in shelf.flaws else ():
            if shelf.records.get(ref) != entry:
                shelf.put(entry)
        return Receipt(text="done")

    def _entered(self, command: Commit, before: Registry) -> bool:
        if {"enters twice", "forgets keys"} & self._shelf.flaws:
            return False
        others = overlapping(command, before.commitments)
        if others and (others[0].component, others[0].stack) != (command.component, command.stack):
            raise Refused("there: it overlaps", source="there")
        return bool(others)


class TestTinyPreviews(PreviewRules):
    offer = TinyDesk(TinyShelf()).offer

    @pytest.fixture
    def world(self) -> TinyShelf:
        return TinyShelf()


RULES = {name: rule for name, rule in inspect.getmembers(PreviewRules) if name.startswith("test_")}

NOTICED_BY: dict[str, tuple[str, ...]] = {
    "forgets effort": ("test_a_pilot_is_read_whole",),
    "forgets days": ("test_what_the_registry_holds_is_read_whole",),
    "misses changes": ("test_what_changed_on_a_pilot_since_is_read_again",),
    "forgets the dead": ("test_what_was_withdrawn_since_is_dropped", "test_a_pilot_that_was_removed_is_dropped"),
    "answers what it never offered": ("test_a_preview_command_that_is_not_offered_is_refused",),
    "makes no steps": ("test_a_pilot_is_made_as_it_is_previewed",),
    "writes nothing": (
        "test_what_a_preview_shows_of_a_pilot_is_what_is_there",
        "test_what_a_preview_shows_of_the_registry_is_what_is_there",
    ),
    "keeps every wish": ("test_a_wish_is_changed_and_taken_out",),
    "forgets keys": (
        "test_what_is_said_on_a_pilot_is_said_once",
        "test_wherever_the_link_is_cut_a_pilot_is_changed_once",
        "test_wherever_the_link_is_cut_the_registry_is_changed_once",
        "test_a_pilot_is_made_as_it_is_previewed",
    ),
    "speaks ASCII": ("test_nasty_text_survives_on_a_home_page",),
    "takes half a file": ("test_a_file_is_taken_over_whole_or_not_at_all",),
    "writes over colleagues": ("test_what_a_colleague_did_to_a_pilot_meanwhile_is_a_conflict",),
    "compares the whole rev": (
        "test_a_colleague_elsewhere_on_a_pilot_is_in_nobodys_way",
        "test_a_colleague_who_did_the_same_to_a_pilot_is_no_conflict",
    ),
    "enters twice": ("test_a_commitment_is_entered_once_and_none_overlaps_it",),
    "makes what is gone": ("test_a_command_on_a_pilot_that_is_gone",),
    "takes any command": ("test_what_is_asked_of_the_wrong_kind_is_refused",),
}
"""Flaws of the tiny store, and the rules that must notice them."""


def _cases(rule: Any) -> Iterator[dict[str, Any]]:
    """The parameters of a rule, every combination."""
    axes: list[list[dict[str, Any]]] = [[{"kind": kind} for kind in rule.kinds]] if hasattr(rule, "kinds") else []
    axes += [
        [{mark.args[0]: each} for each in mark.args[1]]
        for mark in getattr(rule, "pytestmark", [])
        if mark.name == "parametrize"
    ]
    for chosen in itertools.product(*axes):
        yield {name: value for part in chosen for name, value in part.items()}


async def _noticed(rule: Any, flaw: str) -> bool:
    """Whether the rule fails for any of its cases."""
    for case in _cases(rule):
        world = TinyShelf(frozenset({flaw}))
        given = {**case, "world": world, "backend": world.open()}
        try:
            await rule(
                TestTinyPreviews(),
                **{name: given[name] for name in inspect.signature(rule).parameters if name != "self"},
            )
        except pytest.skip.Exception:
            continue
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - whatever a broken store does to a rule
            return True
    return False


@pytest.mark.parametrize(
    ("flaw", "rule"), [(flaw, rule) for flaw, rules in NOTICED_BY.items() for rule in rules], ids=str
)
async def test_a_broken_store_is_noticed(flaw: str, rule: str) -> None:
    assert await _noticed(RULES[rule], flaw)


def test_every_rule_about_previews_can_fail() -> None:
    assert set(RULES) == {rule for rules in NOTICED_BY.values() for rule in rules}
