"""The steps through the command line, on documents that came in through the command line."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.steps import NAMES
from storage.store import Store
from storage.tables import metadata
from tests.integration.cli.conftest import Zoom
from tests.integration.cli.test_import import a_line

STEPS = "collect,enrich,embed,owe,digest,deliver,facts"


def every_row(store: Store) -> dict[str, list[str]]:
    def row_text(row: Any) -> str:
        return repr(tuple(cell.tolist() if hasattr(cell, "tolist") else cell for cell in row))

    with store.reading() as conn:
        return {table.name: sorted(row_text(row) for row in conn.execute(sa.select(table))) for table in metadata.sorted_tables}


def test_running_the_steps_again_changes_no_row(zoom_on: Zoom, store: Store) -> None:
    Path("news.jsonl").write_text("".join(a_line(n) for n in range(6)), encoding="utf-8")
    zoom_on("import", "news.jsonl")
    first = zoom_on("run", "--only", STEPS, "--now", "2026-03-02", "--json")
    assert first.code == 0
    assert [row["outcome"] for row in first.json] == ["done"] * len(STEPS.split(","))
    before = every_row(store)
    assert len(before["vectors"]) == 6
    assert before["leases"] == []
    assert zoom_on("run", "--only", STEPS, "--now", "2026-03-02").code == 0
    assert every_row(store) == before


@pytest.mark.slow
def test_every_step_twice_changes_no_row(zoom_on: Zoom, store: Store) -> None:
    corpus = Path(str(files("monitor.demo") / "corpus" / "documents.jsonl"))
    zoom_on("import", str(corpus))
    steps = ",".join(name for name in NAMES if name not in ("collect", "facts"))
    first = zoom_on("run", "--only", steps, "--now", "2026-11-16", "--json")
    assert [row for row in first.json if row["outcome"] != "done"] == []
    before = every_row(store)
    for table in ("vectors", "themes", "assignments", "observations", "signals", "rules", "model_runs"):
        assert before[table], table
    assert any("'discovered'" in row for row in before["themes"])
    again = zoom_on("run", "--only", steps, "--now", "2026-11-16", "--json")
    assert [row for row in again.json if row["outcome"] != "done"] == []
    assert every_row(store) == before
