import json
import subprocess
import sys

SPEAK = """
import logging, structlog
from jobs import logs
logs.configure(json_lines=True)
with structlog.contextvars.bound_contextvars(job_id="abc"):
    structlog.get_logger("ours").info("painted", step=3)
    logging.getLogger("theirs").warning("careful %s", "now")
    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger("ours").exception("broke")
"""


def test_every_line_is_json_with_the_jobs_id():
    process = subprocess.run([sys.executable, "-c", SPEAK], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in process.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["painted", "careful now", "broke"]
    assert all(line["job_id"] == "abc" for line in lines)
    assert lines[0]["step"] == 3
    assert "ValueError: no" in lines[2]["exception"]
    assert process.stdout == ""
