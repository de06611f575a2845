"""A visit of many pages that is killed at any moment: the next run goes on from there, loses nothing and doubles nothing."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import sqlalchemy as sa

from crawler.collect import collect
from crawler.config import CrawlerSettings
from storage import sources
from storage.model import Kind, Source
from storage.store import Store
from storage.tables import documents, mentions
from tests.conftest import NOW
from tests.integration.crawler.papers import QUANTUM
from tests.servers.hal import Hal
from tests.servers.http import serving
from tests.servers.works import works

WORKS = 400
RUN = """
import datetime as dt, sys
from crawler.collect import collect
from crawler.config import CrawlerSettings
from storage.store import Store
from tests.integration.crawler.papers import QUANTUM
if __name__ == "__main__":
    settings = CrawlerSettings(pace_s=0, allow_private_hosts=(sys.argv[2],))
    collect(Store.open(sys.argv[1]), dt.datetime.fromisoformat(sys.argv[3]), settings, watched=(QUANTUM,))
"""


@pytest.mark.parametrize("pages", [1, 3, 7])
def test_a_visit_killed_between_its_pages_goes_on(sqlite_store: Store, sqlite_url: str, tmp_path: Path, pages: int) -> None:
    script = tmp_path / "killed.py"
    script.write_text(RUN)
    root = Path(__file__).parents[3]
    slowly: list[float] = []

    def tamper(body: dict[str, Any]) -> dict[str, Any]:
        """Takes its time, so that the crawl can be killed in the middle."""
        if not slowly:
            sleep(0.05)
        return body

    with serving() as site:
        hal = Hal(works(WORKS, on=dt.date(2026, 2, 20)), tamper=tamper)
        source = Source(id="hal", name="HAL", kind=Kind.PAPER, url=hal.mount(site), collector="hal", options={"rows": 20})
        with sqlite_store.transaction() as conn:
            sources.declare(conn, [source])
        host = f"127.0.0.1:{site.port}"
        command = [sys.executable, str(script), sqlite_url, host, NOW.isoformat()]
        process = subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, stderr=subprocess.PIPE)
        deadline = monotonic() + 60
        while _count(sqlite_store, documents) < 20 * pages and monotonic() < deadline and process.poll() is None:
            sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        stored = _count(sqlite_store, documents)
        assert 20 * pages <= stored < WORKS
        with sqlite_store.reading() as conn:
            assert sources.get(conn, "hal").cursor is not None
            assert sources.visits(conn, "hal") == []  # no visit has ended: the source is still due
        slowly.append(1)
        site.asked.clear()
        settings = CrawlerSettings(pace_s=0, allow_private_hosts=(host,))
        report = collect(sqlite_store, NOW, settings, watched=(QUANTUM,))
    assert (report.visited, report.failed, report.new) == (1, 0, WORKS - stored)
    assert _count(sqlite_store, documents) == _count(sqlite_store, mentions) == WORKS
    searches = [path for path, _ in site.asked if path.startswith("/search/")]
    assert len(searches) == (WORKS - stored) / 20 + 1  # what was read before is not asked for again; the last page is empty


def _count(store: Store, table: sa.Table) -> int:
    with store.reading() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0
