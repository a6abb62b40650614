"""A pilot's line of time as a picture: what is drawn, the same every time, and what is said where it cannot be."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_pilots import CNAF, asked_for

if TYPE_CHECKING:
    from tests.cli.shell import Shell
    from tests.cli.test_pilots import Course

WITHOUT = """
import sys
sys.modules["matplotlib"] = None
from ppstui.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def course(shell: Shell) -> Course:
    """A pilot that runs, is prolonged, and has a title that drawing libraries have ideas about."""
    words = ("--title", "$WMS_3.1$ & <more>", "--update", "major", "--site", CNAF, "--vo", "cms", "--on", "2009-02-06")
    course = asked_for(shell, "2009-01-26", *words)
    days = {2: "2009-01-30", 4: "2009-02-04", 5: "2009-02-06", 6: "2009-02-09", 7: "2009-02-16"}
    for number, day in days.items():
        course.step(number, day)
    course.do("pilot-edit", "--milestone", "2009-02-20=first jobs")
    course.do("pilot-prolong", "--until", "2009-03-12", "--reason", "more jobs")
    return course


def test_the_line_of_time_is_drawn_with_plan_and_fact_and_today(course: Course) -> None:
    pytest.importorskip("matplotlib")
    file = course.shell.home / "pilot.svg"
    course.on("2009-02-20")
    answer = course.shell.run("show", course.ref, "--picture", str(file))
    assert (answer.code, answer.out) == (0, "")
    assert f"pilot.svg: shows {course.ref}" in answer.err
    text = "\n".join(ET.fromstring(file.read_bytes()).itertext())
    for word in ("planned", "actual", "today", "prolonged", "set-up", "7 set up the service", "$WMS_3.1$ & <more>"):
        assert word in text, word
    assert "run Mon 2009-02-16 to Thu 2009-03-12" in text
    assert "first jobs" in text


def test_the_same_pilot_on_the_same_day_gives_the_same_bytes(course: Course) -> None:
    pytest.importorskip("matplotlib")
    for form in ("svg", "png"):
        drawn = []
        for name in ("one", "two"):
            file = course.shell.home / f"{name}.{form}"
            assert course.shell.run("show", course.ref, "--picture", str(file)).code == 0
            drawn.append(file.read_bytes())
        assert drawn[0] == drawn[1]
    assert drawn[0].startswith(b"\x89PNG")


def test_what_cannot_be_drawn_is_said_in_a_sentence(course: Course) -> None:
    home = course.shell.home
    bmp = course.shell.run("show", course.ref, "--picture", str(home / "x.bmp"))
    assert (bmp.code, "an .svg or a .png file" in bmp.err) == (2, True)
    team = course.shell.run("--demo", "show", "rt:team-10", "--picture", str(home / "x.svg"))
    assert (team.code, "--picture is for pilots" in team.err) == (2, True)
    pytest.importorskip("matplotlib")
    nowhere = course.shell.run("show", course.ref, "--picture", str(home / "missing" / "x.svg"))
    assert (nowhere.code, "cannot be written" in nowhere.err) == (1, True)


def test_without_the_library_a_sentence_says_how_to_get_it(course: Course) -> None:
    file = course.shell.home / "x.svg"
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT, "show", course.ref, "--picture", str(file)],
        env={
            "HOME": str(course.shell.home),
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": ":".join(sys.path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (1, "")
    assert re.fullmatch(r"ppstui: show: a picture needs Matplotlib: pip install 'ppstui\[picture\]'; .+\n", told.stderr)
    assert not file.exists()
