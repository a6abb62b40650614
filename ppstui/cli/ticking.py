"""`ppstui tick NAME...`: duties that no board can show done, ticked by hand; they are gone from `list tasks` then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.cli.failing import DONE
from ppstui.cli.week import NEEDS, duties_now, name_of
from ppstui.config.ticks import read_ticks, write_ticks
from ppstui.errors import NoSuchRecord
from ppstui.views.plain import clean

if TYPE_CHECKING:
    from ppstui.cli.office import Office


async def tick(office: Office) -> int:
    """The command."""
    await office.fill()
    await office.read(*NEEDS, everything=False)
    ticked, now = read_ticks(office.ticks), office.desk.now()
    every = duties_now(office, ticked=frozenset())
    known = {name: duty for duty in every for name in (duty.key, name_of(duty, every))}
    for name in office.options.key:
        if name not in known:
            names = ", ".join(name_of(duty, every) for duty in every if duty.key not in ticked) or "none"
            raise NoSuchRecord(f"tick: {name[:60]!r} is no duty of now; there are {names}")
    chosen = [known[name] for name in office.options.key]
    for duty in chosen:
        if office.options.undo:
            ticked.pop(duty.key, None)
        else:
            ticked.setdefault(duty.key, now)
    write_ticks(office.ticks, ticked, now)
    word = "to be done again" if office.options.undo else "ticked"
    for duty in chosen:
        office.console.say(clean(f"{word}: {duty.text}", ascii_only=office.ascii_only))
    return DONE
