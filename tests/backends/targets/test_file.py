"""Issues as files: whole or not at all, once, and never over what somebody else wrote."""

from __future__ import annotations

import fcntl
import os
import resource
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ppstui.backends.targets.file import Files, Options
from ppstui.errors import BackendError, Conflict, NotAuthorised, Refused, Unreachable
from tests.backends.targets.issue import KEY, TEXT, correction, issue, tools

if TYPE_CHECKING:
    from pathlib import Path

    from ppstui.port import Exchange, Outlet

WEEK = "egee-operations-2026-W47.txt"


def outlet(path: str | Path, mode: str = "replace", told: list[Exchange] | None = None) -> Outlet:
    options = Options(path=str(path), mode=mode)  # type: ignore[arg-type]
    return Files.open(options, tools([] if told is None else told, "targets.file"))


def names(folder: Path) -> list[str]:
    """What is in a folder, hidden or not."""
    return sorted(path.name for path in folder.iterdir())


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A path with what differs from issue to issue in it."""
    return f"{tmp_path}/{{audience}}-{{issue}}.txt"


# ---------------------------------------------------------------------------------------------------------- the file


async def test_an_issue_is_the_file_and_its_bytes_are_those_of_the_preview(place: str, tmp_path: Path) -> None:
    told: list[Exchange] = []
    target = outlet(place, told=told)
    receipt = await target.publish(issue(), KEY)
    assert (tmp_path / WEEK).read_bytes() == target.preview(issue()) == TEXT.encode()
    assert (receipt.id, receipt.text) == (
        f"{tmp_path}/{WEEK}",
        f"{tmp_path}/{WEEK} holds it, {len(TEXT.encode())} bytes",
    )
    assert [exchange.key for exchange in told] == [KEY]
    assert digest(TEXT) in told[0].request
    assert names(tmp_path) == [WEEK], "nothing is left beside it"


async def test_what_is_there_already_is_found_and_not_written_again(place: str, tmp_path: Path) -> None:
    told: list[Exchange] = []
    target = outlet(place, told=told)
    first = await target.publish(issue(), KEY)
    inode = (tmp_path / WEEK).stat().st_ino
    again = await target.publish(issue(), KEY)
    assert (again.id, again.text) == (first.id, f"{first.id} holds it already")
    assert (tmp_path / WEEK).stat().st_ino == inode
    assert len(told) == 1


async def test_a_correction_takes_the_place_of_what_was_published(place: str, tmp_path: Path) -> None:
    target = outlet(place)
    await target.publish(issue(), KEY)
    (tmp_path / WEEK).chmod(0o640)
    corrected = correction(found=digest(TEXT))
    for _ in range(2):
        await target.publish(corrected, "another")
        assert (tmp_path / WEEK).read_text() == corrected.text
    assert (tmp_path / WEEK).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("found", ["", digest(TEXT)])
async def test_what_somebody_else_wrote_stays(place: str, tmp_path: Path, found: str) -> None:
    (tmp_path / WEEK).write_text("by hand\n")
    with pytest.raises(
        Conflict, match="changed by .* on 20.* since it" if found else "never published by us"
    ) as caught:
        await outlet(place).publish(issue(found=found), KEY)
    assert (tmp_path / WEEK).read_text() == "by hand\n"
    assert caught.value.source == "targets.file"


async def test_a_file_that_was_taken_away_is_written_again(place: str, tmp_path: Path) -> None:
    await outlet(place).publish(issue(found=digest("before")), KEY)
    assert (tmp_path / WEEK).read_text() == TEXT


async def test_what_a_killed_try_left_is_swept_away(place: str, tmp_path: Path) -> None:
    beside = tmp_path / f".ppstui-{digest(KEY)[:20]}"
    beside.symlink_to(tmp_path / "elsewhere")
    await outlet(place).publish(issue(), KEY)
    assert names(tmp_path) == [WEEK]


async def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "latest").symlink_to("www/latest.txt")
    await outlet(tmp_path / "latest").publish(issue(), KEY)
    assert (tmp_path / "latest").is_symlink()
    assert (tmp_path / "www" / "latest.txt").read_text() == TEXT


async def test_folders_are_made_where_the_path_differs_and_nowhere_else(tmp_path: Path) -> None:
    await outlet(f"{tmp_path}/{{issue}}/{{audience}}/{{number}}.txt").publish(issue(), KEY)
    assert (tmp_path / "2026-W47" / "egee-operations" / "0.txt").read_text() == TEXT
    with pytest.raises(Unreachable, match="make the folder, or correct path of"):
        await outlet(f"{tmp_path}/not-mounted/{{issue}}/latest.txt").publish(issue(), KEY)
    assert names(tmp_path) == ["2026-W47"]


# --------------------------------------------------------------------------------------------------- one after another


async def test_issues_stand_behind_each_other_each_once(tmp_path: Path) -> None:
    path = tmp_path / "bulletins.txt"
    target = outlet(path, "append")
    path.write_text("Before there was a desk\n")
    other = issue(issue="2026-W48", text="Another week\n")
    for command in (issue(), other, correction(), issue(), other, correction()):
        receipt = await target.publish(command, KEY)
    assert receipt.text.endswith("holds it already")
    assert path.read_text() == f"Before there was a desk\n\n{TEXT}\nAnother week\n\n{correction().text}"


async def test_an_issue_that_is_only_a_part_of_a_line_is_not_taken_for_there(tmp_path: Path) -> None:
    path = tmp_path / "bulletins.txt"
    path.write_text("Another week of rain")
    await outlet(path, "append").publish(issue(text="Another week"), KEY)
    assert path.read_text() == "Another week of rain\n\nAnother week"


@pytest.mark.parametrize("written", ["html", "json"])
async def test_what_stands_alone_is_not_added_to_anything(tmp_path: Path, written: str) -> None:
    with pytest.raises(Refused, match=f"{written} cannot be added"):
        await outlet(tmp_path / "x", "append").publish(issue(format=written), KEY)


# ---------------------------------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("folder", Refused),
        ("pipe", Refused),
        ("file/x.txt", Refused),
        ("n" * 300, Refused),
        ("loop", Refused),
        ("missing/x.txt", Unreachable),
        ("/sys/ppstui-bulletin.txt", NotAuthorised),
    ],
)
async def test_a_place_that_takes_no_file_is_said_with_what_to_do(
    tmp_path: Path, path: str, kind: type[BackendError]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BackendError) as caught:
        await outlet(tmp_path / path).publish(issue(), KEY)
    assert type(caught.value) is kind
    assert str(caught.value).startswith("targets.file: /")
    assert "; " in str(caught.value)
    assert not [name for name in names(tmp_path) if name.startswith(".ppstui")]


async def test_a_disk_that_takes_no_more_leaves_the_file_as_it_was(place: str, tmp_path: Path) -> None:
    target = outlet(place)
    await target.publish(issue(), KEY)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
    try:
        with pytest.raises(Unreachable, match="File too large; it is tried again"):
            await target.publish(correction(text="x" * 3_000_000, found=digest(TEXT)), KEY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (tmp_path / WEEK).read_text() == TEXT
    assert names(tmp_path) == [WEEK]


async def test_an_empty_issue_is_not_written(place: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is empty"):
        await outlet(place).publish(issue(text="\n"), KEY)
    assert names(tmp_path) == []


async def test_two_desks_do_not_write_at_once(place: str, tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(Unreachable, match="somebody else publishes"):
        await outlet(place).publish(issue(), KEY)
    os.close(handle)
    await outlet(place).publish(issue(), KEY)


async def test_a_place_is_looked_at_beforehand(place: str, tmp_path: Path) -> None:
    health = await outlet(place).check()
    assert (health.text, health.problems) == (f"issues take the place of the file {place}", ())
    with pytest.raises(Unreachable, match="make the folder"):
        await outlet(tmp_path / "missing" / "x").check()
    with pytest.raises(Refused, match="nobody here has the home folder"):
        await outlet("~nobody-of-that-name/x").check()
    assert names(tmp_path) == []


# ------------------------------------------------------------------------------------------------------------- paths


@example("京" * 400, "W" * 400)
@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("../\\\0\n\t -~a{}é$%"), max_size=30), st.text(st.sampled_from("./\0~-W"), max_size=400))
async def test_no_name_leads_out_of_its_folder(
    tmp_path_factory: pytest.TempPathFactory, audience: str, week: str
) -> None:
    folder = tmp_path_factory.mktemp("www", numbered=True)
    receipt = await outlet(f"{folder}/{{audience}}/{{issue}}").publish(issue(audience=audience, issue=week), KEY)
    (below,) = names(folder)
    (name,) = names(folder / below)
    assert receipt.id == f"{folder}/{below}/{name}"
    assert not name.startswith(".")
    assert (folder / below / name).read_text() == TEXT


@pytest.mark.parametrize(
    "path", ["", "bulletin.txt", "/srv/www/", "/srv/{week}.txt", "/srv/{issue", "/srv/issue}", "/srv/{}", "/srv/a\nb"]
)
def test_a_path_that_is_none_is_said_at_once(path: str) -> None:
    with pytest.raises(ValueError, match=r"path is not the whole path|path holds braces"):
        Options(path=path)
