"""Every action of a rollout by its keys: what the form asks for, what it shows while one types, and what is queued."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from textual import events

from ppstui.model import (
    Document,
    Expose,
    Extend,
    Incident,
    Outcome,
    Poll,
    Ref,
    Report,
    Resolve,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)
from tests.desk.world import FakeMailer, rollout
from tests.ui.person import Ear, Watched, demo_desk, person

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.person import Person


async def stands_on_one(me: Person, query: str) -> str:
    """Goes to the first rollout that the filter finds."""
    await me.does("list.filter")
    await me.types(query)
    await me.presses("enter")
    await me.until(lambda: bool(me.rows) and f"/{query}" in me.shown, f"nothing is {query}:")
    return me.on


ACCEPTED = "accepted:1 stage:testing"


async def test_an_exposure_begins_on_the_day_that_is_typed(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        ref = await stands_on_one(me, ACCEPTED)
        await me.does("rollouts.expose")
        await me.sees(f"Exposure of {ref}", "all teams", "since which day?")
        await me.types("yesterday")
        await me.sees("Tue 2026-11-17", "exposure")
        await me.presses("enter")
        await me.sees("y queues it")
        await me.presses("y")
        await me.sees("queued: expose")
        assert me.asked == [Expose(target=Ref.parse(ref), on=dt.date(2026, 11, 17))]
        await me.has_sent("expose")
        assert me.rollout(ref).exposures


async def test_a_day_that_is_none_is_said_so_and_cannot_be_queued(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await stands_on_one(me, ACCEPTED)
        await me.does("rollouts.expose")
        await me.types("soonish")
        await me.sees("no day")
        await me.presses("enter", "y", "y")
        await me.sees("since which day?")
        await me.presses("escape")
        await me.sees("left; nothing was queued")
        assert me.asked == []


async def test_an_exposure_is_extended_with_a_reason_or_not_at_all(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        ref = await stands_on_one(me, "stage:exposure")
        await me.does("rollouts.extend")
        await me.types("+20d")
        await me.presses("enter", "enter")
        await me.sees("an exposure is extended for a reason")
        await me.presses("y")
        assert me.asked == []
        await me.presses("up")
        await me.types("few users yet")
        await me.presses("enter", "y")
        await me.sees("queued: extend")
        assert me.asked == [Extend(target=Ref.parse(ref), until=dt.date(2026, 12, 8), reason="few users yet")]


async def test_a_report_is_attached_under_its_right_name_whatever_the_file_is_called(tmp_path: Path) -> None:
    file = tmp_path / "my report.odt"
    file.write_bytes(b"it works" * 100)
    async with person(tmp_path / "home") as me:
        await me.does("pane.acks")
        ref = await stands_on_one(me, "state:report-missing")
        await me.does("rollouts.report")
        team = Ref.parse(ref).part
        await me.sees("Report on", "File")
        await me.types(f"{tmp_path}/my")
        await me.presses("tab")
        await me.sees("800 bytes", "will be attached as", team)
        await me.presses("enter")
        await me.sees("y queues it")
        await me.presses("y")
        await me.sees("queued: report")
        (command,) = me.asked
        assert isinstance(command, Report)
        assert (command.team, command.size, command.content) == (team, 800, b"")
        assert command.name.startswith(f"{team}-")
        assert command.name.endswith(".odt")
        assert command.digest == hashlib.sha256(b"it works" * 100).hexdigest()
        await me.has_sent("report")
        assert command.name in [each.name for each in me.rollout(ref).attachments]


async def test_a_dropped_file_is_pasted_into_its_line_and_confirms_nothing(tmp_path: Path) -> None:
    file = tmp_path / "what they sent y.odt"
    file.write_bytes(b"fine")
    async with person(tmp_path / "home") as me:
        await me.does("pane.acks")
        await stands_on_one(me, "state:report-missing")
        await me.does("rollouts.report")
        me.app.post_message(events.Paste(f"'{file}'\n"))
        await me.sees("4 bytes", "will be attached as")
        await me.presses("ctrl+s")
        await me.sees("y queues it")
        me.app.post_message(events.Paste("y"))
        await me.presses("pagedown")
        await me.sees("y queues it")
        assert me.asked == []


async def test_a_file_that_is_no_report_is_refused_while_it_is_typed(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    async with person(tmp_path / "home") as me:
        await me.does("pane.acks")
        await stands_on_one(me, "state:report-missing")
        await me.does("rollouts.report")
        await me.types(f"{tmp_path}/nosuch.odt")
        await me.sees("no such file")
        await me.presses("ctrl+u")
        await me.types(f"{tmp_path}/report.pdf")
        await me.sees("[report-name]")
        await me.presses("enter", "y")
        await me.sees("a rule stands against it")
        assert me.asked == []


async def test_a_report_is_waived_for_a_reason_only(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await me.does("pane.acks")
        ref = await stands_on_one(me, "state:report-missing")
        await me.does("rollouts.report")
        await me.presses("up", "right")
        await me.sees("(x) none is needed", "why is no report needed?")
        await me.presses("enter")
        await me.types("the site was closed")
        await me.presses("enter", "y")
        await me.sees("queued: report")
        parsed = Ref.parse(ref)
        assert me.asked == [Report(target=parsed.whole, team=parsed.part, waive="the site was closed")]
        await me.has_sent("report")
        await me.does("list.clear")
        await stands_on_one(me, f"waived:closed team:{parsed.part}")
        await me.sees("report waived")
        await me.sees("no report needed: the site was closed")


async def test_an_incident_is_linked_and_its_link_taken_out_again(tmp_path: Path) -> None:
    url = "https://ggus.example.org/?ticket=4711"
    async with person(tmp_path) as me:
        ref = await stands_on_one(me, ACCEPTED)
        await me.does("rollouts.incident")
        await me.types(url)
        await me.presses("enter")
        await me.types("it leaks")
        await me.presses("ctrl+s")
        await me.sees("y queues it")
        await me.presses("y")
        assert me.asked == [Incident(target=Ref.parse(ref), url=url, title="it leaks")]
        await me.has_sent("incident")
        await me.does("rollouts.incident")
        await me.presses("up", "right")
        await me.sees("(x) take one out")
        await me.presses("enter")
        await me.types("https://ggus.example.org/?ticket=4")
        await me.presses("tab", "ctrl+s", "y")
        await me.until(lambda: len(me.asked) == 2, "it was not taken out:")
        assert me.asked[1] == Incident(target=Ref.parse(ref), url=url, remove=True)


async def test_a_document_is_named_by_its_id_and_taken_out_again(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        ref = await stands_on_one(me, ACCEPTED)
        await me.does("rollouts.document")
        await me.types("700")
        await me.presses("ctrl+s", "y")
        await me.sees("queued: document", "u takes it back")
        assert me.asked == [Document(target=Ref.parse(ref), document="700")]
        await me.has_sent("document")
        await me.does("rollouts.document")
        await me.sees("700 now; none takes it out")
        await me.types("none")
        await me.sees("none is named then")
        await me.presses("ctrl+s", "y")
        await me.until(lambda: len(me.asked) == 2, "it was not taken out:")
        assert me.asked[1] == Document(target=Ref.parse(ref))


async def test_a_reject_has_a_reason(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        ref = await stands_on_one(me, ACCEPTED)
        await me.does("rollouts.outcome")
        await me.sees("( ) ACCEPT   ( ) REJECT", "which outcome?")
        await me.presses("r")
        await me.sees("(x) REJECT", "[reason-missing]")
        await me.presses("enter")
        await me.types("it leaks")
        await me.presses("enter", "y")
        await me.sees("queued: outcome")
        assert me.asked == [SetOutcome(target=Ref.parse(ref), outcome=Outcome.REJECT, reason="it leaks")]


async def test_resolving_shows_what_is_met_and_what_is_missing_and_lets_a_reason_override(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        ref = await stands_on_one(me, ACCEPTED)
        await me.does("rollouts.resolve")
        await me.sees("[ ] outcome:", "[ ] document:", "[ ] report of", "or give a reason")
        await me.presses("right")
        await me.sees("[✓] outcome: ACCEPT")
        await me.presses("enter")
        await me.types("700")
        await me.sees("[✓] document: 700", "What it does, in this order")
        await me.presses("ctrl+s", "y")
        await me.sees("a rule stands against it: o overrides it")
        assert me.asked == []
        await me.presses("o", "enter")
        await me.sees("an override needs a reason")
        await me.types("agreed at the EMT")
        await me.presses("enter")
        await me.until(lambda: bool(me.asked), "the override was not taken:")
        assert me.asked[0] == Resolve(target=Ref.parse(ref), outcome=Outcome.ACCEPT, document="700")
        assert me.desk.board.entries(Ref.parse(ref))[-1].reason == "agreed at the EMT"


async def test_the_list_is_polled_by_a_mail_that_is_shown_before_it_goes(tmp_path: Path) -> None:
    mailer, ear = FakeMailer(), Ear()
    async with person(tmp_path, ear=ear, desk=demo_desk(tmp_path, ear, mailer=mailer)) as me:
        ref = await stands_on_one(me, "stage:no-ea")
        await me.does("rollouts.poll")
        await me.sees(
            f"Poll for {ref}", "To", "early-adopters-", "Subject", "Early adopters wanted", "who can test it?"
        )
        await me.presses("ctrl+s")
        await me.sees("y queues it", f"poll {ref}  cannot be undone")
        await me.presses("y")
        await me.sees("queued: poll")
        (command,) = me.asked
        assert isinstance(command, Poll)
        await me.has_sent("poll")
        assert [letter.subject for letter in mailer.sent] == [command.subject]
        await me.sees("just polled", "Polled")


async def test_where_no_list_is_known_somebody_must_be_named(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await stands_on_one(me, "is:unparsed is:open")
        await me.does("rollouts.poll")
        await me.sees("the list's address")
        await me.presses("ctrl+s")
        await me.sees("the to is missing")
        assert me.asked == []


@pytest.mark.parametrize(
    ("what", "keys", "wanted"),
    [
        ("due", "2026-12-01", lambda ref: SetDue(target=ref, due=dt.date(2026, 12, 1))),
        ("owner", "somebody", lambda ref: SetOwner(target=ref, owner="somebody")),
        ("status", "stalled", lambda ref: SetStatus(target=ref, status="stalled")),
    ],
)
async def test_a_plain_field_is_chosen_and_then_set(tmp_path: Path, what: str, keys: str, wanted: object) -> None:
    async with person(tmp_path) as me:
        ref = await stands_on_one(me, ACCEPTED)
        await me.does("rollouts.edit")
        await me.sees(f"Edit {ref}: what")
        await me.types(what)
        await me.presses("enter")
        await me.sees(f"Edit {ref}: {what}")
        await me.types(keys)
        await me.sees("->") if what == "status" else await me.sees(keys)
        await me.presses("enter", "y")
        await me.sees(f"queued: {what}")
        assert callable(wanted)
        assert me.asked == [wanted(Ref.parse(ref))]
        await me.has_sent(what)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ((*"SL5 | SL6", "enter"), {"values": ("SL5", "SL6")}),
        (("enter",), {"values": ()}),
        (("up", "right", "enter", *"SL6", "enter"), {"add": ("SL6",)}),
        (("up", "left", "enter", *"SL4", "enter"), {"remove": ("SL4",)}),
    ],
    ids=["set", "none", "add", "take-out"],
)
async def test_a_field_of_the_source_is_set_as_a_whole_or_by_its_values(
    tmp_path: Path, keys: tuple[str, ...], wanted: dict[str, tuple[str, ...]]
) -> None:
    world = Watched(tmp_path)
    world.tracker("rt").has(structs.replace(rollout("rt:1"), fields=(("Platforms", "SL4"),)))
    async with world.watching(ready="rt up to date") as me:
        await me.stands_on("rt:1")
        await me.does("rollouts.edit")
        await me.types("platf")
        await me.sees_line("Platforms", "SL4")
        await me.presses("enter")
        await me.sees("Edit rt:1: Platforms", "(x) set to")
        await me.presses(*({" ": "space", "|": "vertical_line"}.get(key, key) for key in keys))
        await me.sees("y queues it")
        await me.presses("y")
        await me.until(lambda: bool(me.asked), "it was not queued:")
        assert me.asked == [SetField(target=Ref("rt", "1"), name="Platforms", **wanted)]


async def test_the_names_a_status_and_an_owner_can_have_are_completed(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        ref = await stands_on_one(me, ACCEPTED)
        await me.does("rollouts.edit")
        await me.types("status")
        await me.presses("enter", "tab")
        await me.sees("new  open  stalled  resolved  rejected  deleted")
        await me.types("st")
        await me.presses("tab")
        await me.sees("means stalled")
        await me.presses("escape", "escape")
        await me.does("rollouts.edit")
        await me.types("owner")
        await me.presses("enter", *"nob", "tab", "enter", "y")
        await me.until(lambda: bool(me.asked), "it was not queued:")
        assert me.asked == [SetOwner(target=Ref.parse(ref), owner="")]


async def test_what_is_typed_ahead_of_a_form_goes_into_it_in_order(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await stands_on_one(me, ACCEPTED)
        await me.pilot.press("e", *"today", "enter", "y")
        await me.until(lambda: bool(me.asked), "it was not queued:")
        (command,) = me.asked
        assert isinstance(command, Expose)
        assert command.on == dt.date(2026, 11, 18)


@pytest.mark.parametrize(
    "action", ["expose", "extend", "report", "incident", "document", "outcome", "resolve", "poll", "edit"]
)
async def test_no_form_is_confirmed_by_the_key_that_opened_it(tmp_path: Path, action: str) -> None:
    async with person(tmp_path) as me:
        await stands_on_one(me, ACCEPTED)
        (key,) = me.app.keymap.keys(f"rollouts.{action}")
        await me.presses(*[key] * 4, "escape")
        await me.presses("enter", key, key, "enter", key, "escape", "escape", "escape")
        await me.until(lambda: len(me.app.screen_stack) == 1, "a dialog is still there:")
        assert me.asked == []


async def test_a_form_is_whole_again_after_the_window_changed(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await stands_on_one(me, ACCEPTED)
        await me.does("rollouts.expose")
        await me.types("yesterday")
        for size in ((60, 15), (20, 5), (1, 1), (80, 24)):
            await me.pilot.resize_terminal(*size)
            await me.presses("pagedown")
        await me.sees_line("> Since", "yesterday", "Tue 2026-11-17")
        await me.pilot.resize_terminal(60, 15)
        await me.sees_line("> Since", "yesterday", "Tue 2026-11-17")
        await me.sees("esc leaves it")


async def test_a_letter_written_and_then_esc_is_not_lost_at_once(tmp_path: Path) -> None:
    async with person(tmp_path) as me:
        await stands_on_one(me, ACCEPTED)
        await me.does("rollouts.document")
        await me.types("70")
        await me.presses("escape")
        await me.sees("enter back to the lines", "70")
        await me.presses("enter")
        await me.types("0")
        await me.presses("ctrl+s", "y")
        await me.until(lambda: bool(me.asked), "it was not queued:")
        assert [command.document for command in me.asked if isinstance(command, Document)] == ["700"]
