"""What there is to tell one audience, from the board and its history between two issues (DOMAIN §8).

What happened is told once, in the issue whose time it falls into; how things stand is told as long as it is true. The
same facts give the same value, in whatever order they come.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import Struct, field, structs

from ppstui.model import Gathered, Item, Note, Outcome, Phase, Pilot, Ref, Rollout, Section
from ppstui.rules.attention import outcome_of
from ppstui.rules.bulletin import rollout_items
from ppstui.rules.bulletin.audiences import section_title, weeks_between
from ppstui.rules.bulletin.history import ended, outcome_changed, reopened
from ppstui.rules.bulletin.pilot_items import ended_on, pilot_item, pilot_order, wrap_up_item, wraps_up
from ppstui.rules.bulletin.products import (
    count,
    names,
    natural,
    order,
    pilot_name,
    product,
    read_truth,
    short,
    stack_of,
    truth,
    whole_product,
)
from ppstui.rules.bulletin.rollout_items import Told
from ppstui.rules.clocks import local_day
from ppstui.rules.exposure_lines import one_line
from ppstui.rules.names import short as site_of
from ppstui.rules.pilots.standings import PilotStanding, PilotState
from ppstui.rules.registry import Registry
from ppstui.rules.standings import Standing
from ppstui.rules.tracker import Tracker
from ppstui.rules.vacancies import Lack, vacancies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ppstui.rules.bulletin.audiences import Audience
    from ppstui.rules.bulletin.history import Ended, Turn
    from ppstui.rules.bulletin.products import Key
    from ppstui.rules.policy import Policy
    from ppstui.rules.vacancies import Vacancy


class Facts(Struct, frozen=True, kw_only=True):
    """Everything an issue is made from, read at one instant; only what concerns the audience."""

    rollouts: tuple[tuple[Rollout, Standing], ...] = ()
    """Live ones, and those that are closed as far back as sources list them."""
    pilots: tuple[tuple[Pilot, PilotStanding], ...] = ()
    registry: Registry = Registry()
    notes: tuple[Note, ...] = ()
    """What was collected for this issue during the week."""
    previous: Gathered | None = None
    """What the previous issue was made from."""
    meeting: str = ""
    meeting_at: dt.datetime | None = None
    stale: tuple[str, ...] = ()
    """Sentences on sources that could not be read lately."""
    beta_left: tuple[Ref, ...] = ()
    """Endpoints that carry the beta flag though their rollout ended: of a team's part of a rollout, as a rule."""
    trackers: dict[str, Tracker] = field(default_factory=dict)
    """The status words of sources that have their own, by source."""


def matters(previous: Gathered | None, since: dt.datetime) -> Callable[[Rollout], bool]:
    """Whether a rollout can be told of, or decides what is told of another: closed ones as a rule are neither.

    For whoever makes `Facts` from a board of many years: live ones, those that changed since, what the previous issue
    speaks of, and what changed in its time.
    """
    before = _Before(previous)
    told = {ref.whole for item in before.items.values() for ref in item.refs}

    def of(rollout: Rollout) -> bool:
        return rollout.phase.live or rollout.ref in told or _may_tell(rollout, since, before)

    return of


def needs_history(facts: Facts, since: dt.datetime) -> tuple[Ref, ...]:
    """The closed rollouts of which is not known when they were closed, though it may have been after `since`.

    A source that was read in bulk may not have told: after `Desk.look` at them it is known.
    """
    before = _Before(facts.previous)
    return tuple(
        sorted(
            rollout.ref
            for rollout, _ in facts.rollouts
            if _may_tell(rollout, since, before)
            and (end := ended(rollout, _tracker(facts, rollout))) is not None
            and not end.sure
        )
    )


def gather(
    audience: Audience, facts: Facts, issue: str, since: dt.datetime, until: dt.datetime, policy: Policy
) -> Gathered:
    """The facts of an issue: what happened after `since` up to `until`, and how everything stands at `until`.

    The standings must be those of `until`.
    """
    made = _Gathering(audience, facts, issue, since.astimezone(dt.UTC), until.astimezone(dt.UTC), policy)
    return Gathered(
        audience=audience.name,
        issue=issue,
        since=made.since,
        until=made.until,
        meeting=facts.meeting,
        meeting_at=facts.meeting_at,
        sections=made.sections(),
        stale=made.stale(),
    )


# ----------------------------------------------------------------------------------------------------- what was told


class _Before:
    """What the previous issue told."""

    def __init__(self, previous: Gathered | None) -> None:
        self.previous = previous
        self.sections = {section.id for section in previous.sections} if previous else set()
        self.items = {item.id: item for section in previous.sections for item in section.items} if previous else {}

    def told(self, kind: str, ref: Ref) -> bool:
        """Whether it told this of that record."""
        return f"{kind}/{ref}" in self.items

    def live(self, ref: Ref) -> bool:
        """Whether it told of that rollout as live."""
        row = self.items.get(f"row/{ref}")
        ended = row is not None and row.cells[_ROLLOUT] in (rollout_items.DONE, rollout_items.REJECTED)
        return self.told("status", ref) or (row is not None and not ended)

    def since(self, item: Item) -> str:
        """The issue that something which is still so first stood in; "" when it is new."""
        before = self.items.get(item.id)
        return (before.since or self.issue) if before else ""

    @property
    def issue(self) -> str:
        """Its number; "" when there was none."""
        return self.previous.issue if self.previous else ""

    def missed(self, at: dt.datetime) -> bool:
        """Whether it should have told of something at that instant, which was in its time."""
        previous = self.previous
        return previous is not None and "releases" in self.sections and previous.since < at <= previous.until


_OF_THE_LIVE = frozenset({"status", "table"})
"""Sections that tell of every live rollout."""
_ROLLOUT = rollout_items.COLUMNS.index("Staged Rollout")


def _tracker(facts: Facts, rollout: Rollout) -> Tracker:
    return facts.trackers.get(rollout.ref.source) or Tracker()


def _may_tell(rollout: Rollout, since: dt.datetime, before: _Before) -> bool:
    """Whether a closed rollout may have been closed since; what has not changed since then was not."""
    if rollout.phase.live:
        return False
    fresh = rollout.updated is None or rollout.updated > since or before.missed(rollout.updated)
    return fresh or before.live(rollout.ref)


# ------------------------------------------------------------------------------------------------------ one gathering


class _Gathering:
    """Makes the sections of one issue."""

    def __init__(
        self,
        audience: Audience,
        facts: Facts,
        issue: str,
        since: dt.datetime,
        until: dt.datetime,
        policy: Policy,
    ) -> None:
        self.audience, self.facts, self.issue = audience, facts, issue
        self.since, self.until, self.policy = since, until, policy
        self.today = local_day(until, policy.zone)
        self.before = _Before(facts.previous)
        self._places: dict[Ref, tuple[bool, tuple[Key, ...]]] = {}
        self.known = {rollout.ref: (rollout, standing) for rollout, standing in facts.rollouts}
        live = [(rollout, standing) for rollout, standing in self.known.values() if rollout.phase.live]
        called = names((rollout, standing.title) for rollout, standing in live)
        self.live = self._in_order(
            Told(rollout=rollout, standing=standing, name=called[rollout.ref]) for rollout, standing in live
        )
        self.gone = self._in_order(self._ended())
        self.pilots = sorted(facts.pilots, key=lambda each: pilot_order(each[0]))
        self.previewed = {pilot.ref: pilot for pilot, _ in self.pilots}

    def _in_order(self, told: Iterable[Told]) -> tuple[Told, ...]:
        """By stack, component, version, OS, architecture (DOMAIN §8)."""
        return tuple(sorted(told, key=self._place))

    def _place(self, told: Told) -> tuple[bool, tuple[Key, ...]]:
        ref = told.rollout.ref
        if ref not in self._places:
            self._places[ref] = order(told.standing.title, ref)
        return self._places[ref]

    def _ended(self) -> Iterator[Told]:
        """The rollouts whose end belongs into this issue."""
        for rollout, standing in self.known.values():
            if not _may_tell(rollout, self.since, self.before):
                continue
            end = ended(rollout, _tracker(self.facts, rollout))
            if end is not None and self._tells(rollout, end):
                yield Told(rollout=rollout, standing=standing, ended=end)

    def _tells(self, rollout: Rollout, end: Ended) -> bool:
        """Whether this issue tells that a rollout was closed.

        What was closed before its time is told when the previous issue still told of it as live, or knew nothing of it.
        Where nobody knows when, the previous issue decides: what is neither in it nor new since was closed before.
        Without one, that it was changed lately has to be enough.
        """
        ref = rollout.ref
        if self.before.live(ref):
            return end.at is None or end.at <= self.until
        told = self.before.told("left", ref)
        if end.at is not None and end.sure:
            return self.since < end.at <= self.until or (not told and self.before.missed(end.at))
        if not self.before.sections.isdisjoint(_OF_THE_LIVE):
            return not told and self._entered(rollout)
        return not told and (end.at is None or self.since < end.at <= self.until)

    # ------------------------------------------------------------------------------------------------- the sections

    def sections(self) -> tuple[Section, ...]:
        """In the order of the audience; what nothing generates is written by hand."""
        made: dict[str, tuple[Item, ...]] = {}
        known: set[str] = set()
        for name in sorted(self.audience.told, key="carried".__eq__):  # what is told anyhow is not carried over
            items = tuple(self._carried(known)) if name == "carried" else self._made(name)
            made[name] = tuple(item for item in items if item.id not in known)
            known |= {item.id for item in items}
        return tuple(
            Section(
                id=name,
                title=section_title(name),
                columns=rollout_items.COLUMNS if name == "table" else (),
                items=made[name],
            )
            for name in self.audience.told
        )

    def _made(self, name: str) -> tuple[Item, ...]:
        makers: dict[str, Callable[[], Iterator[Item]]] = {
            "releases": self._releases,
            "status": self._status,
            "table": self._table,
            "outcomes": self._outcomes,
            "pilots": self._pilots,
            "wrap-ups": self._wrap_ups,
            "vacancies": self._vacancies,
            "problems": self._problems,
            "broken": self._broken,
            "beta": self._beta,
            "notes": self._notes,
        }
        items = makers[name]() if name in makers else iter(())
        if name in _EVENTS:
            return tuple(items)
        return tuple(structs.replace(item, since=self.before.since(item)) for item in items)

    def stale(self) -> tuple[str, ...]:
        """What may be missing."""
        unread = sum(not told.rollout.whole for told in self.live)
        more = (f"{count(unread, 'rollout')} not read in full yet: known by the list entry alone",)
        return tuple(sorted({*self.facts.stale, *more[:unread]}))

    # -------------------------------------------------------------------------------------------------- rollouts

    def _releases(self) -> Iterator[Item]:
        for told in self._in_order((*self.live, *self.gone, *self._came_and_went())):
            rollout = told.rollout
            if self._entered(rollout):
                yield rollout_items.entered(told, self.policy)
            back = reopened(rollout, _tracker(self.facts, rollout))
            if back is not None and self.since < back <= self.until:
                yield rollout_items.came_back(told, back, self.policy)
            if told.ended:
                yield rollout_items.left(told, self.policy)

    def _came_and_went(self) -> Iterator[Told]:
        """Rollouts that entered in the time of this issue and have an end that it does not tell."""
        known = {told.rollout.ref for told in self.gone}
        for rollout, standing in self.known.values():
            if not rollout.phase.live and rollout.ref not in known and self._entered(rollout):
                yield Told(rollout=rollout, standing=standing)

    def _entered(self, rollout: Rollout) -> bool:
        """Whether a rollout is new since, or was not known yet when the previous issue was made."""
        made = rollout.created
        if made is None or made > self.until:
            return False
        return made > self.since or (self.before.missed(made) and not self.before.told("entered", rollout.ref))

    def _status(self) -> Iterator[Item]:
        return (rollout_items.status(told, self.policy) for told in self.live)

    def _table(self) -> Iterator[Item]:
        for told in self._in_order((*self.live, *self.gone)):
            row = rollout_items.row(told, self.policy, self.today)
            if row is not None:
                yield row

    def _outcomes(self) -> Iterator[Item]:
        changed = dict(self._changed_outcomes())
        others = (Told(rollout=self.known[ref][0], standing=self.known[ref][1]) for ref in changed)
        for told in self._in_order((*self.gone, *others)):
            if told.rollout.phase is Phase.RESOLVED:
                yield rollout_items.outcome(told, changed.get(told.rollout.ref))

    def _changed_outcomes(self) -> Iterator[tuple[Ref, Turn]]:
        """Rollouts that were closed before, and whose outcome is another since."""
        told = {each.rollout.ref for each in self.gone}
        for ref, (rollout, _) in self.known.items():
            turn = outcome_changed(rollout) if rollout.phase is Phase.RESOLVED and ref not in told else None
            if turn is not None and self.since < turn.at <= self.until:
                yield ref, turn

    def _problems(self) -> Iterator[Item]:
        """Everything that is wrong, less what has the section of broken releases where the audience has one."""
        found = [*self._rejected(), *self._troubles()]
        if "broken" in self.audience.told:
            found = [item for item in found if item.group not in (rollout_items.BROKEN, rollout_items.INCIDENTS)]
        return iter(sorted(found, key=lambda item: rollout_items.PROBLEMS.index(item.group)))

    def _broken(self) -> Iterator[Item]:
        """Rejected releases, and incidents of those that are still tested; nobody who is late."""
        yield from self._rejected()
        yield from (item for item in self._troubles() if item.group == rollout_items.INCIDENTS)

    def _rejected(self) -> Iterator[Item]:
        for told in self.gone:
            if told.rollout.phase is Phase.RESOLVED and outcome_of(told.rollout) is Outcome.REJECT:
                yield rollout_items.broken(told, self.policy)

    def _troubles(self) -> Iterator[Item]:
        return (item for told in self.live for item in rollout_items.problems_of(told, self.policy))

    # ------------------------------------------------------------------------------------- pilots, vacancies, the rest

    def _pilots(self) -> Iterator[Item]:
        for pilot, standing in self.pilots:
            if standing.state.live or self._has_ended(pilot):
                yield pilot_item(pilot, standing)

    def _has_ended(self, pilot: Pilot) -> bool:
        """Whether this issue tells that a pilot ended: days are all that is known, so the previous issue decides."""
        before = self.before.items.get(f"pilot/{pilot.ref}")
        if before is not None:
            return PilotState(read_truth(before.facts)["state"]).live
        on = ended_on(pilot)
        if on is None:
            return pilot.updated is not None and self.since < pilot.updated <= self.until
        first = local_day(self.since, self.policy.zone)
        return on > first or (on == first and "pilots" not in self.before.sections)

    def _wrap_ups(self) -> Iterator[Item]:
        return (wrap_up_item(pilot, standing) for pilot, standing in self.pilots if wraps_up(pilot, standing))

    def _vacancies(self) -> Iterator[Item]:
        found = vacancies(self.facts.registry, self.facts.rollouts, self.facts.pilots, self.today)
        wishes = {wish.ref: wish for wish in self.facts.registry.wishes}
        for each in sorted(found, key=lambda each: each.why is Lack.PILOT):
            if each.why is Lack.WISH:
                what, url = _wished(each), wishes[each.ref].url
            elif each.why is Lack.NO_EA:
                rollout, standing = self.known[each.ref]
                what, url = whole_product(rollout, standing.title), rollout.url
            else:
                pilot = self.previewed[each.ref]
                what, url = pilot_name(pilot), pilot.url
            yield _vacancy(each, what, url)

    def _beta(self) -> Iterator[Item]:
        for ref in sorted(set(self.facts.beta_left), key=lambda ref: (natural(str(ref)), ref)):
            rollout, standing = self.known.get(ref.whole, (None, None))
            site = short(site_of(ref.part)) if ref.part else ""
            what = whole_product(rollout, standing.title) if rollout and standing else ""
            name = " of ".join(filter(None, (site and f"the endpoint at {site}", what))) or f"{ref}"
            yield Item(
                id=f"beta/{ref}",
                text=f"{name}: the beta flag is still on",
                refs=(ref,),
                url=rollout.url if rollout else "",
                facts=truth(beta="on"),
            )

    def _notes(self) -> Iterator[Item]:
        for note in sorted(self.facts.notes, key=lambda note: (note.at, note.id)):
            name, url = short(note.title), note.url
            about = note.about.whole
            if about in self.known:
                rollout, standing = self.known[about]
                name, url = whole_product(rollout, standing.title), rollout.url or url
            elif about in self.previewed:
                pilot = self.previewed[about]
                name, url = pilot_name(pilot), pilot.url or url
            text = ": ".join(filter(None, (name, one_line(note.text)))) or str(note.about)
            yield Item(id=f"note/{note.id}", text=text, refs=(note.about,), url=url, facts=truth(note=note.text))

    # --------------------------------------------------------------------------------------------------- carried over

    def _carried(self, generated: set[str]) -> Iterator[Item]:
        """What the previous issue told by name and nothing settles: notes on what is live, rejected releases."""
        for item in self.before.items.values():
            since = item.since or self.before.issue
            if item.id in generated or weeks_between(since, self.issue) > self.audience.carry_weeks:
                continue
            kind = item.id.partition("/")[0]
            if (kind == "note" and self._unsettled(item)) or (kind == "broken" and not self._succeeded(item)):
                yield structs.replace(item, since=since, group="")

    def _unsettled(self, item: Item) -> bool:
        about = {ref.whole for ref in item.refs}
        live = {told.rollout.ref for told in self.live}
        live |= {pilot.ref for pilot, standing in self.pilots if standing.state.live}
        return not about.isdisjoint(live)

    def _succeeded(self, item: Item) -> bool:
        """Whether a rejected release is that no more, or another version came after it."""
        for rollout, standing in (self.known[ref] for ref in item.refs if ref in self.known):
            if rollout.phase is not Phase.RESOLVED or outcome_of(rollout) is not Outcome.REJECT:
                return True
            made = rollout.created
            for other, its in self.known.values():
                later = bool(made and other.created and other.created > made)
                if later and _same_component(rollout, standing, other, its):
                    return True
        return False


_EVENTS = frozenset({"releases", "outcomes", "notes"})
"""What is told once; the rest is told as long as it is so, and says since when."""


def _same_component(one: Rollout, its: Standing, other: Rollout, others: Standing) -> bool:
    if not (its.title.parsed and others.title.parsed) or product(one, its.title) == product(other, others.title):
        return False
    alike = its.title.component.casefold() == others.title.component.casefold()
    return alike and stack_of(its.title).casefold() == stack_of(others.title).casefold()


_EA, _SITES = "Early adopters", "Pilot sites"
"""What vacancies stand under."""


def _wished(vacancy: Vacancy) -> str:
    """The products of a wish, as rollouts are called: `EMI-2 dpm SL5 x86_64`."""
    stack = "-".join(filter(None, (vacancy.stack, vacancy.major)))
    words = (stack, vacancy.component, vacancy.os, vacancy.arch)
    return " ".join(short(word) for word in words if word)


def _vacancy(vacancy: Vacancy, what: str, url: str) -> Item:
    """`EMI-2 dpm SL5 x86_64: 2 EAs wanted, 1 committed` (DOMAIN §9)."""
    if vacancy.why is Lack.WISH:
        committed = f"{vacancy.committed} committed" if vacancy.committed else "none committed"
        text = f"{what}: {count(vacancy.wanted, 'EA')} wanted, {committed}"
    elif vacancy.why is Lack.NO_EA:
        text = f"{what}: no EA accepted, 1 wanted"
    else:
        level = vacancy.level.value
        text = f"{what}: a {level.capitalize()} site wanted" if level != "none" else f"{what}: a site wanted"
    return Item(
        id=f"vacancy/{vacancy.ref}",
        text=text,
        group=_SITES if vacancy.why is Lack.PILOT else _EA,
        refs=(vacancy.ref,),
        url=url,
        facts=truth(why=vacancy.why.value, wanted=vacancy.wanted, committed=vacancy.committed),
    )
