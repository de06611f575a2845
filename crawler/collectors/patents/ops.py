"""EPO Open Patent Services v3.2: patents of the world by CPC or IPC code, applicant and country. See docs/sources/epo.md."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from crawler.collectors.base import Parsed, Payload, Reading, Schedule, Task, Wanted
from crawler.collectors.patents.codes import watched_code
from crawler.collectors.patents.exchange import fault, read_answer
from crawler.collectors.patents.query import Query, codes_of, queries
from crawler.collectors.patents.throttle import (
    UNKNOWN,
    Load,
    bytes_this_week,
    hour_ends_s,
    load_of,
    retry_after_s,
    told_at,
    week_ends_s,
)
from crawler.collectors.patents.trees import tree
from crawler.collectors.patents.walk import PAGE, Found, Walk, start
from crawler.collectors.services import endpoint_of, json_object, options_of, told, whole_number
from crawler.reasons import Reason, Unreadable
from storage.model import Source

LAST_RANK = 2000
_READS = frozenset({400, 401, 403, 404, 429})
_RENEW_BEFORE_S = 60
_LONGEST_LIFE_S = 86_400
_LONGEST_PAUSE_S = 120.0

Name = Annotated[str, Field(min_length=2, max_length=80, pattern=r'^[^"\\]+$')]


class OpsOptions(BaseModel):
    """``options`` of a source read from Open Patent Services. Everything left out asks for the codes of all watch themes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    themes: Annotated[tuple[str, ...], Field(description="Watch themes whose codes are asked for; all of them if empty.")] = ()
    codes: Annotated[tuple[str, ...], Field(description="More CPC or IPC codes, or their beginnings.")] = ()
    applicants: Annotated[tuple[Name, ...], Field(description="Only publications of applicants whose name begins so.")] = ()
    countries: Annotated[
        tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...], Field(description="Only these publishing offices: FR, EP, WO …")
    ] = ()
    cql: Annotated[str, Field(max_length=300, description="A further condition in CQL, such as ta=qubit.")] = ""
    index: Annotated[Literal["cpc", "ipc", "cl"], Field(description="Classification searched; cl is CPC or IPC.")] = "cpc"
    history_days: Annotated[int, Field(gt=0, le=3660, description="Days read back at the first visit.")] = 30
    overlap_days: Annotated[int, Field(ge=0, le=366, description="Days read again for what offices publish late.")] = 7
    week_bytes: Annotated[int, Field(gt=0, description="Bytes of the weekly quota after which it pauses.")] = 3_500_000_000

    @field_validator("codes")
    @classmethod
    def _are_codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [code for code in codes if watched_code(code) is None]:
            raise ValueError(f"'{wrong[0][:40]}' is no CPC or IPC code like G06N10 or H04L9/0852")
        return codes

    @field_validator("cql")
    @classmethod
    def _is_whole(cls, cql: str) -> str:
        if cql.count("(") != cql.count(")") or cql.count('"') % 2:
            raise ValueError("its parentheses or quotes do not match")
        return cql.strip()


class OpsCollector:
    """Publications newest first in slices of days below rank 2,000; the cursor is the last day wholly read."""

    name = "ops"

    def read(self, task: Task) -> Reading:
        options = options_of(OpsOptions, task.source)
        root = endpoint_of(task.source).split("/rest-services")[0].rstrip("/")
        key, secret = (task.credentials.reveal(name) for name in ("epo_key", "epo_secret"))
        if key is None or secret is None:
            raise Unreadable("needs_key", task.source.id, "epo_key" if key is None else "epo_secret")
        asked = queries(
            codes_of(task.watched, options.themes, options.codes),
            options.applicants,
            options.countries,
            extra=options.cql,
            index=options.index,
        )
        if not asked:
            raise Unreadable("nothing_asked", task.source.id)
        session = _Session(root, task.source, key, secret, task.now, options.week_bytes)
        place = start(task.cursor, asked, task.now.date(), history_days=options.history_days, overlap_days=options.overlap_days)
        try:
            yield from Walk(task.source.id, asked, session.search, LAST_RANK).read(place)
        except _Pause as pause:
            yield Parsed(entries=(), note=pause.reason, schedule=Schedule(wait_s=pause.wait_s))


class _Pause(Exception):
    """The service wants no more calls for a while: the visit ends here, and the next one goes on."""

    def __init__(self, reason: Reason, wait_s: float) -> None:
        super().__init__(str(reason))
        self.reason, self.wait_s = reason, int(wait_s) + 1


@dataclass(slots=True)
class _Session:
    """A token and a pace. Every call goes through ``_ask``."""

    root: str
    source: Source
    key: SecretStr
    secret: SecretStr
    now: dt.datetime
    week_bytes: int
    _token: SecretStr | None = None
    _expires: dt.datetime | None = None
    _clock: dt.datetime | None = None
    _load: Load = field(default=UNKNOWN)
    _calls: int = 0
    _used: int = 0

    def search(self, query: Query, first: dt.date, last: dt.date, offset: int) -> Generator[Wanted, Payload, Found]:
        """One page of at most 100, newest first. No hit at all arrives as HTTP 404."""
        parameters = {"q": query.cql(first, last), "Range": f"{offset + 1}-{min(offset + PAGE, LAST_RANK)}"}
        url = f"{self.root}/rest-services/published-data/search/biblio,abstract?{urlencode(parameters)}"
        payload = yield from self._ask(url)
        if payload.status == 404:
            return Found(total=0, rows=0)
        answer = read_answer(tree(payload.body, self.source.id))
        if answer.total is None:
            raise Unreadable("shape", self.source.id, "total-result-count")
        if answer.begin and answer.begin != offset + 1:
            raise Unreadable("repeats", self.source.id, f"{answer.begin}-{answer.end}")
        return Found(total=answer.total, rows=answer.rows, publications=answer.publications, rejected=answer.rejected)

    def _ask(self, url: str) -> Generator[Wanted, Payload, Payload]:
        """The answer to one call: 200, or a 404 that means no result. Renews the token and pauses as the service asks."""
        if self._used >= self.week_bytes:  # by itself, before the service has to: another program may share the key
            raise _Pause(Reason("quota_week"), week_ends_s(self.now))
        renewed = paused = False
        pause_s = 0.0
        while True:
            if self._token is None or self._is_old():
                yield from self._renew()
            assert self._token is not None  # _renew has just set it
            payload = yield Wanted(
                url,
                headers={"Accept": "application/exchange+xml"},
                reads=_READS,
                wait_s=max(pause_s, self._load.wait_s if self._calls else 0.0),
                secret_headers={"Authorization": SecretStr(f"Bearer {self._token.get_secret_value()}")},
            )
            self._calls += 1
            self._clock = told_at(payload.headers) or self._clock
            self._load = load_of(payload.headers, "search")
            self._used = bytes_this_week(payload.headers)
            if payload.status == 200:
                return payload
            code, said = _fault(payload.body, self.source.id)
            if payload.status == 404 and code == "SERVER.EntityNotFound":
                return payload
            if payload.status == 401 or (payload.status == 400 and b"access_token" in payload.body):
                if renewed:
                    raise Unreadable("key_refused", self.source.id, "epo_key, epo_secret")
                renewed, self._token = True, None
                continue
            pause_s = self._pause_of(payload, code, said)
            # After a 429 the host is left alone by every source, so there is nothing to wait for in this visit.
            if paused or payload.status == 429 or pause_s > _LONGEST_PAUSE_S:
                raise _Pause(Reason("suspended", f"{pause_s:.0f}"), pause_s)
            paused = True

    def _pause_of(self, payload: Payload, code: str, said: str) -> float:
        """Seconds to wait before the same call once more. Raises what ends the visit instead: a quota, a refusal, a fault."""
        rejection = payload.headers.get("x-rejection-reason", "")
        asked = retry_after_s(payload.headers)
        if "PerWeek" in rejection:
            raise _Pause(Reason("quota_week"), week_ends_s(self.now))
        if payload.status in (403, 429):
            if not rejection and (asked is not None or self._load.is_suspended or payload.status == 429):
                return self._load.wait_s if asked is None else asked
            if rejection or "fair use" in said.lower():
                raise _Pause(Reason("quota_hour"), hour_ends_s(self.now))
            raise Unreadable("forbidden", self.source.id, "403")
        if payload.status == 400:
            raise Unreadable("query_refused", self.source.id, told(f"{code} {said}") or "HTTP 400")
        raise Unreadable("not_found" if payload.status == 404 else "status", self.source.id, str(payload.status))

    def _renew(self) -> Generator[Wanted, Payload, None]:
        pair = f"{self.key.get_secret_value()}:{self.secret.get_secret_value()}".encode()
        payload = yield Wanted(
            f"{self.root}/auth/accesstoken",
            method="POST",
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            body=b"grant_type=client_credentials",
            reads=frozenset({400, 401, 403}),
            secret_headers={"Authorization": SecretStr("Basic " + base64.b64encode(pair).decode())},
        )
        if payload.status != 200:
            raise Unreadable("key_refused", self.source.id, "epo_key, epo_secret")
        answer = json_object(payload, self.source)
        token, lifetime = answer.get("access_token"), whole_number(answer.get("expires_in"))
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,4096}", token) or lifetime is None:
            raise Unreadable("shape", self.source.id, "access_token, expires_in")
        self._token = SecretStr(token)
        self._clock = told_at(payload.headers) or self._clock
        lifetime = min(lifetime, _LONGEST_LIFE_S) - _RENEW_BEFORE_S
        self._expires = self._clock + dt.timedelta(seconds=lifetime) if self._clock else None

    def _is_old(self) -> bool:
        """Whether the token is about to expire, by the service's own clock: a collector has none."""
        return self._expires is not None and self._clock is not None and self._clock >= self._expires


def _fault(body: bytes, where: str) -> tuple[str, str]:
    """What an error answer says, which may be no XML at all."""
    try:
        return fault(tree(body, where))
    except Unreadable:
        return "", ""
