"""What ends a rollout: the document with its reports, the outcome, and closing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppstui.model import Document, Outcome, Resolve, SetOutcome
from ppstui.ui.filling import NONE, Filling
from ppstui.ui.forms import OneOf, Text
from ppstui.ui.sending import Asked, named
from ppstui.views import gates

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from ppstui.ui.dialogs import Weighed


class Closing(Filling):
    """Answers to the keys that end a rollout."""

    def table(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        """What each action does, by its id."""
        return {
            "rollouts.document": self._document,
            "rollouts.outcome": self._outcome,
            "rollouts.resolve": self._resolve,
        }

    async def _document(self) -> None:
        target = self._one("documents are named for")
        if target is None:
            return

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            if not values["id"] and not values["url"]:
                return "which document?"
            named_ = "" if values["id"].casefold() in NONE else values["id"]
            command = Document(target=target.ref.whole, document=named_, url=values["url"])
            return [Asked(command, target.rollout)]

        now = target.rollout.document
        hint = f"its id; {now} now; none takes it out" if now else "its id in the document server"
        inputs = [
            Text("id", "Document", hint),
            Text("url", "Address", "optional: the server makes one of the id"),
        ]
        await self._fill(f"Document of {target.ref.whole}", [target], inputs, asked)

    async def _outcome(self) -> None:
        targets = self._whole()

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            if not values["outcome"]:
                return "which outcome?"
            outcome = _outcomes().get(values["outcome"])
            return [
                Asked(SetOutcome(target=each.ref.whole, outcome=outcome, reason=values["reason"]), each.rollout)
                for each in targets
            ]

        options = [("ACCEPT", "ACCEPT", ""), ("REJECT", "REJECT", "")]
        if any(each.rollout.outcome for each in targets):
            options.append(("none", "none: take it out", ""))
        inputs = [
            OneOf("outcome", "Outcome", options),
            Text("reason", "Reason", "for a REJECT, or where reports are missing"),
        ]
        await self._fill(f"Outcome of {named(targets)}", targets, inputs, asked)

    async def _resolve(self) -> None:
        targets = self._whole()
        one = targets[0] if len(targets) == 1 else None

        def asked(values: Mapping[str, str]) -> list[Asked] | str:
            outcome = _outcomes().get(values["outcome"])
            return [
                Asked(
                    Resolve(
                        target=each.ref.whole,
                        outcome=outcome,
                        document=values["document"],
                        url=values["url"],
                        reason=values["reason"],
                    ),
                    each.rollout,
                )
                for each in targets
            ]

        def weigh(found: Sequence[Asked]) -> Weighed:
            weighed = self._sending.weigh(found)
            command = found[0].command
            if one is None or weighed.problem or not isinstance(command, Resolve):
                return weighed
            plan = self._desk.plan(command)
            return weighed._replace(paras=gates.gates(command, one.rollout, one.standing, plan, self._main.glance()))

        has = one.rollout.outcome if one else ""
        options = [("keep", f"as it is ({has})" if one else "as each has it", "")] if has or one is None else []
        options += [("ACCEPT", "ACCEPT", ""), ("REJECT", "REJECT", "")]
        document = f"{one.rollout.document}, as it is" if one and one.rollout.document else "its id"
        inputs = [
            OneOf("outcome", "Outcome", options, "keep" if has else ""),
            Text("document", "Document", document if one else "its id; empty leaves what each has"),
            Text("url", "Address", "optional: the server makes one of the id"),
            Text("reason", "Reason", "optional; written to the record"),
        ]
        await self._fill(f"Resolve {named(targets)}", targets, inputs, asked, weigh=weigh)


def _outcomes() -> dict[str, Outcome]:
    return {outcome.value: outcome for outcome in Outcome}
