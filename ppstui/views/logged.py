"""One write of the outbox, whole: what was asked, how it went, and what the action log holds of it; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ppstui.views import words
from ppstui.views.details import BLANK, Para, fact, heading
from ppstui.views.plain import clean_lines
from ppstui.views.rows import STATE_TONES, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ppstui.model import Entry
    from ppstui.rules.conflicts import Difference
    from ppstui.store import Exchanged, Happening
    from ppstui.views.rows import Glance

_MOST_QUOTED = 60
"""Lines of one request or answer shown before it is cut; `ppstui outbox show` has the rest."""


class Story(NamedTuple):
    """What the action log knows of an entry."""

    happened: tuple[Happening, ...] = ()
    """Oldest first."""
    exchanges: tuple[Exchanged, ...] = ()
    """Oldest first."""
    differences: tuple[Difference, ...] = ()
    """What stands against it, of one that met a newer change."""


def entry(record: Entry, glance: Glance, story: Story | None = None) -> tuple[Para, ...]:
    """One write: what was asked, by whom, how it went, and what the action log holds of it."""
    sign, tone = words.ENTRIES[record.state], STATE_TONES[record.state]
    paras = [
        Para(((words.command_title(record.command), Tone.STRONG),)),
        BLANK,
        fact("State", f"{glance.sign(sign)} {sign.word}", tone),
        fact("Asked", f"{words.moment(record.asked_at, glance.zone)} by {glance.text(record.by)}"),
    ]
    if record.tries:
        paras.append(fact("Tries", str(record.tries)))
    if record.due and record.state.pending:
        paras.append(fact("Next try", words.moment(record.due, glance.zone)))
    if record.settled_at:
        paras.append(fact("Settled", words.moment(record.settled_at, glance.zone)))
    for label, text, look in (
        ("Problem", record.last_error, Tone.LATE),
        ("Receipt", record.receipt, Tone.DONE),
        ("Mail", "may have left" if record.mail == "leaving" else record.mail, Tone.PLAIN),
        ("Before", record.before, Tone.PLAIN),
        ("Override", record.reason, Tone.SOON),
    ):
        if text:
            paras.append(fact(label, glance.text(text), look))
    if story is not None and story.differences:
        paras += _differences(story.differences, glance)
    paras += heading("What is sent")
    paras += [
        Para(((line, Tone.PLAIN),))
        for line in clean_lines(words.command_text(record.command), ascii_only=glance.ascii_only)
    ]
    if story is not None:
        paras += _log(story, glance)
    return tuple(paras)


def _differences(found: Iterable[Difference], glance: Glance) -> Iterator[Para]:
    yield from heading("Changed meanwhile")
    for each in found:
        by = f" ({glance.text(each.by)})" if each.by else ""
        yield Para(((glance.text(each.what), Tone.STRONG),))
        yield fact("  before", glance.text(each.before) or "nothing", Tone.DIM)
        yield fact("  theirs", (glance.text(each.theirs) or "nothing") + by, Tone.LATE)
        yield fact("  mine", glance.text(each.mine) or "nothing", Tone.PENDING)


def _log(story: Story, glance: Glance) -> Iterator[Para]:
    if story.happened:
        yield from heading("Log")
    for each in story.happened:
        sign, tone = words.ENTRIES[each.state], STATE_TONES[each.state]
        text = f"  {glance.text(each.text)}" if each.text else ""
        yield Para(
            (
                (f"{words.moment(each.at, glance.zone)}  ", Tone.DIM),
                (f"{glance.sign(sign)} {sign.word}", tone),
                (text, Tone.PLAIN),
            ),
            2,
        )
    for exchange in story.exchanges:
        yield from heading(f"Request, {words.moment(exchange.at, glance.zone)}")
        yield from _quoted(exchange.request, glance)
        yield Para((("Answer", Tone.HEADING),))
        yield from _quoted(exchange.answer, glance)


def _quoted(text: str, glance: Glance) -> Iterator[Para]:
    lines = clean_lines(text.strip(), ascii_only=glance.ascii_only)
    yield from (Para(((f"  {line}", Tone.PLAIN),), 2) for line in lines[:_MOST_QUOTED])
    if len(lines) > _MOST_QUOTED:
        yield Para(((f"  {len(lines) - _MOST_QUOTED} more lines", Tone.DIM),), 2)
