"""Acknowledgement lines in mail: every example of DOMAIN §4.2, mails in their shapes, and what nobody said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppstui.model import Answer
from ppstui.rules.answers import find_answers, match_team
from ppstui.rules.html_mail import html_to_text
from tests.work import lines_run

INFN, CERN, PIC = "ea-NGI_IT-INFN-T1", "ea-CERN-CERN-PROD", "ea-NGI_IBERGRID-pic"
ASSIGNED = (INFN, CERN, PIC)
LINE = "accept NGI_IT-INFN-T1"


def said(text: str) -> list[tuple[str, str]]:
    """Who answers what in a mail, as ppstui understands it among the assigned teams."""
    matched = ((match_team(line.team, ASSIGNED)[0], line.answer.value) for line in find_answers(text))
    return [(team, answer) for team, answer in matched if team]


# ----------------------------------------------------------------------------------------------------------- one line


@pytest.mark.parametrize(
    ("line", "answer", "team"),
    [
        ("accept NGI_IT-INFN-T1", Answer.ACCEPT, "NGI_IT-INFN-T1"),
        ("reject NGI_UK-UKI-SCOTGRID-GLASGOW", Answer.REJECT, "NGI_UK-UKI-SCOTGRID-GLASGOW"),
        ("Accept NGI_PL-CYFRONET-LCG2", Answer.ACCEPT, "NGI_PL-CYFRONET-LCG2"),
        ("REJECT EGI.eu-egee.srce.hr", Answer.REJECT, "EGI.eu-egee.srce.hr"),
        ("  accept \t NGI_IT-INFN-T1  ", Answer.ACCEPT, "NGI_IT-INFN-T1"),
        ("accept\u00a0NGI_IT-INFN-T1\r", Answer.ACCEPT, "NGI_IT-INFN-T1"),
        ("\ufeffaccept NGI_IT-\u200bINFN-T1", Answer.ACCEPT, "NGI_IT-INFN-T1"),
        ("accept NGI_IT-INFN-T1\x00", Answer.ACCEPT, "NGI_IT-INFN-T1"),
    ],
)
def test_an_answer_stands_alone_on_its_line(line: str, answer: Answer, team: str) -> None:
    (found,) = find_answers(line)
    assert (found.answer, found.team, found.warning) == (answer, team, "")
    assert found.line == line.strip("\r\n")


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ("accept ea-NGI_IT-INFN-T1", 'with "ea-"'),
        ("NGI_IT-INFN-T1 accept", 'the older form; write "accept <NGI>-<Site-name>"'),
        ("INFN-T1 Accept", "the older form"),
        ("*accept* NGI_IT-INFN-T1", "text markers"),
        ("**accept NGI_IT-INFN-T1**", "text markers"),
        ("`accept NGI_IT-INFN-T1`", "text markers"),
    ],
)
def test_an_odd_form_counts_and_is_said(line: str, warning: str) -> None:
    (found,) = find_answers(line)
    assert warning in found.warning
    assert match_team(found.team, ASSIGNED)[0] == INFN
    assert found.answer is Answer.ACCEPT


@pytest.mark.parametrize(
    "line",
    [
        "<accept|reject> <NGI>-<Site-name>",
        "accept|reject NGI-Site-name",
        "accept NGI-Site-name",
        "accept <NGI>-<Site-name>",
        "I accept",
        "we reject",
        "Please accept",
        "accept it",
        "accepted NGI_IT-INFN-T1",
        "accept NGI_IT INFN-T1",
        "We accept NGI_IT-INFN-T1",
        "accept NGI_IT-INFN-T1 please",
        "accept",
        "accept -NGI_IT",
        "> accept NGI_IT-INFN-T1",
        ">accept NGI_IT-INFN-T1",
        "  > accept NGI_IT-INFN-T1",
        "| accept NGI_IT-INFN-T1",
        "JD> accept NGI_IT-INFN-T1",
        "accept NGI_ÎT-INFN-T1",
        f"accept NGI_IT-{'x' * 100_000}",
    ],
)
def test_prose_instructions_and_quotations_are_no_answers(line: str) -> None:
    assert find_answers(line) == ()


def test_several_answers_in_one_mail_keep_their_order() -> None:
    text = "Hello,\n\naccept NGI_IT-INFN-T1\nreject CERN-CERN-PROD\n\nBye"
    assert said(text) == [(INFN, "accept"), (CERN, "reject")]


# -------------------------------------------------------------------------------------------------------- whom it means


@pytest.mark.parametrize(
    ("written", "team", "warning"),
    [
        ("NGI_IT-INFN-T1", INFN, ""),
        ("ea-NGI_IT-INFN-T1", INFN, ""),
        ("ngi_it-infn-t1", INFN, "NGI_IT-INFN-T1 is written ngi_it-infn-t1"),
        ("INFN-T1", INFN, "the NGI is missing: NGI_IT-INFN-T1"),
        ("pic", PIC, "the NGI is missing: NGI_IBERGRID-pic"),
        ("PIC", PIC, "the NGI is missing: NGI_IBERGRID-pic"),
        ("CERN-PROD", CERN, "the NGI is missing: CERN-CERN-PROD"),
        ("NGI_IT-INFN-T1.", INFN, "punctuation after the name"),
        ("NGI_PL-CYFRONET-LCG2", "ea-NGI_PL-CYFRONET-LCG2", ""),
        ("Atlantis-Site-1", "ea-Atlantis-Site-1", "Atlantis is no NGI known here: it may be missing"),
        ("gladly", "", "gladly is no <NGI>-<Site-name>"),
        ("NGI_IT-", "", "NGI_IT is no <NGI>-<Site-name>"),
    ],
)
def test_the_team_is_found_among_the_assigned_or_is_a_volunteer(written: str, team: str, warning: str) -> None:
    assert match_team(written, ASSIGNED) == (team, warning)


def test_a_site_that_two_assigned_teams_have_means_neither() -> None:
    team, warning = match_team("INFN-T1", (INFN, "ea-NGI_FR-INFN-T1"))
    assert team == ""
    assert "NGI_IT-INFN-T1 or NGI_FR-INFN-T1" in warning


def test_the_rosters_spelling_is_taken_for_volunteers() -> None:
    assert match_team("NGI_FR-grif", ASSIGNED, ["ea-NGI_FR-GRIF"]) == (
        "ea-NGI_FR-GRIF",
        "NGI_FR-GRIF is written NGI_FR-grif",
    )
    assert match_team("Atlantis-Site-1", (), ["ea-Atlantis-Site-1"]) == ("ea-Atlantis-Site-1", "")


def test_teams_are_given_back_as_the_tracker_spells_them() -> None:
    assert match_team("NGI_IT-INFN-T1", ["NGI_IT-INFN-T1"]) == ("NGI_IT-INFN-T1", "")


# ------------------------------------------------------------------------------------------------------ mails, as text

INSTRUCTION = """\
Dear team,

please answer within one working day by a line

<accept|reject> <NGI>-<Site-name>

for instance:

accept CERN-CERN-PROD
"""
QUOTED = "".join(f"> {line}".rstrip() + "\n" for line in INSTRUCTION.splitlines())


def test_a_plain_mail_with_a_signature() -> None:
    assert said(f"Hi,\r\n\r\n{LINE}\r\n\r\nCheers, Ada\r\n-- \r\nreject CERN-CERN-PROD\r\n") == [(INFN, "accept")]


def test_a_signature_whose_trailing_space_was_lost() -> None:
    assert said(f"{LINE}\n--\nreject CERN-CERN-PROD") == [(INFN, "accept")]


ATTRIBUTIONS = [
    "On Mon, 23 Nov 2026 at 10:00, Eva Manager <eva@example.org> wrote:",
    "On Mon, 23 Nov 2026 at 10:00, Eva Manager via RT <\nstaged-rollout@rt.example.org> wrote:",
    "On Mon Nov 23 10:00:00 2026, eva wrote:",
    "On 23.11.26 10:00, Eva Manager via RT\nwith a very long name\n<staged-rollout@rt.example.org>\nwrote:",
    "Am 23.11.2026 um 10:00 schrieb Eva Manager:",
    "Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb Eva Manager <eva@example.org>:",
    "Le lun. 23 nov. 2026 à 10:00, Eva Manager <eva@example.org> a écrit\u00a0:",
    "Il giorno lun 23 nov 2026 alle ore 10:00 Eva Manager <eva@example.org> ha\nscritto:",
    "El lun, 23 nov 2026 a las 10:00, Eva Manager (<eva@example.org>) escribió:",
    "Em seg., 23 de nov. de 2026 às 10:00, Eva Manager <eva@example.org> escreveu:",
    "Op ma 23 nov. 2026 om 10:00 schreef Eva Manager <eva@example.org>:",
    "W dniu 23.11.2026 o 10:00, Eva Manager pisze:",
    "2026-11-23 10:00 GMT+01:00 Eva Manager <eva@example.org>:",
    "Eva Manager <eva@example.org> wrote:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_answer_above_a_quotation(attribution: str) -> None:
    assert said(f"{LINE}\n\n{attribution}\n\n{QUOTED}") == [(INFN, "accept")]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_a_quotation_that_is_not_marked_is_not_read(attribution: str) -> None:
    assert said(f"{LINE}\n\n{attribution}\n\n{INSTRUCTION}") == [(INFN, "accept")]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_answer_below_a_quotation(attribution: str) -> None:
    assert said(f"{attribution}\n{QUOTED}\n{LINE}\n") == [(INFN, "accept")]


def test_an_answer_between_quoted_lines() -> None:
    assert said(f"On Monday Eva wrote 1:\n> Will you test?\n{LINE}\n> Thanks\n") == [(INFN, "accept")]


@pytest.mark.parametrize(
    "opening",
    [
        "-----Original Message-----\nFrom: Eva Manager",
        "-----Ursprüngliche Nachricht-----\nVon: Eva Manager",
        "-------- Forwarded Message --------",
        "---------- Forwarded message ---------\nFrom: Eva <eva@example.org>",
        "________________________________\nFrom: Eva Manager <eva@example.org>\nSent: Monday\nTo: ea",
        "________________________________\n\nVon: Eva Manager\nGesendet: Montag",
        "From: Eva Manager <eva@example.org>\nSent: Monday, November 23, 2026\nTo: ea-NGI_IT-INFN-T1",
        "*From:* Eva Manager <eva@example.org>\n*Sent:* Monday\n*Subject:* Staged Rollout",
        "De : Eva Manager\nEnvoyé : lundi 23 novembre\nObjet : Staged Rollout",
        "Da: Eva Manager\nInviato: lunedì\nA: ea\nOggetto: Staged Rollout",
        "发件人: Eva\n发送时间: 星期一",
    ],
)
def test_reading_ends_where_the_other_mail_begins(opening: str) -> None:
    assert said(f"{LINE}\n\n{opening}\n\nreject CERN-CERN-PROD\n") == [(INFN, "accept")]


@pytest.mark.parametrize(
    "above",
    [
        "From: our point of view this is fine",
        "-----",
        "________________________________",
        "On second thoughts:",
        "On Monday we talked to the site:",
        "--- update ---",
        "Le site est prêt",
    ],
)
def test_ordinary_text_does_not_end_the_reading(above: str) -> None:
    assert said(f"{above}\n\n{LINE}\n") == [(INFN, "accept")]


# ------------------------------------------------------------------------------------------------------- mails, as HTML


def test_an_html_mail_from_gmail_with_the_answer_above() -> None:
    html = f"""<div dir="ltr"><div>Hello,</div><div><br></div><div>{LINE}</div></div><br>
    <div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon, 23 Nov 2026 at 10:00,
    Eva &lt;<a href="mailto:eva@example.org">eva@example.org</a>&gt; wrote:<br></div>
    <blockquote class="gmail_quote" style="margin:0">for instance:<br>accept CERN-CERN-PROD<br></blockquote></div>"""
    assert said(html_to_text(html)) == [(INFN, "accept")]


def test_an_html_mail_from_gmail_with_the_answer_below() -> None:
    html = f"""<div class="gmail_quote"><div class="gmail_attr">On Monday Eva wrote:<br></div>
    <blockquote class="gmail_quote"><div>accept CERN-CERN-PROD</div></blockquote><div>{LINE}</div></div>"""
    assert said(html_to_text(html)) == [(INFN, "accept")]


def test_an_html_mail_that_gmail_forwarded_says_nothing_of_its_own() -> None:
    html = """<div>FYI</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>
    From: Eva<br></div>Hi,<blockquote class="gmail_quote">old</blockquote><div>accept CERN-CERN-PROD</div></div>"""
    assert said(html_to_text(html)) == []


def test_an_html_mail_from_thunderbird() -> None:
    html = f"""<html><head><title>accept CERN-CERN-PROD</title><style>p {{ }}</style></head><body><p>{LINE}</p>
    <div class="moz-cite-prefix">Am 23.11.26 um 10:00 schrieb Eva:<br></div>
    <blockquote type="cite" cite="mid:1"><pre class="moz-quote-pre">Hello
accept CERN-CERN-PROD
</pre></blockquote><div class="moz-signature">-- <br>reject CERN-CERN-PROD</div></body></html>"""
    assert said(html_to_text(html)) == [(INFN, "accept")]


@pytest.mark.parametrize(
    "border",
    [
        '<div class="OutlookMessageHeader">From: Eva</div>',
        '<hr><div id="divRplyFwdMsg"><b>From:</b> Eva<br><b>Sent:</b> Monday</div>',
        '<div style="border-top:solid"><p class=MsoNormal><b>From:</b> Eva<br><b>Sent:</b> Monday<br></p></div>',
        "<p>-----Original Message-----<br>From: Eva</p>",
    ],
)
def test_an_html_mail_from_outlook(border: str) -> None:
    html = f"<p class=MsoNormal>{LINE}<o:p></o:p></p>{border}<p>reject CERN-CERN-PROD</p>"
    assert said(html_to_text(html)) == [(INFN, "accept")]


def test_the_text_part_and_the_html_part_of_one_mail_say_the_same() -> None:
    text = f"Hi\n\n*accept* NGI_IT-INFN-T1\n\nOn Monday 23, Eva <eva@example.org> wrote:\n\n{QUOTED}"
    html = f"<p>Hi</p><p><b>accept</b>&nbsp;NGI_IT-INFN-T1</p><blockquote>{INSTRUCTION}</blockquote>"
    assert said(text) == said(html_to_text(html)) == [(INFN, "accept")]


def test_a_table_row_is_a_line() -> None:
    assert said(html_to_text("<table><tr><td>accept</td><td>NGI_IT-INFN-T1</td></tr></table>")) == [(INFN, "accept")]


def test_html_becomes_readable_text() -> None:
    html = (
        "<p>One &amp; two &lt;b&gt;</p><p>three<br>four</p><ul><li>five<li>six</ul>a <b>bold</b>\nword 1 < 2<!-- no -->"
    )
    assert html_to_text(html) == "One & two <b>\n\nthree\nfour\nfive\nsix\na bold word 1 < 2"


def test_quotations_inside_quotations_are_marked_twice() -> None:
    assert html_to_text("<blockquote>a<blockquote>b</blockquote>c</blockquote>d") == "> a\n> > b\n> c\nd"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<div class=gmail_quote><blockquote><div>a</div>b</blockquote>c</div>d", "> a\n> b\nc\nd"),
        ("<div class=gmail_quote><div><blockquote>a</div>b</div>c", "> a\n> b\nc"),
        ("<span class=yahoo_quoted>a<blockquote>b</span>c</blockquote>d", "> a\n> > bc\n> d"),
        ("<blockquote>a</div></span>b</blockquote>c", "> a\n> b\nc"),
    ],
)
def test_end_tags_close_what_they_belong_to(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_a_quotation_ends_with_its_own_end_tag_whatever_stands_inside() -> None:
    html = '<div class="gmail_quote"><div><div>a</div></div>b</div>c<blockquote><div>d</blockquote>e'
    assert html_to_text(html) == "> a\n> b\nc\n> d\ne"


def test_the_unescaped_instruction_is_not_taken_for_an_answer() -> None:
    assert find_answers(html_to_text("<p><accept|reject> <NGI>-<Site-name></p>")) == ()


# ------------------------------------------------------------------------------------------------------ hostile mail


@given(st.text())
def test_no_text_raises_and_every_answer_is_a_line_of_it(text: str) -> None:
    for mail in (text, f"{text}\n{LINE}", html_to_text(text)):
        for answer in find_answers(mail):
            assert answer.line in mail


@given(st.text(alphabet=st.sampled_from("<>/\"'=! -abpre&;#blockquotediv\n"), max_size=200))
def test_no_html_raises(html: str) -> None:
    html_to_text(html)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=100))
def test_whatever_is_quoted_is_not_read(text: str) -> None:
    quoted = "\n".join(f"> {line}" for line in f"{text}\n{LINE}".splitlines())
    assert find_answers(quoted) == ()


TAGS = [
    "<",
    "<a ",
    '<a x="',
    "<!--",
    "<!",
    "</",
    "<?",
    "&",
    "<a",
    "<script>",
    "<a a='b' ",
    "<head>",
    "<title>",
    "<pre>",
]
BLOCKS = [
    "<blockquote>",
    "</blockquote>",
    "<div class=gmail_quote>",
    "</div>",
    "<p>",
    "<br>",
    "<td>",
    '<a x=">',
    "\0",
    "&#",
]


@pytest.mark.parametrize("piece", TAGS + BLOCKS)
def test_hostile_html_costs_work_in_proportion_to_its_length(piece: str) -> None:
    def work(size: int) -> int:
        return lines_run(lambda: html_to_text(piece * (size // len(piece))))

    assert work(100_000) <= 11 * work(10_000) + 1000


@pytest.mark.parametrize(
    "piece",
    [
        "On \n",
        "On ",
        "wrote:\n",
        "On x\nwrote:\n> ",
        "From: x\n",
        "____________\n",
        "-----",
        "- ",
        "accept ",
        "accept A-",
        "a\n",
        "*",
        "\u200b",
    ],
)
def test_hostile_mail_costs_work_in_proportion_to_its_length(piece: str) -> None:
    def work(size: int) -> int:
        return lines_run(lambda: find_answers(piece * (size // len(piece))))

    assert work(100_000) <= 11 * work(10_000) + 1000
