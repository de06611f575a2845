"""The long time and the horizon: trends and transitions over years, weak signals and ruptures by rank, and what meets what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.engine import Connection

from storage import documents as document_rows
from storage.model import Document
from web import charts, crossings, horizons, queries, radar
from web.access import SettingsDep, StoreDep
from web.evidence import Shown, shown
from web.horizons import Coming, Going
from web.queries import ThemeRow
from web.render import label, language, page, page_number

router = APIRouter(include_in_schema=False)

ROW_DOCUMENTS = 3

T = TypeVar("T")


class Order(StrEnum):
    """How weak signals and ruptures are ranked."""

    PLACE = "place"
    SURPRISE = "surprise"
    SCARCITY = "scarcity"


@dataclass(frozen=True, slots=True)
class Line:
    """A theme of either page, ready to be drawn."""

    row: ThemeRow
    label: str
    shown: Shown
    documents: tuple[Document, ...]
    direction: radar.Direction


@dataclass(frozen=True, slots=True)
class GoingLine(Line):
    going: Going
    chart: charts.LongChart


@dataclass(frozen=True, slots=True)
class ComingLine(Line):
    coming: Coming
    chart: charts.Chart


@router.get("/perspective")
def perspective_page(request: Request, store: StoreDep, settings: SettingsDep) -> HTMLResponse:
    """Trends and transitions, months and years."""
    lang = language(request)
    with store.reading() as conn:
        view = queries.overview(conn)
        found = horizons.perspective_rows(view)
        number, pages, rows = _slice(request, found, settings.page_size)
        part = horizons.perspective(conn, view, rows)
        documents = _documents(conn, [going.row for going in part])
    lines = [GoingLine(*_line(going.row, lang, documents), going=going, chart=charts.long_chart(going.periods)) for going in part]
    return page(
        request, "perspective.html", view=view, lines=lines, found=len(found), page_number=number, pages=pages, meter=charts.meter
    )


@router.get("/prospective")
def prospective_page(request: Request, store: StoreDep, settings: SettingsDep) -> HTMLResponse:
    """Weak signals and ruptures, ranked; nothing is extrapolated."""
    lang = language(request)
    asked = request.query_params.get("sort")
    order = Order(asked) if asked in set(Order) else Order.PLACE
    with store.reading() as conn:
        view = queries.overview(conn)
        found = _ordered(horizons.prospective(conn, view), order)
        number, pages, ranked = _slice(request, found, settings.page_size)
        part = horizons.completed(conn, view, ranked)
        documents = _documents(conn, [coming.row for coming in part])
    lines = [
        ComingLine(*_line(coming.row, lang, documents), coming=coming, chart=charts.sparkline(coming.row.weeks))
        for coming in part
    ]
    return page(
        request,
        "prospective.html",
        view=view,
        lines=lines,
        found=len(found),
        page_number=number,
        pages=pages,
        order=order,
        orders=Order,
        meter=charts.meter,
    )


@router.get("/conjunctions")
def conjunctions_page(request: Request, store: StoreDep) -> HTMLResponse:
    """Technologies by application domain, and technologies that meet each other."""
    lang = language(request)
    with store.reading() as conn:
        view = queries.overview(conn)
        known = {row.theme.id: row.theme for row in view.rows}
        sides = {key for row in view.rows for key in crossings.sides_of(row.theme) if key not in known}
        found = crossings.crossings(view.rows, known | queries.named(conn, sorted(sides)), lang)
    return page(request, "conjunctions.html", view=view, crossings=found, meter=charts.meter)


def _ordered(found: Sequence[Coming], order: Order) -> list[Coming]:
    if order is Order.PLACE:
        return list(found)
    return sorted(found, key=lambda one: one.surprise_rank if order is Order.SURPRISE else one.scarcity_rank)


def _slice(request: Request, found: Sequence[T], size: int) -> tuple[int, int, list[T]]:
    pages = max(1, -(-len(found) // size))
    number = min(page_number(request), pages)
    return number, pages, list(found[(number - 1) * size : number * size])


def _documents(conn: Connection, rows: Sequence[ThemeRow]) -> dict[str, Document]:
    cited = dict.fromkeys(key for row in rows for key in queries.evidence_ids(row)[:ROW_DOCUMENTS])
    return {document.id: document for document in document_rows.by_ids(conn, list(cited))}


def _line(
    row: ThemeRow, lang: str, documents: Mapping[str, Document]
) -> tuple[ThemeRow, str, Shown, tuple[Document, ...], radar.Direction]:
    cited = tuple(documents[key] for key in queries.evidence_ids(row)[:ROW_DOCUMENTS] if key in documents)
    return row, label(row.theme, lang), shown(row.signal, lang), cited, radar.direction(row)
