"""What an import brings along decides what a process weighs: each is tried in a fresh one."""

import json
import subprocess
import sys

import pytest

WEB_AND_STORES = ("flask", "celery", "redis", "sqlalchemy", "fsspec")
NETWORKS = ("tensorflow", "keras")


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("app", NETWORKS),
        ("app.wsgi", NETWORKS),
        ("app.runner", NETWORKS),
        ("jobs.store", NETWORKS),
        ("jobs.janitor", NETWORKS),
        # The worker's parent process forks its child; what TensorFlow has started would not survive that.
        ("worker.celery_app", NETWORKS),
        ("worker.tasks", NETWORKS),
        ("engine", (*NETWORKS, *WEB_AND_STORES)),
        ("engine.images", (*NETWORKS, *WEB_AND_STORES)),
        ("engine.painting", WEB_AND_STORES),
        ("engine.__main__", (*NETWORKS, *WEB_AND_STORES)),
    ],
)
def test_importing_a_module_leaves_out(module, absent):
    program = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert [name for name in absent if name in loaded] == []
