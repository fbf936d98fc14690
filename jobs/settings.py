"""The settings of a studio, read once from the environment.

Only `Settings.from_env` and `engine/__main__.py` read the environment, which
`runner/__main__.py` passes on to the processes that it starts. Everything else
is given a `Settings`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from engine.errors import PasticheError

MEGABYTE = 2**20
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""The hosts on which only this machine can reach a studio."""
DAY_S = 86_400
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_LOCAL = ("localhost", "127.0.0.1", "::1", None)


class SettingsError(PasticheError):
    """An environment variable has a value that cannot be used.

    Attributes:
        names: the variables at fault.
    """

    code = "settings"

    def __init__(self, message: str, *names: str, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.names = names


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where things are kept and how much is allowed.

    Attributes:
        data: the folder for everything that is kept on this machine.
        database_url: SQLAlchemy's URL of the SQL database.
        media_url: fsspec's URL of the storage for pictures.
        redis_url: `redis://…`, or `unix://…` for a socket.
        vgg19_weights: VGG19's file, or None to look in the cache.
        cache_home: the user's folder for caches, or None for the usual one.
        max_upload_bytes: the largest file that may be uploaded.
        max_pixels: the largest picture that is decoded.
        upload_expiry_s: how long an upload that no painting uses is kept.
        lease_s: how long a worker's heartbeat may stand still, at least,
            before its painting is given to another.
        secret_key: signs the visitors' cookies; None for one kept in `data`.
        secret_key_fallbacks: earlier keys, newest first, whose cookies still count.
        cookie_secure: whether cookies are sent over TLS only.
        trusted_hosts: the host names in requests that are answered; empty for any.
        trusted_proxies: how many proxies in front of the studio name the client; 0 for none.
        password_hash: the hash that `python -m jobs.password` printed; None to let anybody in.
        rate_limits: whether clients that send too many requests must wait.
        max_waiting: how many paintings may wait in all.
        max_waiting_each: how many paintings of one visitor may wait.
        visitor_quota_bytes: how much is kept for one visitor.
        media_budget_bytes: how much is kept in all; 0 for as much as fits.
        min_free_bytes: how much must stay free on the disk with the pictures.
        retention_s: how long a finished painting is kept; 0 for ever.
        metrics_token: what a program must send to read /metrics from another machine.
        metrics_folder: where several web processes add up their metrics; None for one process.
        log_json: whether logs are JSON lines, else plain text.
        fetch_from_page: whether a page lets visitors fetch VGG19's weights; otherwise only a console does.
    """

    data: Path
    database_url: str
    media_url: str
    redis_url: str = "redis://127.0.0.1:6379/0"
    vgg19_weights: Path | None = None
    cache_home: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    max_upload_bytes: int = 25 * MEGABYTE
    max_pixels: int = 50_000_000
    upload_expiry_s: float = 86_400
    lease_s: float = 15
    secret_key: str | None = field(default=None, repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    cookie_secure: bool = False
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0
    password_hash: str | None = field(default=None, repr=False)
    rate_limits: bool = True
    max_waiting: int = 500
    max_waiting_each: int = 50
    visitor_quota_bytes: int = 2048 * MEGABYTE
    media_budget_bytes: int = 0
    min_free_bytes: int = 500 * MEGABYTE
    retention_s: float = 0
    metrics_token: str | None = field(default=None, repr=False)
    metrics_folder: Path | None = None
    log_json: bool = True
    fetch_from_page: bool = True

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from the environment's variables.

        Raises:
            SettingsError: a value cannot be read; the message names the variable.
        """
        env = os.environ if environ is None else environ
        data = Path(env.get("PASTICHE_DATA") or "var/data").absolute()
        weights = env.get("VGG19_WEIGHTS")
        cache_home = env.get("XDG_CACHE_HOME")
        host = env.get("HOST") or cls.host
        settings = cls(
            data=data,
            database_url=env.get("DATABASE_URL") or f"sqlite:///{data / 'pastiche.db'}",
            media_url=env.get("MEDIA_URL") or f"file://{data / 'media'}",
            redis_url=env.get("REDIS_URL") or cls.redis_url,
            vgg19_weights=Path(weights).absolute() if weights else None,
            cache_home=Path(cache_home) if cache_home else None,
            host=host,
            port=int(_number(env, "PORT", cls.port)),
            max_upload_bytes=int(_number(env, "MAX_UPLOAD_MB", 25) * MEGABYTE),
            max_pixels=int(_number(env, "MAX_PIXELS", cls.max_pixels)),
            upload_expiry_s=_number(env, "UPLOAD_EXPIRY_S", cls.upload_expiry_s),
            lease_s=_number(env, "LEASE_S", cls.lease_s),
            secret_key=env.get("SECRET_KEY") or None,
            secret_key_fallbacks=_list(env, "SECRET_KEY_FALLBACKS"),
            cookie_secure=_flag(env, "COOKIE_SECURE"),
            trusted_hosts=_list(env, "TRUSTED_HOSTS"),
            trusted_proxies=int(_number(env, "TRUSTED_PROXIES", 0, least=0)),
            password_hash=env.get("PASSWORD_HASH") or None,
            rate_limits=_flag(env, "RATE_LIMITS", default=True),
            max_waiting=int(_number(env, "MAX_WAITING", cls.max_waiting, least=1)),
            max_waiting_each=int(_number(env, "MAX_WAITING_EACH", cls.max_waiting_each, least=1)),
            visitor_quota_bytes=int(_number(env, "VISITOR_QUOTA_MB", 2048) * MEGABYTE),
            media_budget_bytes=int(_number(env, "MEDIA_BUDGET_MB", 0, least=0) * MEGABYTE),
            min_free_bytes=int(_number(env, "MIN_FREE_MB", 500, least=0) * MEGABYTE),
            retention_s=_number(env, "RETENTION_DAYS", 0, least=0) * DAY_S,
            metrics_token=env.get("METRICS_TOKEN") or None,
            metrics_folder=Path(folder) if (folder := env.get("PROMETHEUS_MULTIPROC_DIR")) else None,
            log_json=_one_of(env, "LOG_FORMAT", ("json", "plain")) == "json",
            fetch_from_page=_flag(env, "FETCH_FROM_PAGE", default=host in _LOOPBACK),
        )
        if not _flag(env, "ONE_MACHINE"):
            settings.require_shared()
        return settings

    def require_shared(self) -> None:
        """Refuse a database and media on this machine alone if Redis is on another one.

        Raises:
            SettingsError: other machines cannot reach the database or the media.
        """
        redis = urlsplit(self.redis_url)
        if redis.scheme == "unix" or redis.hostname in _LOCAL:
            return
        local = {
            "DATABASE_URL": self.database_url.startswith("sqlite"),
            "MEDIA_URL": self.media_url.startswith("file:") or "://" not in self.media_url,
        }
        if missing := [name for name, is_local in local.items() if is_local]:
            raise SettingsError(
                f"Redis is on another machine ({redis.hostname}), but {' and '.join(missing)} would be on "
                "this machine alone, so workers elsewhere could not paint. Name a PostgreSQL database and an "
                "s3:// URL that all machines can reach, or set ONE_MACHINE=yes if everything runs here.",
                *missing,
                code="not-shared",
            )

    def load_secret_key(self) -> str:
        """Return the key that signs cookies; if none was given, make one at the first call and keep it."""
        if self.secret_key:
            return self.secret_key
        path = self.data / "secret.key"
        self.data.mkdir(parents=True, exist_ok=True)
        fresh = self.data / f".secret.{secrets.token_hex(8)}"
        fresh.touch(mode=0o600)
        try:
            fresh.write_text(secrets.token_hex(32))
            # Unlike a rename, a link does not replace a key that another process made first.
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        path.chmod(0o600)  # copying the folder may have made it readable for others
        return path.read_text().strip()


def _list(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def _number(env: Mapping[str, str], name: str, default: float, *, least: float | None = None) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise SettingsError(f"{name} must be a number, not “{text}”.", name, code="not-a-number") from None
    if least is not None and not least <= value < float("inf"):
        raise SettingsError(f"{name} must be {least:g} or more, not “{text}”.", name, code="out-of-bounds")
    if least is None and not 0 < value < float("inf"):
        raise SettingsError(f"{name} must be more than 0, not “{text}”.", name, code="out-of-bounds")
    return value


def _flag(env: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    text = env.get(name, "").strip()
    if not text:
        return default
    for value, words in ((True, _YES), (False, _NO)):
        if text.lower() in words:
            return value
    raise SettingsError(f"{name} must be yes or no, not “{text}”.", name, code="not-a-flag")


def _one_of(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """Read one of several words; the first is the default."""
    text = env.get(name, "").strip() or choices[0]
    if text not in choices:
        raise SettingsError(
            f"{name} must be {' or '.join(choices)}, not “{text}”.", name, code="unknown-choice"
        )
    return text
