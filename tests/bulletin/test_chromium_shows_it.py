"""The page in a real browser: the structure that was meant, nothing that runs or is fetched, and no line too wide."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import threading
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from ppstui.bulletin import Page, page, render
from ppstui.model import Draft, Item, Line, Part, Ref
from tests.bulletin.readers import meant, read_html
from tests.bulletin.samples import COLUMNS, EGEE, ZONE, by_hand, full, gathered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHROMIUM = "chromium"
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PROBE = """
<script>
const root = document.documentElement;
const shown = {
  width: root.clientWidth, needed: root.scrollWidth, dark: matchMedia("(prefers-color-scheme: dark)").matches,
  back: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color,
  link: getComputedStyle(document.querySelector("a") || document.body).color,
};
const told = document.createElement("pre");
told.id = "probe";
told.textContent = JSON.stringify(shown);
root.append(told);
</script>
"""
"""What a page never has: only the test may look at it from within."""

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("chromium")]


@pytest.fixture(scope="module")
def browse(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Runs Chromium on a page, with a profile of its own each time."""
    if shutil.which(CHROMIUM) is None:
        reason = "needs the packages of tests/servers/chromium/install.sh"
        assert os.environ.get("PPSTUI_REQUIRE_LIVE") != "1", reason
        pytest.skip(reason)

    def browsed(html: str, *flags: str) -> str:
        folder = tmp_path_factory.mktemp("page")
        file = folder / "page.html"
        file.write_text(html, encoding="utf-8")
        argv = (CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}", *flags, file.as_uri())
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return browsed


@pytest.fixture
def trap() -> Iterator[tuple[str, list[str]]]:
    """A server that nobody should ask for anything; what it was asked for."""
    asked: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Trap) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def hostile(trap: str) -> Page:
    """Everything that could make a browser run, fetch or show something else."""
    texts = (
        f'<img src="{trap}/img">',
        "<script>document.title='run'</script>",
        f"</style><style>@import '{trap}/css'; h2 {{ display: none }}</style>",
        f"<meta http-equiv='refresh' content='0;url={trap}/away'>",
        "</title></head></body></html><h2>another</h2>",
        "<svg onload=document.title='run'>",
        f"<base href='{trap}/'><iframe src='{trap}/frame'></iframe>",
        "&lt;script&gt;",
        "wide " + "w" * 400,
        "\u202eright to left",
    )
    url = f'{trap}/x" onmouseover="document.title=1'
    told = tuple(
        Line(id=f"x/{at}", item=Item(id=f"x/{at}", text=text, group=text, refs=(Ref("rt", text),), url=url))
        for at, text in enumerate(texts)
    )
    rows = tuple(by_hand(" | ".join(texts[at : at + 5]), at) for at in range(5))
    draft = Draft(
        title=texts[4],
        greeting="\n\n".join(texts),
        parts=(
            Part(id="a", title=texts[1], text=texts[3], lines=told),
            Part(id="b", title=texts[0], columns=COLUMNS, lines=rows),
        ),
    )
    return page(draft, gathered(meeting=texts[1]), EGEE, correction=texts[0], zone=ZONE)


def test_a_hostile_page_has_its_structure_runs_nothing_and_fetches_nothing(
    browse: Callable[..., str], trap: tuple[str, list[str]]
) -> None:
    address, asked = trap
    told = hostile(address)
    dumped = browse(render(told, "html"), "--dump-dom")
    seen = read_html(dumped)
    assert seen == meant(told, seen)
    (title,) = re.findall(r"<title>(.*?)</title>", dumped)
    assert unescape(title) == f"{told.title} 2026-W48"
    assert not asked


def test_the_trap_catches_a_page_that_fetches(browse: Callable[..., str], trap: tuple[str, list[str]]) -> None:
    address, asked = trap
    browse(f'<img src="{address}/img">', "--dump-dom")
    assert "/img" in asked


def shown(browse: Callable[..., str], told: Page, *flags: str) -> dict[str, object]:
    """How the page stands on the screen."""
    html = re.sub(r"<meta http-equiv=.*", "", render(told, "html")).replace("</html>", f"{PROBE}</html>")
    dumped = browse(html, "--dump-dom", *flags)
    found = re.search(r'<pre id="probe">(.*?)</pre>', dumped)
    assert found, dumped
    answer: dict[str, object] = json.loads(unescape(found[1]))
    return answer


@pytest.mark.parametrize(
    ("told", "wide"), [(full(), 500), (hostile("http://127.0.0.1:9"), 500), (hostile("http://127.0.0.1:9"), 1280)]
)
def test_nothing_stands_out_of_the_page(browse: Callable[..., str], told: Page, wide: int) -> None:
    seen = shown(browse, told, f"--window-size={wide},900")
    assert seen["width"] == wide
    assert seen["needed"] == wide


@pytest.mark.parametrize("dark", [False, True])
def test_it_can_be_read_by_day_and_by_night(browse: Callable[..., str], dark: bool) -> None:
    seen = shown(browse, full(), f"--blink-settings=preferredColorScheme={0 if dark else 1}")
    assert seen["dark"] is dark
    back, ink, link = (luminance(str(seen[name])) for name in ("back", "ink", "link"))
    assert (back < 0.05) is dark
    for colour in (ink, link):
        light, deep = max(back, colour), min(back, colour)
        assert (light + 0.05) / (deep + 0.05) >= 4.5


def luminance(colour: str) -> float:
    """How bright a colour is to the eye (WCAG 2)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_picture_can_be_taken_of_it(browse: Callable[..., str], tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    browse(render(full(), "html"), f"--screenshot={picture}", "--window-size=800,1200")
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    assert struct.unpack(">II", head[16:24]) == (800, 1200)
