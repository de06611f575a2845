"""An Opendatasoft portal (Explore API v2.1) on loopback: its limits, quota, traps, and its query language as far as we use it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.http import Handler, Site

API = "/api/explore/v2.1/catalog/datasets/"
_DATE = re.compile(r"(\w+) (>=|<) date'(\d{4}-\d\d-\d\d)'")
_YEAR = re.compile(r"(\w+) (>=|<) (\d{4})")
_IN = re.compile(r"(\w+) in \(((?:\"\d{4}\"(?:, )?)+)\)")
_SEARCH = re.compile(r'search\((\w+), "((?:[^"\\]|\\.)*)"\)')


@dataclass
class Portal:
    """A data set: ``rows`` with ``fields`` (name, type, label). The rest are its traps."""

    site: Site
    dataset: str
    rows: list[dict[str, Any]]
    fields: list[dict[str, str]]
    processed: str | None = "2026-09-20T06:00:00+00:00"
    quota: int | None = None
    """Calls of records left before 429."""
    reset: str = "2026-09-21 00:00:00+00:00"
    spoil: Callable[[dict[str, Any], int], Any] = lambda answer, offset: answer
    """Changes an answer of records before it leaves."""
    wheres: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    _found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def serve(self) -> str:
        """Serves the data set; the address of its records."""
        self.site.route(API + self.dataset, self._about)
        return self.site.route(f"{API}{self.dataset}/records", self._records)

    def _about(self, handler: Handler) -> None:
        metas = {"default": {"data_processed": self.processed, "records_count": len(self.rows)}}
        send(handler, 200, {"dataset_id": self.dataset, "fields": self.fields, "metas": metas, "has_records": True})

    def _records(self, handler: Handler) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        headers = {}
        if self.quota is not None:
            headers = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": str(max(self.quota - 1, 0))}
            headers["X-RateLimit-Reset"] = self.reset
            if self.quota <= 0:
                body = {
                    "error_code": "TooManyRequestsError",
                    "message": "Too many requests for this API today",
                    "call_limit": 5000,
                }
                send(handler, 429, body, headers)
                return
            self.quota -= 1
        limit, offset = int(asked.get("limit", "10")), int(asked.get("offset", "0"))
        if not 1 <= limit <= 100:
            _refuse(handler, f"Invalid value for limit API parameter: {limit} was found but a value in [-1, 100] was expected.")
            return
        if offset + limit > 10_000:
            _refuse(handler, f"Invalid value for offset + limit: {offset + limit} was found but 10000 is the most.")
            return
        where = asked.get("where", "")
        self.wheres.append(where)
        self.offsets.append(offset)
        try:
            matching = self._matching(where)
        except ValueError as exc:
            _refuse(handler, f"ODSQL query is malformed: {exc}")
            return
        names = [name.split(" ")[0] for name in asked.get("order_by", "").split(",") if name]
        if unknown := [name for name in names if name not in {f["name"] for f in self.fields}]:
            _refuse(handler, f"Unknown field: {unknown[0]}")
            return
        matching = sorted(matching, key=lambda row: tuple(str(row.get(name)) for name in names))
        answer = {"total_count": len(matching), "results": matching[offset : offset + limit]}
        send(handler, 200, self.spoil(answer, offset), headers)

    def _matching(self, where: str) -> list[dict[str, Any]]:
        if where not in self._found:
            self._found[where] = [row for row in self.rows if self._matches(row, where)]
        return self._found[where]

    def _matches(self, row: dict[str, Any], where: str) -> bool:
        """Whether a row fits; ValueError for a condition that is none we know: nothing is quietly ignored."""
        rest, fits = where, True
        for name, sign, day in _DATE.findall(where):
            limit, own = dt.date.fromisoformat(day), row.get(name)
            if not isinstance(own, str):
                fits = False
                continue
            value = dt.date.fromisoformat(own[:10] if len(own) > 4 else f"{own}-01-01")
            fits = fits and (value >= limit if sign == ">=" else value < limit)
        rest = _DATE.sub("", rest)
        for name, sign, year in _YEAR.findall(rest):
            fits = fits and (int(row[name]) >= int(year) if sign == ">=" else int(row[name]) < int(year))
        rest = _YEAR.sub("", rest)
        for name, years in _IN.findall(rest):
            fits = fits and str(row.get(name)) in re.findall(r"\d{4}", years)
        rest = _IN.sub("", rest)
        searches = _SEARCH.findall(rest)
        if searches:
            fits = fits and any(_found(text, str(row.get(name))) for name, text in searches)
        rest = _SEARCH.sub("", rest)
        if re.sub(r"\b(?:and|or)\b|[()\s]", "", rest):
            raise ValueError(rest.strip())
        return fits


def _found(asked: str, text: str) -> bool:
    words = re.findall(r"\w+", re.sub(r"\\(.)", r"\1", asked).casefold())
    return bool(words) and all(word in text.casefold() for word in words)


def _refuse(handler: Handler, message: str) -> None:
    send(handler, 400, {"error_code": "InvalidRESTParameterError", "message": message})


def send(handler: Handler, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json; charset=utf-8")
    handler.send_header("Content-Length", str(len(data)))
    for name, text in (headers or {}).items():
        handler.send_header(name, text)
    handler.end_headers()
    handler.wfile.write(data)


BOAMP_FIELDS = [
    {"name": name, "type": kind, "label": name}
    for name, kind in {
        "idweb": "text",
        "objet": "text",
        "nomacheteur": "text",
        "code_departement": "text",
        "code_departement_prestation": "text",
        "dateparution": "date",
        "datelimitereponse": "datetime",
        "nature": "text",
        "nature_libelle": "text",
        "nature_categorise": "text",
        "etat": "text",
        "descripteur_libelle": "text",
        "titulaire": "text",
        "annonce_lie": "text",
        "annonces_anterieures": "text",
        "url_avis": "text",
        "donnees": "text",
    }.items()
]


def a_notice(number: str = "26-99001", day: str = "2026-09-12", **kw: Any) -> dict[str, Any]:
    """A row of BOAMP, a call by default."""
    return {
        "idweb": number,
        "objet": f"Exemple {number} : jumeau numérique du port",
        "nomacheteur": "Collectivité Exemple",
        "code_departement": ["44"],
        "dateparution": day,
        "nature": "APPEL_OFFRE",
        "nature_libelle": "Avis de marché",
        "nature_categorise": "appeloffre/standard",
        "etat": "INITIAL",
        "descripteur_libelle": ["Logiciel"],
        "titulaire": None,
        "annonce_lie": [],
        "annonces_anterieures": None,
        "url_avis": f"https://www.boamp.fr/pages/avis/?q=idweb:{number}",
        "donnees": json.dumps({"EFORMS": {"ContractNotice": {}}}),
    } | kw


ANR_FIELDS = [
    {"name": "code_projet_anr", "type": "text", "label": "Code projet ANR"},
    {"name": "acronyme_projet", "type": "text", "label": "Acronyme projet"},
    {"name": "projet_titre_francais", "type": "text", "label": "Titre"},
    {"name": "edition", "type": "text", "label": "Édition"},
    {"name": "aide_allouee_projet_keuros", "type": "double", "label": "Aide allouée projet (k€)"},
    {"name": "aide_allouee_partenaire", "type": "double", "label": "Aide allouée partenaire"},
    {"name": "nom_tutelle_hebergeante", "type": "text", "label": "Nom tutelle hébergeante"},
    {"name": "libelle_de_region_tutelle_hebergeante", "type": "text", "label": "Région"},
    {"name": "coordinateur_nom", "type": "text", "label": "Nom du coordinateur"},
    {"name": "lien", "type": "text", "label": "Lien"},
]


def a_project(code: str = "ANR-26-CE31-9901", edition: str = "2026", **kw: Any) -> dict[str, Any]:
    """A row of ANR's list: one partner of one project."""
    return {
        "code_projet_anr": code,
        "acronyme_projet": "QEX",
        "projet_titre_francais": f"Liens quantiques {code}",
        "edition": edition,
        "aide_allouee_projet_keuros": 450.5,
        "aide_allouee_partenaire": 200000,
        "nom_tutelle_hebergeante": "Université Exemple",
        "libelle_de_region_tutelle_hebergeante": "Bretagne",
        "coordinateur_nom": "Prénom Nomdepersonne",
        "lien": f"https://anr.fr/Projet-{code}",
    } | kw
