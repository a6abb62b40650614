"""A draft is on the disk before the next key is pressed, and a program that ends leaves the old one or the new one."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ppstui.errors import StoreError, UsageError
from ppstui.model import Bulletin, Draft, Part, Ref
from ppstui.store.drafts import Drafts

if TYPE_CHECKING:
    from pathlib import Path

ISSUE = Bulletin(
    ref=Ref("local", "emt.2026-W47"),
    audience="emt",
    issue="2026-W47",
    draft=Draft(greeting="Dear all", parts=(Part(id="releases", title="Releases"),)),
)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts")
    assert drafts.read("emt", "2026-W47") is None
    drafts.write(ISSUE)
    assert drafts.read("emt", "2026-W47") == ISSUE
    drafts.forget("emt", "2026-W47")
    assert drafts.read("emt", "2026-W47") is None


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_survives(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    drafts = Drafts(tmp_path_factory.mktemp("drafts"))
    issue = structs.replace(ISSUE, draft=Draft(greeting=text))
    drafts.write(issue)
    assert drafts.read("emt", "2026-W47") == issue


def test_bytes_that_are_no_characters_are_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.write(ISSUE)
    with pytest.raises(UsageError, match="UTF-8"):
        drafts.write(structs.replace(ISSUE, draft=Draft(greeting="\udcff")))
    assert drafts.read("emt", "2026-W47") == ISSUE


@pytest.mark.parametrize("name", ["../emt", "a/b", "", ".hidden", "a\x00b"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        Drafts(tmp_path).read(name, "2026-W47")


def test_a_damaged_draft_is_kept_aside_and_told_once(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.write(ISSUE)
    file = tmp_path / "emt.2026-W47.json"
    file.write_text('{"half of', encoding="utf-8")
    with pytest.raises(StoreError, match="damaged"):
        drafts.read("emt", "2026-W47")
    assert (tmp_path / "emt.2026-W47.json.damaged").read_text(encoding="utf-8") == '{"half of'
    assert drafts.read("emt", "2026-W47") is None


def test_a_program_that_is_killed_while_it_writes_leaves_a_whole_draft(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, msgspec\n"
        "from ppstui.model import Bulletin, Draft, Ref\n"
        "from ppstui.store.drafts import Drafts\n"
        "drafts = Drafts(pathlib.Path(sys.argv[1]))\n"
        "number = 0\n"
        "while True:\n"
        "    number += 1\n"
        "    drafts.write(Bulletin(ref=Ref('local', 'emt.2026-W47'), audience='emt', issue='2026-W47',"
        " draft=Draft(greeting=str(number) * 20000)))\n"
        "    print(number, flush=True)\n"
    )
    for _ in range(3):
        running = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert running.stdout is not None
        last = 0
        for line in running.stdout:
            last = int(line)
            if last >= 20:
                running.send_signal(signal.SIGKILL)
                break
        told = [int(line) for line in running.communicate()[0].split()]
        last = max([last, *told])
        found = Drafts(tmp_path).read("emt", "2026-W47")
        assert found is not None
        assert found.draft is not None
        assert found.draft.greeting in {str(number) * 20000 for number in (last, last + 1)}, "what was told is there"
