"""Settings of the crawler and of imports. Frozen; functions receive this section or plain values from it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from storage.errors import ConfigError

PLACEHOLDER = "zoom-avant.example"
DEFAULT_USER_AGENT = f"ZoomAvant/0.1 (+https://{PLACEHOLDER}/bot; mailto:contact@{PLACEHOLDER})"


class Credentials(BaseModel):
    """Keys of the services that ask for one. Each may be the name of a file instead: ``file:/run/secrets/epo``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epo_key: SecretStr | None = Field(None, description="Consumer key of EPO Open Patent Services.")
    epo_secret: SecretStr | None = Field(None, description="Consumer secret of EPO Open Patent Services.")
    uspto_key: SecretStr | None = Field(None, description="Key of the USPTO Open Data Portal.")
    openalex_key: SecretStr | None = Field(None, description="Key of OpenAlex.")
    cordis_key: SecretStr | None = Field(None, description="Key of the CORDIS data extraction API.")

    def reveal(self, name: str) -> SecretStr | None:
        """The secret called ``name``, read from its file where the setting names one. Raises ConfigError."""
        value: SecretStr | None = getattr(self, name)
        text = value.get_secret_value().strip() if value else ""
        if text.startswith("file:"):
            path = Path(text.removeprefix("file:"))
            try:
                text = path.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as exc:
                raise ConfigError(f"crawler.credentials.{name}: cannot read {path}: {type(exc).__name__}") from exc
        return SecretStr(text) if text else None


class Retention(BaseModel):
    """How long texts are kept, by kind; title, link, date and what was counted stay. Nothing is dropped where it is not set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    news: int | None = Field(None, ge=1, description="Days after which the text of a news item is dropped.")
    paper: int | None = Field(None, ge=1, description="Days after which the abstract of a paper is dropped.")
    patent: int | None = Field(None, ge=1, description="Days after which the abstract of a patent is dropped.")
    funding: int | None = Field(None, ge=1, description="Days after which the text of a funding announcement is dropped.")


class CrawlerSettings(BaseModel):
    """How the crawler presents itself, how polite it is, and where it stops."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_agent: str = Field(
        default=DEFAULT_USER_AGENT,
        min_length=1,
        pattern=r"^[^\r\n]+$",
        description="Name, version and contact sent with every request. Replace the placeholder address by your own.",
    )
    max_bytes: int = Field(default=15_000_000, gt=0, description="Largest answer read, in bytes after decompression.")
    max_items: int = Field(default=5_000, gt=0, description="Most items taken from one answer; the rest is noted and left.")
    total_timeout_s: float = Field(default=60, gt=0, description="Longest time one request may take in all, in seconds.")
    crawl_timeout_s: float = Field(
        default=900, gt=0, description="Longest time one crawl of all due sources may take; then it is stopped."
    )
    allow_private_hosts: tuple[str, ...] = Field(
        default=(),
        description="Private or loopback hosts that may be visited all the same: a host, host:port, address or CIDR block each.",
    )
    pace_s: float = Field(
        default=5, ge=0, description="Least time between two requests to one host, in seconds. 0 only for a server of your own."
    )
    concurrency: int = Field(
        default=16, gt=0, description="Most requests on their way or waiting for their turn, over all hosts."
    )
    excerpt_chars: int = Field(
        default=500, ge=0, description="Length of the text kept from a source whose licence allows an excerpt only."
    )
    author_names: bool = Field(
        default=False,
        description="Keep the names of authors. By default a name becomes a pseudonym, enough to count independent authors.",
    )
    databases: tuple[str, ...] = Field(
        default=("arXiv", "EPO", "USPTO", "PATENTSCOPE", "HAL", "OpenAlex", "Crossref", "data.gouv.fr"),
        description="Beginnings of the names of databases: their documents count by actor, not as one source.",
    )
    max_requests: int = Field(
        default=120, gt=0, description="Most requests of one visit to one source; the next visit goes on from there."
    )
    documented_apis: tuple[str, ...] = Field(
        default=(),
        description="Hosts of interfaces whose terms allow programs although their robots.txt does not: it is not asked there."
        " Empty: robots.txt is obeyed everywhere.",
    )
    retention_days: Retention = Retention()
    credentials: Credentials = Credentials()
    sources_file: Path | None = Field(default=None, description="A sources.toml to use instead of the starter catalogue.")

    def is_database(self, source_name: str) -> bool:
        """Whether the documents of this source are split by actor."""
        return source_name.casefold().startswith(tuple(name.casefold() for name in self.databases))
