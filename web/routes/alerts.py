"""The cases the rules opened, and where readers say what they thought of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from monitor import feedback
from storage import documents as document_rows
from storage import themes as theme_rows
from storage.model import Verdict
from web import cases, charts, queries
from web.access import FormKeyDep, SettingsDep, StoreDep
from web.cases import Case, Wanted
from web.evidence import shown
from web.forms import Reader, fields, form_token, is_from_here, reader
from web.render import label, language, page, page_number
from web.weeks import axis, filled

router = APIRouter(include_in_schema=False)

CASE_WEEKS = 52


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader asked of the list. Anything unreadable is as if it had not been asked."""

    kind: str | None
    is_open: bool | None

    @classmethod
    def of(cls, request: Request, kinds: list[str]) -> Choice:
        kind, state = request.query_params.get("kind"), request.query_params.get("state")
        return cls(kind if kind in kinds else None, {"open": True, "closed": False}.get(state or ""))


@router.get("/alerts")
def alerts_page(request: Request, store: StoreDep, settings: SettingsDep) -> HTMLResponse:
    """All cases, last opened first, with what readers answered."""
    lang = language(request)
    with store.reading() as conn:
        kinds = cases.kinds(conn)
        choice = Choice.of(request, kinds)
        wanted = Wanted(kind=choice.kind, is_open=choice.is_open)
        found = cases.count(conn, wanted)
        pages = max(1, -(-found // settings.page_size))
        number = min(page_number(request), pages)
        listed = cases.cases_page(conn, wanted, limit=settings.page_size, offset=(number - 1) * settings.page_size)
        names = {key: label(theme, lang) for key, theme in queries.named(conn, [one.alert.theme_id for one in listed]).items()}
        rules = cases.rule_names(conn)
        tally = {
            "all": cases.count(conn, Wanted(kind=choice.kind)),
            "open": cases.count(conn, Wanted(kind=choice.kind, is_open=True)),
            "closed": cases.count(conn, Wanted(kind=choice.kind, is_open=False)),
        }
    return page(
        request,
        "alerts.html",
        cases=listed,
        names=names,
        rules=rules,
        kinds=kinds,
        choice=choice,
        tally=tally,
        found=found,
        page_number=number,
        pages=pages,
        verdicts=Verdict,
    )


@router.get("/alerts/{alert_id}")
def alert_page(request: Request, store: StoreDep, key: FormKeyDep, alert_id: str) -> Response:
    """One case: why it spoke, its documents, and what readers said. Raises NotFound."""
    lang, who = language(request), reader(request)
    with store.reading() as conn:
        found: Case = cases.case(conn, alert_id)
        alert = found.alert
        theme = theme_rows.get(conn, alert.theme_id)
        day = queries.last_day(conn)
        until = min(alert.closed_on or day or alert.opened_on, day or alert.opened_on)
        weeks = axis(conn, until, CASE_WEEKS)
        counts = queries.weekly_counts(conn, [alert.theme_id], weeks)
        listed = alert.evidence.get("documents")
        cited = document_rows.by_ids(conn, [str(item) for item in listed] if isinstance(listed, list) else [])
        names = queries.source_names(conn)
        also = alert.evidence.get("also")
        others = queries.named(conn, [str(item) for item in also] if isinstance(also, list) else [])
        answer = None if who.is_new else cases.answer_of(conn, alert.id, who.name)
        rule = cases.rule_names(conn).get(alert.rule_id)
    evidence = shown(alert, lang, names)
    series = filled(weeks, counts.get(alert.theme_id, {}), alert.evidence)
    response = page(
        request,
        "alert.html",
        case=found,
        alert=alert,
        theme=theme,
        name=label(theme, lang),
        rule=rule,
        shown=evidence,
        weeks=series,
        chart=charts.full_chart(series, evidence.onset, evidence.onset_interval),
        documents=cited,
        names=names,
        others=list(others.values()),
        answer=answer,
        verdicts=Verdict,
        token=form_token(key, who, _purpose(alert.id)),
        note_length=feedback.NOTE_LENGTH,
        meter=charts.meter,
    )
    who.remember(response, secure=request.url.scheme == "https")
    return response


@router.post("/alerts/{alert_id}/feedback")
def answer_alert(
    request: Request,
    store: StoreDep,
    key: FormKeyDep,
    form: Annotated[dict[str, str], Depends(fields)],
    alert_id: str,
) -> Response:
    """Keeps a reader's answer and leads back to the case. 400 for no known answer, 403 for a form that is not ours, NotFound."""
    who: Reader = reader(request)
    if not is_from_here(key, who, _purpose(alert_id), form.get("token", "")):
        raise HTTPException(403, "this form was not made for you by this server, or it is too old: open the alert again")
    verdict = form.get("verdict", "")
    if verdict not in set(Verdict):
        raise HTTPException(400, f"verdict must be one of {', '.join(Verdict)}")
    feedback.give(store, alert_id, verdict, who.name, dt.datetime.now(dt.UTC), form.get("note", ""))
    return RedirectResponse(f"/alerts/{quote(alert_id, safe='')}#feedback", status_code=303)


def _purpose(alert_id: str) -> str:
    return f"feedback {alert_id}"
