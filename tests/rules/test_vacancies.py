from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ppstui.model import Commitment, Level, Phase, Pilot, PilotCancel, Ref, Rollout, Wish
from ppstui.rules.registry import Registry
from ppstui.rules.vacancies import Lack, Vacancy, vacancies
from tests.rules import make
from tests.rules.make import GLASGOW, INFN, day, rollout, said
from tests.rules.pilots.make import CNAF, PIC, after, driven, gold, made, new, stands

ON = day("2026-11-24")


def committed(party: str, component: str = "dpm", **more: object) -> Commitment:
    made_of = Commitment(ref=Ref("local", f"{party}{component}{more}"), party=party, component=component)
    return structs.replace(made_of, **more)


def wish(component: str = "dpm", minimum: int = 1, **more: object) -> Wish:
    return structs.replace(Wish(ref=Ref("local", f"w-{component}"), component=component, minimum=minimum), **more)


def open_places(
    registry: Registry, *records: Rollout | Pilot, when: str = "2026-11-24 12:00"
) -> list[tuple[str, int, int]]:
    return [(each.component, each.wanted, each.missing) for each in found(registry, *records, when=when)]


def found(registry: Registry, *records: Rollout | Pilot, when: str = "2026-11-24 12:00") -> tuple[Vacancy, ...]:
    rollouts = [(each, make.stands(each, when)) for each in records if isinstance(each, Rollout)]
    pilots = [(each, stands(each, when)) for each in records if isinstance(each, Pilot)]
    return vacancies(registry, rollouts, pilots, day(when[:10]))


def test_a_vacancy_is_a_wish_minus_what_was_committed() -> None:
    registry = Registry(
        wishes=(wish(minimum=3), wish("lfc"), wish("bdii", minimum=2)),
        commitments=(committed(INFN), committed(INFN, os="SL5"), committed(GLASGOW), committed(GLASGOW, "lfc")),
    )
    assert open_places(registry) == [("bdii", 2, 2), ("dpm", 3, 1)]
    assert found(registry)[1].teams == (INFN, GLASGOW)


def test_a_commitment_that_has_ended_or_is_for_something_else_fills_nothing() -> None:
    registry = Registry(
        wishes=(wish(os="SL6", majors="2"),),
        commitments=(
            committed(INFN, until=day("2026-11-23")),
            committed(GLASGOW, os="SL5"),
            committed("ea-A-b", majors="1"),
            committed("ea-A-c", level=Level.GOLD),
        ),
    )
    assert open_places(registry) == [("dpm", 1, 1)]


def test_a_rollout_everybody_declined_is_vacant_and_names_whom_to_ask() -> None:
    no = said("2026-11-16 14:00", "mario", "reject NGI_IT-INFN-T1")
    registry = Registry(commitments=(committed(GLASGOW, stack="EMI", majors="1"),))
    (vacancy,) = found(registry, rollout(no, teams=[INFN]))
    assert (vacancy.why, vacancy.component, vacancy.stack, vacancy.major) == (Lack.NO_EA, "dpm", "EMI", "1.0")
    assert vacancy.teams == (GLASGOW,)


def test_silence_past_the_due_time_counts_as_nobody_and_time_left_does_not() -> None:
    record = rollout(teams=[INFN])
    assert open_places(Registry(), record, when="2026-11-17 10:00") == []
    assert open_places(Registry(), record, when="2026-11-17 10:01") == [("dpm", 1, 1)]
    assert open_places(Registry(), rollout(teams=[INFN], whole=False)) == []
    assert open_places(Registry(), rollout()) == []  # nobody was asked yet
    assert open_places(Registry(), rollout(teams=[INFN], phase=Phase.RESOLVED)) == []
    yes = said("2026-11-16 14:00", "mario", "accept NGI_IT-INFN-T1")
    assert open_places(Registry(), rollout(yes, teams=[INFN, GLASGOW])) == []


def test_a_title_nobody_can_read_is_vacant_under_its_own_words() -> None:
    assert open_places(Registry(), rollout(teams=[INFN], title="SR dpm")) == [("SR dpm", 1, 1)]


def test_a_pilot_is_vacant_until_a_site_has_the_level() -> None:
    registry = Registry(commitments=(gold(PIC),))
    (vacancy,) = found(registry, made(new(sites=())), when="2009-01-27 12:00")
    assert (vacancy.why, vacancy.component, vacancy.level, vacancy.teams) == (Lack.PILOT, "WMS 3.1", Level.GOLD, (PIC,))
    volunteer = made(new(sites=(CNAF,)))
    assert open_places(registry, volunteer, when="2009-01-27 12:00") == [("WMS 3.1", 1, 1)]
    assert open_places(registry, made(new(sites=(CNAF, PIC))), when="2009-01-27 12:00") == []
    running = driven(volunteer, {2: "2009-02-02", 4: "2009-02-04", 5: "2009-02-06", 7: "2009-02-13"})
    assert open_places(registry, running, when="2009-02-14 12:00") == []
    gone = after(volunteer, PilotCancel(target=volunteer.ref, reason="x"), on="2009-01-28")
    assert open_places(registry, gone, when="2009-01-29 12:00") == []


def test_they_come_in_the_order_of_bulletins() -> None:
    registry = Registry(wishes=(wish("b", stack="UMD"), wish("z", stack="EMI"), wish("a", stack="EMI"), wish("c")))
    assert [name for name, _, _ in open_places(registry)] == ["c", "a", "z", "b"]


products = st.builds(
    committed,
    st.sampled_from([INFN, GLASGOW, "ea-A-b"]),
    st.sampled_from(["dpm", "lfc"]),
    os=st.sampled_from(["", "SL5", "SL6"]),
    majors=st.sampled_from(["", "1", "2.."]),
)
wishes = st.builds(
    wish, st.sampled_from(["dpm", "lfc"]), st.integers(1, 3), os=st.sampled_from(["", "SL5"]), majors=st.just("1")
)


@given(have=st.lists(products, max_size=5), more=products, wanted=st.lists(wishes, max_size=4))
def test_another_commitment_never_makes_more_vacancies(
    have: list[Commitment], more: Commitment, wanted: list[Wish]
) -> None:
    before = Registry(commitments=tuple(have), wishes=tuple(wanted))
    after_it = structs.replace(before, commitments=(*have, more))
    lacking = [sum(each.missing for each in found(registry)) for registry in (before, after_it)]
    assert lacking[1] <= lacking[0] <= sum(each.minimum for each in wanted)
    for each in found(before):
        assert each.missing == each.wanted - each.committed > 0
        assert len(each.teams) == each.committed
