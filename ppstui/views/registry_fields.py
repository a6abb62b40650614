"""What can be asked of vacancies, duties, commitments and wishes, by the names of their JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Commitment, Level, Wish
from ppstui.query import FieldKind
from ppstui.rules.duties import Duty, Rhythm
from ppstui.rules.vacancies import Lack, Vacancy
from ppstui.views.fields import Field, Fields

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEXT, _WORD, _NUMBER = FieldKind.TEXT, FieldKind.WORD, FieldKind.NUMBER
_FUTURE, _PAST = FieldKind.FUTURE, FieldKind.PAST


def _level(level: Level) -> str | None:
    return level.value if level is not Level.NONE else None


VACANCIES = Fields[Vacancy](
    flags=tuple(lack.value for lack in Lack),
    flagged=lambda v: (v.why.value,),
    fields=(
        Field("ref", _TEXT, lambda v: str(v.ref)),
        Field("source", _WORD, lambda v: v.ref.source),
        Field("component", _TEXT, lambda v: v.component, ("comp", "service")),
        Field("stack", _WORD, lambda v: v.stack),
        Field("major", _WORD, lambda v: v.major),
        Field("os", _WORD, lambda v: v.os),
        Field("arch", _WORD, lambda v: v.arch),
        Field("wanted", _NUMBER, lambda v: float(v.wanted)),
        Field("committed", _NUMBER, lambda v: float(v.committed)),
        Field("missing", _NUMBER, lambda v: float(v.missing)),
        Field("teams", _TEXT, lambda v: v.teams, ("team",)),
        Field("why", _WORD, lambda v: v.why.value),
        Field("level", _WORD, lambda v: _level(v.level)),
    ),
)
"""Something that too few test."""


def _duty_flags(duty: Duty) -> Iterable[str]:
    return (duty.rhythm.value, *(("by-hand",) if duty.by_hand else ()))


DUTIES = Fields[Duty](
    flags=(*(rhythm.value for rhythm in Rhythm), "by-hand"),
    flagged=_duty_flags,
    fields=(
        Field("code", _WORD, lambda d: d.code),
        Field("rhythm", _WORD, lambda d: d.rhythm.value),
        Field("text", _TEXT, lambda d: d.text, ("what",)),
        Field("due", _FUTURE, lambda d: d.due),
        Field("refs", _TEXT, lambda d: tuple(map(str, d.refs)), ("ref", "about")),
        Field("teams", _TEXT, lambda d: d.teams, ("team",)),
        Field("meeting", _TEXT, lambda d: d.meeting),
        Field("key", _WORD, lambda d: d.key),
        Field("by_hand", _WORD, lambda d: d.by_hand),
    ),
)
"""One thing for a coordinator to do now."""

COMMITMENTS = Fields[Commitment](
    flags=("level", "product"),
    flagged=lambda c: ("level" if c.level is not Level.NONE else "product",),
    fields=(
        Field("ref", _TEXT, lambda c: str(c.ref)),
        Field("source", _WORD, lambda c: c.ref.source),
        Field("name", _TEXT, lambda c: c.party, ("team", "site", "party")),
        Field("level", _WORD, lambda c: _level(c.level), (), tuple(level.value for level in Level)),
        Field("component", _TEXT, lambda c: c.component, ("comp",)),
        Field("stack", _WORD, lambda c: c.stack),
        Field("majors", _WORD, lambda c: c.majors, ("major",)),
        Field("os", _WORD, lambda c: c.os),
        Field("arch", _WORD, lambda c: c.arch),
        Field("since", _PAST, lambda c: c.since),
        Field("until", _FUTURE, lambda c: c.until),
        Field("note", _TEXT, lambda c: c.note),
    ),
)
"""A partner's word, to hold a level or to cover products."""

WISHES = Fields[Wish](
    flags=(),
    flagged=lambda _: (),
    fields=(
        Field("ref", _TEXT, lambda w: str(w.ref)),
        Field("source", _WORD, lambda w: w.ref.source),
        Field("component", _TEXT, lambda w: w.component, ("comp",)),
        Field("stack", _WORD, lambda w: w.stack),
        Field("majors", _WORD, lambda w: w.majors, ("major",)),
        Field("os", _WORD, lambda w: w.os),
        Field("arch", _WORD, lambda w: w.arch),
        Field("minimum", _NUMBER, lambda w: float(w.minimum)),
        Field("note", _TEXT, lambda w: w.note),
    ),
)
"""A product that early adopters should cover."""
