"""Visits to servers of papers, for the tests of each."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crawler.collectors.base import Task, Watched
from crawler.collectors.registry import collector_for
from crawler.config import Credentials
from storage.model import Kind, Source
from tests.conftest import NOW
from tests.servers.drive import Driven, drive

QUANTUM = Watched("quantum", ("quantum key distribution", "ordinateur quantique"), ("H04L9/0852",))


def a_task(collector: str, url: str, *, cursor: str | None = None, now: dt.datetime = NOW, key: str = "", **options: Any) -> Task:
    source = Source(id=collector, name=collector, kind=Kind.PAPER, url=url, collector=collector, options=options, cursor=cursor)
    credentials = Credentials(openalex_key=key) if key else Credentials()
    return Task(source=source, now=now, watched=(QUANTUM,), credentials=credentials, contact="veille@region.example")


def visit(collector: str, url: str, *, limit: int = 50, pages: int | None = None, **kw: Any) -> Driven:
    return drive(collector_for(collector), a_task(collector, url, **kw), limit=limit, pages=pages)


def titles(driven: Driven) -> list[str]:
    return [entry.title for entry in driven.entries]
