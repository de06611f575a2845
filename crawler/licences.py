"""The classes of licence a source can have, and which of them allow a whole text to be kept and shown.

A class says what may be done with the texts of a source as a rule; what a single text says of itself still comes first.
"""

from __future__ import annotations

# class → (whether whole texts may be kept, French, English)
LICENCES: dict[str, tuple[bool, str, str]] = {
    "press": (False, "presse : droits réservés", "press: rights reserved"),
    "press-release": (False, "communiqués de presse : droits de leurs auteurs", "press releases: their authors' rights"),
    "institution": (False, "organisme public ou de recherche, sans licence ouverte", "public or research body, no open licence"),
    "etalab-2.0": (True, "Licence Ouverte 2.0 (Etalab)", "Licence Ouverte 2.0 (Etalab)"),
    "eu-reuse": (
        True,
        "réutilisation des documents de la Commission (2011/833/UE)",
        "reuse of Commission documents (2011/833/EU)",
    ),
    "cc-by-4.0": (True, "Creative Commons Attribution 4.0", "Creative Commons Attribution 4.0"),
    "cc0": (True, "Creative Commons Zero", "Creative Commons Zero"),
    "us-federal": (
        True,
        "œuvre de l'administration fédérale des États-Unis",
        "work of the federal government of the United States",
    ),
    "arxiv": (True, "métadonnées arXiv, résumés compris (CC0)", "arXiv metadata, abstracts included (CC0)"),
    "hal": (False, "métadonnées HAL ; résumés de leurs auteurs", "HAL metadata; abstracts are their authors'"),
    "crossref": (False, "faits bibliographiques ; résumés des éditeurs", "bibliographic facts; abstracts are the publishers'"),
    "ops-terms": (False, "conditions de l'OEB (Open Patent Services)", "terms of the EPO (Open Patent Services)"),
    "patent-office": (False, "documents de brevet sous les conditions du service", "patent documents under the service's terms"),
    "agreement": (True, "accord passé avec l'éditeur", "an agreement with the publisher"),
}


def is_open(licence: str | None) -> bool:
    """Whether a whole text under this class may be kept; not where the class is unknown."""
    return licence is not None and LICENCES.get(licence, (False,))[0]
