"""The rules about the bulletin can fail, each of them: a tiny store keeps them all, until broken."""

from __future__ import annotations

import inspect
import itertools
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec import structs

from ppstui.errors import Conflict, Gone, Refused, Unreachable, Unsupported
from ppstui.model import Bulletin, KeepPublication, Kind, Mention, Note, Receipt, SaveBulletin
from ppstui.port import Batch, Health, Offer
from ppstui.testing import bulletin_samples as samples
from ppstui.testing.bulletin_rules import BulletinRules
from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from ppstui.model import Command, Record, Ref
    from ppstui.port import Backend, Since


class TinyRack:
    """Issues in memory, and the line to them; `flaws` names what is wrong with both on purpose."""

    def __init__(self, flaws: frozenset[str] = frozenset()) -> None:
        self.flaws = flaws
        self.secrets: tuple[str, ...] = ()
        self.issues: dict[Ref, Bulletin] = {}
        self.drafted: dict[Ref, int] = {}
        self.changed: dict[Ref, int] = {}
        self.gone: dict[Ref, int] = {}
        self.keys: dict[str, Receipt] = {}
        self.changes = 0
        self.refuse = self.down = False
        self.left = 0

    def open(self) -> Backend:
        return TinyDesk(self)

    def seed(self, records: Sequence[Record]) -> tuple[Ref, ...]:
        return tuple(self.put(each) for each in records if isinstance(each, Bulletin))

    def put(self, issue: Bulletin) -> Ref:
        self.changes += 1
        rev = "1" if "keeps the rev" in self.flaws else str(self.changes)
        self.issues[issue.ref] = structs.replace(issue, rev=rev)
        if "misses changes" not in self.flaws or issue.ref not in self.changed:
            self.changed[issue.ref] = self.changes
        return issue.ref

    def remove(self, ref: Ref) -> None:
        self.changes += 1
        self.gone[ref] = self.changes
        del self.issues[ref]

    def cut_after(self, writes: int) -> None:
        self.left, self.down = writes, not writes

    def refuse_next(self) -> None:
        self.refuse = True

    def be_up(self) -> None:
        self.left, self.down = 0, False


class TinyDesk:
    def __init__(self, rack: TinyRack) -> None:
        self._rack = rack
        self._flaws = rack.flaws
        writes = {*samples.BULLETIN_COMMANDS} - ({Mention} if "answers what it never offered" in rack.flaws else set())
        self.offer = Offer(reads=frozenset({Kind.BULLETIN}), writes=frozenset(writes), incremental=True)

    async def fetch(self, kind: Kind, since: Since | None = None) -> AsyncIterator[Batch]:
        rack, after = self._rack, int(since.cursor) if since else 0
        assert kind is Kind.BULLETIN
        yield Batch(
            records=tuple(self._read(each) for ref, each in rack.issues.items() if rack.changed[ref] > after),
            gone=() if "forgets the dead" in self._flaws else tuple(rack.gone),
            complete=since is None,
            cursor=str(rack.changes),
        )

    async def look(self, ref: Ref) -> Record:
        if ref not in self._rack.issues:
            raise Gone(f"{ref}: gone", source="there")
        return self._read(self._rack.issues[ref])

    def _read(self, issue: Bulletin) -> Bulletin:
        return structs.replace(issue, gathered=None) if "forgets what was found" in self._flaws else issue

    async def apply(  # noqa: C901 (one flaw a branch)
        self, command: Command, key: str, seen: Record | None = None
    ) -> Receipt:
        del seen
        rack = self._rack
        if rack.down:
            raise Unreachable("there: nobody answers", source="there")
        if type(command) not in self.offer.writes and "answers what it never offered" not in self._flaws:
            raise Unsupported("there: not offered", source="there")
        if key in rack.keys and "forgets keys" not in self._flaws:
            return rack.keys[key]
        if rack.refuse and "writes what it refuses" not in self._flaws:
            rack.refuse = False
            raise Refused("there: no", source="there")
        if "chokes on halves" in self._flaws:
            msgspec.json.encode(command)
        match command:
            case Mention():
                self._mention(command, key)
            case SaveBulletin():
                self._save(_without_halves(command))
            case KeepPublication():
                self._keep(command)
        if rack.refuse:
            rack.refuse = False
            raise Refused("there: no", source="there")
        rack.keys[key] = Receipt(text="done", record=rack.issues.get(command.target))
        rack.left, cut = max(rack.left - 1, 0), rack.left == 1
        if cut:
            rack.down = True
            raise Unreachable("there: nobody answers", source="there")
        return rack.keys[key]

    async def check(self) -> Health:
        return Health(text="tiny")

    async def aclose(self) -> None:
        pass

    def _issue(self, command: Mention | SaveBulletin) -> Bulletin:
        audience, _, issue = command.target.id.rpartition(".")
        empty = Bulletin(ref=command.target, audience=audience, issue=issue)
        return self._rack.issues.get(command.target, empty)

    def _mention(self, command: Mention, key: str) -> None:
        old = self._issue(command)
        text = _safe(command.text)
        if "speaks ASCII" in self._flaws:
            text = text.encode("ascii", "replace").decode()
        note = Note(id=key, about=command.about, text=text, at=NOON, by="me", title=command.title, url=command.url)
        held = () if "has room for one note" in self._flaws else old.notes
        self._rack.put(structs.replace(old, notes=(*held, note), updated=NOON, updated_by="me"))

    def _save(self, command: SaveBulletin) -> None:
        old, flaws, rack = self._issue(command), self._flaws, self._rack
        drafted = rack.drafted.get(old.ref, 0)
        base = int(command.base) if command.base.isdigit() and len(command.base) < 9 else 0
        fresh = base == int(old.rev or 0) if "compares the whole rev" in flaws else base >= drafted
        same = old.draft == command.draft and "tells everybody" not in flaws
        if not (fresh or same or "writes over colleagues" in flaws):
            raise Conflict("there: saved", source="there", current=None if "keeps the news" in flaws else old)
        words = command.freeze and (old.gathered == command.gathered or "takes late facts" in flaws)
        may = "thaws" in flaws or same or (words and "is stone" not in flaws)
        if old.frozen_at and not may:
            raise Refused("there: frozen", source="there")
        new = structs.replace(
            old,
            gathered=command.gathered,
            draft=command.draft,
            frozen_at=old.frozen_at or (NOON if command.freeze else None),
            holder="me" if command.hold or "never lets go" in flaws else "",
            held_at=NOON if command.hold or "never lets go" in flaws else None,
            notes=() if "forgets notes" in flaws else old.notes,
            updated=NOON,
            updated_by="me",
        )
        if new != old or "always moves" in flaws:
            rack.put(new)
            rack.drafted[old.ref] = rack.changes

    def _keep(self, command: KeepPublication) -> None:
        old = self._rack.issues.get(command.target)
        if old is None:
            if "makes what is gone" not in self._flaws:
                raise Gone("there: gone", source="there")
            old = samples.bulletin("there")
        if command.publication in old.publications and "writes down twice" not in self._flaws:
            return
        self._rack.put(structs.replace(old, publications=(*old.publications, command.publication)))


def _safe(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def _without_halves(command: SaveBulletin) -> SaveBulletin:
    first, *others = command.draft.parts
    lines = tuple(structs.replace(each, text=_safe(each.text) if each.text else each.text) for each in first.lines)
    draft = structs.replace(command.draft, parts=(structs.replace(first, lines=lines), *others))
    return structs.replace(command, draft=draft)


class TestTinyBulletins(BulletinRules):
    offer = TinyDesk(TinyRack()).offer

    @pytest.fixture
    def world(self) -> TinyRack:
        return TinyRack()


RULES = {name: rule for name, rule in inspect.getmembers(BulletinRules) if name.startswith("test_")}

_FROZEN = "test_what_is_frozen_keeps_its_facts_and_only_its_words_are_corrected"

NOTICED_BY: dict[str, tuple[str, ...]] = {
    "forgets what was found": ("test_an_issue_is_read_whole", "test_a_draft_is_kept_as_it_is"),
    "forgets the dead": ("test_an_issue_that_was_removed_is_dropped",),
    "misses changes": ("test_what_changed_on_an_issue_since_is_read_again",),
    "answers what it never offered": ("test_a_command_to_an_issue_that_is_not_offered_is_refused",),
    "has room for one note": (
        "test_a_note_makes_its_issue_and_another_joins_it",
        "test_notes_that_are_taken_at_two_desks_at_once_are_all_kept",
    ),
    "forgets notes": ("test_a_draft_takes_the_place_of_the_one_it_was_made_from",),
    "keeps the rev": ("test_a_draft_takes_the_place_of_the_one_it_was_made_from",),
    "always moves": ("test_a_draft_that_is_there_already_moves_nothing",),
    "never lets go": ("test_whoever_goes_on_editing_holds_it_until_it_is_let_go",),
    "thaws": (_FROZEN,),
    "takes late facts": (_FROZEN,),
    "is stone": (_FROZEN,),
    "writes down twice": ("test_what_went_where_is_written_down_once",),
    "makes what is gone": ("test_nothing_is_written_down_on_an_issue_that_is_gone",),
    "speaks ASCII": ("test_nasty_text_survives_in_an_issue",),
    "chokes on halves": ("test_control_characters_do_an_issue_no_harm",),
    "forgets keys": (
        "test_a_note_makes_its_issue_and_another_joins_it",
        "test_wherever_the_link_is_cut_an_issue_is_changed_once",
    ),
    "writes what it refuses": ("test_a_refusal_leaves_an_issue_as_it_was",),
    "writes over colleagues": (
        "test_a_draft_that_a_colleague_saved_meanwhile_is_a_conflict",
        "test_of_two_who_save_at_once_one_is_told",
    ),
    "keeps the news": ("test_a_draft_that_a_colleague_saved_meanwhile_is_a_conflict",),
    "tells everybody": ("test_a_colleague_who_saved_the_very_same_draft_is_no_conflict",),
    "compares the whole rev": ("test_what_is_noted_or_published_meanwhile_is_in_no_drafts_way",),
}
"""Flaws of the tiny store, and the rules that must notice them."""


def _cases(rule: Any) -> Iterator[dict[str, Any]]:
    """The parameters of a rule, every combination."""
    axes = [[{"kind": kind} for kind in rule.kinds]] if hasattr(rule, "kinds") else []
    for chosen in itertools.product(*axes):
        yield {name: value for part in chosen for name, value in part.items()}


async def _noticed(rule: Any, flaw: str) -> bool:
    """Whether the rule fails for any of its cases."""
    for case in _cases(rule):
        world = TinyRack(frozenset({flaw}))
        given = {**case, "world": world, "backend": world.open()}
        wanted = [name for name in inspect.signature(rule).parameters if name != "self"]
        try:
            await rule(TestTinyBulletins(), **{name: given[name] for name in wanted})
        except pytest.skip.Exception:
            continue
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - whatever a broken store does to a rule
            return True
    return False


@pytest.mark.parametrize(
    ("flaw", "rule"), [(flaw, rule) for flaw, rules in NOTICED_BY.items() for rule in rules], ids=str
)
async def test_a_store_that_breaks_a_rule_is_noticed(flaw: str, rule: str) -> None:
    assert await _noticed(RULES[rule], flaw)


def test_every_rule_about_the_bulletin_can_fail() -> None:
    assert set(RULES) == {rule for rules in NOTICED_BY.values() for rule in rules}
