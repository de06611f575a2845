"""Probes for whoever keeps the server running: is the process alive, and can it do its work."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from storage.store import head_revision
from web.access import StoreDep
from web.problems import Problem, problem_response

router = APIRouter(tags=["health"])


@router.get("/livez")
def livez() -> dict[str, str]:
    """The process answers. Looks at nothing else."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: {"description": "The database is away or has another schema"}})
def readyz(store: StoreDep) -> Response:
    """The database answers and has the schema this program needs; else 503 with the reason."""
    try:
        revision = store.revision()
    except sa.exc.SQLAlchemyError as exc:
        cause = type(getattr(exc, "orig", None) or exc).__name__
        return problem_response(Problem(503, "not ready", f"the database cannot be reached ({cause})"))
    if revision != _needed():
        detail = f"the database has schema {revision or 'none'}, this program needs {_needed()}: run 'zoom-avant init'"
        return problem_response(Problem(503, "not ready", detail))
    return JSONResponse({"status": "ready", "schema": revision})


@cache
def _needed() -> str:
    return head_revision()
