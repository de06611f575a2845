"""The reader of CORDIS's tables: what was written comes back, and no bytes bring it to a halt."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.collectors.archive import Archive
from crawler.collectors.cordis_table import MAX_RECORD, Table
from crawler.collectors.countries import iso2, iso3
from crawler.collectors.ted_query import cpv_clause, phrase
from crawler.reasons import Unreadable

CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff"), max_size=40)
LINES = st.lists(CELL, min_size=1, max_size=3).map("\n".join)
STARTS = re.compile(r'\n"?\d+"?;')


def rows(body: bytes) -> tuple[list[dict[str, str]], Table]:
    table = Table(io.BytesIO(body), {"title", "objective"})
    return [dict(row) for row in table.rows("id")], table


@given(st.lists(st.tuples(st.integers(1, 10**9), CELL, LINES), max_size=8))
def test_what_was_written_comes_back(records: list[tuple[int, str, str]]) -> None:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    written = [f"{cell(str(number))};{cell(title)};{cell(objective)}" for number, title, objective in records]
    if any(STARTS.search(line) for line in written):
        return  # a line inside a text that looks like the beginning of a record: the one thing that cannot be told
    found, table = rows(("\n".join(['"id";"title";"objective"', *written]) + "\n").encode("utf-8-sig"))
    assert found == [
        {"id": str(number), "title": title.strip(), "objective": objective.strip()} for number, title, objective in records
    ]
    assert (table.read, table.mended, table.lost) == (len(records), 0, 0)


@settings(max_examples=200)
@given(st.binary(max_size=400), st.sampled_from([b"id;title\n", b'\xef\xbb\xbf"title";"id"\n']))
def test_no_bytes_bring_it_to_a_halt(body: bytes, header: bytes) -> None:
    found, table = rows(header + body)
    assert len(found) == table.read


def test_a_record_without_end_costs_itself_only() -> None:
    body = b"id;title\n1;a\n2;" + b"x" * (3 * MAX_RECORD) + b"\n3;c\n"
    found, table = rows(body)
    assert [row["id"] for row in found] == ["1", "3"]
    assert table.lost == 1


def test_records_are_told_apart_by_quotes_where_the_number_comes_later() -> None:
    found, table = rows(b'title;id\n"one\ntwo";1\n"three";2\n')
    assert [(row["id"], row["title"]) for row in found] == [("1", "one\ntwo"), ("2", "three")]
    assert table.lost == 0


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_bytes_that_are_no_archive_are_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        Archive(b"PK\x03\x04" + body, "cordis")


@pytest.mark.parametrize(("code", "two"), [("FRA", "FR"), ("el", "GR"), ("UK", "GB"), ("XX", None), ("", None), (7, None)])
def test_countries_are_written_in_two_letters(code: object, two: str | None) -> None:
    assert iso2(code) == two
    assert (iso3(code) is None) == (two is None)


@given(st.text(max_size=60))
def test_a_phrase_holds_nothing_that_ends_quotes_and_is_stable(term: str) -> None:
    kept = phrase(term)
    assert not set(kept) & set('"\\*?()=<>~')
    assert phrase(kept) == kept


def test_cpv_codes_are_whole_or_beginnings() -> None:
    assert cpv_clause("72000000-5") == "classification-cpv = 72000000"
    assert cpv_clause("72*") == "classification-cpv = 72*"
    with pytest.raises(ValueError, match="CPV"):
        cpv_clause("72 OR 1=1")
