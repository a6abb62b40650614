"""Mail as sites really send it, around an answer `{line}`."""

from __future__ import annotations

from typing import Final

PLAIN: Final = "{line}\n"

SIGNED: Final = """Dear colleagues,

we can take this one.

{line}

Best regards,
Marta
--\x20
Grid operations, second floor
accept NOTHING-FROM-A-SIGNATURE
"""

QUOTED: Final = """{line}

> Dear early adopters,
>
> you have been chosen to test this release. Please answer with a line of its own:
>
> <accept|reject> <NGI>-<Site-name>
>
> as in: accept NGI_XX-MY-SITE
"""

BELOW: Final = """On Tue, the staged rollout managers wrote:
> Please answer within one working day, with a line of its own in this ticket:
>
> <accept|reject> <NGI>-<Site-name>

{line}

We install on two of our eight nodes first.
"""

OUTLOOK: Final = """Hello,

{line}

Kind regards

________________________________
From: Staged rollout managers
Sent: Tuesday
To: early adopters
Subject: Staged Rollout

reject NGI_XX-MY-SITE
"""

ASIDE: Final = """Thanks for asking. We have a downtime next week, and a colleague on leave.

{line}

Please ask us again for the next release.
"""

HTML: Final = """Dear managers,

   *{line}*

   [image]

   > Please answer within one working day
"""

OVER_TO_YOU: Final = """{line}

Last time our tape robot did not like it, so we start with the disk-only pool.
新しい版の試験を始めます。 Дякуємо! 🙂
"""

LETTERS: Final = (PLAIN, SIGNED, QUOTED, BELOW, OUTLOOK, HTML, OVER_TO_YOU)
"""In turn, so that evidence has many shapes."""
