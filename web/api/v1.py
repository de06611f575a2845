"""``/api/v1``: themes, signals, alerts and the answers to them as JSON. Pages follow by cursor: a growing table skips nothing."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import JSONResponse

from monitor import feedback
from storage.errors import ConfigError
from storage.model import AlertState, Origin, State
from web import cases, documents, horizons, queries
from web.access import StoreDep
from web.api.document_models import DocumentDetailOut
from web.api.horizon_models import ComingOut, GoingOut, PerspectivePage, ProspectivePage
from web.api.models import (
    AlertOut,
    AlertPage,
    AnswerIn,
    AnswerOut,
    ProblemOut,
    SignalOut,
    SignalPage,
    ThemeDetailOut,
    ThemeOut,
    ThemePage,
)
from web.cases import Wanted
from web.problems import MEDIA_TYPE, BadCursor
from web.selection import selected

Limit = Annotated[int, Query(ge=1, le=500, description="How many items at most.")]
Cursor = Annotated[str | None, Query(max_length=400, description="next_cursor of the page before.")]
ThemeFilter = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="Only this theme's.")]
States = Annotated[list[State], Query(description="Only these states; repeat for several.")]


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": ProblemOut.model_json_schema()}}}


router = APIRouter(
    prefix="/api/v1",
    tags=["api"],
    responses={422: _problem("A parameter cannot be read."), 400: _problem("The cursor is not one of ours.")},
    default_response_class=JSONResponse,
)


@router.get("/themes")
def list_themes(
    store: StoreDep,
    state: States = [],  # noqa: B006 - never written to
    origin: Annotated[list[Origin], Query(description="Only these origins; repeat for several.")] = [],  # noqa: B006
    q: Annotated[str, Query(max_length=200, description="Words of the label or the terms, accents ignored.")] = "",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> ThemePage:
    """Living themes by id, each with its newest signal."""
    (after,) = _read(cursor, 1) if cursor else ("",)
    with store.reading() as conn:
        view = queries.overview(conn)
        found = [row for row in selected(view.rows, states=state, origins=origin, text=q) if row.theme.id > after]
        rows = queries.completed(conn, found[:limit], view.weeks)
    more = len(found) > limit
    return ThemePage(
        day=view.day,
        items=[ThemeOut.of(row) for row in rows],
        next_cursor=_write(rows[-1].theme.id) if more else None,
    )


@router.get("/themes/{theme_id}", responses={404: _problem("No theme has this id.")})
def one_theme(store: StoreDep, theme_id: str) -> ThemeDetailOut:
    """One theme: weekly series, evidence, states, life events and alerts."""
    with store.reading() as conn:
        return ThemeDetailOut.of_detail(queries.theme_detail(conn, theme_id))


@router.get("/documents/{document_id}", responses={404: _problem("No document has this id, or it was deleted.")})
def one_document(store: StoreDep, document_id: str) -> DocumentDetailOut:
    """One document: where it was seen, its story, what was read in it, its themes. A merged one gives what it became."""
    with store.reading() as conn:
        return DocumentDetailOut.of_detail(documents.document_detail(conn, documents.successor(conn, document_id) or document_id))


@router.get("/signals")
def list_signals(
    store: StoreDep,
    start: Annotated[dt.date | None, Query(alias="from", description="First day.")] = None,
    end: Annotated[dt.date | None, Query(alias="to", description="Day after the last one.")] = None,
    state: States = [],  # noqa: B006
    theme: ThemeFilter = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> SignalPage:
    """Signals of the days [from, to), newest first."""
    after = _day_cursor(cursor)
    with store.reading() as conn:
        found = queries.signals_page(conn, start=start, end=end, states=state, theme_id=theme, after=after, limit=limit + 1)
    items = [SignalOut.of(signal) for signal in found[:limit]]
    more = len(found) > limit
    return SignalPage(items=items, next_cursor=_write(items[-1].day.isoformat(), items[-1].theme_id) if more else None)


@router.get("/perspective")
def list_perspective(store: StoreDep, limit: Limit = 100, cursor: Cursor = None) -> PerspectivePage:
    """Trends and transitions by theme id, each with up to ten years of its series by month or quarter."""
    (after,) = _read(cursor, 1) if cursor else ("",)
    with store.reading() as conn:
        view = queries.overview(conn)
        found = sorted((row for row in horizons.perspective_rows(view) if row.theme.id > after), key=lambda row: row.theme.id)
        items = [GoingOut.of(going) for going in horizons.perspective(conn, view, found[:limit])]
    more = len(found) > limit
    return PerspectivePage(day=view.day, items=items, next_cursor=_write(items[-1].theme.id) if more else None)


@router.get("/prospective")
def list_prospective(store: StoreDep, limit: Limit = 100, cursor: Cursor = None) -> ProspectivePage:
    """Weak signals and ruptures by place: surprising and scarce first."""
    after = _place_cursor(cursor)
    with store.reading() as conn:
        view = queries.overview(conn)
        ranked = horizons.prospective(conn, view)
        following = [one for one in ranked if after is None or (one.place, one.row.theme.id) > after]
        items = [ComingOut.of(one) for one in horizons.completed(conn, view, following[:limit])]
    more = len(following) > limit
    return ProspectivePage(
        day=view.day, items=items, next_cursor=_write(str(items[-1].place), items[-1].theme.id) if more else None
    )


@router.get("/alerts")
def list_alerts(
    store: StoreDep,
    state: Annotated[list[AlertState], Query(description="Only these states; repeat for several.")] = [],  # noqa: B006
    theme: ThemeFilter = None,
    kind: Annotated[str | None, Query(max_length=40, pattern=r"^[a-z_]+$", description="Only rules of this kind.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> AlertPage:
    """Alerts, last opened first, with how readers answered."""
    after = _day_cursor(cursor)
    with store.reading() as conn:
        found = cases.cases_page(conn, Wanted(states=state, theme_id=theme, kind=kind), after=after, limit=limit + 1)
    items = [AlertOut.of(case) for case in found[:limit]]
    more = len(found) > limit
    return AlertPage(items=items, next_cursor=_write(items[-1].opened_on.isoformat(), items[-1].id) if more else None)


@router.get("/alerts/{alert_id}", responses={404: _problem("No alert has this id.")})
def one_alert(store: StoreDep, alert_id: str) -> AlertOut:
    """One alert."""
    with store.reading() as conn:
        return AlertOut.of(cases.case(conn, alert_id))


def _is_json(request: Request) -> None:
    """Refuses what a page of another site could send without asking first: a body that does not say it is JSON."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "send the answer as JSON, with Content-Type: application/json")


@router.post(
    "/alerts/{alert_id}/feedback",
    dependencies=[Depends(_is_json)],
    responses={404: _problem("No alert has this id."), 415: _problem("The body is not declared as JSON.")},
)
def answer_alert(store: StoreDep, alert_id: str, answer: AnswerIn) -> AnswerOut:
    """Keeps a reader's answer to an alert, and returns the one that stands. Saying it twice changes nothing."""
    try:
        word = feedback.give(store, alert_id, answer.verdict.value, answer.given_by, dt.datetime.now(dt.UTC), answer.note)
    except ConfigError as exc:  # a name of nothing that can be read
        raise HTTPException(422, str(exc)) from exc
    return AnswerOut.of(word)


def _write(*parts: str) -> str:
    return base64.urlsafe_b64encode("\n".join(parts).encode()).decode().rstrip("=")


def _read(cursor: str, length: int) -> tuple[str, ...]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError) as exc:
        raise BadCursor from exc
    parts = tuple(text.split("\n"))
    # PostgreSQL refuses NUL in text; nothing we write holds one.
    if len(parts) != length or "\0" in text:
        raise BadCursor
    return parts


def _place_cursor(cursor: str | None) -> tuple[int, str] | None:
    if not cursor:
        return None
    place, key = _read(cursor, 2)
    if not (place.isascii() and place.isdigit() and len(place) < 10):
        raise BadCursor
    return int(place), key


def _day_cursor(cursor: str | None) -> tuple[dt.date, str] | None:
    if not cursor:
        return None
    day, key = _read(cursor, 2)
    try:
        return dt.date.fromisoformat(day), key
    except ValueError as exc:
        raise BadCursor from exc
