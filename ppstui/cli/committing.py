"""From the words of `do` to commands on the registry: who has committed to what, and what is wished for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.cli.checking import day
from ppstui.cli.piloting import source_for
from ppstui.cli.wording import wrong
from ppstui.errors import UsageError
from ppstui.model import Commit, Level, Ref, Team, WishFor, Withdraw
from ppstui.rules.teams import team_key

if TYPE_CHECKING:
    import argparse

    from ppstui.cli.office import Office
    from ppstui.model import Command

ACTIONS = frozenset({"commit", "withdraw", "wish"})
"""What is done to a registry as a whole."""

_WITH_MAJOR = re.compile(r"(?P<stack>[A-Za-z][A-Za-z0-9_+]*)-(?P<major>[0-9]+(?:\.[0-9]+)*)\Z")
"""A stack as titles write it (DOMAIN §4.1)."""


class _Product(Struct, frozen=True):
    component: str
    stack: str
    majors: str
    os: str
    arch: str


async def on_registry(office: Office) -> Command:
    """What the action asks of the registry. Raises UsageError, NoSuchRecord, BackendError."""
    options = office.options
    match options.action:
        case "commit":
            target = Ref(source_for(office, Commit, "keeps commitments"), "new")
            product = _product(options, options.component)
            return Commit(
                target=target,
                party=await _party(office),
                level=Level(options.level or Level.NONE.value),
                component=product.component,
                stack=product.stack,
                majors=product.majors,
                os=product.os,
                arch=product.arch,
                since=day(office, options.since, "--since") if options.since else None,
                until=day(office, options.until, "--until") if options.until else None,
                note=options.note or "",
            )
        case "withdraw":
            target = Ref(source_for(office, Withdraw, "keeps commitments"), "new")
            product = _product(options, options.component)
            return Withdraw(
                target=target,
                party=await _party(office),
                level=Level(options.level or Level.NONE.value),
                component=product.component,
                stack=product.stack,
                majors=product.majors,
                os=product.os,
                arch=product.arch,
                reason=(options.reason or "").strip(),
            )
        case _:
            target = Ref(source_for(office, WishFor, "keeps wishes"), "new")
            product = _product(options, options.wanted or options.component)
            return WishFor(
                target=target,
                component=product.component,
                stack=product.stack,
                majors=product.majors,
                os=product.os,
                arch=product.arch,
                minimum=1 if options.minimum is None else options.minimum,
                note=options.note or "",
            )


def _product(options: argparse.Namespace, component: str | None) -> _Product:
    """What is named; `EMI-3` is a stack with its major version, as titles of rollouts write it."""
    stack, majors = (options.stack or "").strip(), (options.majors or "").strip()
    if not majors and (both := _WITH_MAJOR.match(stack)):
        stack, majors = both["stack"], both["major"]
    return _Product((component or "").strip(), stack, majors, (options.os or "").strip(), (options.arch or "").strip())


async def _party(office: Office) -> str:
    """The partner: by the name it is known by, by its record, else as it was written. Raises UsageError."""
    name = str(office.options.party or office.options.team).strip()
    known = {team_key(each.name): each.name for each in office.board.registry().partners}
    if team_key(name) in known:
        return known[team_key(name)]
    try:
        ref = Ref.parse(name)
    except UsageError:
        return name
    record = await office.find(ref)
    if isinstance(record, Team):
        return record.name
    raise wrong(office, f"{ref} is no team or site; name one, as in NGI_IT-INFN-T1")
