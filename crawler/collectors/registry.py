"""Collectors by name. A source names its collector; this is where the name becomes one."""

from __future__ import annotations

from crawler.collectors.base import Collector
from crawler.collectors.feed import FeedCollector
from storage.errors import ConfigError


def collector_for(name: str, *, max_items: int) -> Collector:
    """The collector called ``name``. Raises ConfigError."""
    if name == FeedCollector.name:
        return FeedCollector(max_items=max_items)
    raise ConfigError(f"no collector is called '{name}': use '{FeedCollector.name}'")
