"""Which constant makes a French-English pair as similar, in the themes' space, as a pair of one language on the same subject.

    python scripts/bench/cross.py CORPORA [--seed 3]

Two texts of one language are compared by meaning and words, two of different languages by meaning times ``space.CROSS``.
Subjects are others than those of ``events.py``, on which the result is judged. Printed: for each subject the similarity
within a language over the meaning across, which is the constant it asks for; then, for several constants, the share of same-
subject and of unrelated pairs across languages that reach ``join_similarity``, beside the shares within a language. The right
one makes the first alike.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from random import Random

import numpy as np
from events import ENGLISH, FRENCH, SUBJECTS, Record, read

from nlp.config import NlpSettings
from nlp.embed import embedded_text
from nlp.embedders.base import load_embedder
from nlp.themes import space

OTHERS = {
    "Erdogan": (r"erdogan", r"erdogan"),
    "Orban": (r"orban|orbán", r"orban|orbán"),
    "Lula and Bolsonaro": (r"bolsonaro|lula", r"bolsonaro|\blula"),
    "Mariupol": (r"marioupol", r"mariupol"),
    "war crimes": (r"crimes? de guerre", r"war crimes"),
    "inflation": (r"inflation", r"inflation"),
    "drought and heat": (r"canicule|sécheresse", r"heat ?wave|drought"),
    "shootings": (r"fusillade|tuerie (du|de|dans|à)|armes à feu", r"mass shooting|gun (control|violence|law)"),
    "semiconductors": (r"semi-conducteurs|puces électroniques|\btsmc\b", r"semiconductor|chipmak|chips act|\btsmc\b"),
    "electric cars": (r"voitures? électriques?", r"electric (car|vehicle)|\bevs?\b"),
    "Netflix": (r"netflix", r"netflix"),
    "Tunisia": (r"tunisie|tunisien", r"tunisia"),
    "Israel and the Palestinians": (r"palestinien|cisjordanie|jérusalem", r"palestinian|west bank|jerusalem"),
    "Lebanon": (r"liban\b|libanais", r"leban"),
    "Algeria": (r"algérie|algérien", r"algeria"),
    "Serbia and Kosovo": (r"serbie|kosovo", r"serbia|kosovo"),
    "Poland": (r"pologne|polonais", r"poland|polish"),
    "Iraq": (r"\birak", r"\biraq"),
    "pensions": (r"retraites", r"pension"),
    "Amazon": (r"\bamazon\b", r"\bamazon\b"),
    "Google": (r"google", r"google"),
    "Airbus and Boeing": (r"airbus|boeing", r"airbus|boeing"),
    "Spain": (r"espagne|espagnol", r"spain|spanish"),
    "Brexit": (r"irlande du nord|brexit", r"northern ireland|brexit"),
    "the Pope": (r"pape françois|le pape", r"pope francis|the pope"),
}
_AT_LEAST, _AT_MOST, _BACKGROUND = 5, 30, 1200
_TRIED = (0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.95, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    settings = NlpSettings()
    join = settings.themes.join_similarity
    records, subjects = chosen(args.corpora, Random(args.seed))  # noqa: S311
    meaning = load_embedder(settings.embedder.model_copy(update={"workers": 1})).embed(
        [embedded_text(record["title"], record["text"], settings.max_chars) for record in records]
    )
    counts = space.count_words([f"{record['title']}\n{record['text']}" for record in records])
    weights = space.Lexicon.empty().with_counts(counts).weights()
    one_block = space.rows(meaning, counts, np.zeros(len(records), dtype=np.int8), weights)
    within, across = space.similarity(one_block, one_block), meaning @ meaning.T
    languages = np.array([record["lang"] for record in records])

    asked, near, met = [], [], []
    print(f"{'subject':30}{'fr':>5}{'en':>5}{'within':>9}{'across':>9}{'ratio':>8}")
    for subject in OTHERS:
        of = [np.flatnonzero((subjects == subject) & (languages == language)) for language in ("fr", "en")]
        if min(map(len, of)) < _AT_LEAST:
            continue
        inside = [_pairs(within, index) for index in of]
        between = across[np.ix_(*of)].ravel()
        mean = float(np.mean([values.mean() for values in inside]))
        asked.append(mean / between.mean())
        near.append(np.mean([(values >= join).mean() for values in inside]))
        met.append(between)
        print(f"{subject:30}{len(of[0]):5}{len(of[1]):5}{mean:9.3f}{between.mean():9.3f}{asked[-1]:8.3f}")
    print(f"median {np.median(asked):.3f}, quartiles {np.quantile(asked, 0.25):.3f} {np.quantile(asked, 0.75):.3f}\n")

    french, english = (np.flatnonzero((subjects == "") & (languages == language)) for language in ("fr", "en"))
    unrelated = np.concatenate([_pairs(within, french), _pairs(within, english)])
    strangers = across[np.ix_(french, english)].ravel()
    print(f"pairs that reach {join}:{'same subject':>16}{'unrelated':>12}")
    print(f"{'within a language':22}{np.mean(near):16.3f}{(unrelated >= join).mean():12.5f}")
    for constant in _TRIED:
        same = np.mean([(constant * values >= join).mean() for values in met])
        print(f"{'across, ' + str(constant):22}{same:16.3f}{(constant * strangers >= join).mean():12.5f}")


def chosen(corpora: Path, random: Random) -> tuple[list[Record], np.ndarray]:
    """Records on the subjects and others on anything but the benchmark's, and the subject of each, empty for the others."""
    records: list[Record] = []
    subjects: list[str] = []
    for language, name in enumerate((FRENCH, ENGLISH)):
        judged = re.compile("|".join(pair[language] for pair in SUBJECTS.values()), re.IGNORECASE)
        free = [record for record in read(corpora / name) if not judged.search(record["title"])]
        taken: set[str] = set()
        for subject, pair in OTHERS.items():
            told = [r for r in free if r["id"] not in taken and re.search(pair[language], r["title"], re.IGNORECASE)]
            told = random.sample(told, min(len(told), _AT_MOST))
            taken |= {record["id"] for record in told}
            records += told
            subjects += [subject] * len(told)
        rest = random.sample([record for record in free if record["id"] not in taken], _BACKGROUND)
        records += rest
        subjects += [""] * len(rest)
    return records, np.array(subjects)


def _pairs(matrix: np.ndarray, index: np.ndarray) -> np.ndarray:
    """The similarities of each two different rows of ``index``."""
    part = matrix[np.ix_(index, index)]
    return part[np.triu_indices(len(index), 1)]


if __name__ == "__main__":
    main()
