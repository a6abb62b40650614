"""One record as a page of text, for `show` and `why`: what needs whom first, then the facts, then the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Voice
from ppstui.rules.registry import described
from ppstui.rules.rollouts import TeamState
from ppstui.views import words
from ppstui.views.plain import clean, clean_lines, pad, to_ascii

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from ppstui.model import Commitment, Entry, Pilot, Rollout, Team
    from ppstui.rules.health import TeamHealth
    from ppstui.rules.rollouts import Attention, Standing, TeamStanding
    from ppstui.views.whole import WhyRecord

_LABEL, _WIDE = 12, 17


class Page:
    """Lines being written, every foreign text cleaned on its way in."""

    def __init__(self, now: dt.datetime, zone: dt.tzinfo, *, ascii_only: bool = False) -> None:
        self.now, self.zone, self.ascii_only = now, zone, ascii_only
        self.lines: list[str] = []

    def line(self, *parts: str, indent: int = 0) -> None:
        """One line of these parts, two spaces between them."""
        shown = (clean(part, ascii_only=self.ascii_only) for part in parts if part)
        self.lines.append(" " * indent + "  ".join(shown))

    def fact(self, label: str, text: str, indent: int = 0, width: int = _LABEL) -> None:
        """A labelled line; nothing when there is nothing to say."""
        if text:
            cleaned = (clean(each, ascii_only=self.ascii_only) for each in (label, text))
            self.lines.append(" " * indent + pad(next(cleaned), width) + " " + next(cleaned))

    def head(self, text: str) -> None:
        """A heading with an empty line before it."""
        self.lines.extend(["", text])

    def quote(self, text: str, indent: int) -> None:
        """Somebody's own words, line by line."""
        for each in clean_lines(text.strip(), ascii_only=self.ascii_only):
            self.lines.append((" " * indent + "| " + each).rstrip())

    def sign(self, sign: words.Sign) -> str:
        """A state by sign and word."""
        return f"{sign.mark(ascii_only=self.ascii_only)} {sign.word}"

    def when(self, at: dt.datetime | None) -> str:
        """An instant, absolute and relative; "" when unknown."""
        return f"{words.moment(at, self.zone)} ({words.ago(at, self.now)})" if at else ""

    def text(self) -> str:
        """All of it."""
        return "\n".join(to_ascii(line) if self.ascii_only else line for line in self.lines) + "\n"


def rollout_page(page: Page, rollout: Rollout, standing: Standing, entries: Sequence[Entry]) -> None:
    """A rollout, whole."""
    title = standing.title
    page.line(str(rollout.ref), rollout.title)
    page.fact("address", rollout.url)
    page.fact("title", title.problem)
    page.fact("stage", page.sign(words.STAGES[standing.stage]))
    page.fact("whose move", words.MOVERS[standing.mover].word)
    page.fact("status", rollout.status)
    page.fact("owner", rollout.owner)
    page.fact("due day", words.day(rollout.due) if rollout.due else "")
    page.fact("created", page.when(rollout.created))
    page.fact("updated", page.when(rollout.updated))
    page.fact("outcome", rollout.outcome or "not set")
    page.fact("document", " ".join(filter(None, (rollout.document, rollout.document_url))) or "none")
    if rollout.parent:
        parent = rollout.parent
        facts = (str(parent.ref), parent.status, parent.progress, parent.title)
        page.fact("release", "  ".join(filter(None, facts)))
    if not rollout.whole:
        page.line("Only the list columns are known yet; --refresh reads the rest.")
    page.fact("polled", page.when(standing.polled))
    _attention(page, standing.attention)
    _teams(page, standing.teams)
    _exposure(page, standing)
    page.head("Links")
    links = standing.links
    for name, url in (
        ("release notes", links.release_notes),
        ("bugs", links.bugs),
        ("documentation", links.documentation),
    ):
        page.fact(f"[{'x' if url else '-'}] {name}", url or "missing", 2, _WIDE)
    for incident in standing.incidents:
        page.fact("[!] incident", incident, 2, _WIDE)
    if rollout.fields:
        page.head("Fields")
        for name, value in rollout.fields:
            page.fact(name, value, 2, _WIDE)
    pending(page, entries)
    history(page, rollout)


def _attention(page: Page, entries: Iterable[Attention]) -> None:
    page.head("Attention")
    before = len(page.lines)
    for entry in entries:
        mark = words.SEVERITIES[entry.severity].mark(ascii_only=page.ascii_only)
        page.line(f"{mark} {words.attention(entry, page.now)}; {words.MOVERS[entry.mover].word}'s move", indent=2)
    if len(page.lines) == before:
        page.line("nothing needs anybody now", indent=2)


def _teams(page: Page, teams: Iterable[TeamStanding]) -> None:
    page.head("Teams")
    before = len(page.lines)
    for team in teams:
        team_lines(page, team)
    if len(page.lines) == before:
        page.line("none chosen", indent=2)


def team_lines(page: Page, team: TeamStanding) -> None:
    """One team's part: state, clock, evidence in its own words, report."""
    chosen = "" if team.assigned or team.state is TeamState.WITHDRAWN else "(volunteer, not chosen)"
    page.line(team.team, page.sign(words.TEAMS[team.state]), chosen, indent=2)
    page.fact("name", team.problem, 4)
    page.fact("told", page.when(team.notified), 4)
    if team.due and not team.answer:
        page.fact("answer due", words.deadline(team.due, page.now, page.zone), 4)
    if team.answer:
        late = ", late" if team.late else ""
        page.fact("answered", f"{team.answer.value}{late}, {page.when(team.answered) or 'at an unknown time'}", 4)
    if team.evidence:
        page.quote(team.evidence, 4)
    page.fact("reminded", page.when(team.reminded), 4)
    if team.exposure_start and team.exposure_end:
        page.fact("exposure", f"{words.day(team.exposure_start)} to {words.day(team.exposure_end)}", 4)
    if team.report:
        state = "valid" if team.report.valid else "not valid"
        page.fact("report", f"{team.report.name} ({team.report.problem or state})", 4)
    if team.waived:
        page.fact("report", f"not needed: {team.waived}", 4)


def _exposure(page: Page, standing: Standing) -> None:
    exposure = standing.exposure
    if exposure is None:
        return
    page.head("Exposure")
    assumed = " (assumed: from the first acceptance)" if exposure.assumed else ""
    page.fact("from", words.day(exposure.start) + assumed, 2)
    page.fact("enough on", words.day(exposure.earliest_end), 2)
    extended = f", extended: {exposure.reason or 'no reason given'}" if exposure.extended else ""
    page.fact("until", words.day(exposure.end) + extended, 2)


def pending(page: Page, entries: Iterable[Entry]) -> None:
    """What was asked for on a record and has not had its effect yet."""
    waiting = [entry for entry in entries if entry.state.pending]
    if not waiting:
        return
    page.head("Pending")
    for entry in waiting:
        state = page.sign(words.ENTRIES[entry.state])
        said = f": {entry.last_error}" if entry.last_error else ""
        page.line(state, str(entry.id), f"{words.command_title(entry.command)}{said}", indent=2)


_VOICES = {Voice.DESCRIPTION: "description", Voice.REPLY: "reply", Voice.COMMENT: "comment"}


def history(page: Page, record: Rollout | Pilot) -> None:
    """Everything that happened on a record, oldest first."""
    page.head("History")
    first = [message for message in record.messages if message.voice is Voice.DESCRIPTION]
    later = [message for message in record.messages if message.voice is not Voice.DESCRIPTION]
    # Trackers tell seconds: within one, a team is chosen before it answers, and an answer brings its files along.
    happened: list[tuple[dt.datetime | None, str, str, str]] = [
        *((message.at, _VOICES[message.voice], message.author, message.text) for message in first),
        *((event.at, event.text, event.author, "") for event in record.events),
        *((message.at, _VOICES[message.voice], message.author, message.text) for message in later),
        *((file.at, f"attached {file.name}", file.author, "") for file in record.attachments),
    ]
    happened.sort(key=lambda each: each[0].timestamp() if each[0] else float("-inf"))
    for at, what, author, text in happened:
        by = f"{author}: " if author else ""
        page.line(words.moment(at, page.zone) if at else "undated", f"{by}{what}", indent=2)
        if text.strip():
            page.quote(text, 4)
    if not happened:
        page.line("none known", indent=2)


def part_page(page: Page, rollout: Rollout, standing: Standing, team: TeamStanding, entries: Sequence[Entry]) -> None:
    """One team's part of a rollout."""
    page.line(f"{rollout.ref}/{team.team}")
    page.fact("rollout", rollout.title)
    page.fact("address", rollout.url)
    page.fact("stage", page.sign(words.STAGES[standing.stage]))
    _attention(page, (entry for entry in standing.attention if entry.team == team.team))
    page.head("Team")
    team_lines(page, team)
    pending(page, entries)


def team_page(
    page: Page,
    team: Team,
    parts: Iterable[tuple[str, TeamStanding]],
    committed: Iterable[Commitment] = (),
    health: TeamHealth | None = None,
) -> None:
    """A team of the roster: what it stands for, how it answers, what it has on its hands."""
    page.line(str(team.ref), team.name)
    page.fact("address", team.url)
    page.fact("NGI", team.ngi)
    page.fact("site", team.site)
    page.fact("contact", team.contact)
    page.fact("components", ", ".join(team.components))
    page.fact("active", "yes" if team.active else "no")
    for each in committed:
        level = f"{each.level.value} of " if each.level.value != "none" else ""
        until = f" until {words.day(each.until)}" if each.until else ""
        page.fact("committed", f"{level}{described(each)}{until}")
    if health:
        page.fact("answered", page.when(health.last_answered) or "never")
        if health.median_response is not None:
            page.fact("answers in", f"{health.median_response.total_seconds() / 3600:.1f} working h, the median")
        page.fact("silent", f"{health.unanswered} times in a row" if health.unanswered else "")
    page.head("Open rollouts")
    before = len(page.lines)
    for ref, part in parts:
        page.line(ref, page.sign(words.TEAMS[part.state]), indent=2)
    if len(page.lines) == before:
        page.line("none", indent=2)


def why_page(page: Page, why: WhyRecord, standing: Standing) -> None:
    """What blocks it, whose move it is, what would unblock it."""
    page.line(why.ref, page.sign(words.STAGES[standing.stage]))
    page.fact("whose move", words.MOVERS[standing.mover].word)
    for head, sentences in (("What stands in the way", why.blocked), ("What would lift it", why.unblock)):
        page.head(head)
        for sentence in sentences or ("nothing",):
            page.line(sentence, indent=2)
    _attention(page, standing.attention)
