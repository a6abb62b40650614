"""What a desk has to see to beyond single records: vacancies, the week's duties, the effort of all pilots; as pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Level
from ppstui.rules.effort import By, credits_of, effort_text
from ppstui.views import pilot_words, words
from ppstui.views.details import BLANK, Para, heading
from ppstui.views.plain import cut, pad
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ppstui.rules.duties import Duty
    from ppstui.rules.effort import Sum
    from ppstui.rules.registry import Registry
    from ppstui.rules.vacancies import Vacancy
    from ppstui.views.rows import Glance

_KEY, _AMOUNT = 30, 10
_TITLES = {By.PILOT: "By pilot", By.SITE: "By site", By.ROLE: "By role", By.MONTH: "By month"}
_NOBODY = "(nobody in particular)"


def vacancies(found: Sequence[Vacancy], glance: Glance) -> tuple[Para, ...]:
    """What nobody tests, and who has committed to it or whom to ask."""
    paras = tuple(_vacancies(found, glance))
    return paras[1:] if paras[:1] == (BLANK,) else paras


def _vacancies(found: Sequence[Vacancy], glance: Glance) -> Iterator[Para]:
    if not found:
        yield Para((("Nothing that is wished for lacks a team, and no rollout or pilot is without one.", Tone.DONE),))
        return
    for lack, title in pilot_words.LACKS.items():
        mine = [each for each in found if each.why is lack]
        if not mine:
            continue
        yield from heading(f"{title.capitalize()} ({len(mine)})")
        for each in mine:
            what = " ".join(filter(None, (each.stack, each.component, each.major, each.os, each.arch)))
            level = f", {each.level.value}" if each.level is not Level.NONE else ""
            count = f"{each.committed} of {each.wanted} committed" if each.wanted > 1 or each.committed else "nobody"
            said = f"  {count}{level}, {glance.text(str(each.ref))}"
            yield Para(((glance.text(what), Tone.STRONG), (said, Tone.PLAIN)), 2)
            if each.teams:
                yield Para(((f"  committed: {glance.text(', '.join(each.teams))}", Tone.DIM),), 4)


def registry(book: Registry, glance: Glance) -> tuple[Para, ...]:
    """Who committed to what: levels, products, days."""
    paras = list(heading(f"Committed ({len(book.commitments)})"))
    for each in sorted(book.commitments, key=lambda each: (each.party.casefold(), each.component.casefold())):
        level = each.level.value if each.level is not Level.NONE else ""
        what = " ".join(filter(None, (level, each.stack, each.component, each.majors, each.os, each.arch)))
        days = f"  until {words.day(each.until)}" if each.until else ""
        paras.append(
            Para(
                ((glance.text(each.party), Tone.STRONG), (f"  {glance.text(what) or 'everything'}{days}", Tone.PLAIN)),
                2,
            )
        )
    if not book.commitments:
        paras.append(Para((("nobody yet", Tone.DIM),)))
    return tuple(paras)


def no_duties() -> tuple[Para, ...]:
    """That everything is done."""
    return (Para((("Nothing of the week's checklist is open now.", Tone.DONE),)),)


def duty_note(duty: Duty, glance: Glance) -> str:
    """How long there is, and what it is about: a few of many."""
    about = [*map(str, duty.refs), *duty.teams]
    named = ", ".join(about[:_MOST_NAMED]) + (f" and {len(about) - _MOST_NAMED} more" if about[_MOST_NAMED:] else "")
    hand = "ticked by hand" if duty.by_hand else ""
    return glance.text("; ".join(filter(None, (words.left(duty.due, glance.now), hand, named))))


_MOST_NAMED = 3


def effort(sums: Mapping[By, Sequence[Sum]], titles: Mapping[str, str], glance: Glance) -> tuple[Para, ...]:
    """Planned against recorded work, grouped; `titles` are those of pilots, by reference."""
    paras: list[Para] = []
    for by, found in sums.items():
        paras += heading(_TITLES.get(by, by.value))[not paras :]
        paras.append(_amounts("", "planned", "recorded", "credits", Tone.DIM))
        for each in found:
            name = " ".join(filter(None, (each.key, titles.get(each.key, "")))) or _NOBODY
            paid = f"{credits_of(each.planned):g}"
            paras.append(_amounts(glance.text(name), effort_text(each.planned), effort_text(each.recorded), paid))
        whole = [sum(each.planned for each in found), sum(each.recorded for each in found)]
        paras.append(_amounts("together", effort_text(whole[0]), effort_text(whole[1]), "", Tone.STRONG))
    return tuple(paras) if any(sums.values()) else (BLANK, Para((("No pilot costs anything yet.", Tone.DIM),)))


def _amounts(name: str, planned: str, recorded: str, paid: str, tone: Tone = Tone.PLAIN) -> Para:
    numbers = "".join(pad(each, _AMOUNT, right=True) for each in (planned, recorded, paid))
    return Para(((pad(cut(name, _KEY), _KEY), tone), (numbers, tone)), 2, verbatim=True)
