"""docker-compose.yml, the Dockerfile and .env.example: valid, and of one mind."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from jobs.settings import Settings
from tests.support.compose import compose

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text()
OURS = ("migrate", "web", "janitor", "worker", "drafter", "worker-gpu")
HAND_OVER_S = 20


@pytest.fixture(scope="module")
def services() -> dict:
    return compose()["services"]


def test_it_is_valid_by_the_specification():
    schema = json.loads((ROOT / "tests/data/compose-spec.json").read_text())
    for content in (yaml.safe_load(TEXT), compose()):
        jsonschema.Draft7Validator(schema).validate(content)


def test_our_services_are_small_and_powerless(services):
    for name in OURS:
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["init"] is True
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(service.get("init") for service in services.values())


def test_everything_that_stays_has_a_health_check_or_says_why_not(services):
    checked = {name for name, service in services.items() if "test" in service.get("healthcheck", {})}
    assert checked == set(services) - {"migrate", "janitor"}
    for name in ("web", "worker", "drafter", "janitor"):
        waits = services[name]["depends_on"]
        assert waits["redis"]["condition"] == "service_healthy"
        assert waits["migrate"]["condition"] == "service_completed_successfully"
    assert services["nginx"]["depends_on"]["web"]["condition"] == "service_healthy"


def test_workers_get_longer_to_stop_than_a_hand_over_takes(services):
    for name in ("worker", "drafter", "worker-gpu"):
        assert int(services[name]["stop_grace_period"].removesuffix("s")) > HAND_OVER_S


def test_redis_loses_nothing_and_evicts_nothing(services):
    command = services["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_only_the_proxy_can_be_reached_and_only_from_this_machine_by_default(services):
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    assert all(port.startswith("127.0.0.1:") for port in services["nginx"]["ports"])


def test_a_card_is_reserved_where_it_is_asked_for(services):
    gpu = services["worker-gpu"]
    assert gpu["profiles"] == ["gpu"]
    (device,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]


def test_every_variable_is_explained_with_its_default():
    used = dict(re.findall(r"\$\{(\w+):-([^}$]*)", TEXT))
    explained = dict(re.findall(r"^#?([A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(used) == set(explained)
    for name, default in used.items():
        if default and name != "DATABASE_URL":
            assert explained[name] == default


def test_the_example_can_be_read():
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = dict(line.removeprefix("#").split("=", 1) for line in lines if re.match(r"#?[A-Z0-9_]+=", line))
    assert Settings.from_env(given).max_waiting == 500


def test_the_images_are_what_the_services_want(services):
    dockerfile = (ROOT / "Dockerfile").read_text()
    targets = set(re.findall(r"^FROM \S+ AS (\S+)", dockerfile, re.MULTILINE))
    assert {service["build"]["target"] for service in services.values() if "build" in service} <= targets
    for target in ("web", "worker", "worker-gpu"):
        stage = dockerfile.partition(f" AS {target}\n")[2].partition("\nFROM ")[0]
        assert "USER 10001\n" in stage
        assert "--require-hashes" in stage
        assert "HEALTHCHECK" in stage
    assert "tensorflow" not in (ROOT / "requirements-web.txt").read_text().lower()
    for name in re.findall(r"^COPY (\S+) \S+$", dockerfile, re.MULTILINE):
        assert (ROOT / name).exists() or name.startswith("--from")


def test_the_workflow_runs_each_test_once_with_a_browser_at_hand():
    steps = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["test"]["steps"]
    runs = [step["run"] for step in steps if "run" in step]
    assert [run for run in runs if "script/test" in run] == ["script/test"]
    assert runs[-1] == "script/test"
    made, browser = (
        next(place for place, run in enumerate(runs) if words in run)
        for words in ("ensure_venv requirements-dev.txt", "playwright install")
    )
    assert made < browser


def test_each_entry_of_the_workflow_tests_its_own_python(tmp_path):
    job = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["test"]
    for version in job["strategy"]["matrix"]["python"]:
        # What ubuntu-24.04 comes with, and what setup-python adds.
        for name in ("python3.12", f"python{version}"):
            (tmp_path / version).mkdir(exist_ok=True)
            (tmp_path / version / name).write_text("#!/bin/sh\n")
            (tmp_path / version / name).chmod(0o755)
        given = {
            name: value.replace("${{ matrix.python }}", version) for name, value in job.get("env", {}).items()
        }
        found = subprocess.check_output(
            ["/bin/bash", "-c", ". script/setup.sh && find_python"],
            cwd=ROOT,
            env=given | {"PATH": str(tmp_path / version)},
            text=True,
        )
        assert found.strip() == f"python{version}"
