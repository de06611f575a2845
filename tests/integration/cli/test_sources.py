"""``sources`` on real databases and against servers on loopback: from a site's address to a source that is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import sources
from storage.model import Source
from storage.store import Store
from tests.conftest import NOW
from tests.integration.cli.conftest import Ran, Zoom
from tests.servers.http import Site, serving

AT = ("--now", NOW.isoformat())


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving() as running:
        monkeypatch.setenv("ZOOM_AVANT_CRAWLER__ALLOW_PRIVATE_HOSTS", json.dumps([f"127.0.0.1:{running.port}"]))
        monkeypatch.setenv("ZOOM_AVANT_CRAWLER__PACE_S", "0")
        yield running


def feed(site: Site, *paths: str) -> str:
    items = "".join(
        f"<item><title>{p}</title><link>{site.url(p)}</link><pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate></item>"
        for p in paths
    )
    return f'<rss version="2.0"><channel><title>Le Phare</title>{items}</channel></rss>'


def stored(store: Store, source_id: str) -> Source:
    with store.reading() as conn:
        return sources.get(conn, source_id)


def rows(ran: Ran) -> dict[str, dict[str, object]]:
    return {row["id"]: row for row in ran.json}


def test_a_source_is_declared_with_all_it_needs(zoom_on: Zoom, store: Store) -> None:
    words = ["sources", "add", "https://api.portal.example/works", "--id", "works", "--collector", "openalex", "--kind", "paper"]
    added = zoom_on(
        *words, "--option", "country=FR", "--option", "first_days=3", "--licence", "cc0", "--rights", "open", "--json"
    )
    assert added.code == 0
    source = stored(store, "works")
    assert (source.collector, source.options, source.rights, source.licence) == (
        "openalex",
        {"country": "FR", "first_days": 3},
        "open",
        "cc0",
    )
    assert added.json["options"] == {"country": "FR", "first_days": 3}


def test_one_feed_is_no_two_sources_but_an_interface_may_be_asked_twice(zoom_on: Zoom) -> None:
    assert zoom_on("sources", "add", "https://s.example/feed", "--id", "first").code == 0
    again = zoom_on("sources", "add", "https://S.example:443/feed?utm_source=x", "--id", "second")
    assert again.code != 0
    assert "'first'" in again.err
    assert zoom_on("sources", "add", "https://s.example/feed", "--id", "first").code == 0, "the same again changes nothing"
    service = ("sources", "add", "https://api.portal.example/works", "--collector", "openalex", "--kind", "paper")
    assert [zoom_on(*service, "--id", name).code for name in ("one", "two")] == [0, 0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--collector", "telepathy"), "telepathy"),
        (("--collector", "discover"), "discover"),
        (("--rights", "open"), "licence"),
        (("--rights", "all"), "rights"),
        (("--licence", "mine"), "mine"),
        (("--option", "country"), "KEY=VALUE"),
        (("--collector", "openalex", "--option", "colour=red"), "colour"),
        (("--territory", "Bretagne"), "territory"),
    ],
)
def test_a_wrong_source_is_refused_before_it_is_stored(zoom: Zoom, words: tuple[str, ...], told: str) -> None:
    zoom("init", "--no-themes")
    refused = zoom("sources", "add", "https://s.example/feed", *words)
    assert refused.code == 2
    assert told in refused.err
    assert zoom("sources", "list", "--json").json == []


def test_the_list_says_why_a_source_rests(zoom: Zoom) -> None:
    zoom("init", "--no-themes", "--catalogue")
    resting = rows(zoom("sources", "list", "--disabled", "--json", "--lang", "fr"))
    assert resting["le-telegramme"]["reason"] == "le site refuse l'accès (HTTP 403)"
    assert resting["minalogic"]["reason"] == "aucun flux connu : « zoom-avant sources discover minalogic » en cherche un"
    assert not any(row["enabled"] for row in resting.values())
    patents = rows(zoom("sources", "list", "--kind", "patent", "--json"))
    assert {"epo-ops", "uspto-odp"} <= set(patents)
    assert {row["kind"] for row in patents.values()} == {"patent"}
    on_trial = rows(zoom("sources", "list", "--trial", "--json"))
    assert {row["visited"] for row in on_trial.values()} == {"trial"}
    assert zoom("sources", "list", "--state", "active").err.strip() == "no source is like that"
    assert "Le Télégramme" in zoom("sources", "catalogue").out
    assert len(zoom("sources", "catalogue", "--json").json) == len(zoom("sources", "list", "--json").json)


def test_a_source_switched_off_says_so_and_begins_anew_when_switched_on(zoom_on: Zoom, store: Store) -> None:
    zoom_on("sources", "add", "https://phare.example/rss", "--name", "Le Phare")
    assert zoom_on("sources", "disable", "le-phare", "--json").json["disabled_reason"] == "by_hand: switched off by a person"
    with store.transaction() as conn:
        sources.learn(conn, "le-phare", {"failures": 9, "next_visit_at": NOW})
    again = zoom_on("sources", "enable", "le-phare", "--json").json
    assert (again["enabled"], again["disabled_reason"], again["failures"], again["next_visit_at"]) == (True, None, 0, None)
    assert zoom_on("sources", "remove", "le-phare", "--yes", "--json").json == {"removed": "le-phare"}


def test_a_service_nobody_can_read_stays_off(zoom: Zoom) -> None:
    zoom("init", "--no-themes", "--catalogue")
    refused = zoom("sources", "enable", "lens")
    assert refused.code == 2
    assert "no collector reads 'lens' yet" in refused.err


def test_a_check_says_in_one_line_what_is_wrong(zoom_on: Zoom, site: Site) -> None:
    zoom_on("sources", "add", site.page("/good", feed(site, "/a", "/b")), "--id", "good")
    zoom_on("sources", "add", site.page("/page", "<html><body>x</body></html>"), "--id", "page")
    zoom_on("sources", "add", site.page("/closed", status=403), "--id", "closed")
    zoom_on("sources", "add", site.page("/none", feed(site)), "--id", "none")
    checked = zoom_on("sources", "check", *AT, "--json")
    assert checked.code == 1
    assert {key: (row["ok"], row["code"]) for key, row in rows(checked).items()} == {
        "closed": (False, "forbidden"),
        "good": (True, "ok"),
        "none": (False, "empty"),
        "page": (False, "html"),
    }
    french = zoom_on("sources", "check", "closed", "good", *AT, "--lang", "fr").out
    assert "le site refuse l'accès (HTTP 403)" in french
    assert "la source répond et se lit : 2 éléments" in french
    assert zoom_on("sources", "check", "good", *AT).code == 0
    assert zoom_on("sources", "list", "--state", "never_reached", "--json").json[0]["last_visit_at"] is None


def test_a_missing_key_is_said_by_its_name(zoom: Zoom, site: Site) -> None:
    zoom("init")
    zoom("sources", "add", site.url("/3.2"), "--id", "ops", "--collector", "ops", "--kind", "patent")
    checked = zoom("sources", "check", "ops", *AT, "--json")
    (row,) = checked.json
    assert (checked.code, row["code"]) == (1, "needs_key")
    assert "crawler.credentials.epo_key" in row["verdict"]
    assert site.asked == []


def test_those_on_trial_are_kept_when_they_answer(zoom_on: Zoom, store: Store, site: Site, tmp_path: Path) -> None:
    row = '[[source]]\nid = "{0}"\nname = "{0}"\nurl = "{1}"\nkind = "news"\ntrial = true\n'
    good, bad = site.page("/good", feed(site, "/a")), site.page("/bad", status=404)
    (tmp_path / "mine.toml").write_text(row.format("good", good) + row.format("bad", bad))
    zoom_on("sources", "add", "--file", str(tmp_path / "mine.toml"))
    zoom_on("sources", "check", "--trial", *AT)
    assert stored(store, "good").trial
    assert set(rows(zoom_on("sources", "check", "--trial", "--keep", *AT, "--json"))) == {"good", "bad"}
    assert (stored(store, "good").trial, stored(store, "bad").trial) == (False, True)
    assert set(rows(zoom_on("sources", "list", "--trial", "--json"))) == {"bad"}


def test_a_trial_ends_by_the_visits_of_the_schedule(zoom_on: Zoom, store: Store, site: Site, tmp_path: Path) -> None:
    row = '[[source]]\nid = "{0}"\nname = "{0}"\nurl = "{1}"\nkind = "news"\ntrial = true\n'
    good, bad = site.page("/good", feed(site, "/a")), site.page("/bad", status=403)
    (tmp_path / "mine.toml").write_text(row.format("good", good) + row.format("bad", bad))
    zoom_on("sources", "add", "--file", str(tmp_path / "mine.toml"))
    for day in (2, 3, 4, 5):
        zoom_on("collect", "--now", f"2026-03-0{day}T12:00:00Z")
    assert not stored(store, "good").trial
    refused = stored(store, "bad")
    assert (refused.enabled, refused.disabled_reason) == (
        False,
        "trial_failed: its trial failed: forbidden: the site refuses access (HTTP 403)",
    )
    (shown,) = zoom_on("sources", "list", "--disabled", "--lang", "fr", "--json").json
    assert shown["reason"] == "essai non concluant : le site refuse l'accès (HTTP 403)"
    assert site.count("/bad") == 3


def test_a_feed_is_found_and_added(zoom_on: Zoom, store: Store, site: Site) -> None:
    site.page(
        "/", '<html><head><link rel="alternate" type="application/rss+xml" href="/f.xml"></head></html>', content_type="text/html"
    )
    site.page("/f.xml", feed(site, "/a"))
    found = zoom_on("sources", "discover", site.url("/"), *AT, "--json").json
    assert [(one["url"], one["good"]) for one in found["candidates"]] == [(site.url("/f.xml"), True)]
    assert found["added"] is None
    assert zoom_on("sources", "list", "--json").json == []
    told = zoom_on("sources", "discover", site.url("/"), "--add", *AT, "--lang", "fr").out
    assert "annoncé par la page · éléments récents : 1" in told
    source = stored(store, "le-phare")
    assert (source.url, source.trial, source.enabled) == (site.url("/f.xml"), True, True)


def test_a_source_without_a_known_feed_gets_its_address(zoom_on: Zoom, store: Store, site: Site, tmp_path: Path) -> None:
    site.page("/feed/", feed(site, "/a"))
    site.page("/", "<html></html>", content_type="text/html")
    row = '[[source]]\nid = "pole"\nname = "Pôle"\nkind = "news"\ntheme = "energy"\ndisabled = "discover: pole"\n'
    (tmp_path / "mine.toml").write_text(f'{row}url = "{site.url("/")}"\n', encoding="utf-8")
    zoom_on("sources", "add", "--file", str(tmp_path / "mine.toml"))
    assert zoom_on("sources", "discover", "pole", "--add", *AT).code == 0
    source = stored(store, "pole")
    assert (source.url, source.enabled, source.trial, source.theme) == (site.url("/feed/"), True, True, "energy")
    zoom_on("collect", *AT)
    assert not stored(store, "pole").trial


def test_a_site_with_a_sitemap_only_is_read_page_by_page(zoom_on: Zoom, store: Store, site: Site) -> None:
    row = "<url><loc>{0}</loc><lastmod>2026-03-01T08:00:00Z</lastmod></url>"
    site.page("/sitemap.xml", f"<urlset>{row.format(site.url('/quai'))}</urlset>")
    article = "<html><head><title>Le quai s'agrandit</title></head><body><article><p>Le quai du port.</p></article></body></html>"
    site.page("/quai", article, content_type="text/html")
    site.page("/", "<html></html>", content_type="text/html")
    (found,) = zoom_on("sources", "discover", site.url("/"), "--add", "--json", *AT).json["candidates"]
    assert (found["collector"], found["good"]) == ("sitemap", True)
    (source,) = zoom_on("sources", "list", "--json").json
    assert zoom_on("collect", "--now", "2026-03-02T13:00:00Z").code == 0
    kept = stored(store, source["id"])
    assert (kept.trial, kept.state_reason) == (False, None)


def test_a_site_without_a_feed_says_so(zoom: Zoom, site: Site) -> None:
    zoom("init", "--no-themes")
    site.page("/", "<html></html>", content_type="text/html")
    nothing = zoom("sources", "discover", site.url("/"), *AT, "--lang", "fr")
    assert nothing.code == 1
    assert "ni flux ni plan de site" in nothing.err
    assert zoom("sources", "discover", "ftp://x").code == 2


def test_lists_of_feeds_come_and_go(zoom_on: Zoom, store: Store, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.opml"
    theirs.write_text(
        '<opml version="1.0"><body><outline text="Énergie"><outline text="Vent & mer" xmlUrl="https://vent.example/rss?a=1&b=2"/>'
        '<outline text="Nulle part" type="rss"/></outline></body></opml>',
        encoding="utf-8",
    )
    tried = zoom_on("sources", "import-opml", str(theirs), "--dry-run", "--lang", "fr").out
    assert "1 à ajouter, 1 réparé, 1 écarté" in tried
    assert "réparé : Vent & mer : « & » non codé" in tried
    assert "écarté : Nulle part : pas d'adresse" in tried
    assert zoom_on("sources", "list", "--json").json == []
    (report,) = zoom_on("sources", "import-opml", str(theirs), "--json").json
    assert report["added"] == [
        {"id": "vent-mer", "name": "Vent & mer", "url": "https://vent.example/rss?a=1&b=2", "theme": "energy"}
    ]
    assert report["categories"] == [{"category": "Énergie", "theme": "energy", "feeds": 1}]
    (again,) = zoom_on("sources", "import-opml", str(theirs), "--json").json
    assert (again["added"], [remark["code"] for remark in again["skipped"]]) == ([], ["opml_double", "opml_no_address"])
    ours = tmp_path / "ours.opml"
    assert zoom_on("sources", "export-opml", str(ours)).out == f"1 feeds written to {ours}\n"
    before = stored(store, "vent-mer")
    zoom_on("sources", "remove", "vent-mer", "--yes")
    zoom_on("sources", "import-opml", "--trusted", str(ours))
    assert stored(store, "vent-mer") == before
    assert 'xmlUrl="https://vent.example/rss?a=1&amp;b=2"' in zoom_on("sources", "export-opml").out


def test_what_is_no_list_is_refused(zoom: Zoom, tmp_path: Path) -> None:
    zoom("init", "--no-themes")
    page = tmp_path / "page.opml"
    page.write_text("<html><body>Sign in</body></html>")
    refused = zoom("sources", "import-opml", str(page))
    assert refused.code == 1
    assert "web page" in refused.err
    assert zoom("sources", "import-opml", str(tmp_path / "absent.opml")).code == 2
