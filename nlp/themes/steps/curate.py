"""What a person decides about themes: this one is that one; these stories are a theme of their own. No refit undoes it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import structlog

from nlp.config import NlpSettings
from nlp.embedders.base import load_embedder
from nlp.themes.corpus import read_lexicon, story_rows
from nlp.themes.namers.base import PhraseNamer
from nlp.themes.steps.births import name_of, new_theme
from nlp.themes.steps.memberships import is_found_by, model_run
from nlp.themes.steps.refit import split_off
from nlp.words import PhraseIndex
from storage import themes
from storage.errors import ConfigError
from storage.model import Assignment, Origin, Theme
from storage.store import Store

log = structlog.get_logger()

PERSON = "person"


def merge_themes(store: Store, now: dt.datetime, theme_id: str, heir_id: str) -> int:
    """Ends ``theme_id`` in favour of ``heir_id``, which keeps its names. Returns how many documents moved.

    Raises NotFound, ConfigError (the same theme, a theme that has ended, or one declared in the watch list: it would come back).
    """
    with store.transaction() as conn:
        ended, heir = themes.get(conn, theme_id), themes.get(conn, heir_id)
        if ended.id == heir.id:
            raise ConfigError(f"theme {theme_id} cannot be merged into itself: name two themes")
        if ended.origin != Origin.DISCOVERED or ended.level:
            raise ConfigError(f"theme {theme_id} was not discovered: take it out of the watch list instead")
        if heir.origin == Origin.CONJUNCTION or heir.level:
            raise ConfigError(f"theme {heir_id} has no stories of its own: merge into a watch theme or a narrow discovered one")
        for theme in (ended, heir):
            if theme.merged_into:
                raise ConfigError(f"theme {theme.id} was merged into {theme.merged_into} already: name that one")
        if heir.retired_on:
            raise ConfigError(f"theme {heir_id} ended on {heir.retired_on}: merge it into {theme_id} instead")
        run = model_run("merge", now, {"theme": theme_id, "into": heir_id}, key=f"{theme_id}>{heir_id}@{now.isoformat()}")
        moved = themes.merge(conn, theme_id, heir_id, run, now.date(), PERSON)
    log.info("themes merged", theme=theme_id, into=heir_id, documents=moved)
    return moved


def split_theme(store: Store, now: dt.datetime, settings: NlpSettings, theme_id: str, phrase: str) -> Theme:
    """Gives the stories of a discovered theme that hold ``phrase`` a theme of their own, which is returned.

    The phrase is found as watch terms are: whole words, whatever the case and accents. Both themes then draw the stories nearest
    to them. Raises NotFound, ConfigError (not a living discovered theme; too few stories on either side).
    """
    embedder = load_embedder(settings.embedder)
    today = now.date() + dt.timedelta(days=1)
    index = PhraseIndex([(phrase, phrase)])
    with store.transaction() as conn:
        old = themes.get(conn, theme_id)
        if not is_found_by(embedder, old) or old.retired_on or old.level:
            raise ConfigError(f"theme {theme_id} is not a living discovered theme: only those can be split")
        weights = read_lexicon(conn).weights()
        stories = themes.stories_of(conn, embedder.id, theme_id)
        found = [next(index.find(f"{story.title}\n{story.text}"), None) for story in stories]
        has = np.array([match is not None for match in found], dtype=bool)
        least = settings.themes.min_stories
        if has.sum() < least or (~has).sum() < least:
            raise ConfigError(
                f"'{phrase}' is in {int(has.sum())} of the {len(stories)} stories of theme {theme_id}:"
                f" a split needs at least {least} with it and {least} without"
            )
        rows = story_rows(stories, weights)
        centre, rest = rows[has].mean(axis=0), rows[~has].mean(axis=0).astype("<f4").tobytes()
        leaving = [story for story, inside in zip(stories, has, strict=True) if inside]
        run = model_run("split", now, {"theme": theme_id, "phrase": phrase}, key=f"{theme_id}/{phrase}@{now.isoformat()}")
        themes.add_run(conn, run)
        name = name_of(leaving, weights, PhraseNamer(settings.spacy_models))
        born = new_theme(leaving, centre, name, embedder, today, now.date())
        themes.save(conn, [replace(old, centroid=rest, founders=rest)])
        moved = [
            Assignment(
                document_id=story.document_id,
                theme_id=born.id,
                probability=0.99,
                model_run_id=run.id,
                reason=f"de/from: {theme_id} · texte/text: {phrase}",
            )
            for story in leaving
        ]
        count = split_off(conn, old, born, moved, now.date(), PERSON)
    log.info("theme split", theme=theme_id, born=born.id, documents=count)
    return born
