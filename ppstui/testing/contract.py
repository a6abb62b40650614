"""What every backend keeps, whatever stands behind it: the promises of `ppstui.port`, one test for each."""

from __future__ import annotations

from ppstui.testing.fault_rules import FaultRules
from ppstui.testing.reading_rules import ReadingRules
from ppstui.testing.writing_rules import WritingRules


class BackendContract(ReadingRules, WritingRules, FaultRules):
    """Subclass it and give a `world` fixture; the `backend` fixture opens one on that world.

    Tests are skipped, saying why, where a backend does not offer what they need. A backend that cannot keep a rule says
    so in `exempt`, with the reason; the suite then skips that rule and shows it.
    """
