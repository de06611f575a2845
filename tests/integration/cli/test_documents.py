"""``documents``: shown first, deleted with --yes, explained when wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from storage import documents, sources
from storage.store import Store
from tests.builders import a_document, a_source
from tests.integration.cli.conftest import Zoom


def test_documents_are_found_by_name_and_deleted_on_demand(zoom: Zoom, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'zoom.db'}"
    opened = Store.open(url, create=True)
    with opened.transaction() as conn:
        sources.declare(conn, [a_source()])
        named = a_document("d1", title="Zoé Exemple rejoint la société")
        documents.add(conn, [named, a_document("d2", collected_at=dt.datetime.now(dt.UTC))], [])
    opened.close()
    shown = zoom("--database", url, "documents", "forget", "Zoe Exemple", "--json")
    assert shown.json == [{"id": "d1", "title": "Zoé Exemple rejoint la société", "would be": "deleted"}]
    assert zoom("--database", url, "documents", "remove", "d1", "d9").code == 1
    assert zoom("--database", url, "documents", "forget", "Zoe Exemple", "--yes").code == 0
    assert (
        "no document names"
        in zoom("--database", url, "documents", "forget", "Zoe Exemple").err
        + zoom("--database", url, "documents", "forget", "Zoe Exemple").out
    )
    assert zoom("--database", url, "documents", "remove", "d2").out == "1 document deleted\n"
    assert zoom("--database", url, "documents", "forget", "Exemple").code == 2


def test_doctor_notes_a_contact_nobody_replaced(zoom: Zoom, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'zoom.db'}"
    Store.open(url, create=True).close()
    checks = {row["check"]: row for row in zoom("--database", url, "doctor", "--json").json}
    assert checks["contact"]["verdict"] == "note"
    assert "crawler.user_agent" in checks["contact"]["detail"]
