"""A small invented archive, and replays of it in processes that can be killed."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

FIRST = dt.date(2025, 9, 3)  # a Wednesday
DAYS = 75
PART = "2025-10-05"
# A block a subject: its language, what may be spoken of, and what may be said of it.
_SUBJECTS = """
fr
Un ordinateur quantique de douze qubits|La correction d'erreurs quantiques|Une puce à atomes neutres
entre en service à Grenoble|intéresse les banques de La Défense|progresse plus vite que prévu|sort enfin de sa phase d'étude

en
A sodium battery plant|The recycling of lithium cells|A pilot line for solid electrolytes|A supplier of cathode powder
opens near Dunkirk this autumn|doubles its output in a year|faces a shortage of engineers|wins a contract with two ferries

fr
Le jumeau numérique du chantier naval|Une maquette numérique de frégate|La simulation des coques|Le double numérique d'un port
réduit les essais en mer|convainc les architectes de Lorient|arrive chez les sous-traitants|repère une fissure invisible

en
A fleet of orchard robots|The harvesting arm of a start-up|A drone that counts apple blossoms|The first autonomous weeder
is tested in the Loire valley|costs less than a season of labour|learns from winegrowers|gets its safety certificate

en
The town council|A local choir|The football club of the valley|A retired teacher|The Saturday market
discusses parking once more|celebrates fifty years|looks for volunteers|moves to the riverside|hopes for a dry summer
""".strip().split("\n\n")
_GROWING = _SUBJECTS[1]
_SOURCES = ("Le Phare", "Harbour News", "La Gazette des Rives", "Orchard Weekly", "Cahiers du Large")
_PLACES = [
    "Brest",
    "Vannes",
    "Dieppe",
    "Calais",
    "Royan",
    "Bastia",
    "Rodez",
    "Dole",
    "Gap",
    "Foix",
    "Laval",
    "Niort",
    "Sète",
    "Cholet",
    "Melun",
    "Agen",
    "Tulle",
    "Vichy",
]
_DETAILS = (
    "Nine people work on it, most of them part time.",
    "Le budget reste secret, mais la région participe.",
    "A second phase is planned before the end of next year.",
    "Les riverains ont posé leurs questions pendant deux heures.",
    "Nobody expected the results to be so clear so early.",
    "Le calendrier dépend encore d'un permis.",
    "Students from three schools will follow the work.",
    "La direction promet un bilan public chaque trimestre.",
)


def records(days: int = DAYS, seed: int = 5) -> list[dict[str, Any]]:
    """A few varied documents a day; batteries become frequent towards the end."""
    rng = random.Random(seed)
    found: list[dict[str, Any]] = []
    for n in range(days):
        day = FIRST + dt.timedelta(days=n)
        subjects = rng.choices(_SUBJECTS, k=rng.randint(2, 4)) + [_GROWING] * (11 if n >= DAYS - 12 else 0)
        for subject in subjects:
            lang, *parts = subject.split("\n")
            who, what = (rng.choice(part.split("|")) for part in parts)
            title = f"{who} {what} ({' et '.join(rng.sample(_PLACES, 2))})"
            details = rng.sample(_DETAILS, rng.randint(1, 2))
            record = {
                "id": f"d{len(found):04}",
                "source": rng.choice(_SOURCES),
                "kind": rng.choice(["news", "news", "news", "paper"]),
                "lang": lang,
                "published": day.isoformat(),
                "title": title,
                "text": " ".join([f"{rng.choice(_PLACES)}, {rng.randint(2, 900)} jours plus tard.", *details]),
            }
            if rng.random() < 0.5:
                record["published_at"] = f"{day.isoformat()}T{rng.randint(0, 23):02}:15:00Z"
            found.append(record)
    return found


def write(path: Path, lines: Iterable[dict[str, Any] | str]) -> Path:
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines), encoding="utf-8")
    return path


def zoom(*words: str | Path, kill_at: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; with ``kill_at``, SIGKILLed just before its so-many-th commit or renaming."""
    module = ["-m", "monitor.cli"] if kill_at is None else ["-m", "tests.integration.replay.killed", str(kill_at)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ZOOM_AVANT_")}
    return subprocess.run(
        [sys.executable, *module, *(str(word) for word in words)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[3],
        timeout=240,
        check=False,
    )


def lines(path: Path) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def archive_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("archive") / "archive.jsonl", records())


@pytest.fixture(scope="session")
def played(archive_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one whole, undisturbed replay by weeks. Read only."""
    return _played(tmp_path_factory.mktemp("played") / "out", archive_file)


@pytest.fixture(scope="session")
def played_in_part(archive_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same up to ``PART``."""
    return _played(tmp_path_factory.mktemp("part") / "out", archive_file, "--to", PART)


def _played(out: Path, archive_file: Path, *words: str) -> Path:
    done = zoom("replay", archive_file, "--step", "1w", "--out", out, *words)
    assert done.returncode == 0, done.stderr
    return out
