"""A full visit to 1,000 feeds on loopback: ``crawler.collect.collect`` against ``update_feeds`` of lemon24/reader, in one run.

    python -m venv /tmp/reader && /tmp/reader/bin/pip install reader sgmllib3k
    .venv/bin/python scripts/bench/feeds_speed.py --reader /tmp/reader/bin/python [--runs 3] [--feeds 1000]

One server process for all. Half of the feeds are unchanged on the second visit and answer 304 to their validators. Both
programs start with an empty SQLite file; what is counted begins after their imports. CPU and memory are of the whole tree of
processes, read from /proc. See ``feeds_world`` for the feeds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import IO, Any

HERE = Path(__file__).parent
_TICKS = os.sysconf("SC_CLK_TCK")

READER = """
import json, sys, time
from reader import make_reader
database, base, feeds, workers = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
reader = make_reader(database)
for number in range(feeds):
    reader.add_feed(f"{base}/feed/{number}.xml")
print("ready", flush=True)
for _ in (1, 2):
    sys.stdin.readline()
    began = time.perf_counter()
    reader.update_feeds(scheduled=False, workers=workers)
    wall = time.perf_counter() - began
    print(json.dumps({"wall": wall, "entries": reader.get_entry_counts().total}), flush=True)
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--reader", default="/tmp/reader/bin/python", help="a Python that has reader installed")  # noqa: S108
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--feeds", type=int, default=1000)
    options.add_argument("--workers", type=int, nargs="+", default=[1, 8], help="settings of reader's workers= to try")
    options.add_argument("--ours", nargs=3, metavar=("DATABASE", "BASE", "FEEDS"), help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.ours:
        _visit_ours(*asked.ours)
        return
    contenders = {"ours": [sys.executable, str(Path(__file__)), "--ours"]}
    contenders |= {f"reader workers={count}": [asked.reader, "-c", READER] for count in asked.workers}
    found: dict[str, list[list[dict[str, float]]]] = {name: [] for name in contenders}
    for _ in range(asked.runs):
        for name, command in contenders.items():  # in turns, so that a busy machine is busy for all of them
            found[name].append(_measured(name, command, asked.feeds))
            print(name, json.dumps(found[name][-1]), file=sys.stderr)
    print(json.dumps(_report(found), indent=1))


def _measured(name: str, command: list[str], feeds: int) -> list[dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder, _Server(feeds) as server:
        workers = [name.rpartition("=")[2]] if "=" in name else []
        arguments = [*command, f"{folder}/feeds.db", server.base, str(feeds), *workers]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            _line(process.stdout, "ready")
            visits = []
            for visit in (1, 2):
                server.turn(visit)
                tree = _Tree(process.pid)
                process.stdin.write("go\n")
                process.stdin.flush()
                told = json.loads(process.stdout.readline())
                visits.append({**told, **tree.measured(), "server cpu": server.cpu_since(), "requests": server.requests()})
            process.stdin.close()
        return visits


def _visit_ours(database: str, base: str, feeds: str) -> None:
    import structlog

    from crawler.collect import collect
    from crawler.config import CrawlerSettings
    from storage import sources
    from storage.model import Kind, Source
    from storage.store import Store

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    store = Store.open(f"sqlite:///{database}", create=True)
    declared = [
        Source(id=f"s{number}", name=f"Feed {number}", kind=Kind.NEWS, url=f"{base}/feed/{number}.xml", interval_s=60)
        for number in range(int(feeds))
    ]
    with store.transaction() as conn:
        sources.declare(conn, declared)
    settings = CrawlerSettings(pace_s=0, allow_private_hosts=("127.0.0.1",), user_agent="bench/1 (+mailto:a@b.example)")
    print("ready", flush=True)
    now, stored = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC), 0
    for _ in (1, 2):
        sys.stdin.readline()
        began = time.perf_counter()
        report = collect(store, now, settings)
        wall = time.perf_counter() - began
        stored += report.new
        assert (report.visited, report.failed) == (int(feeds), 0), report
        print(json.dumps({"wall": wall, "entries": stored}), flush=True)
        now += dt.timedelta(hours=25)
    store.close()


class _Server:
    """The server process, its CPU time and the number of requests it had."""

    def __init__(self, feeds: int) -> None:
        command = [sys.executable, str(HERE / "feeds_world.py"), str(feeds)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.base = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        self._cpu = 0.0

    def __enter__(self) -> _Server:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdout is not None
        self._process.terminate()
        self._process.stdout.close()
        self._process.wait()

    def turn(self, visit: int) -> None:
        self._ask(f"/turn/{visit}")
        self._cpu = _cpu_of(self._process.pid)

    def requests(self) -> int:
        return int(self._ask("/count"))

    def cpu_since(self) -> float:
        return _cpu_of(self._process.pid) - self._cpu

    def _ask(self, path: str) -> str:
        with urllib.request.urlopen(self.base + path) as answer:  # noqa: S310  our own server
            return str(answer.read().decode())


class _Tree:
    """CPU seconds and peak memory of a process and all below it, sampled until ``measured`` is asked."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._first = {child: _cpu_of(child) for child in _family(pid)}
        self._last = dict(self._first)
        self._peak = {"rss": 0, "pss": 0}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def measured(self) -> dict[str, float]:
        self._done.set()
        self._thread.join()
        self._sample()
        cpu = sum(last - self._first.get(pid, 0.0) for pid, last in self._last.items())
        return {"cpu": round(cpu, 2), **{f"{name} MB": round(peak / 1024, 1) for name, peak in self._peak.items()}}

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            self._sample()

    def _sample(self) -> None:
        memory = {"rss": 0, "pss": 0}
        for pid in _family(self._pid):
            self._last[pid] = max(self._last.get(pid, 0.0), _cpu_of(pid))
            for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
                name = line.split(":")[0].lower()
                if name in memory:
                    memory[name] += int(line.split()[1])
        for name, kilobytes in memory.items():
            self._peak[name] = max(self._peak[name], kilobytes)


def _family(pid: int) -> list[int]:
    children = [int(child) for child in _read(f"/proc/{pid}/task/{pid}/children").split()]
    return [pid, *(below for child in children for below in _family(child))]


def _cpu_of(pid: int) -> float:
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _line(stream: IO[str], wanted: str) -> None:
    line = stream.readline().strip()
    if line != wanted:
        raise SystemExit(f"expected {wanted!r}, got {line!r}")


def _report(found: dict[str, list[list[dict[str, float]]]]) -> dict[str, Any]:
    """Medians over the runs, and ours against each of the others."""
    report: dict[str, Any] = {"load": os.getloadavg()}
    for visit in (0, 1):
        rows = {
            name: {key: round(statistics.median(run[visit][key] for run in runs), 2) for key in runs[0][visit]}
            for name, runs in found.items()
        }
        ours = rows["ours"]
        for name, row in rows.items():
            if name != "ours":
                row["times ours"] = {key: round(row[key] / ours[key], 2) for key in ("wall", "cpu", "rss MB", "pss MB")}  # type: ignore[assignment]
        report[f"visit {visit + 1}"] = rows
    return report


if __name__ == "__main__":
    main()
