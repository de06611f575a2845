"""Decompresses answers within bounds: never past the size limit, never through more than a few encodings laid over one another.

Each layer costs a full pass: a header that names two thousand of them would hold up every other source of the crawl.
"""

from __future__ import annotations

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.manners.refusal import Refusal
from crawler.reasons import Reason
from storage.model import FetchOutcome

MOST_LAYERS = 3


class DecodingMiddleware(HttpCompressionMiddleware):
    """Scrapy's decompression, with a reason for what it refuses and for bytes that are not what their header says."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        told = b",".join(response.headers.getlist("Content-Encoding")).split(b",")
        named = [name.strip().lower() for name in told if name.strip().lower() not in (b"", b"identity")]
        if not named:
            response.headers.pop("Content-Encoding", None)
            return response
        response.headers["Content-Encoding"] = b",".join(named)
        if len(named) > MOST_LAYERS:
            raise Refusal(Reason("encodings", str(len(named))), FetchOutcome.BROKEN)
        try:
            return super().process_response(request, response)
        except IgnoreRequest:
            raise  # too large
        except Exception as exc:  # each decompressor has errors of its own, and nothing else happens here
            raise Refusal(Reason("encoding_broken", b",".join(named).decode("latin-1")[:40]), FetchOutcome.BROKEN) from exc
