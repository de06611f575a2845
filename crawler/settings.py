"""The Scrapy project's settings: manners first. ``crawler.worker`` lays the application's own values over them."""

from __future__ import annotations

from typing import Any

from crawler.config import CrawlerSettings

_DEFAULTS = CrawlerSettings()

BOT_NAME = "zoom-avant"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
USER_AGENT = _DEFAULTS.user_agent

# Obedience is ours (stricter on failure than Scrapy's): see crawler.manners.robots.
ROBOTSTXT_OBEY = False
COOKIES_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
HTTPCACHE_ENABLED = False
METAREFRESH_ENABLED = False
REFERER_ENABLED = True
REFERRER_POLICY = "no-referrer"
# A proxy would resolve names out of our sight, and the address check with it.
HTTPPROXY_ENABLED = False

TWISTED_DNS_RESOLVER = "crawler.manners.address.GuardedResolver"
DNSCACHE_ENABLED = False
DNS_TIMEOUT = 20
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_HANDLERS = {
    "http": "crawler.manners.credentials.SecretsHandler",
    "https": "crawler.manners.credentials.SecretsHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOAD_DELAY_JITTER = 0  # a pace is the least time between two requests: nothing is taken off it
# Domains all of whose hosts count as one, and the least seconds between two requests to it: one connection.
ZOOM_SHARED_HOSTS = {"arxiv.org": 3.0}
DOWNLOAD_FAIL_ON_DATALOSS = False  # what arrived is read, and marked as cut short
URLLENGTH_LIMIT = 0  # Scrapy would drop the request without a word; the spider refuses it with a reason

RETRY_ENABLED = False  # ours waits between two tries: see crawler.manners.retries
REDIRECT_MAX_TIMES = 5
HTTPERROR_ALLOW_ALL = True

DOWNLOADER_MIDDLEWARES = {
    "crawler.manners.targets.TargetMiddleware": 60,
    "crawler.manners.tdm.TdmMiddleware": 80,
    "crawler.manners.robots.RobotsMiddleware": 100,
    "crawler.manners.pace.PaceMiddleware": 120,
    "crawler.manners.retries.RetryMiddleware": 550,
    "crawler.manners.pace.RetryAfterMiddleware": 560,
    "crawler.manners.credentials.EchoMiddleware": 585,
    "crawler.manners.decoding.DecodingMiddleware": 590,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
}
EXTENSIONS = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "crawler.manners.pace.PoliteThrottle": 0,
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.memdebug.MemoryDebugger": None,
    "scrapy.extensions.spiderstate.SpiderState": None,
}
ITEM_PIPELINES = {"crawler.pipelines.DeliverVisits": 300}
DEFAULT_REQUEST_HEADERS = {
    "Accept": "application/xml, application/json, text/html;q=0.5, */*;q=0.3",
    "Accept-Language": "fr, en;q=0.8",
}
# An answer yields one thing at a time. Scrapy would start as many tasks as this for each: a third of what a visit costs.
CONCURRENT_ITEMS = 1
STATS_DUMP = False
LOG_LEVEL = "INFO"


def overrides(section: CrawlerSettings) -> dict[str, Any]:
    """The Scrapy settings that follow from the application's section."""
    return {
        "USER_AGENT": section.user_agent,
        "ZOOM_ALLOW_PRIVATE_HOSTS": list(section.allow_private_hosts),
        "ZOOM_DOCUMENTED_APIS": list(section.documented_apis),
        "DOWNLOAD_MAXSIZE": section.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": section.total_timeout_s,
        "DOWNLOAD_DELAY": section.pace_s,
        "AUTOTHROTTLE_ENABLED": section.pace_s > 0,
        "AUTOTHROTTLE_START_DELAY": section.pace_s,
        "CONCURRENT_REQUESTS": section.concurrency,
        # One request at a time to a host, except to a server of one's own, for which no pace is asked.
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1 if section.pace_s > 0 else section.concurrency,
        # A crawl whose parent was killed ends by itself a little after its limit.
        "CLOSESPIDER_TIMEOUT": section.crawl_timeout_s + 5,
    }


for _name, _value in overrides(_DEFAULTS).items():
    globals()[_name] = _value
