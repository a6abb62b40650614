from __future__ import annotations

from pathlib import Path

import pytest

from ppstui import backends
from ppstui.backends.rt import RT, Options, Status
from ppstui.config.read import read_text
from ppstui.model import Kind, NewPilot

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


@pytest.mark.parametrize("queue", ["staged-rollout", "SW-Rel"])
def test_pilots_need_a_queue_of_their_own(queue: str) -> None:
    (problem,) = problems(f'url = "https://rt.test"\npilot_queue = "{queue}"')
    assert "pilot_queue is a queue of rollouts or releases" in problem


def test_the_steps_of_pilots_need_words_to_be_signed_with() -> None:
    (problem,) = problems('url = "https://rt.test"\npilot_queue = "pilots"\npilot_status.resolved = []')
    assert "pilot_status.resolved is empty" in problem


def test_an_rt_keeps_pilots_where_it_has_a_queue_for_them() -> None:
    plain, keeping = (Options(url="https://rt.test", token="env:T", pilot_queue=queue) for queue in ("", "pilots"))
    assert Kind.PILOT not in RT.offer_of(plain).reads
    assert NewPilot not in RT.offer_of(plain).writes
    assert Kind.PILOT in RT.offer_of(keeping).reads
    assert NewPilot in RT.offer_of(keeping).writes
