"""`show` and `why` for pilots: as a page, as JSON, as Markdown, as a picture; and entries of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Commitment
from ppstui.rules.pilots.why import pilot_why
from ppstui.rules.registry import described
from ppstui.views import pilot_page, whole_pilot, whole_text, words

if TYPE_CHECKING:
    from msgspec import Struct

    from ppstui.cli.office import Office
    from ppstui.model import Pilot, Wish


def shown(office: Office, pilot: Pilot, page: whole_text.Page) -> Struct:
    """A pilot's document; its page is written on the way."""
    standing, entries = office.pilot_standing(pilot), office.board.entries(pilot.ref)
    width = max(office.console.width, _LEAST) if office.console.is_terminal else _LEAST
    pilot_page.pilot_page(page, pilot, standing, office.desk.policy, width)
    whole_text.pending(page, entries)
    whole_text.history(page, pilot)
    return whole_pilot.whole_pilot(pilot, standing, entries, office.desk.policy, office.desk.now())


_LEAST = 80


def explained(office: Office, pilot: Pilot, page: whole_text.Page) -> Struct:
    """What holds a pilot up; its page is written on the way."""
    standing = office.pilot_standing(pilot)
    pilot_page.pilot_why_page(page, pilot, standing, office.desk.policy)
    reasons = pilot_why(standing, pilot, office.desk.policy, office.desk.now())
    return whole_pilot.why_pilot(pilot, standing, reasons, office.zone)


def entry_shown(office: Office, record: Commitment | Wish, page: whole_text.Page) -> Struct:
    """An entry of the registry; its page is written on the way."""
    if isinstance(record, Commitment):
        page.line(str(record.ref), f"commitment of {record.party}")
        page.fact("level", record.level.value)
        page.fact("products", described(record))
        page.fact("since", words.day(record.since) if record.since else "")
        page.fact("until", words.day(record.until) if record.until else "")
    else:
        page.line(str(record.ref), f"wish for {described(record)}")
        page.fact("minimum", str(record.minimum))
    page.fact("note", record.note)
    page.fact("address", record.url)
    return whole_pilot.whole_commitment(record, office.zone, office.desk.now())


def other_form(office: Office, pilot: Pilot) -> None:
    """Prints a pilot as Markdown, or draws it into a file. Raises UsageError, PpsError."""
    if office.options.md:
        from ppstui.cli.pilot_markdown import pilot_markdown

        standing, now = office.pilot_standing(pilot), office.desk.now()
        text = pilot_markdown(pilot, standing, office.desk.policy, now)
        office.console.write_utf8(text.encode("utf-8", "replace"))
    if office.options.picture:
        from ppstui.cli.picturing import draw

        draw(office, pilot, office.options.picture)
