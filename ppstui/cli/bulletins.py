"""`ppstui bulletin`: the weekly bulletin without a screen, for a terminal, for cron and for pipes.

What the issue says goes to standard output; what was done and what stands against it to standard error, a plain line
each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ppstui.bulletin.newsroom import Newsroom
from ppstui.cli.doing import ObjectionRecord, outcome, say_outcome, settled, worst
from ppstui.cli.failing import CONFIGURATION, DONE, FAILED, OBJECTED, exit_code
from ppstui.cli.issue_sheets import went
from ppstui.cli.office import Office
from ppstui.errors import NoSuchRecord, PpsError, UsageError
from ppstui.model import Bulletin, Kind
from ppstui.rules.bulletin.audiences import Audience
from ppstui.views.issues import IssueRecord, issue_record
from ppstui.views.plain import clean, clean_lines
from ppstui.views.records import EntryRecord, entry_record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ppstui.bulletin.newsroom import Drafted
    from ppstui.model.bulletins import Draft
    from ppstui.rules.bulletin.checking import Problem
    from ppstui.rules.bulletin.comparing import Change

NEEDS = (Kind.ROLLOUT, Kind.PILOT, Kind.TEAM, Kind.COMMITMENT, Kind.WISH, Kind.BULLETIN, Kind.MEETING)


class ProblemRecord(Struct, frozen=True, kw_only=True):
    """What stands against publishing."""

    code: str
    text: str
    blocking: bool
    refs: tuple[str, ...]


class ChangeRecord(Struct, frozen=True, kw_only=True):
    """What is different since the issue before."""

    how: str
    section: str
    text: str
    before: str | None
    weeks: int
    refs: tuple[str, ...]


class PreviewRecord(Struct, frozen=True, kw_only=True):
    """The exact bytes that would go to a target, which are UTF-8."""

    target: str
    text: str


class IssueSheet(Struct, frozen=True, kw_only=True):
    """What `check`, `draft`, `history`, `publish` and `correct` print with `--json`."""

    ppstui: int
    audience: str
    issue: str
    record: IssueRecord | None = None
    records: tuple[IssueRecord, ...] = ()
    problems: tuple[ProblemRecord, ...] = ()
    changes: tuple[ChangeRecord, ...] = ()
    entries: tuple[EntryRecord, ...] = ()
    objections: tuple[ObjectionRecord, ...] = ()
    previews: tuple[PreviewRecord, ...] = ()


async def bulletin(office: Office) -> int:
    """The command."""
    options = office.options
    verb = options.verb or "show"
    _check_usage(office, verb)
    await office.fill()
    await office.read(*NEEDS, everything=options.refresh)
    room = office.newsroom()
    if options.template == "built-in":
        room = room.built_in()
    audience = room.audience(getattr(options, "for") or "")
    named = options.issue or (room.published(audience) if verb == "correct" else "")
    issue = room.read_issue(named, audience) if verb in _OF_AN_ISSUE or named else ""
    work = _Work(office, room, audience, issue or room.coming(audience))
    if verb != "history":
        _say_who_else(work)
    return await _VERBS[verb](work)


def _say_who_else(work: _Work) -> None:
    """Where a colleague's words count, or will meet these: nobody takes one text for the other."""
    shared = work.room.shared(work.audience, work.issue)
    who, name = (shared.updated_by if shared else "") or "somebody", f"{work.audience.name} {work.issue}"
    aside = work.room.set_aside(work.audience, work.issue)
    if aside is not None:
        work.say(f"{name}: {who} has frozen another draft; what yours said is kept in {aside}")
    elif work.room.behind(work.audience, work.issue):
        work.say(f"{name}: {who} has shared another draft since; ppstui bulletin edit shows what it says besides yours")


_OF_AN_ISSUE = ("show", "publish", "correct", "check")


def _check_usage(office: Office, verb: str) -> None:
    options = office.options
    if verb == "correct" and not options.what:
        raise UsageError("bulletin correct: say what it corrects: --what TEXT")
    if options.what and verb != "correct":
        raise UsageError(f"bulletin {verb}: --what belongs to correct")
    if options.dry_run and verb not in ("publish", "correct", "draft"):
        raise UsageError(f"bulletin {verb}: --dry-run belongs to draft, publish and correct")
    if options.json and options.format and options.format != "json":
        raise UsageError("bulletin: --json and --format exclude each other; choose one")
    if options.force and not (options.reason or "").strip():
        raise UsageError("bulletin: --force needs --reason TEXT, which is kept with what was done")


class _Work(Struct):
    """One run of the command."""

    office: Office
    room: Newsroom
    audience: Audience
    issue: str
    codes: list[int] = []
    """Exit codes of what went wrong on the way without stopping the rest."""

    def known(self) -> Bulletin:
        """The issue. Raises NoSuchRecord where nobody has drafted it."""
        found = self.room.issue(self.audience, self.issue)
        if found is None or found.draft is None:
            name = f"{self.audience.name} {self.issue}"
            raise NoSuchRecord(
                f"{name}: nobody has drafted this issue; ppstui bulletin draft --for {self.audience.name}"
            )
        return found

    def say(self, text: str) -> None:
        """One plain line on standard error: how it goes."""
        self.office.console.err.write(clean(text, ascii_only=self.office.ascii_only) + "\n")
        self.office.console.err.flush()


# --------------------------------------------------------------------------------------------------- looking, drafting


async def _show(work: _Work) -> int:
    """The issue as it is kept; one that nobody has drafted is made for once and kept nowhere."""
    found = work.room.issue(work.audience, work.issue)
    if found is None or found.draft is None:
        found = await work.room.fresh(work.audience, work.issue)
        work.say(f"{work.audience.name} {work.issue}: not drafted yet; this is what a draft would say now")
    _print(work, found)
    _complain_of_sources(work)
    return DONE


def _print(work: _Work, found: Bulletin) -> None:
    options = work.office.options
    format_ = "json" if options.json else options.format or "text"
    text = work.room.render(found, format_, built_in=options.template == "built-in")
    if format_ in ("json", "html") or not work.office.console.is_terminal:
        work.office.console.write_utf8(text.encode("utf-8", "replace"))
        return
    for line in clean_lines(text, ascii_only=work.office.ascii_only):
        work.office.console.say(line)


async def _draft(work: _Work) -> int:
    """Gathers, merges with what a person wrote, keeps and shares it."""
    before = work.room.issue(work.audience, work.issue)
    if work.office.options.dry_run:
        _print(work, await work.room.fresh(work.audience, work.issue))
        _complain_of_sources(work)
        return DONE
    drafted = await work.room.draft(work.audience, work.issue)
    _say_merged(work, drafted)
    code = await _shared(work, drafted.bulletin, before)
    if work.office.options.json:
        changes = tuple(map(_change_record, work.room.changes(drafted.bulletin)))
        _print_sheet(work, record=issue_record(drafted.bulletin, work.office.zone), changes=changes)
    else:
        _print(work, drafted.bulletin)
    _complain_of_sources(work)
    return code


def _say_merged(work: _Work, drafted: Drafted) -> None:
    merged, name = drafted.merged, f"{work.audience.name} {work.issue}"
    if drafted.bulletin.frozen_at:
        work.say(f"{name}: is frozen, so nothing is gathered for it any more")
        return
    told = (
        (len(merged.added), "new"),
        (len(merged.changed), "changed"),
        (len(merged.removed), "gone"),
        (len(merged.kept), "kept though nothing makes them any more"),
    )
    parts = [f"{count} {word}" for count, word in told if count]
    work.say(f"{name}: {', '.join(parts) or 'nothing has changed'}")
    if merged.offers:
        many = len(merged.offers)
        text = "a line that you edited has new facts" if many == 1 else f"{many} lines that you edited have new facts"
        work.say(f"{name}: {text}; ppstui bulletin edit shows what they would say now")


async def _shared(work: _Work, found: Bulletin, before: Bulletin | None) -> int:
    """Shares a draft where it says something else than what colleagues see."""
    there = work.room.shared(work.audience, work.issue)
    if there is not None and (there.draft, there.gathered) == (found.draft, found.gathered):
        return DONE
    options = work.office.options
    entry = await work.room.share(found, hold=before is not None, over=bool(options.force), reason=options.reason or "")
    entry = await settled(work.office, entry)
    code = outcome(work.office, entry)
    if code != DONE:
        say_outcome(work.office, entry, code)
    return code


async def _edit(work: _Work) -> int:
    """Opens the draft in the user's editor; a mistake in it opens it again with what is wrong, and nothing is lost."""
    from ppstui.cli.editing import edited
    from ppstui.rules.bulletin.writing import read, write

    drafted = await work.room.draft(work.audience, work.issue)
    found = drafted.bulletin
    if found.draft is None:
        raise UsageError(f"{found.ref}: nothing has been drafted")
    _say_merged(work, drafted)
    text, remarks = write(found.draft, work.issue) + _besides(work, found.draft), ""
    while True:
        answer = edited(work.office, text)
        if answer == text and not remarks:
            work.say(f"{work.audience.name} {work.issue}: unchanged")
            return DONE
        try:
            draft = read(answer, found.draft)
        except UsageError as error:
            if answer == text or not _again(work, f"bulletin edit: {error}"):
                place = work.room.put_aside(found, answer)
                raise UsageError(f"bulletin edit: {error}; your text is kept in {place}") from error
            text, remarks = answer, str(error)
            continue
        break
    found = msgspec.structs.replace(found, draft=draft)
    shared = work.room.shared(work.audience, work.issue)
    if shared is not None:
        found = msgspec.structs.replace(found, rev=shared.rev)  # what it says besides stood in the editor
    work.room.keep(found)
    if found.frozen_at:
        verb = "correct --what TEXT" if found.publications else "publish"
        work.say(f"{work.audience.name} {work.issue}: kept; ppstui bulletin {verb} brings it to its readers")
        return DONE
    code = await _shared(work, found, found)
    work.say(f"{work.audience.name} {work.issue}: what you wrote is kept{'' if code else ' and shared'}")
    return code


def _besides(work: _Work, mine: Draft) -> str:
    """What a colleague has shared since and this draft does not say, to be taken over by hand; "" when nobody has."""
    from ppstui.rules.bulletin.writing import spoken

    shared = work.room.shared(work.audience, work.issue)
    if shared is None or shared.draft is None or not work.room.behind(work.audience, work.issue):
        return ""
    here = set(spoken(mine))
    theirs = [line for line in spoken(shared.draft) if line not in here]
    who = clean(shared.updated_by) or "Somebody"
    head = f"# {who} has shared another draft since. What it says and this one does not:"
    return "\n".join(("", head, *(f"#| {line}" for line in theirs), "")) if theirs else ""


def _again(work: _Work, why: str) -> bool:
    """Tells the user why, and whether they want to go on editing."""
    if not work.office.console.has_person:
        return False
    work.office.console.complain(why)
    work.office.console.err.write("edit it again? [Y/n] ")
    work.office.console.err.flush()
    return work.office.console.stdin.readline().strip().casefold() in ("", "y", "yes")


# ------------------------------------------------------------------------------------------------ checking, publishing


async def _check(work: _Work) -> int:
    """The check list; exit code 5 when something blocks."""
    found = work.known()
    problems = await work.room.check(found)
    if work.office.options.json:
        _print_sheet(
            work,
            record=issue_record(found, work.office.zone),
            problems=tuple(map(_problem_record, problems)),
            changes=tuple(map(_change_record, work.room.changes(found))),
        )
    else:
        for problem in problems:
            mark = "BLOCKS" if problem.blocking else "warning"
            work.office.console.say(clean(f"{mark}  {problem.code}: {problem.text}", ascii_only=work.office.ascii_only))
        if not problems:
            work.office.console.say(f"{found.ref}: nothing stands against publishing it")
    _complain_of_sources(work)
    return OBJECTED if any(problem.blocking for problem in problems) else DONE


async def _publish(work: _Work) -> int:
    found = work.known()
    return await _out(work, found, "")


async def _correct(work: _Work) -> int:
    found = work.known()
    if not found.publications:
        raise UsageError(
            f"{found.ref}: has not been published, so there is nothing to correct; ppstui bulletin publish"
        )
    return await _out(work, found, work.office.options.what)


async def _out(work: _Work, found: Bulletin, what: str) -> int:
    options = work.office.options
    targets = _targets(work, found, correction=bool(what))
    if not what and not options.to:
        targets = _lacking(work, found, targets)
    room = work.room = work.room.in_format(options.format, targets) if options.format else work.room
    if options.dry_run:
        return _preview(work, found, targets, what)
    problems = [] if what else await room.check(found)
    _say_problems(work, problems)
    if any(problem.blocking for problem in problems) and not options.force:
        work.office.console.complain(f"{found.ref}: not published; mend it, or use --force --reason TEXT")
        if options.json:
            _print_sheet(
                work, record=issue_record(found, work.office.zone), problems=tuple(map(_problem_record, problems))
            )
        return OBJECTED
    reason = options.reason or ""
    _say_overridden(work, found, targets if reason else (), what)
    asked = await (
        room.correct(found, targets, what, reason=reason) if what else room.publish(found, targets, reason=reason)
    )
    codes, entries = list(work.codes), []
    for target, each in zip(targets, asked, strict=True):
        if isinstance(each, PpsError):
            work.office.console.complain(f"{target}: {each}")
            codes.append(exit_code(each))
            continue
        entry = await settled(work.office, each)
        entries.append(entry)
        codes.append(outcome(work.office, entry))
        if not options.json:
            say_outcome(work.office, entry, codes[-1])
    await work.office.desk.write_down()
    if options.json:
        after = room.issue(work.audience, work.issue) or found
        _print_sheet(
            work,
            record=issue_record(after, work.office.zone),
            problems=tuple(map(_problem_record, problems)),
            entries=tuple(entry_record(entry, work.office.zone) for entry in entries),
        )
    return worst(codes)


def _preview(work: _Work, found: Bulletin, targets: Sequence[str], what: str) -> int:
    """What would go to each of them, byte for byte."""
    told = [(target, work.room.preview(found, target, what)) for target in targets]
    if work.office.options.json:
        previews = tuple(PreviewRecord(target=target, text=each.decode("utf-8", "replace")) for target, each in told)
        _print_sheet(work, record=issue_record(found, work.office.zone), previews=previews)
        return worst(work.codes)
    for target, each in told:
        work.say(f"{target}: what would go, byte for byte:")
        work.office.console.write_utf8(each)
    return worst(work.codes)


def _targets(work: _Work, found: Bulletin, *, correction: bool) -> Sequence[str]:
    """Those of `--to`, else those of the configuration; a correction goes where the issue went."""
    named = work.office.options.to or ()
    if named:
        return [work.room.place(name).name for name in named]
    targets = list(dict.fromkeys(each.target for each in found.publications))
    if not correction:
        targets = list(work.room.targets(found))
    if not targets:
        text = f"{work.audience.name}: there is nowhere to publish it; name targets in [bulletin.{work.audience.name}]"
        raise UsageError(f"{text} publish, or with --to TARGET")
    return _usable(work, targets)


def _usable(work: _Work, targets: Sequence[str]) -> Sequence[str]:
    """Those that the configuration has in order; what is wrong with another one keeps nothing from them."""
    usable = [name for name in targets if name in work.room.setting.places]
    if not usable:
        return [work.room.place(name).name for name in targets]
    for name in targets:
        if name not in usable:
            text = f"{name}: cannot be used; mend [targets.{name}] and repeat this, the others go on"
            work.office.console.complain(text)
            work.codes.append(CONFIGURATION)
    return usable


def _lacking(work: _Work, found: Bulletin, targets: Sequence[str]) -> Sequence[str]:
    """Those that do not have the issue yet, where some have it: a publication that was interrupted goes on."""
    there = {each.target for each in found.publications}
    lacking = [target for target in targets if target not in there]
    if not lacking:
        return targets  # the rules say what they think of that
    for target in targets:
        if target in there:
            work.say(f"{target}: has it already")
    return lacking


def _say_overridden(work: _Work, found: Bulletin, targets: Sequence[str], what: str) -> None:
    """What a reason lifts beside the check list, above all that a mail may have gone: nobody is to find out later."""
    for target in targets:
        plan = work.office.desk.plan(work.room.publication(found, target, what))
        for each in plan.objections:
            if each.blocking and each.overridable:
                work.say(f"{target}: in spite of {each.rule}: {each.text}")


def _say_problems(work: _Work, problems: Sequence[Problem]) -> None:
    for problem in problems:
        work.say(f"{'blocks' if problem.blocking else 'warning'}: {problem.code}: {problem.text}")


async def _history(work: _Work) -> int:
    """The issues of an audience, newest first, and what went where."""
    issues = work.room.history(work.audience)
    if work.office.options.issue:
        issues = tuple(each for each in issues if each.issue == work.issue)
        if not issues:
            raise NoSuchRecord(f"{work.audience.name} {work.issue}: there is no such issue")
    if work.office.options.json:
        _print_sheet(work, records=tuple(issue_record(each, work.office.zone) for each in issues))
        return DONE
    if not issues:
        work.say(f"{work.audience.name}: has no issue yet")
    for each in issues:
        record = issue_record(each, work.office.zone)
        by = f" by {each.updated_by}" if each.updated_by else ""
        work.office.console.say(clean(f"{each.ref}  {record.state}{by}", ascii_only=work.office.ascii_only))
        for publication in each.publications:
            work.office.console.say(clean(f"  {went(publication, work.office)}", ascii_only=work.office.ascii_only))
    return FAILED if work.office.failed([Kind.BULLETIN]) else DONE


_VERBS: dict[str, Callable[[_Work], Awaitable[int]]] = {
    "show": _show,
    "draft": _draft,
    "edit": _edit,
    "check": _check,
    "publish": _publish,
    "correct": _correct,
    "history": _history,
}


# ------------------------------------------------------------------------------------------------------------- records


def _complain_of_sources(work: _Work) -> None:
    work.office.complain_of(work.office.sources(NEEDS))


def _print_sheet(
    work: _Work,
    *,
    record: IssueRecord | None = None,
    records: tuple[IssueRecord, ...] = (),
    problems: tuple[ProblemRecord, ...] = (),
    changes: tuple[ChangeRecord, ...] = (),
    entries: tuple[EntryRecord, ...] = (),
    previews: tuple[PreviewRecord, ...] = (),
) -> None:
    sheet = IssueSheet(
        ppstui=1,
        audience=work.audience.name,
        issue=work.issue,
        record=record,
        records=records,
        problems=problems,
        changes=changes,
        entries=entries,
        previews=previews,
    )
    work.office.console.write_utf8(msgspec.json.encode(sheet) + b"\n")


def _problem_record(problem: Problem) -> ProblemRecord:
    return ProblemRecord(
        code=problem.code, text=problem.text, blocking=problem.blocking, refs=tuple(map(str, problem.refs))
    )


def _change_record(change: Change) -> ChangeRecord:
    return ChangeRecord(
        how=change.how.value,
        section=change.section,
        text=change.text,
        before=change.before or None,
        weeks=change.weeks,
        refs=tuple(map(str, change.refs)),
    )
