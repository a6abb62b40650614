"""What writes words and chooses teams: each flow captures its targets by value, shows the exact effect, and asks.

Forms are the affair of `reporting`, `closing` and `editing`, second thoughts that of `deciding`; all queue through
`sending`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.model import Acknowledge, Assign, Comment, Kind, Level, NewRollout, Poll, Ref, Remind, Reply, Team
from ppstui.rules.clocks import local_day
from ppstui.rules.commands import draft, poll_address, poll_subject
from ppstui.rules.health import propose, team_health
from ppstui.rules.registry import Product, product_of
from ppstui.rules.reminders import digests, owes
from ppstui.rules.rollouts import TeamState
from ppstui.ui import dialogs
from ppstui.ui.closing import Closing
from ppstui.ui.deciding import Deciding
from ppstui.ui.editing import Editing
from ppstui.ui.issuing import Issuing
from ppstui.ui.meetings import Meetings
from ppstui.ui.outgoing import Outgoing
from ppstui.ui.panes import part
from ppstui.ui.piloting import Piloting
from ppstui.ui.planning import Planning
from ppstui.ui.reporting import Reporting
from ppstui.ui.sending import Asked, Sending, named
from ppstui.ui.texts import Above, AskAnswer, write_on
from ppstui.ui.weekly import Weekly, judged_rollouts
from ppstui.views import details, words
from ppstui.views.details import Para
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Iterable, Sequence

    from ppstui.model import Answer
    from ppstui.rules.health import Proposal
    from ppstui.rules.rollouts import Standing
    from ppstui.ui.choosing import Chosen, Target
    from ppstui.ui.dialogs import Weighed
    from ppstui.ui.screen import Main


_REMEMBERED = 400
"""Rollouts that say how well a team answers."""


class Writing:
    """Answers to the keys that ask for a write."""

    def __init__(self, main: Main) -> None:
        self._main = main
        self._desk = main.desk
        self._choice = main.choice
        self._sending = Sending(main)
        self._flows = (
            Reporting(main, self._sending).table()
            | Closing(main, self._sending).table()
            | Editing(main, self._sending).table()
            | Piloting(main, self._sending).table()
            | Planning(main, self._sending).table()
            | Weekly(main, self._sending).table()
            | Meetings(main, self._sending).table()
            | Outgoing(main, self._sending).table()
        )
        self._issuing = Issuing(main, self._sending)
        self._deciding = Deciding(main, self._sending)

    def table(self) -> dict[str, Callable[[], None]]:
        """What each action does, by its id."""
        flows: dict[str, Callable[[], Coroutine[None, None, None]]] = {
            "rollouts.acknowledge": self._acknowledge,
            "rollouts.assign": self._assign,
            "rollouts.remind": self._remind,
            "rollouts.poll": self._poll,
            "rollouts.comment": lambda: self._say(Comment),
            "rollouts.reply": lambda: self._say(Reply),
            "rollouts.new": self._new,
            **self._flows,
            **self._issuing.table(),
            **self._deciding.table(),
        }
        at_once = {name: functools.partial(self._at_once, done) for name, done in self._issuing.at_once().items()}
        return {**{name: functools.partial(self._start, flow) for name, flow in flows.items()}, **at_once}

    def share_words(self) -> None:
        """What was written in an issue goes where colleagues find it; nobody waits for it."""
        self._issuing.share_words()

    def part(self, then: Callable[[], None]) -> None:
        """The same before the program ends, and what is held is let go of; `then` follows, soon in any case."""
        self._issuing.part(then)

    def _at_once(self, done: Callable[[], Coroutine[None, None, None] | None]) -> None:
        """Does it now, so that a key that is held stays in order; where a question comes first, that is a flow."""
        question = done()
        if question is not None:
            self._start(lambda: question)

    def _start(self, flow: Callable[[], Coroutine[None, None, None]]) -> None:
        main = self._main
        main.acting = frozenset(target.ref for target in self._choice.chosen())

        async def run() -> None:
            try:
                await flow()
            finally:
                main.end_flow()

        main.hold_keys(flow=True)
        self._main.run_worker(run(), group="dialog", exclusive=True)

    def _whole(self) -> list[Target]:
        """One target for each rollout, however many of its teams are marked."""
        return list({target.ref.whole: target for target in self._choice.targets()}.values())

    # ---------------------------------------------------------------------------------------------- acknowledgements

    async def _acknowledge(self) -> None:
        main = self._main
        choices: dict[Ref, tuple[Target, str]] = {}
        marked: set[Hashable] = set()
        targets = self._choice.targets()
        for target in targets:
            for team in target.standing.teams:
                if team.state is TeamState.WITHDRAWN or (part(target.ref) and team.team != part(target.ref)):
                    continue
                ref = Ref(target.ref.source, target.ref.id, team.team)
                choices[ref] = (target, team.team)
                silent = team.answer is None
                if part(target.ref) or (silent and (len(targets) > 1 or len(target.standing.teams) == 1)):
                    marked.add(ref)
        if not choices:
            main.say("no team is on it yet: assign one first", bad=True)
            return
        glance = main.glance()
        rows_ = []
        for ref, (target, team_name) in choices.items():
            standing = next(team for team in target.standing.teams if team.team == team_name)
            where = f"{glance.text(str(ref.whole))}  " if len(targets) > 1 else ""
            rows_.append((ref, glance.text(team_name), where + words.TEAMS[standing.state].word))

        def asked(refs: Iterable[Hashable], answer: Answer, note: str) -> list[Asked]:
            wanted = set(refs)
            return [
                Asked(Acknowledge(target=ref.whole, team=team_name, answer=answer, note=note), target.rollout)
                for ref, (target, team_name) in choices.items()
                if ref in wanted
            ]

        def weigh(refs: frozenset[Hashable], answer: Answer, note: str) -> Weighed:
            return self._sending.weigh(asked(refs, answer, note))

        about = self._sending.about({target.ref.whole: target for target in targets}.values())
        title = "Acknowledge on a team's behalf"
        dialog = AskAnswer(main.setting, title, about, rows_, frozenset(marked), weigh)
        answered = await main.app.push_screen_wait(dialog)
        if answered is not None:
            given = asked(answered.teams, answered.answer, answered.note)
            await self._sending.submit(title, given, answered.reason)

    # ---------------------------------------------------------------------------------------------------------- texts

    async def _say(self, kind: type[Comment | Reply]) -> None:
        main = self._main
        targets: list[Chosen] = list({target.ref.whole: target for target in self._choice.chosen()}.values())
        who = "internal: coordinators see it" if kind is Comment else "everybody on it sees it"
        title = f"{'Comment on' if kind is Comment else 'Reply on'} {named(targets)} ({who})"
        written = await main.app.push_screen_wait(write_on(main, title, self._sending.about(targets)))
        if written is None:
            return
        asked = [Asked(kind(target=target.ref.whole, text=written.text), target.record) for target in targets]
        await self._sending.confirmed(title.partition(" (")[0], asked)

    async def _remind(self) -> None:
        main = self._main
        targets = self._choice.targets()
        by_rollout: dict[Ref, tuple[Target, list[str]]] = {}
        for target in targets:
            teams = [part(target.ref)] if part(target.ref) else owing(target.standing, late=len(targets) > 1)
            by_rollout.setdefault(target.ref.whole, (target, []))[1].extend(teams)
        pairs = [(target, tuple(dict.fromkeys(teams))) for target, teams in by_rollout.values() if teams]
        if not pairs:
            main.say("no team there owes anything" + (" late" if len(targets) > 1 else "") + " now", bad=True)
            return
        if len(pairs) == 1 and len(pairs[0][1]) > 1 and not part(targets[0].ref):
            target, names = pairs[0]
            late = frozenset(owing(target.standing, late=True)) or frozenset(names)
            states = {team.team: words.TEAMS[team.state].word for team in target.standing.teams}
            choices: list[tuple[Hashable, str, str]] = [
                (name, main.glance().text(name), states[name]) for name in names
            ]
            pick = dialogs.Pick(main.setting, f"Remind on {target.ref.whole}: whom", choices, several=True, marked=late)
            chosen = await main.app.push_screen_wait(pick)
            if not chosen:
                return
            pairs = [(target, tuple(name for name in names if name in chosen))]
        if len(pairs) > 1:
            await self._digest(pairs)
            return
        target, names = pairs[0]
        text = draft("remind", target.rollout, names, self._desk.policy, self._desk.now())
        first = self._desk.plan(Remind(target=target.ref.whole, teams=names, text=text))
        about = self._sending.about([target])
        about += (details.fact("To", ", ".join(map(main.glance().text, names))),)
        about += tuple(Para(((each.text, Tone.SOON),)) for each in first.objections)
        title = f"Remind on {target.ref.whole}"
        written = await main.app.push_screen_wait(write_on(main, title, about, text=text))
        if written is not None:
            command = Remind(target=target.ref.whole, teams=names, text=written.text)
            await self._sending.confirmed(title, [Asked(command, target.rollout)])

    async def _digest(self, pairs: Sequence[tuple[Target, tuple[str, ...]]]) -> None:
        """One mail to a team for all it owes, not one a rollout."""
        owed = []
        for target, names in pairs:
            teams = tuple(team for team in target.standing.teams if team.team in names)
            owed.append((target.rollout, structs.replace(target.standing, teams=teams)))
        seen = {target.ref.whole: target.rollout for target, _ in pairs}
        digests_ = digests(owed, self._desk.policy, self._desk.now())
        asked = [Asked(command, seen.get(command.target)) for command in digests_]
        if not asked:
            self._main.say("no team there owes anything late now", bad=True)
            return
        many = f"{len(asked)} digest" + ("s" if len(asked) > 1 else "")
        await self._sending.confirmed(f"Remind about {len(pairs)} rollouts: {many}", asked, always=True)

    async def _poll(self) -> None:
        main, targets = self._main, self._whole()
        if len(targets) != 1:
            main.say("the list is asked about one rollout at a time; esc takes the marks away", bad=True)
            return
        target, policy = targets[0], self._desk.policy
        text = draft("poll", target.rollout, (), policy, self._desk.now())
        to, subject = poll_address(target.rollout, policy), poll_subject(target.rollout, policy)
        glance, about = main.glance(), self._sending.about(targets)
        first = self._desk.plan(Poll(target=target.ref.whole, to=to, subject=subject, text=text))
        about += tuple(Para(((glance.text(each.text), Tone.SOON),)) for each in first.objections)
        lines = (Above("To", "the list's address", to), Above("Subject", "what it is about", subject))
        title = f"Poll for {target.ref.whole} (a mail, which cannot be taken back)"
        written = await main.app.push_screen_wait(write_on(main, title, about, text=text, lines=lines))
        if written is not None:
            command = Poll(target=target.ref.whole, to=written.lines[0], subject=written.lines[1], text=written.text)
            asked = [Asked(command, target.rollout)]
            await self._sending.confirmed(f"Poll for {target.ref.whole}", asked, always=True)

    # --------------------------------------------------------------------------------------------------------- others

    async def _assign(self) -> None:
        main, targets = self._main, self._whole()
        if len(targets) > 1:
            await self._assign_to_all(targets)
            return
        target, glance = targets[0], main.glance()
        now = {team.team: team for team in target.standing.teams}
        had = frozenset(each.team for each in target.rollout.assignments)
        choices: list[tuple[Hashable, str, str]] = []
        for name, team in now.items():
            volunteer = "" if team.assigned else ", a volunteer"
            choices.append((name, glance.text(name), words.TEAMS[team.state].word + volunteer))
        choices += [  # likeliest first, and none of them marked
            (each.team, glance.text(each.team), glance.text("; ".join(each.reasons)))
            for each in await self._proposed(target, tuple(now))
        ]
        title = f"Teams for {target.ref.whole}: {glance.text(target.rollout.title)}"
        pick = dialogs.Pick(main.setting, title, choices, several=True, marked=frozenset(had), free=True)
        chosen = await main.app.push_screen_wait(pick)
        if chosen is None:
            return
        add = tuple(str(name) for name, _, _ in choices if name in chosen and name not in had)
        add += tuple(sorted(str(name) for name in chosen if name not in had and str(name) not in add))
        remove = tuple(name for name in had if name not in chosen)
        if not add and not remove:
            main.say("the teams are as they were; nothing was queued")
            return
        command = Assign(target=target.ref.whole, add=add, remove=tuple(sorted(remove)))
        await self._sending.confirmed(f"Assign on {target.ref.whole}", [Asked(command, target.rollout)], always=True)

    async def _proposed(self, target: Target, assigned: Sequence[str]) -> tuple[Proposal, ...]:
        """The other teams, those first that committed to it and that answer; a person chooses."""
        desk, title = self._desk, target.standing.title
        board = await judged_rollouts(desk, closed=True, most=_REMEMBERED)
        product = product_of(title) if title.parsed else Product(component=target.rollout.title)
        today = local_day(desk.now(), desk.policy.zone)
        registry, health = desk.board.registry(), team_health(board, desk.policy)
        adopters = {each.party for each in registry.commitments if each.level is Level.NONE}
        hosts = {each.party for each in registry.commitments if each.level is not Level.NONE} - adopters
        teams = sorted(name for name in self._roster() if name not in hosts or name.casefold().startswith("ea-"))
        return propose(product, teams, assigned, registry, health, desk.policy, today)

    async def _assign_to_all(self, targets: Sequence[Target]) -> None:
        """Adds teams to every one of them; what each has stays."""
        main = self._main
        had = [{each.team for each in target.rollout.assignments} for target in targets]
        choices: list[tuple[Hashable, str, str]] = []
        for name in sorted(self._roster().union(*had)):
            many = sum(name in teams for teams in had)
            choices.append((name, main.glance().text(name), f"on {many} of {len(targets)} already" if many else ""))
        title = f"Teams to add to {named(targets)}"
        chosen = await main.app.push_screen_wait(dialogs.Pick(main.setting, title, choices, several=True, free=True))
        if chosen:
            names = sorted(map(str, chosen))
            asked = [
                Asked(Assign(target=target.ref.whole, add=add), target.rollout)
                for target, teams in zip(targets, had, strict=True)
                if (add := tuple(name for name in names if name not in teams))
            ]
            if asked:
                await self._sending.confirmed(f"Assign on {named(targets)}", asked, always=True)
            else:
                main.say("they all have these teams already; nothing was queued")

    def _roster(self) -> set[str]:
        board = self._desk.board
        teams = (board.record(line.ref) for line in board.lines(Kind.TEAM))
        return {*self._desk.policy.roster, *(team.name for team in teams if isinstance(team, Team))}

    async def _new(self) -> None:
        main, makers = self._main, self._choice.makers()
        source = makers[0]
        if len(makers) > 1:
            picked = await main.app.push_screen_wait(
                dialogs.Pick(main.setting, "New rollout in", [(name, name, "") for name in makers])
            )
            if picked is None:
                return
            source = str(next(iter(picked)))
        about = (Para((("as in  Staged Rollout UMD-4 arc6 6.15.1 CENTOS7 x86_64", Tone.DIM),)),)
        dialog = write_on(main, f"New rollout in {source}", about, lines=(Above("Title", "title"),), may_be_empty=True)
        written = await main.app.push_screen_wait(dialog)
        if written is not None:
            command = NewRollout(target=Ref(source, "new"), title=written.lines[0], text=written.text)
            await self._sending.confirmed(f"New rollout in {source}", [Asked(command)], always=True)


def owing(standing: Standing, *, late: bool) -> list[str]:
    """The teams of a rollout that owe something now; only those that are late with it, or also those with time left."""
    behind = (TeamState.ACK_OVERDUE, TeamState.REPORT_MISSING)
    return [team.team for team in standing.teams if owes(team) and (not late or team.state in behind)]
