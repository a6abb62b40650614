"""`ppstui doctor`: is everything here as ppstui needs it, and if not, what to do."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, TextIO

from ppstui.cli.console import Console
from ppstui.cli.examining import Examined, examine, side_by_side
from ppstui.cli.failing import DONE, FAILED
from ppstui.cli.surroundings import (
    Finding,
    Surroundings,
    look_around,
    machine_findings,
    skew_finding,
    terminal_findings,
)
from ppstui.config.schema import MAIL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ppstui.config.paths import Paths
    from ppstui.config.read import Loaded
    from ppstui.config.schema import BackendTable, TargetTable
    from ppstui.port import Backend, Offer, Outlet

__all__ = ["doctor", "look_around"]


def doctor(  # noqa: PLR0913  what it looks at, each named where they meet
    loaded: Loaded,
    paths: Paths,
    around: Surroundings,
    secret: Callable[[str], str],
    open_backend: Callable[[BackendTable], Backend],
    out: TextIO,
    *,
    outlets: Mapping[str, Callable[[], Outlet]],
    as_json: bool = False,
    limit: float = 10.0,
) -> int:
    """Looks at everything and says it line by line; 0 when nothing failed, 1 otherwise.

    `secret` resolves references; what it gives is thrown away. `outlets` are the usable targets by their names. All
    secrets are fetched at once, then all backends and targets are asked at once, and each round has `limit` seconds.
    """
    findings = [*terminal_findings(around), *machine_findings(around, paths, loaded), *_configuration(loaded)]
    findings += _secrets(loaded, secret, limit)
    usable: dict[str, Callable[[], Backend | Outlet]] = {
        table.name: partial(open_backend, table) for table in loaded.backends if table.options is not None
    }
    places = {f"targets.{name}": make for name, make in outlets.items()}  # a target may be called as a backend is
    answers = examine(usable | places, limit)
    for table in loaded.backends:
        findings += _source(table, answers.get(table.name), read_only=loaded.config.read_only or table.read_only)
    for place in loaded.config.targets.values():
        findings += _place(place, answers.get(place.source), read_only=loaded.config.read_only or place.read_only)
    if as_json:
        _write_json(findings, loaded.backends, answers, around, out)
    else:
        _write_lines(findings, out)
    return FAILED if any(finding.state == "fail" for finding in findings) else DONE


def _configuration(loaded: Loaded) -> Iterator[Finding]:
    if not loaded.problems:
        text = str(loaded.file) if loaded.file else "no file; the embedded store and defaults are used"
        yield Finding("configuration", "file", "pass", text)
    for problem in loaded.problems:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        yield Finding("configuration", problem.key, "fail", f"{place}: {problem.what}", problem.hint)


def _secrets(loaded: Loaded, secret: Callable[[str], str], limit: float) -> Iterator[Finding]:
    from ppstui.config.read import secrets_of
    from ppstui.config.toml_lines import dotted
    from ppstui.errors import ConfigError

    def trouble(reference: str) -> tuple[str, str]:
        try:
            secret(reference)
        except ConfigError as error:
            problem = error.problems[0]
            return problem.what, problem.hint
        return "", ""

    found: dict[str, str] = {}
    for table in loaded.backends:
        for key, reference in secrets_of(table.options) if table.options is not None else ():
            found[dotted(("backends", table.name, *key))] = reference
    for name, target in loaded.config.targets.items():
        for key, reference in secrets_of(target.options) if target.options is not None else ():
            found[dotted(("targets", name, *key))] = reference
    late = (f"did not come within {limit:g} s", "run its command by hand; it must not ask questions")
    answers = side_by_side({key: partial(trouble, reference) for key, reference in found.items()}, limit)
    for name, reference in found.items():
        what, fix = answers.get(name, late)
        # The command's arguments may say more than a report that is mailed about should.
        named = reference.split(maxsplit=1)[0] if reference.startswith("command:") else reference
        yield Finding("secrets", name, "fail" if what else "pass", f"{named}: {what or 'resolves'}", fix)


def _source(table: BackendTable, answer: Examined | None, *, read_only: bool) -> Iterator[Finding]:
    if answer is None:
        text = "is disabled by a problem in the configuration"
        yield Finding("sources", table.name, "fail", text, "mend what is named under configuration")
        return
    if answer.health is None or answer.offer is None:
        yield Finding("sources", table.name, "fail", answer.trouble, answer.fix)
        return
    health = answer.health
    yield Finding("sources", table.name, "pass", health.text)
    yield Finding("sources", table.name, "pass", _offered(answer.offer, read_only=read_only))
    for problem in health.problems:
        what, _, fix = problem.partition("; ")
        yield Finding("sources", table.name, "warn", what, fix or "ask whoever runs this server")
    if health.skew is not None:
        yield skew_finding(table.name, health.skew)


def _place(table: TargetTable, answer: Examined | None, *, read_only: bool) -> Iterator[Finding]:
    area = "mail" if table.type == MAIL else "targets"
    if answer is None:
        text = "is disabled by a problem in the configuration"
        yield Finding(area, table.name, "fail", text, "mend what is named under configuration")
    elif answer.health is None:
        yield Finding(area, table.name, "fail", answer.trouble, answer.fix)
    else:
        closed = "; nothing is published there, because it is read-only here" if read_only else ""
        yield Finding(area, table.name, "pass", answer.health.text + closed)
        for problem in answer.health.problems:
            what, _, fix = problem.partition("; ")
            yield Finding(area, table.name, "warn", what, fix or "ask whoever runs this server")
        if answer.health.skew is not None:
            yield skew_finding(table.name, answer.health.skew)


def _offered(offer: Offer, *, read_only: bool) -> str:
    from ppstui.model import command_name

    reads = ", ".join(sorted(kind.value for kind in offer.reads)) or "nothing"
    writes = ", ".join(sorted(command_name(command) for command in offer.writes)) or "nothing"
    if read_only:
        writes = "nothing, because it is read-only here"
    return f"reads {reads}; writes {writes}"


def _write_lines(findings: Sequence[Finding], out: TextIO) -> None:
    console = Console(out=out)
    area = ""
    width = min(max(len(finding.name) for finding in findings), 30)
    for finding in findings:
        if finding.area != area:
            area = finding.area
            console.say(area)
        fix = f"; {finding.fix}" if finding.fix else ""
        console.say(f"  {finding.state}  {_plain(finding.name):{width}}  {_plain(finding.text + fix)}")
    failed = sum(finding.state == "fail" for finding in findings)
    warned = sum(finding.state == "warn" for finding in findings)
    console.say(f"{failed} failed, {warned} to look at, {len(findings) - failed - warned} fine")


def _plain(text: str) -> str:
    from ppstui.views.plain import clean

    return clean(text)


def _write_json(
    findings: Sequence[Finding],
    tables: Sequence[BackendTable],
    answers: dict[str, Examined],
    around: Surroundings,
    out: TextIO,
) -> None:
    document = {
        "ppstui": 1,
        "kind": "doctor",
        "generated": around.now.isoformat(timespec="seconds"),
        "ok": all(finding.state != "fail" for finding in findings),
        "versions": dict(around.versions),
        "findings": [
            {"area": one.area, "name": one.name, "state": one.state, "text": one.text, "fix": one.fix or None}
            for one in findings
        ],
        "sources": [_source_json(table, answers.get(table.name, Examined())) for table in tables],
    }
    Console(out=out).write_utf8(json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")


def _source_json(table: BackendTable, answer: Examined) -> dict[str, object]:
    from ppstui.model import command_name

    health, offer = answer.health, answer.offer
    return {
        "name": table.name,
        "type": table.type or None,
        "read_only": table.read_only,
        "ok": health is not None,
        "error": None if health else answer.trouble or "disabled by a problem in the configuration",
        "text": health.text if health else None,
        "user": health.user or None if health else None,
        "version": health.version or None if health else None,
        "skew_seconds": health.skew if health else None,
        "reads": sorted(kind.value for kind in offer.reads) if offer else None,
        "writes": sorted(command_name(command) for command in offer.writes) if offer else None,
    }
