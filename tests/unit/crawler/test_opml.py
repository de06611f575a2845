"""OPML as it is found: ill-formed lists, hostile ones, and our own, which come back as they left."""

from __future__ import annotations

import os
import tarfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.catalogue import load_catalogue
from crawler.opml import Imported, sources_of, write_opml
from crawler.opml_outlines import MAX_BYTES, read_outlines
from crawler.reasons import Unreadable
from storage.model import Kind, Source

CORPORA = Path(os.environ.get("ZOOM_AVANT_CORPORA", Path(__file__).parents[4] / "shared" / "data"))
LISTS = CORPORA / "opml.tar.gz"


def a_list(*outlines: str) -> bytes:
    return (
        f'<?xml version="1.0"?><opml version="2.0"><head><title>L</title></head><body>{"".join(outlines)}</body></opml>'.encode()
    )


def feed(name: str = "A", url: str = "https://a.example/feed", **more: str) -> str:
    attributes = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<outline text="{name}"{attributes} xmlUrl="{url}"/>'


def read(*outlines: str, **kw: Any) -> Imported:
    return sources_of(read_outlines(a_list(*outlines), "l.opml"), **kw)


def codes(found: Imported) -> list[str]:
    return [remark.reason.code for remark in (*found.mended, *found.skipped)]


@pytest.mark.skipif(not LISTS.exists(), reason="the development corpora are not here")
def test_the_lists_people_share_lose_no_feed() -> None:
    ill_formed, addresses, doubles = 0, 0, 0
    with tarfile.open(LISTS) as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member)
            if file is None or not member.name.endswith(".opml"):
                continue
            body = file.read()
            outlines = read_outlines(body, member.name)
            found = sources_of(outlines)
            assert outlines.lost == ()
            assert len(found.sources) + len(found.skipped) == body.count(b"xmlUrl=")
            assert {remark.reason.code for remark in found.skipped} <= {"opml_double"}
            assert found.is_well_formed or found.mended
            assert sum(count for _, count in found.categories.values()) == len(found.sources)
            ill_formed += not outlines.is_well_formed
            addresses += len(found.sources)
            doubles += len(found.skipped)
    assert (ill_formed, addresses, doubles) == (13, 371, 2)


def test_what_is_ill_formed_is_mended_and_said() -> None:
    found = read(
        feed("Recherche & industrie", "https://a.example/feed?a=1&lang=fr&copy=2"),
        feed("B", "https://b.example/feed", description='<p>"Pôle" <a href="x"></a> <i>mer</i>.</p>'),
        feed("Caf&eacute;", "https://c.example/feed"),
    )
    assert not found.is_well_formed
    assert [(s.name, s.url) for s in found.sources] == [
        ("Recherche & industrie", "https://a.example/feed?a=1&lang=fr&copy=2"),
        ("B", "https://b.example/feed"),
        ("Café", "https://c.example/feed"),
    ]
    assert Counter(codes(found)) == {"opml_ampersand": 1, "opml_markup": 1, "opml_quotes": 1, "opml_entity": 1}


def test_what_is_left_out_says_why() -> None:
    found = read(
        feed(),
        feed("Again", "http://a.example/feed/"),
        '<outline text="Nowhere" type="rss"/>',
        feed("Script", "javascript:alert(1)"),
        feed("File", "file:///etc/passwd"),
        feed("Login", "https://me:secret@b.example/feed"),
        feed("Broken", "http://[::1/feed"),
        '<outline text="a site" htmlUrl="https://d.example"/>',
        feed("Known", "https://known.example/rss"),
        known=[Source(id="known", name="K", kind=Kind.NEWS, url="http://known.example/rss")],
    )
    assert [source.id for source in found.sources] == ["a"]
    assert [(remark.what, remark.reason.code) for remark in found.skipped] == [
        ("Again", "opml_double"),
        ("Nowhere", "opml_no_address"),
        ("Script", "opml_not_http"),
        ("File", "opml_not_http"),
        ("Login", "credentials"),
        ("Broken", "opml_not_http"),
        ("a site", "opml_no_address"),
        ("Known", "opml_double"),
    ]
    assert all("secret" not in remark.reason.en + remark.what for remark in found.skipped)


@pytest.mark.parametrize(
    "written",
    [
        "feed://a.example/rss",
        "feed:https://a.example/rss",
        "feed:http://a.example/rss",
        "FEED:https://a.example/rss",
        "https://a.ex ample/rss",
    ],
)
def test_addresses_are_mended(written: str) -> None:
    found = read(feed(url=written))
    assert str(found.sources[0].url).endswith("://a.example/rss")
    assert codes(found) in (["opml_feed_scheme"], ["opml_spaces"])


def test_headings_become_themes() -> None:
    found = read(
        f'<outline text="Énergie">{feed()}<outline text="Réseaux">{feed("B", "https://b.example/f")}</outline></outline>',
        feed("C", "https://c.example/f"),
        themes={"energie": "energy"},
    )
    assert [source.theme for source in found.sources] == ["energy", "reseaux", None]
    assert found.categories == {"Énergie": ("energy", 1), "Réseaux": ("reseaux", 1)}


def test_a_stranger_gives_no_rights() -> None:
    own = ' xmlns:za="https://zoom-avant.example/opml"'
    text = a_list(feed(**{"za:rights": "open", "za:licence": "agreement", "za:trial": "false", "za:kind": "funding"}))
    outlines = read_outlines(text.replace(b"<opml", b"<opml" + own.encode()), "l")
    (source,) = sources_of(outlines).sources
    assert (source.rights, source.licence, source.trial, source.kind) == ("excerpt", None, True, Kind.FUNDING)
    (source,) = sources_of(outlines, trusted=True).sources
    assert (source.rights, source.licence) == ("open", "agreement")


def test_names_that_are_taken_get_a_number() -> None:
    found = read(feed(), feed("A", "https://b.example/f"), known=[Source(id="a", name="A", kind=Kind.NEWS)])
    assert [source.id for source in found.sources] == ["a-2", "a-3"]


def test_our_catalogue_comes_back_as_it_left() -> None:
    feeds = [source for source in load_catalogue() if source.collector == "feed"]
    found = sources_of(read_outlines(write_opml(load_catalogue(), "Zoom-Avant"), "l"), trusted=True)
    assert found.skipped == found.mended == ()
    assert sorted(found.sources, key=lambda one: one.id) == sorted(feeds, key=lambda one: one.id)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.sampled_from([None, "energy", "a-b"]),
    st.booleans(),
    st.integers(300, 10**6),
)
def test_any_name_survives_the_way_out_and_back(name: str, theme: str | None, trial: bool, interval_s: int) -> None:
    source = Source(
        id="s",
        name=name,
        kind=Kind.PAPER,
        url="https://s.example/f?a=1&b=2",
        theme=theme,
        trial=trial,
        interval_s=interval_s,
        lang="fr",
    )
    (first,) = sources_of(read_outlines(write_opml([source], name), "l"), trusted=True).sources
    (again,) = sources_of(read_outlines(write_opml([first], name), "l"), trusted=True).sources
    assert first == again
    assert (first.id, first.url, first.theme, first.trial, first.interval_s) == ("s", source.url, theme, trial, interval_s)


# --- hostile lists


LAUGHS = '<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (LAUGHS.encode() + a_list(feed("&c;")), "entities"),
        (b"<html><head><title>Sign in</title></head><body></body></html>", "html"),
        (b"<!doctype html><html><br>", "html"),
        (b"not xml at all", "no_opml"),
        (b"", "no_opml"),
        (b"<rss version='2.0'><channel/></rss>", "no_opml"),
        (b" " * (MAX_BYTES + 1), "too_large"),
        (a_list("<outline text='x'>" * 101 + "</outline>" * 101), "opml_deep"),
        (a_list("<outline text='x'>" * 500_000), "opml_deep"),
        (a_list("<outline text='x'/>" * 20_001), "opml_many"),
        (a_list("<outline text='&'/>" * 20_001), "opml_many"),
    ],
    ids=range(11),
)
def test_a_hostile_list_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_outlines(body, "l.opml")
    assert caught.value.reason.code == code


def test_an_entity_that_points_outside_brings_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    doctype = f'<!DOCTYPE opml [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    found = sources_of(read_outlines(doctype.encode() + a_list(feed("A &x;")), "l"))
    assert "secret" not in found.sources[0].name


@pytest.mark.parametrize(
    "noise",
    [
        b"<outline a=" + b'"a=' * 60_000,
        b"<outline " + b"a='" * 60_000,
        b"&" * 9_000_000,
        b"<!--" * 500_000,
        b"<x/>" * 2_000_000,
        b'"' * 500_000,
    ],
    ids=range(6),
)
def test_noise_is_read_in_time(noise: bytes) -> None:
    started = time.monotonic()
    read_outlines(a_list(feed(), noise.decode()), "l")
    assert time.monotonic() - started < 20


def test_a_list_cut_short_gives_what_it_holds() -> None:
    body = a_list(feed(), feed("B", "https://b.example/feed"))
    outlines = read_outlines(body[:-40], "l")
    found = sources_of(outlines)
    assert [source.id for source in found.sources] == ["a"]
    assert [remark.reason.code for remark in found.skipped] == ["opml_tag"]
