"""Answers that bomb, lie and never end, through the real spider and its process."""

from __future__ import annotations

import gzip
import sys

import pytest

from storage.store import Store
from tests.integration.crawler.hostile import codes, crawled, feed
from tests.servers.hostile import MB, bomb, encoded, forever, peak_of_children, raw, wrapped
from tests.servers.http import Route, Site, drop

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/xml\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = feed("entier")
MOST_MEMORY = 400 * MB
"""Sixteen answers of fifteen megabytes at once, above a child that has a hundred before the first."""


def sized(body: bytes, length: object) -> Route:
    return raw(HEAD + f"Content-Length: {length}\r\n\r\n".encode(), body)


def chunk(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of processes in /proc")
def test_bombs_of_every_encoding_are_cut_while_they_grow(sqlite_store: Store, site: Site) -> None:
    with peak_of_children() as peak:
        came = crawled(
            sqlite_store,
            site,
            {
                "gzip": encoded(bomb("gzip"), "gzip"),
                "x-gzip": encoded(bomb("gzip"), "X-GZIP"),
                "deflate": encoded(bomb("deflate"), "deflate"),
                "raw-deflate": encoded(bomb("raw deflate"), "deflate"),
                "brotli": encoded(bomb("br"), "br"),
                "zstd": encoded(bomb("zstd"), "zstd"),
                "gzip-in-gzip": encoded(gzip.compress(bomb("gzip")), "gzip", "gzip"),
                "zstd-in-brotli": encoded(bomb("zstd"), "zstd", "br"),
            },
        )
    assert codes(came) == dict.fromkeys(came, "too_large") | {"zstd-in-brotli": "encoding_broken"}
    assert 20 * MB < peak[0] < MOST_MEMORY, f"{peak[0] / MB:.0f} MB for answers of 1,000 MB"


def test_encodings_over_one_another(sqlite_store: Store, site: Site) -> None:
    came = crawled(
        sqlite_store,
        site,
        {
            "twice": encoded(wrapped(feed("deux fois"), 2), "gzip", "gzip"),
            "twice-once-named": encoded(wrapped(WHOLE, 2), "gzip"),
            "ten": encoded(wrapped(WHOLE, 10), *["gzip"] * 10),
            "two-thousand": encoded(wrapped(WHOLE * 3000, 2000), *["gzip"] * 2000),
            "unknown": encoded(WHOLE, "rot13"),
            "none": encoded(feed("identité"), "identity"),
            "liar-gzip": encoded(WHOLE, "gzip"),
            "liar-deflate": encoded(WHOLE, "deflate"),
            "liar-brotli": encoded(WHOLE, "br"),
            "liar-zstd": encoded(WHOLE, "zstd"),
            "cut": encoded(gzip.compress(feed("un", "deux"), 0)[:-120], "gzip"),
        },
        total_timeout_s=60,
    )
    assert codes(came) == {
        "twice": "",
        "twice-once-named": "no_feed",
        "ten": "encodings",
        "two-thousand": "encodings",
        "unknown": "encoding",
        "none": "",
        "liar-gzip": "encoding_broken",
        "liar-deflate": "encoding_broken",
        "liar-brotli": "encoding_broken",
        "liar-zstd": "encoding_broken",
        "cut": "truncated",
    }
    assert [came[name].titles for name in ("twice", "none", "cut")] == [("deux fois",), ("identité",), ("un",)]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of processes in /proc")
def test_bodies_and_headers_without_end_are_cut(sqlite_store: Store, site: Site) -> None:
    with peak_of_children() as peak:
        came = crawled(
            sqlite_store,
            site,
            {
                "announced": sized(b"a" * MB, 100 * MB),
                "absurd": sized(WHOLE, 10**30),
                "hundred-megabytes": raw(HEAD + b"\r\n", *[b"a" * MB] * 100),
                "body": forever(HEAD + b"\r\n", b"<item><title>encore</title></item>" * 1000),
                "chunks": forever(CHUNKED, chunk(b"a" * 40_000)),
                "headers": forever(HEAD, b"X-A: " + b"a" * 1000 + b"\r\n"),
                "folded": forever(HEAD + b"X-A: a\r\n", b" " + b"a" * 1000 + b"\r\n"),
                "one-header": raw(HEAD + b"X-A: " + b"a" * MB + b"\r\n\r\n", WHOLE),
                "one-line": forever(b"HTTP/1.1 200 ", b"a" * 10_000),
                "thousand-headers": raw(HEAD, *(b"X-%d: %s\r\n" % (n, b"a" * 1000) for n in range(1000)), b"\r\n", WHOLE),
                "interim": forever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
                "trailers": forever(CHUNKED + chunk(b"<rss>") + b"0\r\n", b"X-A: aaaa\r\n"),
            },
            total_timeout_s=30,
        )
    bodies = ("announced", "absurd", "hundred-megabytes", "body", "chunks")
    assert codes(came) == {name: "too_large" if name in bodies else "headers" for name in came} | {
        "trailers": came["trailers"].code
    }
    assert came["trailers"].code in ("html", "no_feed", "broke_off", "truncated")
    assert peak[0] < MOST_MEMORY, f"{peak[0] / MB:.0f} MB"


def test_a_byte_now_and_then_has_a_limit_in_all(sqlite_store: Store, site: Site) -> None:
    came = crawled(
        sqlite_store,
        site,
        {
            "body": forever(HEAD + b"Content-Length: 100000\r\n\r\n", b"<", every_s=0.3),
            "headers": forever(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n", every_s=0.3),
            "line": forever(b"H", b"T", every_s=0.3),
            "chunks": forever(CHUNKED, b"1\r\n<\r\n", every_s=0.3),
        },
        total_timeout_s=3,
    )
    assert codes(came) == dict.fromkeys(came, "timeout")


def test_lengths_that_lie(sqlite_store: Store, site: Site) -> None:
    came = crawled(
        sqlite_store,
        site,
        {
            "too-small": sized(feed("un", "deux"), len(feed("un", "deux")) - 150),
            "too-large": sized(feed("trois"), 90_000),
            "negative": sized(WHOLE, -5),
            "word": sized(WHOLE, "beaucoup"),
            "two": sized(WHOLE, "5\r\nContent-Length: 90"),
            "same-twice": sized(feed("quatre"), f"{len(feed('quatre'))}\r\nContent-Length: {len(feed('quatre'))}"),
            "and-chunked": raw(CHUNKED[:-2] + b"Content-Length: 3\r\n\r\n", chunk(feed("cinq")), b"0\r\n\r\n"),
            "chunk-of-no-size": raw(CHUNKED, b"zz\r\n", WHOLE),
            "chunk-below-zero": raw(CHUNKED, b"-5\r\n", WHOLE),
            "chunk-too-large": raw(CHUNKED, b"ffffffffffffffff\r\n", feed("six")),
            "chunk-too-small": raw(CHUNKED, b"5\r\n", WHOLE, b"\r\n0\r\n\r\n"),
            "chunk-extended": raw(CHUNKED, b"5;" + b"a" * 5000 + b"\r\n<rss>\r\n0\r\n\r\n"),
            "no-last-chunk": raw(CHUNKED, chunk(feed("sept"))),
        },
    )
    assert codes(came) == {
        "too-small": "truncated",
        "too-large": "broke_off",
        "negative": "no_http",
        "word": "no_http",
        "two": "no_http",
        "same-twice": "",
        "and-chunked": "",
        "chunk-of-no-size": "no_body",
        "chunk-below-zero": "no_body",
        "chunk-too-large": "broke_off",
        "chunk-too-small": "no_feed",
        "chunk-extended": "no_body",
        "no-last-chunk": "broke_off",
    }
    assert {name: each.titles for name, each in came.items() if each.titles} == {
        "too-small": ("un",),
        "too-large": ("trois",),
        "same-twice": ("quatre",),
        "and-chunked": ("cinq",),
        "chunk-too-large": ("six",),
        "no-last-chunk": ("sept",),
    }


def test_what_is_no_http(sqlite_store: Store, site: Site) -> None:
    def status(line: bytes) -> Route:
        return raw(
            b"HTTP/1.1 "
            + line
            + b"\r\nConnection: close\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % len(WHOLE),
            WHOLE,
        )

    came = crawled(
        sqlite_store,
        site,
        {
            "nothing": raw(b""),
            "drop": drop,
            "version-0.9": raw(WHOLE),
            "version-0.9-lines": raw(WHOLE.replace(b"><", b">\r\n<")),
            "noise": raw(b"\x00\xff\xfe\r\n" * 1000),
            "blank": raw(b"\r\n\r\n"),
            "other-protocol": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
            "words": status(b"OK 200"),
            "zero": status(b"000 No"),
            "below-zero": status(b"-200 OK"),
            "nine": status(b"999 No"),
            "digits": status(b"2000000000000 OK"),
            "no-content": status(b"204 No Content"),
            "not-modified": status(b"304 Not Modified"),
            "switched": raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
            "hints": raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 5 + HEAD + b"\r\n", feed("un")),
            "header-without-colon": raw(HEAD + b"rien\r\n\r\n", feed("deux")),
            "nul-in-header": raw(HEAD + b"X-\x00A: \x00\r\n\r\n", WHOLE),
        },
    )
    assert codes(came) == {
        "nothing": "interrupted",
        "drop": "interrupted",
        "version-0.9": "interrupted",
        "version-0.9-lines": "no_http",
        "noise": "no_http",
        "blank": "no_http",
        "other-protocol": "no_http",
        "words": "no_http",
        "zero": "status",
        "below-zero": "status",
        "nine": "status",
        "digits": "status",
        "no-content": "no_body",
        "not-modified": "",
        "switched": "interrupted",
        "hints": "",
        "header-without-colon": "",
        "nul-in-header": "no_http",
    }
    assert {name for name, each in came.items() if each.titles} == {"hints", "header-without-colon"}
