"""Documents for the language tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from storage import documents, sources
from storage.model import Document, Kind, Source
from storage.store import Store

DAY = dt.date(2026, 3, 2)


def a_document(
    key: str,
    title: str,
    text: str = "",
    *,
    source: str = "gazette",
    day: dt.date = DAY,
    kind: Kind = Kind.NEWS,
    lang: str | None = None,
) -> Document:
    return Document(
        id=key,
        source_id=source,
        kind=kind,
        title=title,
        text=text,
        lang=lang,
        published_on=day,
        counted_on=day,
        collected_at=dt.datetime(day.year, day.month, day.day, 8, tzinfo=dt.UTC),
    )


def store_documents(store: Store, found: Sequence[Document], *, lang: str | None = "fr") -> None:
    with store.transaction() as conn:
        names = sorted({document.source_id for document in found})
        sources.add_missing(conn, [Source(id=name, name=name, kind=Kind.NEWS, lang=lang) for name in names])
        documents.add(conn, found)


RELEASE = (
    "Voltacycle a inauguré le 2 mars à Valenciennes (Nord) son usine de recyclage de batteries de véhicules électriques. Le site,"
    " implanté sur 9 hectares, représente un investissement de 145 millions d'euros et emploiera 180 personnes d'ici à la fin de"
    " 2027. Il traitera chaque année 20 000 tonnes de batteries et de rebuts, dont il extraira le lithium, le nickel"
    " et le cobalt."
)
