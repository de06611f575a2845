"""Subjects that French and English news told for years, and a month of both made of them.

A subject is a pattern a language, searched in titles. The French documents are of early 2022 and the English ones of the ten
months from September, so a subject is one that lasted, not one event of one day; all are given a day of one made-up window.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

Record = dict[str, Any]

FRENCH = "lemonde_fr_2022_h1.jsonl.gz"
ENGLISH = "rss_tech_en.jsonl.gz"
BEGIN = dt.date(2026, 1, 5)
DAYS = 28
_AT_LEAST, _AT_MOST = 5, 30

# name: (French, English). Written from general knowledge before anything was clustered, and not changed afterwards.
SUBJECTS: Mapping[str, tuple[str, str]] = {
    "Musk and Twitter": (r"musk.*twitter|twitter.*musk", r"musk.*twitter|twitter.*musk"),
    "Iran's nuclear programme": (r"iran.*nucléaire|nucléaire.*iran", r"iran.*nuclear|nuclear.*iran"),
    "Sweden, Finland and NATO": (
        r"(finlande|suède).*otan|otan.*(finlande|suède)",
        r"(finland|sweden).*nato|nato.*(finland|sweden)",
    ),
    "Covid in China": (
        r"(shanghai|chine|chinois|pékin).*covid|covid.*(shanghai|chine|chinois|pékin)",
        r"(china|chinese|beijing|shanghai).*covid|covid.*(china|chinese|beijing|shanghai)",
    ),
    "Boris Johnson": (r"boris johnson", r"boris johnson"),
    "Taiwan": (r"taïwan\b", r"taiwan\b"),
    "Cryptocurrencies": (r"bitcoin|cryptomonnaie|cryptoactif", r"bitcoin|\bcrypto|\bftx\b"),
    "Abortion in America": (
        r"(avortement|\bivg\b).*(etats-unis|américain|cour suprême)|(etats-unis|cour suprême|texas).*(avortement|\bivg\b)",
        r"(abortion|roe v).*(\bus\b|u\.s\.|supreme court|state|texas|america)|(\bus\b|supreme court|texas|america).*abortion",
    ),
    "North Korea": (r"corée du nord|nord-coréen", r"north korea"),
    "Mali": (r"\bmali\b", r"\bmali\b"),
    "Ethiopia and Tigray": (r"ethiopie|éthiopie|tigré", r"ethiopia|tigray"),
    "Grain of Ukraine": (r"\b(blé|céréales?)\b.*(ukrain|russ)|(ukrain|russ).*\b(blé|céréales?)\b", r"\bgrain\b"),
    "Russian oil and gas": (r"(embargo|pétrole|gaz).*russ|russ.*(pétrole|gaz)", r"russia.*\b(oil|gas)\b|\b(oil|gas)\b.*russia"),
    "French nuclear power": (r"\bedf\b|réacteurs? nucléaires?|\bepr\b", r"\bedf\b|nuclear (reactor|power plant)|\bepr\b"),
    "Burkina Faso": (r"burkina", r"burkina"),
    "Taliban": (r"taliban", r"taliban"),
    "Assault on the Capitol": (r"assaut du capitole|6 janvier", r"january 6|us capitol|capitol riot"),
    "Navalny": (r"navalny", r"navalny"),
    "Hong Kong": (r"hong ?kong", r"hong kong"),
    "Interest rates": (r"\b(fed|bce)\b|taux directeur|taux d.intérêt", r"\b(fed|ecb)\b|interest rates?"),
}


@dataclass(frozen=True, slots=True)
class Mix:
    """Records in order of day; ``subject`` names the subject of those chosen by one, by id; the others are background."""

    records: Sequence[Record]
    subject: Mapping[str, str]


def mixed_month(corpora: Path, background: int, seed: int) -> Mix:
    """Up to 30 documents of each subject and language, and ``background`` others of each language.

    Half of the English background is of the French newspaper's English edition: were it all of the technical press, the
    languages would differ in subject too. Documents of which two subjects claim the title belong to none.
    """
    random = Random(seed)  # noqa: S311
    subject: dict[str, str] = {}
    chosen: list[Record] = []
    for language, name in enumerate((FRENCH, ENGLISH)):
        records = read(corpora / name)
        patterns = {key: re.compile(pair[language], re.IGNORECASE) for key, pair in SUBJECTS.items()}
        claims = [[key for key, pattern in patterns.items() if pattern.search(record["title"])] for record in records]
        for key in SUBJECTS:
            told = [record for record, claim in zip(records, claims, strict=True) if claim == [key]]
            told = random.sample(told, min(len(told), _AT_MOST))
            chosen += told
            subject |= {record["id"]: key for record in told}
        others = [record for record, claim in zip(records, claims, strict=True) if not claim]
        general = [record for record in others if record["source"].startswith("Le Monde")]
        special = [record for record in others if not record["source"].startswith("Le Monde")]
        half = background // 2 if special else background
        chosen += random.sample(general, half)
        chosen += random.sample(special, background - half)
    told = [(chosen_subject, record["lang"]) for record in chosen if (chosen_subject := subject.get(record["id"]))]
    kept = {key for key in SUBJECTS if min(told.count((key, "fr")), told.count((key, "en"))) >= _AT_LEAST}
    subject = {key: value for key, value in subject.items() if value in kept}
    for record in chosen:
        record["published"] = (BEGIN + dt.timedelta(days=random.randrange(DAYS))).isoformat()
        record.pop("published_at", None)
    return Mix(sorted(chosen, key=lambda record: (record["published"], record["id"])), subject)


def read(path: Path) -> list[Record]:
    """Records with a title, each title once."""
    found: dict[str, Record] = {}
    with gzip.open(path, "rt", encoding="utf8") as lines:
        for line in lines:
            record = json.loads(line)
            found.setdefault(record["title"].casefold(), record)
    return list(found.values())
