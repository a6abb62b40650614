"""A month of four issues to four places, in foul weather: each place has each issue once, and the record says so."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.faults.live_ground import look
from tests.faults.month import AUDIENCE, CORRECTED, CORRECTS, FORMATS, ISSUES, PLACES, Month, play
from tests.faults.outside import Outside
from tests.faults.seeds import ONE
from tests.servers.dokuwiki_site import start_wiki
from tests.servers.rt_site import start_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.shell import JsonValue

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("month"), pytest.mark.timeout(300)]

SEED = ONE if ONE is not None else 46
FEWEST_DEATHS = 3
"""By the servers; the one in the editor is not counted."""


@pytest.fixture
def month(tmp_path: Path) -> Iterator[Month]:
    """The first day of it."""
    home = tmp_path / "home"
    home.mkdir()
    rt = contextmanager(start_site)(tmp_path / "rt", "--seed", "none", "--workers", "2")
    wiki = contextmanager(start_wiki)(tmp_path / "wiki")
    with rt as site, wiki as pages, Outside(site, pages).open() as outside:
        yield Month(home, outside, SEED)


def test_a_month_of_four_issues_reaches_each_place_once(month: Month) -> None:
    print(f"seed {SEED} (another with PPSTUI_SEED=n)")
    try:
        play(month)
    finally:
        print(*month.outside.story, sep="\n")
    outside = month.outside
    assert outside.victim.killed >= FEWEST_DEATHS
    records = recorded(month)
    wrong = [
        *in_the_archive(month),
        *in_the_mail(month),
        *on_the_wiki(month, records),
        *in_the_queue(month, records),
        *on_the_record(month, records),
        *frozen(month),
    ]
    assert not wrong, "\n".join(wrong)


Published = dict[tuple[str, str, int], "dict[str, JsonValue]"]
"""What the issues' records say of where they went: by place, issue and number."""


def recorded(month: Month) -> Published:
    """What `bulletin history` tells."""
    found: Published = {}
    for record in month.run("bulletin", "history", "--json").records:
        publications = record["publications"]
        assert isinstance(publications, list)
        for each in publications:
            assert isinstance(each, dict)
            name = (str(each["target"]), str(record["issue"]), int(str(each["number"])))
            assert name not in found, f"{name} is on the record twice"
            found[name] = each
    return found


# --------------------------------------------------------------------------------- the laws, from the servers' own side


def in_the_archive(month: Month) -> Iterator[str]:
    """The file is the issues one behind the other, as they went, and nothing else."""
    stands = (month.shell.home / "out" / "archive.txt").read_text(encoding="utf-8")
    if stands != "\n".join(told.text for told in month.told):
        yield f"archive: it is not each issue once, in order: {stands}"


def in_the_mail(month: Month) -> Iterator[str]:
    """Each once; one that may have left not again, unless a person sent it again."""
    mails = {str(mail["Message-ID"]).strip(): mail for mail in month.outside.post.mails()}
    told_ids: list[str] = []
    for told in month.told:
        ids = month.mails(told.issue, told.number)
        wanted = 1
        if told.number and month.given_up(told.issue, 0):
            wanted = 0  # nobody corrects what the record does not know of
        if (decided := month.decided.get((told.issue, told.number))) is not None:
            wanted = decided.there + (decided.verb == "retry")
            if decided.there > 1:
                yield f"mail: {told.issue} was there {decided.there} times before anybody was asked"
        if len(ids) != wanted or len(set(ids)) > 1:
            yield f"mail: {told.issue}, {told.number} is there as {ids}, and not {wanted} times"
        told_ids += ids[:1]
        for id_ in ids[:1]:
            body = mails[id_].get_body(("plain",))
            if body is None or body.get_content().splitlines() != told.text.splitlines():
                yield f"mail: {id_} says something else: {body}"
            parent = str(mails[id_]["In-Reply-To"] or "").strip()
            if told.number and parent not in month.mails(told.issue, 0):
                yield f"mail: the correction {id_} belongs to {parent or 'nothing'}"
    if list(mails) != told_ids:
        yield f"mail: they came as {list(mails)}, and not as {told_ids}"


def on_the_wiki(month: Month, records: Published) -> Iterator[str]:
    """A page for each issue, a revision for each publication, all of them ours, one after the other."""
    wiki = month.outside.wiki
    pages = {page["id"] for page in wiki.ask("wiki.getAllPages")}
    if pages != {page_of(issue) for issue in ISSUES}:
        yield f"wiki: there are the pages {sorted(pages)}"
    moments = []
    for issue in ISSUES:
        mine = [told for told in month.told if told.issue == issue]
        revisions = list(reversed(wiki.ask("wiki.getPageVersions", page_of(issue), 0)))
        if len(revisions) != len(mine):
            yield f"wiki: {issue} has the revisions {revisions}"
        if wiki.text(page_of(issue)).strip() != mine[-1].wiki.strip():
            yield f"wiki: {issue} says {wiki.text(page_of(issue))}"
        for told, revision in zip(mine, revisions, strict=False):
            moments.append((month.told.index(told), revision["version"]))
            id_ = records.get(("wiki", issue, told.number), {}).get("id")
            if id_ != f"{page_of(issue)}@{revision['version']}":
                yield f"wiki: {issue}, {told.number} is {id_} on the record and {revision['version']} there"
            if told.number and CORRECTS not in revision["sum"]:
                yield f"wiki: the correction says {revision['sum']}"
    if sorted(moments) != sorted(moments, key=lambda each: each[1]):
        yield f"wiki: they came as {moments}"


def page_of(issue: str) -> str:
    """As the wiki writes its name."""
    return f"bulletins:{AUDIENCE}:{issue}".lower()


def in_the_queue(month: Month, records: Published) -> Iterator[str]:
    """A ticket for each issue, its correction a reply on it, and nothing else was ever said."""
    rt = month.outside.rt
    said = [each for each in look(rt, 0).said if each.author == rt.user("manager")]
    if len(said) != len(month.told):
        yield f"ticket: so many things were said: {Counter((each.kind, each.ticket) for each in said)}"
    tickets: dict[str, str] = {}
    for told, each in zip(month.told, said, strict=False):
        kind = "Correspond" if told.number else "Create"
        ticket = tickets.setdefault(told.issue, each.ticket)
        if (each.kind, each.ticket, len(each.keys)) != (kind, ticket, 1):
            yield f"ticket: {told.issue}, {told.number} is a {each.kind} on {each.ticket} under {each.keys}"
        if " ".join(told.text.split()) not in " ".join(each.text.split()):
            yield f"ticket: {told.issue}, {told.number} says {each.text}"
        id_ = records.get(("ticket", told.issue, told.number), {}).get("id")
        if id_ != (f"{ticket}#{each.id}" if told.number else ticket):
            yield f"ticket: {told.issue}, {told.number} is {id_} on the record and {each.id} on {each.ticket}"
    if len(set(tickets.values())) != len(ISSUES):
        yield f"ticket: the issues are the tickets {tickets}"


def on_the_record(month: Month, records: Published) -> Iterator[str]:
    """Everything that went is there with its number and its digest, and nothing else."""
    wanted = {
        (place, told.issue, told.number)
        for told in month.told
        for place in PLACES
        if place != "mail"
        or not (month.given_up(told.issue, told.number) or (told.number and month.given_up(told.issue, 0)))
    }
    if records.keys() != wanted:
        yield f"record: what is missing or too much: {sorted(records.keys() ^ wanted)}"
    texts = {(told.issue, told.number): told for told in month.told}
    for (place, issue, number), each in records.items():
        told = texts[issue, number]
        text = told.wiki if place == "wiki" else told.text
        if each["digest"] != hashlib.sha256(text.encode()).hexdigest():
            yield f"record: {place} {issue}, {number} has another digest than what went"
        if (each["by"], each["corrects"]) != ("carla", CORRECTS if number else None):
            yield f"record: {place} {issue}, {number}: {each}"
        decided = month.decided.get((issue, number)) if place == "mail" else None
        if place == "mail" and decided is not None and decided.verb == "comment":
            continue  # a person says that it went; nobody told them as what
        if place == "mail" and each["id"] not in month.mails(issue, number):
            yield f"record: the mail of {issue}, {number} is {each['id']}"
        if place == "archive" and each["id"] != str(month.shell.home / "out" / "archive.txt"):
            yield f"record: the file of {issue}, {number} is {each['id']}"
    if [told.issue for told in month.told if told.number] != [CORRECTED]:
        yield "record: there is not one correction"


def frozen(month: Month) -> Iterator[str]:
    """Weeks later an issue reads as it did when it went."""
    for issue in ISSUES:
        for format_ in FORMATS:
            if month.show(issue, format_) != month.stands[issue][format_]:
                yield f"frozen: {issue} has changed as {format_}"
