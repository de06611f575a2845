"""The feeds of ``feeds_speed.py`` and the one process that serves them: RSS, 30 items, HTML summaries of 300 to 600 characters.

On the second turn the even feeds are unchanged (their validators get a 304); the odd ones begin with five new items.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import sys
from email.utils import format_datetime

ITEMS, NEW = 30, 5
_START = dt.datetime(2026, 3, 2, 6, tzinfo=dt.UTC)
_WORDS = [
    "usine",
    "énergie",
    "laser",
    "réseau",
    "données",
    "nouvelle",
    "France",
    "Europe",
    "investissement",
    "recherche",
    "l’hydrogène",
    "quantique",
    "startup",
    "lève",
    "millions",
    "d’euros",
    "projet",
    "région",
    "industrie",
    "batteries",
    "silicium",
    "photonique",
    "laboratoire",
    "brevet",
    "santé",
    "calcul",
    "the",
    "of",
    "and",
    "to",
    "a",
    "in",
    "company",
    "says",
    "new",
    "funding",
    "chip",
    "data",
    "center",
    "growth",
    "market",
    "AI",
    "model",
    "power",
    "grid",
    "climate",
    "storage",
    "satellite",
    "launch",
    "startup",
    "raises",
    "to",
    "expand",
]
_SHAPE = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>Feed {number}</title>
<atom:link href="{base}/feed/{number}.xml" rel="self" type="application/rss+xml" /><link>{base}</link>
<description>News</description><lastBuildDate>{built}</lastBuildDate><language>fr-FR</language>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>
<generator>https://wordpress.org/?v=6.7</generator>
{items}
</channel></rss>"""
_ITEM = """<item><title>{title}</title><link>{link}?utm_source=rss&#038;utm_medium=rss</link>
<dc:creator><![CDATA[Rédaction]]></dc:creator><pubDate>{date}</pubDate>
<category><![CDATA[{first}]]></category><category><![CDATA[{second}]]></category>
<guid isPermaLink="false">{base}/?p={key}</guid><description><![CDATA[{summary}]]></description></item>"""
_SIGNED = '<p>The post <a rel="nofollow" href="{link}">{title}</a> appeared first on <a href="{base}">Feed</a>.</p>'


def feed(number: int, base: str, turn: int) -> bytes:
    """One feed as it is at this turn; the same arguments give the same bytes."""
    first = NEW if turn > 1 and number % 2 else 0
    items = "\n".join(_item(number, serial, base) for serial in range(ITEMS + first - 1, first - 1, -1))
    return _SHAPE.format(
        number=number, base=base, items=items, built=format_datetime(_START + dt.timedelta(hours=first))
    ).encode()


def _item(number: int, serial: int, base: str) -> str:
    chance = random.Random(number * 1000 + serial)  # noqa: S311  not a secret

    def words(least: int, most: int) -> str:
        return " ".join(chance.choices(_WORDS, k=chance.randint(least, most)))

    title = f"{words(6, 12).capitalize()} n° {number}-{serial}"
    link = f"{base}/{number}/{serial}/"
    body = f'<p>{words(14, 28).capitalize()}, <a href="{base}/tag/{serial}">{words(2, 4)}</a> &#8211; '
    body += f"<strong>{words(1, 3)}</strong> {words(12, 30)} &amp; {words(2, 5)} [&#8230;]</p>"
    if number % 3 == 0:
        body += _SIGNED.format(link=link, title=title, base=base)
    return _ITEM.format(
        title=title.replace("&", "&amp;"),
        link=link,
        date=format_datetime(_START - dt.timedelta(hours=ITEMS - serial, minutes=number % 60)),
        first=chance.choice(_WORDS),
        second=chance.choice(_WORDS),
        base=base,
        key=number * 1000 + serial,
        summary=body,
    )


class Server:
    """HTTP/1.1 with kept connections, as little of it as two clients need."""

    def __init__(self, feeds: int) -> None:
        self.feeds = feeds
        self.asked = 0
        self.bodies: dict[str, tuple[bytes, str]] = {}

    async def run(self) -> None:
        server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        self.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self.turn(1)
        print(server.sockets[0].getsockname()[1], flush=True)
        async with server:
            await server.serve_forever()

    def turn(self, turn: int) -> None:
        self.asked = 0
        for number in range(self.feeds):
            if turn == 1 or number % 2:
                self.bodies[f"/feed/{number}.xml"] = feed(number, self.base, turn), f'"{number}-{turn}"'

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                writer.write(self.answer(head))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def answer(self, head: str) -> bytes:
        path = head.split(" ", 2)[1]
        if path.startswith("/turn/"):
            self.turn(int(path.removeprefix("/turn/")))
            return _answer("200 OK", b"ok")
        if path == "/count":
            return _answer("200 OK", str(self.asked).encode())
        self.asked += 1
        if path not in self.bodies:
            return _answer("404 Not Found", b"")
        body, etag = self.bodies[path]
        known = f"if-none-match: {etag}" in head.lower()
        headers = f"ETag: {etag}\r\nContent-Type: application/rss+xml; charset=UTF-8\r\n"
        return _answer("304 Not Modified", b"", headers) if known else _answer("200 OK", body, headers)


def _answer(status: str, body: bytes, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    asyncio.run(Server(int(sys.argv[1])).run())
