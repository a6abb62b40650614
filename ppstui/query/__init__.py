r"""The filter language of panes, `--where` and saved views (SURFACE §4): one grammar, pure, no clock of its own.

    query   = either*                     every part must hold; nothing at all matches everything
    either  = part ("or" part)*           binds weaker than standing side by side: a b or c = (a b) or c
    part    = ["-"] ( "(" query ")" | word | field ":" value ("," value)* )
    word    = anything without spaces, or "quoted words" with \" and \\ inside
    value   = ["<" | "<=" | ">" | ">=" | "="] (word | "quoted words")

Case never counts. A part that begins with a letter and holds a colon is a field; quote it to search for such text. What
a value means depends on the field's kind, see `FieldKind`. In unquoted values of texts and words `*` stands for any
characters; alone it stands for any value: `document:*` finds records that have one, `-document:*` those that have none.
An empty field never matches, also not a comparison.

Times: `2026-11-01` (the whole day in the desk's zone), `2026-11-01T14:30` (that minute; with an offset or `Z` where one
is written), `today`, `tomorrow`, `yesterday`, `now`, and distances from now: `30m 4h 2d 1w` of elapsed time, `1wd` in
working days. Fields whose value is a day, not an instant, are compared by day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.query.nodes import AllOf, AnyOf, FieldKind, Moment, Node, Row, Scalar, Test, Value, Word, WorkDays

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["HELP", "FieldKind", "Moment", "Query", "Row", "Scalar", "Test", "Value", "WorkDays", "parse"]

HELP = """\
word "two words"        anywhere in the text shown, in any case; all of them must be there
-word  -field:value     not there
a or b   (a b) or c     one of them; parentheses group
team:INFN-T1            texts: the value is in them      stage:testing   words: it is the whole word
stage:testing,exposure  any of these                     version:1.8*    * stands for anything
document:*              has one                          -document:*     has none
is:late  -is:mine       marks
due:<2d  due:<1wd       due in less than two days, one working day; what is overdue too
due:<0d                 overdue                          due:>1w         further away than a week
updated:<2d             less than two days ago           updated:>2w     longer ago than two weeks
updated:>=2026-11-01    on that day or later             due:today       also tomorrow, yesterday
distances               30m 4h 2d 1w 1wd (working days)  teams:>2        numbers"""
"""The grammar in a dozen lines of at most 100 columns, for the help screen."""


class Query(Struct, frozen=True):
    """A filter, ready to be asked. `str()` writes it so that `parse` reads the same again."""

    root: Node = AllOf(())

    def matches(self, row: Row, text: str, clock: Moment) -> bool:
        """Whether a record passes; `text` is everything shown of it, case-folded. For whole lists take `at`."""
        return self.root.test(clock)(row, text)

    def at(self, clock: Moment) -> Test:
        """The test of one record at that moment: times are worked out once, not for every row."""
        return self.root.test(clock)

    @property
    def words(self) -> tuple[str, ...]:
        """The bare words, case-folded, that are asked for and not excluded, in their order: to be highlighted."""
        return tuple(word.casefold() for word in _words(self.root) if word)

    @property
    def plain(self) -> bool:
        """Whether it is nothing but bare words that must all be there, so that text alone decides."""
        nodes = self.root.nodes if isinstance(self.root, AllOf) else (self.root,)
        return all(isinstance(node, Word) for node in nodes)

    def narrows(self, earlier: Query) -> bool:
        """Whether only records that passed `earlier` can pass now: a list need not be searched from the start."""
        return self.plain and earlier.plain and all(any(old in new for new in self.words) for old in earlier.words)

    def __str__(self) -> str:
        return str(self.root)


def _words(node: Node) -> Iterator[str]:
    if isinstance(node, Word):
        yield node.text
    elif isinstance(node, AllOf | AnyOf):
        for inner in node.nodes:
            yield from _words(inner)


def parse(text: str, fields: Mapping[str, FieldKind], flags: Sequence[str] = (), *, typing: bool = False) -> Query:
    """Reads a query over these fields and marks. Raises UsageError that names what is unknown and the nearest known.

    `typing`: the text is still being written, so its unfinished end (an open quotation or parenthesis, a trailing `or`,
    `due:<2`, `is:la`) is left out as if it were not there yet; mistakes further left are still said. In names of fields
    case does not count, nor whether `-` or `_` is written.
    """
    from ppstui.query.reading import Parser  # a dozen expressions to compile: 1 ms, paid by whoever filters

    return Query(Parser(text, fields, flags, typing=typing).query())
