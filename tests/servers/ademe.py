"""A Data Fair portal on loopback: pages behind ``next``, and next pages that loop, lead elsewhere or never end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers.http import Handler, Site
from tests.servers.opendatasoft import send

DATASET = "/data-fair/api/v1/datasets/programmes-detat-projets-finances-par-lademe"
COLUMNS = (
    "dossier_code nom_du_projet dossier_objet date_contractualisation tiers_coordinateur montant_dpm pia_france_2030_reporting"
)


@dataclass
class DataFair:
    """A data set of ``rows``; ``following`` says what stands in ``next`` of the page after ``got`` rows."""

    site: Site
    rows: list[dict[str, Any]]
    updated: str | None = "2026-09-20T06:00:00.000Z"
    columns: list[str] = field(default_factory=COLUMNS.split)
    following: Callable[[str, int], Any] | None = None
    spoil: Callable[[dict[str, Any]], Any] = lambda answer: answer

    def serve(self) -> str:
        """Serves the data set; the address of its lines."""
        self.site.route(DATASET, self._about)
        return self.site.route(f"{DATASET}/lines", self._lines)

    def _about(self, handler: Handler) -> None:
        schema = [{"key": key, "type": "string", "title": key.replace("_", " ")} for key in self.columns]
        about: dict[str, Any] = {"id": "programmes", "schema": [*schema, {"key": "_i", "type": "integer"}]}
        send(handler, 200, about | ({"dataUpdatedAt": self.updated} if self.updated else {}))

    def _lines(self, handler: Handler) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        size, after = int(asked.get("size", "12")), int(asked.get("after", "0"))
        if not 0 < size <= 10_000:
            send(handler, 400, b'"size" may not pass 10000')
            return
        names = asked.get("sort", "").split(",")
        if any(name.lstrip("-") not in self.columns for name in names if name):
            send(handler, 400, b"unknown field in sort")
            return
        rows = list(self.rows)
        for name in reversed([name for name in names if name]):
            rows.sort(key=lambda row: str(row.get(name.lstrip("-"))), reverse=name.startswith("-"))
        answer: dict[str, Any] = {"total": len(rows), "results": rows[after : after + size]}
        got = after + len(answer["results"])
        here = self.site.url(f"{DATASET}/lines?{urlencode({**asked, 'after': got})}")
        following = self.following(here, got) if self.following else (here if answer["results"] and got < len(rows) else None)
        if following is not None:
            answer["next"] = following
        send(handler, 200, self.spoil(answer))


def a_line(code: str = "9999X0001", **kw: Any) -> dict[str, Any]:
    """A line of ADEME's list of projects."""
    return {
        "dossier_code": code,
        "nom_du_projet": f"EXEMPLE {code}",
        "dossier_objet": "Démonstrateur de stockage d'énergie.",
        "date_contractualisation": "2026-06-30",
        "tiers_coordinateur": "Société Exemple",
        "montant_dpm": 750000,
        "pia_france_2030_reporting": "France 2030",
    } | kw
