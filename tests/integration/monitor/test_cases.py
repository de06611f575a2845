"""The life of a case: opened once, kept, escalated, closed after quiet weeks, not opened again at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from monitor import rules
from monitor.cases import raise_alerts
from monitor.monitoring import MonitorSettings
from monitor.observe import observe
from storage import alerts, observations, themes
from storage.model import Alert, AlertState, ModelRun, Origin, Rule, Signal, State, Theme, ThemeEvent
from storage.store import Store
from tests.monitor_world import START, World, noon

SETTINGS = MonitorSettings()


def on(day: int) -> dt.date:
    return START + dt.timedelta(days=day)


def signal(day: int, theme: str = "rise", score: float = 4.0, lift: float = 2.0, state: State = State.EMERGING) -> Signal:
    return Signal(
        theme_id=theme,
        day=on(day),
        state=state,
        score=score,
        lift=lift,
        observed=20,
        expected=8,
        sources=6,
        threshold=3.0,
        reason_fr=f"jour {day}",
        reason_en=f"day {day}",
        evidence={"documents": [f"d{day}"]},
    )


def quiet(day: int, theme: str = "rise") -> Signal:
    return signal(day, theme, score=0.2, lift=1.0, state=State.STABLE)


class Court:
    """A database with themes, to which days of signals are brought."""

    def __init__(self, store: Store, *theme_ids: str) -> None:
        self.store = store
        self.world = World(store)
        self.world.source("a")
        self.world.theme(*theme_ids)

    def hear(self, *signals: Signal, now: int | None = None) -> list[Alert]:
        """Writes the signals and hears the cases on the day after the last of them."""
        last = max((s.day - START).days for s in signals) + 1 if now is None else now
        with self.store.transaction() as conn:
            observations.add_signals(conn, signals)
        raise_alerts(self.store, noon(last), SETTINGS)
        return self.cases()

    def cases(self) -> list[Alert]:
        with self.store.reading() as conn:
            return alerts.all_alerts(conn)


def test_a_proven_rise_opens_one_case_on_the_day_it_is_known(store: Store) -> None:
    court = Court(store, "rise")
    (case,) = court.hear(signal(100), signal(101), signal(102), now=105)
    assert case.opened_on == on(104)
    assert (case.state, case.version, case.closed_on) == (AlertState.FIRING, 1, None)
    assert case.reason_en == "day 102"
    assert court.hear(signal(105), now=106)[0].id == case.id


def test_hearing_twice_changes_nothing(store: Store) -> None:
    court = Court(store, "rise")
    before = court.hear(signal(100))
    report = raise_alerts(store, noon(101), SETTINGS)
    assert (report.opened, report.escalated, report.closed) == (0, 0, 0)
    assert court.cases() == before


def test_a_day_in_the_future_is_not_heard(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    assert court.hear(signal(100), now=100) == []
    assert len(court.hear(signal(100), now=101)) == 1


def test_a_case_closes_after_fourteen_quiet_days_and_cools_down(store: Store) -> None:
    court = Court(store, "rise")
    court.hear(signal(100))
    for day in range(101, 114):
        (case,) = court.hear(quiet(day))
        assert case.closed_on is None
    (case,) = court.hear(quiet(114))
    assert (case.state, case.quiet_since, case.closed_on) == (AlertState.RESOLVED, on(101), on(114))
    assert len(court.hear(signal(120))) == 1
    assert len(court.hear(signal(121, lift=4.5))) == 2


def test_a_case_can_be_opened_again_after_the_cool_down(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    court.hear(signal(100))
    court.hear(*(quiet(day) for day in range(101, 120)))
    assert len(court.hear(signal(160))) == 2
    assert len({case.id for case in court.cases()}) == 2


def test_a_noisy_day_in_between_keeps_the_case_open(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    court.hear(signal(100))
    court.hear(*(quiet(day) for day in range(101, 110)), signal(110, score=1.6, state=State.STABLE))
    (case,) = court.hear(*(quiet(day) for day in range(111, 120)))
    assert case.closed_on is None
    assert case.quiet_since == on(111)


def test_a_theme_without_signals_goes_quiet(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise", "other")
    court.hear(signal(100))
    (case,) = court.hear(*(quiet(day, "other") for day in range(101, 116)))
    assert case.state is AlertState.RESOLVED


def test_versions_follow_states_forward_and_doubled_lifts(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    court.hear(signal(100, state=State.WEAK_SIGNAL))
    assert court.hear(signal(101))[0].version == 2
    (case,) = court.hear(signal(102, state=State.WEAK_SIGNAL, lift=3.5))
    assert (case.version, case.signal_state, case.lift) == (2, State.EMERGING, 3.5)
    (case,) = court.hear(signal(103, lift=4.0))
    assert (case.version, case.peak_lift) == (3, 4.0)


def test_a_decline_is_a_case_of_its_own(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    (case,) = court.hear(signal(100, state=State.DECLINING, lift=0.3))
    assert case.signal_state is State.DECLINING
    (case,) = court.hear(*(quiet(day) for day in range(101, 115)))
    assert case.state is AlertState.RESOLVED


def test_one_movement_has_one_case(store: Store) -> None:
    court = Court(store, "rise", "also", "apart")
    court.world.about(range(80, 100), ("rise", "also"), 20, ["a"])
    court.world.about(range(80, 100), ("apart",), 20, ["a"])
    court.world.publish(noon(101))
    observe(store, noon(101))
    cases = court.hear(signal(100), signal(100, "also", score=3.5), signal(100, "apart"))
    assert {case.theme_id for case in cases} == {"rise", "apart"}
    by_theme = {case.theme_id: case for case in cases}
    assert by_theme["rise"].evidence["also"] == ["also"]
    after = court.hear(signal(101), signal(101, "also", score=9.0), signal(101, "apart"))
    assert {case.theme_id for case in after} == {"rise", "apart"}
    assert all(case.version == 1 for case in after)
    assert next(case for case in after if case.theme_id == "rise").evidence["also"] == ["also"]


def test_every_rule_has_its_own_cases(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    with sqlite_store.transaction() as conn:
        many = Rule(id="many", version=1, name_fr="Volume", name_en="Volume", settings={"kind": "threshold", "min_observed": 15})
        off = Rule(id="off", version=1, name_fr="-", name_en="-", settings={"kind": "threshold"}, enabled=False)
        alerts.save_rules(conn, [many, off])
    assert {case.rule_id for case in court.hear(signal(100))} == {"momentum", "many"}


# Themes that merge and split


def merged(court: Court, theme: str, into: str, day: int) -> None:
    with court.store.transaction() as conn:
        themes.merge(conn, theme, into, ModelRun(id=f"m{day}", step="merge", model="test", ran_at=noon(day)), on(day), "refit")


def left(court: Court, old: str, born: str, day: int) -> None:
    leaving = ThemeEvent(theme_id=old, event="split", on=on(day), other_id=born, detail={"by": "refit"})
    with court.store.transaction() as conn:
        themes.add_events(conn, [leaving, replace(leaving, theme_id=born, event="born", other_id=old)])


def test_a_case_follows_its_theme_into_another(store: Store) -> None:
    court = Court(store, "rise", "wide")
    (before,) = court.hear(signal(100), quiet(100, "wide"))
    merged(court, "rise", "wide", 101)
    (case,) = court.hear(signal(101, "wide"), signal(101, "rise"))
    assert (case.id, case.theme_id, case.version) == (before.id, "wide", 1)
    assert (case.opened_on, case.closed_on) == (before.opened_on, None)
    assert case.reason_en == "day 101"
    (case,) = court.hear(signal(102, "wide"))
    assert (case.id, case.version) == (before.id, 1)


def test_the_case_of_a_merged_theme_ends_when_its_heir_has_one(store: Store) -> None:
    court = Court(store, "rise", "wide")
    court.hear(signal(100), signal(100, "wide", score=6.0))
    assert len(court.cases()) == 2
    merged(court, "rise", "wide", 101)
    court.hear(signal(101, "wide"))
    cases = {case.theme_id: case for case in court.cases()}
    assert len(cases) == 2
    assert (cases["wide"].closed_on, cases["wide"].version) == (None, 1)
    gone = cases["rise"]
    assert (gone.state, gone.closed_on) == (AlertState.RESOLVED, on(101))
    assert gone.reason_fr == "Ce thème fait maintenant partie de « wide », dont l'alerte reste ouverte."
    assert gone.reason_en == "This theme is now part of “wide”, whose alert stays open."
    assert court.hear(*(quiet(day, "wide") for day in range(102, 117)), now=117)[0].closed_on == on(101)


def test_of_two_merged_themes_the_first_case_is_the_heirs(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "first", "second", "wide")
    court.hear(signal(100, "first"))
    court.hear(signal(101, "second"), signal(101, "first"))
    merged(court, "first", "second", 102)
    merged(court, "second", "wide", 103)
    cases = court.hear(signal(103, "wide"))
    assert [(case.theme_id, case.opened_on, case.closed_on) for case in cases] == [
        ("wide", on(100), None),
        ("second", on(101), on(103)),
    ]


def test_the_heir_cools_down_after_a_merged_themes_case(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise", "wide")
    court.hear(signal(100))
    court.hear(*(quiet(day) for day in range(101, 116)))
    merged(court, "rise", "wide", 116)
    (case,) = court.hear(signal(120, "wide"))
    assert (case.theme_id, case.closed_on) == ("rise", on(115))


def test_a_case_speaks_for_what_leaves_its_theme_and_not_for_what_rises_later(store: Store) -> None:
    court = Court(store, "rise", "part", "new")
    court.hear(signal(100))
    left(court, "rise", "part", 101)
    left(court, "part", "new", 103)
    began = {"onset": on(90).isoformat()}
    later = {"onset": on(110).isoformat()}
    (case,) = court.hear(signal(104), replace(signal(104, "part"), evidence=began), replace(signal(104, "new"), evidence=began))
    assert case.theme_id == "rise"
    assert case.evidence["also"] == ["new", "part"]
    falling = replace(signal(105, "part", state=State.DECLINING, lift=0.3), evidence=began)
    assert {case.theme_id for case in court.hear(signal(105), falling)} == {"rise", "part"}
    cases = court.hear(signal(115), replace(signal(115, "new"), evidence=later))
    assert {case.theme_id for case in cases} == {"rise", "part", "new"}


def test_what_a_case_speaks_for_keeps_its_name_after_a_merge(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise", "part", "wide")
    court.hear(signal(100))
    left(court, "rise", "part", 101)
    court.hear(signal(102), signal(102, "part"))
    merged(court, "part", "wide", 103)
    (case,) = court.hear(signal(104), quiet(104, "wide"))
    assert case.evidence["also"] == ["wide"]


def test_what_left_a_theme_and_outgrows_its_case_speaks_for_itself(store: Store) -> None:
    court = Court(store, "rise", "part")
    (case,) = court.hear(signal(100))
    left(court, "rise", "part", 101)
    began = {"onset": on(95).isoformat()}
    (case,) = court.hear(signal(102), replace(signal(102, "part", lift=1.9 * case.peak_lift), evidence=began))
    assert case.evidence["also"] == ["part"]
    cases = court.hear(signal(103), replace(signal(103, "part", lift=2.1 * case.peak_lift), evidence=began))
    assert {case.theme_id for case in cases} == {"rise", "part"}


# Several rules


def add_rule(store: Store, rule_id: str, version: int = 1, enabled: bool = True, **settings: object) -> None:
    with store.transaction() as conn:
        rule = Rule(id=rule_id, version=version, name_fr=rule_id, name_en=rule_id, settings=settings, enabled=enabled)
        alerts.save_rules(conn, [rule])


def burst(day: int, theme: str = "rise", buzz: float = 4.0) -> Signal:
    return replace(quiet(day, theme), buzz=buzz, lift=1.2)


def a_pair(court: Court, key: str, parent: str) -> None:
    with court.store.transaction() as conn:
        pair = Theme(
            id=key, origin=Origin.CONJUNCTION, label_fr=key, label_en=key, born_on=START, parent_id=parent, partner="naval"
        )
        themes.save(conn, [pair])


def by_rule(cases: list[Alert]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for case in cases:
        found.setdefault(case.rule_id, set()).add(case.theme_id)
    return found


def test_a_case_carries_its_kind_version_and_threshold(store: Store) -> None:
    court = Court(store, "rise")
    (case,) = court.hear(replace(signal(100), evidence={"subjects": 500}))
    assert (case.kind, case.rule_version) == ("momentum", 1)
    assert case.threshold == round(rules.threshold(500, rules.MomentumRule()), 4)
    with store.reading() as conn:
        assert [rule.id for rule in alerts.current_rules(conn)] == ["buzz", "conjunction", "momentum"]
    raised = MonitorSettings(false_alerts_per_month=4)
    with store.transaction() as conn:
        observations.add_signals(conn, [signal(101)])
    raise_alerts(store, noon(102), raised)
    with store.reading() as conn:
        (case,) = alerts.all_alerts(conn)
        assert next(rule for rule in alerts.current_rules(conn) if rule.id == "momentum").version == 2
    assert case.rule_version == 1, "a case stays explained by the version that opened it"


def test_pairs_and_themes_have_rules_of_their_own(store: Store) -> None:
    court = Court(store, "rise")
    a_pair(court, "c-rise-naval", "rise")
    cases = court.hear(signal(100), signal(100, "c-rise-naval"))
    assert by_rule(cases) == {"momentum": {"rise"}, "conjunction": {"c-rise-naval"}}
    assert {case.kind for case in cases} == {"momentum", "conjunction"}


def test_a_meeting_that_makes_the_rise_speaks_for_its_technology(store: Store) -> None:
    court = Court(store, "rise")
    a_pair(court, "c-rise-naval", "rise")
    court.world.about(range(80, 100), ("rise", "c-rise-naval"), 20, ["a"])
    court.world.publish(noon(101))
    observe(store, noon(101))
    (case,) = court.hear(signal(100), signal(100, "c-rise-naval", score=3.5))
    assert (case.rule_id, case.theme_id, case.evidence["also"]) == ("conjunction", "c-rise-naval", ["rise"])


def test_the_cases_on_pairs_of_an_earlier_version_go_on_under_their_rule(store: Store) -> None:
    court = Court(store, "rise")
    a_pair(court, "c-rise-naval", "rise")
    (made,) = court.hear(signal(100, "c-rise-naval"))
    with store.transaction() as conn:
        alerts.save(conn, [replace(made, rule_id="momentum", kind="momentum")])
    (case,) = court.hear(signal(101, "c-rise-naval"))
    assert (case.id, case.rule_id, case.kind, case.version) == (made.id, "conjunction", "conjunction", 1)
    assert case.reason_en == "day 101"


def test_a_generous_rule_opens_what_the_default_calls_noise(store: Store) -> None:
    court = Court(store, "rise")
    add_rule(store, "wide", kind="momentum", false_alerts_per_month=500, quiet_years_per_theme=0)
    add_rule(store, "narrow", kind="momentum", false_alerts_per_month=0.01)
    over = {"subjects": 1000}
    faint = replace(signal(100, score=2.5, state=State.NOISE), threshold=3.7845, evidence=over)
    (case,) = court.hear(faint)
    assert (case.rule_id, case.signal_state, case.threshold) == ("wide", State.WEAK_SIGNAL, 1.7845)
    proven = replace(signal(101, score=4.5), threshold=3.7845, evidence=over)
    assert by_rule(court.hear(proven)) == {"wide": {"rise"}, "momentum": {"rise"}}
    certain = replace(signal(102, score=7.0), threshold=3.7845, evidence=over)
    assert by_rule(court.hear(certain)) == {"wide": {"rise"}, "momentum": {"rise"}, "narrow": {"rise"}}


def test_a_burst_opens_closes_fast_and_is_told_once(store: Store) -> None:
    court = Court(store, "rise")
    (case,) = court.hear(burst(100))
    assert (case.kind, case.signal_state, case.score, case.version) == ("buzz", State.STABLE, 4.0, 1)
    (case,) = court.hear(replace(burst(101, buzz=6.0), lift=5.0))
    assert (case.version, case.score) == (1, 6.0)
    (case,) = court.hear(*(quiet(day) for day in range(102, 108)))
    assert case.closed_on is None
    (case,) = court.hear(quiet(108))
    assert (case.state, case.closed_on) == (AlertState.RESOLVED, on(108))


def test_a_burst_does_not_silence_the_movement_that_grows_out_of_it(store: Store) -> None:
    court = Court(store, "rise")
    (told,) = court.hear(burst(100))
    cases = {case.kind: case for case in court.hear(signal(104))}
    assert set(cases) == {"buzz", "momentum"}
    assert cases["momentum"].evidence["after_burst"] == {"alert": told.id, "since": on(100).isoformat()}
    cases = {case.kind: case for case in court.hear(signal(105, lift=5.0))}
    assert cases["momentum"].evidence["after_burst"]["alert"] == told.id, "it stays when the numbers move on"


def test_a_burst_and_its_movement_heard_at_once_are_one_case(store: Store) -> None:
    (case,) = Court(store, "rise").hear(burst(100), signal(102))
    assert case.kind == "momentum"
    assert "after_burst" not in case.evidence


def test_a_burst_of_a_movement_that_is_told_already_is_no_news(store: Store) -> None:
    court = Court(store, "rise", "part")
    court.world.about(range(80, 112), ("rise", "part"), 20, ["a"])
    court.world.publish(noon(112))
    observe(store, noon(112))
    (case,) = court.hear(signal(100), signal(100, "part", score=3.5))
    assert case.evidence["also"] == ["part"]
    (case,) = court.hear(replace(signal(101), buzz=9.0), burst(101, "part"))
    assert case.kind == "momentum"
    same_day = Court(store)
    same_day.world.theme("new")
    assert by_rule(same_day.hear(replace(signal(110, "new"), buzz=9.0)))["momentum"] >= {"new"}
    assert "buzz" not in by_rule(same_day.cases())


def test_a_decline_leaves_room_for_a_burst(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    court.hear(signal(100, state=State.DECLINING, lift=0.3))
    assert by_rule(court.hear(burst(101))) == {"momentum": {"rise"}, "buzz": {"rise"}}


def test_plain_limits_hear_announced_euros_and_pairs(store: Store) -> None:
    court = Court(store, "rise")
    a_pair(court, "c-rise-naval", "rise")
    add_rule(store, "money", kind="threshold", min_eur=5e6)
    rich = replace(quiet(100), evidence={"eur": 6_000_000})
    assert by_rule(court.hear(rich, replace(rich, theme_id="c-rise-naval"))) == {"money": {"rise", "c-rise-naval"}}


def test_the_cases_of_a_rule_that_was_switched_off_close(store: Store) -> None:
    court = Court(store, "rise")
    add_rule(store, "many", kind="threshold", min_observed=15)
    assert by_rule(court.hear(signal(100))) == {"momentum": {"rise"}, "many": {"rise"}}
    add_rule(store, "many", version=2, enabled=False, kind="threshold", min_observed=15)
    cases = {case.rule_id: case for case in court.hear(*(signal(day) for day in range(101, 116)))}
    assert cases["many"].state is AlertState.RESOLVED
    assert cases["momentum"].closed_on is None


def test_every_new_height_of_the_evidence_is_kept_with_its_day(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    for day, score in ((100, 4.0), (101, 3.5), (102, 4.5), (103, 4.2)):
        (case,) = court.hear(signal(day, score=score))
    assert [(peak["on"], peak["score"]) for peak in case.evidence["peaks"]] == [
        (on(100).isoformat(), 4.0),
        (on(102).isoformat(), 4.5),
    ]
    assert (case.score, case.version) == (4.2, 1)


def test_a_case_says_what_its_rule_looked_at(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    add_rule(sqlite_store, "many", kind="threshold", min_observed=5, min_eur=2e6)
    add_rule(sqlite_store, "strict", kind="momentum", false_alerts_per_month=0.5)
    few_days = {"days": 3, "fr": "Emballement : 9 articles en 3 jours.", "en": "Buzz: 9 articles in 3 days."}
    told = replace(burst(100), evidence={"buzz": few_days, "eur": 3e6, "allowance": 5.0, "band": [4, 12]})
    cases = {case.rule_id: case for case in court.hear(told)}
    assert cases["buzz"].reason_fr == few_days["fr"]
    assert cases["buzz"].reason_en == few_days["en"]
    assert cases["buzz"].evidence["allowance"] == 2.0
    assert cases["many"].evidence["allowance"] is None
    assert "au moins 5 documents, 2 M€" in cases["many"].reason_fr
    assert "does not control false alerts" in cases["many"].reason_en
    cases = {case.rule_id: case for case in court.hear(replace(signal(101, score=9), evidence={"allowance": 5.0}))}
    assert cases["strict"].evidence["allowance"] == 0.5
    assert cases["momentum"].reason_en == "day 101"
