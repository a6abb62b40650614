"""What only a real process shows: what is imported, signals, closed pipes, mistakes of our own."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

HEAVY = ("textual", "rich", "httpx", "httpcore", "holidays", "keyring", "matplotlib", "numpy")


def environment(home: Path, **more: str) -> dict[str, str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "PPSTUI_"))}
    return keep | {"HOME": str(home), "TERM": "xterm"} | more


def ppstui(home: Path, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ppstui", *argv]
    return subprocess.run(
        command,
        env=environment(home, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "list --help",
        "do --help",
        "completion bash",
        "list rollouts --offline --json",
        "list acks --offline",
        "list pilots --offline",
        "effort --offline",
        "show local:pilot-1 --md --offline",
        "outbox",
        "show local:1 --offline",
        "config paths",
    ],
)
def test_what_needs_no_network_and_no_screen_imports_neither(tmp_path: Path, words: str) -> None:
    program = (
        "import sys; from ppstui.cli import main; code = main(sys.argv[1:]);"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    command = [sys.executable, "-c", program, *words.split()]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr.splitlines()[-1:] in ([""], []), done.stderr


def test_importing_the_command_line_imports_next_to_nothing() -> None:
    program = (
        "import sys, ppstui.cli; print(*[name for name in ('argparse', 'asyncio', 'msgspec') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("words", [["list", "rollouts", "--json"], ["list", "rollouts"], ["watch"], ["--help"]])
def test_a_reader_that_went_away_ends_it_quietly(tmp_path: Path, words: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ppstui", "--demo", *words],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize(
    "words", [["list", "outbox", "--json"], ["--help"], ["config", "paths"], ["--demo", "list", "rollouts"]]
)
def test_a_full_disk_under_standard_output_is_one_sentence(tmp_path: Path, words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ppstui", *words],
            env=environment(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    said = [line for line in done.stderr.splitlines() if "standard output" in line]
    assert (done.returncode, len(said)) == (1, 1)
    assert "mistake" not in done.stderr
    assert "Exception" not in done.stderr


def test_closed_streams_are_nobody_who_reads(tmp_path: Path) -> None:
    line = f"{sys.executable} -m ppstui list rollouts --json"
    for closing in (">&-", "2>&-", "<&-", ">&- 2>&- <&-"):
        done = subprocess.run(
            ["sh", "-c", f"{line} {closing}"], env=environment(tmp_path), capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), closing


def test_without_a_home_the_list_of_users_tells_it(tmp_path: Path) -> None:
    import pwd

    bare = {key: text for key, text in environment(tmp_path).items() if key != "HOME"}
    bare |= {"XDG_STATE_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "ppstui", "config", "paths"], env=bare, capture_output=True, text=True, check=False
    )
    home = pwd.getpwuid(os.getuid()).pw_dir
    assert f"configuration  {home.rstrip('/')}/.config/ppstui/config.toml" in done.stdout


def test_no_terminal_is_said_with_what_to_do_instead(tmp_path: Path) -> None:
    done = ppstui(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "ppstui: dashboard: this is no terminal; use ppstui watch, or ppstui list rollouts\n"


def test_a_mistake_of_ours_becomes_a_sentence_and_a_report(tmp_path: Path) -> None:
    state = tmp_path / "state"
    program = (
        "import sys; from ppstui.cli import failing, main; del failing.DONE;"
        "sys.exit(main(['list', 'rollouts', '--where', 'password']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(tmp_path, XDG_STATE_HOME=str(state)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    (report,) = (state / "ppstui").glob("mistake-*.txt")
    assert str(report) in done.stderr
    text = report.read_text(encoding="utf-8")
    assert "ImportError" in text
    assert "\nlist rollouts --where\n" in text, "the command, without what was asked for"
    assert report.stat().st_mode & 0o077 == 0


class Watching:
    """A `ppstui watch` that runs."""

    def __init__(self, home: Path, *argv: str, **more: str) -> None:
        command = [sys.executable, "-m", "ppstui", *argv]
        self.process = subprocess.Popen(
            command,
            env=environment(home, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        self.seen = ""

    def until(self, pattern: str, seconds: float = 30.0) -> None:
        """Reads until the pattern was written."""
        assert self.process.stdout is not None
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen):
            left = end - time.monotonic()
            assert left > 0, f"{pattern} was never said: {self.seen}"
            if select.select([self.process.stdout], [], [], left)[0]:
                piece = os.read(self.process.stdout.fileno(), 65536)
                assert piece, f"it ended without saying {pattern}: {self.seen}"
                self.seen += piece.decode()

    def stop(self, number: int) -> tuple[int, str]:
        """Its exit code and what it complained about."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=10)
        return self.process.returncode, err.decode()


def test_ctrl_c_ends_it_at_once_while_a_server_is_silent(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        file = tmp_path / "ppstui.toml"
        file.write_text(
            f'[backends.rt]\ntype = "rt"\nurl = "http://127.0.0.1:{port}/rt"\ntoken = "env:RT_TOKEN"\n',
            encoding="utf-8",
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "ppstui", "--config", str(file), "list", "rollouts", "--json"],
            env=environment(tmp_path, RT_TOKEN="1-23-x"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        silent.settimeout(30)
        connection, _ = silent.accept()
        with connection:
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
    assert time.monotonic() - begun < 5
    assert (process.returncode, out) == (7, b"")
    assert err == b"ppstui: interrupted; what was queued stays in the outbox\n"


def test_watch_ends_at_once_while_a_server_is_silent(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        file = tmp_path / "ppstui.toml"
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/rt"
        file.write_text(f'[backends.rt]\ntype = "rt"\nurl = "{url}"\ntoken = "env:RT_TOKEN"\n', encoding="utf-8")
        watching = Watching(tmp_path, "--config", str(file), "watch", RT_TOKEN="1-23-x")
        silent.settimeout(30)
        connection, _ = silent.accept()
        with connection:
            begun = time.monotonic()
            assert watching.stop(signal.SIGINT) == (0, "")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_watch_says_what_needs_attention_and_ends_cleanly(tmp_path: Path, number: int) -> None:
    watching = Watching(tmp_path, "--demo", "watch", "--where", "is:late")
    watching.until(r"\+\d\d:\d\d rt:18307 late: no answer from ea-CERN-CERN-PROD \(.* late\)")
    code, err = watching.stop(number)
    assert (code, err) == (0, "")
    assert "\x1b" not in watching.seen
    assert "\r" not in watching.seen


def test_watch_says_each_change_on_a_line(tmp_path: Path) -> None:
    title = "Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64"
    ppstui(tmp_path, "do", "rollout-new", "--title", title)
    watching = Watching(tmp_path, "watch")
    watching.until("local:1 soon|local:1 to know|local:1 late")
    ppstui(tmp_path, "do", "assign", "local:1", "--team", "ea-NGI_IT-INFN-T1", "--offline")
    watching.until(r"local:1 ea-NGI_IT-INFN-T1 not chosen -> told, no answer yet: ")
    watching.until(r"outbox 2 done: assign local:1")
    assert watching.stop(signal.SIGTERM)[0] == 0


def test_watch_says_what_happens_to_pilots(tmp_path: Path) -> None:
    ppstui(tmp_path, "do", "pilot-new", "--title", "WMS 3.1", "--update", "minor", "--on", "2026-12-01")
    ppstui(tmp_path, "do", "rollout-new", "--title", "Staged Rollout CA 1.38")
    assert "local:1 " not in ppstui(tmp_path, "watch", "--once", "--where", "update:minor").stdout
    watching = Watching(tmp_path, "watch", "--where", "is:open")
    watching.until("local:pilot-1 .*no site is chosen.*: WMS 3.1")
    ppstui(tmp_path, "do", "pilot-step", "local:pilot-1", "--step", "2", "--offline")
    watching.until("local:pilot-1 stage requested -> pre-screened: WMS 3.1")
    watching.until("local:pilot-1 step 2, pre-screen open -> done: WMS 3.1")
    assert watching.stop(signal.SIGTERM)[0] == 0


def test_watch_does_not_read_out_ten_thousand_letters(tmp_path: Path) -> None:
    ppstui(tmp_path, "do", "rollout-new", "--title", "Staged " + "x" * 10_000)
    lines = ppstui(tmp_path, "watch", "--once").stdout.splitlines()
    assert lines
    assert max(map(len, lines)) < 600


@pytest.mark.parametrize("more", [{"TERM": "dumb"}, {"ACCESSIBLE": "1"}])
def test_where_only_lines_can_be_shown_the_dashboard_is_watch(tmp_path: Path, more: dict[str, str]) -> None:
    watching = Watching(tmp_path, "--demo", **more)
    watching.until("rt:18307 late")
    code, err = watching.stop(signal.SIGINT)
    assert code == 0
    assert "this is ppstui watch" in err
