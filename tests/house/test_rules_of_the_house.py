"""What a linter cannot say about this house: sizes, where the clock is read, what is caught, what is kept apart."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PACKAGE = TOP / "ppstui"
MODULES = sorted(PACKAGE.rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(TOP))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_has_at_most_600_lines_and_a_function_60(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 600, f"{named(path)} wants two rooms"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 60, f"{named(path)}: {node.name} is too long to read at once"


def test_the_clock_is_read_in_the_composition_root_alone() -> None:
    readers = [
        named(path)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}
        if isinstance(node.value, ast.Attribute | ast.Name)
        and ast.unparse(node.value) in {"datetime", "dt.datetime", "dt.date", "date"}
    ]
    assert {Path(reader).parts[1] for reader in readers} <= {"cli"}, readers


def test_only_the_last_resort_catches_everything() -> None:
    broad = [
        f"{named(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        if node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
    ]
    assert len(broad) <= 1, broad


def test_untyped_values_stay_inside_the_adapters() -> None:
    """`Any` and `dict[str, Any]` end where an adapter or the configuration has read them."""
    allowed = ("ppstui/backends/", "ppstui/config/", "ppstui/port.py", "ppstui/testing/")
    loose = [
        f"{named(path)}:{node.lineno}"
        for path in MODULES
        if not named(path).startswith(allowed)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name) and node.id == "Any"
    ]
    assert not loose, loose


def test_no_name_says_nothing() -> None:
    vague = re.compile(r"(Manager|Utils?|Helpers?|Base|Handler)$")
    names = [
        f"{named(path)}: {node.name}"
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and vague.search(node.name)
    ]
    assert not names, names


def test_tests_wait_for_what_they_want_and_patch_nothing() -> None:
    forbidden = re.compile(r"time\.sleep\(|asyncio\.sleep\([1-9]|monkeypatch|unittest\.mock|mock\.patch")
    here = Path(__file__).resolve()
    faults = TOP / "tests" / "faults"  # delays are what these schedules are made of: time has to pass there
    found = [
        f"{named(path)}:{number}"
        for path in sorted((TOP / "tests").rglob("*.py"))
        if path != here and faults not in path.parents
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert not found, found


def test_the_repository_names_no_machine_and_no_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: nothing to list")
    forbidden = re.compile(r"/(?:work|root)/(?:main|shared|\.)|pypi\.org/simple|files\.pythonhosted|deb\.debian\.org")
    here = Path(__file__).resolve()
    found = [
        name
        for name in listed.stdout.split("\0")
        if name and (TOP / name).is_file() and (TOP / name) != here
        if forbidden.search((TOP / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found, found
