"""A region's sources on loopback: the shipped catalogue's own rows, each over the conformance server of its service.

About photonics and quantum, with noise; everybody in it is invented. A row keeps its path, collector, options and rights: only
where it lives is changed.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from tests.servers import cordis, odp, ops, sedia, ted
from tests.servers.ademe import DataFair, a_line
from tests.servers.arxiv import Arxiv, rss
from tests.servers.crossref import Crossref
from tests.servers.hal import Hal
from tests.servers.http import Site, serving
from tests.servers.newsroom import row, serve_article, urlset
from tests.servers.openalex import OpenAlex
from tests.servers.opendatasoft import ANR_FIELDS, BOAMP_FIELDS, Portal, a_notice, a_project
from tests.servers.works import Work

FIRST = dt.datetime(2026, 9, 21, 8, 0, tzinfo=dt.UTC)
"""A Monday: the first run."""
CREDENTIALS = {
    "epo_key": ops.KEY,
    "epo_secret": ops.SECRET,
    "uspto_key": odp.KEY,
    "openalex_key": "openalex-key-0123456789-secret",
    "cordis_key": cordis.KEY,
}
RELEASE = "Lumen Exemple opens a photonic chip pilot line in Lannion, hires 120 people"
RELEASE_TEXT = (
    "Lumen Exemple today opened a pilot line for photonic integrated circuits in Lannion, in Brittany. The company expects to "
    "make 8,000 silicon photonics wafers a year for optical interconnects of data centres, and to hire 120 engineers "
    "before the end of 2027, said its managing director."
)
WORK = Work(
    71,
    title="Waveguide-coupled single photon sources for a metropolitan quantum network",
    abstract="We present single photon sources coupled to a lithium niobate waveguide, for a quantum network of three towns.",
    doi="10.9999/ex.71",
    arxiv="2609.00071",
    hal="hal-09990071",
    on=dt.date(2026, 9, 17),
)
LAUREATES = ("annee_de_concours", "projet", "libelle_entreprise", "ndeg_siren", "region", "resume")
PATENTS = ("numero_publication", "titre", "date_publication", "deposant", "fe_id", "cib")
_HUNDREDS = ("montant_de_la_subvention_accordee_en", "montant_total_du_projet_laureat_en")
_OWN = """
[[source]]
id = "journal-du-port"
name = "Le Journal du Port"
url = "https://port.example/news.xml"
kind = "news"
lang = "fr"
territory = "FRH0"
licence = "press"
collector = "sitemap"

[[source]]
id = "pole-lumiere"
name = "Pôle Lumière"
url = "https://pole.example/presse"
kind = "news"
lang = "fr"
territory = "FRH0"
licence = "agreement"
rights = "open"
collector = "listing"

[[source]]
id = "cordis-extract"
name = "CORDIS, une requête"
url = "https://cordis.europa.eu/api/dataextractions"
kind = "funding"
lang = "en"
licence = "eu-reuse"
rights = "open"
collector = "cordis"
interval_s = 86400
options = { query = "contenttype='project' AND 'photonic'" }
"""


@dataclass
class World:
    """The servers, each by the id of its source. ``publish`` fills the feeds as of an instant."""

    sites: dict[str, Site] = field(default_factory=dict)
    broken_from: dt.datetime = FIRST + dt.timedelta(days=1)

    def publish(self, now: dt.datetime) -> None:
        """What the feeds hold at ``now``. From ``broken_from`` on Photonics.com answers 500."""
        news = self.sites["photonics-com"]
        if now >= self.broken_from:
            news.page("/RSS", "<h1>Internal Server Error</h1>", status=500, content_type="text/html")
        else:
            news.page("/RSS", feed("Photonics.com", _daily(now)), content_type="application/rss+xml")
        day = now.date()
        self.sites["maddyness"].page("/feed/", feed("Maddyness", [*_ROUNDS, *_noise(day)]), content_type="application/rss+xml")

    def archive(self, path: Path, weeks: int = 12) -> Path:
        """Writes what Photonics.com published before the first run: two items a day."""
        first, chance = FIRST.date() - dt.timedelta(days=7 * weeks), Random(5)
        lines = [
            {
                "id": f"archive:{day}:{half}",
                "source": "Photonics.com",
                "kind": "news",
                "lang": "en",
                "published": day.isoformat(),
                "title": f"{_MAKERS[chance.randrange(9)]} and a photonic {' '.join(chance.sample(_WORDS, 6))}",
                "text": " ".join(chance.sample(_WORDS, 25)),
            }
            for day in (first + dt.timedelta(days=n) for n in range(7 * (weeks - 1)))
            for half in (0, 1)
        ]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return path

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(f"127.0.0.1:{site.port}" for site in self.sites.values())

    def asked(self) -> list[str]:
        """Every path that was asked for, with its query."""
        return [path for site in self.sites.values() for path, _ in site.asked]

    def catalogue(self, path: Path) -> Path:
        """Writes a ``sources.toml``: the rows of the shipped catalogue and our own, at the servers' addresses."""
        shipped = (files("crawler") / "sources.toml").read_text(encoding="utf-8")
        rows = {row["id"]: row for text in (shipped, _OWN) for row in tomllib.loads(text)["source"]}
        here = [self._here(rows[key]) for key in self.sites]
        blocks = ["[[source]]\n" + "".join(_toml(name, value) for name, value in row.items()) for row in here]
        path.write_text("\n".join(blocks), encoding="utf-8")
        return path

    def watch_list(self, path: Path, *themes: str) -> Path:
        """Writes a team's own watch list: some themes of the shipped one, as they are."""
        shipped = (files("nlp.themes") / "watch.toml").read_text(encoding="utf-8")
        blocks = ["[[theme]]" + block for block in shipped.split("[[theme]]")[1:]]
        path.write_text(
            "\n".join(block for block in blocks if tomllib.loads(block)["theme"][0]["id"] in themes), encoding="utf-8"
        )
        return path

    def _here(self, row: Mapping[str, Any]) -> dict[str, Any]:
        parts = urlsplit(row["url"])
        here = self.sites[row["id"]].url(parts.path) + (f"?{parts.query}" if parts.query else "")
        return {**row, "url": here}


@contextmanager
def a_world() -> Iterator[World]:
    """The world, running."""
    world = World()
    with ExitStack() as running:
        for key in _FEEDS:
            world.sites[key] = running.enter_context(serving())
        for key, mount in {**_PAPERS, **_PATENTS, **_PORTALS, **_PAGES}.items():
            world.sites[key] = running.enter_context(serving())
            mount(world.sites[key])
        _union(world, running)
        for key, (title, items) in _WIRES.items():
            path = {"pr-newswire": "/rss/news-releases-list.rss"}.get(key, "/feed/")
            world.sites[key].page(path, feed(title, items), content_type="application/rss+xml")
        announced = rss([(WORK, "new")]).replace("Mon, 02 Mar 2026", "Fri, 18 Sep 2026")
        world.sites["arxiv-quant-ph"].page("/rss/quant-ph", announced)
        world.publish(FIRST)
        yield world


@dataclass(frozen=True)
class Item:
    """An item of a feed."""

    title: str
    text: str
    at: dt.datetime

    @property
    def link(self) -> str:
        return f"https://news.example/{self.at:%Y%m%d%H%M}-{abs(hash_of(self.title))}"


def hash_of(text: str) -> int:
    return int.from_bytes(text.encode()[-6:], "big")


def feed(title: str, items: Sequence[Item]) -> str:
    shown = "".join(
        f"<item><title>{escape(item.title)}</title><link>{item.link}</link><guid isPermaLink='false'>{item.link}</guid>"
        f"<pubDate>{format_datetime(item.at)}</pubDate><description>{escape(item.text)}</description></item>"
        for item in items
    )
    return (
        f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>{escape(title)}</title>{shown}</channel></rss>"
    )


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """An instant of September 2026."""
    return dt.datetime(2026, 9, day, hour, minute, tzinfo=dt.UTC)


_MAKERS = (
    *("Lumen Exemple", "Nacre Optique", "Iroise Lasers", "Cobalt Fotonika", "Alba Waveguides"),
    *("Septentrion Photonics", "Orme Lidar", "Gabare Fibres", "Ponant Optronics"),
)
_WORDS = re.findall(
    r"\w+",
    "sensor mirror bench trial factory order license wafer cavity grating probe pilot plant contract export hospital "
    "satellite buoy drone turbine vineyard tunnel archive museum orchard bridge harbour greenhouse quarry foundry "
    "observatory reactor tram cable lamp window coating crystal camera microscope printer scanner welding cutting "
    "marking mapping counting sorting ",
)
_TOWNS = ("Brest", "Nantes", "Rouen", "Dijon", "Pau", "Metz", "Tours")
_DEEDS = (
    "ships a femtosecond laser for eye surgery",
    "shows a silicon photonics transceiver for data centres",
    "qualifies a photonic integrated circuit for satellites",
    "halves the loss of its lithium niobate waveguide",
)


def _daily(now: dt.datetime) -> list[Item]:
    """Four items a day of the last seven days."""
    days = [now - dt.timedelta(days=back, hours=1) for back in range(7)]
    return [
        Item(
            f"{_MAKERS[day.toordinal() % 9]} {deed}",
            f"{_MAKERS[day.toordinal() % 9]} {deed}, according to the trade show of {day:%d %B}. The optical component was "
            f"measured at {day.day + place} gigahertz by an independent laboratory.",
            day.replace(hour=5 + place // 2),
        )
        for day in days
        for place, deed in enumerate(_DEEDS)
    ]


_ROUNDS = [
    Item(
        "Nacre Optique lève 12 M€ pour ses puces photoniques",
        "La jeune pousse bretonne Nacre Optique, installée à Lannion, boucle une série A de 12 millions d'euros auprès de Fonds "
        "Exemple pour industrialiser ses circuits photoniques.",
        at(18, 9),
    )
]


def _noise(day: dt.date) -> list[Item]:
    town = _TOWNS[day.toordinal() % 7]
    return [
        Item(f"Le festival de cuisine de {town} revient sur les quais", f"Trois jours de soupe à {town}.", at(day.day, 4)),
        Item(f"À {town}, la piscine municipale rouvre après travaux", "Les nageurs attendaient depuis mars.", at(day.day, 4, 30)),
    ]


_WIRES: dict[str, tuple[str, list[Item]]] = {
    "pr-newswire": ("PR Newswire", [Item(RELEASE, RELEASE_TEXT, at(18, 7))]),
    "eu-startups": ("EU-Startups", [Item(f"{RELEASE} | EU-Startups", RELEASE_TEXT, at(18, 10))]),
    "silicon-canals": ("Silicon Canals", [Item(RELEASE, f"{RELEASE_TEXT} (Lannion, 18 September)", at(18, 12))]),
}
_FEEDS = ("maddyness", "photonics-com", *_WIRES, "arxiv-quant-ph")


def _sitemap(site: Site) -> None:
    rows = [
        row(site.url(f"/a/{n}"), title, "2026-09-18T09:00:00+02:00", "fr")
        for n, title in enumerate(("Le port installe une bouée à fibre optique", "Grève des remorqueurs : un accord est trouvé"))
    ]
    site.page("/news.xml", urlset(*rows))


def _listing(site: Site) -> None:
    titles = {
        1: "Le pôle ouvre une plateforme de photonique intégrée à Lannion",
        2: "Douze entreprises rejoignent le pôle cette année",
    }
    items = "".join(f"<li><h3><a href='/a/{n}'>{title}</a></h3><span>{n + 15}/09/2026</span></li>" for n, title in titles.items())
    site.page("/presse", f"<html lang='fr'><body><ul>{items}</ul></body></html>", content_type="text/html")
    for n, title in titles.items():
        serve_article(site, f"/a/{n}", title, f"{title}, avec des lasers et des fibres optiques")


_PAGES = {"journal-du-port": _sitemap, "pole-lumiere": _listing}
_PAPERS = {
    "arxiv-api": lambda site: Arxiv([WORK, _other(72)]).mount(site),
    "hal": lambda site: Hal([WORK, _other(73)]).mount(site),
    "openalex": lambda site: OpenAlex([WORK, _other(74)], key=CREDENTIALS["openalex_key"], keyless=0).mount(site),
    "crossref": lambda site: Crossref([WORK, _other(75)]).mount(site),
}


def _other(number: int) -> Work:
    subject = {72: "qubit readout", 73: "a quantum sensor", 74: "a photonic chip", 75: "silicon photonics"}[number]
    return replace(
        WORK,
        number=number,
        title=f"On {subject} in invented laboratories",
        abstract=f"A study of {subject} with results nobody measured.",
        doi=f"10.9999/ex.{number}",
        arxiv=f"2609.{number:05d}",
        hal=f"hal-0999{number:04d}",
    )


def _row(number: str, title: str, codes: tuple[str, ...], applicants: tuple[str, ...], **kw: Any) -> ops.Row:
    values: dict[str, Any] = {"on": dt.date(2026, 9, 16), "titles": (("fr", title),), "abstracts": (), **kw}
    return ops.Row(number=number, cpc=codes, applicants=applicants, inventors=("PERSONNE ALIX",), **values)


def _epo(site: Site) -> None:
    # What they are about is told by their codes alone.
    light, quantum, other = ("G02B6/12", "G02B6/122"), ("G06N10/40",), ("A47J27/00",)
    twice = ("NACRE OPTIQUE [FR]", "ALBA GMBH [DE]")
    rows = [
        _row("3999101", "Dispositif de couplage et son procédé de fabrication", light, twice, family="90000101"),
        _row("4999101", "Dispositif de couplage", light, twice, family="90000101", country="EP"),
        _row("2026999104", "Coupling device", light, twice, family="90000101", country="WO", on=dt.date(2026, 9, 18)),
        _row("3999102", "Procédé de lecture", quantum, ("EXEMPLE QUANTIQUE [FR]",), family="90000102"),
        _row("2026999103", "Readout apparatus", quantum, ("IMAGINARY QUBITS INC [US]",), family="90000103", country="US"),
        _row("3999105", "Autocuiseur", other, ("CUISINE FICTIVE [FR]",), family="90000105"),
    ]
    ops.Ops(site, rows, clock=FIRST)


def _uspto(site: Site) -> None:
    odp.Odp(site, [odp.application(999201, dt.date(2026, 9, 17), codes=("G02B   6/12",), name="EXAMPLE LIGHT INC")])


def _ods(dataset: str, rows: list[dict[str, Any]], fields: list[dict[str, str]]) -> Any:
    return lambda site: Portal(site, dataset, rows, fields).serve()


def _columns(names: Sequence[str], kind: str = "text") -> list[dict[str, str]]:
    return [{"name": name, "type": "date" if name.startswith("date") else kind, "label": name} for name in names]


AWARD = {
    "EFORMS": {"ContractAwardNotice": {"efac:NoticeResult": {"cbc:TotalAmount": {"@currencyID": "EUR", "#text": "1250000"}}}}
}
_SUBJECT = "Équipements de photonique pour le laboratoire du port"
_BOAMP = [
    a_notice("26-99001", "2026-09-09", objet=_SUBJECT),
    a_notice(
        "26-99020",
        "2026-09-14",
        objet=f"{_SUBJECT} : rectificatif",
        nature="RECTIFICATIF",
        nature_libelle="Rectificatif",
        annonce_lie=["26-99001"],
    ),
    a_notice(
        "26-99050",
        "2026-09-18",
        objet=f"{_SUBJECT} : résultat",
        nature="ATTRIBUTION",
        nature_libelle="Avis d'attribution",
        titulaire=["Iroise Lasers SAS"],
        annonce_lie=["26-99001"],
        donnees=json.dumps(AWARD),
    ),
    a_notice("26-99002", "2026-09-17", objet="Fourniture de sel de déneigement"),
]
_MESR = {"annee_de_concours": 2026, "projet": "Photon Éco", "libelle_entreprise": "Nacre Optique", "ndeg_siren": "552 100 554"}
_MESR |= {"region": "Bretagne", "resume": "Une puce photonique sobre.", _HUNDREDS[0]: 900_000, _HUNDREDS[1]: 2_000_000}
_INPI = {"numero_publication": "FR 3 999 102", "titre": "Procédé de lecture", "date_publication": "2026-09-16"}
_INPI |= {"deposant": "Exemple Quantique", "fe_id": "90000102", "cib": "G06N 10/40"}
_PATENTS = {
    "epo-ops": _epo,
    "uspto-odp": _uspto,
    "fr-esr-brevets": _ods("fr-esr-brevets-france-inpi-oeb", [_INPI], _columns(PATENTS)),
}
_ANR = a_project(
    "ANR-26-CE42-9901", projet_titre_francais="Sources de photons uniques pour un réseau quantique", acronyme_projet="LUCIOLE"
)
_PORTALS = {
    "boamp": _ods("boamp", _BOAMP, BOAMP_FIELDS),
    "anr-aapg": _ods("aapg-projets", [_ANR], ANR_FIELDS),
    "mesr-i-nov": _ods(
        "fr-esr-laureats-concours-i-nov",
        [_MESR],
        [*_columns(LAUREATES), *_columns(_HUNDREDS, "double"), {"name": "annee_de_concours", "type": "int", "label": "année"}][
            1:
        ],
    ),
    "ademe-projets": lambda site: DataFair(
        site, [a_line("9999X0001", nom_du_projet="SOLEX", date_contractualisation="2026-09-15")]
    ).serve(),
}


def _union(world: World, running: ExitStack) -> None:
    """CORDIS by file and by query, the portal of calls, and TED."""
    project = cordis.a_project(ecSignatureDate="2026-09-15", contentUpdateDate="2026-09-16 10:00:00")
    bulk = running.enter_context(cordis.running_cordis())
    bulk.file = cordis.bulk([project], [cordis.an_organisation()])
    query = running.enter_context(cordis.running_cordis())
    asked = cordis.a_project(
        999002, title="A photonic link for ports", ecSignatureDate="2026-09-14", contentUpdateDate="2026-09-15 10:00:00"
    )
    query.extract = cordis.zipped({"project-rcn-1_en.xml": cordis.record_xml(asked, [cordis.an_organisation(999002)])})
    portal = running.enter_context(sedia.running_sedia())
    portal.results = [sedia.a_result(), sedia.a_result(reference="again", deadlineDate="2027-09-01T00:00:00.000+0000")]
    journal = running.enter_context(ted.running_ted())
    procedure: dict[str, Any] = {"procedure_identifier": "c7a1e838-29fc-420d-a45a-8b3c2b2ebdd1"}
    procedure |= {"description_proc": {"fra": "Fourniture d'un circuit photonique pour le port exemple."}}
    correction = ted.a_notice(
        "998500-2026", notice_type="corr", publication_date="2026-09-15Z", winner_name=None, total_value=None, **procedure
    )
    journal.notices = [
        ted.a_notice("998000-2026", notice_type="cn-standard", publication_date="2026-09-10Z", **procedure),
        correction,
        ted.a_notice(publication_date="2026-09-18+02:00", **procedure),
    ]
    world.sites |= {"cordis": bulk.site, "cordis-extract": query.site, "sedia": portal.site, "ted": journal.site}


def _toml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {json.dumps(one, ensure_ascii=False)}" for key, one in value.items())
        return f"{name} = {{ {inner} }}\n"
    return f"{name} = {json.dumps(value, ensure_ascii=False)}\n"
