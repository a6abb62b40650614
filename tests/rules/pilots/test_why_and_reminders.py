from __future__ import annotations

from msgspec import structs

from ppstui.model import Pilot, PilotCancel, Role, StepState, Update
from ppstui.rules.pilots import PilotCode, pilot_codes
from ppstui.rules.pilots.commands import pilot_preview
from ppstui.rules.pilots.reminders import pilot_reminder
from ppstui.rules.pilots.why import REMEDIES, PilotReason, pilot_why
from tests.rules.pilots.make import CNAF, POLICY, REF, after, driven, made, new, noon, sign, stands, wms


def reasons(record: Pilot, on: str) -> tuple[PilotReason, ...]:
    return pilot_why(stands(record, on), record, POLICY, noon(on))


def first(record: Pilot, on: str) -> tuple[str, str, Role]:
    reason = reasons(record, on)[0]
    return reason.blocker, reason.unblock, reason.mover


def reminder(record: Pilot, on: str) -> str:
    return pilot_reminder(record, stands(record, on))


def test_a_quiet_pilot_waits_for_the_step_whose_turn_it_is() -> None:
    assert first(made(new()), "2009-01-27") == (
        "step 2, pre-screen, is open, due on Fri 2009-01-30",
        "its sign-off by Antonio",
        Role.COORDINATOR,
    )
    assert first(wms(), "2009-02-20")[0] == "the service runs until Thu 2009-02-26"


def test_a_late_site_is_to_be_reminded_and_the_last_reminder_is_told() -> None:
    blocker, unblock, mover = first(wms(6), "2009-02-16")
    assert blocker == "step 7, set up the service, was due on Fri 2009-02-13, 2 days ago"
    assert unblock == f"remind {CNAF}, or sign it off"
    assert mover is Role.COORDINATOR


def test_a_minor_pilot_is_unblocked_by_the_emt() -> None:
    minor = driven(
        made(new(Update.MINOR)), {2: "2009-02-04", 3: "2009-02-06", 7: "2009-02-13", 8: "2009-02-19", 9: "2009-02-20"}
    )
    assert "EMT" in first(minor, "2009-02-20")[1]


def test_what_is_over_waits_for_nothing_and_a_list_entry_says_so() -> None:
    over = after(wms(), PilotCancel(target=REF, reason="x"), on="2009-02-18")
    assert reasons(over, "2009-03-18") == ()
    (reason,) = reasons(structs.replace(made(new()), whole=False), "2009-02-18")
    assert (reason.mover, "list entry" in reason.blocker) == (Role.NOBODY, True)
    done = driven(wms(), {8: "2009-02-26", 9: "2009-03-02", 10: "2009-03-04"})
    assert first(done, "2009-03-05")[1] == "close it with its assessment, or prolong it"


def test_every_code_has_a_way_out() -> None:
    worded = {"sites-missing", "step-due", "step-overdue", "report-due", "report-overdue"}
    assert {code for code, _ in pilot_codes()} == worded | {code.value for code in REMEDIES}


def test_the_site_is_reminded_of_the_installation() -> None:
    assert reminder(wms(6), "2009-02-16") == (
        f"Dear {CNAF},\n\n"
        "this is a reminder about the major pilot\n\n"
        "    WMS 3.1\n\n"
        "Step 7, set up the service, was agreed for Fri 2009-02-13. Please tell us\n"
        "when the installation is complete.\n\n"
        "Please keep pps-support@cern.ch in copy of every change to the service.\n\n"
        "Thank you.\n"
    )


def test_what_the_reminder_asks_for_follows_the_step() -> None:
    assert "runs until Thu 2009-02-26" in reminder(wms(), "2009-02-20")
    assert "post-mortem report is due on Thu 2009-03-05" in " ".join(reminder(wms(), "2009-03-01").split())


def test_nobody_reminds_himself() -> None:
    assert reminder(made(new()), "2009-02-05") == ""
    named = structs.replace(
        made(new()),
        steps=tuple(structs.replace(step, owner="Louis" if step.number == 2 else "") for step in made(new()).steps),
    )
    assert reminder(named, "2009-02-05").startswith("Dear Louis,")
    over = after(wms(), PilotCancel(target=REF, reason="x"), on="2009-02-18")
    assert reminder(over, "2009-02-18") == ""


def test_an_optional_step_does_not_hide_who_is_late() -> None:
    assert "repository manager" in reminder(wms(5), "2009-02-09")
    assert reminder(wms(5), "2009-02-16").startswith(f"Dear {CNAF}")


def test_the_title_of_a_stranger_breaks_nothing() -> None:
    nasty = structs.replace(wms(), title="WMS\x1b[31m\r\n.\r\nQUIT " + "x" * 300)
    text = reminder(nasty, "2009-02-20")
    assert "\x1b" not in text
    assert "\n.\n" not in text
    assert max(map(len, text.splitlines())) <= 76


def test_a_failed_set_up_is_not_asked_for_again() -> None:
    failed = after(wms(6), sign(7, "2009-02-12", StepState.FAILED), on="2009-02-12")
    assert PilotCode.STEP_FAILED in [reason.code for reason in reasons(failed, "2009-02-12")]
    assert pilot_preview(sign(7), failed, POLICY, noon("2009-02-13"), "a", "again").steps != failed.steps
