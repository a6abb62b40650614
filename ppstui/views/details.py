"""One record, whole, as toned lines for a view of any width: what stands in the details beside a list.

Pure: a record and what the rules say about it go in, paragraphs come out, `lay` breaks them to a width. Every text from
outside is cleaned here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ppstui.model import State, Voice, command_name
from ppstui.rules.rollouts import Severity
from ppstui.views import words
from ppstui.views.plain import cell_width, clean, clean_lines, cut
from ppstui.views.rows import SEVERITY_TONES, STATE_TONES, TEAM_TONES, Tone, concerns, mover, state_word

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from ppstui.desk import Plan, SourceStatus
    from ppstui.model import Entry, Objection, Rollout
    from ppstui.rules.rollouts import Standing, TeamStanding
    from ppstui.views.rows import Glance

Span = tuple[str, Tone]
TextLine = tuple[Span, ...]
"""One line of the screen."""

_LABEL = 10
_MOST_QUOTED = 40
"""Lines of one message shown before it is cut; the browser has the rest."""
_MOST_SHOWN = 30
"""Lines of a text that would be written, in a preview."""


class Para(Struct, frozen=True):
    """A paragraph: spans that are broken together, continued under `hang` cells."""

    spans: TextLine
    hang: int = 0
    verbatim: bool = False
    """Not broken but cut: a line that was written as a line."""


BLANK = Para(())


def heading(text: str) -> tuple[Para, ...]:
    """An empty line and a heading."""
    return (BLANK, Para(((text, Tone.HEADING),)))


def fact(label: str, text: str, tone: Tone = Tone.PLAIN) -> Para:
    """A label and what it says, in a column."""
    return Para(((label.ljust(_LABEL) + " ", Tone.DIM), (text, tone)), _LABEL + 1)


# --------------------------------------------------------------------------------------------------------- rollouts


def rollout(
    record: Rollout,
    standing: Standing,
    entries: Sequence[Entry],
    glance: Glance,
    *,
    team: str = "",
    history: bool = False,
) -> tuple[Para, ...]:
    """A rollout with everything that follows from it; `team` is the part that was asked for, shown first.

    `history` tells every message and event instead of what follows from them.
    """
    say = glance.text
    title = clean(record.title, ascii_only=glance.ascii_only) or "(no title)"
    paras = [Para(((title, Tone.STRONG),))]
    if standing.title.problem:
        paras.append(Para(((f"Title: {say(standing.title.problem)}", Tone.SOON),)))
    if history:
        return (*paras, *_history(record, glance, whole=True))
    if team:
        paras += _teams(standing, entries, glance, team)
    paras += _facts(record, standing, glance)
    paras += _attention(standing, glance)
    paras += _pending(entries, glance)
    if not team:
        paras += _teams(standing, entries, glance, team)
    paras += _exposure(standing, glance)
    paras += _links(record, standing, glance)
    paras += _history(record, glance, whole=False)
    return tuple(paras)


def _facts(record: Rollout, standing: Standing, glance: Glance) -> Iterator[Para]:
    say, stage = glance.text, words.STAGES[standing.stage]
    yield BLANK
    yield fact("Record", say(str(record.ref)))
    yield fact(
        "Stage", f"{glance.sign(stage)} {stage.word}" + (f" (status {say(record.status)})" if record.status else "")
    )
    yield fact("Move", "yours (coordinator)" if mover(standing.mover) == "you" else mover(standing.mover))
    if record.owner:
        yield fact("Owner", say(record.owner))
    if record.created:
        yield fact("Created", words.moment(record.created, glance.zone))
    if record.updated:
        yield fact("Updated", words.moment(record.updated, glance.zone))
    if record.due:
        yield fact("Due", words.day(record.due))
    if record.outcome or record.document or record.document_url:
        yield fact("Outcome", say(record.outcome) or "none yet")
        yield fact(
            "Document",
            " ".join(part for part in (say(record.document), say(record.document_url)) if part) or "none yet",
        )
    if standing.polled:
        yield fact("Polled", f"the list, {words.moment(standing.polled, glance.zone)}")
    yield from _parent(record, glance)
    for name, value in record.fields:
        yield fact(say(name)[:_LABEL], say(value))
    if record.url:
        yield fact("Address", say(record.url), Tone.LINK)


def _parent(record: Rollout, glance: Glance) -> Iterator[Para]:
    """The release ticket, and whether it says what this one says (DOMAIN §2 T8)."""
    say, parent = glance.text, record.parent
    if parent is None:
        return
    state = ", ".join(part for part in (say(parent.status), say(parent.progress)) if part)
    yield fact("Parent", f"{say(str(parent.ref))} {say(parent.title)}".strip() + (f" ({state})" if state else ""))
    told = ", ".join(
        part
        for part in (
            f"outcome {say(parent.outcome)}" if parent.outcome else "",
            f"document {say(parent.document)}" if parent.document else "",
        )
        if part
    )
    ours, theirs = (record.outcome, record.document), (parent.outcome, parent.document)
    if not record.phase.live and any(ours):
        same = all(mine in ("", its) for mine, its in zip(ours, theirs, strict=True))
        missing = "" if same else " - not what this rollout says"
        yield fact("", f"told: {told or 'nothing yet'}{missing}", Tone.DONE if same else Tone.SOON)
    elif told:
        yield fact("", told, Tone.DIM)


def _attention(standing: Standing, glance: Glance) -> Iterator[Para]:
    if not standing.attention:
        return
    yield from heading("Needs attention")
    for entry in standing.attention:
        sign = glance.sign(words.SEVERITIES[entry.severity])
        tone = SEVERITY_TONES[entry.severity]
        whose = mover(entry.mover)
        yield Para(
            (
                (f"{sign} ", tone),
                (glance.text(words.attention(entry, glance.now)), tone),
                (f" - {'your move' if whose == 'you' else whose}" if whose != "-" else "", Tone.DIM),
            ),
            2,
        )


def _pending(entries: Sequence[Entry], glance: Glance) -> Iterator[Para]:
    moving = [entry for entry in entries if entry.state.pending]
    if not moving:
        return
    yield from heading("On its way")
    for entry in moving:
        yield from _entry(entry, glance)


def _entry(entry: Entry, glance: Glance) -> Iterator[Para]:
    sign, tone = words.ENTRIES[entry.state], STATE_TONES[entry.state]
    yield Para(
        (
            (f"{glance.sign(sign)} {sign.word} ", tone),
            (f"{command_name(entry.command)}: {glance.text(words.command_text(entry.command))}", Tone.PLAIN),
        ),
        2,
    )
    if entry.last_error:
        yield Para((("  " + glance.text(entry.last_error), tone),), 2)
    if entry.conflict and entry.state is State.PARKED:
        yield Para((("  a colleague changed it meanwhile: retry shows theirs and yours", Tone.SOON),), 2)


def _teams(standing: Standing, entries: Sequence[Entry], glance: Glance, first: str) -> Iterator[Para]:
    yield from heading("Teams")
    if not standing.teams:
        yield Para((("none chosen yet", Tone.DIM),))
    for team in sorted(standing.teams, key=lambda team: team.team != first):
        yield from _team(team, [entry for entry in entries if concerns(entry, team.team)], glance)


def _team(team: TeamStanding, entries: Sequence[Entry], glance: Glance) -> Iterator[Para]:
    say, sign = glance.text, words.TEAMS[team.state]
    tone = TEAM_TONES.get(team.state, Tone.PLAIN)
    spans: list[Span] = [
        (f"{glance.sign(sign)} ", tone),
        (say(team.team), Tone.STRONG),
        (f"  {state_word(team)}", tone),
    ]
    if not team.assigned:
        spans.append((", a volunteer nobody chose", Tone.SOON))
    if any(entry.state.pending for entry in entries):
        spans.append((f" {glance.sign(words.ENTRIES[State.WAITING])} pending", Tone.PENDING))
    yield Para(tuple(spans), 2)
    if team.problem:
        yield _under(f"name: {say(team.problem)}", Tone.SOON)
    yield from _clock(team, glance)
    if team.evidence:
        yield _under(f"> {say(team.evidence)}", Tone.PLAIN)
    if team.exposure_start:
        end = f" to {words.day(team.exposure_end)}" if team.exposure_end else ""
        assumed = " (assumed: from its acceptance)" if team.exposure_assumed else ""
        why = f" (extended: {say(team.exposure_reason)})" if team.exposure_extended else ""
        yield _under(f"exposed {words.day(team.exposure_start)}{end}{why or assumed}", Tone.PLAIN)
    if team.report:
        good = team.report.valid
        note = "" if good or not team.report.problem else f": {say(team.report.problem)}"
        yield _under(f"report {say(team.report.name)}{note}", Tone.DONE if good else Tone.SOON)
    if team.waived:
        yield _under(f"no report needed: {say(team.waived)}", Tone.DONE)


def _clock(team: TeamStanding, glance: Glance) -> Iterator[Para]:
    if team.answer is None and team.due:
        tone = Tone.LATE if team.late else Tone.PLAIN
        yield _under(f"answer {words.deadline(team.due, glance.now, glance.zone)}", tone)
    if team.notified:
        yield _under(f"asked {words.moment(team.notified, glance.zone)}", Tone.DIM)
    if team.reminded:
        yield _under(f"reminded {words.moment(team.reminded, glance.zone)}", Tone.DIM)
    if team.answered:
        yield _under(f"answered {words.moment(team.answered, glance.zone)}" + (", late" if team.late else ""), Tone.DIM)


def _under(text: str, tone: Tone) -> Para:
    return Para((("  " + text, tone),), 4)


def _exposure(standing: Standing, glance: Glance) -> Iterator[Para]:
    exposure = standing.exposure
    if exposure is None:
        return
    yield from heading("Exposure")
    yield fact(
        "From",
        words.day(exposure.start) + (" (assumed: counted from the first acceptance)" if exposure.assumed else ""),
    )
    yield fact("Earliest", words.day(exposure.earliest_end))
    extended = f" (extended: {glance.text(exposure.reason)})" if exposure.extended else ""
    yield fact("Until", words.day(exposure.end) + extended)


def _links(record: Rollout, standing: Standing, glance: Glance) -> Iterator[Para]:
    yield from heading("Links")
    links, yes, no = standing.links, ("x" if glance.ascii_only else "✓"), " "
    for name, url in (
        ("release notes", links.release_notes),
        ("bugs fixed", links.bugs),
        ("documentation", links.documentation),
    ):
        box = f"[{yes if url else no}] {name}"
        spans = ((f"{box}  ", Tone.PLAIN), (glance.text(url), Tone.LINK)) if url else ((f"{box}: missing", Tone.SOON),)
        yield Para(spans, 4)
    for url in standing.incidents:
        yield Para((("incident  ", Tone.SOON), (glance.text(url), Tone.LINK)), 4)
    if record.attachments:
        yield from heading("Files")
        for file in record.attachments:
            who = f", {glance.text(file.author)}" if file.author else ""
            when = f" ({words.ago(file.at, glance.now)}{who})" if file.at else ""
            yield Para(((glance.text(file.name), Tone.PLAIN), (when, Tone.DIM)), 2)


def _history(record: Rollout, glance: Glance, *, whole: bool) -> Iterator[Para]:
    happened: list[tuple[dt.datetime, int, tuple[Para, ...]]] = [
        (message.at, 0, tuple(_message(message.author, message.at, message.voice, message.text, glance)))
        for message in record.messages
        if not message.system or whole
    ]
    happened += [
        (
            event.at,
            1,
            (
                Para(
                    (
                        (f"{words.moment(event.at, glance.zone)}  ", Tone.DIM),
                        (glance.text(event.text), Tone.PLAIN),
                        (f"  {glance.text(event.author)}", Tone.DIM),
                    ),
                    2,
                ),
            ),
        )
        for event in record.events
    ]
    happened.sort(key=lambda each: (each[0], each[1]), reverse=True)
    yield from heading("History, newest first" if whole else "Messages, newest first")
    if not record.whole:
        yield Para((("not read yet", Tone.DIM),))
    elif not happened:
        yield Para((("nothing was written yet", Tone.DIM),))
    for _, _, paras in happened:
        yield from paras


_VOICES = {Voice.DESCRIPTION: "wrote the description", Voice.REPLY: "replied", Voice.COMMENT: "commented (internal)"}


def _message(author: str, at: dt.datetime, voice: Voice, text: str, glance: Glance) -> Iterator[Para]:
    yield Para(
        (
            (glance.text(author) or "somebody", Tone.STRONG),
            (f" {_VOICES[voice]}, {words.moment(at, glance.zone)}", Tone.DIM),
        ),
        2,
    )
    lines = clean_lines(text, ascii_only=glance.ascii_only)
    while lines and not lines[-1].strip():
        lines.pop()
    for line in lines[:_MOST_QUOTED]:
        quoted = line.lstrip().startswith((">", "|"))
        yield Para((("  " + line, Tone.DIM if quoted else Tone.PLAIN),), 2)
    if len(lines) > _MOST_QUOTED:
        yield Para(((f"  {len(lines) - _MOST_QUOTED} more lines; o opens it in the browser", Tone.DIM),), 2)
    yield BLANK


# ----------------------------------------------------------------------------------------------------- other details


def why(standing: Standing, glance: Glance) -> tuple[Para, ...]:
    """What blocks a rollout, whose move it is, what would unblock it."""
    stage = words.STAGES[standing.stage]
    paras = [
        fact("Stage", f"{glance.sign(stage)} {stage.word}"),
        fact("Move", "yours (coordinator)" if mover(standing.mover) == "you" else mover(standing.mover)),
    ]
    if not standing.attention:
        paras += [BLANK, Para((("Nothing stands against it and nobody owes anything now.", Tone.DONE),))]
    for severity in Severity:
        found = [entry for entry in standing.attention if entry.severity is severity]
        if not found:
            continue
        paras += heading(words.SEVERITIES[severity].word.capitalize())
        for each in found:
            text = glance.text(words.attention(each, glance.now))
            paras.append(Para(((f"{glance.sign(words.SEVERITIES[severity])} {text}", SEVERITY_TONES[severity]),), 2))
            if each.due:
                paras.append(_under(f"due {words.moment(each.due, glance.zone)}", Tone.DIM))
            if mover(each.mover) != "-":
                paras.append(_under(f"whose move: {mover(each.mover)}", Tone.DIM))
    return tuple(paras)


def plan(plans: Iterable[Plan], glance: Glance) -> tuple[Para, ...]:
    """The exact effect of commands and what stands against each, item by item."""
    paras: list[Para] = []
    for each in plans:
        final = "  cannot be undone" if each.effects and not each.reversible else ""
        paras.append(Para(((words.command_title(each.command), Tone.STRONG), (final, Tone.DIM))))
        paras += [objection(against, glance) for against in each.objections]  # first: a text may be long
        paras += effects(each, glance)
        if not each.effects and not each.objections:
            paras.append(_under("nothing would change", Tone.DIM))
    return tuple(paras)


def effects(planned: Plan, glance: Glance) -> Iterator[Para]:
    """What would change, before and after; of a longer text its first lines as they are."""
    for effect in planned.effects:
        what = (f"  {glance.text(effect.what)}: ", Tone.DIM)
        lines = clean_lines(effect.after.strip(), ascii_only=glance.ascii_only)
        if len(lines) > 1:
            yield Para((what,), 4)
            yield from (Para(((f"    {line}", Tone.PLAIN),), 4) for line in lines[:_MOST_SHOWN])
            if len(lines) > _MOST_SHOWN:
                yield Para(((f"    {len(lines) - _MOST_SHOWN} more lines", Tone.DIM),), 4)
            continue
        before, after = glance.text(effect.before), glance.text(effect.after) or "none"
        yield Para((what, (f"{before} -> {after}" if before else after, Tone.PLAIN)), 4)


def objection(against: Objection, glance: Glance) -> Para:
    """A rule that stands against a command, by its sentence and its code."""
    sign = words.SEVERITIES[Severity.BLOCKED if against.blocking else Severity.SOON]
    tone = Tone.BLOCKED if against.blocking else Tone.SOON
    return Para(((f"  {glance.sign(sign)} {glance.text(against.text)} [{against.rule}]", tone),), 4)


def sources(statuses: Iterable[SourceStatus], said: Sequence[str], glance: Glance) -> tuple[Para, ...]:
    """How each source is doing, and since when; and the sentences said so far, the last one first."""
    paras: list[Para] = []
    for each in statuses:
        word, tone = ("up to date", Tone.DONE) if each.ok else ("failing", Tone.LATE)
        if each.as_of is None and each.ok:
            word, tone = "not read yet", Tone.DIM
        paras.append(Para(((glance.text(each.name), Tone.STRONG), (f"  {word}", tone))))
        if each.as_of:
            paras.append(_under(f"last good reading {words.moment(each.as_of, glance.zone)}", Tone.PLAIN))
        if each.reading:
            paras.append(_under(f"reading now {glance.text(each.progress)}".rstrip(), Tone.PLAIN))
        for text, look in ((each.error, Tone.LATE), (each.note, Tone.SOON), (each.held, Tone.SOON)):
            if text:
                paras.append(_under(glance.text(text), look))
        paras.append(BLANK)
    if said:
        paras.append(Para((("Said in this session, last first", Tone.HEADING),)))
        paras += [Para(((glance.text(sentence), Tone.PLAIN),), 2) for sentence in reversed(said)]
    return tuple(paras)


# ------------------------------------------------------------------------------------------------------------ layout


def lay(paras: Iterable[Para], width: int) -> list[TextLine]:
    """Breaks paragraphs into lines of at most `width` cells, at spaces where there are any."""
    lines: list[TextLine] = []
    for para in paras:
        if para.verbatim:
            lines.append(tuple((cut(text, width), tone) for text, tone in para.spans))
        else:
            lines += _broken(para, max(width, 1))
    return lines


def _broken(para: Para, width: int) -> Iterator[TextLine]:
    hang = para.hang if para.hang < width - 8 else 0
    line: list[Span] = []
    used = 0
    for text, tone in para.spans:
        for word in _words(text):
            size = cell_width(word)
            rest = word
            if used + cell_width(word.rstrip(" ")) > width and used > hang:
                yield tuple(line)
                line, used = [(" " * hang, Tone.PLAIN)] if hang else [], hang
                rest = word.lstrip(" ")
                size = cell_width(rest)
            while used + cell_width(rest.rstrip(" ")) > width:
                head = cut(rest, width - used, "") or rest[0]
                line.append((head, tone))
                yield tuple(line)
                rest = rest[len(head) :]
                line, used, size = [(" " * hang, Tone.PLAIN)] if hang else [], hang, cell_width(rest)
            if rest:
                line.append((rest, tone))
                used += size
    yield tuple(line)


def _words(text: str) -> Iterator[str]:
    """Words with the spaces that follow them; leading spaces are a word of their own."""
    start = 0
    for place in range(1, len(text)):
        if text[place - 1] == " " and text[place] != " ":
            yield text[start:place]
            start = place
    if text:
        yield text[start:]
