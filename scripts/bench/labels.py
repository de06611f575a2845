"""Names of discovered themes, for a demanding editor to read.

    python scripts/bench/labels.py sqlite:////tmp/en/replay.db=66 sqlite:////tmp/fr/replay.db=30 [--seed 1] [--all]

Each database is one that ``zoom-avant replay`` or ``demo`` left; after ``=``, how many of its themes are drawn at random. A theme
is named as it is at its birth: from the stories it was found by, with the word weights of that day (``--all``: from all its
stories, with those of the last day). Printed: label, the share of its stories that hold it, numbers of stories at birth and in
all, terms and five titles. "Would I print this unchanged as a heading of a digest?" is for the reader to say.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nlp.config import NlpSettings
from nlp.themes import space
from nlp.themes.descriptions import describe
from nlp.themes.labels import Label, label
from nlp.themes.naming.stable import support
from storage.store import Store
from storage.tables import assignments, documents, enrichments, model_runs, sources, themes

_WINDOW = dt.timedelta(days=28)


@dataclass
class Case:
    """A theme with its stories, nearest to its centre first."""

    theme_id: str
    born_on: dt.date
    first: list[tuple[str, str, str, str]] = field(default_factory=list)
    stories: list[tuple[str, str, str, str]] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="+", metavar="URL=N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="name themes from all their stories instead of the first")
    args = parser.parse_args()
    number, spent = 0, 0.0
    for one in args.databases:
        url, _, wanted = one.rpartition("=")
        store = Store.open(url)
        with store.reading() as conn:
            found = sorted(cases(conn), key=lambda case: case.theme_id)
            drawn = random.Random(args.seed).sample(found, min(int(wanted), len(found)))  # noqa: S311 - a draw, no secret
            weights = weights_at(conn, [dt.date.max if args.all else case.born_on for case in drawn])
            publishers = list(conn.scalars(sa.select(sources.c.name)))
        store.close()
        label({"fr": ["Un titre"], "en": ["A title"]}, np.ones(space.BUCKETS), NlpSettings().spacy_models)  # loads the models
        for case in drawn:
            number += 1
            began = time.perf_counter()
            named, titles = name(
                case.stories if args.all else case.first, weights[dt.date.max if args.all else case.born_on], publishers
            )
            spent += time.perf_counter() - began
            show(number, case, named, titles)
    sys.stdout.write(f"\n{number} themes named in {spent:.1f} s\n")


def cases(conn: Connection) -> Iterator[Case]:
    """The discovered themes of a database."""
    rows = conn.execute(
        sa.select(
            assignments.c.theme_id,
            themes.c.born_on,
            model_runs.c.step,
            model_runs.c.ran_at,
            documents.c.counted_on,
            documents.c.title,
            documents.c.text,
            documents.c.source_id,
            enrichments.c.language,
        )
        .join_from(assignments, themes, themes.c.id == assignments.c.theme_id)
        .join(model_runs, model_runs.c.id == assignments.c.model_run_id)
        .join(documents, documents.c.id == assignments.c.document_id)
        .join(enrichments, enrichments.c.document_id == assignments.c.document_id)
        .where(themes.c.origin == "discovered", enrichments.c.story_id == documents.c.id)
        .order_by(assignments.c.theme_id, assignments.c.probability.desc(), documents.c.id)
    ).all()
    found: dict[str, Case] = {}
    births = {
        row.theme_id: row.ran_at for row in sorted(rows, key=lambda row: row.ran_at, reverse=True) if row.step == "discover"
    }
    for row in rows:
        case = found.setdefault(row.theme_id, Case(row.theme_id, row.born_on))
        story = (row.language, row.title, row.text, row.source_id)
        case.stories.append(story)
        recent = row.counted_on is not None and row.counted_on >= row.born_on - _WINDOW
        if row.step == "discover" and row.ran_at == births.get(row.theme_id) and recent:
            case.first.append(story)
    yield from (case for case in found.values() if case.first)


def weights_at(conn: Connection, days: Sequence[dt.date]) -> dict[dt.date, np.ndarray]:
    """The lexicon's weights as they were on each of some days."""
    rows = conn.execute(
        sa.select(documents.c.counted_on, documents.c.title, documents.c.text)
        .join_from(documents, enrichments, enrichments.c.document_id == documents.c.id)
        .where(enrichments.c.story_id == documents.c.id, documents.c.counted_on.is_not(None))
        .order_by(documents.c.counted_on)
    ).all()
    counts = space.count_words([f"{row.title}\n{row.text}" for row in rows])
    counted = np.array([row.counted_on for row in rows], dtype="datetime64[D]")
    found, lexicon, at = {}, space.Lexicon.empty(), 0
    for day in sorted(set(days)):
        end = int(np.searchsorted(counted, np.datetime64(day)))
        lexicon, at = lexicon.with_counts(counts[at:end]), end
        found[day] = lexicon.weights()
    return found


def name(
    stories: Sequence[tuple[str, str, str, str]], weights: np.ndarray, publishers: Sequence[str]
) -> tuple[Label, dict[str, list[str]]]:
    """The label of some stories, and their titles by language."""
    titles: dict[str, list[str]] = {}
    texts: dict[str, list[str]] = {}
    for language, title, text, _ in stories:
        titles.setdefault(language, []).append(title)
        texts.setdefault(language, []).append(f"{title}\n{text}")
    return label(titles, weights, NlpSettings().spacy_models, texts, sources=publishers), titles


def show(number: int, case: Case, named: Label, titles: dict[str, list[str]]) -> None:
    held = ", ".join(
        f"{language} {support(getattr(named, language), titles[language]):.0%}" for language in ("fr", "en") if language in titles
    )
    both = named.fr if named.fr == named.en else f"{named.fr}  |  {named.en}"
    sys.stdout.write(f"\n{number:3}  {both}   [{len(case.first)} stories at birth, {len(case.stories)} in all; held by {held}]\n")
    line = describe(named, titles, on=case.born_on, stories=len(case.first), sources=len({story[3] for story in case.first}))
    sys.stdout.write(f"       {line.fr}\n")
    for _, title, _, _ in case.first[:5]:
        sys.stdout.write(f"       - {title[:110]}\n")


if __name__ == "__main__":
    main()
