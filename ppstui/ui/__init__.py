"""The dashboard: a Textual face of the desk. `ppstui.ui.app.run` is its only door.

Textual reads its environment when it is imported, so what must hold for every session is set here, before that:
animations cost many times the bytes of the change they decorate (a page in a scrolling view: 234 kB against 8 kB).
"""

from __future__ import annotations

import os

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
