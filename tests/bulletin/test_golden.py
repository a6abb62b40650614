"""Each format as it looks: the full week, its correction and an empty one, byte for byte.

What is meant to change is written anew by `python -m tests.bulletin.test_golden`, and looked at before it is kept.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ppstui.bulletin import FORMATS, render
from tests.bulletin.samples import corrected, empty, full

GOLDEN = Path(__file__).parent / "golden"
ISSUES = {"full": full, "corrected": corrected, "empty": empty}
ENDINGS = {"text": "txt", "markdown": "md", "html": "html", "twiki": "twiki", "dokuwiki": "dokuwiki", "json": "json"}
SHOWN = [
    (issue, name) for issue in ISSUES for name in FORMATS if issue == "full" or name in {"text", "html", "dokuwiki"}
]


def file(issue: str, name: str) -> Path:
    return GOLDEN / f"{issue}.{ENDINGS[name]}"


@pytest.mark.parametrize(("issue", "name"), SHOWN)
def test_an_issue_looks_as_it_did(issue: str, name: str) -> None:
    written = render(ISSUES[issue](), name)
    assert written == file(issue, name).read_text(encoding="utf-8"), "if that is meant, see the top of this file"
    assert written == render(ISSUES[issue](), name), "the same data, other bytes"


def test_no_golden_file_is_of_nothing() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {file(issue, name).name for issue, name in SHOWN}


if __name__ == "__main__":
    for each in SHOWN:
        file(*each).write_text(render(ISSUES[each[0]](), each[1]), encoding="utf-8")
