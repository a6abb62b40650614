"""Reads a query's text, also one that is still being typed."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NoReturn

from ppstui.errors import UsageError
from ppstui.query.nodes import DAYS, AllOf, AnyOf, Distance, FieldKind, Node, Not, Operand, Term, Word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OR_WORD = re.compile(r"or(?=[\s()]|\Z)", re.IGNORECASE)
_SPACES = re.compile(r"\s*")
_NEGATED = re.compile(r"[^\s)]")
_FIELD = re.compile(r"([A-Za-z_][\w-]*):")
_OPERATOR = re.compile(r"[<>]=?|=")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_WORD_STOPS = re.compile(r"[^\s()]*")
_VALUE_STOPS = re.compile(r"[^\s(),]*")
_DISTANCE = re.compile(r"(-?[0-9]{1,5})(wd|[mhdw])\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:]{5,8}(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?\Z")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?\Z")
_YEARS = (1900, 2999)
_DEPTH_MOST = 40
_SHOWN_MOST = 40
_TIME_FORMS = "write 2026-11-01, 2026-11-01T14:30, today, or a distance such as 4h, 2d, 1w or 1wd"
_ORDERS = frozenset({"<", "<=", ">", ">="})


class _Unfinished(Exception):
    """The end of a text that is still being typed does not mean anything yet."""


class Parser:
    """Reads from left to right, one character position at a time; every character is looked at a few times at most."""

    def __init__(self, text: str, fields: Mapping[str, FieldKind], flags: Sequence[str], *, typing: bool) -> None:
        self.text, self.typing, self.at, self.depth = text, typing, 0, 0
        self.fields = {_field_key(name): (name, kind) for name, kind in fields.items()}
        self.flags = {flag.casefold(): flag for flag in flags}

    def query(self) -> Node:
        """The whole text."""
        node = self._either()
        if self.at < len(self.text):
            raise UsageError("there is a ) without its ( in the filter; quote it to search for it")
        return node or AllOf(())

    def _either(self) -> Node | None:
        parts: list[Node] = []
        while True:
            found = self._side_by_side()
            if found is not None:
                parts.append(found)
            if not self._take_or():
                if found is None and parts and not self.typing:
                    raise UsageError('something is missing after "or" in the filter')
                break
            if found is None and not self.typing:
                raise UsageError('something is missing before "or" in the filter; quote it to search for the word')
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts)) if parts else None

    def _side_by_side(self) -> Node | None:
        parts: list[Node] = []
        while self._more():
            found = self._part()
            if found is not None:
                parts.append(found)
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts)) if parts else None

    def _more(self) -> bool:
        """Whether another part begins here."""
        self.at = _skip(_SPACES, self.text, self.at)
        return self.at < len(self.text) and self.text[self.at] != ")" and not _OR_WORD.match(self.text, self.at)

    def _take_or(self) -> bool:
        found = _OR_WORD.match(self.text, self.at)
        if found:
            self.at = found.end()
        return bool(found)

    def _part(self) -> Node | None:
        """One part; None when it is unfinished or means nothing."""
        begin = self.at
        negated = self.text[begin] == "-" and bool(_NEGATED.match(self.text, begin + 1))
        if self.typing and self.text[begin] == "-" and begin + 1 == len(self.text):
            self.at += 1
            return None
        self.at += negated
        try:
            node = self._group() if self.text[self.at] == "(" else self._term() or Word(self._word())
        except _Unfinished:
            return None
        return Not(node) if negated and node is not None else node

    def _group(self) -> Node | None:
        self.at += 1
        self.depth += 1
        if self.depth > _DEPTH_MOST:
            raise UsageError(f"the filter has more than {_DEPTH_MOST} parentheses inside each other")
        node = self._either()
        self.depth -= 1
        if self.at >= len(self.text):
            if not self.typing:
                raise UsageError("a ( is not closed in the filter; add ) or quote it to search for it")
            return node
        self.at += 1
        if node is None and not self.typing:
            raise UsageError("there is nothing between ( and ) in the filter")
        return node

    def _word(self) -> str:
        """A bare or quoted word at this place."""
        return self._quoted() if self.text[self.at] == '"' else self._raw(_WORD_STOPS)

    def _quoted(self) -> str:
        found = _QUOTED.match(self.text, self.at)
        if found is None:
            begin, self.at = self.at, len(self.text)
            if not self.typing:
                raise UsageError('a " is not closed in the filter')
            rest = self.text[begin + 1 :]
            if not rest.strip():
                raise _Unfinished
            return _ESCAPED.sub(r"\1", rest)
        self.at = found.end()
        return _ESCAPED.sub(r"\1", found[0][1:-1])

    def _raw(self, stops: re.Pattern[str]) -> str:
        """Everything up to a stop; a parenthesis opened inside is closed inside."""
        begin, depth = self.at, 0
        while self.at < len(self.text):
            self.at = _skip(stops, self.text, self.at)
            char = self.text[self.at : self.at + 1]
            if char not in {"(", ")"} or (char == ")" and not depth):
                break
            depth += 1 if char == "(" else -1
            self.at += 1
        return self.text[begin : self.at]

    def _term(self) -> Term | None:
        """A field with its values; None when no field stands here."""
        named = _FIELD.match(self.text, self.at)
        if named is None:
            return None
        name, kind = self._field(named[1])
        self.at = named.end()
        operands = []
        while True:
            operand = self._operand(name, kind)
            if operand is not None:
                operands.append(operand)
            if self.text[self.at : self.at + 1] != ",":
                break
            self.at += 1
        if not operands:
            self._unfinished(f"{name}: needs a value in the filter, or {name}:* for any")
        return Term(name, kind, tuple(operands))

    def _field(self, written: str) -> tuple[str, FieldKind]:
        known = self.fields.get(_field_key(written))
        if known is None:
            nearest = _nearest(written, [name for name, _ in self.fields.values()])
            hint = f"the nearest is {nearest}" if nearest else "there are no fields here"
            raise UsageError(
                f"{_cut(written)} is no field of the filter; {hint}, and quotes search for the text itself"
            )
        return known

    def _operand(self, name: str, kind: FieldKind) -> Operand | None:
        found = _OPERATOR.match(self.text, self.at)
        op = found[0] if found else ""
        self.at += len(op)
        literal = self.text[self.at : self.at + 1] == '"'
        text = self._quoted() if literal else self._raw(_VALUE_STOPS)
        if not text and not literal:
            if op:
                self._unfinished(f"{name}:{op} needs a value in the filter")
            return None
        return self._understood(name, kind, Operand(text, op, literal))

    def _understood(self, name: str, kind: FieldKind, operand: Operand) -> Operand:
        """The value, as the field's kind understands it."""
        text, op = operand.text, operand.op
        if op in _ORDERS and not (kind.timed or kind is FieldKind.NUMBER):
            self._unfinished(f"{name} holds words, which {op} cannot compare; quote the value to search for {op}")
        if text == "*" and not operand.literal and not op:
            return operand
        if kind is FieldKind.FLAG and self.flags and text.casefold() not in self.flags:
            nearest = _nearest(text, list(self.flags.values()))
            self._unfinished(f"{name}:{_cut(text)} is unknown to the filter; the nearest is {name}:{nearest}")
        if kind is FieldKind.NUMBER:
            if not _NUMBER.match(text):
                self._unfinished(f"{name} is a number; {_cut(text)} is none")
            return Operand(text, op, operand.literal, number=float(text))
        if kind.timed:
            time = _read_time(text)
            if time is None:
                self._unfinished(f"{name} is a time, and {_cut(text)} is none; {_TIME_FORMS}")
            return Operand(text, op, operand.literal, time=time)
        return operand

    def _unfinished(self, problem: str) -> NoReturn:
        """Says the problem, unless it stands at the end of a text that is still being typed."""
        if self.typing and self.at >= len(self.text):
            raise _Unfinished
        raise UsageError(problem)


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _field_key(name: str) -> str:
    return name.casefold().replace("-", "_")


def _cut(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_MOST else f"{text[:_SHOWN_MOST]}…")


def _nearest(written: str, known: Sequence[str]) -> str:
    """The known name that looks most like what was written; "" when nothing is known."""
    from difflib import SequenceMatcher  # only when somebody mistyped

    folded = written[:_SHOWN_MOST].casefold()
    return max(known, key=lambda name: SequenceMatcher(None, folded, name.casefold()).ratio(), default="")


def _read_time(text: str) -> Distance | dt.date | dt.datetime | str | None:
    """What a time value says; None when it is none. Years outside 1900 to 2999 are slips of the keyboard."""
    folded = text.casefold()
    if found := _DISTANCE.match(folded):
        return Distance(int(found[1]), found[2])
    if folded == "now" or folded in DAYS:
        return folded
    try:
        read = dt.datetime.fromisoformat(text.upper()) if _MOMENT.match(text) else dt.date.fromisoformat(text)
    except ValueError:
        return None
    return read if _YEARS[0] <= read.year <= _YEARS[1] and (_MOMENT.match(text) or _DAY.match(text)) else None
