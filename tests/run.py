#!/usr/bin/env python3
"""Makes the test environment and runs everything: `python3 tests/run.py`.

Needs nothing but Python 3.11 or newer with venv. Makes `.venv` in the checkout from the lock file, installs the Debian
packages of the real servers where it may (root on Debian 12), says loudly which live suites are left out where it may
not, and runs formatter, linter, types, contracts and all tests; the tests come last. Arguments are handed to pytest.

With PPSTUI_REQUIRE_LIVE=1 a live suite that cannot run is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent
VENV = TOP / ".venv"
SERVERS = ("rt", "postgresql", "dokuwiki", "mailman", "chromium")

if sys.version_info < (3, 11):  # noqa: UP036  said here, because nothing else has been checked yet
    sys.exit("tests/run.py: Python 3.11 or newer is needed")


def run(*argv: str | Path, env: dict[str, str] | None = None) -> int:
    """Runs a command in the checkout, shown before and timed after."""
    print("==>", " ".join(str(word) for word in argv), flush=True)
    start = time.monotonic()
    status = subprocess.call([str(word) for word in argv], cwd=TOP, env=env)
    print(f"    {time.monotonic() - start:.1f} s, exit {status}", flush=True)
    return status


def environment() -> None:
    """Makes `.venv` from the lock file and installs the checkout in it, so that changes count at once."""
    python = VENV / "bin" / "python"
    if not python.exists() and run(sys.executable, "-m", "venv", VENV):
        sys.exit("tests/run.py: no virtual environment could be made; on Debian install python3-venv")
    pip = (python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    lock = TOP / "requirements.lock"
    if run(*pip, "--require-hashes", "--requirement", lock) or run(*pip, "--no-deps", "--editable", TOP):
        sys.exit("tests/run.py: the test environment could not be installed; see the lines above")


def servers() -> list[str]:
    """Installs the real servers where it may; answers with a sentence for each that is missing."""
    missing = []
    for name in SERVERS:
        script = HERE / "servers" / name / "install.sh"
        if subprocess.call(["sh", str(script), "--check"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            continue
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            missing.append(f"{name}: needs root on Debian 12 once: sh {script.relative_to(TOP)}")
        elif run("sh", script):
            missing.append(f"{name}: its packages could not be installed; see the lines above")
    return missing


def main() -> int:
    """Runs the gate; the tests come last, so that their closing line closes the run."""
    environment()
    missing = servers()
    tools = VENV / "bin"
    checks = (
        (tools / "ruff", "format", "--check", "."),
        (tools / "ruff", "check", "."),
        (tools / "mypy",),
        (tools / "lint-imports",),
    )
    failed = [str(check[0].name) for check in checks if run(*check)]
    for sentence in missing:
        print(f"!!! LIVE SUITE LEFT OUT: {sentence}", flush=True)
    if missing and os.environ.get("PPSTUI_REQUIRE_LIVE") == "1":
        failed.append("live suites")
    if failed:
        print(f"!!! FAILED BEFORE THE TESTS: {', '.join(failed)}", flush=True)
    status = run_tests(tools / "python")
    return status or bool(failed)


def run_tests(python: Path) -> int:
    """Runs pytest unless told otherwise with one process more than two cores: many tests wait for a server.

    Its summary is the last line.
    """
    words = sys.argv[1:] or ["-n", "3", "--dist", "loadgroup"]
    print("==> pytest", " ".join(words), flush=True)
    return subprocess.call([str(python), "-m", "pytest", "-q", *words], cwd=TOP)


if __name__ == "__main__":
    sys.exit(main())
