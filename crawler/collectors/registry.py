"""Collectors by name. A source names its collector; this is where the name becomes one."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from crawler.collectors.base import Collector
from storage.errors import ConfigError

READER_VERSION = "2"
"""Changed whenever a collector reads more than before: what sources answered is then asked for once more, validators or not."""

# name → module and class; a module is loaded when a source of its sort is visited.
COLLECTORS: Mapping[str, tuple[str, str]] = {
    "feed": ("crawler.collectors.feed", "FeedCollector"),
    "sitemap": ("crawler.collectors.sitemap", "SitemapCollector"),
    "listing": ("crawler.collectors.listing", "ListingCollector"),
    "discover": ("crawler.discovery", "DiscoverCollector"),
    "arxiv": ("crawler.collectors.arxiv", "ArxivCollector"),
    "arxiv_rss": ("crawler.collectors.arxiv", "ArxivRssCollector"),
    "hal": ("crawler.collectors.hal", "HalCollector"),
    "openalex": ("crawler.collectors.openalex", "OpenAlexCollector"),
    "crossref": ("crawler.collectors.crossref", "CrossrefCollector"),
    "ademe": ("crawler.collectors.ademe", "AdemeCollector"),
    "opendatasoft": ("crawler.collectors.opendatasoft", "OpendatasoftCollector"),
    "ops": ("crawler.collectors.patents.ops", "OpsCollector"),
    "odp": ("crawler.collectors.patents.odp", "OdpCollector"),
    "sedia": ("crawler.collectors.sedia", "SediaCollector"),
    "ted": ("crawler.collectors.ted", "TedCollector"),
    "cordis": ("crawler.collectors.cordis", "CordisCollector"),
}

READERS = frozenset({"feed", "discover", "arxiv_rss", "listing", "sitemap"})
"""Collectors of what a site publishes for its readers, under its rules for robots; the others ask documented interfaces."""


def collector_for(name: str) -> Collector:
    """The collector called ``name``. Raises ConfigError."""
    found = COLLECTORS.get(name)
    if found is None:
        raise ConfigError(f"no collector is called '{name}': use one of {', '.join(sorted(COLLECTORS))}")
    module, cls = found
    collector: Collector = getattr(importlib.import_module(module), cls)()
    return collector
