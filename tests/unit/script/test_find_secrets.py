"""The search for secrets finds secrets, and lets ordinary text pass."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[3] / "script" / "find_secrets.py"
spec = importlib.util.spec_from_file_location("find_secrets", PATH)
assert spec is not None
assert spec.loader is not None
find_secrets = importlib.util.module_from_spec(spec)
spec.loader.exec_module(find_secrets)


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "key = AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1" * 18,
        "DATABASE_URL=postgresql://ada:" + "k3yb0ards@db/studio",
        'secret_key = "' + "q8Zr2mV0xTn4LwYb9KcE" + '"',
        "Bearer eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    ],
)
def test_secrets_are_found(line):
    assert find_secrets.secrets_in(f"first\n{line}\n")[0][0] == 2
    assert find_secrets.secrets_in(f"{line}  # not a secret") == []


@pytest.mark.parametrize(
    "line",
    [
        'token = "Not just a word of its own"',
        "DATABASE_URL=postgresql://pastiche:${POSTGRES_PASSWORD}@postgres/pastiche",
        "postgresql://user:password@host/name",
        "redis://127.0.0.1:6379/0",
        'order_token = "example"',
    ],
)
def test_ordinary_text_passes(line):
    assert find_secrets.secrets_in(line) == []
