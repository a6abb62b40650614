"""What every backend keeps, whatever stands behind it: the promises of `ppstui.port`, one test for each."""

from __future__ import annotations

from ppstui.testing.bulletin_rules import BulletinRules
from ppstui.testing.conflict_rules import ConflictRules
from ppstui.testing.course_rules import CourseRules
from ppstui.testing.fault_rules import FaultRules
from ppstui.testing.preview_rules import PreviewRules
from ppstui.testing.reading_rules import ReadingRules
from ppstui.testing.writing_rules import WritingRules


class BackendContract(ReadingRules, WritingRules, ConflictRules, CourseRules, PreviewRules, BulletinRules, FaultRules):
    """Subclass it and give a `world` fixture; the `backend` fixture opens one on that world.

    Say in `offer` what the backend offers, and rules of what it does not are left out; where that is not known
    beforehand they are skipped, saying why. A backend that cannot keep a rule says so in `exempt`, with the reason; the
    suite then skips that rule and shows it.
    """
