from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.rt_site import Site, start_site

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def _demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from start_site(tmp_path_factory.mktemp("rt-demo"), "--seed", "demo", "--workers", "2", "--webpath", "/rt")


@pytest.fixture(scope="session")
def _empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from start_site(tmp_path_factory.mktemp("rt-empty"), "--seed", "none", "--workers", "2")


@pytest.fixture(scope="session")
def _automatic_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from start_site(tmp_path_factory.mktemp("rt-automatic"), "--seed", "demo", "--automation")


@pytest.fixture(scope="session")
def _full_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from start_site(tmp_path_factory.mktemp("rt-full"), "--seed", "board-200")


@pytest.fixture(params=["truncate", "drop"])
def rt_tight(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo site that cuts, or drops, attachments of more than 2,000 bytes."""
    over = str(request.param)
    yield from start_site(tmp_path_factory.mktemp(over), "--seed", "demo", "--limit", "2000", "--over", over)


@pytest.fixture
def rt_site(_demo_server: Site) -> Site:
    """The demo site, as new."""
    _demo_server.reset()
    return _demo_server


@pytest.fixture
def rt_automatic(_automatic_server: Site) -> Site:
    """The demo site with the process' own automation switched on."""
    _automatic_server.reset()
    return _automatic_server


@pytest.fixture
def rt_full(_full_server: Site) -> Site:
    """200 open rollouts, each with a parent, two teams and five messages."""
    _full_server.reset()
    return _full_server


@pytest.fixture
def rt_empty(_empty_server: Site) -> Site:
    """Queues, fields and accounts, and no ticket."""
    _empty_server.reset()
    return _empty_server
