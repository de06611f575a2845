"""Scores the readers of facts against the gold sentences: ``python -m tests.gold.score [--half dev|test] [--errors KIND]``.

Pure counting over what the product reads; the annotation guide is README.md beside it. Without ``--errors`` no sentence is
printed, and ``--errors`` shows the dev half unless ``--half test`` asks for the other: its sentences are for nobody who tunes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from nlp.config import NlpSettings
from nlp.facts.announcements import announcement_facts
from nlp.facts.domains import domain_facts
from nlp.facts.step import read_facts
from nlp.language import identify
from storage.model import Document, Fact, Kind

Half = Literal["dev", "test"]
Row = Mapping[str, Any]

HERE = Path(__file__).parent
HALVES: tuple[Half, ...] = ("dev", "test")
LANGUAGES = ("fr", "en")
UNITS = {"W", "Wh", "m2", "m3", "t", "qubits", "jobs", "sites", "%", "x"}
LEVELS = {"region", "departement", "country"}
ROLES = {"stated", "cumulative", "target"}
ANNOUNCEMENTS = {
    "investment",
    "funding_round",
    "call",
    "product",
    "regulation",
    "partnership",
    "research_result",
    "hiring",
    "site",
    "acquisition",
}
KINDS = (
    "language",
    "organisations",
    "organisations named",
    "amounts",
    "amounts strict",
    "quantities",
    "quantities strict",
    "territories",
    "domains",
    "announcements",
)
"""What is scored. Named: the canonical name is equal too. Strict: the low end of a range (and an amount's role) is right too."""
_DAY = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


@dataclass(slots=True)
class Score:
    """Counts of one kind, with its errors as (row id, what went wrong) in reading order."""

    right: int = 0
    spurious: int = 0
    missed: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.spurious) if self.right + self.spurious else 0.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.spurious + self.missed) if self.right else 0.0

    def add(self, other: Score) -> None:
        self.right += other.right
        self.spurious += other.spurious
        self.missed += other.missed
        self.errors += other.errors


@dataclass(frozen=True, slots=True)
class _Item:
    """One thing to find or found: where, what it must equal, and whether finding it is free (neither asked nor punished)."""

    start: int
    end: int
    key: object
    shown: str
    optional: bool = False

    def meets(self, other: _Item) -> bool:
        return self.start < other.end and other.start < self.end


def rows(half: Half) -> list[dict[str, Any]]:
    """The annotated sentences of a half, in file order."""
    with (HERE / f"facts_{half}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def documents(sentences: Sequence[Row]) -> list[Document]:
    """One document a sentence, all of it in the title, so that positions are those of the sentence."""
    return [
        Document(id=row["id"], source_id="gold", kind=Kind.NEWS, title=row["text"], collected_at=_DAY, counted_on=_DAY.date())
        for row in sentences
    ]


def read(sentences: Sequence[Row], settings: NlpSettings | None = None) -> tuple[dict[str, list[Fact]], dict[str, str]]:
    """What the product reads in each sentence (facts and language by row id)."""
    batch = documents(sentences)
    languages = {document.id: identify(document.title).code for document in batch}
    found = [*read_facts(batch, settings or NlpSettings(), languages), *domain_facts(batch), *announcement_facts(batch)]
    by_row: dict[str, dict[tuple[str, str, int], Fact]] = {row["id"]: {} for row in sentences}
    for fact in found:  # a reader called twice (inside the step and alone) counts once
        by_row[fact.document_id].setdefault((fact.kind, fact.value, fact.start), fact)
    return {row: list(facts.values()) for row, facts in by_row.items()}, languages


def score(sentences: Sequence[Row], facts: Mapping[str, Sequence[Fact]], languages: Mapping[str, str]) -> dict[str, Score]:
    """The score of each kind over the sentences. Facts are scored in French and English, the language everywhere."""
    totals = {kind: Score() for kind in KINDS}
    for row in sentences:
        is_right = languages[row["id"]] == row["lang"]
        totals["language"].add(
            Score(right=1) if is_right else Score(0, 1, 1, [(row["id"], f"{row['lang']} read as {languages[row['id']]}")])
        )
        if row["lang"] not in LANGUAGES:
            continue
        for kind in KINDS[1:]:
            totals[kind].add(_score_row(kind, row, facts[row["id"]]))
    return totals


def _score_row(kind: str, row: Row, facts: Sequence[Fact]) -> Score:
    if kind in ("domains", "announcements"):
        return _score_labels(kind, row, facts)
    gold, found = list(_gold(kind, row)), list(_found(kind, facts))
    if kind == "territories":
        gold = _places(gold, found)
    result = Score()
    seen: set[int] = set()
    for item in found:
        same = [index for index, asked in enumerate(gold) if asked.key == item.key and asked.meets(item)]
        fresh = [index for index in same if index not in seen]
        if fresh:
            seen.add(fresh[0])
            result.right += not gold[fresh[0]].optional
        elif not same and not _is_free(kind, item, gold):
            result.spurious += 1
            result.errors.append((row["id"], f"spurious {item.shown}"))
        # The rest is a second reading of something found, or of something the guide leaves open.
    for index, asked in enumerate(gold):
        if index not in seen and not asked.optional:
            result.missed += 1
            result.errors.append((row["id"], f"missed {asked.shown}"))
    return result


def _places(gold: list[_Item], found: list[_Item]) -> list[_Item]:
    """Territories with each place asked for once, at the mention that was found if one was; its other mentions are free."""
    right = {(asked.key, asked.start) for asked in gold for item in found if item.key == asked.key and item.meets(asked)}
    once: dict[object, _Item] = {}
    for asked in sorted(gold, key=lambda asked: (asked.optional, (asked.key, asked.start) not in right)):
        once.setdefault(asked.key, asked)
    return [asked if once[asked.key] is asked else replace(asked, optional=True) for asked in gold]


def _is_free(kind: str, item: _Item, gold: Sequence[_Item]) -> bool:
    over = [asked for asked in gold if asked.meets(item)]
    if any(asked.optional for asked in over):
        return True
    if kind != "territories" or not isinstance(item.key, tuple):
        return False
    level, code = item.key
    if level == "departement" and code.startswith("97"):  # overseas a region is its département
        return any(isinstance(asked.key, tuple) and asked.key[0] == "region" for asked in over)
    # The region and the country a département implies stand on the same words.
    order = ("departement", "region", "country")
    return any(isinstance(asked.key, tuple) and order.index(asked.key[0]) < order.index(level) for asked in over)


def _gold(kind: str, row: Row) -> Iterator[_Item]:
    for note in row[kind.split()[0]]:
        start, end = note["start"], note["start"] + len(note["matched"])
        key: object
        match kind:
            case "organisations":
                key = None
            case "organisations named":
                key = plain(note["name"])
            case "territories":
                key = (note["level"], note["code"])
            case "amounts":
                key = (number(note["number"]), note["currency"])
            case "amounts strict":
                key = (number(note["number"]), note["currency"], number(note.get("low")), note["role"])
            case "quantities":
                key = (number(note["number"]), note["unit"])
            case _:
                key = (number(note["number"]), note["unit"], number(note.get("low")))
        yield _Item(start, end, key, f"{note['matched']!r} {key or ''}", note.get("optional", False))


def _found(kind: str, facts: Iterable[Fact]) -> Iterator[_Item]:
    for fact in facts:
        key: object
        match kind.split()[0], fact.kind:
            case "organisations", "organisation":
                key = None if kind == "organisations" else plain(fact.value)
            case "territories", "region" | "departement" | "country" if fact.value != "EU":  # the guide leaves the Union open
                key = (fact.kind, fact.value)
            case "amounts", "amount":
                key = (number(fact.number), fact.unit)
                if kind == "amounts strict":
                    key = (*key, number(fact.low), fact.role)
            case "quantities", "quantity" if fact.unit in UNITS:
                key = (number(fact.number), fact.unit)
                if kind == "quantities strict":
                    key = (*key, number(fact.low))
            case _:
                continue
        yield _Item(fact.start, fact.end, key, f"{fact.matched!r} {key or ''}")


def _score_labels(kind: str, row: Row, facts: Sequence[Fact]) -> Score:
    name = "domain" if kind == "domains" else "announcement"
    asked, free = set(row[kind]), set(row.get(f"{kind}_optional", ()))
    words: dict[str, str] = {}
    for fact in facts:
        if fact.kind == name:
            words.setdefault(fact.value, fact.matched)
    result = Score(len(asked & words.keys()), len(words.keys() - asked - free), len(asked - words.keys()))
    result.errors += [(row["id"], f"spurious {code} ({words[code]!r})") for code in sorted(words.keys() - asked - free)]
    result.errors += [(row["id"], f"missed {code}") for code in sorted(asked - words.keys())]
    return result


def plain(name: str) -> str:
    """A name without case, accents, punctuation or a leading article: two spellings of one name are equal."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in bare).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in {"the", "le", "la", "les", "l"} else words)


def number(value: float | None) -> str | None:
    """A number to three significant digits: what was rounded on the way (square feet) stays equal."""
    return None if value is None else f"{value:.3g}"


def table(sentences: Sequence[Row], facts: Mapping[str, Sequence[Fact]], languages: Mapping[str, str]) -> str:
    """Precision, recall and F1 of each kind, for both languages, French and English, as aligned text."""
    columns = {
        "all": score(sentences, facts, languages),
        **{code: score([row for row in sentences if row["lang"] == code], facts, languages) for code in LANGUAGES},
    }
    lines = [f"{'kind':<20}" + "".join(f"| {name:<5}   n     P     R    F1 " for name in columns)]
    for kind in KINDS:
        cells = [column[kind] for column in columns.values()]
        lines.append(
            f"{kind:<20}"
            + "".join(f"|      {c.right + c.missed:>5} {c.precision:>5.3f} {c.recall:>5.3f} {c.f1:>5.3f} " for c in cells)
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gold.score", description="Scores the readers of facts.")
    parser.add_argument("--half", choices=HALVES, help="the half to score (default: both in the table, dev with --errors)")
    parser.add_argument("--errors", choices=KINDS, help="list the errors of one kind with their sentences")
    asked = parser.parse_args(arguments)
    halves: tuple[Half, ...] = (asked.half,) if asked.half else ("dev",) if asked.errors else HALVES
    for half in halves:
        sentences = rows(half)
        facts, languages = read(sentences)
        sys.stdout.write(f"{half}: {len(sentences)} sentences\n{table(sentences, facts, languages)}\n\n")
        if asked.errors:
            texts = {row["id"]: row["text"] for row in sentences}
            for row_id, what in score(sentences, facts, languages)[asked.errors].errors:
                sys.stdout.write(f"{row_id}  {what}\n        {texts[row_id]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
