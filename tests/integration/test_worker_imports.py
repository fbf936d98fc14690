import subprocess
import sys

LOOK = """
import sys
import worker.celery_app, worker.tasks
worker.celery_app._announcer.check_weights()
print([name for name in ("tensorflow", "keras", "flask") if name in sys.modules])
"""


def test_the_main_process_loads_no_tensorflow(tmp_path):
    process = subprocess.run(
        [sys.executable, "-c", LOOK],
        env={"PASTICHE_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.strip() == "[]"
