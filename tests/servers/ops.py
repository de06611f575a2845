"""Open Patent Services on loopback: tokens, CQL, ranks, throttling and quotas as documented, over an invented collection.

It evaluates the query it is given, so a collector that slices badly misses publications here as it would there. A rule that is
broken gets the documented fault and is written down in ``refusals``. Its clock is its own.
"""

from __future__ import annotations

import base64
import datetime as dt
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import format_datetime
from functools import cached_property
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape, quoteattr

from tests.servers.http import Handler, Site

KEY, SECRET = "invented-consumer-key", "invented-consumer-secret"
IDLE = "idle (images=green:200, inpadoc=green:60, other=green:1000, retrieval=green:200, search=green:30)"
BLACK = "overloaded (images=green:50, inpadoc=green:15, other=green:1000, retrieval=green:50, search=black:0)"
_ROOT = "/3.2"
_NAMES = ("EXEMPLE QUANTIQUE", "SOCIETE FICTIVE", "ATELIER INVENTE", "IMAGINARY PHOTONICS", "NOWHERE ROBOTICS", "BEISPIEL WERKE")
_COUNTRIES = ("FR", "EP", "WO", "US")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A publication of the collection. ``broken`` takes the number out of the record."""

    number: str
    on: dt.date
    country: str = "FR"
    kind: str = "A1"
    family: str = "90000001"
    cpc: tuple[str, ...] = ("G06N10/40",)
    ipc: tuple[str, ...] = ()
    titles: tuple[tuple[str, str], ...] = (("fr", "Procédé de lecture de qubits"),)
    abstracts: tuple[tuple[str, str], ...] = (("fr", "Procédé comprenant une étape de lecture."),)
    applicants: tuple[str, ...] = ("EXEMPLE QUANTIQUE [FR]",)
    inventors: tuple[str, ...] = ()
    broken: bool = False

    @cached_property
    def day(self) -> str:
        return f"{self.on:%Y%m%d}"


Fault = Callable[[Handler, "Ops"], bool]
"""Answers in place of a search and says whether it did."""


@dataclass
class Ops:
    """The service. ``refusals`` counts the faults it gave by code; ``queries`` are the searches it answered."""

    site: Site
    rows: list[Row]
    clock: dt.datetime = dt.datetime(2026, 9, 28, 6, 0, tzinfo=dt.UTC)
    call_s: float = 2.0
    lifetime_s: int = 1200
    shows_date: bool = True
    expiry_status: int = 400
    control: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    queries: list[tuple[str, int]] = field(default_factory=list)
    tokens: dict[str, dt.datetime] = field(default_factory=dict)

    _last: tuple[str, int, list[Row]] = ("", -1, [])

    def __post_init__(self) -> None:
        self.site.route(f"{_ROOT}/auth/accesstoken", self._token)
        for constituents in ("", "/biblio", "/biblio,abstract"):
            self.site.route(f"{_ROOT}/rest-services/published-data/search{constituents}", self._search)

    @property
    def url(self) -> str:
        return self.site.url(f"{_ROOT}/rest-services/published-data/search")

    def _token(self, handler: Handler) -> None:
        self.clock += dt.timedelta(seconds=self.call_s)
        pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        form = parse_qs(handler.body.decode())
        if handler.headers.get("Authorization") != f"Basic {pair}":
            self._send(handler, 401, b'{"fault":{"faultstring":"Invalid client identifier"}}', "application/json")
            return
        typed = handler.headers.get("Content-Type") == "application/x-www-form-urlencoded"
        if handler.command != "POST" or not typed or form.get("grant_type") != ["client_credentials"]:
            self._send(handler, 400, b'{"error":"unsupported_grant_type"}', "application/json")
            return
        token = f"token-{len(self.tokens) + 1}"
        self.tokens[token] = self.clock + dt.timedelta(seconds=self.lifetime_s)
        issued = int(self.clock.timestamp() * 1000)
        # expires_in is a string in the real answer.
        body = f'{{"issued_at":"{issued}","expires_in":"{self.lifetime_s}","token_type":"BearerToken","access_token":"{token}"}}'
        self._send(handler, 200, body.encode(), "application/json")

    def _search(self, handler: Handler) -> None:
        self.clock += dt.timedelta(seconds=self.call_s)
        given = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(given, self.clock) <= self.clock:
            self.fault(handler, self.expiry_status, "400", "invalid_access_token", root="error")
            return
        if self.faults and self.faults.pop(0)(handler, self):
            return
        asked = parse_qs(urlsplit(handler.path).query) | parse_qs(handler.body.decode())
        cql = asked.get("q", [""])[0]
        span = re.fullmatch(r"(\d+)-(\d+)", handler.headers.get("X-OPS-Range") or asked.get("Range", ["1-25"])[0])
        if span is None or int(span[2]) - int(span[1]) >= 100 or int(span[2]) > 2000 or int(span[1]) < 1:
            self.fault(handler, 400, "CLIENT.InvalidQuery", "The request was invalid: range")
            return
        try:
            matching = self._found(cql)
        except CqlError as exc:
            self.fault(handler, 400, exc.code, str(exc))
            return
        begin, end = int(span[1]), min(int(span[2]), len(matching))
        self.queries.append((cql, begin))
        if begin > len(matching):
            self.fault(handler, 404, "SERVER.EntityNotFound", "No results found")
            return
        body = answer(cql, matching[begin - 1 : end], begin, end, min(len(matching), 10_000))
        self._send(handler, 200, body.encode(), "application/exchange+xml")

    def _found(self, cql: str) -> list[Row]:
        """Newest first. Pages of one search come one after the other, so the last result is kept."""
        if self._last[:2] != (cql, len(self.rows)):
            predicate = compiled(cql)
            found = sorted(filter(predicate, self.rows), key=lambda row: (row.on, row.number), reverse=True)
            self._last = (cql, len(self.rows), found)
        return self._last[2]

    def fault(self, handler: Handler, status: int, code: str, message: str, root: str = "fault", **headers: str) -> None:
        if code != "SERVER.EntityNotFound":
            self.refusals[message if code.isdigit() else code] += 1
        space = ' xmlns="http://ops.epo.org"' if root == "fault" else ""
        body = f'<?xml version="1.0"?><{root}{space}><code>{code}</code><message>{escape(message)}</message></{root}>'
        self._send(handler, status, body.encode(), "application/xml", **headers)

    def _send(self, handler: Handler, status: int, body: bytes, content_type: str, **headers: str) -> None:
        handler.send_response_only(status)
        control = self.control.pop(0) if len(self.control) > 1 else (self.control or [IDLE])[0]
        named = {"X-Throttling-Control": control} | self.headers
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self.shows_date:
            named["Date"] = format_datetime(self.clock, usegmt=True)
        for name, value in named.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def suspended(status: int = 403, retry_ms: int | None = 60_000) -> Fault:
    """The colour black: too many calls. Retry-After is in milliseconds."""

    def refuse(handler: Handler, ops: Ops) -> bool:
        headers = {"X_Throttling_Control": BLACK} | ({"Retry_After": str(retry_ms)} if retry_ms is not None else {})
        ops.fault(handler, status, "CLIENT.RobotDetected", "too many requests", **headers)
        return True

    return refuse


def over_quota(reason: str) -> Fault:
    def refuse(handler: Handler, ops: Ops) -> bool:
        said = "This request has been rejected due to the violation of Fair Use policy"
        ops.fault(handler, 403, "403", said, root="error", X_Rejection_Reason=reason)
        return True

    return refuse


def sends(body: bytes, status: int = 200) -> Fault:
    def send(handler: Handler, ops: Ops) -> bool:
        ops._send(handler, status, body, "application/exchange+xml")
        return True

    return send


def passes(_handler: Handler, _ops: Ops) -> bool:
    """No fault: the search is answered."""
    return False


class CqlError(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


_TOKEN = re.compile(r'\s*(\(|\)|"[^"]*"|[<>=]+|[^\s()=<>"]+)')
_INDEXES = ("ti", "ab", "ta", "pa", "pn", "pd", "cpc", "ipc", "cl")


Predicate = Callable[[Row], bool]


def compiled(cql: str) -> Predicate:
    """Tells whether a publication answers a query. Raises CqlError for a query the service refuses."""
    tokens: list[str] = _TOKEN.findall(cql)
    terms: Counter[str] = Counter()
    predicate, rest = _expression(tokens, terms)
    if rest:
        raise CqlError("CLIENT.CQL", f"cannot read the query near {rest[0]}")
    if sum(terms.values()) > 20 or max(terms.values()) > 10:
        raise CqlError("CLIENT.ScopeTermsMaximumNumber", "Too many terms within an index scope")
    return predicate


def _expression(tokens: list[str], terms: Counter[str]) -> tuple[Predicate, list[str]]:
    left, tokens = _term(tokens, terms)
    while tokens and tokens[0].lower() in ("and", "or", "not"):
        word = tokens[0].lower()
        right, tokens = _term(tokens[1:], terms)
        left = _joined(word, left, right)
    return left, tokens


def _joined(word: str, left: Predicate, right: Predicate) -> Predicate:
    if word == "or":
        return lambda row: left(row) or right(row)
    return lambda row: left(row) and right(row) == (word == "and")


def _term(tokens: list[str], terms: Counter[str]) -> tuple[Predicate, list[str]]:
    if tokens and tokens[0] == "(":
        inner, rest = _expression(tokens[1:], terms)
        if not rest or rest[0] != ")":
            raise CqlError("CLIENT.CQL", "a parenthesis is not closed")
        return inner, rest[1:]
    if len(tokens) < 3 or tokens[0].lower() not in _INDEXES:
        raise CqlError("CLIENT.CQL", f"unknown index {tokens[:1]}")
    index, relation, wanted = tokens[0].lower(), tokens[1].lower(), tokens[2].strip('"')
    if relation not in ("=", "within") or (relation == "within") != (index == "pd" and "," in wanted):
        raise CqlError("CLIENT.CQL", f"relation {relation} is not supported for {index}")
    terms[index] += len(re.findall(r"[^\s,]+", wanted))
    return (lambda row: _matches(index, wanted, row)), tokens[3:]


def _matches(index: str, wanted: str, row: Row) -> bool:
    if index == "pd":
        first, _, last = wanted.partition(",")
        return first <= row.day <= (last or first)
    if index == "pn":
        return f"{row.country}{row.number}".startswith(wanted)
    if index == "pa":  # finds others than the one meant: the words may stand anywhere
        return any(all(word in name.split() for word in wanted.upper().split()) for name in row.applicants)
    if index in ("cpc", "ipc", "cl"):
        codes = {"cpc": row.cpc, "ipc": row.ipc, "cl": row.cpc + row.ipc}[index]
        if "/" in wanted:
            return wanted in codes
        if len(wanted) > 4:
            return any(code.split("/")[0] == wanted for code in codes)
        return any(code.startswith(wanted) for code in codes)
    texts = [
        text for _, text in (row.titles if index == "ti" else row.abstracts if index == "ab" else row.titles + row.abstracts)
    ]
    return any(wanted.lower() in text.lower() for text in texts)


def answer(cql: str, rows: list[Row], begin: int, end: int, total: int) -> str:
    """The XML of a page. Both ``exchange-documents`` and ``exchange-document`` repeat."""
    groups = "".join(
        f"<exchange-documents>{''.join(map(_document, rows[at : at + 3]))}</exchange-documents>" for at in range(0, len(rows), 3)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><?xml-stylesheet type="text/xsl" href="/3.2/style/exchange.xsl"?>'
        '<ops:world-patent-data xmlns="http://www.epo.org/exchange" xmlns:ops="http://ops.epo.org">'
        f'<ops:biblio-search total-result-count="{total}"><ops:query syntax="CQL">{escape(cql)}</ops:query>'
        f'<ops:range begin="{begin}" end="{end}"/><ops:search-result>{groups}</ops:search-result></ops:biblio-search>'
        "</ops:world-patent-data>"
    )


def _document(row: Row) -> str:
    number = "" if row.broken else f"<doc-number>{row.number}</doc-number>"
    attributes = "" if row.broken else f" doc-number={quoteattr(row.number)}"
    cpc = "".join(_cpc(n, code) for n, code in enumerate(row.cpc, 1))
    ipc = "".join(
        f'<classification-ipcr sequence="{n}"><text>{_padded(code)}</text></classification-ipcr>'
        for n, code in enumerate(row.ipc, 1)
    )
    titles = "".join(f'<invention-title lang="{lang}">{escape(text)}</invention-title>' for lang, text in row.titles)
    abstracts = "".join(f'<abstract lang="{lang}"><p>{escape(text)}</p></abstract>' for lang, text in row.abstracts)
    return (
        f'<exchange-document system="ops.epo.org" family-id="{row.family}" country="{row.country}"{attributes} kind="{row.kind}">'
        '<bibliographic-data><publication-reference><document-id document-id-type="docdb">'
        f"<country>{row.country}</country>{number}<kind>{row.kind}</kind><date>{row.on:%Y%m%d}</date></document-id>"
        "</publication-reference>"
        f"<classifications-ipcr>{ipc}</classifications-ipcr><patent-classifications>{cpc}"
        '<patent-classification sequence="99"><classification-scheme office="US" scheme="UC"/>'
        "<classification-symbol>706/15</classification-symbol></patent-classification></patent-classifications>"
        f"<parties><applicants>{_parties('applicant', row.applicants)}</applicants>"
        f"<inventors>{_parties('inventor', row.inventors)}</inventors></parties>{titles}</bibliographic-data>{abstracts}"
        "</exchange-document>"
    )


def _parties(role: str, names: tuple[str, ...]) -> str:
    return "".join(
        f'<{role} sequence="{n}" data-format="{form}"><{role}-name><name>{escape(said)}</name></{role}-name></{role}>'
        for n, name in enumerate(names, 1)
        for form, said in (("epodoc", name), ("original", name.rsplit(" [", 1)[0].title() + ","))
    )


def _cpc(number: int, code: str) -> str:
    group, _, subgroup = code[4:].partition("/")
    return (
        f'<patent-classification sequence="{number}"><classification-scheme office="EP" scheme="CPCI"/>'
        f"<section>{code[0]}</section><class>{code[1:3]}</class><subclass>{code[3]}</subclass><main-group>{group}</main-group><subgroup>{subgroup}</subgroup>"
        "</patent-classification>"
    )


def _padded(code: str) -> str:
    group, _, subgroup = code[4:].partition("/")
    return f"{code[:4]}{group:>4}/{subgroup:>6}            A I                    "


def collection(days: dict[dt.date, int], codes: tuple[str, ...], seed: int = 7) -> list[Row]:
    """So many invented publications a day, each with one to three of ``codes``; two publications in ten are of one family."""
    return list(_invented(days, codes, random.Random(seed)))


def _invented(days: dict[dt.date, int], codes: tuple[str, ...], chance: random.Random) -> Iterator[Row]:
    number = 3_000_000
    for on, count in days.items():
        for _ in range(count):
            number += 1
            yield Row(
                number=str(number),
                on=on,
                country=chance.choice(_COUNTRIES[:3]),
                family=str(90_000_000 + number - number % 10 // 9),
                cpc=tuple(sorted(chance.sample(codes, chance.randint(1, min(3, len(codes)))))),
                applicants=(
                    f"{chance.choice(_NAMES)} [{chance.choice(_COUNTRIES)}]".replace("[EP]", "[DE]").replace("[WO]", "[IT]"),
                ),
                titles=(("en", f"Invented apparatus {number}"),),
                abstracts=(),
            )
