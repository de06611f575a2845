"""Classification symbols, publication numbers, queries, throttling and hostile XML: the small parts of the patent collectors."""

from __future__ import annotations

import datetime as dt

import pytest

from crawler.collectors.base import Watched
from crawler.collectors.patents.codes import main_groups, matches, subclasses, symbol, us_class, watched_code
from crawler.collectors.patents.publication import day, espacenet_number, number_of, organisation
from crawler.collectors.patents.query import MOST_OF_ONE_INDEX, MOST_TERMS, codes_of, fingerprint, is_named, queries
from crawler.collectors.patents.records import read_records
from crawler.collectors.patents.throttle import UNKNOWN, hour_ends_s, load_of, retry_after_s, week_ends_s
from crawler.collectors.patents.trees import text, tree
from crawler.collectors.patents.walk import Place, start
from crawler.reasons import Unreadable

FIRST, LAST = dt.date(2026, 9, 1), dt.date(2026, 9, 30)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("G06N  10/40", "G06N10/40"),
        ("B28B   1/    29            A I                    ", "B28B1/29"),
        ("G06F017/60", "G06F17/60"),
        ("A61B005/00", "A61B5/00"),
        ("A61L2101/32", "A61L2101/32"),
        ("h04l9/0852", "H04L9/0852"),
        ("G06N10", "G06N10"),
        ("A61K", "A61K"),
        ("706/15", None),
        ("5B056", None),
        ("G06N10/40/2", None),
        ("", None),
    ],
)
def test_symbols_have_one_spelling(written: str, expected: str | None) -> None:
    assert symbol(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("715513", "715/513"),
        ("705 26", "705/26"),
        ("707  7", "707/7"),
        ("379 8802", "379/88.02"),
        ("600300000", "600/300"),
        ("235472010", "235/472.01"),
        ("D14138", "D14/138"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_us_classes_are_read_from_their_columns(written: str, expected: str | None) -> None:
    assert us_class(written) == expected


@pytest.mark.parametrize("code", ["G06N", "G06N10", "G02F1/0", "H05K7/207", "B64", "H10", " g06n 10 / 40 "])
def test_a_code_to_watch_may_be_the_beginning_of_a_symbol(code: str) -> None:
    assert watched_code(code) == code.replace(" ", "").upper()


@pytest.mark.parametrize("code", ["quantum", "G6N10", "706/15", "G06N10) or pn=US", "G", ""])
def test_what_is_no_code_is_not_asked_for(code: str) -> None:
    assert watched_code(code) is None


def test_codes_are_asked_for_by_the_fewest_groups() -> None:
    codes = ("B64", "B64C39/02", "G02F1/0", "G02F1/3", "G06N1", "G06N10", "H05K7/207")
    assert main_groups(codes) == ("B64", "G02F1", "G06N1", "G06N10", "H05K7")
    assert main_groups(("G06N", "G06N10")) == ("G06N",)
    assert subclasses(codes) == ("B64", "G02F", "G06N", "H05K")


def test_what_comes_is_held_against_the_code_itself() -> None:
    assert matches(["H04L9/0852"], ("H04L9/085",))
    assert not matches(["H04L9/32"], ("H04L9/085",))
    assert matches([], ("H04L9/085",))
    assert matches(["A01B1/00"], ())


@pytest.mark.parametrize(
    ("country", "number", "kind", "expected"),
    [
        ("US", "2026999001", "A1", "20260999001"),
        ("US", "20260999001", "A1", "20260999001"),
        ("US", "06859910", "B2", "6859910"),
        ("US", "11984624", "B1", "11984624"),
        ("US", "2020123862", "B2", "2020123862"),
        ("EP", "0680812", "A1", "0680812"),
        ("WO", "2023/205392", "A1", "2023205392"),
    ],
)
def test_a_number_has_one_spelling(country: str, number: str, kind: str, expected: str) -> None:
    assert number_of(country, number, kind) == expected
    assert number_of(country, expected, kind) == expected


def test_espacenet_is_given_the_number_it_knows() -> None:
    assert espacenet_number("US", "20260999001", "A1") == "US2026999001A1"
    assert espacenet_number("FR", "3999001", "A1") == "FR3999001A1"


def test_days_and_names_of_records() -> None:
    assert day("20260911") == day("2026-09-11") == dt.date(2026, 9, 11)
    assert [day(text) for text in ("19990600", "20261301", "", None, "2026")] == [None] * 5
    assert organisation("EXEMPLE QUANTIQUE [FR]\n") == "EXEMPLE QUANTIQUE"
    assert organisation("Exemple SA,") == "Exemple SA"


def test_queries_stay_within_the_limits_of_the_service_and_ask_for_everything() -> None:
    codes = tuple(sorted(f"{letter}0{n}K{n * 10}" for letter in "ABCDEFG" for n in range(1, 9)))
    names = ("Exemple Quantique", "Société Fictive", "Corne")
    asked = queries(codes, names, ("FR", "EP", "WO", "US", "CN", "DE", "KR"), extra="ta=qubit or ta=photon")
    for one in asked:
        terms = len(one.codes) + sum(len(name.split()) for name in one.applicants) + len(one.countries) + 4 + 2
        assert terms <= MOST_TERMS
        assert len(one.codes) <= MOST_OF_ONE_INDEX
    combined = {
        (code, name, country) for one in asked for code in one.codes for name in one.applicants for country in one.countries
    }
    assert len(combined) == len(codes) * len(names) * 7
    assert queries((), (), ("FR",)) == ()


def test_a_query_in_the_language_of_the_service() -> None:
    [one] = queries(("G06N10", "H04L9/0852"), ("Corne",), ("FR",), extra="ta=qubit")
    expected = '(cpc=G06N10 or cpc=H04L9) and pa="Corne" and pn=FR and (ta=qubit) and pd within "20260901,20260930"'
    assert one.cql(FIRST, LAST) == expected
    assert one.parts()[0].cql(FIRST, FIRST).startswith("cpc=G06N10 and ")
    [plain] = queries(("G06N10",), (), (), index="cl")
    assert plain.cql(FIRST, LAST) == 'cl=G06N10 and pd within "20260901,20260930"'


def test_watch_themes_give_the_codes() -> None:
    themes = (Watched(id="q", codes=("G06N10", "G06N 10", "nonsense")), Watched(id="p", codes=("G02B6",)))
    assert codes_of(themes, (), ("h04l9/0852",)) == ("G02B6", "G06N10", "H04L9/0852")
    assert codes_of(themes, ("p",), ()) == ("G02B6",)


def test_names_are_held_against_their_first_words() -> None:
    assert is_named("Société Fictive SAS", "societe fictive")
    assert not is_named("La Société Fictive", "Société Fictive")
    assert not is_named("Exemple", "…")


@pytest.mark.parametrize(
    ("header", "system", "colour", "wait_s"),
    [
        ("idle (images=green:200, search=green:30)", "idle", "green", 2.0),
        ("busy (search=yellow:15, retrieval=green:100)", "busy", "yellow", 4.0),
        ("overloaded (search=red:5)", "overloaded", "red", 12.0),
        ("overloaded (search=black:0)", "overloaded", "black", 60.0),
        ("", "unknown", "unknown", 4.0),
        ("idle (images=green:200)", "unknown", "unknown", 4.0),
    ],
)
def test_the_pace_is_read_from_the_header(header: str, system: str, colour: str, wait_s: float) -> None:
    load = load_of({"x-throttling-control": header}, "search")
    assert (load.system, load.colour, load.wait_s) == (system, colour, wait_s)


def test_waits() -> None:
    assert retry_after_s({"retry-after": "45000"}) == 45.0
    assert [retry_after_s({"retry-after": value}) for value in ("", "soon", "-1")] == [None, None, None]
    assert retry_after_s({"retry-after": "9" * 20}) == 86400
    assert hour_ends_s(dt.datetime(2026, 9, 28, 6, 59, 30, tzinfo=dt.UTC)) == 30
    assert week_ends_s(dt.datetime(2026, 10, 4, 23, 0, tzinfo=dt.UTC)) == 3600
    assert UNKNOWN.wait_s == 4.0


def test_a_cursor_that_is_no_cursor_begins_afresh() -> None:
    asked = queries(("G06N10",), (), ())
    for cursor in (None, "", "2026-09-01", '{"plan": 3}', "[]", '{"plan":"x","done":"soon"}'):
        place = start(cursor, asked, LAST, history_days=10, overlap_days=3)
        assert (place.first, place.last, place.done) == (dt.date(2026, 9, 21), LAST, None)


def test_a_cursor_goes_on_where_its_window_stopped_and_overlaps_where_it_ended() -> None:
    asked = queries(("G06N10",), (), ())
    plan = fingerprint(asked)
    inside = Place(plan=plan, first=FIRST, last=dt.date(2026, 9, 20), day=dt.date(2026, 9, 5), query=0)
    assert start(inside.written(), asked, LAST, history_days=10, overlap_days=3) == inside
    ended = Place(plan=plan, done=dt.date(2026, 9, 25)).written()
    assert start(ended, asked, LAST, history_days=10, overlap_days=3).first == dt.date(2026, 9, 23)
    # A clock that was ahead, or no overlap at all: the last day is read again, it was not over.
    assert start(ended, asked, dt.date(2026, 9, 24), history_days=10, overlap_days=0).first == dt.date(2026, 9, 24)


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (name, b"&%c;" % (name - 1) * 10) for name in range(ord("b"), ord("j"))
)


@pytest.mark.parametrize(
    "data",
    [
        BOMB + b"]><world-patent-data>&i;</world-patent-data>",
        BOMB + b']><world-patent-data x="&i;"/>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><world-patent-data>&e;</world-patent-data>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><world-patent-data>&never;</world-patent-data>',
        b"<world-patent-data>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</world-patent-data>",
    ],
)
def test_xml_made_to_hurt_is_refused_or_says_nothing(data: bytes) -> None:
    said = read_or_refused(data)
    assert said in ("entities", "shape") or (len(said) < 100 and "root:" not in said)


def read_or_refused(data: bytes) -> str:
    try:
        return text(tree(data, "file"))
    except Unreadable as exc:
        return exc.reason.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "shape"),
        (b"<!doctype html><html><p>down", "html"),
        (b"<world-patent-data><exchange-documents>", "shape"),
        (b"<rss/>", "shape"),
        (b'{"results": 3}', "shape"),
        (b'{"other": 3}', "shape"),
        (b"<fault><code>SERVER.EntityNotFound</code><message>No results found</message></fault>", "service_error"),
    ],
)
def test_what_is_no_patent_record_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read_records(data, "file")
    assert raised.value.reason.code == code
