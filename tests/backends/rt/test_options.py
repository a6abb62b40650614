from __future__ import annotations

from pathlib import Path

import pytest

from ppstui import backends
from ppstui.backends.rt import Status
from ppstui.config.read import read_text

BACKEND = 'type = "rt"\ntoken = "env:RT_TOKEN"\n'


def problems(text: str) -> list[str]:
    """What the strict reader says of that [backends.there]."""
    loaded = read_text(f"[backends.there]\n{BACKEND}{text}".encode(), Path("/etc/ppstui.toml"), {}, backends.find)
    return [str(problem) for problem in loaded.problems if problem.backend == "there"]


@pytest.mark.parametrize(
    "url", ["http://rt.test:99999", "https://rt.test:http/rt", "https://rt.test:0", "https://[::1/rt"]
)
def test_a_port_that_is_none_is_a_mistake_in_the_file(url: str) -> None:
    (problem,) = problems(f'url = "{url}"')
    assert "there: url: host or port is none; a port is a number from 1 to 65535" in problem


@pytest.mark.parametrize("url", ["", "https://", "https:///rt"])
def test_an_address_without_a_host_is_a_mistake_in_the_file(url: str) -> None:
    assert len(problems(f'url = "{url}"')) == 1


@pytest.mark.parametrize(
    "url", ["https://rt.test/rt", "http://127.0.0.1:8080", "https://[::1]:8443/", "HTTPS://RT.TEST"]
)
def test_other_addresses_are_none(url: str) -> None:
    assert problems(f'url = "{url}"') == []


@pytest.mark.parametrize("queue", ["", "  "])
def test_an_empty_queue_is_a_mistake_in_the_file(queue: str) -> None:
    (problem,) = problems(f'url = "https://rt.test"\nqueue = "{queue}"')
    assert "queue" in problem


@pytest.mark.parametrize(
    "words",
    ['new = ["new", "open"]\nopen = ["open"]', 'resolved = ["Done"]\nrejected = ["dONE", "x"]'],
)
def test_a_status_in_two_lists_is_a_mistake_in_the_file(words: str) -> None:
    (problem,) = problems(f'url = "https://rt.test"\n[backends.there.status]\n{words}')
    assert "backends.there.status" in problem
    assert "stands in both" in problem


def test_a_word_in_a_list_leaves_the_lists_that_were_left_as_they_are() -> None:
    status = Status(open=("open", "Stalled"), resolved=("done", "rejected"))
    assert (status.stalled, status.rejected, status.new) == ((), (), ("new",))
    assert problems('url = "https://rt.test"\n[backends.there.status]\nresolved = ["resolved", "rejected"]') == []
