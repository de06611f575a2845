from __future__ import annotations

import pytest

from crawler.reasons import Reason


@pytest.mark.parametrize(
    ("day", "fr", "en"),
    [("2026-09-21", "21 septembre 2026", "21 September 2026"), ("2026-08-01", "1er août 2026", "1 August 2026")],
)
def test_a_day_is_said_as_a_person_writes_it_and_kept_as_it_was(day: str, fr: str, en: str) -> None:
    reason = Reason("quiet", day)
    assert (reason.fr, reason.en) == (f"aucun élément nouveau depuis le {fr}", f"no new item since {en}")
    assert str(reason) == f"quiet: no new item since {day}"
    assert Reason.read(str(reason)) == reason


@pytest.mark.parametrize("detail", ["500", "2026-99-99", "hal-099900", "120"])
def test_what_is_no_day_is_said_as_it_is(detail: str) -> None:
    assert Reason("status", detail).en == f"unexpected answer (HTTP {detail})"


def test_a_month_is_said_as_a_person_writes_it() -> None:
    reason = Reason("absent", "2026-07")
    assert reason.fr.endswith("(vérifié en juillet 2026)")
    assert reason.en.endswith("(looked at in July 2026)")


@pytest.mark.parametrize("code", ["robots_unreachable", "page_refused", "trial_failed"])
def test_a_reason_inside_a_reason_is_said_in_the_same_language(code: str) -> None:
    reason = Reason(code, str(Reason("timeout", "60")))
    assert "pas de réponse complète en 60 s" in reason.fr
    assert "no complete answer within 60 s" in reason.en
    assert "timeout" not in reason.fr + reason.en
    assert Reason.read(str(reason)) == reason
