"""How RT searches, as far as ppstui asks: by JSON, by TicketSQL and TransactionSQL; and how it cuts pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

T = TypeVar("T")
Row = dict[str, Any]


def stamp(at: dt.datetime) -> str:
    """An instant as RT writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def says(status: int, text: str) -> httpx.Response:
    """An error as RT words it."""
    return httpx.Response(status, json={"message": text})


def page_of(items: list[Row], total: int | None = None) -> httpx.Response:
    """One page of a listing; without a total where RT does not count."""
    return httpx.Response(200, json={"items": items, "count": len(items), "total": total, "per_page": 100, "page": 1})


def cut(rows: list[T], params: dict[str, str]) -> list[T]:
    """The page that was asked for, at most a hundred rows."""
    size, page = min(int(params.get("per_page", 20)), 100), int(params.get("page", 1))
    return rows[size * (page - 1) : size * page]


def meets(conditions: list[Row], column: Callable[[str], Any]) -> bool:
    """RT's search by JSON: conditions on one field are alternatives where they say OR; each field must meet its own."""
    by_field: dict[str, bool] = {}
    for each in conditions:
        met = _met(each.get("operator", "="), column(each["field"]), each["value"])
        before = by_field.get(each["field"])
        if before is None:
            by_field[each["field"]] = met
        else:
            by_field[each["field"]] = (before or met) if each.get("entry_aggregator") == "OR" else (before and met)
    return all(by_field.values())


def _met(operator: str, value: Any, wanted: Any) -> bool:
    match operator:
        case "=":
            return str(value) == str(wanted)
        case "IN":
            return str(value) in set(map(str, wanted))
        case "LIKE":
            return str(wanted).lower() in str(value).lower()
        case "STARTSWITH":
            return str(value).lower().startswith(str(wanted).lower())
        case "NOT IN":
            return str(value) not in set(map(str, wanted))
        case "IS":
            return value is None
        case "IS NOT":
            return value is not None
        case "<":
            return int(value) < int(wanted)
        case ">":
            return int(value) > int(wanted)
    raise LookupError(operator)


class Sql:
    """TicketSQL and TransactionSQL, as far as ppstui writes it."""

    TOKEN = re.compile(r"\s*(?:(?P<word>\(|\)|AND\b|OR\b|!=|>=|<=|=|>|<|[A-Za-z]+|\d+)|'(?P<text>(?:\\.|[^'\\])*)')")

    def __init__(self, query: str) -> None:
        self.tokens: list[tuple[str, bool]] = []
        at = 0
        while at < len(query.rstrip()):
            found = self.TOKEN.match(query, at)
            assert found, f"Wrong query at {query[at:]!r}"
            text = found["text"]
            self.tokens.append((found["word"], False) if text is None else (re.sub(r"\\(.)", r"\1", text), True))
            at = found.end()

    def predicate(self) -> Callable[[Callable[[str, str], Any]], bool]:
        if not self.tokens:
            return lambda _column: False
        tokens = list(self.tokens)
        return lambda column: self._either(list(tokens), column)

    def _either(self, tokens: list[tuple[str, bool]], column: Callable[[str, str], Any]) -> bool:
        met = self._both(tokens, column)
        while tokens and tokens[0] == ("OR", False):
            tokens.pop(0)
            met = self._both(tokens, column) or met
        return met

    def _both(self, tokens: list[tuple[str, bool]], column: Callable[[str, str], Any]) -> bool:
        met = self._one(tokens, column)
        while tokens and tokens[0] == ("AND", False):
            tokens.pop(0)
            met = self._one(tokens, column) and met
        return met

    def _one(self, tokens: list[tuple[str, bool]], column: Callable[[str, str], Any]) -> bool:
        name, _ = tokens.pop(0)
        if name == "(":
            met = self._either(tokens, column)
            assert tokens.pop(0) == (")", False)
            return met
        operator, value = tokens.pop(0)[0], tokens.pop(0)[0]
        have: Any = column(name, value)
        if isinstance(have, int):
            return {"=": have == int(value), ">": have > int(value), ">=": have >= int(value), "<": have < int(value)}[
                operator
            ]
        if name == "Resolved":
            return bool(have == "9")
        same = str(have).lower() == value.lower()
        return same if operator == "=" else not same
