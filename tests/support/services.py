"""The services of docker-compose.yml as processes of this machine, with the programs that Debian has."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.support import speed
from tests.support.compose import compose
from tests.support.stack import ROOT

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


class Services:
    """Runs services by their own command, environment and health check.

    Args:
        folder: for what they write, and their logs.
        places: what stands for the names and paths that only containers have, such as "redis:6379".
        extra: further variables, which the file leaves to the person who runs it.
        dotenv: the content of .env.
    """

    def __init__(
        self,
        folder: Path,
        places: Mapping[str, str],
        extra: Mapping[str, str],
        dotenv: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._places = dict(places)
        self._extra = dict(extra)
        self._content = compose(dotenv)["services"]
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def environ(self, name: str) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        own = {key: self._placed(str(value)) for key, value in self._content[name]["environment"].items()}
        home = {"HOME": str(self.folder), "PASTICHE_DATA": str(self.folder / "data")}
        # Gunicorn believes a proxy on its own machine, which nginx is here and not in a container.
        home["FORWARDED_ALLOW_IPS"] = "192.0.2.1"
        return kept | home | speed.environ() | own | self._extra

    def run(self, name: str) -> None:
        """Run a service that ends by itself."""
        subprocess.run(self.command(name), cwd=ROOT, env=self.environ(name), check=True, timeout=120)

    def start(self, name: str, alias: str = "", **environ: str) -> None:
        command = [part.replace("@%h", f"@{alias or name}") for part in self.command(name)]
        self.launch(alias or name, command, self.environ(name) | environ)

    def launch(self, name: str, command: list[str], environ: Mapping[str, str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, cwd=ROOT, env=dict(environ), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def start_nginx(self, port: int, tls_port: int) -> None:
        """Start nginx, which listens at these ports and not at those of its container."""
        environ = self.environ("nginx") | {"NGINX_PORT": str(port), "NGINX_ETC": str(self.folder)}
        config = nginx_config(self.folder, environ, tls_port)
        self.launch("nginx", [NGINX, "-p", str(self.folder), "-c", str(config)], environ)

    def is_healthy(self, name: str) -> bool:
        _, *check = self._content[name]["healthcheck"]["test"]
        command = [self._program(self._placed(part)) for part in check]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environ(name), capture_output=True, timeout=60, check=False
        )
        return done.returncode == 0

    def wait_healthy(self, name: str, limit_s: float = 120) -> None:
        deadline = time.monotonic() + limit_s
        while not self.is_healthy(name):
            assert name not in self._running or self._running[name].poll() is None, self.log(name)
            assert time.monotonic() < deadline, f"{name} did not get healthy:\n{self.log(name)}"
            time.sleep(0.3)

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""

    def stop(self, name: str) -> float:
        """Stop a service as Docker would; return the seconds that it took, or kill it after its grace."""
        process, began = self._running.pop(name), time.monotonic()
        process.terminate()
        grace = self._content.get(name, {}).get("stop_grace_period", "10s")
        try:
            process.wait(float(grace.removesuffix("s")))
        finally:
            self._kill(process)
        return time.monotonic() - began

    def kill(self, name: str) -> None:
        """End a service and all that it has started at once, as a power cut would."""
        self._kill(self._running.pop(name))

    def end(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            self._kill(process)
        self._running.clear()

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def command(self, name: str) -> list[str]:
        return [self._program(self._placed(str(part))) for part in self._content[name]["command"]]

    def _program(self, part: str) -> str:
        known = {"python": sys.executable, "valkey-server": "redis-server", "valkey-cli": "redis-cli"}
        return known.get(part, part)

    def _placed(self, text: str) -> str:
        for known, here in self._places.items():
            text = text.replace(known, here)
        return text


def nginx_config(folder: Path, environ: Mapping[str, str], tls_port: int) -> Path:
    """Fill in the template as nginx's image does, and wrap it so that it runs without its own folders."""
    site = (ROOT / "deploy/nginx.conf.template").read_text()
    site = re.sub(r"\$\{(\w+)\}", lambda found: environ[found[1]], site)
    for name in ("plain", "tls"):
        text = (ROOT / f"deploy/{name}.conf").read_text()
        (folder / f"{name}.conf").write_text(
            text.replace("/etc/nginx/tls", str(folder)).replace("8443", str(tls_port))
        )
    (folder / "site.conf").write_text(site)
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log stderr;\nworker_processes 1;\n"
        "events { worker_connections 512; }\n"
        f"http {{\naccess_log off;\n{temporary}\ninclude {folder}/site.conf;\n}}\n"
    )
    return main


def places(
    folder: Path, *, redis_port: int, database: str, web_port: int, nginx_port: int = 8080
) -> dict[str, str]:
    """Return what stands here for the names and paths of containers."""
    return {
        "redis:6379": f"127.0.0.1:{redis_port}",
        "postgresql+psycopg://pastiche:pastiche@postgres:5432/pastiche": database,
        "0.0.0.0:8000": f"127.0.0.1:{web_port}",
        "127.0.0.1:8000": f"127.0.0.1:{web_port}",
        "web:8000": f"127.0.0.1:{web_port}",
        "127.0.0.1:8080": f"127.0.0.1:{nginx_port}",
        "file:///data/media": f"file://{folder}/data/media",
    }
