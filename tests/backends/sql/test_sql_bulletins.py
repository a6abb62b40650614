"""The bulletin in a store: who may take whose draft's place, who holds it, and what is no issue at all."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.backends.sql.backend import SqlBackend
from ppstui.backends.sql.file import DataFile
from ppstui.errors import BackendError, Conflict, Garbled, Gone, Refused, Unsupported
from ppstui.model import Bulletin, Correct, Kind, Publish, Ref, SaveBulletin, about_bulletins
from ppstui.rules.bulletin.commands import bulletin_preview
from ppstui.rules.bulletin.guards import Asker, bulletin_objections
from ppstui.testing import bulletin_samples as samples
from ppstui.testing import read
from ppstui.testing.reading import NOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ppstui.model import Command
    from tests.backends.sql.places import Place

REF = samples.ref("local")


@pytest.fixture
async def anna(place: Place) -> AsyncIterator[SqlBackend]:
    backend = place.desk("anna")
    yield backend
    await backend.aclose()


@pytest.fixture
async def antonio(place: Place, anna: SqlBackend) -> AsyncIterator[SqlBackend]:
    """A colleague's desk on the same store."""
    assert anna
    backend = place.desk("antonio")
    yield backend
    await backend.aclose()


async def issue(backend: SqlBackend) -> Bulletin:
    record = await backend.look(REF)
    assert isinstance(record, Bulletin)
    return record


# ------------------------------------------------------------------------------------------------------ two at once


async def test_who_saved_meanwhile_is_named(anna: SqlBackend, antonio: SqlBackend) -> None:
    await anna.apply(samples.save("local"), "key-1")
    await antonio.apply(samples.save("local", "His.", "1"), "key-2")
    await anna.apply(samples.mention("local"), "key-3")
    told = "antonio saved another draft since yours was begun; look at both and save it again"
    with pytest.raises(Conflict, match=f"^{REF}: {told}$"):
        await anna.apply(samples.save("local", "Hers.", "1"), "key-4")
    await antonio.apply(samples.save("local", "His.", "3", freeze=True), "key-5")
    with pytest.raises(Conflict, match=f"^{REF}: antonio froze another text since yours was begun;"):
        await anna.apply(samples.save("local", "Hers.", "2"), "key-6")
    told = "was frozen with its facts; only its words can still be corrected, and frozen"
    with pytest.raises(Refused, match=f"^local: {REF} {told}$"):
        await anna.apply(samples.save("local", "Hers.", "4"), "key-7")


async def test_coordinators_who_begin_an_issue_at_once_make_it_once(place: Place) -> None:
    desks = [place.desk(f"desk-{number}") for number in range(3)]

    async def begin(number: int) -> str:
        while True:
            try:
                await desks[number].apply(samples.save("local", f"By {number}."), f"key-{number}")
            except Conflict as error:
                return str(error)
            except BackendError:
                continue  # a file that another one writes just now
            return ""

    ends = await asyncio.gather(*map(begin, range(3)))
    winner = ends.index("")
    assert [f"desk-{winner} saved another draft" in end for end in ends].count(True) == 2
    found = await issue(desks[0])
    assert (found.rev, found.updated_by, found.draft) == ("1", f"desk-{winner}", samples.draft(f"By {winner}."))
    for desk in desks:
        await desk.aclose()


@given(
    st.lists(
        st.tuples(st.sampled_from(("save", "save", "mention", "keep", "freeze")), st.integers(0, 2), st.integers(0, 9)),
        max_size=12,
    )
)
@settings(max_examples=60, deadline=None)
def test_no_draft_is_written_over_by_who_has_not_seen_it(asked: list[tuple[str, int, int]]) -> None:
    """Whatever is asked in whatever order: a draft goes only for one that was begun from it or from a later rev."""

    async def play() -> None:
        backend = SqlBackend("local", DataFile(None, "local"), lambda: NOON, "me")
        await backend.put([structs.replace(samples.bulletin("local"), notes=())])
        began, mentions = 0, 0
        for number, (what, text, base) in enumerate(asked):
            before = await issue(backend)
            seen = min(base, int(before.rev))
            command: Command = samples.save("local", f"text {text}", str(seen), freeze=what == "freeze")
            if what in ("mention", "keep"):
                command = samples.mention("local") if what == "mention" else samples.keep("local", correction=number)
            mentions += what == "mention"
            refusal: Refused | None = None
            try:
                await backend.apply(command, f"key-{number}")
            except Refused as error:
                refusal = error
            after = await issue(backend)
            if refusal:
                assert after == before
                assert isinstance(refusal, Conflict) == (seen < began)
                assert seen < began or before.frozen_at
            elif after.draft != before.draft or after.frozen_at != before.frozen_at:
                assert seen >= began or after.draft == before.draft
                assert before.frozen_at is None or (what == "freeze" and after.frozen_at == before.frozen_at)
                began = int(after.rev)
            assert len(after.notes) == mentions
        await backend.aclose()

    asyncio.run(play())


async def test_who_drafted_an_issue_that_is_no_more_drafts_it_anew(anna: SqlBackend) -> None:
    await anna.apply(samples.mention("local"), "key-1")
    await anna.apply(samples.save("local", base="7"), "key-2")
    assert (await issue(anna)).draft == samples.draft("hello from the contract")
    with pytest.raises(Conflict, match="anna saved another draft"):
        await anna.apply(samples.save("local", "Hers.", "7"), "key-3")


# -------------------------------------------------------------------------------------------------------- who holds


async def test_a_hold_is_kept_by_whoever_took_it(anna: SqlBackend, antonio: SqlBackend) -> None:
    await anna.apply(samples.save("local", "One.", hold=True), "key-1")
    assert (await issue(anna)).holder == "anna"
    await antonio.apply(samples.save("local", "One.", "1"), "key-2")
    assert ((await issue(anna)).holder, (await issue(anna)).rev) == ("anna", "1"), "he saved what is there"
    await antonio.apply(samples.save("local", "Two.", "1", hold=True), "key-3")
    assert (await issue(anna)).holder == "antonio"
    await anna.apply(samples.save("local", "Two.", "2"), "key-4")
    assert ((await issue(anna)).holder, (await issue(anna)).rev) == ("antonio", "2")
    await antonio.apply(samples.save("local", "Two.", "2"), "key-5")
    assert ((await issue(anna)).holder, (await issue(anna)).held_at) == ("", None)


async def test_coordinators_who_share_an_account_are_told_apart(anna: SqlBackend) -> None:
    await anna.apply(structs.replace(samples.save("local", hold=True), by="eva"), "key-1")
    await anna.apply(structs.replace(samples.save("local", base="1"), by="mario"), "key-2")
    found = await issue(anna)
    assert (found.holder, found.updated_by) == ("eva", "eva"), "it is hers, and he changed nothing"
    with pytest.raises(Conflict, match="eva saved another draft"):
        await anna.apply(structs.replace(samples.save("local", "His."), by="mario"), "key-3")


async def test_another_draft_ends_a_hold(anna: SqlBackend, antonio: SqlBackend) -> None:
    await anna.apply(samples.save("local", "One.", hold=True), "key-1")
    await antonio.apply(samples.save("local", "Two.", "1"), "key-2")
    assert ((await issue(anna)).holder, (await issue(anna)).held_at) == ("", None), "who held it has to look first"


async def test_who_takes_hold_again_holds_it_for_longer_and_is_in_nobodys_way() -> None:
    now = [NOON]
    backend = SqlBackend("local", DataFile(None, "local"), lambda: now[0], "me")
    await backend.apply(samples.save("local", hold=True), "key-1")
    now[0] += dt.timedelta(hours=5)
    await backend.apply(samples.save("local", hold=True), "key-2")
    found = await issue(backend)
    assert (found.rev, found.held_at) == ("2", now[0])
    await backend.apply(samples.save("local", "More.", "1"), "key-3")
    assert (await issue(backend)).draft == samples.draft("More.")
    await backend.aclose()


async def test_what_is_corrected_later_was_frozen_when_it_was() -> None:
    now = [NOON]
    backend = SqlBackend("local", DataFile(None, "local"), lambda: now[0], "me")
    await backend.apply(samples.save("local", freeze=True), "key-1")
    now[0] += dt.timedelta(hours=5)
    await backend.apply(samples.save("local", "In other words.", "1", freeze=True), "key-2")
    found = await issue(backend)
    assert (found.draft, found.frozen_at, found.updated) == (samples.draft("In other words."), NOON, now[0])
    await backend.aclose()


async def test_freezing_what_a_colleague_saved_alike_freezes_it(anna: SqlBackend, antonio: SqlBackend) -> None:
    await antonio.apply(samples.save("local", hold=True), "key-1")
    receipt = await anna.apply(samples.save("local", freeze=True), "key-2")
    assert receipt.text == f"{REF}: it was frozen"
    found = await issue(anna)
    assert (found.frozen_at, found.holder, found.held_at, found.updated_by) == (NOON, "", None, "anna")
    again = await anna.apply(samples.save("local", freeze=True, hold=True), "key-3")
    assert (again.text, again.record) == (f"{REF}: it was so already", found)
    held = await anna.apply(samples.save("local", hold=True), "key-4")
    assert (held.text, held.record) == (f"{REF}: it was so already", found)


async def test_an_issue_may_be_frozen_as_soon_as_it_is_made(anna: SqlBackend) -> None:
    await anna.apply(samples.save("local", freeze=True, hold=True), "key-1")
    found = await issue(anna)
    assert (found.frozen_at, found.holder, found.held_at) == (NOON, "", None)


# ------------------------------------------------------------------------------------------------------ what it says


async def test_each_command_to_an_issue_says_what_it_did(anna: SqlBackend) -> None:
    commands: tuple[Command, ...] = (
        samples.mention("local"),
        samples.save("local"),
        samples.save("local", base="2"),
        samples.keep("local"),
        samples.keep("local"),
    )
    told = [await anna.apply(command, f"key-{number}") for number, command in enumerate(commands)]
    assert [each.text for each in told] == [
        f"{REF}: rt:7 is to be mentioned",
        f"{REF}: the draft was kept",
        f"{REF}: it was so already",
        f"{REF}: what went to mail is written down",
        f"{REF}: what went to mail was written down already",
    ]
    assert [each.id for each in told] == [REF.id, "", "", "", ""]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (
            structs.replace(samples.mention("local"), target=Ref("local", "emt")),
            "local:emt is no issue; write it as local:AUDIENCE.2026-W47",
        ),
        (
            structs.replace(samples.save("local"), audience="emt", issue="47", target=Ref("local", "emt.47")),
            "local:emt.47 is no issue",
        ),
        (structs.replace(samples.save("local"), audience="emt"), f"{REF} is not emt.{samples.issue()}; save it as"),
        (structs.replace(samples.mention("local"), about=Ref("rt", "two words")), "'rt:two words' is not a reference"),
    ],
)
async def test_what_is_no_issue_is_not_made(anna: SqlBackend, command: Command, says: str) -> None:
    with pytest.raises(Refused, match=says):
        await anna.apply(command, "key-1")
    assert (await read(anna, Kind.BULLETIN)).records == {}


async def test_what_never_was_is_not_published(anna: SqlBackend) -> None:
    with pytest.raises(Gone, match=f"^{REF}: there is no such issue; look at the reference$"):
        await anna.apply(samples.keep("local"), "key-1")


@pytest.mark.parametrize("kind", [Publish, Correct])
async def test_a_store_is_no_target(anna: SqlBackend, kind: type[Publish]) -> None:
    command = kind(target=REF, of=REF, audience="emt", issue="2026-W40", subject="EMT", format="text", text="x")
    with pytest.raises(Unsupported):
        await anna.apply(command, "key-1")


@given(
    st.lists(
        st.builds(
            lambda what, text: {
                "mention": samples.mention("local", text),
                "keep": samples.keep("local", correction=len(text)),
                "freeze": samples.save("local", text, freeze=True),
                "hold": samples.save("local", text, hold=True),
                "save": samples.save("local", text),
            }[what],
            st.sampled_from(("mention", "keep", "freeze", "hold", "save")),
            st.sampled_from(("", "a", "bb")),
        ),
        max_size=8,
    )
)
@settings(max_examples=50, deadline=None)
def test_what_a_preview_shows_of_an_issue_is_what_is_there(commands: list[Command]) -> None:
    """Of what no rule stands against; less what tells when and by whom something was written last."""

    async def play() -> None:
        backend = SqlBackend("local", DataFile(None, "local"), lambda: NOON, "me")
        await backend.put([samples.bulletin("local")])
        for number, command in enumerate(commands):
            before = await issue(backend)
            based = structs.replace(command, base=before.rev) if isinstance(command, SaveBulletin) else command
            assert about_bulletins(based)
            if bulletin_objections(based, before, Asker(by="me", now=NOON)):
                continue
            await backend.apply(based, f"key-{number}")
            after = await issue(backend)
            shown = bulletin_preview(based, before, NOON, "me", f"key-{number}")
            plain = {"rev": "", "updated": None, "updated_by": ""}
            assert structs.replace(after, **plain) == structs.replace(shown, **plain)
        await backend.aclose()

    asyncio.run(play())


# ------------------------------------------------------------------------------------------------------- how it lies


async def test_late_issues_are_read_first_and_not_all_at_once(anna: SqlBackend) -> None:
    weeks = [f"2026-W{week}" for week in range(10, 32)]
    plain = samples.bulletin("local")
    await anna.put([structs.replace(plain, ref=Ref("local", "new"), issue=week) for week in weeks])
    reading = await read(anna, Kind.BULLETIN)
    assert [ref.id for ref in reading.records] == [f"{samples.AUDIENCE}.{week}" for week in reversed(weeks)]
    assert reading.batches == 2


async def test_a_draft_that_was_brought_in_is_not_written_over(anna: SqlBackend) -> None:
    there = structs.replace(samples.full_bulletin("local"), frozen_at=None)
    for rev in ("1", "2"):
        await anna.put([there])
        with pytest.raises(Conflict, match="antonio saved another draft"):
            await anna.apply(samples.save("local", "Mine."), "key-1")
        assert await issue(anna) == structs.replace(there, rev=rev)


@pytest.mark.parametrize("text", ["{", '{"parts": 1}', ""])
async def test_a_draft_that_no_ppstui_wrote_is_said(anna: SqlBackend, text: str) -> None:
    await anna.put([samples.full_bulletin("local")])
    await anna._store.write(lambda session: session.execute("UPDATE bulletins SET draft = ?", (text,)))
    with pytest.raises(Garbled, match="it holds what no ppstui wrote"):
        await read(anna, Kind.BULLETIN)
