"""What databases of patents, tenders and papers are asked for: the watch list's terms and codes."""

from __future__ import annotations

from crawler.collectors.base import Watched
from nlp.config import NlpSettings
from nlp.themes.watch import watch_list


def watched(settings: NlpSettings) -> tuple[Watched, ...]:
    """The declared watch themes, as collectors want them. Raises ConfigError for a watch list that cannot be read."""
    return tuple(
        Watched(theme.id, tuple(dict.fromkeys((*theme.terms_fr, *theme.terms_en))), theme.codes)
        for theme in watch_list(settings.themes.watch_file)
    )
