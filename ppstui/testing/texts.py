"""Texts that break programs: alphabets, directions, markup of every house, terminal control, and sheer length."""

from __future__ import annotations

NASTY: dict[str, str] = {
    "greek": "Δοκιμή της νέας έκδοσης: άλφα, βήτα, ώμέγα",
    "cyrillic": "Проверка обновления на площадке RU-Protvino-IHEP: щука, ёж",
    "arabic": "تم اختبار الإصدار الجديد بنجاح",
    "hebrew": "הבדיקה הושלמה ללא תקלות",
    "cjk": "新しい版の試験は完了しました。测试通过。시험 완료",
    "emoji": "👩‍🔬 👨‍👩‍👧‍👦 🏳️‍🌈 ✅ é (two code points) ﬃ",
    "direction": "left \u202eright to left\u202c left \u2066isolated\u2069 \u200f.",
    "rich markup": "[red]x[/red] boom [/foo] [link=https://example.org]y[/link] \\[z]",
    "html": '<script>alert(1)</script> &amp; &lt;b&gt; <a href="x">y</a>',
    "wiki": "%WIKI% %SEARCH{x}% !WikiWord | a | b | {{{ }}} [[link]] ''bold''",
    "templates": "{{ 7 * 7 }} ${HOME} $(id) `id` {0} %s %(x)s {x!r}",
    "sql": "'); DROP TABLE rollouts; -- \" ` \\",
    "line ends": "one\r\ntwo\nthree\n\n  indented\n\ttabbed",
    "mail": "From here on\n.\n> quoted\n-- \nsignature\n",
    "punctuation": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "long": "Ω" + "0123456789abcdef" * 6_250,
}
"""By name. All of it is text that people send in mail;
NUL and escape sequences stand apart, as servers may drop them.
"""

CONTROLS = "a\x00b\x1b[31mc\x1b]0;title\x07d\x9b2Je\x08\x7f"
"""What could drive a terminal. A server may drop it, a backend must not fail on it."""


def same(text: str) -> str:
    """A text as it may be compared after a journey: servers fold line ends and trim the edges."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()
