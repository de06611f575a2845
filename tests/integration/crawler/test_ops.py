"""The EPO collector against a service that keeps the documented rules and springs the documented traps."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest
from pydantic import SecretStr

from crawler.collectors.base import Task, Watched
from crawler.collectors.patents.ops import OpsCollector
from crawler.config import Credentials
from storage.errors import ConfigError
from storage.model import Kind, Source
from tests.servers.drive import Driven, drive
from tests.servers.http import Site
from tests.servers.ops import IDLE, KEY, SECRET, Ops, Row, collection, over_quota, passes, sends, suspended

NOW = dt.datetime(2026, 9, 28, 6, 0, tzinfo=dt.UTC)
QUANTUM = Watched(id="quantum", codes=("G06N10", "H04L9/0852"))
KEYS = Credentials(epo_key=SecretStr(KEY), epo_secret=SecretStr(SECRET))


def a_task(ops: Ops, *, cursor: str | None = None, watched: tuple[Watched, ...] = (QUANTUM,), **options: object) -> Task:
    source = Source(
        id="epo", name="EPO OPS", kind=Kind.PATENT, url=ops.url, collector="ops", rights="open", options=options, cursor=cursor
    )
    return Task(source=source, now=NOW, watched=watched, credentials=KEYS)


def read(ops: Ops, **given: object) -> Driven:
    return drive(OpsCollector(), a_task(ops, **given))  # type: ignore[arg-type]


def on(day: int, month: int = 9) -> dt.date:
    return dt.date(2026, month, day)


def numbers(driven: Driven) -> Counter[str]:
    return Counter(entry.keys[0].removeprefix("publication:") for entry in driven.entries)


def ids(rows: list[Row]) -> Counter[str]:
    return Counter(f"{row.country}{row.number}{row.kind}" for row in rows)


def test_a_publication_brings_what_the_record_states(site: Site) -> None:
    row = Row(
        number="3999001",
        on=on(11),
        ipc=("G06N10/40", "B82Y10/00"),
        titles=(("de", "Verfahren"), ("en", "Readout of qubits"), ("fr", "Procédé de lecture de qubits")),
        abstracts=(("en", "A method …"), ("fr", "Procédé comprenant…")),
        applicants=("EXEMPLE QUANTIQUE [FR]", "DUPONT ALEX [FR]"),
        inventors=("DUPONT ALEX [FR]",),
    )
    [entry] = read(Ops(site, [row])).entries
    assert (entry.title, entry.text, entry.lang) == ("Procédé de lecture de qubits", "Procédé comprenant…", "fr")
    assert (entry.published_on, entry.keys, entry.linked) == (on(11), ("publication:FR3999001A1",), ("family:90000001",))
    assert entry.url == "https://worldwide.espacenet.com/patent/search?q=pn%3DFR3999001A1"
    assert entry.codes == ("G06N10/40", "B82Y10/00")  # padded IPC text is read, the US class is not one of them
    # An applicant who is also the inventor is a person.
    assert [(one.name, one.role, one.country) for one in entry.stated.parties] == [("EXEMPLE QUANTIQUE", "applicant", "FR")]
    assert entry.author is None


def test_slices_stay_below_rank_2000_and_nothing_is_missed_or_doubled(site: Site) -> None:
    days = {on(1) + dt.timedelta(days=n): 90 for n in range(27)} | {on(10): 2600, on(17): 2000, on(18): 1999}
    rows = collection(days, ("G06N10/20", "G06N10/40", "G06N10/70", "G06N20/00", "H04L9/0852", "H04L9/32"))
    ops = Ops(site, rows)
    wanted = [row for row in rows if any(code.startswith(("G06N10", "H04L9/0852")) for code in row.cpc)]
    read_all = read(ops)
    assert numbers(read_all) == ids(wanted)
    assert not ops.refusals
    assert max(begin for _, begin in ops.queries) <= 1901
    assert len(wanted) > 7000  # past the rank of one query, and one day past it


def test_a_day_that_holds_too_many_is_asked_code_by_code_then_country_by_country(site: Site) -> None:
    rows = collection({on(10): 6000}, ("G06N10/20", "G06N20/00"))
    ops = Ops(site, rows)
    themes = (Watched(id="ai", codes=("G06N10", "G06N20")),)
    read_all = read(ops, watched=themes, countries=["FR", "EP", "WO"])
    assert numbers(read_all) == ids(rows)
    assert not ops.refusals
    assert all(page.note is None for page in read_all.pages)


def test_what_cannot_be_cut_further_is_said(site: Site) -> None:
    rows = collection({on(10): 2100}, ("G06N10/20",))
    read_all = read(Ops(site, rows), watched=(Watched(id="q", codes=("G06N10",)),))
    assert sum(numbers(read_all).values()) == 2000
    assert {page.note.code for page in read_all.pages if page.note} == {"too_many_a_day"}
    assert read_all.cursor is not None
    assert '"done":"2026-09-28"' in read_all.cursor


@pytest.mark.parametrize("broken_off_after", [1, 2, 3, 7, 19, 33])
def test_a_visit_that_is_killed_goes_on_from_its_last_page(site: Site, broken_off_after: int) -> None:
    days = {on(1) + dt.timedelta(days=n): 40 for n in range(27)} | {on(10): 2600}
    rows = [replace(row, cpc=row.cpc[:1]) for row in collection(days, ("G06N10/20", "G06N20/00", "H04L9/0852"))]
    ops = Ops(site, rows)
    themes = (Watched(id="all", codes=("G06N10", "G06N20", "H04L9")),)
    before = drive(OpsCollector(), a_task(ops, watched=themes), pages=broken_off_after)
    asked_before = len(ops.queries)
    after = read(ops, watched=themes, cursor=before.cursor)
    assert numbers(before) + numbers(after) == ids(rows)
    # Besides the pages there are only the searches that cut slices.
    assert len(ops.queries) - asked_before <= len(after.pages) + 8


def test_few_requests_a_visit_are_enough_to_get_to_the_end(site: Site) -> None:
    rows = collection({on(10): 2300, on(11): 700}, ("G06N10/20", "H04L9/0852"))
    ops = Ops(site, rows)
    cursor, got, visits = None, Counter[str](), 0
    while visits < 40:
        visit = drive(OpsCollector(), a_task(ops, cursor=cursor), limit=6)
        got, cursor, visits = got | numbers(visit), visit.cursor or cursor, visits + 1
        if visit.pages and len(visit.requests) < 6:
            break
    assert got == ids(rows)


def test_the_next_visit_reads_late_publications_again_and_no_more(site: Site) -> None:
    ops = Ops(site, [Row(number="3000001", on=on(20))])
    first = read(ops)
    ops.rows.append(Row(number="3000002", on=on(23)))
    late = Row(number="3000003", on=on(24))
    ops.rows.append(late)
    task = a_task(ops, cursor=first.cursor, overlap_days=5)
    second = drive(OpsCollector(), task)
    assert set(numbers(second)) == {"FR3000003A1"}
    assert 'pd within "20260924,20260928"' in ops.queries[-1][0]


def test_other_codes_are_asked_for_from_the_beginning_of_the_history(site: Site) -> None:
    ops = Ops(site, [Row(number="3000001", on=on(5), cpc=("G02B6/12",))])
    first = read(ops)
    assert not first.entries
    both = (QUANTUM, Watched(id="photonics", codes=("G02B6",)))
    assert set(numbers(read(ops, watched=both, cursor=first.cursor))) == {"FR3000001A1"}


def test_many_codes_are_few_queries_within_the_limits_of_the_service(site: Site) -> None:
    codes = tuple(f"{letter}0{n}{sub}" for letter in "ABCDEFG" for n in range(1, 4) for sub in "KLM")
    ops = Ops(site, [Row(number="3000001", on=on(5), cpc=("G02M1/10",))])
    read_all = read(ops, watched=(Watched(id="all", codes=codes),), countries=["FR", "EP"], applicants=["Exemple Quantique"])
    assert set(numbers(read_all)) == {"FR3000001A1"}
    assert not ops.refusals
    assert len(read_all.requests) == 1 + 7  # a token, and 63 codes by ten


def test_applicants_found_by_a_word_of_their_name_are_held_against_it(site: Site) -> None:
    rows = [
        Row(number="3000001", on=on(5), applicants=("CORNE [FR]",)),
        Row(number="3000002", on=on(5), applicants=("GRANDE CORNE [FR]",)),
        Row(number="3000003", on=on(5), applicants=("CORNE FRANCE SAS [FR]",)),
    ]
    ops = Ops(site, rows)
    assert set(numbers(read(ops, applicants=["Corne"]))) == {"FR3000001A1", "FR3000003A1"}
    assert 'pa="Corne"' in ops.queries[-1][0]


def test_a_code_below_its_group_is_kept_and_its_neighbours_are_not(site: Site) -> None:
    rows = [
        Row(number="3000001", on=on(5), cpc=("H04L9/0852",)),
        Row(number="3000002", on=on(5), cpc=("H04L9/32",)),
    ]
    assert set(numbers(read(Ops(site, rows)))) == {"FR3000001A1"}


@pytest.mark.parametrize("status", [400, 401])
def test_an_expired_token_is_renewed_once_and_the_call_repeated(site: Site, status: int) -> None:
    rows = collection({on(10): 1000}, ("G06N10/20",))
    ops = Ops(site, rows, lifetime_s=20, call_s=5.0, shows_date=False, expiry_status=status)
    assert numbers(read(ops)) == ids(rows)
    assert len(ops.tokens) > 2
    assert ops.refusals["invalid_access_token"] == len(ops.tokens) - 1


def test_a_token_is_renewed_before_it_expires_by_the_clock_of_the_service(site: Site) -> None:
    rows = collection({on(10): 1500}, ("G06N10/20",))
    ops = Ops(site, rows, lifetime_s=300, call_s=30.0)
    assert numbers(read(ops)) == ids(rows)
    assert len(ops.tokens) == 2
    assert not ops.refusals


def test_a_token_that_is_never_good_ends_the_visit(site: Site) -> None:
    ops = Ops(site, [Row(number="3000001", on=on(5))], lifetime_s=0)
    driven = read(ops)
    assert driven.reason is not None
    assert driven.reason.code == "key_refused"
    assert len(driven.requests) == 4


def test_a_wrong_key_says_which_setting_to_look_at_and_shows_no_secret(site: Site) -> None:
    ops = Ops(site, [])
    task = replace(a_task(ops), credentials=Credentials(epo_key=SecretStr("wrong"), epo_secret=SecretStr("pair")))
    driven = drive(OpsCollector(), task)
    assert str(driven.reason).startswith("key_refused: the service refuses the credential")
    everything = repr(driven.requests) + str(driven.reason)
    assert "wrong" not in everything
    assert "pair" not in everything


def test_without_a_key_nothing_is_asked(site: Site) -> None:
    driven = drive(OpsCollector(), replace(a_task(Ops(site, [])), credentials=Credentials(epo_key=SecretStr("k"))))
    assert driven.reason is not None
    assert (driven.reason.code, driven.reason.detail, driven.requests) == ("needs_key", "epo_secret", [])


def test_secrets_leave_in_headers_only(site: Site) -> None:
    ops = Ops(site, [Row(number="3000001", on=on(5))])
    driven = read(ops)
    assert all(SECRET not in path and KEY not in path and "token" not in path.split("accesstoken")[-1] for path, _ in site.asked)
    assert SECRET not in repr(driven.requests)
    assert "token-1" not in repr(driven.requests)


def test_no_result_is_an_empty_answer(site: Site) -> None:
    driven = read(Ops(site, []))
    assert (driven.reason, driven.ended, driven.entries) == (None, None, [])
    assert driven.cursor is not None


def test_a_404_that_is_no_empty_answer_is_a_fault(site: Site) -> None:
    driven = read(Ops(site, [], faults=[sends(b"<html><body>gone</body></html>", 404)]))
    assert driven.reason is not None
    assert driven.reason.code == "not_found"


def test_the_pace_follows_the_load_the_service_states(site: Site) -> None:
    busy, red = IDLE.replace("idle", "busy").replace("search=green:30", "search=yellow:15"), IDLE.replace("green:30", "red:5")
    rows = collection({on(10): 450}, ("G06N10/20",))
    driven = read(Ops(site, rows, control=[IDLE, IDLE, busy, red, "nonsense", IDLE]))
    assert driven.waits == [0, 0, 2, 4, 12, 4]


def test_a_short_suspension_is_waited_for_in_milliseconds(site: Site) -> None:
    rows = collection({on(10): 150}, ("G06N10/20",))
    driven = read(Ops(site, rows, faults=[passes, suspended(403, 45_000)]))
    assert numbers(driven) == ids(rows)
    assert max(driven.waits) == 60  # the longest of Retry-After and the pace of a black service


@pytest.mark.parametrize("status", [403, 429])
def test_a_long_suspension_ends_the_visit_with_a_wait_and_what_was_read_stays(site: Site, status: int) -> None:
    rows = collection({on(10): 150}, ("G06N10/20",))
    ops = Ops(site, rows, faults=[passes, suspended(status, 600_000)])
    driven = read(ops)
    assert len(driven.entries) == 100
    note, schedule = driven.pages[-1].note, driven.pages[-1].schedule
    assert note is not None
    assert schedule is not None
    assert note.code == "suspended"
    assert schedule.wait_s == 601
    after = read(ops, cursor=driven.cursor)
    assert numbers(driven) + numbers(after) == ids(rows)


def test_a_second_suspension_ends_the_visit(site: Site) -> None:
    ops = Ops(site, [Row(number="3000001", on=on(5))], faults=[suspended(), suspended()])
    driven = read(ops)
    assert driven.pages[-1].note is not None
    assert driven.pages[-1].note.code == "suspended"
    assert len(driven.requests) == 3


@pytest.mark.parametrize(
    ("reason", "code", "wait_s"),
    [("IndividualQuotaPerHour", "quota_hour", 3600), ("RegisteredQuotaPerWeek", "quota_week", 7 * 86400 - 6 * 3600)],
)
def test_a_quota_ends_the_visit_until_the_next_hour_or_week(site: Site, reason: str, code: str, wait_s: int) -> None:
    rows = collection({on(10): 150}, ("G06N10/20",))
    ops = Ops(site, rows, faults=[passes, over_quota(reason)])
    driven = read(ops)
    last = driven.pages[-1]
    assert last.note is not None
    assert last.schedule is not None
    assert (last.note.code, last.schedule.wait_s) == (code, wait_s + 1)
    assert ops.refusals.total() == 1  # not tried again
    assert numbers(driven) + numbers(read(ops, cursor=driven.cursor)) == ids(rows)


def test_it_stops_by_itself_before_the_weekly_quota_is_gone(site: Site) -> None:
    rows = collection({on(10): 350}, ("G06N10/20",))
    ops = Ops(site, rows, headers={"X-RegisteredQuotaPerWeek-Used": "3600000000"})
    driven = read(ops)
    assert len(driven.entries) == 100
    assert driven.pages[-1].note is not None
    assert driven.pages[-1].note.code == "quota_week"
    assert not ops.refusals


def test_a_403_without_any_reason_is_a_refusal(site: Site) -> None:
    driven = read(Ops(site, [], faults=[sends(b"<html>no</html>", 403)]))
    assert driven.reason is not None
    assert driven.reason.code == "forbidden"


def test_a_query_the_service_refuses_says_so(site: Site) -> None:
    ops = Ops(site, [])
    driven = read(ops, cql="pd >= 20260101")
    assert driven.reason is not None
    assert driven.reason.code == "query_refused"
    assert "CLIENT.CQL" in driven.reason.detail


def test_a_record_that_is_broken_costs_no_other(site: Site) -> None:
    rows = [Row(number=str(3_000_000 + n), on=on(5), broken=n == 3) for n in range(8)]
    rows[5] = replace(rows[5], titles=(), abstracts=())
    driven = read(Ops(site, rows))
    assert sum(numbers(driven).values()) == 6
    assert sum(page.rejected for page in driven.pages) == 2


@pytest.mark.parametrize(
    ("titles", "abstracts", "title", "lang"),
    [
        ((), (("en", "An invented device"),), "An invented device", "en"),
        ((("ol", "装置"),), (), "装置", None),
        ((("de", "Vorrichtung"), ("en", "Device")), (), "Device", "en"),
        ((("fr", "Dispositif"), ("en", "Device")), (("en", "A device."),), "Device", "en"),
        ((("fr", "Dispositif"), ("en", "Device")), (), "Dispositif", "fr"),
        ((("de", "Vorrichtung"),), (("de", "Eine Vorrichtung."),), "Vorrichtung", "de"),
    ],
)
def test_title_and_abstract_may_be_missing_or_in_several_languages(
    site: Site, titles: tuple[tuple[str, str], ...], abstracts: tuple[tuple[str, str], ...], title: str, lang: str | None
) -> None:
    [entry] = read(Ops(site, [Row(number="3000001", on=on(5), titles=titles, abstracts=abstracts)])).entries
    assert (entry.title, entry.lang) == (title, lang)


def test_one_family_over_several_pages_is_one_event(site: Site) -> None:
    rows = collection({on(10): 101}, ("G06N10/20",))
    rows = [replace(row, family="90000001") for row in rows]
    driven = read(Ops(site, rows))
    assert len(driven.entries) == 101
    assert {entry.linked for entry in driven.entries} == {("family:90000001",)}


def test_us_applications_have_the_number_their_own_office_gives_them(site: Site) -> None:
    [entry] = read(Ops(site, [Row(number="2026999001", country="US", on=on(10))])).entries
    assert entry.keys == ("publication:US20260999001A1",)
    assert entry.url is not None
    assert entry.url.endswith("pn%3DUS2026999001A1")


def test_a_page_that_repeats_for_ever_ends_the_visit(site: Site) -> None:
    rows = collection({on(10): 300}, ("G06N10/20",))
    ops = Ops(site, rows)
    from tests.servers.ops import answer

    same = answer("q", rows[:100], 1, 100, 300).replace('begin="1"', 'begin=""').encode()
    driven = read(replace_faults(ops, [sends(same), sends(same), sends(same)]))
    assert driven.reason is not None
    assert driven.reason.code == "repeats"


def replace_faults(ops: Ops, faults: list[object]) -> Ops:
    ops.faults[:] = faults  # type: ignore[assignment]
    return ops


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html><body>maintenance</body></html>", "html"),
        (b'<ops:world-patent-data xmlns:ops="http://ops.epo.org"><ops:biblio', "shape"),
        (b'<ops:world-patent-data xmlns:ops="http://ops.epo.org"/>', "shape"),
        (b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x y="&a;"/>', "shape"),
    ],
)
def test_an_answer_that_is_no_search_result_is_never_an_empty_one(site: Site, body: bytes, code: str) -> None:
    driven = read(Ops(site, [], faults=[sends(body)]))
    assert driven.reason is not None
    assert driven.reason.code == code
    assert driven.cursor is None


def test_an_option_nobody_knows_is_refused_before_the_first_request(site: Site) -> None:
    for options in ({"country": "FR"}, {"codes": ["quantum"]}, {"cql": "ta=qubit)"}, {"applicants": ['a" or pn=US']}):
        with pytest.raises(ConfigError, match="source 'epo', options of its collector 'ops'"):
            read(Ops(site, []), **options)
    assert not site.asked


def test_nothing_to_ask_for_is_said(site: Site) -> None:
    driven = read(Ops(site, []), watched=())
    assert driven.reason is not None
    assert driven.reason.code == "nothing_asked"
