"""The weekly digests as pages: those that were sent, and each of them in full. Where ``Read on the web`` leads."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from alerts.digest import build_digest, digest_message
from alerts.message import Change, Envelope, Item
from alerts.texts import texts
from storage import themes as theme_rows
from storage.errors import NotFound
from web import archive, charts
from web.access import AlertSettingsDep, StoreDep
from web.render import label, language, page, page_number
from web.weeks import Week

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 26
CHART_SIZE = (560.0, 72.0)


@dataclass(frozen=True, slots=True)
class Story:
    """A theme of the digest with its curve, ready to be drawn."""

    item: Item
    chart: charts.Chart


@router.get("/digests")
def digests_page(request: Request, store: StoreDep) -> HTMLResponse:
    """The digests that were sent, newest first."""
    lang = language(request)
    with store.reading() as conn:
        pages = max(1, -(-archive.count(conn) // PAGE_SIZE))
        number = min(page_number(request), pages)
        found = archive.archived(conn, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
        names = {theme.id: label(theme, lang) for theme in theme_rows.all_themes(conn, retired=True)}
    return page(
        request, "digests.html", digests=found, names=names, changes=Change, said=texts(lang), page_number=number, pages=pages
    )


@router.get("/digests/{week_end}")
def digest_page(request: Request, store: StoreDep, settings: AlertSettingsDep, week_end: str) -> HTMLResponse:
    """One week's digest. Raises NotFound when nothing is known of that week."""
    lang = language(request)
    day = archive.week_of(week_end)
    if day is None:
        raise NotFound("a digest's address ends with the day after its week, such as /digests/2026-11-16")
    with store.reading() as conn:
        if not archive.exists(conn, day):
            raise NotFound(f"there is no digest of the week before {day.isoformat()}")
        around = archive.neighbours(conn, day)
    digest = build_digest(store, day, lang, settings)
    to = Envelope(key=f"digest:{day.isoformat()}", subscription_id="", target="", lang=lang)
    message = digest_message(digest, to, dt.datetime.combine(day, dt.time(0), dt.UTC))
    sections = [(section.title, [Story(item, _chart(item)) for item in section.items]) for section in message.sections]
    return page(request, "digest.html", message=message, sections=sections, around=around, is_empty=digest.is_empty)


def _chart(item: Item) -> charts.Chart:
    weeks = [Week(week.week, covered=week.covered, stories=round(week.observed), expected=week.expected) for week in item.weekly]
    return charts.sparkline(weeks, *CHART_SIZE)
