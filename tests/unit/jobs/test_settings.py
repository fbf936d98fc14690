from pathlib import Path

import pytest

from jobs.settings import Settings, SettingsError
from tests.support.refusals import refused


def test_everything_has_a_default_below_the_data_folder(tmp_path):
    settings = Settings.from_env({"PASTICHE_DATA": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/pastiche.db"
    assert settings.media_url == f"file://{tmp_path}/media"
    assert (settings.host, settings.port, settings.max_upload_bytes) == ("127.0.0.1", 8000, 25 * 2**20)
    assert settings.vgg19_weights is None


def test_the_environment_is_honoured():
    environ = {"HOST": "::", "PORT": "80", "MAX_UPLOAD_MB": "1.5", "COOKIE_SECURE": "yes"}
    environ |= {"TRUSTED_HOSTS": "a.example, b.example", "VGG19_WEIGHTS": "w.h5"}
    environ |= {"REDIS_URL": "redis://r/1", "DATABASE_URL": "postgresql://d", "MEDIA_URL": "s3://m"}
    settings = Settings.from_env(environ)
    assert (settings.host, settings.port, settings.max_upload_bytes) == ("::", 80, 1_572_864)
    assert settings.cookie_secure
    assert settings.trusted_hosts == ("a.example", "b.example")
    assert settings.vgg19_weights == Path("w.h5").absolute()
    assert (settings.redis_url, settings.database_url, settings.media_url) == (
        "redis://r/1",
        "postgresql://d",
        "s3://m",
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [("many", "not-a-number"), *((value, "out-of-bounds") for value in ("-1", "0", "nan", "inf"))],
)
def test_an_invalid_number_is_refused_by_name(value, code):
    with refused(SettingsError, code, "PORT", f"“{value}”"):
        Settings.from_env({"PORT": value})


@pytest.mark.parametrize(
    ("name", "value", "code", "choices"),
    [
        ("COOKIE_SECURE", "ja", "not-a-flag", ("yes", "no")),
        ("RATE_LIMITS", "maybe", "not-a-flag", ("yes", "no")),
        ("LOG_FORMAT", "text", "unknown-choice", ("json", "plain")),
    ],
)
def test_an_unknown_choice_is_refused_by_name(name, value, code, choices):
    with refused(SettingsError, code, name, f"“{value}”", *choices):
        Settings.from_env({name: value})


def test_yes_and_no_can_be_written_in_several_ways():
    assert not Settings.from_env({"RATE_LIMITS": "Off"}).rate_limits
    assert Settings.from_env({"RATE_LIMITS": ""}).rate_limits
    assert Settings.from_env({"COOKIE_SECURE": "1"}).cookie_secure
    assert not Settings.from_env({"FETCH_FROM_PAGE": "no"}).fetch_from_page
    assert not Settings.from_env({"LOG_FORMAT": "plain"}).log_json


def test_the_secret_key_is_made_once_and_readable_by_its_owner_only(tmp_path):
    settings = Settings.from_env({"PASTICHE_DATA": str(tmp_path / "new")})
    key = settings.load_secret_key()
    assert len(key) == 64
    assert settings.load_secret_key() == key
    (path,) = (tmp_path / "new").iterdir()
    assert (path.name, path.stat().st_mode & 0o777) == ("secret.key", 0o600)
    assert Settings.from_env({"SECRET_KEY": "given"}).load_secret_key() == "given"


AWAY = {"REDIS_URL": "redis://redis.example:6379/0"}
SHARED = {"DATABASE_URL": "postgresql://db/studio", "MEDIA_URL": "s3://bucket/studio"}


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, ("DATABASE_URL", "MEDIA_URL")),
        ({"MEDIA_URL": "s3://bucket/studio"}, ("DATABASE_URL",)),
        ({"DATABASE_URL": "postgresql://db/studio"}, ("MEDIA_URL",)),
    ],
)
def test_local_stores_are_refused_if_redis_is_on_another_machine(environ, named):
    with refused(SettingsError, "not-shared", "redis.example", *named) as caught:
        Settings.from_env(AWAY | environ)
    assert caught.value.names == named


def test_shared_stores_or_a_single_machine_are_accepted():
    Settings.from_env(AWAY | SHARED)
    Settings.from_env(AWAY | {"ONE_MACHINE": "yes"})
    for here in ("unix:///run/redis.sock", "redis://localhost:6379/0", "redis://:pw@127.0.0.1:7000/0"):
        Settings.from_env({"REDIS_URL": here})
