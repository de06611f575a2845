from __future__ import annotations

import datetime as dt
import os
import zipfile
from pathlib import Path

import pytest

from nlp.facts.rates import load_rates
from storage.errors import ConfigError

FRIDAY = dt.date(2024, 6, 14)
TABLE = "Date,USD,JPY,\n2024-06-14,1.0686,168.1,\n2024-06-13,1.0784,N/A,\n"


def test_a_day_without_rate_takes_the_nearest_earlier_one() -> None:
    rates = load_rates()
    assert rates.day("USD", FRIDAY + dt.timedelta(days=2)) == FRIDAY
    assert rates.euros(100, "USD", FRIDAY + dt.timedelta(days=2)) == rates.euros(100, "USD", FRIDAY) == 93.58


def test_after_the_last_day_the_last_rate_stands() -> None:
    rates = load_rates()
    assert rates.day("USD", rates.last_day + dt.timedelta(days=900)) == rates.last_day


def test_no_rate_no_value() -> None:
    rates = load_rates()
    assert rates.euros(1, "USD", dt.date(1998, 12, 31)) is None
    assert rates.euros(1, "XXX", FRIDAY) is None
    assert rates.euros(1, "USD", None) is None
    assert rates.day("EUR", None) is None
    assert rates.euros(7, "EUR", None) == 7


def test_a_file_of_the_users_own(tmp_path: Path) -> None:
    table, packed = tmp_path / "hist.csv", tmp_path / "hist.zip"
    table.write_text(TABLE, encoding="utf-8")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("eurofxref-hist.csv", TABLE)
    for path in (table, packed):
        rates = load_rates(path)
        assert rates.last_day == FRIDAY
        assert rates.euros(1.0784, "USD", dt.date(2024, 6, 13)) == 1
        assert rates.day("JPY", dt.date(2024, 6, 13)) is None


def test_a_refreshed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "hist.csv"
    path.write_text(TABLE, encoding="utf-8")
    assert load_rates(path).last_day == FRIDAY
    path.write_text(TABLE.replace("2024-06-14", "2024-06-17"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert load_rates(path).last_day == dt.date(2024, 6, 17)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b""), ("a.csv", b"hello"), ("a.csv", b"Date,USD\n2024-06-14,much\n"), ("a.csv", b"\xff\xfe"), ("a.zip", b"PK")],
)
def test_an_unreadable_file_is_a_clear_error(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"nlp\.rates_file.*eurofxref-hist"):
        load_rates(path)


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nlp\.rates_file: .*nowhere.csv cannot be read"):
        load_rates(tmp_path / "nowhere.csv")
