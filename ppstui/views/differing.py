"""A conflict as a table: what, before, theirs and who, mine; pure. Where it is narrow, one under the other."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from ppstui.views.details import Para, fact
from ppstui.views.plain import pad, wrap
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.rules.conflicts import Difference
    from ppstui.views.rows import Glance

_LEAST = 66
"""Cells below which four columns are not to be read."""
_GAP = 2


def table(found: Sequence[Difference], glance: Glance, width: int) -> tuple[Para, ...]:
    """The differences in so many cells; () when there are none."""
    if not found:
        return ()
    if width < _LEAST:
        return tuple(para for each in found for para in _stacked(each, glance))
    widths = _widths(found, glance, width)
    paras = [_line(("what", "before", "theirs", "mine"), widths, (Tone.HEADING,) * 4)]
    for each in found:
        cells = _cells(each, glance)
        broken = [wrap(cell, room) for cell, room in zip(cells, widths, strict=True)]
        tones = (Tone.STRONG, Tone.DIM, Tone.LATE, Tone.PENDING)
        paras += [_line(line, widths, tones) for line in zip_longest(*broken, fillvalue="")]
    return tuple(paras)


def _cells(each: Difference, glance: Glance) -> tuple[str, str, str, str]:
    by = f" ({glance.text(each.by)})" if each.by else ""
    return (
        glance.text(each.what),
        glance.text(each.before) or "nothing",
        (glance.text(each.theirs) or "nothing") + by,
        glance.text(each.mine) or "nothing",
    )


def _widths(found: Sequence[Difference], glance: Glance, width: int) -> tuple[int, int, int, int]:
    """The first column as wide as it must be, the others share the rest."""
    most = max(len(glance.text(each.what)) for each in found)
    first = min(max(most, 4), width // 4)
    rest = (width - first - 3 * _GAP) // 3
    return first, rest, rest, rest


def _line(cells: Sequence[str], widths: Sequence[int], tones: Sequence[Tone]) -> Para:
    spans = tuple(
        (pad(cell, room + (_GAP if place < len(widths) - 1 else 0)), tone)
        for place, (cell, room, tone) in enumerate(zip(cells, widths, tones, strict=True))
    )
    return Para(spans, verbatim=False)


def _stacked(each: Difference, glance: Glance) -> tuple[Para, ...]:
    what, before, theirs, mine = _cells(each, glance)
    return (
        Para(((what, Tone.STRONG),)),
        fact("  before", before, Tone.DIM),
        fact("  theirs", theirs, Tone.LATE),
        fact("  mine", mine, Tone.PENDING),
    )
