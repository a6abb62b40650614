"""What becomes of a rollout while teams try it: exposure, incidents, reports."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from ppstui.model import Expose, Extend, Incident, Report
from ppstui.rules.names import report_name
from ppstui.ui.filling import Filling, chosen_team
from ppstui.ui.forms import OneOf, Text
from ppstui.ui.paths import complete_path, complete_word
from ppstui.ui.sending import Asked, named
from ppstui.views import words
from ppstui.views.details import Para
from ppstui.views.rows import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from ppstui.ui.choosing import Target
    from ppstui.ui.dialogs import Weighed
    from ppstui.ui.forms import Input


class Reporting(Filling):
    """Answers to the keys of the time between answer and outcome."""

    def table(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What each action does, by its id."""
        return {
            "rollouts.expose": self._expose,
            "rollouts.extend": self._extend,
            "rollouts.report": self._report,
            "rollouts.incident": self._incident,
        }

    # -------------------------------------------------------------------------------------------------------- exposure
    def _exposed(self) -> list[Target]:
        """The rows that are meant: a team's own row is about that team alone."""
        return list({target.ref: target for target in self._main.choice.targets()}.values())

    async def _expose(self) -> None:
        targets = self._exposed()

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            on = self._read(values["on"], past=True)
            if on is None:
                return "since which day?"
            return [
                Asked(Expose(target=each.ref.whole, team=chosen_team(values, each), on=on), each.rollout)
                for each in targets
            ]

        inputs = [*self._team(targets, all_=True), self._day("on", "Since", past=True)]
        await self._fill(f"Exposure of {named(targets)}", targets, inputs, asked)

    async def _extend(self) -> None:
        targets = self._exposed()

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            until = self._read(values["until"])
            if until is None:
                return "until which day?"
            reason = values["why"]
            return [
                Asked(
                    Extend(target=each.ref.whole, team=chosen_team(values, each), until=until, reason=reason),
                    each.rollout,
                )
                for each in targets
            ]

        inputs = [
            *self._team(targets, all_=True),
            self._day("until", "Until"),
            Text("why", "Reason", "why it goes on; written to the record"),
        ]
        await self._fill(f"Extend the exposure of {named(targets)}", targets, inputs, asked)

    # --------------------------------------------------------------------------------------------------------- reports

    async def _report(self) -> None:
        target = self._one("reports are filed for")
        if target is None:
            return
        teams = self._team([target], all_=False)
        if not teams:
            self._main.say("no team is on it yet: assign one first", bad=True)
            return

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            command = self._of_report(target, values)
            return command if isinstance(command, str) else [Asked(command, target.rollout)]

        def weigh(found: Sequence[Asked]) -> Weighed:
            command = found[0].command
            if not isinstance(command, Report) or command.waive:
                return self._sending.weigh(found)
            name = self._main.glance().text(command.name)
            return self._sending.weigh(found, Para((("will be attached as ", Tone.DIM), (name, Tone.STRONG)), 2))

        inputs: list[Input] = [
            *teams,
            OneOf("how", "Report", [("file", "attach a file", ""), ("waive", "none is needed", "")], "file"),
            Text("file", "File", "path; tab completes", when=_is("how", "file"), reads=_file, completes=complete_path),
            Text("why", "Reason", "why none is needed; written to the record", when=_is("how", "waive")),
        ]
        title = f"Report on {target.ref.whole}"
        done = await self._filled(title, [target], inputs, asked, weigh=weigh)
        if done is None:
            return
        (only,), filled = done
        if isinstance(only.command, Report) and not only.command.waive:
            whole = await asyncio.to_thread(_with_content, only.command, filled.values["file"])
            if isinstance(whole, str):
                self._main.say(whole, bad=True)
                return
            only = Asked(whole, only.seen)
        await self._sending.submit(title, [only], filled.reason)

    def _of_report(self, target: Target, values: Mapping[str, str]) -> Report | str:
        """The command without the file's content, or what is missing for it."""
        ref, team, file = target.ref.whole, values["team"], values["file"]
        if not team:
            return "whose report?"
        if values["how"] == "waive":
            return Report(target=ref, team=team, waive=values["why"]) if values["why"] else "why is no report needed?"
        size = _size(file)
        if size is None:
            return "there is no such file" if file else "which file?"
        return Report(target=ref, team=team, name=self._canonical(target, team, file), size=size)

    def _canonical(self, target: Target, team: str, file: str) -> str:
        """The name the process wants, with the file's own extension."""
        name = _path(file).name
        title = target.standing.title
        if not title.parsed:
            return name  # nothing to make a name of; the rules say so
        ext = name.rpartition(".")[2].casefold() if "." in name else ""
        return report_name(team, title, ext, self._desk.policy.report_stack)

    # -------------------------------------------------------------------------------------------------------- incident

    async def _incident(self) -> None:
        target = self._one("incidents are linked to")
        if target is None:
            return
        known = target.standing.incidents

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            if not values["url"]:
                return "which address?"
            command = Incident(
                target=target.ref.whole, url=values["url"], title=values["title"], text=values["text"],
                remove=values["how"] == "take",
            )  # fmt: skip
            return [Asked(command, target.rollout)]

        how = OneOf("how", "Incident", [("link", "link one", ""), ("take", "take one out", "")], "link")
        inputs: list[Input] = [
            *([how] if known else []),
            Text(
                "url", "Address", "https://...", completes=(lambda text: complete_word(text, known)) if known else None
            ),
            Text("title", "Title", "optional"),
            Text("text", "Comment", "optional; internal, on the record"),
        ]
        await self._fill(
            f"Incident on {target.ref.whole}", [target], inputs, lambda values: asked({"how": "link", **values})
        )


def _is(name: str, value: str) -> Callable[[Mapping[str, str]], bool]:
    return lambda values: values.get(name) == value


def _path(file: str) -> Path:
    """The path that was written; terminals put what is dropped into them between quotes."""
    bare = file[1:-1] if len(file) > 1 and file[0] == file[-1] and file[0] in "'\"" else file
    return Path(bare).expanduser()


def _size(file: str) -> int | None:
    """How big that file is; None when there is none."""
    try:
        path = _path(file)
        return path.stat().st_size if file and path.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None


def _file(text: str) -> tuple[str, Tone]:
    size = _size(text)
    return ("no such file", Tone.SOON) if size is None else (words.size(size), Tone.DIM)


def _with_content(command: Report, file: str) -> Report | str:
    """The command with the file in it, or why it cannot be read."""
    import hashlib  # only when a file is sent

    try:
        content = _path(file).read_bytes()
    except OSError as error:
        return f"{file}: cannot be read: {error.strerror}"
    digest = hashlib.sha256(content).hexdigest()
    return structs.replace(command, content=content, size=len(content), digest=digest)
