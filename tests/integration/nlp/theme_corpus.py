"""Three months of invented news in French and English: a subject that bursts, one watched from the start, and everything else.

``BURST`` (packaging made of seaweed) begins in the week of 9 February, with one ``HERALD`` a month before; it falls silent after
``LATER`` and comes back in ``RETURN``. ``WATCHED`` speaks of the two themes of ``WATCH_LIST``. ``NOISE`` speaks of nothing twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from storage.model import Document
from tests.unit.nlp.documents import a_document

WATCH_LIST = """
[[theme]]
id = "quantum"
label_fr = "Quantique"
label_en = "Quantum"
description_fr = "Calcul quantique, qubits, correction d'erreurs, atomes froids."
description_en = "Quantum computing, qubits, error correction, cold atoms."
terms_fr = ["ordinateur quantique", "qubit", "atomes froids"]
terms_en = ["quantum computer", "qubit", "cold atom"]
codes = ["G06N10"]
"""
ROBOTS = """
[[theme]]
id = "robotics"
label_fr = "Robotique"
label_en = "Robotics"
description_fr = "Robots industriels, cobots, robots agricoles, exosquelettes."
description_en = "Industrial robots, cobots, farm robots, exoskeletons."
terms_fr = ["robot", "cobot", "exosquelette"]
terms_en = ["robot", "cobot", "exoskeleton"]
"""

FIRST_NOW = dt.datetime(2026, 1, 12, tzinfo=dt.UTC)
BURST_NOW = dt.datetime(2026, 2, 16, tzinfo=dt.UTC)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def _all(prefix: str, rows: list[tuple[str, str, str, str]]) -> list[Document]:
    return [
        a_document(f"{prefix}{number:02}", title, text, source=source, day=_day(day))
        for number, (day, source, title, text) in enumerate(rows)
    ]


HERALD = _all(
    "herald",
    [
        (
            "01-14",
            "littoral",
            "Un emballage alimentaire en algues testé à Roscoff",
            "Deux ingénieures remplacent le plastique des barquettes par un film d'algues brunes compostable.",
        )
    ],
)
BURST = _all(
    "burst",
    [
        (
            "02-09",
            "gazette",
            "Des emballages en algues bretonnes pour remplacer le plastique",
            "La jeune pousse Algofilm ouvre à Brest un atelier d'emballages alimentaires en algues brunes, compostables.",
        ),
        (
            "02-09",
            "ledger",
            "Seaweed packaging takes on single-use plastic",
            "Brittany start-up Algofilm is turning brown seaweed into compostable food packaging for supermarkets.",
        ),
        (
            "02-10",
            "littoral",
            "Emballage en algues : Algofilm lève neuf millions pour son usine de Brest",
            "L'argent paiera une ligne de films alimentaires en algues, vendus aux traiteurs et aux supermarchés.",
        ),
        (
            "02-10",
            "harbour",
            "Supermarkets try seaweed packaging for fresh fish",
            "Three chains will sell cod and mussels in compostable trays made of seaweed instead of plastic.",
        ),
        (
            "02-11",
            "gazette",
            "Le plastique des barquettes cède la place à un emballage en algues",
            "Un traiteur de Quimper emballe ses plats dans un film d'algues brunes qui se composte au jardin.",
        ),
        (
            "02-11",
            "ledger",
            "Algofilm opens first factory for seaweed food packaging",
            "The Brest plant will press brown seaweed into compostable films and trays that replace plastic.",
        ),
        (
            "02-12",
            "harbour",
            "Seaweed growers race to supply packaging makers",
            "Kelp farmers in Ireland and Brittany sign contracts with firms that turn seaweed into plastic-free packaging.",
        ),
        (
            "02-12",
            "littoral",
            "Les goémoniers vendent leurs algues aux fabricants d'emballages",
            "Faute d'algues, les ateliers d'emballages compostables signent des contrats de trois ans avec les pêcheurs du Léon.",
        ),
        (
            "02-13",
            "fil",
            "Emballages en algues : la norme compostable attendue au printemps",
            "Les fabricants de films d'algues veulent un label qui les distingue du plastique biosourcé.",
        ),
        (
            "02-13",
            "ledger",
            "Compostable seaweed packaging wins over caterers",
            "Caterers in Lyon and Dublin swap plastic boxes for seaweed packaging that breaks down within weeks.",
        ),
    ],
)
LATER = _all(
    "later",
    [
        (
            "02-18",
            "harbour",
            "Seaweed packaging reaches school canteens",
            "Two counties replace plastic trays with compostable seaweed packaging in their canteens.",
        ),
        (
            "02-19",
            "gazette",
            "Algofilm vend ses emballages en algues aux cantines de Rennes",
            "Les barquettes en algues brunes remplacent le plastique dans douze cantines.",
        ),
    ],
)
RETURN = _all(
    "return",
    [
        (
            "05-04",
            "gazette",
            "Emballages en algues : un deuxième atelier à Lorient",
            "Un film alimentaire d'algues brunes, compostable, y remplacera le plastique des barquettes.",
        ),
        (
            "05-05",
            "ledger",
            "Seaweed packaging maker expands to Galway",
            "The firm presses brown seaweed into compostable food packaging to replace plastic.",
        ),
        (
            "05-06",
            "littoral",
            "Les emballages en algues gagnent les fromagers",
            "Le film d'algues compostable remplace le plastique autour des fromages frais.",
        ),
        (
            "05-07",
            "harbour",
            "Airlines test compostable seaweed packaging on board",
            "Meals are served in seaweed trays instead of plastic on four routes.",
        ),
        (
            "05-08",
            "fil",
            "Emballage alimentaire : les algues moins chères que le plastique",
            "Le prix du film d'algues brunes compostable baisse d'un tiers.",
        ),
        (
            "05-08",
            "ledger",
            "Why seaweed packaging is back on supermarket shelves",
            "Compostable seaweed trays are now cheaper than plastic food packaging.",
        ),
    ],
)
WATCHED = _all(
    "watched",
    [
        (
            "01-07",
            "gazette",
            "Un ordinateur quantique à atomes froids installé à Massy",
            "La machine compte cent qubits et ouvrira aux chercheurs en mars.",
        ),
        (
            "01-08",
            "ledger",
            "Error correction halves the qubits a quantum computer needs",
            "The team in Delft published its code and the measurements behind it.",
        ),
        (
            "01-22",
            "littoral",
            "Un robot désherbe les champs d'artichauts du Léon",
            "Le robot agricole suit les rangs à la caméra et arrache les adventices une à une.",
        ),
        (
            "02-05",
            "harbour",
            "Cobots join the line at a Galway instrument maker",
            "Each robot arm works beside a person and stops at the lightest touch.",
        ),
        (
            "02-17",
            "fil",
            "Qubits : la course à la fidélité s'accélère",
            "Trois laboratoires annoncent un ordinateur quantique plus fiable.",
        ),
    ],
)
_PATENT = a_document(
    "watched-patent",
    "Procédé de commande d'un ensemble d'ions",
    "Une séquence d'impulsions.",
    source="registre",
    day=_day("01-21"),
)
WATCHED.append(replace(_PATENT, extra={"codes": ["G06N10/40"]}))
NOISE = _all(
    "noise",
    [
        ("01-06", "gazette", "La bibliothèque de Vitré rouvre après deux ans de travaux", "Elle prête aussi des instruments."),
        ("01-06", "ledger", "Rail strike halts commuters in the north", "Unions ask for a pay rise before the summer timetable."),
        ("01-07", "fil", "Le prix du beurre atteint un sommet", "Les boulangers répercutent la hausse sur les croissants."),
        ("01-09", "harbour", "Ferry company orders two hulls from a Polish yard", "Delivery is due in three years."),
        ("01-10", "littoral", "Tempête : vingt mille foyers privés de courant", "Les équipes réparent les lignes du Cotentin."),
        ("01-13", "gazette", "Un musée de la dentelle s'installe à Calais", "Les métiers à tisser y tournent chaque dimanche."),
        ("01-15", "ledger", "Court rules on parking fines for delivery vans", "Couriers may appeal within thirty days."),
        ("01-16", "fil", "Le club de rugby d'Aurillac change d'entraîneur", "L'ancien troisième ligne revient au pays."),
        ("01-20", "harbour", "Orchestra tours fishing villages with Mozart", "Concerts are free and held in auction halls."),
        ("01-21", "littoral", "Les impôts locaux augmentent à Dieppe", "La mairie invoque la réfection des écoles."),
        ("01-23", "gazette", "Grippe : les urgences de Limoges débordées", "Le pic est attendu la semaine prochaine."),
        ("01-27", "ledger", "House prices slip for a third month", "Mortgage lenders blame higher rates."),
        ("01-28", "fil", "Un loup photographié dans le Morvan", "Les éleveurs demandent des chiens de protection."),
        ("01-29", "harbour", "Chess prodigy, twelve, beats a grandmaster", "She learned the game from her grandfather."),
        ("02-03", "littoral", "La neige ferme trois cols des Pyrénées", "Les routiers patientent à la frontière espagnole."),
        ("02-04", "gazette", "Une pièce de Molière jouée en langue des signes", "La troupe part en tournée à l'automne."),
        ("02-06", "ledger", "Tax office hires two thousand inspectors", "They will examine offshore accounts."),
        ("02-09", "fil", "Les apiculteurs de la Drôme comptent leurs ruches", "L'hiver doux a affaibli les colonies."),
        ("02-10", "gazette", "Un tunnel relie enfin les deux rives à Rouen", "Les cyclistes y ont leur propre voie."),
        ("02-11", "harbour", "Volcano closes airspace over Iceland", "Airlines divert transatlantic flights."),
        ("02-12", "ledger", "Wheat harvest forecast cut after drought", "Exporters look to the Black Sea."),
        ("02-13", "littoral", "Le carnaval de Granville attire cent mille personnes", "Les chars défilent jusqu'à mardi."),
        ("02-18", "fil", "Le Sénat débat de la retraite des agriculteurs", "Le texte revient en mai."),
        ("02-20", "harbour", "Marathon runner breaks the national record", "He trained at altitude in Kenya."),
        ("03-05", "gazette", "La cathédrale de Nantes retrouve son orgue", "Huit cents tuyaux ont été refaits."),
        ("04-02", "ledger", "Airport opens a second runway", "Residents fear the noise at night."),
        ("05-05", "fil", "Les notaires craignent un printemps calme", "Les compromis de vente se font rares."),
        ("05-05", "gazette", "Deux cigognes nichent sur la mairie de Sélestat", "Le clocher était déjà pris."),
        ("05-06", "harbour", "Bakers' union votes for a shorter night shift", "The new hours start in July."),
        ("05-07", "ledger", "Central bank holds interest rates", "Inflation is close to target."),
        ("05-07", "littoral", "Un phare du Finistère transformé en gîte", "La première nuit est réservée jusqu'en août."),
    ],
)
# Texts that agencies passed on: one copy says more than its story's first document, the other says less.
_TIDES = "Le port de Brest calcule ses marées d'une autre façon"
_BELLS = "Une église de Dinan confie ses cloches aux carillonneurs"
_QUANTUM = "Un ordinateur quantique de cent qubits à atomes froids fait le calcul."
COPIES = [
    a_document("copy-less-first", _TIDES, _QUANTUM, day=_day("01-07")),
    a_document("copy-less-second", _TIDES, source="fil", day=_day("01-08")),
    a_document("copy-more-first", _BELLS, day=_day("01-07")),
    a_document("copy-more-second", _BELLS, _QUANTUM, source="fil", day=_day("01-08")),
]
EVERYTHING = sorted(
    [*HERALD, *BURST, *LATER, *RETURN, *WATCHED, *NOISE, *COPIES], key=lambda document: (document.collected_at, document.id)
)
