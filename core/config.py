"""Settings, read once from the environment; nothing else in the product reads environment variables."""

import os
import tempfile
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
OWN_CACHE = Path(tempfile.gettempdir()) / f"meatlab-cache-{os.geteuid()}"
TRACE_SERVICE = "http://data.ekape.or.kr/openapi-data/service/user/animalTrace/traceNoSearch"


class Settings(BaseSettings):
    """What the product needs to know of the place it runs in. `make run` sets all of it for the embedded servers."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    database_url: SecretStr = Field(validation_alias="DATABASE_URL")
    # The role that owns the tables and migrates them; the application's own role cannot change the audit log.
    database_owner_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_OWNER_URL")
    s3_endpoint_url: str | None = Field(default=None, validation_alias="S3_ENDPOINT_URL")
    s3_bucket: str = Field(default="meatlab", validation_alias="S3_BUCKET")
    secret_key: SecretStr = Field(validation_alias="MEATLAB_SECRET_KEY")
    review_everyone: bool = Field(default=False, validation_alias="MEATLAB_REVIEW_EVERYONE")
    # An approved sample's photos are predicted by the live model without anybody asking.
    predict_on_approval: bool = Field(default=False, validation_alias="MEATLAB_PREDICT_ON_APPROVAL")
    # Days that what is removed stays in the recycle bin before it is gone for good.
    retention_days: int = Field(default=30, ge=1, validation_alias="MEATLAB_RETENTION_DAYS")
    # Days that the file of an export is kept.
    export_days: int = Field(default=7, ge=1, validation_alias="MEATLAB_EXPORT_DAYS")
    # The traceability registry: a service key of data.go.kr (as issued, URL-encoded or not), and its address.
    trace_service_key: SecretStr | None = Field(default=None, validation_alias="TRACE_SERVICE_KEY")
    trace_service_url: str = Field(default=TRACE_SERVICE, pattern="^https?://", validation_alias="TRACE_SERVICE_URL")
    # What can be made anew at any time; nothing here is worth a backup.
    cache_dir: Path = Field(default=OWN_CACHE, validation_alias="MEATLAB_CACHE")
    secure_cookies: bool = Field(default=True, validation_alias="MEATLAB_SECURE_COOKIES")

    @field_validator("secret_key")
    @classmethod
    def refuse_weak_secret(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if len(secret) < 32 or len(set(secret)) < 10:
            raise ValueError("MEATLAB_SECRET_KEY must be random and at least 32 characters long")
        return value

    @property
    def owner_url(self) -> str:
        return (self.database_owner_url or self.database_url).get_secret_value()


@lru_cache
def settings() -> Settings:
    return Settings()
