"""The page of one document: all an analyst needs to trust the number it stands behind, one click from the evidence."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from storage.errors import NotFound
from storage.territories import all_territories
from web import readings
from web.access import StoreDep
from web.documents import document_detail, successor
from web.render import label, language, page
from web.texts import texts

router = APIRouter(include_in_schema=False)

LEAD = 1200
"""Characters of a text shown before the rest is asked for."""


@router.get("/documents/{document_id}", response_class=HTMLResponse)
def document_page(request: Request, store: StoreDep, document_id: str) -> Response:
    """One document; the id of one found to be the same as another leads there."""
    lang = language(request)
    t = texts(lang)
    with store.reading() as conn:
        try:
            detail = document_detail(conn, document_id)
        except NotFound:
            other = successor(conn, document_id)
            if other is None:
                raise
            return RedirectResponse(request.url.replace(path=f"/documents/{quote(other, safe='')}"), status_code=308)
        territories = {(one.level, one.code): one.name_fr if lang == "fr" else one.name_en for one in all_territories(conn)}
    document = detail.document
    text = "" if detail.is_reserved else document.text
    lead = len(text) if len(text) <= LEAD * 1.2 else text.rfind(" ", 0, LEAD) if " " in text[:LEAD] else LEAD
    stated = [fact for fact in detail.facts if readings.is_stated(fact)]
    read = [fact for fact in detail.facts if not readings.is_stated(fact)]
    related = {key: label(theme, lang) for key, theme in detail.related.items()}
    return page(
        request,
        "document.html",
        detail=detail,
        document=document,
        source=detail.source,
        story=detail.story,
        lead=readings.segments(document, read, 0, lead) if text else (),
        rest=readings.segments(document, read, lead, len(text)) if text else (),
        length=len(text),
        stated=readings.readings(stated, detail.actors, territories, t),
        read=readings.readings(read, detail.actors, territories, t),
        because={one.theme.id: readings.because(one.assignment.reason, related, t) for one in detail.placed},
    )
