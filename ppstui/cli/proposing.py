"""`ppstui do assign REF --propose`: whom to think of for a rollout, and why; a person chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ppstui.cli.failing import DONE
from ppstui.cli.tables import Column, aligned
from ppstui.cli.week import health_of
from ppstui.errors import NoSuchRecord
from ppstui.model import Kind, Level, Ref, Rollout
from ppstui.rules.clocks import local_day
from ppstui.rules.health import propose
from ppstui.rules.registry import Product, product_of

if TYPE_CHECKING:
    from ppstui.cli.office import Office
    from ppstui.rules.health import Proposal


class ProposalRecord(Struct, frozen=True, kw_only=True):
    """A team to think of."""

    ref: str
    team: str
    committed: bool
    reasons: tuple[str, ...]


class Proposals(Struct, frozen=True, kw_only=True):
    """What `do assign --propose --json` prints."""

    ppstui: int
    action: str
    proposals: tuple[ProposalRecord, ...]
    """Rollout by rollout, likeliest first."""


async def proposals(office: Office) -> int:
    """Says whom to think of for every rollout that is named; queues nothing. Raises NoSuchRecord, BackendError."""
    await office.read(Kind.TEAM, Kind.COMMITMENT, everything=False)
    found: list[tuple[Ref, Proposal]] = []
    for text in dict.fromkeys(office.options.ref):
        rollout = await office.find(Ref.parse(text))
        if not isinstance(rollout, Rollout):
            raise NoSuchRecord(f"{text}: is no rollout; do assign works on rollouts")
        found += [(rollout.ref, each) for each in _proposed(office, rollout)]
    if office.options.json:
        records = tuple(
            ProposalRecord(ref=str(ref), team=each.team, committed=each.committed, reasons=each.reasons)
            for ref, each in found
        )
        office.console.write_utf8(msgspec.json.encode(Proposals(ppstui=1, action="assign", proposals=records)) + b"\n")
        return DONE
    columns = (Column("ROLLOUT"), Column("TEAM", flexible=True, least=24), Column("WHY", flexible=True, least=20))
    rows = [(str(ref), each.team, "; ".join(each.reasons)) for ref, each in found]
    width = office.console.width if office.console.is_terminal else None
    for line in aligned(columns, rows, width, ascii_only=office.ascii_only) if rows else ():
        office.console.say(line)
    if not rows:
        office.console.complain("do assign: no further team is known; list teams shows those that are")
    return DONE


def _proposed(office: Office, rollout: Rollout) -> tuple[Proposal, ...]:
    """The teams that are not chosen yet, likeliest first; sites that only hold a level for pilots are none."""
    title = office.standing(rollout).title
    product = product_of(title) if title.parsed else Product(component=rollout.title)
    registry = office.board.registry()
    adopters = {each.party for each in registry.commitments if each.level is Level.NONE}
    hosts = {each.party for each in registry.commitments if each.level is not Level.NONE} - adopters
    return propose(
        product,
        [name for name in office.roster() if name not in hosts or name[:3].casefold() == "ea-"],
        [each.team for each in rollout.assignments],
        registry,
        health_of(office),
        office.desk.policy,
        local_day(office.desk.now(), office.zone),
    )
