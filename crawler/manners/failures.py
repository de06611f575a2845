"""What a failed request is called on a visit's row."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.settings import BaseSettings

from crawler.manners.address import GuardedResolver
from crawler.manners.head import MOST_BYTES
from crawler.manners.refusal import Refusal
from crawler.reasons import Reason


def explain(exc: BaseException, url: str, settings: BaseSettings) -> Reason:
    """The reason behind an exception of the downloader, for the request to ``url``."""
    match exc:
        case Refusal():
            return exc.reason
        case DownloadTimeoutError():
            return Reason("timeout", f"{settings.getfloat('DOWNLOAD_TIMEOUT'):g}")
        case DownloadCancelledError():
            return Reason("too_large", str(settings.getint("DOWNLOAD_MAXSIZE")))
        case IgnoreRequest() if "DOWNLOAD_MAXSIZE" in str(exc):
            return Reason("too_large", str(settings.getint("DOWNLOAD_MAXSIZE")))
        case IgnoreRequest() if "redirection" in str(exc):
            return Reason("redirects")
        case ValueError():  # a redirect to something that is no address
            return Reason("no_address")
        case CannotResolveHostError():
            refusal = GuardedResolver.refusals.get(urlsplit(url).hostname or "")
            return Reason("address", refusal) if refusal else Reason("unknown_host")
        case DownloadConnectionRefusedError():
            return Reason("refused_connection")
        case ResponseDataLossError():
            return Reason("interrupted")
        case DownloadFailedError() if "HeadTooLong" in str(exc):
            return Reason("headers", str(MOST_BYTES))
        case DownloadFailedError() if "ConnectionDone" in str(exc) or "ConnectionLost" in str(exc):
            return Reason("interrupted")
        case DownloadFailedError() if "twisted.web" in str(exc) or "ValueError" in str(exc):
            return Reason("no_http")  # whatever its parser of HTTP stumbled over
        case _:
            said = " ".join(str(exc).split())
            return Reason("network", said[:200] if said and "Failure" not in said else type(exc).__name__)
