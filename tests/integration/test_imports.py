"""What an import brings along decides how much memory a process takes: each is tried in a new process."""

import json
import os
import subprocess
import sys

import pytest

WEB_AND_STORES = ("flask", "celery", "redis", "sqlalchemy", "fsspec")
WEB_AND_WORKER = ("app", "flask", "werkzeug", "jinja2", "gunicorn", "worker", "celery", "kombu")
NETWORKS = ("tensorflow", "keras")


@pytest.mark.parametrize(
    ("modules", "absent"),
    [
        ("app, app.wsgi", NETWORKS),
        # The supervisor starts the web and the workers, and needs to hold neither.
        ("runner.__main__, runner.supervisor, runner.redis_server", (*NETWORKS, *WEB_AND_WORKER)),
        ("jobs.store, jobs.janitor", NETWORKS),
        # The worker's parent process forks its child; what TensorFlow has started would not survive that.
        ("worker.celery_app, worker.tasks", NETWORKS),
        ("engine, engine.imaging.images, engine.__main__", (*NETWORKS, *WEB_AND_STORES)),
    ],
)
def test_importing_leaves_out(modules, absent, tmp_path):
    program = f"import json, sys, {modules}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PASTICHE_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert [name for name in absent if name in loaded] == []
