"""The page of the sources: which answer, which do not and why, and what of the last days is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from crawler.reasons import Reason
from web import sources
from web.access import StoreDep
from web.render import language, page

router = APIRouter(include_in_schema=False)


@router.get("/sources")
def sources_page(request: Request, store: StoreDep) -> HTMLResponse:
    """Every source with its state, the reason, its rhythm and its last sixty days."""
    with store.reading() as conn:
        found = sources.standing(conn)
    return page(
        request,
        "sources.html",
        standing=found,
        tally=Counter(shown.source.state for shown in found.visited),
        gaps=sources.GAPS,
        height=sources.HEIGHT,
        said=_said(language(request)),
    )


def _said(lang: str) -> Callable[[str | None], str]:
    """Stored reasons in the reader's language; one of another version stays as it was written."""

    def say(stored: str | None) -> str:
        if not stored:
            return ""
        try:
            reason = Reason.read(stored)
        except KeyError:
            return stored
        return reason.fr if lang == "fr" else reason.en

    return say
