"""DokuWiki's own parser makes of an issue what was meant, whatever strangers put into it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from ppstui.bulletin import Page, render
from tests.bulletin.readers import Read, Seen, letters, meant
from tests.bulletin.samples import corrected
from tests.bulletin.test_hostile_text import BUILT_IN, pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM, SETTINGS, PHP = Path("/usr/share/dokuwiki/inc/init.php"), Path("/etc/dokuwiki"), Path("/usr/bin/php8.2")
Instructions = list[tuple[str, list[object], int]]
FOLDERS = ("attic", "cache", "index", "locks", "log", "media", "media_attic", "media_meta", "meta", "pages", "tmp")
SILENT = {
    *("document_start", "document_end", "section_open", "section_close", "cdata", "unformatted", "externallink"),
    *(
        "linebreak",
        "p_open",
        "p_close",
        "table_close",
        "tablethead_open",
        "tablethead_close",
        "listu_close",
        "listitem_close",
    ),
    *("listcontent_open", "listcontent_close", "tablerow_close", "tablecell_close", "tableheader_close"),
    *("listu_open", "table_open"),
    # These only make prettier what is there: quotation marks, dashes, what an abbreviation is short for.
    *("acronym", "entity", "multiplyentity", "singlequoteopening", "singlequoteclosing", "doublequoteopening"),
    *("doublequoteclosing", "apostrophe"),
}

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("dokuwiki")]


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Instructions]]:
    """What DokuWiki makes of a page; one interpreter for all of them."""
    if not (PROGRAM.is_file() and PHP.is_file()):
        reason = "needs the packages of tests/servers/dokuwiki/install.sh"
        assert os.environ.get("PPSTUI_REQUIRE_LIVE") != "1", reason
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("dokuwiki")
    for name in FOLDERS:
        (folder / "data" / name).mkdir(parents=True)
    shutil.copytree(SETTINGS, folder / "conf", ignore=shutil.ignore_patterns("*.auth.php", "local.php*"))
    (folder / "conf" / "local.php").write_text(f"<?php\n$conf['savedir'] = '{folder}/data';\n$conf['useacl'] = 0;\n")
    script = Path(__file__).with_name("instructions.php")
    argv = (PHP, "-d", "display_errors=stderr", script, folder / "conf")
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as php:
        assert php.stdin
        assert php.stdout
        to, back = php.stdin, php.stdout

        def ask(text: str) -> Instructions:
            to.write(json.dumps(text).encode() + b"\n")
            to.flush()
            answer: Instructions = json.loads(back.readline())
            return answer

        yield ask
        to.close()


COUNTED = {
    "listitem_open": {"lines": 1},
    "tablerow_open": {"rows": 1},
    "tablethead_close": {"rows": -1},
    "tablecell_open": {"cells": 1},
    "tableheader_open": {"cells": 1},
}


def read(instructions: Instructions) -> Read:
    sections: list[Seen] = []
    prose = 0
    for name, arguments, *_ in instructions:
        more = COUNTED.get(name, {})
        if name == "header" and arguments[1] != 3:
            assert arguments[1] == (1 if not sections else 2), arguments
            sections.append(Seen())
        elif name == "header":
            more = {"groups": 1}
        elif more:
            assert name in {"tablethead_close", "tablerow_open"} or arguments[0] == 1, "within or across others"
        else:
            assert name in SILENT or (name in {"strong_open", "strong_close"} and len(sections) == 1), (name, arguments)
        prose += name == "p_open"
        if more:
            seen = sections[-1]
            sections[-1] = seen._replace(**{each: getattr(seen, each) + n for each, n in more.items()})
    return Read(sections, prose, list(texts(instructions)))


def texts(instructions: Instructions) -> Iterator[str]:
    """What each line and each cell says."""
    told = ""
    for name, arguments, *_ in instructions:
        if name in {"listitem_open", "tablecell_open"}:
            told = ""
        elif name in {"cdata", "unformatted", "acronym", "entity"}:
            told += letters(str(arguments[0]))
        elif name == "multiplyentity":
            told += letters("x".join(map(str, arguments)))
        elif name == "externallink":
            assert str(arguments[0]).startswith(("http://", "https://")), arguments
            told += letters(str(arguments[1] or arguments[0]))
        elif name in {"listitem_close", "tablecell_close"}:
            yield told


def _unlinked(text: str) -> str:
    """A name that could end its link has one called `link` beside it."""
    return text.replace("link", "")


@settings(max_examples=100, deadline=None)
@given(told=pages())
def test_its_parser_sees_the_structure_that_was_meant(parsed: Callable[[str], Instructions], told: Page) -> None:
    written = render(told, "dokuwiki", BUILT_IN)
    seen = read(parsed(written))
    wanted = meant(told, seen)
    assert seen[:2] == wanted[:2], written
    assert [_unlinked(each) for each in seen.said or ()] == [_unlinked(each) for each in wanted.said or ()], written


def test_its_parser_sees_a_full_week_as_it_is(parsed: Callable[[str], Instructions]) -> None:
    told = corrected()
    instructions = parsed(render(told, "dokuwiki", BUILT_IN))
    seen = read(instructions)
    assert seen[:2] == meant(told, seen)[:2]
    said = "".join(str(each[1][0]) for each in instructions if each[0] in {"cdata", "unformatted", "acronym"})
    assert r"DPM 1.15: <memory leak> | *read* %URL% [[x]] & C:\tmp (NGI_IT)" in said
