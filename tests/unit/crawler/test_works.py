"""Identifiers of works and links of one page, however they are written."""

from __future__ import annotations

import pytest

from crawler.collectors.openalex import MAX_WORDS, rebuilt
from crawler.links import is_home, same_page
from crawler.works import arxiv_key, doi_key, hal_key, link_key, title_key


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("10.9999/EX.1", "doi:10.9999/ex.1"),
        ("https://doi.org/10.9999/Ex.1.", "doi:10.9999/ex.1"),
        ("doi:10.9999/ex%281%29a", "doi:10.9999/ex(1)a"),
        ("10.48550/arXiv.2602.00001", "arxiv:2602.00001"),
        ("10.48550/arxiv.2602.00001v3", "arxiv:2602.00001"),
        ("11.9999/ex", None),
        ("10.9999/" + "x" * 1000, None),
        (None, None),
        (["10.9999/ex"], None),
    ],
)
def test_a_doi_is_one_key(raw: object, key: str | None) -> None:
    assert doi_key(raw) == key


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("http://arxiv.org/abs/2602.00001v12", "arxiv:2602.00001"),
        ("oai:arXiv.org:2602.00001v1", "arxiv:2602.00001"),
        ("https://export.arxiv.org/pdf/2602.00001.pdf", "arxiv:2602.00001"),
        ("arXiv:hep-th/9901001v2", "arxiv:hep-th/9901001"),
        ("math.GT/0309136", "arxiv:math.gt/0309136"),
        ("http://arxiv.org/api/errors#x", None),
        ("2602.001", None),
        (2602.00001, None),
    ],
)
def test_an_arxiv_number_has_no_version(raw: object, key: str | None) -> None:
    assert arxiv_key(raw) == key


def test_links_say_whose_work_they_lead_to() -> None:
    assert link_key("https://dx.doi.org/10.9999/ex") == "doi:10.9999/ex"
    assert link_key("https://arxiv.org/abs/2602.00001v2?context=cs") == "arxiv:2602.00001"
    assert link_key("https://inria.hal.science/hal-09990007v1/document") == "hal:hal-09990007"
    assert link_key("https://openalex.org/W999") == "openalex:W999"
    assert link_key("https://s.example/10.9999/ex") is None
    assert link_key("https://[x") is None
    assert hal_key("tel-01234567v2") == "hal:tel-01234567"


def test_titles_are_the_same_but_for_dress() -> None:
    plain = title_key("Étude des réseaux quantiques à grande échelle : une revue", 2026)
    assert plain == title_key("ETUDE DES RESEAUX QUANTIQUES A GRANDE ECHELLE — une revue.", 2026)
    assert title_key("A $\\mathbb{Z}_2$ gauge theory of photonic lattices", 2026) == title_key(
        "A Z2 gauge theory of photonic lattices", 2026
    )
    assert plain != title_key("Étude des réseaux quantiques à grande échelle : une revue", 2025)
    assert title_key("Editorial board", 2026) is None
    assert title_key("Introduction to the special issue", 2026) is None
    assert title_key("Étude des réseaux quantiques à grande échelle", None) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://www.presse.example/eco/puce-123.html",
        "http://presse.example/eco/puce-123.html",
        "https://m.presse.example/eco/puce-123.html",
        "https://mobile.presse.example/eco/puce-123.html/",
        "https://presse.example/eco/puce-123.html?amp=1",
        "https://presse.example/eco/puce-123.html?outputType=amp",
        "https://presse.example/eco/puce-123.amp.html",
        "https://amp.presse.example/eco/puce-123.html",
        "https://www.presse.example/amp/eco/puce-123.html",
        "https://presse-example.cdn.ampproject.org/c/s/presse.example/eco/puce-123.html",
        "https://www.google.com/amp/s/presse.example/eco/puce-123.html",
        "https://presse.example/eco/puce-123.html?print=1",
    ],
)
def test_editions_of_a_page_are_one(url: str) -> None:
    assert same_page(url) == "presse.example/eco/puce-123.html"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://presse.example/a?id=1", "https://presse.example/a?id=2"),
        ("https://presse.example/amp", "https://presse.example/"),
        ("https://blog.presse.example/a", "https://presse.example/a"),
        ("https://m.example/a", "https://n.example/a"),
        ("https://presse.example/ampere-loi", "https://presse.example/ere-loi"),
        ("https://presse.example/a/print", "https://presse.example/a"),
    ],
)
def test_pages_of_their_own_stay_apart(one: str, other: str) -> None:
    assert same_page(one) != same_page(other)


def test_the_front_of_a_site_is_no_document() -> None:
    assert is_home("https://presse.example/")
    assert not is_home("https://presse.example/?p=12")


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ({"Photonic": [0], "chips": [1, 4], "and": [2], "other": [3]}, "Photonic chips and other chips"),
        ({"a": [0], "b": [10**12], "c": [-1], "d": [True], "e": [1.0], "f": ["1"], "g": None, "h": [[2]], "i": [2]}, "a i"),
        ({"one": [0], "two": [0]}, "one"),
        ({"<b>bold</b>": [0]}, "bold"),
        ([], ""),
        (None, ""),
        ({}, ""),
    ],
)
def test_an_index_of_words_becomes_a_text(index: object, text: str) -> None:
    assert rebuilt(index) == text


def test_an_index_of_words_is_bounded() -> None:
    assert len(rebuilt({"x" * 10_000: list(range(1_000_000))})) <= 20_000
    assert len(rebuilt({f"w{n}": [n] for n in range(3 * MAX_WORDS)}).split()) <= MAX_WORDS
