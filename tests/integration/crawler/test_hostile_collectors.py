"""Every collector of the registry under the same bad answers, at every step of its visit, and under damage made at random."""

from __future__ import annotations

import copy
import dataclasses
import functools
import io
import json
import random
import zipfile
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.collectors.base import Entry, Parsed, Payload, Wanted
from crawler.collectors.registry import COLLECTORS
from crawler.normalize import MAX_TEXT, MAX_TITLE
from tests.servers.every import Recorded, Replayed, recorded, replay
from tests.servers.hostile import bomb

VISITS = (
    *("feed", "feed json", "sitemap", "listing", "discover", "arxiv", "arxiv_rss", "hal", "openalex", "crossref", "ademe"),
    *("opendatasoft boamp", "opendatasoft anr", "ops", "odp", "sedia", "ted", "cordis", "cordis extraction"),
)
MAX_PARSE_S = 10.0
"""The spider stops a collector after 20 s; the machine of the tests may be busy."""


def zipped(name: str, body: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return packed.getvalue()


LAUGHS = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><x>&c;</x>'
EVIL: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\t",
    "html": b"<!doctype html><html><head><title>Maintenance</title></head><body><h1>Maintenance</h1></body></html>",
    "words": b"Service unavailable",
    "null": b"null",
    "list": b"[]",
    "object": b"{}",
    "true": b"true",
    "infinite": b"1e999",
    "nan": b'{"a":NaN}',
    "key twice": b'{"a":1,"a":2}',
    "digits": b'{"a":' + b"9" * 100_000 + b"}",
    "cut": b'{"response":{"docs":[{"title',
    "deep lists": b"[" * 100_000,
    "deep lists, closed": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep XML": b"<a>" * 30_000,
    "deep XML, closed": b"<a>" * 3_000 + b"</a>" * 3_000,
    "200 with an error": b'{"error":{"message":"Internal error","code":500}}',
    "200 with a status": b'{"status":"error","message":"quota"}',
    "errors": b'{"errors":["x"]}',
    "an error of surrogates": b'{"message":"\\ud800 x","error":"\\udfff"}',
    "an error of NULs": b'{"message":"a\\u0000b","error_code":"\\u0000","error":"\\u0000z"}',
    "XML error": b"<error><code>500</code><message>no</message></error>",
    "noise": bytes(range(256)) * 40,
    "gzip noise": b"\x1f\x8b\x08" + bytes(100),
    "gzip bomb": bomb("gzip", 100),
    "zip noise": b"PK\x03\x04" + bytes(100),
    "zip bomb": zipped("project.csv", b"a" * 50_000_000),
    "zip that climbs": zipped("../../etc/project.csv", b"id;title\n1;x\n"),
    "zip in zip in zip": zipped("a.zip", zipped("b.zip", zipped("project.csv", b"id;title\n1;x\n"))),
    "billion laughs": LAUGHS.encode(),
    "billion laughs in UTF-16": LAUGHS.encode("utf-16"),
    "external entity": b'<!DOCTYPE x [<!ENTITY s SYSTEM "file:///etc/passwd">]><x>&s;</x>',
    "XInclude": b'<x xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="file:///etc/passwd" parse="text"/></x>',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "brackets": b"<" * 100_000,
    "backslashes": b'{"a":"' + b"\\" * 100_000,
}  # fmt: skip


def answering(visit: Recorded, step: int, body: bytes) -> Replayed:
    """The visit as it went before ``step``, where it is answered ``body``, and then broken off."""

    def answer(number: int, _: Wanted) -> Payload | None:
        if number > step:
            return None
        good = visit.answers[number]
        return good if number < step else dataclasses.replace(good, status=200, body=body, failure=None)

    return replay(visit, answer)


def strings(found: object) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif dataclasses.is_dataclass(found):
        for part in dataclasses.fields(found):
            yield from strings(getattr(found, part.name))
    elif isinstance(found, dict):
        yield from strings([*found, *found.values()])
    elif isinstance(found, list | tuple | set | frozenset):
        for part in found:
            yield from strings(part)


def assert_fit(replayed: Replayed) -> None:
    """What came can be stored and shown: text every database takes, of bounded length, without markup, with links of the web."""
    for text in [*strings([page for page in replayed.pages if not _holds_candidates(page)]), str(replayed.reason or "")]:
        text.encode()
        assert "\x00" not in text
        assert len(text) <= 2_000_000
    for entry in replayed.entries:
        if isinstance(entry, Entry):
            assert 0 < len(entry.title) <= MAX_TITLE
            assert len(entry.text) <= MAX_TEXT
            assert "<script" not in entry.title + entry.text
            assert not set(entry.title + entry.text) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
            assert entry.url is None or entry.url.startswith(("http://", "https://"))


def _holds_candidates(page: Parsed) -> bool:
    return any(not isinstance(entry, Entry) for entry in page.entries)


def test_every_collector_is_here() -> None:
    assert set(recorded()) == set(VISITS)
    assert {name.split()[0] for name in VISITS} == set(COLLECTORS)


@pytest.mark.parametrize("name", VISITS)
def test_a_bad_answer_is_told_and_brings_nothing(name: str) -> None:
    visit = recorded()[name]
    for step, wanted in enumerate(visit.asked):
        before = replay(visit, lambda number, _: visit.answers[number] if number < step else None)  # noqa: B023
        for what, body in EVIL.items():
            started = monotonic()
            replayed = answering(visit, step, body)
            assert monotonic() - started < MAX_PARSE_S, (step, what)
            assert_fit(replayed)
            since = replayed.pages[len(before.pages) :]
            if wanted.optional:
                continue  # the visit goes on with what it has: the page of one article, the part of a sitemap, a receipt
            assert not any(page.entries for page in since), (step, what)
            assert replayed.reason is not None or any(page.note or page.rejected for page in since), (step, what)


VALUES: tuple[Any, ...] = (
    *(None, [], {}, "", "x", -1, True, 1e308, 10**400, [[[]]], {"a": {"b": [None]}}),
    *("\ud800", "a\x00b", "\u202ex\u202d", "<script>alert(1)</script>", "javascript:alert(1)", "=cmd|' /C calc'!A0"),
    *("0001-01-01", "9999-99-99", "2999-01-01T00:00:00Z", "x" * 1_000_000),
)


def paths(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value stands in a JSON document: every key, and the first item of every list."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for name, part in inner:
        yield from paths(part, (*path, name))


def put(document: Any, path: tuple[Any, ...], value: Any) -> bytes:
    if not path:
        return json.dumps(value).encode()
    changed = copy.deepcopy(document)
    functools.reduce(lambda found, name: found[name], path[:-1], changed)[path[-1]] = value
    return json.dumps(changed).encode()


@pytest.mark.parametrize("name", VISITS)
def test_a_wrong_value_in_any_place_of_any_json_answer_breaks_nothing(name: str) -> None:
    visit = recorded()[name]
    chance = random.Random(name)
    for step, good in enumerate(visit.answers[:3]):
        try:
            document = json.loads(good.body)
        except ValueError:
            continue
        for path in paths(document):
            for value in chance.sample(VALUES, 7):
                assert_fit(answering(visit, step, put(document, path, value)))


def damaged(body: bytes, chance: random.Random) -> bytes:
    """The body with pieces taken out, doubled, moved, turned or replaced by noise."""
    found = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        start = chance.randint(0, len(found))
        end = min(len(found), start + chance.choice((1, 1, 2, 8, 60, 1000)))
        piece = bytes(found[start:end])
        noise = chance.choice(
            (b"", piece * 2, piece[::-1], chance.randbytes(len(piece)), b"\x00", b"<", b'"', b"]]>", b"&#x0;", b"\\u0000")
        )
        found[start:end] = noise
    return bytes(found)


@pytest.mark.parametrize("name", VISITS)
@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), noise=st.one_of(st.none(), st.binary(max_size=400)))
def test_damage_at_random_breaks_nothing(name: str, seed: int, noise: bytes | None) -> None:
    visit = recorded()[name]
    chance = random.Random(seed)
    step = chance.randrange(len(visit.answers))
    body = noise if noise is not None else damaged(visit.answers[step].body, chance)
    started = monotonic()
    assert_fit(answering(visit, step, body))
    assert monotonic() - started < MAX_PARSE_S


PAGED = ("arxiv", "hal", "openalex", "crossref", "ademe", "opendatasoft boamp", "ops", "odp", "sedia", "ted", "cordis extraction")


@pytest.mark.parametrize("name", PAGED)
def test_a_service_that_gives_one_page_for_ever_is_left(name: str) -> None:
    """Whatever is asked, the answer is the first page of documents again: few questions, and never the same document twice."""
    visit = recorded()[name]
    at = next(step for step in range(len(visit.asked)) if brings(visit, step))

    def answer(number: int, _: Wanted) -> Payload:
        return visit.answers[min(number, at)]

    replayed = replay(visit, answer, most=60)
    assert replayed.finished or replayed.reason is not None
    assert len(replayed.asked) < 60


def brings(visit: Recorded, step: int) -> bool:
    return bool(replay(visit, lambda number, _: visit.answers[number] if number <= step else None).entries)
