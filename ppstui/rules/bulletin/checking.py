"""What is looked at before an issue is published: what would be wrong to send, and what is worth a second look.

Nothing here asks anybody: the records, what would be gathered now and what became of links are handed in.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from ppstui.model import Gathered, Objection, Phase, Pilot, Ref, Rollout
from ppstui.rules.bulletin.drafting import all_lines, cells, plain, shown, visible
from ppstui.rules.bulletin.privacy import Private, addresses, secret, without_login
from ppstui.rules.horizon import day_name
from ppstui.rules.pilots.standings import PilotStanding
from ppstui.rules.standings import Code, Standing, TeamState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ppstui.model import Bulletin, Draft, Line, Part

NOTHING_THERE = "nothing is there"
"""How a probe begins to say that an address leads nowhere; any other trouble may only be out of reach from here."""

COLUMNS = 78
"""What a line of a plain mail may be wide (DOMAIN §8)."""

EXPLAINED: dict[str, str] = {
    "not-drafted": "Nothing has been drafted for this issue yet.",
    "offer-open": "The facts of a line changed after a person had edited it, and nobody has said which words hold.",
    "changed-meanwhile": "A record has changed since the line about it was made.",
    "new-meanwhile": "Something has happened since the draft was made, and is not in it.",
    "held-by-another": "Another coordinator is editing the same issue.",
    "private-text": "Words of an internal note, a person's mail address, or what looks like a password.",
    "outcome-missing": "A rollout is told whose outcome does not say ACCEPT or REJECT.",
    "link-missing": "A line is made from a record whose address is not known.",
    "dead-link": "An address in the issue leads nowhere.",
    "links-untried": "Some addresses were not tried: nobody answered where they are, or it took too long.",
    "row-uneven": "A row that a person wrote has not as many cells as its table has columns.",
    "unanswered-ea": "An early adopter was asked and has not answered.",
    "gone": "A person wrote a line that nothing generates any more.",
    "line-too-long": "A word is wider than a plain mail, and cannot be wrapped.",
    "notes-unread": "Internal notes could not be compared with what a person wrote.",
    "stale-source": "A source could not be read lately, so what it has may be missing.",
    "meeting-passed": "The meeting that the issue is for has begun.",
    "empty": "There is nothing to report.",
}
"""What each code means, in a sentence, for help and documentation."""


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that stands against publishing an issue as it is, or that is worth a second look."""

    code: str
    """`unanswered-ea`, `outcome-missing`, `dead-link`, …: every one is in `EXPLAINED`."""
    text: str
    """One sentence: what it is, where, what to do."""
    blocking: bool = True
    """False: a warning that stops nothing."""
    line_id: str = ""
    """The line it is on; "" when it is on none."""
    refs: tuple[Ref, ...] = ()

    @property
    def objection(self) -> Objection:
        """The same as what stands against the command; a reason lifts it."""
        return Objection(rule=self.code, text=self.text, blocking=self.blocking, overridable=self.blocking)


class CheckScene(Struct, frozen=True, kw_only=True):
    """What a check looks at beside the issue itself; what is left out is not checked."""

    now: dt.datetime
    current: Gathered | None = None
    """What would be gathered now; None where nobody gathered."""
    rollouts: tuple[tuple[Rollout, Standing], ...] = ()
    """The records its lines are made from, whole: with the texts of their internal notes."""
    pilots: tuple[tuple[Pilot, PilotStanding], ...] = ()
    untried: tuple[str, ...] = ()
    """Addresses that were to be tried, and were not."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Addresses that somebody tried, each with what is wrong with it; "" when it answers."""
    allowed: frozenset[str] = frozenset()
    """Mail addresses that may be told: those of lists and of the desk. `@example.org` allows all of a domain."""
    me: str = ""
    """The coordinator, as the source of bulletins calls it."""
    hold: dt.timedelta = dt.timedelta(hours=4)
    """After which another's hold is stale."""
    zone: dt.tzinfo = dt.UTC
    """The desk's, for telling days and times."""


def check(bulletin: Bulletin, scene: CheckScene) -> tuple[Problem, ...]:
    """Everything that stands against publishing an issue as it is, blocking things first, then as it is read."""
    draft = bulletin.draft
    if draft is None:
        text = f"nothing has been drafted for {bulletin.issue} yet; draft it first"
        return (Problem(code="not-drafted", text=text),)
    found = [
        *_held(bulletin, scene),
        *_of_lines(draft, scene),
        *_unlinked(draft),
        *_of_words(draft, scene),
        *_of_rollouts(draft, scene),
        *_meanwhile(draft, scene),
        *_of_issue(bulletin, draft, scene),
    ]
    order = {line.id: place for place, line in enumerate(all_lines(draft))}
    codes = {code: place for place, code in enumerate(EXPLAINED)}
    return tuple(sorted(found, key=lambda each: (not each.blocking, order.get(each.line_id, -1), codes[each.code])))


def urls(draft: Draft) -> tuple[str, ...]:
    """The addresses that an issue would tell, each once, as they are read: for whoever tries them beforehand."""
    found: dict[str, None] = {}
    for words in _said(draft):
        if words.line and words.line.item and words.line.item.url:
            found.setdefault(words.line.item.url)
        found.update(dict.fromkeys(_web_addresses(words.text)))
    return tuple(found)


# ------------------------------------------------------------------------------------------------------------- pieces


class _Words(NamedTuple):
    """Words that would be published."""

    where: str
    """For a sentence: `the line "VOMS: 1 EA…"`, `the greeting`."""
    text: str
    line: Line | None = None

    @property
    def line_id(self) -> str:
        return self.line.id if self.line else ""

    @property
    def refs(self) -> tuple[Ref, ...]:
        return self.line.refs if self.line else ()


def _said(draft: Draft) -> Iterator[_Words]:
    """Everything an issue says, as it is read."""
    yield _Words("the title", draft.title)
    yield _Words("the greeting", draft.greeting)
    for part in draft.parts:
        yield _Words(f"the heading {_quoted(part.title)}", part.title)
        yield _Words(f"the words of {_quoted(part.title)}", part.text)
        for line in visible(part):
            yield _Words(_line_name(line), shown(line), line)
    yield _Words("the words at the end", draft.closing)


_LONG = 40


def _quoted(text: str) -> str:
    text = plain(text)
    return f'"{text if len(text) <= _LONG else text[: _LONG - 1].rstrip() + "…"}"'


def _line_name(line: Line) -> str:
    """The beginning of what it says; of a line that tells a password its name, so that no problem repeats it."""
    worry = secret(shown(line))
    return f"the line {line.id}" if worry and worry.told else f"the line {_quoted(shown(line))}"


def _web_addresses(text: str) -> list[str]:
    return [found.rstrip(".,;:!?)]}>'\"") for found in _WEB.findall(text)]


_WEB = re.compile(r"https?://[^\s<>\"|]+")


# -------------------------------------------------------------------------------------------------------------- lines


def _of_lines(draft: Draft, scene: CheckScene) -> Iterator[Problem]:
    for part in draft.parts:
        for line in part.lines:
            if line.offer is not None:
                yield _offered(line)
        for line in visible(part):
            yield from _of_line(line, part, scene)


def _unlinked(draft: Draft) -> Iterator[Problem]:
    """One sentence for all of them: where a source has no addresses, every line would say the same."""
    lines = [line for part in draft.parts for line in visible(part)]
    refs = tuple(dict.fromkeys(line.refs[0] for line in lines if line.refs and line.item and not line.item.url))
    if refs:
        some = ", ".join(map(str, refs[:_NAMED])) + (" and others" if len(refs) > _NAMED else "")
        records = "record" if len(refs) == 1 else f"{len(refs)} records"
        text = f"readers get no address of the {records} {some}; add it by hand, or give the source its addresses"
        yield Problem(code="link-missing", text=text, blocking=False, refs=refs)


_NAMED = 4
"""Records that such a sentence names."""


def _offered(line: Line) -> Problem:
    """Also of a dropped one: what changed may be worth telling."""
    was = f"{_line_name(line)} was {'taken out' if line.dropped else 'edited'}, and its facts have changed since"
    return Problem(code="offer-open", text=f"{was}; take what is offered or leave it", line_id=line.id, refs=line.refs)


def _of_line(line: Line, part: Part, scene: CheckScene) -> Iterator[Problem]:
    named = _line_name(line)
    if line.gone:
        text = f"{named} was edited, and nothing generates it any more; look whether it still holds"
        yield Problem(code="gone", text=text, blocking=False, line_id=line.id, refs=line.refs)
    if part.columns and line.text is not None and len(cells(line)) != len(part.columns):
        text = f"{named} has {len(cells(line))} cells where its table has {len(part.columns)}; put | between them"
        yield Problem(code="row-uneven", text=text, line_id=line.id, refs=line.refs)
    if scene.links and line.item and scene.links.get(line.item.url):
        yield _dead(line.item.url, scene.links[line.item.url], _Words(named, "", line))


def _dead(url: str, trouble: str, words: _Words) -> Problem:
    """An address that a server denies stops an issue; one that nobody answered at may only be out of reach."""
    surely = trouble.startswith(NOTHING_THERE)
    advice = "correct it or take it out" if surely else "look whether readers can reach it"
    text = f"the address {without_login(url)} in {words.where} does not work: {trouble}; {advice}"
    return Problem(code="dead-link", text=plain(text), blocking=surely, line_id=words.line_id, refs=words.refs)


# -------------------------------------------------------------------------------------------------------------- words


def _of_words(draft: Draft, scene: CheckScene) -> Iterator[Problem]:
    """What words must not tell, and what they cannot look like in a plain mail."""
    told = {ref.whole for line in all_lines(draft) for ref in line.refs}
    records: list[Rollout | Pilot] = [record for record, _ in scene.rollouts if record.ref in told]
    records += [record for record, _ in scene.pilots if record.ref in told]
    private = Private(records)
    for words in _said(draft):
        yield from _leaking(words, private, scene)
        yield from _wide(words)
        for url in _web_addresses(words.text):
            if scene.links.get(url):
                yield _dead(url, scene.links[url], words)
    by_hand = _written_about(draft)
    unread = tuple(ref for ref in private.unread if ref in by_hand)
    if unread:
        which = f"{unread[0]}" if len(unread) == 1 else f"{len(unread)} records"
        text = f"the internal notes of {which} were not read, so nobody compared them; look at what was written by hand"
        yield Problem(code="notes-unread", text=text, blocking=False, refs=unread)


def _written_about(draft: Draft) -> frozenset[Ref]:
    """The records that somebody wrote about: those of an edited line, and near words by hand all of their section."""
    found: set[Ref] = set()
    for part in draft.parts:
        lines = visible(part)
        free = bool(part.text) or any(line.item is None for line in lines)
        found.update(ref.whole for line in lines if free or line.text is not None for ref in line.refs)
    return frozenset(found)


def _leaking(words: _Words, private: Private, scene: CheckScene) -> Iterator[Problem]:
    found = private.find(words.text, words.refs)
    if found is not None:
        told = f"{words.where} has words of an internal note on {found.ref}: {_quoted(found.words)}"
        yield _private(words, f"{told}; say it in other words, or take it out")
    own_url = words.line.item.url if words.line and words.line.item else ""
    for address in addresses(f"{words.text} {own_url}", scene.allowed):
        yield _private(words, f"{words.where} has the mail address {address}; take it out")
    worry = secret(words.text)
    if worry is not None:
        advice = "take it out" if worry.told else "look whether it tells one"
        problem = _private(words, f"{words.where} speaks of a password ({_quoted(worry.words)}); {advice}")
        yield Problem(
            code=problem.code, text=problem.text, blocking=worry.told, line_id=problem.line_id, refs=problem.refs
        )


def _private(words: _Words, text: str) -> Problem:
    return Problem(code="private-text", text=text, line_id=words.line_id, refs=words.refs)


def _wide(words: _Words) -> Iterator[Problem]:
    texts = words.text.split()
    if words.line and words.line.item:
        texts.append(words.line.item.url)
    for word in texts:
        wide = _width(word)
        if wide > COLUMNS:
            text = (
                f"{words.where} has a word of {wide} columns ({_quoted(word)}): a plain mail has {COLUMNS}; shorten it"
            )
            yield Problem(code="line-too-long", text=text, blocking=False, line_id=words.line_id, refs=words.refs)
            return


def _width(word: str) -> int:
    if len(word) * 2 <= COLUMNS:
        return len(word)
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in word)


# ------------------------------------------------------------------------------------------------------------ records


def _of_rollouts(draft: Draft, scene: CheckScene) -> Iterator[Problem]:
    """What is missing on the rollouts that are told, each once, at the first line about it."""
    known = {record.ref: (record, found) for record, found in scene.rollouts}
    seen: set[Ref] = set()
    for line in (line for part in draft.parts for line in visible(part)):
        for ref in line.refs:
            if ref.whole in known and ref.whole not in seen:
                seen.add(ref.whole)
                yield from _of_rollout(line, *known[ref.whole], scene)


def _of_rollout(line: Line, rollout: Rollout, found: Standing, scene: CheckScene) -> Iterator[Problem]:
    named = f"{rollout.ref} ({_quoted(rollout.title)})"
    asked = [
        team for team in found.teams if team.state in (TeamState.ACK_OVERDUE, TeamState.NOTIFIED) and team.assigned
    ]
    if asked and rollout.phase.live:
        late = [team for team in asked if team.state is TeamState.ACK_OVERDUE]
        since = min((team.due for team in late if team.due), default=None)
        overdue = f", due since {day_name(since.astimezone(scene.zone).date())}" if since else ""
        names = ", ".join(plain(team.team) for team in asked)
        text = f"{named} has no answer yet from {names}{overdue}; remind them, or say so"
        yield Problem(code="unanswered-ea", text=text, blocking=False, line_id=line.id, refs=(rollout.ref,))
    missing = next((entry for entry in found.attention if entry.code is Code.OUTCOME_MISSING), None)
    if missing is not None:
        closed = rollout.phase is Phase.RESOLVED
        text = f"{named}: {missing.text}{' though it is resolved' if closed else ''}; set it first"
        yield Problem(code="outcome-missing", text=text, blocking=closed, line_id=line.id, refs=(rollout.ref,))


# ---------------------------------------------------------------------------------------------------------- meanwhile


def _meanwhile(draft: Draft, scene: CheckScene) -> Iterator[Problem]:
    """What is otherwise by now than what a person looked at; what was offered already is told by its offer."""
    if scene.current is None:
        return
    fresh = {item.id: item for section in scene.current.sections for item in section.items}
    for line in all_lines(draft):
        item = fresh.pop(line.id, None)
        if line.dropped or line.item is None or line.offer is not None:
            continue
        if item is None and not line.gone:
            text = f"{_line_name(line)} is no longer so; draft it again"
            yield Problem(code="changed-meanwhile", text=text, line_id=line.id, refs=line.refs)
        elif item is not None and item.facts != line.item.facts:
            record = f" on {line.refs[0]}" if line.refs else ""
            text = f"{_line_name(line)} has other facts by now{record}; draft it again"
            yield Problem(code="changed-meanwhile", text=text, line_id=line.id, refs=line.refs)
    for item in fresh.values():
        text = (
            f"{_quoted(item.text or ' | '.join(item.cells))} has come since it was drafted; draft it again to tell it"
        )
        yield Problem(code="new-meanwhile", text=text, blocking=False, refs=item.refs)


# -------------------------------------------------------------------------------------------------------------- issue


def _held(bulletin: Bulletin, scene: CheckScene) -> Iterator[Problem]:
    if not bulletin.holder or bulletin.holder == scene.me or bulletin.held_at is None:
        return
    if scene.now - bulletin.held_at < scene.hold:
        at = bulletin.held_at.astimezone(scene.zone)
        since = _moment(at)
        text = f"{plain(bulletin.holder)} is editing {bulletin.issue} since {since}; ask first"
        yield Problem(code="held-by-another", text=text)


def _moment(at: dt.datetime) -> str:
    """`Mon 2026-11-23 12:00 +01:00`, as an issue tells when its meeting is."""
    return f"{day_name(at.date())} {at:%H:%M} {at.isoformat()[-6:]}"


def _of_issue(bulletin: Bulletin, draft: Draft, scene: CheckScene) -> Iterator[Problem]:
    gathered: Sequence[Gathered] = [each for each in (scene.current, bulletin.gathered) if each is not None]
    for sentence in dict.fromkeys(sentence for each in gathered for sentence in each.stale):
        yield Problem(code="stale-source", text=plain(sentence), blocking=False)
    if scene.untried:
        many = "an address was" if len(scene.untried) == 1 else f"{len(scene.untried)} addresses were"
        told = f"{many} not tried, for nobody answered there in time: {without_login(scene.untried[0])}"
        text = f"{told}{' and others' if len(scene.untried) > 1 else ''}; look whether readers can reach it"
        yield Problem(code="links-untried", text=plain(text), blocking=False)
    meeting = next((each for each in gathered if each.meeting_at is not None), None)
    if meeting is not None and meeting.meeting_at is not None and meeting.meeting_at <= scene.now:
        at = meeting.meeting_at.astimezone(scene.zone)
        when = _moment(at)
        text = f"{plain(meeting.meeting) or 'the meeting'} began on {when}; publish it as minutes, or for the next one"
        yield Problem(code="meeting-passed", text=text, blocking=False)
    if not any(visible(part) or part.text.strip() for part in draft.parts):
        text = f"there is nothing to report in {bulletin.issue}; it will say just that"
        yield Problem(code="empty", text=text, blocking=False)
