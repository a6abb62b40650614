"""An issue of the bulletin as rows to work on, and each row whole; pure (DOMAIN §8).

Each line says by two signs, and never by colour alone, what a person made of it and what is new about it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from ppstui.model import Bulletin, Correct, Entry, Line, Publication, Ref, State
from ppstui.rules.bulletin.checking import Problem
from ppstui.rules.bulletin.comparing import Change, How
from ppstui.rules.bulletin.drafting import all_lines, said, shown
from ppstui.views import words
from ppstui.views.details import BLANK, Para, fact, heading
from ppstui.views.plain import cell_width, clean, clean_lines, cut, pad
from ppstui.views.rows import STATE_TONES, Cell, Glance, Row, Tone

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from ppstui.model import Draft, Part

LEGEND = "* edited  ! new facts  x out  ? nothing makes it now  + new  > carried over"
"""What the signs of lines mean."""
_MEANT = {
    "*": "edited, or written by hand",
    "!": "its facts have changed since you edited it: y takes the new words, Y keeps yours",
    "x": "taken out; it stays out until its facts change",
    "?": "nothing makes it any more; it stays because a person wrote it",
    "+": "new since the last issue",
    ">": "carried over from an earlier issue",
}
_REFS = 16
"""Cells for a line's records."""
_NARROW = 56
"""Cells below which a row has no room for records."""
_MOST_REFS = 12
_MOST_CHANGES = 12
_MOST_ALIKE = 3
"""Warnings of one code that are told one by one."""
_TAKES_TWO = 2


class Spot(NamedTuple):
    """One row: what it is, and its name."""

    kind: str
    """`title`, `greeting`, `part`, `words`, `columns`, `group`, `line`, `closing`, `note`, `goes` or `target`."""
    name: str = ""
    """The line's id, the part's, the target's; "" where there is only one of its kind."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


class Goal(Struct, frozen=True, kw_only=True):
    """A target of an issue, and how far the issue has come there."""

    name: str
    type: str
    format: str
    published: tuple[Publication, ...] = ()
    """What went there, oldest first."""
    entry: Entry | None = None
    """What is on its way there, or stuck."""


class Sheet(Struct, frozen=True, kw_only=True):
    """Everything that the rows of an issue are told from."""

    audience: str
    """What its readers are called."""
    issue: str
    now: dt.datetime
    zone: dt.tzinfo
    bulletin: Bulletin | None = None
    changes: tuple[Change, ...] = ()
    goals: tuple[Goal, ...] = ()
    meeting: str = ""
    meeting_at: dt.datetime | None = None
    warn: dt.timedelta = dt.timedelta(hours=2)
    me: str = ""
    behind: str = ""
    """A sentence on a colleague's newer draft; "" when there is none."""
    unkept: str = ""
    """Why the disk does not have the last edit; "" when it has."""
    problems: tuple[Problem, ...] | None = None
    """What the check list found in this very draft; None while it was not asked."""
    title_of: Callable[[Ref], str] = str
    """What a record is called."""

    @property
    def draft(self) -> Draft | None:
        """The draft, if there is one."""
        return self.bulletin.draft if self.bulletin else None

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line, those that were taken out among them."""
        return tuple(all_lines(self.draft)) if self.draft else ()

    @property
    def open(self) -> int:
        """Lines whose new facts nobody has answered yet."""
        return sum(line.offer is not None for line in self.lines)

    @property
    def new(self) -> frozenset[str]:
        """The items that were not in the issue before."""
        return frozenset(each.item for each in self.changes if each.how is How.NEW)

    @property
    def carried(self) -> frozenset[str]:
        """The items that were told before, and of which nothing has changed."""
        return frozenset(each.item for each in self.changes if each.how is How.CARRIED)


# ---------------------------------------------------------------------------------------------------------------- rows


def spots(sheet: Sheet) -> tuple[Spot, ...]:
    """The rows of an issue, in their order."""
    draft = sheet.draft
    if draft is None:
        notes = sheet.bulletin.notes if sheet.bulletin else ()
        return (Spot("notes"), *(Spot("note", note.id) for note in notes)) if notes else ()
    found = [Spot("title"), Spot("greeting")]
    for part in draft.parts:
        found.append(Spot("part", part.id))
        if part.text.strip():
            found.append(Spot("words", part.id))
        if part.columns and part.lines:
            found.append(Spot("columns", part.id))
        found += _of_part(part)
    found += [Spot("closing"), Spot("goes"), *(Spot("target", goal.name) for goal in sheet.goals)]
    return tuple(found)


def _of_part(part: Part) -> Iterator[Spot]:
    """Its lines, under what they stand under; one by hand belongs to what stands before it."""
    group, count = "", 0
    for line in part.lines:
        own = line.item.group if line.item else group
        if own != group:
            count += 1
            group = own
            yield Spot("group", f"{part.id}/{count}/{group}")
        yield Spot("line", line.id)


class Issue:
    """Draws the rows of one issue."""

    heads = 2

    def __init__(self, sheet: Sheet, glance: Glance) -> None:
        self._sheet, self._glance = sheet, glance
        self._lines = {line.id: line for line in sheet.lines}
        self._parts: dict[str, Part] = {part.id: part for part in (sheet.draft.parts if sheet.draft else ())}
        self._goals = {goal.name: goal for goal in sheet.goals}
        self._new, self._carried = sheet.new, sheet.carried

    def head(self, y: int, width: int, key: Hashable | None) -> Row:  # noqa: ARG002 - the issue's own, whatever row
        """What state the issue is in, and whom it is for."""
        text, tone = above(self._sheet)[y]
        return Row((Cell(cut(self._glance.text(text), width), tone),))

    def foot(self, width: int) -> Row:
        """What the signs mean."""
        return Row((Cell(cut(LEGEND, width), Tone.DIM),))

    def line(self, key: Hashable, width: int) -> Row:
        """One row, drawn whole."""
        if not isinstance(key, Spot):
            return Row((Cell(""),))
        return self._rows.get(key.kind, _blank)(self, key.name, width)

    def _title(self, _name: str, width: int) -> Row:
        title = self._sheet.draft.title if self._sheet.draft else ""
        return Row((Cell(cut(self._glance.text(title), width), Tone.HEADING),))

    def _greeting(self, _name: str, width: int) -> Row:
        return self._around("greeting", self._sheet.draft.greeting if self._sheet.draft else "", width)

    def _closing(self, _name: str, width: int) -> Row:
        return self._around("words at the end", self._sheet.draft.closing if self._sheet.draft else "", width)

    def _around(self, what: str, text: str, width: int) -> Row:
        said_ = self._glance.text(" ".join(text.split()))
        if not said_:
            return Row((Cell(cut(f"   (no {what})", width), Tone.DIM),))
        return Row((Cell(cut(f"   {said_}", width)),))

    def _part(self, name: str, width: int) -> Row:
        part = self._parts[name]
        title = self._glance.text(part.title) or name
        bare = not part.lines and not part.text.strip()
        cells = [Cell(cut(title, width), Tone.HEADING)]
        if bare and cell_width(title) + 10 < width:
            cells.append(Cell("  nothing", Tone.DIM))
        return Row(tuple(cells))

    def _words(self, name: str, width: int) -> Row:
        text = self._glance.text(" ".join(self._parts[name].text.split()))
        return Row((Cell(cut(f"   {text}", width)),))

    def _columns(self, name: str, width: int) -> Row:
        text = " | ".join(map(self._glance.text, self._parts[name].columns))
        return Row((Cell(cut(f"   {text}", width), Tone.DIM),))

    def _group(self, name: str, width: int) -> Row:
        text = self._glance.text(name.split("/", 2)[2]) or "Other"
        return Row((Cell(cut(f" {text}", width), Tone.STRONG),))

    def _line(self, name: str, width: int) -> Row:
        line = self._lines[name]
        tone = Tone.DIM if line.dropped else Tone.PLAIN
        hand, news = hand_sign(line), self._news(line)
        refs = self._refs(line) if width >= _NARROW else ""
        room = width - 3 - (cell_width(refs) + 1 if refs else 0)
        text = pad(cut(self._glance.text(shown(line)), room, "~" if self._glance.ascii_only else "…"), room)
        cells = [Cell(hand, _SIGNS.get(hand, tone)), Cell(news, _SIGNS.get(news, tone)), Cell(f" {text}", tone)]
        return Row((*cells, Cell(f" {refs}", Tone.DIM)) if refs else tuple(cells), tone)

    def _news(self, line: Line) -> str:
        if line.id in self._new:
            return "+"
        since = line.item.since if line.item else ""
        return ">" if since or line.id in self._carried else " "

    def _refs(self, line: Line) -> str:
        refs = line.refs
        if not refs:
            return ""
        more = f" +{len(refs) - 1}" if refs[1:] else ""
        return cut(self._glance.text(str(refs[0])), _REFS - len(more)) + more

    def _notes(self, _name: str, width: int) -> Row:
        return Row((Cell(cut("Notes of this week", width), Tone.HEADING),))

    def _note(self, name: str, width: int) -> Row:
        note = next((n for n in (self._sheet.bulletin.notes if self._sheet.bulletin else ()) if n.id == name), None)
        text = f"   {self._glance.text(note.text or note.title)} ({self._glance.text(str(note.about))})" if note else ""
        return Row((Cell(cut(text, width)),))

    def _goes(self, _name: str, width: int) -> Row:
        title = "Where it goes" if self._sheet.goals else "Where it goes: no target is configured"
        return Row((Cell(cut(title, width), Tone.HEADING),))

    def _target(self, name: str, width: int) -> Row:
        goal = self._goals[name]
        text, tone = goal_state(goal, self._sheet)
        left = f"   {self._glance.text(goal.name)} ({self._glance.text(goal.type)}, {goal.format})  "
        return Row((Cell(cut(left, width)), Cell(cut(self._glance.text(text), max(width - cell_width(left), 0)), tone)))

    _rows: dict[str, Callable[[Issue, str, int], Row]] = {  # noqa: RUF012 - never changed
        "title": _title, "greeting": _greeting, "closing": _closing, "part": _part, "words": _words, "notes": _notes,
        "columns": _columns, "group": _group, "line": _line, "note": _note, "goes": _goes, "target": _target,
    }  # fmt: skip


def _blank(_issue: Issue, _name: str, _width: int) -> Row:
    return Row((Cell(""),))


_SIGNS = {
    "*": Tone.MARKED, "!": Tone.LATE, "x": Tone.DIM, "?": Tone.SOON, "+": Tone.DONE, ">": Tone.DIM,
}  # fmt: skip


def signs() -> tuple[Para, ...]:
    """What the signs of lines mean, for the help."""
    told = (Para(((f"{sign}  ", _SIGNS[sign]), (text, Tone.PLAIN)), 3) for sign, text in _MEANT.items())
    return (*heading("Signs of lines"), *told)


def hand_sign(line: Line) -> str:
    """What a person made of a line, the most pressing first: offered anew, taken out, kept, edited, by hand."""
    if line.offer is not None:
        return "!"
    if line.dropped:
        return "x"
    if line.gone:
        return "?"
    return "*" if line.text is not None else " "


def goal_state(goal: Goal, sheet: Sheet) -> tuple[str, Tone]:
    """How far the issue has come at a target."""
    entry = goal.entry
    if entry is not None and entry.state is not State.DONE:
        what = "its correction" if isinstance(entry.command, Correct) else "it"
        why = f": {entry.last_error}" if entry.last_error else ""
        return f"{what} is {words.ENTRIES[entry.state].word}{why}", STATE_TONES[entry.state]
    if goal.published:
        last = goal.published[-1]
        what = f"corrected ({last.number})" if last.number else "published"
        return f"{what} {_when(last.at, sheet.now, sheet.zone)} by {last.by}", Tone.DONE
    return ("it has gone, and is being written down", Tone.DONE) if entry else ("not published", Tone.DIM)


# --------------------------------------------------------------------------------------------------- above the rows


def above(sheet: Sheet) -> tuple[tuple[str, Tone], tuple[str, Tone]]:
    """Two lines: which issue this is and how it stands; whom it is for, and who else works on it."""
    return (_standing(sheet), Tone.STRONG), _for_whom(sheet)


def state_word(bulletin: Bulletin | None) -> str:
    """`draft`, `frozen`, `published`, `notes only` or `not drafted`."""
    if bulletin is None or (bulletin.draft is None and not bulletin.notes):
        return "not drafted"
    if bulletin.draft is None:
        return "notes only"
    return "published" if bulletin.publications else "frozen" if bulletin.frozen_at else "draft"


def _standing(sheet: Sheet) -> str:
    found = sheet.bulletin
    told = [f"{sheet.issue} {state_word(found)}"]
    if sheet.draft is not None:
        many = sum(not line.dropped for line in sheet.lines)
        told.append(f"{many} line" + ("" if many == 1 else "s"))
        out = len(sheet.lines) - many
        if out:
            told.append(f"{out} taken out")
    elif found is not None and found.notes:
        told.append(f"{len(found.notes)} noted")
    if sheet.open:
        told.append(f"{sheet.open} new fact" + ("" if sheet.open == 1 else "s"))
    return ", ".join(told)


def _for_whom(sheet: Sheet) -> tuple[str, Tone]:
    if sheet.unkept:
        return sheet.unkept, Tone.LATE
    if sheet.behind:
        return sheet.behind, Tone.LATE
    told, tone = _meeting(sheet)
    found = sheet.bulletin
    if found is not None and found.holder and found.holder != sheet.me and found.held_at is not None:
        held = f"held by {found.holder} since {found.held_at.astimezone(sheet.zone):%H:%M}"
        told, tone = f"{told}; {held}", max(tone, Tone.SOON, key=_LOUDNESS.index)
    return told, tone


_LOUDNESS = (Tone.DIM, Tone.PLAIN, Tone.DONE, Tone.SOON, Tone.LATE)


def _meeting(sheet: Sheet) -> tuple[str, Tone]:
    """Which meeting it is for and how long there is: louder when that is short, and when it has begun."""
    at = sheet.meeting_at
    if at is None:
        return f"for {sheet.audience}", Tone.DIM
    told = f"for {sheet.meeting or sheet.audience} {_short(at, sheet.zone)}"
    gone = bool(sheet.bulletin and sheet.bulletin.publications)
    gap = (at - sheet.now).total_seconds()
    if gap <= 0:
        return f"{told}, which has begun", Tone.DIM if gone else Tone.LATE
    urgent = not gone and gap <= sheet.warn.total_seconds()
    return f"{told} in {words.span(gap)}", Tone.SOON if urgent else Tone.DIM


def _when(at: dt.datetime, now: dt.datetime, zone: dt.tzinfo) -> str:
    """`Mon 16:00` within the week, later with its date."""
    if now - at < _WEEK:
        return _short(at, zone)
    return f"{at.astimezone(zone).date().isoformat()} {at.astimezone(zone):%H:%M}"


_WEEK = dt.timedelta(days=6)


def _short(at: dt.datetime, zone: dt.tzinfo) -> str:
    """`Mon 16:00` in the desk's zone."""
    return f"{words.day(at.astimezone(zone).date())[:3]} {at.astimezone(zone):%H:%M}"


# ------------------------------------------------------------------------------------------------------------- details


def details(spot: Spot, sheet: Sheet, glance: Glance) -> tuple[Para, ...]:
    """A row, whole."""
    if spot.kind == "line":
        line = next((line for line in sheet.lines if line.id == spot.name), None)
        return tuple(_line_whole(line, sheet, glance)) if line else ()
    if spot.kind == "target":
        goal = next((goal for goal in sheet.goals if goal.name == spot.name), None)
        return tuple(_goal_whole(goal, sheet, glance)) if goal else ()
    if spot.kind in _TEXTS and sheet.draft is not None:
        return (*_text_whole(spot, sheet, glance), *_issue_whole(sheet, glance))
    return tuple(_issue_whole(sheet, glance))[1:]


_TEXTS = frozenset({"greeting", "closing", "words"})


def _text_whole(spot: Spot, sheet: Sheet, glance: Glance) -> Iterator[Para]:
    draft = sheet.draft
    if draft is None:
        return
    part = next((part for part in draft.parts if part.id == spot.name), None)
    text = {"greeting": draft.greeting, "closing": draft.closing}.get(spot.kind, part.text if part else "")
    yield Para(((spot.kind.capitalize(), Tone.HEADING),))
    for line in clean_lines(text, ascii_only=glance.ascii_only) or ["(none)"]:
        yield Para(((line, Tone.PLAIN),))


def _line_whole(line: Line, sheet: Sheet, glance: Glance) -> Iterator[Para]:
    yield Para(((glance.text(shown(line)) or "(empty)", Tone.DIM if line.dropped else Tone.STRONG),))
    yield BLANK
    yield from _state_of(line)
    yield from _words_of(line, glance)
    for change in (each for each in sheet.changes if each.item == line.id):
        yield fact("Last issue", glance.text(change.before) or "did not have it", Tone.DIM)
    against = [each for each in sheet.problems or () if each.line_id == line.id]
    if against:
        yield from heading("What stands against it")
        yield from (problem_para(each, glance) for each in against)
    if line.refs:
        yield from heading("Made from")
        yield from _records_of(line, sheet, glance)


def _state_of(line: Line) -> Iterator[Para]:
    if line.dropped:
        yield Para((("x  taken out; it stays out until its facts change", Tone.SOON),), 3)
    if line.offer is not None:
        yield Para((("!  its facts have changed: y takes the new words, Y keeps it as it is", Tone.LATE),), 3)
    if line.gone:
        yield Para((("?  nothing makes this line any more; it stays because a person wrote it", Tone.SOON),), 3)


def _words_of(line: Line, glance: Glance) -> Iterator[Para]:
    """Whose words it has, and what they would be otherwise."""
    if line.item is None:
        yield Para((("*  written by hand", Tone.MARKED),))
    elif line.text is not None:
        yield fact("Yours", glance.text(line.text), Tone.MARKED)
        yield fact("Generated", glance.text(said(line.item)))
    if line.offer is not None:
        yield fact("Now", glance.text(said(line.offer)), Tone.LATE)
    if line.item is not None and line.item.since:
        yield fact("Since", line.item.since)


def _records_of(line: Line, sheet: Sheet, glance: Glance) -> Iterator[Para]:
    for ref in line.refs[:_MOST_REFS]:
        title = glance.text(sheet.title_of(ref))
        yield Para(((f"{glance.text(str(ref))}  ", Tone.STRONG), (title, Tone.PLAIN)), 2)
    if line.refs[_MOST_REFS:]:
        yield Para(((f"and {len(line.refs) - _MOST_REFS} more", Tone.DIM),))
    if line.item and line.item.url:
        yield Para(((glance.text(line.item.url), Tone.LINK),))


def check_list(problems: Sequence[Problem], glance: Glance) -> Iterator[Para]:
    """What blocks, whole; of warnings of one code a few, and how many more there are."""
    told: dict[str, int] = {}
    for each in problems:
        told[each.code] = told.get(each.code, 0) + 1
        if each.blocking or told[each.code] <= _MOST_ALIKE:
            yield problem_para(each, glance)
    for code, count in told.items():
        more = count - _MOST_ALIKE
        if more > 0 and not any(each.blocking for each in problems if each.code == code):
            yield Para(((f"and {more} more: {code}", Tone.DIM),))


def problem_para(problem: Problem, glance: Glance) -> Para:
    """One item of the check list."""
    mark, tone = ("blocks", Tone.BLOCKED) if problem.blocking else ("warning", Tone.SOON)
    return Para(((f"{mark}  ", tone), (glance.text(problem.text), Tone.PLAIN)), 2)


def _goal_whole(goal: Goal, sheet: Sheet, glance: Glance) -> Iterator[Para]:
    text, tone = goal_state(goal, sheet)
    yield Para(((glance.text(f"{goal.name}: {text}"), tone),))
    yield fact("Takes", f"{goal.format} ({glance.text(goal.type)})")
    if goal.entry is not None:
        yield fact("Outbox", f"entry {goal.entry.id}, {words.ENTRIES[goal.entry.state].word}")
    for each in reversed(goal.published):
        yield from _publication(each, sheet, glance)


def _publication(each: Publication, sheet: Sheet, glance: Glance) -> Iterator[Para]:
    what = f"Correction {each.number}" if each.number else "The issue"
    yield BLANK
    yield Para(((f"{what} at {glance.text(each.target)}", Tone.STRONG),))
    yield fact("When", words.moment(each.at, sheet.zone))
    yield fact("By", glance.text(each.by))
    if each.id:
        yield fact("Id", glance.text(each.id))
    if each.corrects:
        yield fact("Corrects", glance.text(each.corrects))
    if each.receipt:
        yield fact("Receipt", glance.text(each.receipt))
    yield fact("Digest", each.digest[:12], Tone.DIM)


def _issue_whole(sheet: Sheet, glance: Glance) -> Iterator[Para]:
    """Of the issue: what stands against it, what went where, what changed."""
    found = sheet.bulletin
    if found is not None and found.publications:
        yield from heading("What went where")
        for each in reversed(found.publications):
            yield from tuple(_publication(each, sheet, glance))[1:]
    else:
        yield from heading("Check list")
        yield from _checked(sheet, glance)
    yield from heading("Since the last issue")
    yield from compared(sheet.changes, glance, most=_MOST_CHANGES)
    if found is not None and found.updated_by:
        yield BLANK
        at = f" {words.moment(found.updated, sheet.zone)}" if found.updated else ""
        yield Para(((glance.text(f"shared by {found.updated_by}{at}"), Tone.DIM),))


def _checked(sheet: Sheet, glance: Glance) -> Iterator[Para]:
    """What the check list found, and what sources could not be read when it was drafted."""
    if sheet.problems is None:
        yield Para((("not looked at since the last change; w does", Tone.DIM),))
    elif not sheet.problems:
        yield Para((("nothing stands against publishing it", Tone.DONE),))
    yield from check_list(sheet.problems or (), glance)
    for sentence in sheet.bulletin.gathered.stale if sheet.bulletin and sheet.bulletin.gathered else ():
        yield Para(((glance.text(sentence), Tone.SOON),))


_HOWS = {
    How.NEW: "New",
    How.MOVED: "Moved",
    How.CLOSED: "Closed",
    How.EXTENDED: "Extended",
    How.CARRIED: "Carried over",
}


def compared(changes: Sequence[Change], glance: Glance, *, most: int = 1 << 30) -> Iterator[Para]:
    """What is new, moved, closed, extended or carried over since the issue before."""
    if not changes:
        yield Para((("nothing is different, or there was no issue before", Tone.DIM),))
        return
    told = 0
    for how, word in _HOWS.items():
        mine = [each for each in changes if each.how is how]
        if not mine:
            continue
        yield Para(((f"{word} ({len(mine)})", Tone.STRONG),))
        for each in mine[: max(most - told, 0)]:
            told += 1
            weeks = f" ({each.weeks} weeks)" if each.weeks >= _TAKES_TWO else ""
            yield Para(((f"  {glance.text(each.text)}{weeks}", Tone.PLAIN),), 4)
            if each.before and each.before != each.text and how is not How.CARRIED:
                yield Para(((f"    was: {glance.text(each.before)}", Tone.DIM),), 6)
    if len(changes) > told:
        yield Para(((f"and {len(changes) - told} more; d shows them all", Tone.DIM),))


def went_where(publications: Iterable[Publication], now: dt.datetime, zone: dt.tzinfo) -> str:
    """`mail Mon 16:00, file Mon 16:00`, each target once, with its corrections counted."""
    last: dict[str, Publication] = {each.target: each for each in publications}
    told = (
        f"{clean(name)} {_when(each.at, now, zone)}" + (f" and {each.number} corrected" if each.number else "")
        for name, each in last.items()
    )
    return ", ".join(told) or "published nowhere"
