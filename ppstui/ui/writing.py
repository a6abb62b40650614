"""What writes: each flow captures its targets by value, shows the exact effect, asks, and hands commands to the desk.

An action is said to be queued only when `Desk.submit` has returned, for only then it is on the disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.errors import PpsError
from ppstui.model import Acknowledge, Assign, Comment, Kind, NewRollout, Ref, Remind, Reply, State, Team
from ppstui.rules.commands import draft
from ppstui.rules.reminders import owes
from ppstui.rules.rollouts import TeamState
from ppstui.ui import dialogs
from ppstui.ui.panes import part
from ppstui.ui.texts import AskAnswer, Effects, Write, edit_with
from ppstui.views import details, words
from ppstui.views.details import Para
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Iterable

    from ppstui.desk import Plan
    from ppstui.model import Answer, Command, Entry
    from ppstui.rules.rollouts import Standing
    from ppstui.ui.choosing import Target
    from ppstui.ui.screen import Main


class Writing:
    """Answers to the keys that ask for a write."""

    def __init__(self, main: Main) -> None:
        self._main = main
        self._desk = main.desk
        self._choice = main.choice

    def table(self) -> dict[str, Callable[[], None]]:
        """What each action does, by its id."""
        return {
            "rollouts.acknowledge": lambda: self._start(self._acknowledge()),
            "rollouts.assign": lambda: self._start(self._assign()),
            "rollouts.remind": lambda: self._start(self._remind()),
            "rollouts.comment": lambda: self._start(self._say(Comment)),
            "rollouts.reply": lambda: self._start(self._say(Reply)),
            "rollouts.new": lambda: self._start(self._new()),
            "desk.undo": lambda: self._start(self._undo()),
            "outbox.retry": lambda: self._start(self._retry()),
            "outbox.discard": lambda: self._start(self._discard()),
        }

    def _start(self, flow: Coroutine[None, None, None]) -> None:
        async def run() -> None:
            try:
                await flow
            finally:
                self._main.end_flow()

        self._main.hold_keys(flow=True)
        self._main.run_worker(run(), group="dialog", exclusive=True)

    def _whole(self) -> list[Target]:
        """One target for each rollout, however many of its teams are marked."""
        return list({target.ref.whole: target for target in self._choice.targets()}.values())

    def _about(self, targets: Iterable[Target]) -> tuple[Para, ...]:
        """Names the items: id, title, source."""
        glance = self._main.glance()
        named = []
        for target in targets:
            text = glance.text(target.rollout.title) or "(no title)"
            named.append(Para(((f"{glance.text(str(target.ref.whole))}  ", Tone.STRONG), (text, Tone.PLAIN)), 2))
        return tuple(named)

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

        def commands(refs: Iterable[Hashable], answer: Answer, note: str) -> list[tuple[Command, str]]:
            wanted = set(refs)
            return [
                (Acknowledge(target=ref.whole, team=team_name, answer=answer, note=note), target.rollout.rev)
                for ref, (target, team_name) in choices.items()
                if ref in wanted
            ]

        def effects(refs: frozenset[Hashable], answer: Answer, note: str) -> Effects:
            plans = [self._desk.plan(command) for command, _ in commands(refs, answer, note)]
            return Effects(details.plan(plans, main.glance()), *standing_against(plans))

        about = self._about({target.ref.whole: target for target in targets}.values())
        dialog = AskAnswer(main.setting, "Acknowledge on a team's behalf", about, rows_, frozenset(marked), effects)
        answered = await main.app.push_screen_wait(dialog)
        if answered is not None:
            await self._submit(commands(answered.teams, answered.answer, answered.note), answered.reason)

    # ---------------------------------------------------------------------------------------------------------- texts

    async def _say(self, kind: type[Comment | Reply]) -> None:
        main, targets = self._main, self._whole()
        who = "internal: coordinators see it" if kind is Comment else "everybody on the rollout sees it"
        title = f"{'Comment on' if kind is Comment else 'Reply on'} {named(targets)} ({who})"
        written = await main.app.push_screen_wait(self._write(title, self._about(targets)))
        if written is None:
            return
        await self._confirmed(
            title, [(kind(target=target.ref.whole, text=written.text), target.rollout.rev) for target in targets]
        )

    def _write(
        self,
        title: str,
        about: tuple[Para, ...],
        *,
        text: str = "",
        line: str | None = None,
        may_be_empty: bool = False,
    ) -> Write:
        main = self._main
        return Write(
            main.setting, title, about, draft=text, line=line, may_be_empty=may_be_empty,
            edit=edit_with(main.options.editor, main.options.env), lend=main.dashboard.lent,
        )  # fmt: skip

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
        now, policy = self._desk.now(), self._desk.policy
        drafts = [(target, names, draft("remind", target.rollout, names, policy, now)) for target, names in pairs]
        if len(drafts) == 1:
            target, names, text = drafts[0]
            first = self._desk.plan(Remind(target=target.ref.whole, teams=names, text=text))
            about = self._about([target])
            about += (details.fact("To", ", ".join(map(main.glance().text, names))),)
            about += tuple(Para(((each.text, Tone.SOON),)) for each in first.objections)
            written = await main.app.push_screen_wait(self._write(f"Remind on {target.ref.whole}", about, text=text))
            if written is None:
                return
            drafts = [(target, names, written.text)]
        commands: list[tuple[Command, str]] = [
            (Remind(target=target.ref.whole, teams=names, text=text), target.rollout.rev)
            for target, names, text in drafts
        ]
        await self._confirmed(f"Remind on {named([target for target, _ in pairs])}", commands, always=len(drafts) > 1)

    # --------------------------------------------------------------------------------------------------------- others

    async def _assign(self) -> None:
        main, targets = self._main, self._whole()
        if len(targets) != 1:
            main.say("teams are chosen for one rollout at a time; esc takes the marks away", bad=True)
            return
        target = targets[0]
        glance = main.glance()
        now = {team.team: team for team in target.standing.teams}
        had = frozenset(each.team for each in target.rollout.assignments)
        choices: list[tuple[Hashable, str, str]] = []
        for name in [*now, *sorted(self._roster() - set(now))]:
            state = words.TEAMS[now[name].state].word if name in now else ""
            choices.append(
                (name, glance.text(name), f"{state}{', a volunteer' if name in now and not now[name].assigned else ''}")
            )
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
        await self._confirmed(f"Assign on {target.ref.whole}", [(command, target.rollout.rev)], always=True)

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
        dialog = self._write(f"New rollout in {source}", about, line="title", may_be_empty=True)
        written = await main.app.push_screen_wait(dialog)
        if written is not None:
            command = NewRollout(target=Ref(source, "new"), title=written.line, text=written.text)
            await self._confirmed(f"New rollout in {source}", [(command, "")], always=True)

    async def _undo(self) -> None:
        main = self._main
        entry = self._choice.entry() or next(filter(self._may_go_back, self._desk.board.entries()), None)
        if entry is None:
            main.say("there is nothing to take back")
            return
        if await self._sure(f"Undo {words.command_title(entry.command)}", entry, "takes it back"):
            await self._told(self._desk.undo(entry.id), "taken back")

    def _may_go_back(self, entry: Entry) -> bool:
        """Not gone yet, or gone and with a way back; the desk has the last word."""
        if entry.state.pending:
            return entry.state is not State.SENDING
        return entry.state is State.DONE and isinstance(entry.command, Assign)

    async def _retry(self) -> None:
        entry = self._choice.entry()
        if entry is not None:
            await self._told(self._desk.retry(entry.id), "goes again")

    async def _discard(self) -> None:
        entry = self._choice.entry()
        if entry is not None and await self._sure(
            f"Discard {words.command_title(entry.command)}", entry, "gives it up"
        ):
            await self._told(self._desk.discard(entry.id), "given up")

    async def _sure(self, title: str, entry: Entry, does: str) -> bool:
        paras = details.entry(entry, self._main.glance())
        asked = dialogs.Confirm(self._main.setting, title, paras, does=does)
        return await self._main.app.push_screen_wait(asked) is not None

    async def _told(self, doing: Coroutine[None, None, Entry], what: str) -> None:
        try:
            entry = await doing
        except PpsError as error:
            self._main.say(str(error), bad=True)
        else:
            self._main.say(f"{what}: {words.command_title(entry.command)}")

    # ------------------------------------------------------------------------------------------------------ submitting

    async def _confirmed(self, title: str, commands: list[tuple[Command, str]], *, always: bool = False) -> None:
        """Queues what the rules let through; asks when a rule speaks, and always before several at once."""
        main = self._main
        try:
            plans = [self._desk.plan(command) for command, _ in commands]
        except PpsError as error:
            main.say(str(error), bad=True)
            return
        reason: str | None = ""
        if always or len(plans) > 1 or any(plan.objections for plan in plans):
            blocked, overridable = standing_against(plans)
            dialog = dialogs.Confirm(
                main.setting, title, details.plan(plans, main.glance()), does=f"queues {counted(len(plans))}",
                blocked=blocked, overridable=overridable,
            )  # fmt: skip
            reason = await main.app.push_screen_wait(dialog)
        if reason is None:
            main.say("left; nothing was queued")
            return
        if not reason:
            commands = [pair for pair, plan in zip(commands, plans, strict=True) if not plan.blocked]
        await self._submit(commands, reason)

    async def _submit(self, commands: list[tuple[Command, str]], reason: str) -> None:
        main = self._main
        queued, failed = 0, []
        back = len(commands) == 1 and self._desk.plan(commands[0][0]).reversible
        for command, rev in commands:
            try:
                await self._desk.submit(command, reason=reason, base_rev=rev)
            except PpsError as error:
                failed.append((command, str(error)))
            else:
                queued += 1
                main.table.marks -= {key for key in main.table.marks if about(main.pane.record(key), command.target)}
        if len(commands) == 1 and not failed:
            main.say(f"queued: {words.command_title(commands[0][0])}" + ("; u takes it back" if back else ""))
        elif len(commands) == 1:
            main.say(failed[0][1], bad=True)
        else:
            main.say(
                f"{queued} queued" + (f", {len(failed)} not; those stay marked" if failed else ""), bad=bool(failed)
            )
        if failed and len(commands) > 1:
            paras = tuple(
                Para(((f"{words.command_title(command)}: ", Tone.STRONG), (main.glance().text(text), Tone.LATE)), 2)
                for command, text in failed
            )
            main.app.push_screen(dialogs.Show(main.setting, f"{len(failed)} of {len(commands)} were not queued", paras))
        main.refill()


def about(ref: Ref | None, target: Ref) -> bool:
    """Whether a row is about this record."""
    return ref is not None and ref.whole == target.whole


def owing(standing: Standing, *, late: bool) -> list[str]:
    """The teams of a rollout that owe something now; only those that are late with it, or also those with time left."""
    behind = (TeamState.ACK_OVERDUE, TeamState.REPORT_MISSING)
    return [team.team for team in standing.teams if owes(team) and (not late or team.state in behind)]


def standing_against(plans: list[Plan]) -> tuple[bool, bool]:
    """Whether rules stand against all of them, and whether a reason would lift every one."""
    blocked = bool(plans) and all(plan.blocked for plan in plans)
    against = [objection for plan in plans for objection in plan.objections if objection.blocking]
    return blocked, all(objection.overridable for objection in against)


def named(targets: list[Target]) -> str:
    """`rt:1234`, or `7 rollouts`."""
    return str(targets[0].ref.whole) if len(targets) == 1 else f"{len(targets)} rollouts"


def counted(many: int) -> str:
    """`it`, or `all 7`."""
    return "it" if many == 1 else f"all {many}"
