from __future__ import annotations

import pytest

from crawler.collectors.base import Entry
from crawler.identity import Identity
from crawler.keeping import document_of
from storage.model import Kind, Source
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Une puce photonique à Lannion | Le Phare", "Une puce photonique à Lannion"),
        ("Une puce photonique à Lannion – le phare", "Une puce photonique à Lannion"),
        ("Port-la-Forêt - Brest - Le Phare", "Port-la-Forêt - Brest"),
        ("Une puce photonique à Lannion | La Vigie", "Une puce photonique à Lannion | La Vigie"),
        ("Édito | Le Phare", "Édito | Le Phare"),
        ("Le Phare", "Le Phare"),
    ],
)
def test_a_headline_is_kept_without_the_name_of_its_site(title: str, kept: str) -> None:
    source = Source(id="s", name="Le Phare", kind=Kind.NEWS)
    identity = Identity(key="k", document_id="d")
    assert document_of(Entry(title=title), identity, source, NOW, 100, author_names=False).title == kept
