"""The API's document against a live studio: Schemathesis sends what it allows, and what it does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.support.stack import Stack, photo

CONFIG = """
[[operations]]
include-name = "POST /uploads"
# JSON Schema cannot say of which files a picture can be read.
checks.positive_data_acceptance.enabled = false

[[operations]]
include-name = "PATCH /paintings/{{id}}"
# Nor how many styles a painting has, and so how many weights and masks fit it.
checks.positive_data_acceptance.enabled = false

[[operations]]
include-name = "POST /paintings/{{id}}/continuation"
# Nor how many layers a recipe names, and so how many weights fit them.
checks.positive_data_acceptance.enabled = false

[[operations]]
exclude-name-regex = "^DELETE "
parameters = {{ "path.id" = "{painting}", "path.upload" = "{style}", "path.draft" = "{draft}" }}
"""
EXAMPLES, SEED = 8, 1
ROOT = Path(__file__).parents[2]
HOOKS = "tests.support.schemathesis_hooks"


class Program:
    """A program with a key, a finished painting, a style and a draft of its own."""

    def __init__(self, stack: Stack) -> None:
        self.api = f"{stack.url}/api/v1"
        self.key = requests.post(f"{self.api}/keys", timeout=30).json()["key"]
        self.photo = self._upload("content")
        self.style = self._upload("style", keep="true")
        order = {"photo": self.photo, "styles": [self.style], "recipe": {"size": 64, "max_steps": 2}}
        self.painting = self.post("/paintings", json=order)["id"]
        self.draft = self.post("/drafts", json={"content": self.photo, "styles": [{"id": self.style}]})["id"]

    def post(self, path: str, **sent):
        answer = requests.post(self.api + path, headers=self._header, timeout=30, **sent)
        assert answer.ok, answer.text
        return answer.json()

    def finish(self) -> None:
        """Wait for the painting."""
        deadline = time.monotonic() + 240
        while self.status() != "finished":
            assert time.monotonic() < deadline, self.status()
            time.sleep(0.3)

    def status(self) -> str:
        answer = requests.get(f"{self.api}/paintings/{self.painting}", headers=self._header, timeout=30)
        return answer.json()["status"]

    @property
    def _header(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def _upload(self, role: str, **fields: str) -> str:
        return self.post("/uploads", data={"role": role} | fields, files={"file": ("a.png", photo())})["id"]


@pytest.fixture
def program(stack: Stack) -> Program:
    program = Program(stack)
    program.finish()
    return program


def test_what_the_document_says_is_true(program: Program, tmp_path: Path):
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG.format(painting=program.painting, style=program.style, draft=program.draft))
    schemathesis = Path(sys.executable).with_name("schemathesis")
    command = [str(schemathesis), "--config-file", str(config), "run", f"{program.api}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {program.key}", "--generation-database", "none"]
    ran = subprocess.run(
        [*command, "--max-examples", str(EXAMPLES), "--seed", str(SEED)],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": HOOKS},
        capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    selected = re.search(r"(\d+) selected / (\d+) total", ran.stdout)
    assert selected is not None, ran.stdout
    assert selected[1] == selected[2] != "0"
