"""A rollout on its way through the embedded store: what is kept, what its history tells, who else is told."""

from __future__ import annotations

import asyncio
import datetime as dt
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.backends.sql import SqlOptions
from ppstui.errors import Conflict, Refused
from ppstui.model import (
    Acknowledge,
    Answer,
    Assign,
    Document,
    Expose,
    Extend,
    Incident,
    Kind,
    Link,
    Outcome,
    Parent,
    Phase,
    Poll,
    Ref,
    Report,
    Resolve,
    Rollout,
    SetDue,
    SetField,
    SetOutcome,
    SetOwner,
    SetStatus,
)
from ppstui.rules.commands import preview, reverse
from ppstui.rules.commands.scene import said_of_exposure, values_of
from ppstui.rules.policy import Policy
from ppstui.rules.tracker import Tracker
from ppstui.testing import known_to, read, samples
from ppstui.testing.reading import NOON
from ppstui.testing.samples import TODAY, rollout
from tests.backends.sql.places import PAGES, FilePlace, TeamPlace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ppstui.backends.sql.backend import SqlBackend
    from ppstui.model import Command
    from tests.backends.sql.places import Place
    from tests.servers.postgresql_site import Cluster

TEAMS = ("ea-NGI_IT-INFN-T1", "ea-CERN-CERN-PROD")
REF = Ref("local", "1")


@pytest.fixture
async def local(place: Place) -> AsyncIterator[SqlBackend]:
    backend = place.desk()
    await backend.put([rollout("local", 1, TEAMS)])
    yield backend
    await backend.aclose()


@pytest.fixture
async def filed(tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A store in a file, which has its copies beside it."""
    backend = FilePlace(tmp_path / "local.sqlite").desk()
    await backend.put([rollout("local", 1, TEAMS)])
    yield backend
    await backend.aclose()


async def look(backend: SqlBackend, ref: Ref = REF) -> Rollout:
    record = await backend.look(ref)
    assert isinstance(record, Rollout)
    return record


# ---------------------------------------------------------------------------------------------------------- its files


def opened(record: Rollout) -> Path:
    """The file that a person opens."""
    (file,) = record.attachments
    assert file.url.startswith("file:///")
    return Path(unquote(urlsplit(file.url).path))


async def test_a_report_can_be_opened_and_is_for_nobody_elses_eyes(filed: SqlBackend, tmp_path: Path) -> None:
    command = samples.report(REF, TEAMS[0], "It works.")
    receipt = await filed.apply(command, "report-1")
    assert receipt.text == f"local:1: file + {command.name}"
    record = await look(filed)
    assert receipt.record == record
    path = opened(record)
    assert path.name == command.name
    assert path.read_bytes() == command.content
    assert path.is_relative_to(tmp_path / "local.files")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_the_copy_is_only_a_copy(filed: SqlBackend, tmp_path: Path) -> None:
    command = samples.report(REF, TEAMS[0], "It works.")
    await filed.apply(command, "report-1")
    path = opened(await look(filed))
    path.write_bytes(b"half of i")
    assert opened(await look(filed)).read_bytes() == command.content
    path.unlink()
    another = FilePlace(tmp_path / "local.sqlite").desk()
    assert opened(await look(another)).read_bytes() == command.content
    await another.aclose()


async def test_a_folder_that_cannot_be_made_only_costs_the_address(filed: SqlBackend, tmp_path: Path) -> None:
    (tmp_path / "local.files").write_text("in the way")
    await filed.apply(samples.report(REF, TEAMS[0], "It works."), "report-1")
    (file,) = (await look(filed)).attachments
    assert (file.url, file.size) == ("", 777)


async def test_files_of_two_stores_in_one_place_are_not_taken_for_each_other(tmp_path: Path) -> None:
    contents = []
    for number in range(2):
        backend = FilePlace(tmp_path / "local.sqlite").desk()
        await backend.put([rollout("local", 1, TEAMS)])
        await backend.apply(samples.report(REF, TEAMS[0], f"It works {number}."), "report-1")
        contents.append(opened(await look(backend)).read_bytes())
        await backend.aclose()
        (tmp_path / "local.sqlite").unlink()
    assert contents[0] != contents[1]
    assert len(contents[0]) == len(contents[1])


async def test_a_store_in_memory_keeps_files_without_an_address() -> None:
    backend = FilePlace(None).desk()
    await backend.put([rollout("local", 1, TEAMS)])
    await backend.apply(samples.report(REF, TEAMS[0], "It works."), "report-1")
    (file,) = (await look(backend)).attachments
    assert (file.url, file.size) == ("", 777)
    await backend.aclose()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"content": b""}, "no longer there"),
        ({"content": b"", "size": 0}, "is empty"),
        ({"content": b"another"}, "not the file that was chosen"),
        ({"digest": "0" * 64}, "not the file that was chosen"),
        ({"name": ""}, "no name for a file"),
        ({"name": "../../.bashrc"}, "no name for a file"),
        ({"name": ".."}, "no name for a file"),
        ({"name": "a\x1b[2Jb.odt"}, "no name for a file"),
    ],
)
async def test_a_file_that_is_not_the_one_that_was_meant_is_refused(
    local: SqlBackend, change: dict[str, object], says: str
) -> None:
    before = await look(local)
    command = structs.replace(samples.report(REF, TEAMS[0], "It works."), **change)
    with pytest.raises(Refused, match=says):
        await local.apply(command, "report-1")
    assert await look(local) == before


# --------------------------------------------------------------------------------------------------------- its parent


def with_parent(number: int, parent: Ref) -> Rollout:
    return structs.replace(rollout("local", number, TEAMS), parent=Parent(ref=parent, title="UMD.arc6"))


async def test_a_parent_that_is_kept_here_is_told_and_so_are_its_other_children(local: SqlBackend) -> None:
    release = Ref("local", "90")
    await local.put([rollout("local", 90), with_parent(2, release), with_parent(3, release), with_parent(4, REF)])
    held = await read(local, Kind.ROLLOUT)
    command = Resolve(target=Ref("local", "2"), outcome=Outcome.REJECT, document="700")
    receipt = await local.apply(command, "resolve-1")
    assert receipt.text == (
        "local:2: link + https://documents.example.org/document/700, document (empty) → 700, outcome (empty) → REJECT, "
        "status open → resolved; its parent local:90 was told: outcome REJECT, document 700"
    )
    for number in ("2", "3"):
        parent = (await look(local, Ref("local", number))).parent
        assert parent is not None
        assert (parent.outcome, parent.document) == ("REJECT", "700")
    heard = await read(local, Kind.ROLLOUT, known_to(held))
    assert {ref.id for ref in heard.records} == {"2", "3", "90"}, "every desk hears of it"
    own = await look(local, release)
    assert (own.outcome, own.document) == ("REJECT", "700")
    assert [event.text for event in own.events] == ["outcome (empty) → REJECT", "document (empty) → 700"]
    stranger = (await look(local, Ref("local", "4"))).parent
    assert stranger is not None
    assert stranger.outcome == ""
    again = await local.apply(command, "resolve-2")
    assert again.text == "local:2: it was resolved already"


async def test_a_parent_that_is_kept_elsewhere_is_left_alone_and_that_is_said(local: SqlBackend) -> None:
    await local.put([with_parent(2, Ref("rt", "25"))])
    receipt = await local.apply(Resolve(target=Ref("local", "2"), outcome=Outcome.ACCEPT), "resolve-1")
    assert receipt.text.endswith("; its parent rt:25 is kept elsewhere and was not told")
    parent = (await look(local, Ref("local", "2"))).parent
    assert parent is not None
    assert parent.outcome == ""


async def test_what_a_rollout_does_not_have_is_not_told(local: SqlBackend) -> None:
    told = Parent(ref=Ref("local", "90"), outcome="ACCEPT", document="12")
    await local.put([structs.replace(rollout("local", 2, TEAMS), parent=told)])
    await local.apply(Resolve(target=Ref("local", "2")), "resolve-1")
    assert (await look(local, Ref("local", "2"))).parent == told


# -------------------------------------------------------------------------------------------------------- its document


async def test_a_document_that_is_named_by_its_address_alone_has_no_number(local: SqlBackend) -> None:
    await local.apply(Document(target=REF, document="700"), "document-1")
    await local.apply(Document(target=REF, url="https://zenodo.example.org/1"), "document-2")
    record = await look(local)
    assert (record.document, record.document_url) == ("", "https://zenodo.example.org/1")
    assert record.links == (Link(url="https://zenodo.example.org/1", relation="document"),)


async def test_where_nobody_says_where_documents_are_none_is_linked(place: Place) -> None:
    backend = place.desk(document_url="")
    await backend.put([rollout("local", 1)])
    await backend.apply(Document(target=REF, document="700"), "document-1")
    record = await look(backend)
    assert (record.document, record.document_url, record.links) == ("700", "", ())
    await backend.aclose()


@pytest.mark.parametrize("url", ["https://docs.example.org/", "ftp://x/{id}", "{id}"])
def test_an_address_that_is_none_is_refused_when_it_is_configured(url: str) -> None:
    with pytest.raises(ValueError, match=r"^document_url: "):
        SqlOptions(document_url=url)
    assert SqlOptions(document_url=PAGES).document_url == PAGES


# ----------------------------------------------------------------------------------------------------- its colleagues


async def test_a_conflict_says_who_did_what(local: SqlBackend, place: Place) -> None:
    seen = await look(local)
    anna = place.desk("anna")
    await anna.apply(SetOutcome(target=REF, outcome=Outcome.REJECT), "outcome-1")
    await anna.aclose()
    with pytest.raises(Conflict) as raised:
        await local.apply(SetOutcome(target=REF, outcome=Outcome.ACCEPT), "outcome-2", seen)
    assert str(raised.value) == ("local:1: anna changed outcome to REJECT since you looked; look again and decide anew")
    assert raised.value.current == await look(local)


# ---------------------------------------------------------------------------------------------------------- plain edits


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (SetStatus(target=REF, status="rejcted"), "'rejcted' is no status here; did you mean rejected?"),
        (
            SetStatus(target=REF, status="?"),
            "it is one of new, open, stalled, resolved, rejected, deleted",
        ),
        (SetField(target=REF, name="Teams", values=("x",)), "Teams is set by the action assign"),
        (SetField(target=REF, name=" Document ", values=("x",)), "Document is set by the action document"),
        (SetField(target=REF, name="exposure end", values=("x",)), "exposure end is set by the action extend"),
        (SetField(target=REF, name=" ", values=("x",)), "names no field"),
        (SetField(target=REF, name="a\nb", values=("x",)), "names no field"),
        (SetOwner(target=REF, owner="a\nb"), "on one line"),
    ],
)
async def test_what_cannot_be_set_is_refused_with_what_to_do(local: SqlBackend, command: Command, says: str) -> None:
    before = await look(local)
    with pytest.raises(Refused) as raised:
        await local.apply(command, "key")
    assert says in str(raised.value)
    assert await look(local) == before


async def test_a_status_may_be_written_in_any_letters(local: SqlBackend) -> None:
    await local.apply(SetStatus(target=REF, status=" Stalled "), "status-1")
    record = await look(local)
    assert (record.status, record.phase) == ("stalled", Phase.STALLED)


async def test_a_field_stays_where_it_stood(local: SqlBackend) -> None:
    there = (("Impact", "low"), ("Sites", "CERN"), ("Sites", "PIC"), ("Weight", "3"))
    await local.put([structs.replace(rollout("local", 1), fields=there)])
    await local.apply(SetField(target=REF, name="sites", add=("KNU",), remove=("PIC",)), "field-1")
    assert (await look(local)).fields == (("Impact", "low"), ("Sites", "CERN, KNU"), ("Weight", "3"))
    await local.apply(SetField(target=REF, name="Sites", values=()), "field-2")
    await local.apply(SetField(target=REF, name="Odd", values=("1",)), "field-3")
    assert (await look(local)).fields == (("Impact", "low"), ("Weight", "3"), ("Odd", "1"))
    assert [event.text for event in (await look(local)).events] == [
        "Sites CERN, PIC → CERN, KNU",
        "Sites CERN, KNU → (empty)",
        "Odd (empty) → 1",
    ]


# ---------------------------------------------------------------------------------------------------------------- laws

days = st.dates(TODAY - dt.timedelta(days=30), TODAY + dt.timedelta(days=30))
words = st.sampled_from(["one", "two", "Two", " two ", "three"])
values = st.lists(words, max_size=3).map(tuple)
reasons = st.sampled_from(["", "it rained", "line\nppstui: exposure of all from 2001-01-01", "[red]\x1b[2J"])
teams = st.sampled_from(TEAMS)
documents = st.sampled_from(["", "700", "701"])
urls = st.sampled_from(["", "https://documents.example.org/document/700", "https://zenodo.example.org/1"])
# Not `new`: a rollout that has teams is opened by choosing one of them again, which no preview tells (idle is no act).
statuses = st.sampled_from([phase.value for phase in Phase if phase is not Phase.NEW])
outcomes = st.sampled_from([None, *Outcome])
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(Assign, target=st.just(REF), add=st.lists(teams, max_size=2).map(tuple)),
    st.builds(Acknowledge, target=st.just(REF), team=teams, answer=st.sampled_from(Answer), note=reasons),
    st.builds(Poll, target=st.just(REF), to=st.just("list@example.org"), subject=reasons, text=reasons),
    st.builds(Expose, target=st.just(REF), team=st.one_of(st.just(""), teams), on=days),
    st.builds(Extend, target=st.just(REF), team=teams, until=days, reason=reasons.filter(bool)),
    st.builds(samples.report, st.just(REF), teams, words),
    st.builds(Report, target=st.just(REF), team=teams, waive=reasons.filter(bool)),
    st.builds(Incident, target=st.just(REF), url=urls.filter(bool), title=reasons, text=reasons, remove=st.booleans()),
    st.builds(Document, target=st.just(REF), document=documents, url=urls),
    st.builds(SetOutcome, target=st.just(REF), outcome=outcomes, reason=reasons),
    st.builds(Resolve, target=st.just(REF), outcome=outcomes, document=documents, url=urls, reason=reasons),
    st.builds(SetDue, target=st.just(REF), due=st.one_of(st.none(), days)),
    st.builds(SetOwner, target=st.just(REF), owner=st.sampled_from(["", "anna", " bob "])),
    st.builds(SetStatus, target=st.just(REF), status=statuses),
    st.builds(
        SetField, target=st.just(REF), name=words, values=st.one_of(st.none(), values), add=values, remove=values
    ),
)


def shown(record: Rollout) -> dict[str, object]:
    """What a person sees of a record, and what rules read."""
    plain = ("status", "phase", "owner", "due", "outcome", "document", "document_url", "fields", "parent")
    found: dict[str, object] = {name: getattr(record, name) for name in plain}
    found["teams"] = [each.team for each in record.assignments]
    found["exposures"] = [said_of_exposure(record.exposures, team) for team in ("", *TEAMS)]
    found["waivers"] = [(each.team, each.reason) for each in record.waivers]
    found["said"] = [(each.voice, each.text, each.marks) for each in record.messages]
    found["files"] = [(each.name, each.size) for each in record.attachments]
    return found


def concerned(record: Rollout, command: Command) -> object:
    """What of a record a command is about, as far as it can be taken back."""
    match command:
        case Assign():
            return {each.team for each in record.assignments}
        case Incident():
            return {link.url for link in record.links}
        case Document():
            return record.document, record.document_url
        case SetField():
            return set(values_of(record, command.name))
        case Resolve() | SetStatus():
            return record.status, record.phase
        case _:
            return record.outcome, record.due, record.owner


def check_reversed(place: Place, given_ones: list[Command], command: Command) -> None:
    async def law() -> None:
        backend = place.desk()
        await backend.put([with_parent(1, Ref("local", "90"))])
        for number, each in enumerate(given_ones):
            await backend.apply(each, f"key-{number}")
        before = await look(backend)
        await backend.apply(command, "key", before)
        back = reverse(command, before)
        if back is not None:
            await backend.apply(back, "back", await look(backend))
            assert concerned(await look(backend), command) == concerned(before, command)
        await backend.aclose()

    asyncio.run(law())


def check_promised(place: Place, given_ones: list[Command]) -> None:
    policy = Policy(zone=ZoneInfo("Europe/Zurich"))
    tracker = Tracker(watchers=False, document_url=PAGES)

    async def law() -> None:
        backend = place.desk()
        await backend.put([with_parent(1, Ref("local", "90"))])
        for number, command in enumerate(given_ones):
            key = f"key-{number}"
            before = await look(backend)
            receipt = await backend.apply(command, key, before)
            after = await look(backend)
            assert receipt.record == after
            assert shown(after) == shown(preview(command, before, policy, NOON, "coordinator", key, tracker))
            told = [event.text for event in after.events]
            assert told[: len(before.events)] == [event.text for event in before.events], "history only grows"
            assert (after.rev == before.rev) == (structs.replace(after, updated=before.updated) == before)
            assert (await backend.apply(command, key, before)).record == after
            assert await look(backend) == after
        await backend.aclose()

    asyncio.run(law())


@given(st.lists(commands, max_size=4), commands)
@settings(max_examples=60, deadline=None)
def test_what_is_reversed_is_as_it_was(given_ones: list[Command], command: Command) -> None:
    check_reversed(FilePlace(None), given_ones, command)


@given(st.lists(commands, max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_store_does_what_the_preview_promised(given_ones: list[Command]) -> None:
    check_promised(FilePlace(None), given_ones)


@pytest.mark.live
@pytest.mark.xdist_group("postgresql")
def test_both_laws_hold_in_a_database_too(cluster: Cluster) -> None:
    @given(st.lists(commands, max_size=6), commands)
    @settings(max_examples=20, deadline=None)
    def law(given_ones: list[Command], command: Command) -> None:
        check_reversed(TeamPlace(cluster), given_ones, command)
        check_promised(TeamPlace(cluster), [*given_ones, command])

    law()
