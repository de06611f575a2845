"""TED over real HTTP: queries of watched themes, paging with its traps, and what a notice states."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from crawler.collectors.base import Entry, Task, Watched
from crawler.collectors.ted import TedCollector
from crawler.collectors.ted_query import phrase, subjects
from storage.errors import ConfigError
from storage.model import Kind, Source
from storage.stated import Party, Place, StatedAmount
from tests.servers.drive import Driven, drive
from tests.servers.ted import Ted, a_notice, running_ted

NOW = dt.datetime(2026, 9, 28, 6, 0, tzinfo=dt.UTC)
QUANTUM = Watched(id="quantum", terms=("quantum", "ordinateur quantique"))


@pytest.fixture
def ted() -> Iterator[Ted]:
    with running_ted() as running:
        yield running


def visit(
    ted: Ted, cursor: str | None = None, *, watched: tuple[Watched, ...] = (QUANTUM,), now: dt.datetime = NOW, **options: Any
) -> Driven:
    pages = options.pop("pages", None)
    source = Source(id="ted", name="TED", kind=Kind.FUNDING, url=ted.address, collector="ted", options=options, cursor=cursor)
    return drive(TedCollector(), Task(source=source, now=now, watched=watched), pages=pages)


def the_entry(ted: Ted, **changes: Any) -> Entry:
    ted.notices = [a_notice(**changes)]
    (entry,) = visit(ted).entries
    return entry


def code(driven: Driven) -> str | None:
    return driven.reason.code if driven.reason else None


def notes(driven: Driven) -> list[str]:
    return [page.note.code for page in driven.pages if page.note]


# what a notice says


def test_an_award_is_an_entry_with_what_it_states(ted: Ted) -> None:
    entry = the_entry(ted, procedure_identifier="C7A1E838-29FC-420d-a45a-8b3c2b2ebdd1", previous_notice_id_proc=["998000-2026"])
    assert entry.title == "France – Matériel – Exemple"
    assert (entry.lang, entry.published_on, entry.date_flag) == ("fr", dt.date(2026, 9, 14), None)
    assert entry.url == "https://ted.europa.eu/fr/notice/999001-2026/html"
    assert entry.guid == "ted:999001-2026"
    assert entry.keys == ("notice:ted:999001-2026",)
    assert entry.linked == (
        "notice:ted:999001-2026",
        "procedure:c7a1e838-29fc-420d-a45a-8b3c2b2ebdd1",
        "notice:ted:998000-2026",
    )
    assert entry.codes == ("cpv:30200000",)
    assert entry.stated.parties == (
        Party(name="Région Exemple", role="buyer", country="FR"),
        Party(name="Société A", role="winner", country="FR", register_id="siren:123456782"),
        Party(name="Société B", role="winner", country="BE"),
    )
    assert entry.stated.amounts == (StatedAmount(number=1_200_000, raw="1200000 EUR", role="awarded", currency="EUR"),)
    assert entry.stated.places == (Place(scheme="nuts", code="FRH02", raw="FRH02"),)
    assert entry.text.startswith("Attribution de marché. Acheteur : Région Exemple. Titulaires : Société A, Société B.")
    assert "réseau quantum" in entry.text


def test_a_call_its_correction_and_its_award_share_a_link(ted: Ted) -> None:
    uuid = "83790896-0cd3-4adf-9c41-07420c702431"
    call = a_notice("998000-2026", notice_type="cn-standard", notice_identifier=uuid, publication_date="2026-09-01Z")
    fixed = a_notice("998500-2026", notice_type="cn-standard", change_notice_version_identifier=f"{uuid}-01")
    award = a_notice("999001-2026", previous_notice_id_proc=["00998000-2026"])
    ted.notices = [call, fixed, award]
    first, second, third = (set(entry.linked) for entry in sorted(visit(ted).entries, key=lambda entry: entry.guid or ""))
    assert first & second == {f"notice:ted:{uuid}"}
    assert first & third == {"notice:ted:998000-2026"}


def test_a_call_states_an_estimate_a_deadline_and_no_winner(ted: Ted) -> None:
    entry = the_entry(
        ted,
        notice_type="cn-standard",
        estimated_value_proc="450000.00",
        estimated_value_cur_proc="EUR",
        deadline_receipt_tender_date_lot=["2026-10-30+01:00", "2026-10-15+02:00", "2026-10-15+02:00"],
    )
    assert entry.stated.amounts == (StatedAmount(number=450_000, raw="450000.00 EUR", role="estimate", currency="EUR"),)
    assert [party.role for party in entry.stated.parties] == ["buyer"]
    assert "Date limite : 2026-10-15, 2026-10-30" in entry.text


@pytest.mark.parametrize(
    ("values", "currencies", "expected"),
    [
        ([800_000, 400_000], ["EUR", "EUR"], [(1_200_000, "EUR", "800000 + 400000 EUR (sum of 2 lots)")]),
        ([800_000, 400_000], ["EUR", "SEK"], [(800_000, "EUR", "800000 EUR"), (400_000, "SEK", "400000 SEK")]),
        ([1, 2, 3], ["EUR", "SEK"], []),
        ([1.5, 2], ["EUR"], [(3.5, "EUR", "1.5 + 2 EUR (sum of 2 lots)")]),
        ([0, None, "many", True], ["EUR"], []),
        (5_000, None, []),
        (5_000, ["euros"], []),
    ],
)
def test_sums_are_added_within_a_currency_only(ted: Ted, values: Any, currencies: Any, expected: list[Any]) -> None:
    entry = the_entry(ted, total_value=None, total_value_cur=None, tender_value=values, tender_value_cur=currencies)
    assert [(amount.number, amount.currency, amount.raw) for amount in entry.stated.amounts] == expected


def test_a_total_of_several_currencies_is_no_total(ted: Ted) -> None:
    entry = the_entry(ted, total_value_cur=["EUR", "SEK"], tender_value_cur=["EUR", "SEK"])
    assert [(amount.number, amount.currency) for amount in entry.stated.amounts] == [(800_000, "EUR"), (400_000, "SEK")]


def test_parallel_lists_of_other_lengths_lend_nobody_a_country(ted: Ted) -> None:
    entry = the_entry(
        ted, organisation_country_tenderer=["FRA", "BEL", "FRA"], organisation_identifier_tenderer=["12345678200010"]
    )
    winners = [party for party in entry.stated.parties if party.role == "winner"]
    assert [(party.country, party.register_id) for party in winners] == [(None, None), (None, None)]


def test_persons_are_no_winners(ted: Ted) -> None:
    entry = the_entry(ted, winner_name=None, organisation_name_tenderer={"fra": ["Mme Jeanne Exemple", "Société B"]})
    assert [party.name for party in entry.stated.parties if party.role == "winner"] == ["Société B"]


@pytest.mark.parametrize(
    ("titles", "title", "lang"),
    [
        ({"deu": "Deutschland – Beispiel", "eng": "Germany – Example"}, "Germany – Example", "en"),
        ({"deu": ["Deutschland – Beispiel"]}, "Deutschland – Beispiel", "de"),
        ("A bare title", "A bare title", None),
    ],
)
def test_titles_are_french_then_english_then_any(ted: Ted, titles: Any, title: str, lang: str | None) -> None:
    entry = the_entry(ted, notice_title=titles)
    assert (entry.title, entry.lang) == (title, lang)


@pytest.mark.parametrize("raw", ["2026-09-14+02:00", "2026-09-14Z", "2026-09-14", ["2026-09-14+13:00"]])
def test_a_day_keeps_to_its_office_whatever_the_offset(ted: Ted, raw: Any) -> None:
    ted.unfiltered = True
    assert the_entry(ted, publication_date=raw).published_on == dt.date(2026, 9, 14)


def test_a_link_that_is_none_is_replaced(ted: Ted) -> None:
    assert (
        the_entry(ted, links={"html": {"FRA": "javascript:alert(1)"}}).url == "https://ted.europa.eu/fr/notice/999001-2026/html"
    )


# what is asked for


def test_watched_terms_filters_and_days_make_the_query(ted: Ted) -> None:
    ted.notices = [
        a_notice("1-2026"),
        a_notice("2-2026", description_proc={"fra": "Des ponts."}),
        a_notice("3-2026", buyer_country=["DEU"]),
        a_notice("4-2026", classification_cpv=["45000000"]),
        a_notice("5-2026", publication_date="2026-08-01Z"),
    ]
    driven = visit(ted, countries=["FR"], cpv=["302"], types=["can-standard", "cn-standard"])
    assert [entry.guid for entry in driven.entries] == ["ted:1-2026"]
    about = '(FT ~ "quantum" OR FT ~ "ordinateur quantique")'
    sorts = "(notice-type = can-standard OR notice-type = cn-standard)"
    filters = f"(classification-cpv = 302*) AND (buyer-country = FRA) AND {sorts}"
    assert ted.queries == [f"{about} AND {filters} AND PD = (20260830 <> 20260928) SORT BY PD DESC"]
    assert "page" not in ted.asked[0]
    assert driven.requests[0].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("term", "kept"),
    [
        ('jumeau "numérique"', "jumeau numérique"),
        ('x" OR FT ~ "y', "x OR FT y"),
        ("quant*", "quant"),
        ("back\\slash (1) [2]", "back slash 1 2"),
        ("R&D 5G/6G C++", "R&D 5G/6G C++"),
        ('"*"', ""),
        ("\x00\n", ""),
    ],
)
def test_a_term_cannot_leave_its_quotes(ted: Ted, term: str, kept: str) -> None:
    assert phrase(term) == kept
    driven = visit(ted, watched=(Watched(id="t", terms=(term, "sûr")),))
    assert driven.ended is None
    assert driven.reason is None
    assert ted.queries[0].count('"') == (4 if kept else 2)


def test_many_terms_are_asked_for_in_several_queries_and_a_notice_counts_once(ted: Ted) -> None:
    terms = tuple(f"terme numéro {i} assez long pour remplir" for i in range(60))
    assert len(subjects([*terms, *terms])) == 2
    ted.notices = [a_notice(description_proc={"fra": f"{terms[0]}, {terms[59]}"})]
    driven = visit(ted, watched=(Watched(id="t", terms=terms),))
    assert len(ted.queries) == 2
    assert all(len(query) < 2_000 for query in ted.queries)
    assert [entry.guid for entry in driven.entries] == ["ted:999001-2026"]
    assert sum(page.rejected for page in driven.pages) == 0


def test_without_themes_and_filters_nothing_is_asked(ted: Ted) -> None:
    driven = visit(ted, watched=())
    assert ted.asked == []
    assert notes(driven) == ["nothing_asked"]
    visit(ted, cpv=["72"], any_subject=True)
    assert ted.queries[0].startswith("(classification-cpv = 72*) AND PD")
    visit(ted, watched=(QUANTUM, Watched(id="h", terms=("hydrogène",))), themes=["h"])
    assert ted.queries[1].startswith('(FT ~ "hydrogène") AND PD')


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"countries": ["Atlantis"]}, "Atlantis"),
        ({"cpv": ["7"]}, "CPV"),
        ({"query": "FT ~ x SORT BY PD ASC"}, "SORT BY"),
        ({"types": ["a OR b"]}, "notice type"),
        ({"country": "FR"}, "country"),
    ],
)
def test_wrong_options_are_named(ted: Ted, options: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        visit(ted, **options)


def test_the_next_visit_asks_from_the_day_before_and_new_themes_for_the_whole_time(ted: Ted) -> None:
    first = visit(ted)
    later = NOW + dt.timedelta(days=2)
    second = visit(ted, first.cursor, now=later)
    assert "PD = (20260927 <> 20260930)" in ted.queries[-1]
    visit(ted, second.cursor, now=later, watched=(QUANTUM, Watched(id="h", terms=("hydrogène",))))
    assert "PD = (20260901 <> 20260930)" in ted.queries[-1]


def test_a_long_time_is_asked_for_by_months_and_a_cut_visit_goes_on(ted: Ted) -> None:
    first = visit(ted, days=90, pages=2)  # the first month and its cursor
    assert len(ted.queries) == 1
    visit(ted, first.cursor, days=90)
    assert [query[-43:-16] for query in ted.queries] == [
        "PD = (20260701 <> 20260731)",
        "PD = (20260730 <> 20260829)",
        "PD = (20260830 <> 20260928)",
    ]


def test_days_that_hold_too_much_are_halved_until_a_visit_can_read_them(ted: Ted) -> None:
    ted.notices = [a_notice(f"{i}-2026", publication_date=f"2026-09-{1 + i % 28:02}Z") for i in range(1, 10_051)]
    cut = visit(ted, any_subject=True, countries=["FR"], days=28, pages=20)
    assert "PD = (20260901 <> 20260928)" in ted.queries[0]
    assert "PD = (20260901 <> 20260914)" in ted.queries[1]
    asked = len(ted.asked)
    rest = visit(ted, cut.cursor, any_subject=True, countries=["FR"], days=28)
    assert "PD = (20260901 <> 20260914)" in ted.queries[asked], "what was cut once is not asked for whole again"
    assert {entry.guid for entry in rest.entries} == {f"ted:{i}-2026" for i in range(1, 10_051)}
    assert (code(rest), notes(rest)) == (None, [])
    assert json.loads(rest.cursor or "")["through"] == "2026-09-28"


# paging and moods


def test_paging_ends_though_the_token_never_does(ted: Ted) -> None:
    ted.notices = [a_notice(f"{i}-2026") for i in range(1, 601)]
    driven = visit(ted)
    assert len(driven.entries) == 600
    assert len(ted.asked) == 3
    assert [body.get("iterationNextToken") for body in ted.asked] == [None, "token-250", "token-500"]
    assert notes(driven) == []


def test_fewer_notices_than_announced_is_no_silent_success(ted: Ted) -> None:
    ted.notices, ted.announces = [a_notice()], 900
    driven = visit(ted)
    assert len(driven.entries) == 1
    assert len(ted.asked) == 2  # an empty page ends it
    assert notes(driven) == ["incomplete"]


def test_a_token_that_comes_back_ends_it(ted: Ted) -> None:
    ted.notices, ted.same_token = [a_notice(f"{i}-2026") for i in range(1, 601)], True
    assert code(visit(ted)) == "repeats"
    assert len(ted.asked) == 2


def test_a_page_that_repeats_is_no_news(ted: Ted) -> None:
    ted.notices, ted.repeats = [a_notice(f"{i}-2026") for i in range(1, 601)], True
    driven = visit(ted)
    assert code(driven) == "repeats"
    assert len(driven.entries) == 250
    assert driven.cursor is None


def test_a_filter_that_is_ignored_keeps_nothing(ted: Ted) -> None:
    ted.unfiltered = True
    ted.notices = [a_notice(buyer_country=["DEU"])]
    driven = visit(ted, countries=["FR"])
    assert (code(driven), driven.entries) == ("filter_ignored", [])
    ted.notices = [a_notice(publication_date="2019-01-01Z")]
    driven = visit(ted)
    assert (code(driven), driven.entries, driven.cursor) == ("filter_ignored", [], None)


@pytest.mark.parametrize(("retry_after", "wait_s"), [(None, 35), ("5", 35), ("90", 90), ("soon", 35)])
def test_a_429_ends_the_visit_and_the_next_one_comes_after_the_pause_and_goes_on(
    ted: Ted, retry_after: str | None, wait_s: int
) -> None:
    watched = (Watched(id="t", terms=tuple(f"terme numéro {i} assez long pour remplir" for i in range(60))),)
    ted.notices = [a_notice(description_proc={"fra": watched[0].terms[i]}, publication_number=f"{i}-2026") for i in (1, 59)]
    ted.too_often_after, ted.retry_after = 1, retry_after
    first = visit(ted, watched=watched)
    assert [entry.guid for entry in first.entries] == ["ted:1-2026"]
    last = first.pages[-1]
    assert last.note is not None
    assert (last.note.code, last.note.detail) == ("suspended", str(wait_s))
    assert last.schedule is not None
    assert last.schedule.wait_s == wait_s
    assert len(ted.asked) == 2
    second = visit(ted, first.cursor, watched=watched)
    assert [entry.guid for entry in second.entries] == ["ted:59-2026"]
    assert len(ted.asked) == 3


def test_a_search_that_gave_up_is_asked_again_and_never_taken_for_empty(ted: Ted) -> None:
    ted.notices, ted.slow = [a_notice()], 1
    assert len(visit(ted).entries) == 1
    ted.slow = 5
    driven = visit(ted)
    assert code(driven) == "service_error"
    assert driven.cursor is None


def test_a_query_the_service_cannot_read_is_explained(ted: Ted) -> None:
    driven = visit(ted, query="buyer-colour = BLUE")
    assert code(driven) == "query_refused"
    assert driven.reason is not None
    assert "buyer-colour" in driven.reason.fr
    assert len(ted.asked) == 1


def test_a_field_the_service_no_longer_knows_costs_the_others_nothing(ted: Ted) -> None:
    ted.notices, ted.unknown = [a_notice(), a_notice("2-2026")], frozenset({"winner-country"})
    driven = visit(ted)
    assert len(driven.entries) == 2
    assert notes(driven) == ["fewer_fields"]
    assert [party.name for party in driven.entries[0].stated.parties] == ["Région Exemple", "Société A", "Société B"]
    ted.unknown = frozenset({"links"})
    assert code(visit(ted)) == "query_refused"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "no_body"),
        (b"<!doctype html><html><body>Maintenance</body></html>", "html"),
        (b'{"notices": [', "bad_json"),
        (b'{"notices": [], "totalNoticeCount": NaN}', "bad_json"),
        (b'{"notices": [], "totalNoticeCount": 0, "totalNoticeCount": 0}', "bad_json"),
        (b"[]", "shape"),
        (b'{"notices": null, "totalNoticeCount": 3}', "shape"),
        (b'{"notices": {"a": 1}, "totalNoticeCount": 3}', "shape"),
        (b'{"notices": [], "totalNoticeCount": true}', "shape"),
        (b'{"notices": [], "totalNoticeCount": 9, "iterationNextToken": 7}', "shape"),
        (b'{"message": "Internal failure", "error": {"type": "X"}}', "service_error"),
        (b'{"notices": [{"publication-number": null}, {"a": 1}], "totalNoticeCount": 2}', "all_rejected"),
        (b"[" * 200_000, "bad_json"),
    ],
)
def test_an_answer_that_is_none_is_never_an_empty_journal(ted: Ted, body: bytes, expected: str) -> None:
    ted.says = body
    driven = visit(ted)
    assert code(driven) == expected
    assert driven.cursor is None


def test_bad_rows_cost_the_good_ones_nothing(ted: Ted) -> None:
    ted.notices = ["text", None, a_notice(), a_notice("2-2026", notice_title=None), 7, a_notice("abc")]
    driven = visit(ted)
    assert [entry.guid for entry in driven.entries] == ["ted:999001-2026"]
    assert sum(page.rejected for page in driven.pages) == 5
    assert driven.cursor is not None
    assert json.loads(driven.cursor)["through"] == "2026-09-28"


@pytest.mark.parametrize("value", [None, 7, True, [None], {"fra": None}, {"fra": 3}, {"fra": [[1]]}, "x" * 100_000, [["FRA"]]])
def test_fields_of_other_types_are_left_out(ted: Ted, value: Any) -> None:
    names = (
        *(
            "buyer_name",
            "buyer_country",
            "classification_cpv",
            "place_of_performance_subdiv_lot",
            "total_value",
            "total_value_cur",
        ),
        *(
            "tender_value",
            "winner_name",
            "organisation_name_tenderer",
            "organisation_country_tenderer",
            "links",
            "description_proc",
        ),
        *("procedure_identifier", "previous_notice_id_proc", "deadline_receipt_tender_date_lot"),
    )
    ted.unfiltered = True
    entry = the_entry(ted, **dict.fromkeys(names, value))
    assert entry.guid == "ted:999001-2026"
