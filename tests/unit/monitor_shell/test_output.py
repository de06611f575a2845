"""Results on a terminal, in a pipe and in a spreadsheet."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from monitor.cli import output
from monitor.cli.__main__ import _globals_first
from monitor.cli.shell import instant
from storage.errors import ConfigError


@pytest.mark.parametrize("text", ["=1+1", "+33", "-2", "@SUM(A1)", "\tx", "＝1"])
def test_a_formula_becomes_text(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.print_csv(["a"], [[text]])
    assert capsys.readouterr().out.splitlines()[1].lstrip('"').startswith("'")


def test_csv_leaves_numbers_and_plain_texts_alone(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_csv(["n", "t", "none"], [[-1.5, "a, b", None]])
    assert capsys.readouterr().out == 'n,t,none\n-1.5,"a, b",\n'


def test_a_title_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    output.show([{"title": "\x1b[2Jfree\u202egnp [red]x[/red]"}], as_json=False, columns=("title",))
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[red]x[/red]" in shown


def test_json_keeps_days_and_instants(capsys: pytest.CaptureFixture[str]) -> None:
    output.show([{"day": dt.date(2026, 3, 2), "é": None}], as_json=True, columns=())
    assert json.loads(capsys.readouterr().out) == [{"day": "2026-03-02", "é": None}]


def test_an_empty_table_is_a_remark_not_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    output.show([], as_json=False, columns=("a",), empty="no sources yet")
    assert capsys.readouterr() == ("", "no sources yet\n")
    output.show([], as_json=True, columns=("a",))
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("given", "moved"),
    [
        (["sources", "list", "--database", "u"], ["--database", "u", "sources", "list"]),
        (["query", "SELECT 1", "--config=f", "--debug"], ["--config=f", "--debug", "query", "SELECT 1"]),
        (["replay", "f", "--database", "u"], ["replay", "f", "--database", "u"]),
        (["--debug", "replay", "f", "--database", "u"], ["--debug", "replay", "f", "--database", "u"]),
        (["query", "--", "--debug"], ["query", "--", "--debug"]),
        (["run", "--database"], ["--database", "run"]),
    ],
)
def test_global_options_may_stand_anywhere(given: list[str], moved: list[str]) -> None:
    assert _globals_first(given) == moved


def test_an_instant_without_zone_is_utc() -> None:
    assert instant("2026-03-02") == dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    assert instant("2026-03-02T12:00:00+02:00") == dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
    with pytest.raises(ConfigError, match="not an instant"):
        instant("tomorrow")
