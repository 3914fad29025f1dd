"""Where and how `manage.py run` starts Meatlab, read from the environment."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.config import ROOT, Settings
from deploy.home import CannotRun


class Place(BaseSettings):
    """One installation on one machine."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    home: Path = Field(default=ROOT / ".meatlab", validation_alias="MEATLAB_HOME")
    api_port: int = Field(default=8000, ge=1, le=65535, validation_alias="MEATLAB_API_PORT")
    dashboard_port: int = Field(default=8501, ge=1, le=65535, validation_alias="MEATLAB_DASHBOARD_PORT")
    demo: bool = Field(default=True, validation_alias="MEATLAB_DEMO")
    demo_password: SecretStr | None = Field(default=None, validation_alias="MEATLAB_DEMO_PASSWORD")
    # Given, it names a database that somebody else runs; absent, Meatlab starts its own servers.
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")


def place() -> Place:
    try:
        return Place()
    except ValidationError as error:
        raise CannotRun(_sentence(error)) from None


def check_product_settings() -> None:
    """The product's own settings, which somebody must give where the servers are not the embedded ones."""
    try:
        Settings()
    except ValidationError as error:
        raise CannotRun(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    problems = (f"{problem['loc'][0]}: {problem['msg'].removeprefix('Value error, ')}" for problem in error.errors())
    return f"These settings need a change: {'; '.join(problems)}."
