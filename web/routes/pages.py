"""The pages people read: all themes, and one theme. Server-rendered; everything works without a script."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from storage import documents as document_rows
from storage.model import Document, Kind, Origin, Signal, State, Verdict
from web import cases, charts, crossings, queries, radar
from web.access import SettingsDep, StoreDep
from web.evidence import Shown, shown
from web.periods import long_series
from web.queries import Overview, ThemeRow
from web.render import label, language, page, page_number
from web.selection import ASCENDING, SPEAKING, Sort, is_speaking, ordered, selected

router = APIRouter(include_in_schema=False)

MOVERS = 6
# From here on a theme's page shows its long series too.
LONG_MONTHS = 13
ROW_DOCUMENTS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A theme ready to be drawn as a line of the table."""

    row: ThemeRow
    number: int
    label: str
    chart: charts.Chart
    direction: radar.Direction
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, with its name."""

    name: str
    count: float
    share: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader asked of the table. Anything unreadable is as if it had not been asked."""

    state: State | None
    origin: Origin | None
    text: str
    sort: Sort
    descending: bool
    page: int

    @classmethod
    def of(cls, request: Request) -> Choice:
        asked = request.query_params
        sort = Sort(asked["sort"]) if asked.get("sort") in set(Sort) else Sort.RANK
        order = asked.get("order")
        return cls(
            state=State(asked["state"]) if asked.get("state") in set(State) else None,
            origin=Origin(asked["origin"]) if asked.get("origin") in set(Origin) else None,
            text=asked.get("q", "")[:200].strip(),
            sort=sort,
            descending=order == "desc" if order in ("asc", "desc") else sort not in ASCENDING,
            page=page_number(request),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.state or self.origin or self.text)


@router.get("/")
def themes_page(request: Request, store: StoreDep, settings: SettingsDep) -> HTMLResponse:
    """All themes: radar, what moves, and the table."""
    lang, choice = language(request), Choice.of(request)

    def name(row: ThemeRow) -> str:
        return label(row.theme, lang)

    with store.reading() as conn:
        view = queries.overview(conn)
        ranked = ordered(view.rows, Sort.RANK, descending=False, name=name)
        numbers = {row.theme.id: n for n, row in enumerate(ranked, start=1)}
        found = selected(
            ranked,
            states=[choice.state] if choice.state else (),
            origins=[choice.origin] if choice.origin else (),
            text=choice.text,
        )
        pages = max(1, -(-len(found) // settings.page_size))
        number = min(choice.page, pages)
        start = (number - 1) * settings.page_size
        in_order = ordered(found, choice.sort, descending=choice.descending, name=name)
        rows = queries.completed(conn, in_order[start : start + settings.page_size], view.weeks)
        cited = list(dict.fromkeys(key for row in rows for key in queries.evidence_ids(row)[:ROW_DOCUMENTS]))
        documents = {document.id: document for document in document_rows.by_ids(conn, cited)}
        open_cases = cases.open_cases(conn)
    by_origin = selected(ranked, origins=[choice.origin] if choice.origin else (), text=choice.text)
    return page(
        request,
        "themes.html",
        view=view,
        choice=choice,
        lines=[_line(row, numbers, lang, documents) for row in rows],
        movers=_movers(found, open_cases),
        numbers=numbers,
        radar=radar.draw(found, [name(row) for row in found], [numbers[row.theme.id] for row in found]),
        rings=radar.RINGS,
        centre=(radar.CENTRE_X, radar.CENTRE_Y),
        direction=radar.direction,
        tally={state: sum(row.state is state for row in by_origin) for state in (*SPEAKING, State.STABLE, State.NOISE)},
        total=len(by_origin),
        found=len(found),
        page_number=number,
        pages=pages,
        first=start + 1,
        meter=charts.meter,
        sorts=Sort,
        ascending=ASCENDING,
        origins=Origin,
        outages=_outages(view),
    )


def _movers(found: Sequence[ThemeRow], open_cases: cases.OpenCases) -> list[ThemeRow]:
    """One line a movement: open cases first, then what moves without a case; not what a case already speaks for."""
    moving = [row for row in found if is_speaking(row) and row.theme.id not in open_cases.spoken_for]
    return sorted(moving, key=lambda row: row.theme.id not in open_cases.speaking)[:MOVERS]


@router.get("/themes/{theme_id}")
def theme_page(request: Request, store: StoreDep, theme_id: str) -> HTMLResponse:
    """One theme: why it is in its state, its series, its documents and its history."""
    lang = language(request)
    with store.reading() as conn:
        detail = queries.theme_detail(conn, theme_id)
        names = queries.source_names(conn)
        periods = long_series(conn, [theme_id], detail.day).get(theme_id, ())
    theme, signal = detail.row.theme, detail.row.signal
    evidence: Mapping[str, Any] = {} if signal is None else signal.evidence
    told = shown(signal, lang, names)
    by_source = _shares(evidence.get("by_source"), names)
    return page(
        request,
        "theme.html",
        detail=detail,
        theme=theme,
        name=label(theme, lang),
        signal=signal,
        shown=told,
        chart=charts.full_chart(detail.row.weeks, told.onset, told.onset_interval, _burst(signal, told)),
        periods=periods if sum(period.months for period in periods) >= LONG_MONTHS else (),
        long=charts.long_chart(periods, width=920, height=110),
        direction=radar.direction(detail.row),
        by_source=by_source,
        observed_total=sum(part.count for part in by_source),
        by_kind=_shares(evidence.get("by_kind"), {}),
        kinds=[kind.value for kind in Kind],
        names=names,
        partner=crossings.partner_of(theme, detail.related, lang) if theme.origin is Origin.CONJUNCTION else None,
        verdicts=Verdict,
        meter=charts.meter,
    )


def _burst(signal: Signal | None, told: Shown) -> tuple[dt.date, dt.date] | None:
    if signal is None or told.buzz is None:
        return None
    return signal.day - dt.timedelta(days=told.buzz.days - 1), signal.day


def _line(row: ThemeRow, numbers: Mapping[str, int], lang: str, documents: Mapping[str, Document]) -> Line:
    return Line(
        row=row,
        number=numbers[row.theme.id],
        label=label(row.theme, lang),
        chart=charts.sparkline(row.weeks),
        direction=radar.direction(row),
        documents=tuple(documents[key] for key in queries.evidence_ids(row)[:ROW_DOCUMENTS] if key in documents),
    )


def _shares(counts: object, names: Mapping[str, str]) -> list[Share]:
    """Counts by key, largest first; the buckets of a split source (``epo#12``) are one."""
    merged: dict[str, float] = {}
    for key, count in (counts if isinstance(counts, Mapping) else {}).items():
        base = str(key).partition("#")[0]
        if isinstance(count, int | float) and math.isfinite(count):
            merged[base] = merged.get(base, 0.0) + float(count)
    whole = sum(merged.values()) or 1.0
    ranked = sorted(merged.items(), key=lambda item: (-item[1], item[0]))
    return [Share(names.get(key, key), count, count / whole) for key, count in ranked]


def _outages(view: Overview) -> list[Any]:
    return [week.start for week in view.weeks if not week.covered]
