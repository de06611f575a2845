"""The weekly digest: what opened, rose, fell and closed in a week, best first, at most as many themes as a reader takes in.

Says so when nothing significant happened. How themes stand besides is in two short outlooks. Built from the cases and signals
as of the week's end.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.engine import Connection

from alerts.background import background_of
from alerts.compose import alert_item
from alerts.config import AlertSettings
from alerts.message import Change, Envelope, Item, Message, Outlook, Section, as_payload
from alerts.outbox import OweReport, delivery_id
from alerts.outlooks import outlooks
from alerts.policy import digest_moment, digest_week_end, is_muted, proven_on
from alerts.render import embedded_image, html, plain_text
from alerts.texts import texts
from storage import alerts, deliveries, observations
from storage.model import Alert, AlertState, Delivery, Signal, State
from storage.store import Store

log = structlog.get_logger()

_ORDER = (Change.NEW, Change.RISING, Change.FALLING, Change.EASING, Change.CLOSED)
# A case in being is worth a line again when its strength moved by this much in the week.
_MOVED = 0.10
_LINKS = 3
_TELLING = ("earliest", "central", "latest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A week [``week_start``, ``week_end``) in a reader's words. ``unchanged`` and ``left_out`` cases are counted, not shown."""

    week_start: dt.date
    week_end: dt.date
    lang: str
    sections: tuple[Section, ...]
    unchanged: int
    left_out: int
    public_url: str | None = None
    outlooks: tuple[Outlook, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.sections

    @property
    def text(self) -> str:
        """The digest as plain text, for a terminal or a file."""
        return plain_text(self._alone())

    @property
    def html(self) -> str:
        """The digest as a page that stands alone, images included."""
        return html(self._alone(), embedded_image)

    def _alone(self) -> Message:
        to = Envelope(key=f"digest:{self.week_end.isoformat()}", subscription_id="", target="", lang=self.lang)
        return digest_message(self, to, dt.datetime.combine(self.week_end, dt.time(0), dt.UTC))


def build_digest(
    store: Store, week_end: dt.date, lang: str, settings: AlertSettings | None = None, allowed: float | None = None
) -> Digest:
    """The digest of the seven days before ``week_end`` (a Monday for an ISO week).

    With ``allowed``, only cases whose evidence is enough for that many false alerts a month.
    """
    settings = settings or AlertSettings()
    with store.reading() as conn:
        return _build(conn, week_end, lang, settings, allowed)


def digest_message(digest: Digest, to: Envelope, at: dt.datetime) -> Message:
    """The digest as a message for one place, written ``at`` that moment."""
    said = texts(digest.lang)
    last_day = digest.week_end - dt.timedelta(days=1)
    counted, buzzes = dict.fromkeys(_ORDER, 0), 0
    for section in digest.sections:
        for item in section.items:
            # A burst is counted as one, never among the movements.
            if item.kind == "buzz" and item.change is Change.NEW:
                buzzes += 1
            else:
                counted[item.change] += 1
    parts = [
        said.plural("%(n)s new movement", "%(n)s new movements", counted[Change.NEW]) if counted[Change.NEW] else "",
        said.plural("%(n)s buzz", "%(n)s buzzes", buzzes) if buzzes else "",
        said("%(n)s rising", n=counted[Change.RISING]) if counted[Change.RISING] else "",
        said("%(n)s falling", n=counted[Change.FALLING]) if counted[Change.FALLING] else "",
        said("%(n)s easing", n=counted[Change.EASING]) if counted[Change.EASING] else "",
        said("%(n)s closed", n=counted[Change.CLOSED]) if counted[Change.CLOSED] else "",
    ]
    nothing = said("Nothing significant this week.")
    intro = ", ".join(part for part in parts if part)
    notes = [
        said.plural("%(n)s more movement is not shown.", "%(n)s more movements are not shown.", digest.left_out)
        if digest.left_out
        else "",
        said.plural("%(n)s open case did not change noticeably.", "%(n)s open cases did not change noticeably.", digest.unchanged)
        if digest.unchanged
        else "",
    ]
    return Message(
        kind="digest",
        to=to,
        title=said("Week of %(span)s", span=said.days(digest.week_start, last_day)),
        intro=nothing if digest.is_empty else intro,
        at=at,
        sections=digest.sections,
        closing=" ".join(note for note in notes if note),
        url=f"{digest.public_url}/digests/{digest.week_end.isoformat()}" if digest.public_url else None,
        outlooks=digest.outlooks,
    )


def owe_digests(store: Store, now: dt.datetime, settings: AlertSettings) -> OweReport:
    """Puts the digest last due at ``now`` into the outbox, once for each digest subscription."""
    moment = digest_moment(now, settings.digest, settings.timezone)
    week_end = digest_week_end(moment, settings.timezone)
    owed = 0
    with store.transaction() as conn:
        places = deliveries.subscribers(conn, "digest")
        keys = {place.id: f"{place.id}:digest:{week_end.isoformat()}" for place in places}
        known = deliveries.known_keys(conn, list(keys.values()))
        built: dict[tuple[str, float | None], Digest] = {}
        for place in places:
            key = keys[place.id]
            if key in known:
                continue
            asked = (place.lang, place.false_alerts_per_month)
            digest = built.get(asked) or _build(conn, week_end, place.lang, settings, place.false_alerts_per_month)
            built[asked] = digest
            if digest.is_empty and not settings.digest.send_when_empty:
                continue
            to = Envelope(key=key, subscription_id=place.id, target=place.target, lang=place.lang)
            new = Delivery(
                id=delivery_id(key),
                key=key,
                subscription_id=place.id,
                channel=place.channel,
                target=place.target,
                subject_id=f"digest:{week_end.isoformat()}",
                payload=as_payload(digest_message(digest, to, now)),
                created_at=now,
            )
            owed += deliveries.owe(conn, [new])
    log.info("digests owed", week_end=week_end.isoformat(), new=owed)
    return OweReport(owed=owed)


def _build(conn: Connection, week_end: dt.date, lang: str, settings: AlertSettings, allowed: float | None) -> Digest:
    start, end = week_end - dt.timedelta(days=7), week_end
    cases = [case for case in alerts.between(conn, start, end) if case.state is not AlertState.PENDING]
    cases = [case for case in cases if not is_muted(case, settings.mutes, week_end)]
    since = {case.id: day for case in cases if (day := proven_on(case, allowed)) is not None and day < end}
    cases = [case for case in cases if case.id in since]
    themes = sorted({case.theme_id for case in cases})
    now_signals = _last_by_theme(observations.signals_of(conn, themes, start, end))
    before_signals = _last_by_theme(observations.signals_of(conn, themes, start - dt.timedelta(days=7), start))
    changes = [(case, _change(case, since[case.id], start, end, now_signals, before_signals)) for case in cases]
    moved = [(case, change) for case, change in changes if change is not None]
    shown = sorted(moved, key=_place)[: settings.digest.max_items]
    background = background_of(conn, [case for case, _ in shown])
    said = texts(lang)
    titles = {
        Change.NEW: said("New"),
        Change.RISING: said("Rising"),
        Change.FALLING: said("Falling"),
        Change.EASING: said("Easing"),
        Change.CLOSED: said("Closed"),
    }
    items: dict[Change, list[Item]] = {change: [] for change in _ORDER}
    for case, change in shown:
        items[change].append(_shortened(alert_item(case, background, change, lang, settings)))
    return Digest(
        week_start=start,
        week_end=week_end,
        lang=lang,
        sections=tuple(Section(title=titles[change], items=tuple(items[change])) for change in _ORDER if items[change]),
        unchanged=len(changes) - len(moved),
        left_out=len(moved) - len(shown),
        public_url=settings.public_url,
        outlooks=outlooks(conn, start, end, {case.theme_id for case, _ in shown}, lang, settings),
    )


def _place(moved: tuple[Alert, Change]) -> tuple[int, bool, float, str]:
    """Order in a digest: by what happened; movements before bursts, whose evidence is on another scale; the best proven first."""
    case, change = moved
    return _ORDER.index(change), case.kind == "buzz", -case.score, case.id


def _shortened(item: Item) -> Item:
    """What a digest shows of a case; of one that closed, only that."""
    if item.change is Change.CLOSED:
        return dataclasses.replace(item, links=(), figures=(), caveats=())
    # The first, the most typical and the last; the others where those are fewer. In their own order, by day.
    wanted = sorted(item.links, key=lambda link: link.role not in _TELLING)[:_LINKS]
    return dataclasses.replace(item, links=tuple(link for link in item.links if link in wanted))


def _change(
    case: Alert, since: dt.date, start: dt.date, end: dt.date, now: Mapping[str, Signal], before: Mapping[str, Signal]
) -> Change | None:
    """What a week did to a case; None when nothing worth a line. A case closed after the week was still open in it.

    Only a decline falls: a rise that slows is easing, it still stands above what was expected.
    """
    if case.closed_on is not None and case.closed_on < end:
        return Change.CLOSED
    if since >= start:
        return Change.NEW
    is_declining = case.signal_state is State.DECLINING
    last, first = now.get(case.theme_id), before.get(case.theme_id)
    if last is None or first is None or first.lift <= 0:
        return None
    ratio = last.lift / first.lift
    if ratio >= 1 + _MOVED:
        return None if is_declining else Change.RISING
    if ratio <= 1 / (1 + _MOVED):
        return Change.FALLING if is_declining else Change.EASING
    return None


def _last_by_theme(found: Sequence[Signal]) -> dict[str, Signal]:
    return {signal.theme_id: signal for signal in found}
