"""An issue as a person edits it: begun from what was gathered, and merged three ways when that is gathered anew.

The three are what a line was made of when it was last looked at (`Line.item`), what the person made of it
(`Line.text`, `Line.dropped`), and what there is now. Nothing that a person wrote is lost by a merge: where the facts of
an edited line have changed the new line is offered beside it, and where nothing generates it any more it stays. An id
stands once in a draft: of generated lines that share one, the first counts.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ppstui.errors import UsageError
from ppstui.model import Draft, Item, Line, Part
from ppstui.rules.bulletin.audiences import section_title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ppstui.model import Gathered, Section
    from ppstui.rules.bulletin.audiences import Audience

OWN = "own/"
"""How the id of a line begins that was written by hand."""

_BETWEEN = " | "
"""What stands between the cells of a row."""


class Merged(Struct, frozen=True, kw_only=True):
    """A draft that follows what was gathered, and what became of its lines; each by its id, in the draft's order."""

    draft: Draft
    offers: tuple[str, ...] = ()
    """Lines of a person whose facts have changed since, or that were dropped before they did: take it or leave it."""
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """Lines that nobody had edited and that say something else now."""
    removed: tuple[str, ...] = ()
    """Lines that nobody had edited and that nothing generates any more."""
    kept: tuple[str, ...] = ()
    """Lines that nothing generates any more and that stay because a person wrote them."""


# -------------------------------------------------------------------------------------------------------------- texts


def plain(text: str) -> str:
    """A person's words in one line: line ends, tabs and control characters become single spaces."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(map(_spaced, text)).split())


def prose(text: str) -> str:
    """A person's words in paragraphs: line ends as they are here, no control characters, no empty lines around."""
    lines = (
        "".join(sign if sign == "\t" else _spaced(sign) for sign in line).rstrip() for line in _LINE_ENDS.split(text)
    )
    return "\n".join(lines).strip("\n")


_LINE_ENDS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def _spaced(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Cs":  # half a character: no file can hold it
        return "\N{REPLACEMENT CHARACTER}"
    return " " if category in {"Cc", "Zl", "Zp"} else sign


def shown(line: Line) -> str:
    """What a line says now, whoever wrote it; of a row the cells, with ` | ` between them."""
    if line.text is not None:
        return line.text
    return said(line.item) if line.item else ""


def said(item: Item) -> str:
    """What a line says as it is generated; a `|` that would end its cell is written as `¦`."""
    return _BETWEEN.join(_BAR.sub("¦", plain(cell)) for cell in item.cells) if item.cells else item.text


def cells(line: Line) -> tuple[str, ...]:
    """The cells of a row as it is now; a person may have written fewer or more than its table has columns."""
    if line.text is None and line.item and line.item.cells:
        return line.item.cells
    return tuple(cell.strip() for cell in _BAR.split(shown(line)))


_BAR = re.compile(r"(?:(?<=\s)|\A)\|(?=\s|\Z)")
"""What ends a cell; a `|` within a word does not."""


def is_row(line: Line) -> bool:
    """Whether a line was generated as the row of a table."""
    return bool(line.item and line.item.cells)


# ---------------------------------------------------------------------------------------------------- begin and merge


def begin(gathered: Gathered, audience: Audience) -> Draft:
    """The draft that nobody has touched: the audience's sections in its order, each line as it was generated."""
    found: dict[str, Section] = {}
    for section in gathered.sections:
        found.setdefault(section.id, section)
    order = dict.fromkeys([*audience.told, *found])
    parts = tuple(_part(found[name]) if name in found else Part(id=name, title=section_title(name)) for name in order)
    bare = Draft(
        title=plain(audience.heading), greeting=prose(audience.greeting), closing=prose(audience.closing), parts=parts
    )
    return merge(bare, gathered).draft


def _part(section: Section) -> Part:
    return Part(id=section.id, title=section.title, columns=section.columns)


def merge(draft: Draft, gathered: Gathered) -> Merged:
    """The draft with what is generated now, and what became of its lines; merging the same again changes nothing.

    A line that nobody edited follows its facts, and goes when they go. An edited one stays as it is: where its facts
    have changed, what would be generated now is offered; a dropped one stays out likewise. What is new comes in beside
    its neighbours in the generated order, and moves nothing that a person has moved.
    """
    fresh: dict[str, Item] = {}
    for item in (item for section in gathered.sections for item in section.items):
        fresh.setdefault(item.id, item)
    account = _Account()
    present: set[str] = set()
    parts = []
    for part in draft.parts:
        lines, regrouped = [], set()
        for line in part.lines:
            after = account.follow(line, fresh.get(line.id))
            if after is not None and _regrouped(line, after, part, gathered):
                regrouped.add(line.id)
            elif after is not None:
                lines.append(after)
        present |= {line.id for line in part.lines} - regrouped
        parts.append(structs.replace(part, lines=tuple(lines)))
    before = {line.id for part in draft.parts for line in part.lines}
    for section in gathered.sections:
        new = [item for item in section.items if item.id not in present]
        _enter(parts, section, gathered.sections, new)
        present |= {item.id for item in new}
    merged = structs.replace(draft, parts=tuple(parts))
    return Merged(
        draft=merged,
        offers=tuple(line.id for line in all_lines(merged) if line.offer),
        added=tuple(line.id for line in all_lines(merged) if line.id not in before),
        changed=tuple(account.changed),
        removed=tuple(account.removed),
        kept=tuple(line.id for line in all_lines(merged) if line.gone and line.text is not None),
    )


class _Account:
    """What became of the lines of a draft, line by line."""

    def __init__(self) -> None:
        self.changed: list[str] = []
        self.removed: list[str] = []

    def follow(self, line: Line, item: Item | None) -> Line | None:
        """The line after what is generated for it now; None when it goes."""
        touched = line.text is not None or line.dropped
        if item is None:
            if line.item is None:
                return structs.replace(line, offer=None)
            if touched:
                return structs.replace(line, offer=None, gone=True)
            self.removed.append(line.id)
            return None
        if not touched:
            if line.item is None or said(item) != said(line.item):
                self.changed.append(line.id)
            return Line(id=line.id, item=item)
        if line.item and item.facts == line.item.facts:
            return structs.replace(line, item=item, offer=None, gone=False)
        return structs.replace(line, offer=item, gone=False)


def _regrouped(before: Line, after: Line, part: Part, gathered: Gathered) -> bool:
    """Whether a line that nobody edited belongs under another name of its section now, and so to another place."""
    if before.item is None or after.item is None or after.item.group == before.item.group:
        return False
    if after.text is not None or after.dropped:
        return False
    return any(section.id == part.id and after.item in section.items for section in gathered.sections)


def _enter(parts: list[Part], section: Section, order: Sequence[Section], new: Sequence[Item]) -> None:
    """Puts what is new in a section into its part, which is made where there is none yet."""
    where = next((at for at, part in enumerate(parts) if part.id == section.id), None)
    if where is None:
        where = _beside([part.id for part in parts], section.id, [each.id for each in order])
        parts.insert(where, _part(section))
    lines = list(parts[where].lines)
    there = {line.id for line in lines if line.item}
    places = {item.id: place for place, item in reversed(list(enumerate(section.items)))}
    for block in _blocks(section.items, {item.id for item in new}):
        mine = places[block[0].id]
        before = [item for item in reversed(section.items[:mine]) if item.id in there]
        after = [item for item in section.items[mine + 1 :] if item.id in there]
        at = _place(lines, block[0].group, before, after)
        lines[at:at] = [Line(id=item.id, item=item) for item in block]
        there |= {item.id for item in block}
    parts[where] = structs.replace(parts[where], columns=section.columns, lines=tuple(lines))


def _beside(present: Sequence[str], name: str, order: Sequence[str]) -> int:
    """Where a name goes among those that are there: after the nearest one before it, else before one that follows."""
    mine = order.index(name)
    for other in reversed(order[:mine]):
        if other in present:
            return present.index(other) + 1
    return next((present.index(other) for other in order[mine + 1 :] if other in present), len(present))


def _blocks(items: Sequence[Item], new: set[str]) -> Iterator[list[Item]]:
    """The new ones that stand side by side under one name, in their order."""
    block: list[Item] = []
    for item in items:
        fits = item.id in new
        if block and not (fits and item.group == block[0].group):
            yield block
            block = []
        if fits:
            block.append(item)
            new = new - {item.id}
    if block:
        yield block


def _place(lines: Sequence[Line], group: str, before: Sequence[Item], after: Sequence[Item]) -> int:
    """Where new lines of a group go: beside their neighbours in the group, else beside the groups around it.

    `before` and `after` are those of its section that are there already, the nearest first. What a person wrote by hand
    below a line stays below it.
    """
    above = next((other for other in before if other.group == group), None)
    if above:
        return _below(lines, _at(lines, above), lambda line: line.item is None)
    below = next((other for other in after if other.group == group), None)
    if below:
        return _at(lines, below)
    if before:
        at = _at(lines, before[0])
        last = _group(lines[at])
        return _below(lines, at, lambda line: line.item is None or _group(line) == last)
    if after:
        first = _at(lines, after[0])
        following = _group(lines[first])
        while first and lines[first - 1].item and _group(lines[first - 1]) == following:
            first -= 1
        return first
    return len(lines)


def _at(lines: Sequence[Line], item: Item) -> int:
    return next(place for place, line in enumerate(lines) if line.id == item.id and line.item)


def _below(lines: Sequence[Line], place: int, belongs: Callable[[Line], bool]) -> int:
    """The first place below a line that is not one of those that belong to it."""
    place += 1
    while place < len(lines) and belongs(lines[place]):
        place += 1
    return place


def _group(line: Line) -> str:
    return line.item.group if line.item else ""


# --------------------------------------------------------------------------------------------------- a person's hand


def all_lines(draft: Draft) -> Iterator[Line]:
    """Every line, the dropped ones among them, in the draft's order."""
    return (line for part in draft.parts for line in part.lines)


def visible(part: Part) -> tuple[Line, ...]:
    """The lines of a part that will be published: those that nobody took out."""
    return tuple(line for line in part.lines if not line.dropped)


def take(draft: Draft, line_id: str) -> Draft:
    """The line as it would be generated now, in the place of what a person made of it. Nothing offered: no change."""
    return _with(draft, line_id, taken)


def leave(draft: Draft, line_id: str) -> Draft:
    """The line as the person has it: what is offered was looked at, and is offered no more until it changes again."""
    return _with(draft, line_id, left)


def taken(line: Line) -> Line:
    """A line whose offer was taken."""
    return Line(id=line.id, item=line.offer) if line.offer else line


def left(line: Line) -> Line:
    """A line whose offer was looked at and left."""
    return structs.replace(line, item=line.offer, offer=None) if line.offer else line


def put(draft: Draft, line_id: str, text: str) -> Draft:
    """The line in a person's words; the words it was generated with make it generated again, none drop it."""
    return _with(draft, line_id, lambda line: worded(line, text))


def worded(line: Line, text: str) -> Line:
    """A line in a person's words: what is no other than before changes nothing."""
    text = plain(text)
    if text == plain(shown(line)):
        return structs.replace(line, dropped=False) if text else line
    if not text:
        return structs.replace(line, dropped=True)
    generated = line.item is not None and text == plain(said(line.item))
    return structs.replace(line, text=None if generated else text, dropped=False)


def revert(draft: Draft, line_id: str) -> Draft:
    """The line as it was generated, without what a person made of it. Raises UsageError for one written by hand."""
    line = _line(draft, line_id)
    if line.item is None:
        raise UsageError(f"{line_id} was written by hand; there is nothing it was made from")
    return _with(draft, line_id, lambda line: structs.replace(line, text=None, dropped=False))


def drop(draft: Draft, line_id: str) -> Draft:
    """Takes the line out; its words stay, for whoever wants it back."""
    return _with(draft, line_id, lambda line: structs.replace(line, dropped=True))


def restore(draft: Draft, line_id: str) -> Draft:
    """Puts a line back that was taken out."""
    return _with(draft, line_id, lambda line: structs.replace(line, dropped=False))


def add(draft: Draft, part_id: str, text: str, after: str = "") -> Draft:
    """A line by hand, below the line `after`, else at the end of its part; its id is `next_id(draft)`."""
    line = Line(id=next_id(draft), text=plain(text))

    def grown(part: Part) -> Part:
        at = next((place + 1 for place, each in enumerate(part.lines) if each.id == after), len(part.lines))
        return structs.replace(part, lines=(*part.lines[:at], line, *part.lines[at:]))

    return _with_part(draft, part_id, grown)


def next_id(draft: Draft) -> str:
    """The id of the next line by hand; those of dropped ones are not used again."""
    numbers = (line.id.removeprefix(OWN) for line in all_lines(draft) if line.id.startswith(OWN))
    return f"{OWN}{max((int(number) for number in numbers if _NUMBER.fullmatch(number)), default=0) + 1}"


_NUMBER = re.compile(r"[0-9]{1,9}")


def move(draft: Draft, line_id: str, by: int) -> Draft:
    """The line `by` places further down its part (up, when negative), counting those that are not dropped."""
    _line(draft, line_id)
    part = next(part for part in draft.parts if any(line.id == line_id for line in part.lines))
    lines = list(part.lines)
    at = next(place for place, line in enumerate(lines) if line.id == line_id)
    step = 1 if by > 0 else -1
    for _ in range(abs(by)):
        to = at + step
        while 0 <= to < len(lines) and lines[to].dropped:
            to += step
        if not 0 <= to < len(lines):
            break
        lines.insert(to, lines.pop(at))
        at = to
    return _with_part(draft, part.id, lambda part: structs.replace(part, lines=tuple(lines)))


def put_text(draft: Draft, part_id: str, text: str) -> Draft:
    """The words above the lines of a part; "" for none."""
    return _with_part(draft, part_id, lambda part: structs.replace(part, text=prose(text)))


def retitle(draft: Draft, title: str, part_id: str = "") -> Draft:
    """Another title for a part, or for the issue itself where none is named."""
    if not part_id:
        return structs.replace(draft, title=plain(title))
    return _with_part(draft, part_id, lambda part: structs.replace(part, title=plain(title)))


def greet(draft: Draft, text: str) -> Draft:
    """The words above everything; "" for none."""
    return structs.replace(draft, greeting=prose(text))


def close(draft: Draft, text: str) -> Draft:
    """The words below everything; "" for none."""
    return structs.replace(draft, closing=prose(text))


def find(draft: Draft, line_id: str) -> Line | None:
    """A line by its id."""
    return next((line for line in all_lines(draft) if line.id == line_id), None)


def _line(draft: Draft, line_id: str) -> Line:
    line = find(draft, line_id)
    if line is None:
        raise UsageError(f"the draft has no line {line_id[:80]!r}; it may have gone when it was drafted again")
    return line


def _with(draft: Draft, line_id: str, change: Callable[[Line], Line]) -> Draft:
    _line(draft, line_id)

    def changed(lines: Iterable[Line]) -> tuple[Line, ...]:
        return tuple(change(line) if line.id == line_id else line for line in lines)

    return structs.replace(draft, parts=tuple(structs.replace(part, lines=changed(part.lines)) for part in draft.parts))


def _with_part(draft: Draft, part_id: str, change: Callable[[Part], Part]) -> Draft:
    at = next((place for place, part in enumerate(draft.parts) if part.id == part_id), None)
    if at is None:
        names = ", ".join(part.id for part in draft.parts) or "none"
        raise UsageError(f"the draft has no section {part_id[:80]!r}; it has {names}")
    return structs.replace(draft, parts=(*draft.parts[:at], change(draft.parts[at]), *draft.parts[at + 1 :]))
