"""What is read about text and data mining, from the file of an origin and from the headers of an answer."""

from __future__ import annotations

import json

import pytest

from crawler.manners.tdm import read_rules, said_by_file, said_by_headers
from crawler.visit import OriginAnswer
from tests.conftest import NOW

SITE = "https://s.example"


def said(rows: object, path: str, status: int = 200) -> str | None:
    text = rows if isinstance(rows, str) else json.dumps(rows)
    found = said_by_file(read_rules(OriginAnswer(SITE, "/.well-known/tdmrep.json", status, text, NOW)), SITE + path)
    return str(found) if found is not None else None


def rule(location: object, value: object = 1, **kw: object) -> dict[str, object]:
    return {"location": location, "tdm-reservation": value, **kw}


@pytest.mark.parametrize(
    ("location", "path", "reserved"),
    [
        ("/", "/flux", True),
        ("/*", "/flux", True),
        ("*", "/flux", True),
        ("/articles/", "/articles/un", True),
        ("/articles/", "/flux", False),
        ("/*.pdf$", "/a/b.pdf", True),
        ("/*.pdf$", "/a/b.pdf?x=1", False),
        ("articles/*", "/articles/un", True),
        (f"{SITE}/articles/*", "/articles/un", True),
        ("/a#b", "/a", False),
        ("/x\nDisallow: /", "/flux", False),
        (7, "/flux", False),
    ],
)
def test_locations_match_as_in_robots_txt(location: object, path: str, reserved: bool) -> None:
    assert said([rule(location)], path) == ("reserved tdmrep.json" if reserved else None)


def test_the_longest_location_decides_and_doubt_reserves() -> None:
    rows = [rule("/"), rule("/presse/", 0)]
    assert said(rows, "/presse/flux") == "free tdmrep.json"
    assert said(rows, "/articles") == "reserved tdmrep.json"
    assert said([rule("/a/", 0), rule("/a/", 1)], "/a/b") == "reserved tdmrep.json"


def test_the_policy_is_kept_when_it_is_an_address() -> None:
    assert said([rule("/", **{"tdm-policy": "https://s.example/p.json"})], "/") == "reserved tdmrep.json https://s.example/p.json"
    assert said([rule("/", **{"tdm-policy": "javascript:alert(1)"})], "/") == "reserved tdmrep.json"


@pytest.mark.parametrize(
    "rows", ["", "<html>", "null", "[", "7", [1, None, "x"], [{}], [rule("/", 2)], [rule("/", True)], "[" * 5000]
)
def test_a_file_that_makes_no_sense_says_nothing(rows: object) -> None:
    assert said(rows, "/") is None


def test_one_entry_alone_and_a_number_as_text_are_understood() -> None:
    assert said(rule("/", "1"), "/") == "reserved tdmrep.json"
    assert said([rule("/")], "/", status=404) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"tdm-reservation": "1", "tdm-policy": "https://s.example/p"}, "reserved tdm-reservation https://s.example/p"),
        ({"tdm-reservation": "0"}, "free tdm-reservation"),
        ({"tdm-reservation": "yes"}, None),
        ({"x-robots-tag": "noindex, noai"}, "reserved x-robots-tag"),
        ({"x-robots-tag": "NOAI", "tdm-reservation": "0"}, "reserved x-robots-tag"),
        ({"x-robots-tag": "autre: noindex, noai"}, None),
        ({"x-robots-tag": "zoomavant: noai"}, "reserved x-robots-tag"),
        ({"x-robots-tag": "noimageai"}, None),
        ({}, None),
    ],
)
def test_headers(headers: dict[str, str], expected: str | None) -> None:
    found = said_by_headers(headers, "ZoomAvant")
    assert (str(found) if found is not None else None) == expected
