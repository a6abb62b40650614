"""`ppstui tick KEY...`: duties that no board can show done, ticked by hand; they are gone from `list tasks` then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.cli.failing import DONE
from ppstui.cli.week import NEEDS, duties_now
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
    known = {duty.key: duty for duty in duties_now(office, ticked=frozenset())}
    for key in office.options.key:
        if key not in known:
            names = ", ".join(key for key in known if key not in ticked) or "none"
            raise NoSuchRecord(f"tick: {key[:60]!r} is no duty of now; there are {names}")
    for key in office.options.key:
        if office.options.undo:
            ticked.pop(key, None)
        else:
            ticked.setdefault(key, now)
    write_ticks(office.ticks, ticked, now)
    word = "to be done again" if office.options.undo else "ticked"
    for key in office.options.key:
        office.console.say(clean(f"{word}: {known[key].text}", ascii_only=office.ascii_only))
    return DONE
