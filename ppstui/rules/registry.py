"""The registry of partners, commitments and wishes: what covers what, and what a command would change (DOMAIN §5, §9).

A commitment or a wish names a set of products, "" covering everything in its place. A wish that leaves something open
does not care which, so a commitment meets it as soon as some product is in both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, structs

from ppstui.errors import UsageError
from ppstui.model import Commit, Commitment, ImportRegistry, Level, Objection, Ref, Team, Wish, WishFor, Withdraw
from ppstui.rules.clocks import local_day
from ppstui.rules.commands import Effect
from ppstui.rules.horizon import day_name
from ppstui.rules.names import read_team
from ppstui.rules.teams import team_key
from ppstui.rules.titles import COMPONENT, cut

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from ppstui.model import RegistryCommand
    from ppstui.rules.policy import Policy
    from ppstui.rules.titles import TitleStanding


class Registry(Struct, frozen=True, kw_only=True):
    """What one registry holds."""

    partners: tuple[Team, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    wishes: tuple[Wish, ...] = ()


class Product(Struct, frozen=True, kw_only=True):
    """What a rollout or a pilot is about, as commitments are held against it; "" where it is not known."""

    component: str
    stack: str = ""
    major: str = ""
    os: str = ""
    arch: str = ""


def product_of(title: TitleStanding) -> Product:
    """The product a title speaks of; the short form of CA names its stack as the component."""
    return Product(
        component=title.component or title.stack, stack=title.stack, major=title.major, os=title.os, arch=title.arch
    )


# -------------------------------------------------------------------------------------------------------------- majors

_MAJORS = re.compile(r"(?P<low>\d+(?:\.\d+)*)?(?P<range>\.\.)?(?P<high>\d+(?:\.\d+)*)?\Z", re.ASCII)
_FORMS = "write 3, 3.2, 1..3, 2.. or ..3"
Version = tuple[int, ...]


class Majors(Struct, frozen=True):
    """A range of major versions, both ends inclusive; None is open."""

    low: Version | None = None
    high: Version | None = None

    @classmethod
    def parse(cls, text: str) -> Majors:
        """Reads `3`, `3.2`, `1..3`, `2..`, `..3`; "" is every version. Raises UsageError."""
        written = text.strip()
        found = _MAJORS.match(written) if len(written) <= _LONGEST else None
        if found is None or (written and not (found["low"] or found["high"])):
            raise UsageError(f"{cut(text)} is no range of major versions; {_FORMS}")
        low = _version(found["low"])
        high = _version(found["high"]) if found["range"] else low
        if low and high and _padded(low, len(high)) > _padded(high, len(low)):
            raise UsageError(f"{cut(text)} is a range of major versions that ends before it begins; {_FORMS}")
        return cls(low, high)

    def holds(self, version: Version) -> bool:
        """Whether a version is in it: `3` holds 3.2, and 1 is 1.0."""
        above = self.low is None or _padded(version, len(self.low)) >= self.low
        return above and (self.high is None or _padded(version, len(self.high))[: len(self.high)] <= self.high)

    def meets(self, other: Majors) -> bool:
        """Whether some version is in both."""
        return _reaches(self.low, other.high) and _reaches(other.low, self.high)


_LONGEST = 60


def _version(text: str | None) -> Version | None:
    return tuple(map(int, text.split("."))) if text else None


def _padded(version: Version, length: int) -> Version:
    return version + (0,) * (length - len(version))


def _reaches(low: Version | None, high: Version | None) -> bool:
    """Whether a range that goes up to `high`, all its minor versions included, reaches one that begins at `low`."""
    if low is None or high is None:
        return True
    return _padded(low, len(high))[: len(high)] <= high


def covers_major(majors: str, major: str) -> bool:
    """Whether a range holds a major version; an unreadable range holds none, an unknown version is in every one."""
    try:
        wanted = Majors.parse(majors)
        version = _version(major)
    except (UsageError, ValueError):
        return False
    return version is None or wanted.holds(version)


def _meet(one: str, other: str) -> bool:
    try:
        return Majors.parse(one).meets(Majors.parse(other))
    except UsageError:
        return one == other


# ------------------------------------------------------------------------------------------------------------ coverage

_TWINS = {"amd64": "x86_64"}


def _same(one: str, other: str) -> bool:
    """Whether two selectors meet: one of them is open, or they are the same but for letter case."""
    a, b = one.strip().casefold(), other.strip().casefold()
    return not a or not b or _TWINS.get(a, a) == _TWINS.get(b, b)


Selector = Commitment | Wish | Commit | Withdraw | WishFor


def meets(one: Selector, other: Selector) -> bool:
    """Whether some product is named by both."""
    alike = all(_same(getattr(one, name), getattr(other, name)) for name in ("component", "stack", "os", "arch"))
    return alike and _meet(one.majors, other.majors)


def covers(selector: Selector, product: Product) -> bool:
    """Whether a commitment or a wish names this product."""
    alike = all(_same(getattr(selector, name), getattr(product, name)) for name in ("component", "stack", "os", "arch"))
    return alike and covers_major(selector.majors, product.major)


def in_force(commitment: Commitment, on: dt.date | None) -> bool:
    """Whether it holds on that day; None: on any day."""
    if on is None:
        return True
    return not ((commitment.since and on < commitment.since) or (commitment.until and on > commitment.until))


def holds_level(site: str, level: Level, commitments: Iterable[Commitment], on: dt.date | None = None) -> bool:
    """Whether a site committed itself to exactly this level: levels do not include each other (DOMAIN §5)."""
    name = team_key(site)
    return any(each.level is level and team_key(each.party) == name and in_force(each, on) for each in commitments)


def committed_parties(selector: Selector | Product, registry: Registry, on: dt.date | None = None) -> tuple[str, ...]:
    """The early adopters whose commitments meet a wish, or cover a product, each once; gone partners count not."""
    gone = {team_key(partner.name) for partner in registry.partners if not partner.active}
    found: dict[str, str] = {}
    for each in registry.commitments:
        if each.level is not Level.NONE or team_key(each.party) in gone or not in_force(each, on):
            continue
        if covers(each, selector) if isinstance(selector, Product) else meets(each, selector):
            found.setdefault(team_key(each.party), each.party)
    return tuple(found.values())


def overlapping(command: Commit | Commitment, commitments: Iterable[Commitment]) -> tuple[Commitment, ...]:
    """What the same partner has committed to already, at that level, for some product and some day of these."""
    return tuple(
        each
        for each in commitments
        if each.level is command.level
        and team_key(each.party) == team_key(command.party)
        and meets(each, command)
        and (each.until is None or command.since is None or command.since <= each.until)
        and (command.until is None or each.since is None or each.since <= command.until)
    )


def described(selector: Selector) -> str:
    """A set of products in words: `dpm EMI-1 SL5 x86_64`, `every product`."""
    stack = "-".join(part for part in (selector.stack, selector.majors) if part)
    words = [word for word in (selector.component, stack, selector.os, selector.arch) if word]
    return " ".join(words) or "every product"


# ---------------------------------------------------------------------------------------------------------- objections


def registry_objections(
    command: RegistryCommand, registry: Registry, policy: Policy, now: dt.datetime
) -> tuple[Objection, ...]:
    """The rules that stand against a command to the registry, blocking ones first; () when it may go."""
    match command:
        case Commit():
            found = list(_against_commit(command, registry, policy, now))
        case Withdraw():
            found = list(_against_withdraw(command, registry))
        case WishFor():
            found = list(_against_wish(command, registry, policy))
        case ImportRegistry():
            found = list(_against_import(command, registry))
    return tuple(sorted(found, key=lambda objection: not objection.blocking))


def _stop(rule: str, text: str) -> Objection:
    return Objection(rule=rule, text=text)


def _warn(rule: str, text: str) -> Objection:
    return Objection(rule=rule, text=text, blocking=False)


def _against_commit(command: Commit, registry: Registry, policy: Policy, now: dt.datetime) -> Iterator[Objection]:
    yield from _against_party(command.party, registry, policy)
    yield from _against_product(command, policy)
    if command.level is Level.NONE and not command.component.strip():
        yield _stop("empty", "no component is named; an early adopter commits itself to one, a site to a level")
        return
    if command.since and command.until and command.until < command.since:
        text = f"the commitment would end on {day_name(command.until)}, before it begins on"
        yield _stop("dates", f"{text} {day_name(command.since)}")
        return
    if command.until and command.until < local_day(now, policy.zone):
        yield _warn("dates", f"the commitment is over already: it ended on {day_name(command.until)}")
    for each in overlapping(command, registry.commitments):
        yield _stop(
            "overlap",
            f"{each.party} is committed to {_words(each)} already; withdraw that first, or name other products",
        )


def _against_party(party: str, registry: Registry, policy: Policy) -> Iterator[Objection]:
    if not party.strip() or any(sign.isspace() or not sign.isprintable() for sign in party.strip()):
        yield _stop("party-name", f"{cut(party)} is no partner's name; write ea-<NGI>-<Site-name> or <NGI>-<Site-name>")
        return
    known = {team_key(partner.name): partner for partner in registry.partners}
    partner = known.get(team_key(party))
    if partner is None:
        problem = read_team(party, policy.roster).problem if party.startswith("ea-") else ""
        yield _warn("unknown-party", f"{party} is not in the registry yet" + (f": {problem}" if problem else ""))
    elif not partner.active:
        yield _warn("inactive", f"{partner.name} is marked as no longer active")


def _against_product(command: Commit | WishFor, policy: Policy) -> Iterator[Objection]:
    try:
        Majors.parse(command.majors)
    except UsageError as error:
        yield _stop("majors", str(error))
    if command.stack and command.stack not in policy.stacks:
        yield _warn("stack", f"{cut(command.stack)} is not among the stacks known here")
    if command.component.strip() and not COMPONENT.match(command.component):
        yield _warn("component", f"{cut(command.component)} is an unusual component name")


def _against_withdraw(command: Withdraw, registry: Registry) -> Iterator[Objection]:
    if not withdrawn(command, registry.commitments):
        theirs = [each for each in registry.commitments if team_key(each.party) == team_key(command.party)]
        has = "; ".join(_words(each) for each in theirs) or "nothing"
        yield _stop("not-committed", f"{command.party} is not committed to {_words(command)}; it is committed to {has}")


def _against_wish(command: WishFor, registry: Registry, policy: Policy) -> Iterator[Objection]:
    if not command.component.strip():
        yield _stop("empty", "no component is named; a wish is for one")
    yield from _against_product(command, policy)
    present = wish_for(command, registry.wishes)
    if command.minimum < 0:
        yield _stop("minimum", f"{command.minimum} early adopters cannot be wished for; 0 takes the wish out")
    elif command.minimum == 0 and present is None:
        yield _stop("idle", f"nobody wishes for {described(command)}; there is nothing to do")
    elif present and (present.minimum, present.note) == (command.minimum, command.note or present.note):
        yield _stop("idle", f"{command.minimum} are wished for {described(command)} already; there is nothing to do")


def _against_import(command: ImportRegistry, registry: Registry) -> Iterator[Objection]:
    """The file may contradict what stays in the registry."""
    after = registry_preview(command, registry, "")
    if after == registry:
        yield _stop("idle", "the registry has all this already; there is nothing to do")
    put = {each.ref for each in command.partners} | {each.ref for each in command.commitments}
    for number, each in enumerate(after.commitments):
        others = (other for other in after.commitments[:number] if each.ref in put or other.ref in put)
        for other in overlapping(each, others):
            yield _stop(
                "overlap", f"{each.party} would be committed to {_words(each)} twice: as {each.ref}, {other.ref}"
            )
    names: dict[str, Ref] = {}
    for partner in after.partners:
        first = names.setdefault(team_key(partner.name), partner.ref)
        if first != partner.ref and {first, partner.ref} & put:
            yield _stop("partner-twice", f"{partner.name} would be there twice: as {first} and as {partner.ref}")


# ------------------------------------------------------------------------------------------------------------- effects


def withdrawn(command: Withdraw, commitments: Iterable[Commitment]) -> tuple[Commitment, ...]:
    """The commitments that a command takes out: of this partner and level, and within what is named."""
    return tuple(
        each
        for each in commitments
        if each.level is command.level and team_key(each.party) == team_key(command.party) and _within(each, command)
    )


def _within(commitment: Commitment, command: Withdraw) -> bool:
    """Whether every product of a commitment is named by the command, as far as both are written."""
    if command.exact:
        days = (commitment.since, commitment.until) == (command.since, command.until)
        return days and _key(commitment) == _key(command)
    pairs = [(getattr(commitment, name), getattr(command, name)) for name in ("component", "stack", "os", "arch")]
    named = all(not wide or (narrow and _same(narrow, wide)) for narrow, wide in pairs)
    return named and command.majors in ("", commitment.majors)


def wish_for(command: WishFor, wishes: Iterable[Wish]) -> Wish | None:
    """The wish for exactly these products; None when there is none."""
    key = _key(command)
    return next((wish for wish in wishes if _key(wish) == key), None)


def _key(selector: Selector) -> tuple[str, ...]:
    parts = (selector.component, selector.stack, selector.majors, selector.os, selector.arch)
    return tuple(part.strip().casefold() for part in parts)


def _words(selector: Commitment | Withdraw) -> str:
    level = f"{selector.level.value.capitalize()} of " if selector.level is not Level.NONE else ""
    return level + described(selector)


def registry_effects(command: RegistryCommand, registry: Registry) -> tuple[Effect, ...]:
    """The exact effect, in the order in which it will happen; () when nothing would change."""
    match command:
        case Commit():
            days = "".join(
                f" {word} {day_name(day)}" for word, day in (("from", command.since), ("to", command.until)) if day
            )
            made = _commitment(command, command.target)
            return (Effect(what=f"commitment of {command.party}", before="", after=_words(made) + days),)
        case Withdraw():
            return tuple(
                Effect(what=f"commitment of {each.party}", before=_words(each), after="")
                for each in withdrawn(command, registry.commitments)
            )
        case WishFor():
            present = wish_for(command, registry.wishes)
            before = str(present.minimum) if present else ""
            after = str(command.minimum) if command.minimum else ""
            return (Effect(what=f"wish for {described(command)}", before=before, after=after),) * (before != after)
        case ImportRegistry():
            return tuple(_of_import(registry, registry_preview(command, registry, "")))


Entry = Team | Commitment | Wish


def _of_import(before: Registry, after: Registry) -> Iterator[Effect]:
    old, new = _by_ref(before), _by_ref(after)
    for ref in (*old, *(ref for ref in new if ref not in old)):
        was, will = old.get(ref), new.get(ref)
        if was != will:
            name = will or was
            yield Effect(what=f"{_kind(name)} {ref}", before=_told(was), after=_told(will))


def same_entry(one: Entry | None, other: Entry | None) -> bool:
    """Whether two entries say the same; where they are kept, and how often they were changed, is no part of it."""
    if one is None or other is None:
        return one is other
    return structs.replace(one, url=other.url, rev=other.rev) == other


def _by_ref(registry: Registry) -> dict[Ref, Entry]:
    entries: tuple[Entry, ...] = (*registry.partners, *registry.commitments, *registry.wishes)
    return {each.ref: each for each in entries}


def _kind(entry: Entry | None) -> str:
    return "partner" if isinstance(entry, Team) else type(entry).__name__.lower()


def _told(entry: Entry | None) -> str:
    """An entry in words, with everything that an import can change about it."""
    match entry:
        case Team():
            active = "" if entry.active else "no longer active"
            words = [entry.name, entry.ngi, entry.site, entry.contact, *entry.components, active, entry.note]
        case Commitment():
            days = [f"{word} {day}" for word, day in (("from", entry.since), ("to", entry.until)) if day]
            words = [f"{entry.party}: {_words(entry)}", *days, entry.note]
        case Wish():
            words = [f"{entry.minimum} for {described(entry)}", entry.note]
        case None:
            words = []
    return ", ".join(word for word in words if word)


def _commitment(command: Commit, ref: Ref) -> Commitment:
    return Commitment(
        ref=ref,
        party=command.party.strip(),
        level=command.level,
        component=command.component.strip(),
        stack=command.stack.strip(),
        majors=command.majors.strip(),
        os=command.os.strip(),
        arch=command.arch.strip(),
        since=command.since,
        until=command.until,
        note=command.note,
    )


def _wish(command: WishFor, ref: Ref, note: str) -> Wish:
    return Wish(
        ref=ref,
        component=command.component.strip(),
        stack=command.stack.strip(),
        majors=command.majors.strip(),
        os=command.os.strip(),
        arch=command.arch.strip(),
        minimum=command.minimum,
        note=note,
    )


def registry_preview(command: RegistryCommand, registry: Registry, key: str) -> Registry:
    """The registry as it will be; a key whose effect is there already changes nothing more."""
    ref = Ref(command.target.source, f"pending-{key}")
    match command:
        case Commit():
            if any(each.ref == ref for each in registry.commitments):
                return registry
            made = _commitment(command, ref)
            return structs.replace(registry, commitments=(*registry.commitments, made))
        case Withdraw():
            out = {each.ref for each in withdrawn(command, registry.commitments)}
            kept = tuple(each for each in registry.commitments if each.ref not in out)
            return structs.replace(registry, commitments=kept)
        case WishFor():
            present = wish_for(command, registry.wishes)
            others = tuple(wish for wish in registry.wishes if wish is not present)
            if command.minimum <= 0:
                return structs.replace(registry, wishes=others)
            note = command.note or (present.note if present else "")
            wish = _wish(command, present.ref if present else ref, note)
            return structs.replace(registry, wishes=(*others, wish))
        case ImportRegistry():
            return Registry(
                partners=_put(registry.partners, command.partners, command.remove),
                commitments=_put(registry.commitments, command.commitments, command.remove),
                wishes=_put(registry.wishes, command.wishes, command.remove),
            )


AnyEntry = TypeVar("AnyEntry", bound=Entry)


def _put(before: tuple[AnyEntry, ...], put: tuple[AnyEntry, ...], remove: tuple[Ref, ...]) -> tuple[AnyEntry, ...]:
    """The entries with these replaced or added, each in its place, and those taken out."""
    new = {each.ref: each for each in put}
    kept = tuple(new.pop(each.ref, each) for each in before if each.ref not in remove)
    return (*kept, *(each for each in put if each.ref in new))


def registry_import(target: Ref, before: Registry, file: Registry, *, replace: bool = False) -> ImportRegistry:
    """The command that takes a file's entries over, only those that differ; `replace` drops what the file has not."""
    old, new = _by_ref(before), _by_ref(file)
    return ImportRegistry(
        target=target,
        partners=tuple(each for each in file.partners if not same_entry(old.get(each.ref), each)),
        commitments=tuple(each for each in file.commitments if not same_entry(old.get(each.ref), each)),
        wishes=tuple(each for each in file.wishes if not same_entry(old.get(each.ref), each)),
        remove=tuple(ref for ref in old if ref not in new) if replace else (),
    )


def registry_reverse(command: RegistryCommand, before: Registry) -> RegistryCommand | None:
    """The command that takes it back, given what was there before; None when no single one can."""
    target = command.target
    match command:
        case Commit():
            return Withdraw(
                target=target,
                party=command.party,
                level=command.level,
                component=command.component,
                stack=command.stack,
                majors=command.majors,
                os=command.os,
                arch=command.arch,
                exact=True,
                since=command.since,
                until=command.until,
            )
        case Withdraw():
            out: Sequence[Commitment] = withdrawn(command, before.commitments)
            if len(out) != 1:
                return None
            (one,) = out
            return Commit(
                target=target,
                party=one.party,
                level=one.level,
                component=one.component,
                stack=one.stack,
                majors=one.majors,
                os=one.os,
                arch=one.arch,
                since=one.since,
                until=one.until,
                note=one.note,
            )
        case WishFor():
            present = wish_for(command, before.wishes)
            minimum, note = (present.minimum, present.note) if present else (0, "")
            return structs.replace(command, minimum=minimum, note=note)
        case ImportRegistry():
            return registry_import(target, registry_preview(command, before, ""), before, replace=True)
