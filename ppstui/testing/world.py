"""The other side of a backend, as a test sees it: never through the backend itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppstui.model import Command, Record, Ref
    from ppstui.port import Backend


class World(Protocol):
    """A server, a fake with a memory, or a file; everything in it is done and seen behind the backend's back.

    The faults (`lose_next_answer` to `renew_credentials`) may be played by whatever stands between: `Wire` for HTTP.
    """

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that must never show: tokens and passwords the backend was opened with; () when it has none."""

    def open(self) -> Backend:
        """Opens a backend on this world, under the contract's `source` name.

        Where it makes the address of a document of its id, it makes `samples.DOCUMENTS` with the id.
        Asked again, it opens another one, as a second desk would: what one wrote must be known to the other.
        """

    def seed(self, records: Sequence[Record]) -> tuple[Ref, ...]:
        """Puts these records there and says, in the same order, under which references the backend will serve them.

        The ids given are only a wish; times may be the server's own. Everything else a backend reads is kept: title,
        phase, teams, messages with author and voice, links, attachments by name and size, and a parent, which knows no
        outcome and no document yet (where `Ground.parents` says that there are any). An issue of the bulletin is kept
        as it is, under the reference it has.
        """

    def see(self, command: type[Command], ref: Ref) -> tuple[str, ...]:
        """What is there of such commands, one string for each effect, oldest first.

        Acknowledge, Reply, Remind, Expose, Extend: texts of correspondence. Comment, Poll: texts of internal notes.
        Assign: the teams in the field. Report: the files, each as `NAME: SIZE bytes`. Incident: the addresses it links
        to. Document, SetOutcome, SetDue, SetOwner: what the field holds, a day as in 2026-11-20; () for nothing and
        nobody. SetStatus, Resolve: the status word. SetField: each value of each further field, as `NAME: VALUE`.
        NewRollout: the title of every rollout there is, whatever `ref` says.

        Of the parent of a rollout only Document and SetOutcome are asked.
        """

    def touch(self, ref: Ref) -> None:
        """A colleague leaves an internal note: the record moved on, in nothing that a command but a note touches."""

    def assign(self, ref: Ref, team: str) -> None:
        """A colleague puts this team into the field, beside those in it."""

    def remove(self, ref: Ref) -> None:
        """The record is deleted, or no longer visible to the backend's account."""

    def lose_next_answer(self) -> None:
        """The next write has its effect, and nobody ever answers it."""

    def cut_after(self, writes: int) -> None:
        """The link breaks after so many more writes, and stays broken until `be_up`.

        They had their effect; the answer to the last of them is lost, and nothing gets through any more. After 0, the
        next write does not arrive.
        """

    def refuse_next(self) -> None:
        """The next write is refused by the other side and has no effect."""

    def be_down(self) -> None:
        """Nobody answers any more."""

    def be_up(self) -> None:
        """Somebody answers again; a cut that did not come to pass is forgotten."""

    def expire_credentials(self) -> None:
        """The backend's account is no longer let in."""

    def renew_credentials(self) -> None:
        """It is let in again."""
