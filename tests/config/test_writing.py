"""A new configuration is composed from answers; everything else stands in it as a comment that is true."""

from __future__ import annotations

import tomllib

from msgspec import Struct

from ppstui.config.writing import Answers, Described, compose, example_text
from tests.config.desks import TrackerOptions
from tests.config.test_example import ALTERNATIVE


class WordyOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Meanings that begin in odd ways."""

    labels: tuple[str, ...] = ()
    """[] takes every label that the server knows."""
    quote: str = 'a "quoted" \\ text'
    """What is put before answers."""


def both(text: str) -> tuple[dict[str, object], dict[str, object]]:
    """The values of the file as it is, and with every alternative taken."""
    return tomllib.loads(text), tomllib.loads(ALTERNATIVE.sub("", text))


def test_answers_are_values_and_the_rest_is_comment() -> None:
    described = Described("tracker", TrackerOptions, {"url": 'https://x.test/"\\', "fields": {"teams": "Späher"}})
    text = compose(Answers({"my.rt": described}, ("local",), "Europe/Rome", "CH-GE"), example_text())
    values, everything = both(text)
    assert values == {
        "timezone": "Europe/Rome",
        "sources": {"rollouts": ["my.rt"], "teams": ["local"], "pilots": ["local"]},
        "backends": {"my.rt": {"type": "tracker", "url": 'https://x.test/"\\', "fields": {"teams": "Späher"}}},
        "calendar": {"country": "CH-GE"},
    }
    assert {"deadlines", "names", "views", "keys", "targets"} <= set(everything)


def test_a_meaning_that_looks_like_toml_stays_a_comment() -> None:
    values, everything = both(compose(Answers({"w": Described("wordy", WordyOptions)}, ("w",)), example_text()))
    assert values["backends"] == {"w": {"type": "wordy"}}
    assert everything["backends"] == {
        "w": {"type": "wordy", "labels": [], "quote": 'a "quoted" \\ text', "refresh": "1m", "read_only": False}
    }
