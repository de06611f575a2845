"""The collectors as a product: a region's sources through every step for five days, what analysts then read, and what nobody may.

The world is ``collectors_world``. Each test looks at one promise; the days are lived once.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from fastapi.testclient import TestClient

from crawler.catalogue import load_catalogue
from crawler.importing import import_file
from monitor.config import Settings
from monitor.steps import Outcome, run_all
from storage import deliveries, sources
from storage.model import Source, SourceState, Subscription
from storage.store import Store
from storage.tables import metadata
from tests.scenarios.collectors_world import CREDENTIALS, FIRST, RELEASE, WORK, World, a_world
from web.app import create_app

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DAYS = 5
COLLECTED_ONLY = (1, 2)
LAST = FIRST + dt.timedelta(days=DAYS - 1)
SECRETS = {
    *CREDENTIALS.values(),
    base64.b64encode(f"{CREDENTIALS['epo_key']}:{CREDENTIALS['epo_secret']}".encode()).decode(),
    "token-1",
}


@dataclass
class Lived:
    """What five days left: the database, the logs, and what became of the steps."""

    world: World
    store: Store
    folder: Path
    settings: Settings
    logs: str = ""
    ended: list[str] = field(default_factory=list)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.store.reading() as conn:
            return [tuple(row) for row in conn.execute(sa.text(query))]

    def one(self, query: str) -> tuple[Any, ...]:
        (row,) = self.rows(query)
        return row

    def dump(self) -> dict[str, list[str]]:
        """Every row of every table as text."""
        with self.store.reading() as conn:
            return {table.name: sorted(repr(row) for row in conn.execute(sa.select(table))) for table in metadata.sorted_tables}

    @property
    def sources(self) -> dict[str, Source]:
        with self.store.reading() as conn:
            return {source.id: source for source in sources.all_sources(conn)}


class _Kept(logging.Handler):
    """Keeps every record of the standard library's loggers."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.getMessage()}")


def written(world: World, folder: Path, url: str) -> tuple[Settings, Path]:
    """The settings of an installation in ``folder``, and the file they are in."""
    given = {
        "database": {"url": url},
        "crawler": {
            "pace_s": 0,
            "user_agent": "Veille/1 (+https://region.example/bot; mailto:veille@region.example)",
            "allow_private_hosts": list(world.hosts),
            "credentials": CREDENTIALS,
        },
        "nlp": {
            "themes": {"watch_file": str(world.watch_list(folder / "watch.toml", "quantum", "photonics"))},
            "embedder": {"workers": 1},
        },
        "alerts": {"file_root": str(folder)},
    }
    file = folder / "zoom-avant.toml"
    file.write_text("\n".join(_tables(given)), encoding="utf-8")
    return Settings.model_validate(given), file


def _tables(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    if prefix:
        yield f"[{prefix}]"
    for name, value in values.items():
        if not isinstance(value, dict):
            yield f"{name} = {json.dumps(value)}"
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _tables(value, f"{prefix}.{name}" if prefix else name)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("region")
    url = f"sqlite:///{folder / 'zoom.db'}"
    kept, root = _Kept(), logging.getLogger()
    with a_world() as world:
        settings, _ = written(world, folder, url)
        store = Store.open(url, create=True)
        found = Lived(world, store, folder, settings)
        with store.transaction() as conn:
            sources.declare(conn, load_catalogue(world.catalogue(folder / "sources.toml"), settings.crawler))
            team = [
                Subscription(id=f"team-{lang}", channel="file", target=lang, content="alerts", lang=lang) for lang in ("fr", "en")
            ]
            deliveries.subscribe(conn, team)
        import_file(store, world.archive(folder / "archive.jsonl"), None, settings.crawler)
        root.addHandler(kept)
        try:
            with structlog.testing.capture_logs() as entries:
                for day in range(DAYS):
                    now = FIRST + dt.timedelta(days=day)
                    world.publish(now)
                    reports = run_all(store, now, settings, only=["collect"] if day in COLLECTED_ONLY else None)
                    found.ended += [f"{now.date()} {one.step} {one.reason}" for one in reports if one.outcome is not Outcome.DONE]
        finally:
            root.removeHandler(kept)
        found.logs = "\n".join([*map(repr, entries), *kept.lines])
        yield found
        store.close()


def test_every_step_of_every_day_ended_well(lived: Lived) -> None:
    assert lived.ended == []


def test_every_source_was_visited_and_says_how_it_stands(lived: Lived) -> None:
    visited = {row[0] for row in lived.rows("SELECT DISTINCT source_id FROM fetches")}
    assert visited == set(lived.world.sites)
    states = {source.id: (source.state, source.state_reason) for source in lived.sources.values()}
    assert states.pop("photonics-com")[0] is SourceState.BROKEN
    assert {state for state, _ in states.values()} == {SourceState.ACTIVE}, states
    assert not [source.id for source in lived.sources.values() if source.trial and source.id != "photonics-com"], (
        "trials are over"
    )


def test_documents_of_every_kind_came_in(lived: Lived) -> None:
    kinds = Counter(dict(lived.rows("SELECT kind, COUNT(*) FROM documents GROUP BY kind")))
    assert (kinds["paper"], kinds["patent"], kinds["funding"]) == (5, 7, 13)
    assert kinds["news"] > 40
    assert lived.rows("SELECT SUM(rejected) FROM fetches") == [(0,)]


def test_no_row_no_log_and_no_address_holds_a_secret(lived: Lived) -> None:
    dump = repr(lived.dump())
    # OpenAlex and CORDIS take their keys in the address, and only those.
    keyed = {"openalex": CREDENTIALS["openalex_key"], "cordis-extract": CREDENTIALS["cordis_key"]}
    for secret in SECRETS:
        assert secret not in dump
        assert secret not in lived.logs
        for key, site in lived.world.sites.items():
            assert not [path for path, _ in site.asked if secret in path] or keyed.get(key) == secret
    for key, secret in keyed.items():
        assert any(secret in path for path, _ in lived.world.sites[key].asked), "or the test proves nothing"
    assert lived.logs.count("step ended") > 40


def test_no_page_holds_a_secret_or_a_person(lived: Lived) -> None:
    app = create_app(lived.store, lived.settings.web, lived.settings.alerts)
    client = TestClient(app, base_url="http://127.0.0.1")
    for lang in ("fr", "en"):
        for path in ("/", "/sources", "/themes/photonics", "/themes/quantum", "/alerts", "/perspective"):
            page = client.get(path, headers={"Accept-Language": lang})
            assert page.status_code == 200, path
            assert not [secret for secret in SECRETS if secret in page.text]
    stored = repr(lived.dump())
    for person in ("Ada Example", "PERSONNE ALIX", "Personne Alix", "Alex Invented", "Nomdepersonne"):
        assert person not in stored


def test_a_second_run_at_the_same_time_changes_nothing(lived: Lived) -> None:
    before, asked = lived.dump(), len(lived.world.asked())
    _, file = written(lived.world, lived.folder, f"sqlite:///{lived.folder / 'zoom.db'}")
    command = [sys.executable, "-m", "monitor.cli", "--config", str(file), "--debug", "run", "--now", LAST.isoformat()]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    after = lived.dump()
    changed = {name: sorted(set(after[name]) ^ set(before[name])) for name in before if after[name] != before[name]}
    assert changed == {}
    assert len(lived.world.asked()) == asked, "nobody is asked again"
    assert not [secret for secret in SECRETS if secret in ended.stdout + ended.stderr]


def test_patents_reach_the_watch_themes_by_their_codes(lived: Lived) -> None:
    patents = "FROM assignments AS a JOIN documents AS d ON d.id = a.document_id WHERE d.kind = 'patent'"
    query = f"SELECT d.title {patents} AND a.theme_id = "
    assert sorted(lived.rows(f"{query}'photonics'")) == [
        ("Coupling device",),
        ("Dispositif de couplage",),
        ("Dispositif de couplage et son procédé de fabrication",),
        ("Illustrative title 999201",),
    ]
    assert sorted(lived.rows(f"{query}'quantum'")) == [("Procédé de lecture",), ("Procédé de lecture",), ("Readout apparatus",)]
    assert lived.rows("SELECT title FROM documents WHERE title = 'Autocuiseur'") == [], "nobody watches pressure cookers"


def test_families_count_once_in_each_country_of_their_applicants(lived: Lived) -> None:
    query = (
        "SELECT country, SUM(stories), SUM(patents) FROM v_patents_by_country WHERE country_from = 'applicant' GROUP BY country"
    )
    assert sorted(lived.rows(query)) == [("DE", 1, 3), ("FR", 2, 4), ("US", 1, 1)]
    # The French register does not say where applicants live; its copy of a family known from the EPO counts no second time.
    fallback = "SELECT SUM(stories), SUM(patents) FROM v_patents_by_country WHERE country_from = 'source' AND country = 'FR'"
    assert lived.one(fallback) == (0, 1)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("cordis", (2_500_000, "EUR", 2_500_000, "INSTITUT EXEMPLE", None, "Horizon Europe", "53", "FR")),
        ("cordis-extract", (2_500_000, "EUR", 2_500_000, "INSTITUT EXEMPLE", None, "Horizon Europe", "53", "FR")),
        ("ted", (1_200_000, "EUR", 1_200_000, "Société A", "Région Exemple", None, "53", "FR")),
        ("boamp", (1_250_000, "EUR", 1_250_000, "Iroise Lasers", "Collectivité Exemple", None, "52", "FR")),
        ("anr-aapg", (450_500, "EUR", 450_500, "Université Exemple", None, "ANR", "53", "FR")),
        ("mesr-i-nov", (900_000, "EUR", 900_000, "Nacre Optique", None, "Concours i-Nov", "53", "FR")),
        ("ademe-projets", (750_000, "EUR", 750_000, "Société Exemple", None, "ADEME – France 2030", None, None)),
    ],
)
def test_funding_says_how_much_whose_and_where(lived: Lived, source: str, expected: tuple[Any, ...]) -> None:
    columns = "amount, currency, eur, beneficiary, buyer, programme, region, country"
    order = "ORDER BY amount DESC LIMIT 1"
    assert lived.one(f"SELECT {columns} FROM v_funding WHERE source_id = '{source}' AND role = 'stated' {order}") == expected


def test_a_round_in_the_press_is_read_from_its_words(lived: Lived) -> None:
    amounts = "FROM facts AS f JOIN documents AS d ON d.id = f.document_id WHERE f.kind = 'amount'"
    found = lived.rows(f"SELECT number, unit, eur {amounts} AND d.title LIKE 'Nacre Optique lève%'")
    assert (12_000_000, "EUR", 12_000_000) in found


@pytest.mark.parametrize("source", ["boamp", "ted"])
def test_call_correction_and_award_are_one_story(lived: Lived, source: str) -> None:
    query = "SELECT documents, copies, first_source_id FROM v_stories WHERE first_source_id = "
    assert lived.rows(f"{query}'{source}'") == [(3, 2, source)]


def test_one_work_of_four_databases_is_one_document(lived: Lived) -> None:
    identifier, documents = lived.one(f"SELECT MIN(id), COUNT(*) FROM documents WHERE title = '{WORK.title}'")
    told = {row[0] for row in lived.rows(f"SELECT source_id FROM mentions WHERE document_id = '{identifier}'")}
    assert documents == 1
    assert told == {"arxiv-quant-ph", "arxiv-api", "hal", "openalex", "crossref"}


def test_a_syndicated_release_is_one_story_of_its_first_publisher(lived: Lived) -> None:
    query = "SELECT documents, copies, sources, first_source_name, title FROM v_stories WHERE title LIKE 'Lumen Exemple opens%'"
    assert lived.rows(query) == [(3, 2, 3, "PR Newswire", RELEASE)]
    assert {row[0] for row in lived.rows("SELECT title FROM documents WHERE title LIKE 'Lumen Exemple opens%'")} == {RELEASE}


def test_a_source_that_fails_for_days_is_broken_and_its_days_are_missing_coverage(lived: Lived) -> None:
    source = lived.sources["photonics-com"]
    assert (source.state, source.failures) == (SourceState.BROKEN, 4)
    assert str(source.state_reason).startswith("status: ") or "500" in str(source.state_reason)
    query = "SELECT day, gap, visits, failed_visits FROM v_source_coverage WHERE source_id = 'photonics-com' ORDER BY day"
    days = {str(day): (gap, visits, failed) for day, gap, visits, failed in lived.rows(query)}
    assert {day: days[day] for day in ("2026-09-21", "2026-09-22", "2026-09-24")} == {
        "2026-09-21": ("none", 1, 0),
        "2026-09-22": ("failed", 1, 1),
        "2026-09-24": ("failed", 1, 1),
    }
    others = "SELECT DISTINCT source_id FROM v_source_coverage WHERE gap <> 'none'"
    assert lived.rows(others) == [("photonics-com",)]


def test_the_theme_says_which_source_is_missing(lived: Lived) -> None:
    (evidence,) = lived.one("SELECT evidence FROM signals WHERE theme_id = 'photonics' ORDER BY day DESC LIMIT 1")
    found = [caveat for caveat in json.loads(evidence)["caveat_details"] if caveat["code"] == "coverage_gap"]
    assert [list(caveat["sources"]) for caveat in found] == [["photonics-com"]]
    assert "Photonics.com" in found[0]["fr"]
    assert "Photonics.com" in found[0]["en"]


def test_the_team_is_told_once_in_its_language(lived: Lived) -> None:
    told = {lang: [path.read_text(encoding="utf-8") for path in (lived.folder / lang).glob("*.txt")] for lang in ("fr", "en")}
    about = {lang: [text for text in texts if "Photonics.com" in text] for lang, texts in told.items()}
    assert {lang: len(texts) for lang, texts in about.items()} == {"fr": 1, "en": 1}
    assert "source" in about["fr"][0]
