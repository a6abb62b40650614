#!/usr/bin/env python3
"""Measures what a person feels: `python3 tests/benchmarks/run.py [start] [keys] [idle] [reading] [drafting]`, or all.

start    processor time to the first data on the screen, 1,000 and 100,000 rollouts, as a ratio to a bare
         Textual program; the two are run in turn, the median of the pairs counts
keys     bytes and changed cells of each key at 120x40, 256 colours, no compression
idle     bytes a second when nobody touches it, and over refreshes that find nothing new
reading  processor time of ppstui against that of a real Request Tracker, for 1,000 open tickets (needs the server)
drafting processor time from 5,000 rollouts with their history to a draft of the bulletin: it is to stay below a second

Bytes do not depend on the machine; processor times do, so ratios within one run are told where there is one.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

from tests.benchmarks.home import environment, fill  # noqa: E402
from tests.servers.rt_site import start_site  # noqa: E402
from tests.terminal import Terminal  # noqa: E402

RUNS = 7
BARE = (sys.executable, str(Path(__file__).with_name("bare.py")))
DASHBOARD = (sys.executable, "-m", "ppstui", "--offline")
FIRST_DATA = r"^ . .*\brt:\d+"


def first_data(argv: tuple[str, ...], pattern: str, env: dict[str, str]) -> float:
    """Processor seconds until the data is on the screen."""
    with Terminal(argv, env=env) as terminal:
        terminal.sees(pattern, timeout=60)
        return terminal.cpu()


def measure_start(home: Path) -> None:
    """Tells the ratio of the start to a bare one."""
    for count in (1_000, 100_000):
        folder = home / f"start-{count}"
        folder.mkdir()
        began = time.monotonic()
        env = fill(folder, count)
        print(f"start: {count:,} rollouts stored and read once in {time.monotonic() - began:.0f} s", flush=True)
        first_data(BARE, "Hello", env)
        first_data(DASHBOARD, FIRST_DATA, env)
        pairs = [(first_data(DASHBOARD, FIRST_DATA, env), first_data(BARE, "Hello", env)) for _ in range(RUNS)]
        ratios = sorted(ours / bare for ours, bare in pairs)
        middle = statistics.median(ratios)
        print(f"start: {count:,}: median {middle:.2f} x bare (pairs {ratios[0]:.2f} to {ratios[-1]:.2f})")


def measure_keys(home: Path) -> None:
    """Tells what keys cost."""
    folder = home / "keys"
    folder.mkdir()
    env = fill(folder, 1_000)
    for low in ("--no-low-bandwidth", "--low-bandwidth"):
        with Terminal((*DASHBOARD, low), env=env) as terminal:
            terminal.sees(FIRST_DATA)
            terminal.settle(0.5)
            groups = (
                ("down, details beside it", ["down"] * 10),
                ("details away", ["d"]),
                ("down, list alone", ["down"] * 10),
                ("page", ["pagedown"] * 5),
                ("/ and letters of 'dcache'", ["/", *"dcache"]),
                ("escape", ["escape"]),
                ("other pane", ["2", "1"]),
            )
            for name, keys in groups:
                costs = [terminal.cost(key, quiet=0.4) for key in keys]
                sizes = sorted(cost.bytes for cost in costs)
                cells = statistics.median(cost.cells for cost in costs)
                middle = statistics.median(sizes)
                print(f"keys {low}: {name}: bytes median {middle:.0f}, most {sizes[-1]}; cells median {cells:.0f}")


def measure_idle(home: Path) -> None:
    """Tells what doing nothing costs, and a refresh that finds nothing."""
    folder = home / "idle"
    folder.mkdir()
    env = fill(folder, 1_000, refresh="2s")
    for words, what in (((*DASHBOARD,), "offline"), (DASHBOARD[:-1], "refreshing every 2 s")):
        with Terminal(words, env=env) as terminal:
            terminal.sees(FIRST_DATA)
            terminal.settle(1.0)
            end, size, cpu = time.monotonic() + 4, 0, 0.0
            while time.monotonic() < end:  # the first readings may still say so
                terminal.pump(0.1)
            size, cpu = len(terminal.raw), terminal.cpu()
            end = time.monotonic() + 20
            while time.monotonic() < end:
                terminal.pump(0.1)
            rate, busy = (len(terminal.raw) - size) / 20, (terminal.cpu() - cpu) * 50
            print(f"idle: {what}: {rate:.1f} bytes/s, {busy:.1f} ms CPU/s")


def server_cpu(group: int) -> float:
    """Processor seconds that a server's process group has used."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) if int(fields[2]) == group else 0
    return total / os.sysconf("SC_CLK_TCK")


def measure_reading(home: Path) -> None:
    """Tells what reading 1,000 open tickets costs ppstui and the server, both in processor time."""
    folder = home / "reading"
    folder.mkdir()
    site = start_site(folder / "rt", "--seed", "board-1000", "--workers", "2")
    rt = next(site)
    env = environment(folder) | {"PPSTUI_BENCH_TOKEN": rt.token("manager")}
    config = folder / "config" / "ppstui" / "config.toml"
    config.parent.mkdir(parents=True)
    head = '[sources]\nrollouts = ["rt"]\n[backends.rt]\ntype = "rt"\ntoken = "env:PPSTUI_BENCH_TOKEN"\n'
    config.write_text(f'{head}url = "{rt.url}"\n')
    before, children = server_cpu(rt.pid), resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "ppstui", "sync"], env=env, check=True, capture_output=True, timeout=600)
    after, ended = server_cpu(rt.pid), resource.getrusage(resource.RUSAGE_CHILDREN)
    ours = ended.ru_utime + ended.ru_stime - children.ru_utime - children.ru_stime
    ratio = 100 * ours / (after - before)
    wall = time.monotonic() - began
    print(
        f"reading: 1,000 rollouts, 5,000 messages, {wall:.0f} s: ppstui {ours:.1f} s CPU, server {after - before:.1f} s"
    )
    print(f"reading: ppstui against server: {ratio:.1f} %")
    next(site, None)


def measure_drafting(_home: Path) -> None:
    """Tells how long a bulletin takes whose audience hears of everything: facts, changes, draft, and a second draft."""
    from ppstui.backends.demo.world import bulk
    from ppstui.rules.bulletin import audiences, comparing, drafting, gathering
    from ppstui.rules.policy import Policy
    from ppstui.rules.rollouts import standing

    now, policy, week = dt.datetime(2026, 11, 18, 10, tzinfo=dt.UTC), Policy(), dt.timedelta(days=7)
    audience = audiences.Audience(name="egee-operations")
    rollouts = tuple((each, standing(each, policy, now)) for each in bulk(5_000, now))
    previous = gathering.gather(
        audience, gathering.Facts(rollouts=rollouts[::2]), "2026-W45", now - 4 * week, now - 2 * week, policy
    )
    facts = gathering.Facts(rollouts=rollouts, previous=previous)
    costs = []
    for _ in range(RUNS):
        began = time.process_time()
        gathered = gathering.gather(audience, facts, "2026-W47", previous.until, now, policy)
        draft = drafting.begin(gathered, audience)
        first = time.process_time()
        comparing.since_last(previous, gathered)
        compared = time.process_time()
        drafting.merge(draft, gathered)
        costs.append((first - began, compared - first, time.process_time() - compared))
    sections = ", ".join(f"{len(each.items)} in {each.id}" for each in gathered.sections if each.items)
    drafted, compared, merged = (statistics.median(each) for each in zip(*costs, strict=True))
    print(
        f"drafting: 5,000 rollouts: draft {drafted:.2f} s, changes {compared:.2f} s, again {merged:.2f} s ({sections})"
    )


def main() -> None:
    """Runs the measurements that were asked for."""
    measures = {
        "start": measure_start,
        "keys": measure_keys,
        "idle": measure_idle,
        "reading": measure_reading,
        "drafting": measure_drafting,
    }
    wanted = sys.argv[1:] or list(measures)
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            measures[name](Path(folder))


if __name__ == "__main__":
    main()
