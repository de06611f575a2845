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
        case CannotResolveHostError():
            refusal = GuardedResolver.refusals.get(urlsplit(url).hostname or "")
            return Reason("address", refusal) if refusal else Reason("unknown_host")
        case DownloadConnectionRefusedError():
            return Reason("refused_connection")
        case ResponseDataLossError():
            return Reason("interrupted")
        case DownloadFailedError() if "ConnectionDone" in str(exc) or "ConnectionLost" in str(exc):
            return Reason("interrupted")
        case _:
            return Reason("network", (str(exc) or type(exc).__name__)[:200])
