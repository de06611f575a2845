"""Settings of the monitoring steps: how often it may be wrong, and when it speaks."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class MonitorSettings(BaseModel):
    """When a movement is worth an alert."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    false_alerts_per_month: float = Field(5.0, gt=0, description="false alerts a month accepted over all themes together")
    conjunction_false_alerts_per_month: float = Field(
        1.0, gt=0, description="false alerts a month accepted over all pairs that could meet"
    )
    buzz_false_alerts_per_month: float = Field(
        2.0, gt=0, description="false alerts of bursts of a few days a month, over all themes together"
    )
    quiet_years_per_theme: float = Field(
        2.0, ge=0, description="whatever that allowance, no theme may raise a false alert more often than once in this many years"
    )
    min_lift: float = Field(1.5, ge=1, description="a rise must multiply the expected count by this to open an alert")
    min_sources: int = Field(3, ge=1, description="distinct sources a movement needs")
    close_after_days: int = Field(14, ge=1, description="an alert closes after its theme has been quiet for this many days")
    cooldown_days: int = Field(
        30, ge=0, description="a closed alert is not opened again within this many days unless the lift doubles"
    )
    history_days: int = Field(
        3660,
        ge=90,
        description="days of history read when the score is computed from the start; later days are added to what it remembers",
    )
    conjunction_stories: int = Field(3, ge=1, description="stories in which two subjects must meet to be followed")
    conjunction_sources: int = Field(2, ge=1, description="distinct sources or actors of these stories")
