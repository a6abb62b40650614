"""The contract is only worth something if each of its rules can fail: a tiny backend keeps them all, until broken."""

from __future__ import annotations

import inspect
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from ppstui.model import Comment, Kind
from ppstui.port import Offer
from ppstui.testing import BackendContract, HttpContract
from ppstui.testing.bulletin_rules import BulletinRules
from ppstui.testing.ground import kinds_of
from ppstui.testing.preview_rules import PreviewRules
from tests.backends.tiny import TinyBackend, TinyWorld

if TYPE_CHECKING:
    from collections.abc import Iterator


class TestTiny(HttpContract):
    offer = TinyBackend(TinyWorld().wire, frozenset()).offer

    @pytest.fixture
    def world(self) -> TinyWorld:
        return TinyWorld()


RULES = {
    name: rule
    for name, rule in inspect.getmembers(HttpContract)
    if name.startswith("test_") and not hasattr(PreviewRules, name) and not hasattr(BulletinRules, name)
}
"""All but those about pilots, the registry and the bulletin, which tiny stores of their own keep and break."""

NOTICED_BY: dict[str, tuple[str, ...]] = {
    "is never complete": ("test_every_offered_kind_is_read", "test_an_empty_world_is_an_empty_complete_reading"),
    "signs with another name": ("test_references_carry_the_source_and_stay",),
    "drops links": ("test_what_is_there_is_read",),
    "reads half": ("test_every_live_rollout_is_whole_in_the_end",),
    "lists another rev": ("test_a_look_and_a_reading_agree",),
    "crashes on strangers": ("test_a_record_that_is_not_there_is_gone",),
    "has nothing to say": ("test_checking_says_what_it_is", "test_every_offered_command_has_its_effect"),
    "answers what it never offered": (
        "test_it_offers_what_it_is_known_to_offer",
        "test_a_kind_that_is_not_offered_is_refused",
        "test_a_command_that_is_not_offered_is_refused",
    ),
    "touching teams is no change": ("test_what_was_touched_since_is_read_again",),
    "misses the boundary": ("test_nothing_is_missed_at_the_boundary",),
    "takes the cursor last": ("test_a_change_during_a_reading_is_not_lost",),
    "forgets what is new": ("test_what_is_new_since_is_read",),
    "forgets the dead": ("test_what_was_removed_is_dropped",),
    "trusts cursors": ("test_a_cursor_that_makes_no_sense_is_no_disaster",),
    "serves one reader": ("test_a_reading_may_be_left_halfway",),
    "reads ASCII": ("test_nasty_text_survives_being_read",),
    "reads one page": ("test_every_record_is_read_once_however_many",),
    "writes nothing": ("test_every_offered_command_has_its_effect", "test_a_rollout_goes_from_new_to_resolved"),
    "never opens": ("test_choosing_teams_opens_and_starts_their_clocks",),
    "tells every team again": ("test_choosing_one_more_leaves_the_others_clocks_alone",),
    "never takes out": ("test_a_team_is_taken_out", "test_an_incident_is_taken_out_again"),
    "never empties": ("test_a_value_is_taken_out_again",),
    "keeps old links": ("test_another_document_takes_the_place_of_the_first",),
    "forgets what was said": ("test_what_was_said_of_an_exposure_adds_up",),
    "believes every line": ("test_a_reason_says_nothing_else",),
    "takes empty files": ("test_a_report_whose_content_is_lost_is_refused",),
    "takes any field": ("test_what_has_an_action_of_its_own_is_no_plain_field",),
    "takes any word": ("test_a_status_that_is_none_is_refused_with_a_near_one",),
    "clears what is not named": ("test_closing_leaves_what_it_does_not_name",),
    "tells no parent": ("test_wherever_closing_is_cut_the_parent_is_told_once",),
    "writes fields whole": (
        "test_teams_that_a_colleague_chose_are_kept",
        "test_teams_that_are_chosen_at_two_desks_at_once_are_all_chosen",
        "test_values_that_a_colleague_added_are_kept",
    ),
    "mumbles": ("test_an_answer_stands_on_a_line_of_its_own",),
    "loses marks": ("test_what_was_written_carries_its_key",),
    "keeps the rev": ("test_writing_moves_the_record_on",),
    "forgets keys": (
        "test_the_same_key_twice_is_one_effect",
        "test_a_lost_answer_is_survived",
        "test_a_report_that_is_not_needed_is_said_so_once",
        "test_wherever_closing_is_cut_the_parent_is_told_once",
    ),
    "forgets keys, keeps keys to itself": (
        "test_wherever_the_link_is_cut_another_desk_completes_it_once",
        "test_a_cancelled_command_may_be_given_again",
    ),
    "conflicts with itself": ("test_a_key_that_was_seen_is_no_conflict_with_itself",),
    "drops the same text": ("test_different_keys_are_two_effects",),
    "writes over colleagues": (
        "test_a_value_that_a_colleague_set_is_a_conflict",
        "test_an_answer_that_came_meanwhile_is_a_conflict",
    ),
    "keeps the news": ("test_a_value_that_a_colleague_set_is_a_conflict",),
    "compares the whole rev": (
        "test_a_colleagues_note_is_no_conflict",
        "test_a_remark_never_conflicts",
        "test_a_colleague_who_set_the_very_same_is_no_conflict",
    ),
    "speaks ASCII": ("test_nasty_text_survives_being_written", "test_nasty_reasons_survive_being_written"),
    "chokes on halves": ("test_control_characters_do_no_harm",),
    "lets strangers' errors through": ("test_nobody_answers",),
    "signs errors": ("test_nobody_answers",),
    "takes 401 for a refusal": ("test_credentials_that_ended",),
    "asks once more": ("test_a_refusal_has_no_effect",),
    "knows no death": ("test_a_command_on_a_record_that_is_gone", "test_a_404_says_that_it_is_gone"),
    "talks in two lines": ("test_an_error_is_one_sentence",),
    "stays busy": ("test_a_cancelled_call_leaves_it_usable",),
    "closes once": ("test_closing_twice_is_fine",),
    "tells the token": ("test_no_secret_is_ever_told",),
    "reads no pages": ("test_each_wrong_answer_is_the_right_error",),
    "does not wait": ("test_the_time_to_wait_is_handed_on",),
    "keeps raw pages": ("test_a_page_is_kept_as_a_safe_excerpt",),
    "writes when looking": ("test_only_what_was_asked_is_sent",),
    "puts the token in addresses": ("test_no_secret_stands_in_an_address",),
}
"""Flaws of the tiny backend, and the rules that must notice them."""


def _cases(rule: Any) -> Iterator[dict[str, Any]]:
    """The parameters of a rule, every combination."""
    axes: list[list[dict[str, Any]]] = [[{"kind": kind} for kind in rule.kinds]] if hasattr(rule, "kinds") else []
    for mark in getattr(rule, "pytestmark", []):
        if mark.name == "parametrize":
            names, values = mark.args[:2]
            several = isinstance(names, tuple)
            axes.append([dict(zip(names, each, strict=True)) if several else {names: each} for each in values])
    for chosen in itertools.product(*axes):
        yield {name: value for part in chosen for name, value in part.items()}


async def _noticed(rule: Any, flaws: frozenset[str], caplog: pytest.LogCaptureFixture) -> bool:
    """Whether the rule fails for any of its cases."""
    for case in _cases(rule):
        world = TinyWorld(flaws)
        given = {**case, "world": world, "backend": world.open(), "caplog": caplog}
        try:
            await rule(
                TestTiny(), **{name: given[name] for name in inspect.signature(rule).parameters if name != "self"}
            )
        except pytest.skip.Exception:
            continue
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - whatever a broken backend does to a rule
            return True
    return False


@pytest.mark.parametrize(
    ("flaws", "rule"), [(flaws, rule) for flaws, rules in NOTICED_BY.items() for rule in rules], ids=str
)
async def test_a_broken_backend_is_noticed(flaws: str, rule: str, caplog: pytest.LogCaptureFixture) -> None:
    assert await _noticed(RULES[rule], frozenset(flaws.split(", ")), caplog)


def test_every_rule_can_fail() -> None:
    assert set(RULES) == {rule for rules in NOTICED_BY.values() for rule in rules}


def test_an_exemption_names_a_rule_and_a_reason() -> None:
    with pytest.raises(TypeError, match="no rule"):
        type("Wrong", (BackendContract,), {"exempt": {"test_that_is_not": "because"}})
    with pytest.raises(TypeError, match="no reason"):
        type("Silent", (BackendContract,), {"exempt": {"test_a_remark_never_conflicts": " "}})


class TestExempt(BackendContract):
    """Only the exempted rule is run here, to see it skipped."""

    exempt = {  # noqa: RUF012 (as adapters write it)
        "test_a_value_that_a_colleague_set_is_a_conflict": "this server cannot tell",
        "test_an_answer_that_came_meanwhile_is_a_conflict": "nor here",
    }

    @pytest.fixture
    def world(self) -> TinyWorld:
        return TinyWorld(frozenset({"writes over colleagues"}))


def test_rules_of_what_is_not_offered_are_left_out() -> None:
    """No skipped test tells of a command that a backend never had."""

    class Commenting(BackendContract):
        offer = Offer(reads=frozenset(Kind), writes=frozenset({Comment}))

    assert kinds_of(Commenting.test_a_lost_answer_is_survived, Commenting.offer) == (Comment,)
    assert Comment not in kinds_of(Commenting.test_a_command_that_is_not_offered_is_refused, Commenting.offer)
    left_out = {name for name in RULES if not callable(getattr(Commenting, name, None)) and hasattr(Commenting, name)}
    assert {"test_a_team_is_taken_out", "test_a_value_that_a_colleague_set_is_a_conflict"} <= left_out
    assert not left_out & {"test_a_lost_answer_is_survived", "test_nobody_answers", "test_a_remark_never_conflicts"}
    assert all(callable(rule) for rule in RULES.values()), "other backends keep all of theirs"
