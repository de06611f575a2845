"""Invented news for ``pairs.py``: 200 subjects whose margins boom, have fairs, new feeds, floods or begin, and pairs of them.

Every story is drawn, so a margin holds the stories of its pairs. Pairs are independent, close from the start (met 2 to 30 times
as often as by chance), or begin to meet on a known day.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

DAYS = 900
DOMAINS = 12
TECHNOLOGIES = {"quiet": 66, "boom": 24, "fair": 16, "newfeed": 10, "flood": 10, "newborn": 10, "meeting": 52}
TECHNOLOGY_PAIRS = 744
SOURCES, NEW_FEEDS = (44, 6, 5, 5), 8
MOVING = ("boom", "fair", "newfeed", "flood", "newborn")
STORIES_A_DAY = 400.0
ONSETS = (430, 740)
WEEKDAY = np.array([1.1, 1.1, 1.1, 1.1, 1.0, 0.5, 0.4])


@dataclass(frozen=True, slots=True)
class World:
    """``volume`` [sources, days]; ``members`` by row (technologies, then domains) sorted places in ``day`` and ``source``."""

    volume: np.ndarray
    kinds: np.ndarray
    day: np.ndarray
    source: np.ndarray
    members: list[np.ndarray]
    left: np.ndarray
    right: np.ndarray
    sort: np.ndarray
    """By pair: ``quiet``, ``close``, ``meeting``, or what its margins do (``boom``, ``boom+fair``, …)."""
    onset: np.ndarray
    """By pair: day on which it begins to meet, -1 for those that do not."""
    weekly: np.ndarray
    """By pair: stories a week the meeting adds."""

    def rows(self) -> np.ndarray:
        """[rows, sources, days] stories."""
        return np.stack([self._count(stories) for stories in self.members])

    def pair(self, place: int) -> np.ndarray:
        """[sources, days] stories of a pair."""
        one, other = self.members[self.left[place]], self.members[self.right[place]]
        return self._count(np.intersect1d(one, other, assume_unique=True))

    def _count(self, stories: np.ndarray) -> np.ndarray:
        key = self.source[stories] * DAYS + self.day[stories]
        return np.bincount(key, minlength=self.volume.size).reshape(self.volume.shape).astype(np.float32)


def make(seed: int) -> World:
    """The world of a seed."""
    return _Maker(np.random.default_rng(seed)).world()


class _Maker:
    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.days = np.arange(DAYS)
        self.old = sum(SOURCES)
        self.sources = self.old + NEW_FEEDS
        self.kinds = np.r_[np.repeat(np.arange(4), SOURCES), np.zeros(NEW_FEEDS, int)]
        names = np.repeat(list(TECHNOLOGIES), list(TECHNOLOGIES.values()))
        self.role = np.r_[rng.permutation(names), np.repeat("domain", DOMAINS)].astype(object)
        self.technologies = len(names)
        self.role[[self.technologies, self.technologies + 1]] = "boom"
        self.starts = rng.integers(*ONSETS, len(self.role))

    def world(self) -> World:
        rate, volume = self._volume()
        self.day = np.repeat(np.tile(self.days, self.sources), volume.ravel())
        self.source = np.repeat(np.repeat(np.arange(self.sources), DAYS), volume.ravel())
        base, self.affinity = self._shares(rate)
        drawn = [self._draw(base[row], self.affinity[row], self._course(row, base[row])) for row in range(len(self.role))]
        planted = self._planted()
        pairs = self._pairs(planted)
        added: dict[int, list[np.ndarray]] = defaultdict(list)
        close = self._associate(pairs, planted, drawn, base, added)
        onset, weekly = np.full(len(pairs), -1), np.zeros(len(pairs))
        by_day = [np.flatnonzero(self.day == day) for day in range(DAYS)]
        for place, pair in enumerate(pairs):
            if pair in planted:
                chance = len(drawn[pair[0]]) * len(drawn[pair[1]]) / len(self.day) / DAYS
                onset[place] = self.rng.integers(*ONSETS)
                weekly[place] = self._meet(pair, onset[place], chance, by_day, added)
        self._flood(added)
        members = [np.unique(np.concatenate([drawn[row], *added[row]])) for row in range(len(self.role))]
        left, right = np.array(pairs).T
        sort = np.array([self._sort(pair, pair in planted, pair in close) for pair in pairs])
        return World(volume.astype(float), self.kinds, self.day, self.source, members, left, right, sort, onset, weekly)

    def _volume(self) -> tuple[np.ndarray, np.ndarray]:
        """Weekdays, August, noise, outages; from day 600 on 40 % of the sources are crawled twice as much; new feeds."""
        rng, t = self.rng, self.days
        rate = np.r_[rng.lognormal(1.4, 0.8, self.old), np.full(NEW_FEEDS, 6.0)]
        rate[: self.old] *= STORIES_A_DAY / rate[: self.old].sum()
        course = WEEKDAY[t % 7] * np.where((t % 365 > 210) & (t % 365 < 240), 0.7, 1.0)
        expected = rate[:, None] * course * np.exp(0.1 * rng.standard_normal((self.sources, DAYS)))
        for feed, start in enumerate(rng.integers(420, 700, NEW_FEEDS)):
            expected[self.old + feed, :start] = 0
        doubled = np.flatnonzero(rng.random(self.old) < 0.4)
        expected[doubled, 600:] *= 2
        for source in np.flatnonzero(rng.random(self.old) < 0.5):
            start = rng.integers(0, DAYS - 20)
            expected[source, start : start + rng.integers(3, 20)] = 0
        return rate, rng.poisson(expected)

    def _shares(self, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each row's share of all stories (0.1 to 5 a day; domains 4 to 40), and how much more or less each source has of it."""
        rng, rows = self.rng, len(self.role)
        low = np.r_[np.full(self.technologies, 0.1), np.full(DOMAINS, 4.0)]
        high = np.r_[np.full(self.technologies, 5.0), np.full(DOMAINS, 40.0)]
        base = np.exp(rng.uniform(np.log(low), np.log(high))) / STORIES_A_DAY
        affinity = np.minimum(rng.lognormal(-0.5, 1.0, (rows, self.sources)), 8)
        weight = rate[: self.old] / rate[: self.old].sum()
        affinity /= (affinity[:, : self.old] * weight).sum(axis=1, keepdims=True)
        for row in np.flatnonzero(self.role == "newfeed"):
            affinity[row, self.old + rng.choice(NEW_FEEDS, 4, replace=False)] = 0.4 / base[row]
        return base, affinity

    def _course(self, row: int, base: float) -> np.ndarray:
        """[days] the row's rate over its base: log AR(1) noise (sd .25, 20 days), times what its role does."""
        rng, t, start = self.rng, self.days, self.starts[row]
        shock = 0.25 * np.sqrt(1 - np.exp(-2 / 20)) * rng.standard_normal(DAYS)
        shock[0] = 0.25 * rng.standard_normal()
        noise = np.zeros(DAYS)
        noise[0] = shock[0]
        for before, day in pairwise(range(DAYS)):
            noise[day] = np.exp(-1 / 20) * noise[before] + shock[day]
        course = np.exp(noise - 0.03)
        if self.role[row] == "boom":
            times, length = (2.5, 60) if row >= self.technologies else (rng.choice([3, 5, 8]), rng.choice([3, 30, 90]))
            course *= 1 + (times - 1) * np.clip((t - start) / length, 0, 1)
        elif self.role[row] == "fair":
            course *= np.where((t - start) % 365 < 21, 4.0, 1.0)
        elif self.role[row] == "newborn":
            course *= np.where(t < start, 0, np.clip((t - start) / 60, 0.1, 1)) * max(1.0, 1.5 / (base * STORIES_A_DAY))
        return course

    def _draw(self, base: float, affinity: np.ndarray, course: np.ndarray) -> np.ndarray:
        chance = np.minimum(base * affinity[self.source] * course[self.day], 0.9)
        return np.flatnonzero(self.rng.random(len(self.day)) < chance)

    def _planted(self) -> set[tuple[int, int]]:
        """Each technology that meets: one domain, and with another of them each other."""
        meeting = self.rng.permutation(np.flatnonzero(self.role == "meeting"))
        joint = {(int(min(pair)), int(max(pair))) for pair in zip(meeting[::2], meeting[1::2], strict=True)}
        return joint | {(int(row), int(self.technologies + self.rng.integers(2, DOMAINS))) for row in meeting}

    def _pairs(self, planted: set[tuple[int, int]]) -> list[tuple[int, int]]:
        joint = {pair for pair in planted if pair[1] < self.technologies}
        while len(joint) < TECHNOLOGY_PAIRS:
            one, other = sorted(int(row) for row in self.rng.integers(0, self.technologies, 2))
            if one != other:
                joint.add((one, other))
        domains = range(self.technologies, self.technologies + DOMAINS)
        return [(row, domain) for row in range(self.technologies) for domain in domains] + sorted(joint)

    def _associate(
        self,
        pairs: list[tuple[int, int]],
        planted: set[tuple[int, int]],
        drawn: list[np.ndarray],
        base: np.ndarray,
        added: dict[int, list[np.ndarray]],
    ) -> set[tuple[int, int]]:
        """Makes every sixth pair close from the start: some stories of one side get the other too."""
        free = [pair for pair in pairs if pair not in planted]
        close = {free[place] for place in self.rng.choice(len(free), len(pairs) // 6, replace=False)}
        for one, other in sorted(close):
            chance = min((self.rng.choice([2, 5, 10, 30]) - 1) * base[other], 0.6)
            added[other].append(drawn[one][self.rng.random(len(drawn[one])) < chance])
        return close

    def _meet(
        self,
        pair: tuple[int, int],
        onset: int,
        chance: float,
        by_day: list[np.ndarray],
        added: dict[int, list[np.ndarray]],
    ) -> float:
        """Stories of both for 150 days, 3 to 10 times chance but 1 a week at least, in a month. Returns the weekly rate."""
        extra = max((self.rng.choice([3, 5, 10]) - 1) * chance, self.rng.choice([1, 2, 3]) / 7)
        taste = self.affinity[pair[0]] + self.affinity[pair[1]]
        for day in range(onset, min(onset + 150, DAYS)):
            today = by_day[day]
            count = min(self.rng.poisson(extra * min(1.0, (day - onset + 1) / 30)), len(today))
            if count:
                weight = taste[self.source[today]]
                chosen = self.rng.choice(today, count, p=weight / weight.sum())
                for row in pair:
                    added[row].append(chosen)
        return float(7 * extra)

    def _flood(self, added: dict[int, list[np.ndarray]]) -> None:
        """Forty stories of a technology in one source within five days, two in five of one domain."""
        for row in np.flatnonzero(self.role == "flood"):
            start, source = self.starts[row], self.rng.integers(0, self.old)
            pool = np.flatnonzero((self.source == source) & (self.day >= start) & (self.day < start + 5))[:40]
            added[int(row)].append(pool)
            domain = int(self.technologies + self.rng.integers(2, DOMAINS))
            added[domain].append(pool[self.rng.random(len(pool)) < 0.4])

    def _sort(self, pair: tuple[int, int], is_planted: bool, is_close: bool) -> str:
        if is_planted:
            return "meeting"
        moves = sorted({self.role[row] for row in pair} & set(MOVING))
        return "+".join(moves) or ("close" if is_close else "quiet")
