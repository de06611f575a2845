"""Listing pages as bytes: which links are articles, and what is shown of them."""

from __future__ import annotations

import contextlib
import datetime as dt
from time import process_time
from typing import Any

import pytest

from crawler.collectors.base import Entry, Payload, Task
from crawler.collectors.listing import ListingCollector, ListingOptions, read_listing
from crawler.collectors.page import read_page
from crawler.collectors.services import options_of
from crawler.reasons import Unreadable
from storage.errors import ConfigError
from storage.model import Kind, Source
from tests.conftest import NOW

HOME = "https://www.pole.example/presse/"


def entries(html: str, **options: Any) -> list[Entry]:
    source = Source(id="s", name="s", kind=Kind.NEWS, url=HOME, collector="listing", options=options)
    page = read_page(Payload(HOME, 200, {"content-type": "text/html; charset=utf-8"}, html.encode()), "s")
    return list(read_listing(page, Task(source=source, now=NOW), options_of(ListingOptions, source)).entries)


def shown(html: str, **options: Any) -> list[tuple[str, str | None, dt.date | None]]:
    return [
        (entry.title, (entry.url or "").removeprefix("https://www.pole.example"), entry.published_on)
        for entry in entries(html, **options)
    ]


def page(*items: str, around: str = "<div class='liste'>{}</div>") -> str:
    menu = "<nav><a href='/le-pole-et-ses-membres-en-bref'>Le pôle et ses membres en bref</a><a href='/contact'>Contact</a></nav>"
    foot = "<footer><ul><li><a href='/mentions-legales-et-credits'>Mentions légales et crédits du site</a></li></ul></footer>"
    aside = "<aside><p><a href='/presse/abonnez-vous-a-la-lettre'>Abonnez-vous à la lettre</a></p></aside>"
    return f"<html lang='fr'><body><header>{menu}</header>{around.format(''.join(items))}{aside}{foot}</body></html>"


TITLE = "Le pôle annonce le projet {n}"
LINK = f"<a href='/presse/titre-{{n}}'>{TITLE}</a>"
LAYOUTS = {
    "headings": f"<article class='post-{{n}}'><header><h2>{LINK}</h2></header>"
    "<time datetime='2026-02-0{n}T10:00:00+01:00'>il y a un mois</time>"
    "<p>Un chapeau sur 2025. <a href='/presse/titre-{n}'>Lire la suite</a></p></article>",
    "cards": "<a class='card' href='/presse/titre-{n}'><img src='x.png'><span class='date'>0{n} février 2026</span>"
    f"<div class='card-title'>{TITLE}</div><p>Un chapeau</p></a>",
    "rows": f"<tr><td>0{{n}}/02/2026</td><td><a href='titre-{{n}}'>{TITLE}</a></td><td>PDF</td></tr>",
    "plain list": f"<li>Publié le 0{{n}}.02.2026 : <a href='https://pole.example/presse/titre-{{n}}#haut'>{TITLE}</a></li>",
    "button only": f"<div class='actu'><h3>{TITLE}</h3><p>0{{n}} févr. 2026</p>"
    "<a href='/presse/titre-{n}'>En savoir plus</a></div>",
    "picture first": f"<div class='v'><a href='/presse/titre-{{n}}'><img src='x'></a>"
    f"<div>{LINK}<span>2026-02-0{{n}}</span></div></div>",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_links_that_look_alike_are_the_articles(name: str) -> None:
    items = [LAYOUTS[name].format(n=number) for number in range(1, 6)]
    around = {"rows": "<table><tbody>{}</tbody></table>", "plain list": "<ul>{}</ul>"}.get(name, "<div class='liste'>{}</div>")
    found = shown(page(*items, around=around))
    assert [(title, url.replace("https://pole.example", "")) for title, url, _ in found if url] == [
        (f"Le pôle annonce le projet {number}", f"/presse/titre-{number}") for number in range(1, 6)
    ]
    assert [day for _, _, day in found] == [dt.date(2026, 2, number) for number in range(1, 6)]
    assert {entry.lang for entry in entries(page(*items, around=around))} == {"fr"}


def test_selectors_say_what_is_what() -> None:
    item = (
        "<p class='x'><b>Le {n}/3/2025</b><i>0{n}/02/2026</i><em>Projet {n}</em> <a href='/a/{n}'>Communiqué à lire ici</a></p>"
    )
    html = page(*(item.format(n=number) for number in (1, 2)))
    by_block = shown(html, links="p.x", title="em", date="i")
    assert by_block == [("Projet 1", "/a/1", dt.date(2026, 2, 1)), ("Projet 2", "/a/2", dt.date(2026, 2, 2))]
    assert shown(html, links="p.x > a", title="em", date="i") == by_block
    assert shown(html, links="p.x", title="em", date="i", keep="/2$") == by_block[1:]
    assert shown(html, links="p.x", title="em", leave="/2$") == [("Projet 1", "/a/1", dt.date(2025, 3, 1))]


def test_only_the_section_where_asked() -> None:
    html = page(
        *(
            f"<li><a href='{path}'>Un titre assez long, numéro {n}</a></li>"
            for n, path in enumerate(("/presse/a", "/autre/b", "/presse/c"))
        )
    )
    assert [url for _, url, _ in shown(html, same_section=True)] == ["/presse/a", "/presse/c"]
    assert len(shown(html)) == 3


def test_links_out_of_the_site_are_left_unless_named() -> None:
    html = page(*(f"<li><a href='https://presse.example/{n}'>Un titre assez long, numéro {n}</a></li>" for n in range(3)))
    with pytest.raises(Unreadable):
        entries(html)
    assert len(entries(html, hosts=["presse.example"])) == 3


@pytest.mark.parametrize(
    "html", ["<html><body><p>Rien</p></body></html>", page(), page("<a href='javascript:x'>Un titre assez long ici</a>" * 3)]
)
def test_a_page_without_articles_is_no_silent_success(html: str) -> None:
    with pytest.raises(Unreadable) as raised:
        entries(html)
    assert raised.value.reason.code == "no_links"


def test_links_without_titles_are_said_unless_their_pages_are_read() -> None:
    html = page(*(f"<p class='x'><a href='/a/{n}'>Lire la suite</a></p>" for n in range(3)))
    for complete in (False, True):
        options = {"links": "p.x", "complete": complete}
        source = Source(id="s", name="s", kind=Kind.NEWS, url=HOME, collector="listing", options=options)
        reading = ListingCollector().read(Task(source=source, now=NOW))
        next(reading)
        if complete:
            reading.send(Payload(HOME, 200, {}, html.encode()))
            assert getattr(next(reading), "url", "") == "https://www.pole.example/a/0"
        else:
            with pytest.raises(Unreadable) as raised:
                reading.send(Payload(HOME, 200, {}, html.encode()))
            assert str(raised.value.reason).startswith("untitled: 3")


@pytest.mark.parametrize("options", [{"links": "p["}, {"title": "::nope("}, {"leave": "*"}, {"link": "a"}])
def test_options_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="'s'"):
        entries(page(), **options)


@pytest.mark.parametrize(
    "items",
    [
        "<li><a href='/presse/un'>Un titre assez long pour compter</a></li>" * 30_000,
        "".join(f"<li><a href='/presse/{n}'>Un titre assez long pour compter</a></li>" for n in range(30_000)),
        "<div>" * 200 + "".join(f"<a href='/presse/{n % 3}'>Un titre assez long</a><p>" for n in range(20_000)),
        "<a href='/presse/x'>" + "<h2>mot </h2>" * 30_000,
    ],
)
def test_a_hostile_listing_is_read_in_bounded_time(items: str) -> None:
    started = process_time()
    with contextlib.suppress(Unreadable):
        assert len(entries(page(items))) <= 1_000
    assert process_time() - started < 15
