"""`ppstui config init`: a guided first run that writes a new, commented configuration, and never over an old one."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import inspect as types

from ppstui.cli.examining import examine
from ppstui.cli.failing import CONFIGURATION, DONE, INTERRUPTED
from ppstui.cli.talking import Talk
from ppstui.config import strict
from ppstui.config.jsonschema import field_docs
from ppstui.config.paths import find_paths
from ppstui.config.read import EMBEDDED, read_text
from ppstui.config.secrets import REFERENCES, Vault, is_reference
from ppstui.config.whole import write_new
from ppstui.config.writing import Answers, Described, compose, example_text
from ppstui.model import Kind
from ppstui.port import Offer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ppstui.config.schema import BackendTable
    from ppstui.port import Backend, Health, Plugin

    Opener = Callable[[BackendTable, Callable[[str], str]], Backend]

__all__ = ["Talk", "init"]

_ASKED = ("url", "queue", "parent_queue", "project", "user")
"""Keys worth a question although they have a default."""
_OPTIONAL = ("pilot_queue",)
"""The same of what many a server has none of."""
_NONE = "none"
_SECRETS = ("token", "password")
"""The same of secrets."""
_SHARED = "postgresql"
"""Stands for the store's own kind where a team shares it: that needs the questions of a server."""
_PLACES = {
    "sql": "in the embedded store: one file on this machine, no server needed",
    "rt": "in a Request Tracker 5",
    _SHARED: "in a PostgreSQL database that your team shares",
}
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_COUNTRY = re.compile(r"[A-Za-z]{2}(?:-[A-Za-z0-9]+)?")


def init(
    file: Path,
    talk: Talk,
    plugins: Mapping[str, Plugin],
    open_backend: Opener,
    env: Mapping[str, str],
    *,
    yes: bool = False,
    limit: float = 20.0,
) -> int:
    """Asks, tests the connection, and writes; without a person, or with `yes`, for the embedded store at once.

    `open_backend` takes the entry that was described and a resolver for its secrets; the server has `limit` seconds.
    Returns 0 when written, 3 when the file exists or cannot be written, 7 when the person gave up.
    """
    asking = talk.person and not yes
    target: Path | None = file
    made: list[Path] = []
    try:
        target = _place(file, talk, asking=asking)
        if target is None:
            talk.complain(f"{file}: is there already and stays as it is; write another with --config FILE")
            return CONFIGURATION
        if asking:
            text = _FirstRun(target, talk, plugins, open_backend, env, limit, made).interview()
        else:
            described = Described("sql", plugins["sql"].Options)
            text = compose(Answers({EMBEDDED: described}, (EMBEDDED,)), example_text())
        write_new(target, text)
    except (EOFError, KeyboardInterrupt):
        _take_back(made)
        talk.say()
        talk.complain("config init: given up; nothing was written")
        return INTERRUPTED
    except OSError as error:
        _take_back(made)
        reason = error.strerror or error
        talk.complain(f"{error.filename or target}: cannot be written: {reason}; name another file with --config FILE")
        return CONFIGURATION
    _farewell(target, talk, env)
    return DONE


def _place(file: Path, talk: Talk, *, asking: bool) -> Path | None:
    """A file that does not exist yet; None when there is one and nobody to ask."""

    def free(answer: str) -> tuple[str, str] | None:
        return ("that is there already too", "name another") if _exists(file.parent / answer) else None

    if not _exists(file):
        return file
    if not asking:
        return None
    talk.say(f"{file} is there already and stays as it is.")
    names = (f"{file.stem}-{n}{file.suffix}" for n in range(2, 1000))
    offered = next((name for name in names if not _exists(file.parent / name)), "")
    return file.parent / talk.question("Write to which file instead", offered, free)


def _exists(file: Path) -> bool:
    return file.exists() or file.is_symlink()


def _take_back(made: list[Path]) -> None:
    """Removes the secret files of a conversation that came to nothing."""
    for path in made:
        with suppress(OSError):
            path.unlink()
    made.clear()


def _farewell(file: Path, talk: Talk, env: Mapping[str, str]) -> None:
    usual = find_paths(env, Path(env.get("HOME", "/"))).config_file == file
    command = "ppstui" if usual else f"ppstui --config {file}"
    talk.say(f"{file} is written; every other key stands in it as a comment.")
    talk.say(f"Next: `{command} doctor` looks whether all is well, `{command}` opens the dashboard.")


class _FirstRun:
    """One conversation that ends with the text of a configuration."""

    def __init__(
        self,
        file: Path,
        talk: Talk,
        plugins: Mapping[str, Plugin],
        open_backend: Opener,
        env: Mapping[str, str],
        limit: float,
        made: list[Path],
    ) -> None:
        """`made` takes the secret files that are written on the way."""
        self._file, self._talk, self._plugins, self._env = file, talk, plugins, env
        self._open, self._limit, self._made = open_backend, limit, made
        self._zone, self._country, self._me = "Europe/Zurich", "", ""

    def interview(self) -> str:
        """Everything from the first question on."""
        talk = self._talk
        talk.say(
            f"A few questions, then {self._file} is written. Enter takes what stands in [brackets], Ctrl-D gives up."
        )
        others = (kind for kind in self._plugins if kind not in (*_PLACES, "demo") and not self._only_meets(kind))
        kinds = [*_PLACES, *sorted(others)]
        kind = kinds[talk.choice("Where are your rollouts?", [_PLACES.get(kind, f"in a {kind}") for kind in kinds])]
        self._zone = talk.question("Time zone in which deadlines are counted", self._zone, strict.zone)
        country = talk.question("Country whose public holidays are free, two letters", "none", _country)
        self._country = "" if country == "none" else country.upper()
        if kind == "sql":
            return self._text(EMBEDDED, kind, {})
        if kind == _SHARED:
            return self._server("sql", "team", {"url": "postgresql://user@host/database"})
        return self._server(kind, kind, {})

    def _text(self, name: str, kind: str, values: Mapping[str, object], reads: frozenset[Kind] = frozenset()) -> str:
        """The file with that server in it; what it cannot keep is kept in the embedded store."""
        described = Described(kind, self._plugins[kind].Options, values)
        registry = Kind.COMMITMENT in reads
        teams = (*(name for _ in reads & {Kind.TEAM}), *(() if registry else (EMBEDDED,)))
        # Also of a server that does not answer yet it is known whether it is to keep pilots.
        pilots = Kind.PILOT in reads or any(values.get(key) for key in _OPTIONAL)
        answers = Answers(
            {name: described}, teams, self._zone, self._country, self._me, (name,) if pilots else (EMBEDDED,)
        )
        return compose(answers, example_text())

    # -------------------------------------------------------------------------------------------------- a server

    def _server(self, kind: str, name: str, values: dict[str, object]) -> str:
        """Describes one server until it answers well, or until the person is content."""
        talk = self._talk
        name = talk.question("Name of this source; its records are called NAME:1234", name, _name)
        ask = True
        while True:
            if ask:
                self._ask_values(kind, name, values)
            text = self._text(name, kind, values)
            healthy, offer = self._try(text, name)
            self._me = healthy.user if healthy is not None else ""
            text = self._text(name, kind, values, offer.reads if offer is not None else frozenset())
            if healthy is not None and not healthy.problems:
                return text
            if healthy is not None and self._rename(kind, values, healthy):
                ask = False
                continue
            ask = True
            choices = ("answer the questions about this server again", "write it as it is and mend it later", "give up")
            match talk.choice("What now?", choices, default=0 if healthy is None else 1):
                case 1:
                    return text
                case 2:
                    raise EOFError

    def _only_meets(self, kind: str) -> bool:
        """Whether such a backend has agendas of meetings and nothing else."""
        offer = getattr(self._plugins[kind], "offer", None)
        return isinstance(offer, Offer) and offer.reads == {Kind.MEETING}

    def _try(self, text: str, name: str) -> tuple[Health | None, Offer | None]:
        """Reads the text as it would be written, opens the backend, and says what came of it."""
        talk = self._talk
        loaded = read_text(text.encode(), self._file, self._env, self._plugins.__getitem__)
        table = next(table for table in loaded.backends if table.name == name)
        if table.options is None:
            for mistake in loaded.problems:
                talk.say(f"  {mistake.key}: {mistake.what}; {mistake.hint}")
            return None, None
        talk.say(f"Asking {name}, for up to {self._limit:g} s …")
        vault = Vault(self._env, self._file.parent)
        answer = examine({name: partial(self._open, table, vault.resolve)}, self._limit)[name]
        if answer.health is None:
            talk.say(f"  {answer.trouble}" + (f"; {answer.fix}" if answer.fix else ""))
            return None, None
        talk.say(f"  {answer.health.text}")
        for problem in answer.health.problems:
            talk.say(f"  but: {problem}")
        return answer.health, answer.offer

    def _ask_values(self, kind: str, name: str, values: dict[str, object]) -> None:
        options = self._plugins[kind].Options
        info, docs = types.type_info(options), field_docs(options)
        for part in info.fields if isinstance(info, types.StructType) else ():
            key, needed = part.encode_name, part.required
            if strict.is_secret(key, part.type):
                if needed or key in _SECRETS:
                    self._talk.say(docs.get(part.name, ""))
                    values[key] = self._secret(key, name, str(values.get(key, "")), needed=needed)
            elif key in _OPTIONAL:
                self._talk.say(docs.get(part.name, ""))
                answer = self._talk.question(key, str(values.get(key) or _NONE), _one_line)
                values[key] = "" if answer == _NONE else answer
            elif needed or (key in _ASKED and strict.default_of(part)):  # nobody is made to answer what may be empty
                self._talk.say(docs.get(part.name, ""))
                before = values.get(key, "" if needed else strict.default_of(part))
                answer = self._talk.question(key, str(before), _address if key == "url" else _one_line)
                values[key] = answer if _is_text(part.type) else _plain(answer)

    def _secret(self, key: str, name: str, before: str, *, needed: bool) -> str:
        """A reference to a secret; the secret itself goes, if anywhere, into a file of its own."""
        talk, place = self._talk, self._fresh(f"{name}.{key}")
        choices = [
            f"type it now, into a file that only you can read ({place})",
            "in an environment variable",
            "a command prints it",
            f"write the reference yourself: {REFERENCES}",
        ]
        if before:
            choices.append(f"as before: {before.split(maxsplit=1)[0]}")
        elif not needed:
            choices.append("none is needed here")
        match talk.choice(f"Where is the {key}?", choices, default=len(choices) - 1 if before else 0):
            case 0:
                _take_back(self._made)
                place = self._fresh(f"{name}.{key}")
                write_new(place, talk.secret(key.capitalize()) + "\n")
                self._made.append(place)
                return f"file:{self._short(place)}"
            case 1:
                return f"env:{talk.question('Name of the variable', f'PPSTUI_{name}_{key}'.upper().replace('-', '_'))}"
            case 2:
                return f"command:{talk.question('Command, as in: pass show rt')}"
            case 3:
                return talk.question("Reference", "", _reference)
        return before

    def _fresh(self, name: str) -> Path:
        """A file beside the configuration that does not exist yet."""
        folder = self._file.parent
        names = (name, *(f"{name}-{n}" for n in range(2, 1000)))
        return next(folder / one for one in names if not _exists(folder / one))

    def _short(self, path: Path) -> str:
        home = self._env.get("HOME", "")
        absolute = str(path.absolute())
        return f"~{absolute[len(home) :]}" if home and absolute.startswith(f"{home}/") else absolute

    def _rename(self, kind: str, values: dict[str, object], health: Health) -> bool:
        """Offers the server's own field names for those it does not have; whether anything changed."""
        info = types.type_info(self._plugins[kind].Options)
        parts = info.fields if isinstance(info, types.StructType) else ()
        table = next((part.type for part in parts if part.encode_name == "fields"), None)
        if not health.fields or not isinstance(table, types.StructType):
            return False
        before = values.get("fields")
        named = dict(before) if isinstance(before, dict) else {}
        docs, changed = field_docs(table.cls), False
        for part in table.fields:
            current = named.get(part.encode_name, strict.default_of(part))
            if not current or current in health.fields:
                continue
            near = strict.nearest(str(current), health.fields)
            choices = [*health.fields, "there is none"]
            self._talk.say(f'There is no field "{current}". {docs.get(part.name, "")}')
            chosen = self._talk.choice(f"Which is the field for {part.encode_name}?", choices, choices.index(near))
            named[part.encode_name] = health.fields[chosen] if chosen < len(health.fields) else ""
            changed = True
        values["fields"] = named
        return changed


# ----------------------------------------------------------------------------------------------- checks of answers


def _country(answer: str) -> tuple[str, str] | None:
    from ppstui.config.policy import country_problem

    if answer == "none":
        return None
    if not _COUNTRY.fullmatch(answer):
        return "that is no country", "write two letters, as in CH, or CH-GE with a canton; or none"
    return country_problem(answer, "")


def _name(answer: str) -> tuple[str, str] | None:
    if answer == EMBEDDED:
        return f"{EMBEDDED} is the embedded store", "choose another name"
    good = _NAME.fullmatch(answer)
    return None if good else ("a name is made of letters, digits, `_`, `.` and `-`", "as in rt")


def _address(answer: str) -> tuple[str, str] | None:
    return None if "://" in answer else ("that is no whole address", "write it as in https://rt.example.org/rt")


def _one_line(answer: str) -> tuple[str, str] | None:
    return None if answer.isprintable() else ("there are control characters in it", "type it anew")


def _reference(answer: str) -> tuple[str, str] | None:
    return None if is_reference(answer) else ("that is not a reference", f"write {REFERENCES}")


def _is_text(kind: types.Type) -> bool:
    return isinstance(kind.type if isinstance(kind, types.Metadata) else kind, types.StrType)


def _plain(answer: str) -> object:
    """An answer to a question for something else than a text, as TOML would read it."""
    try:
        return tomllib.loads(f"x = {answer}")["x"]
    except tomllib.TOMLDecodeError:
        return answer
