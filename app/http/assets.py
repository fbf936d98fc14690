"""The static files, which browsers may cache until they change."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, request, url_for
from werkzeug.wrappers import Response

ROOT = Path(__file__).resolve().parents[2]
_YEAR_S = 31_536_000


def configure_assets(app: Flask) -> None:
    """Give templates `asset(name)`, an address that changes whenever the file does, and `import_map()`."""
    folder = Path(app.static_folder or "")
    versions = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:10]
        for path in folder.rglob("*")
        if path.is_file()
    }

    def asset(name: str) -> str:
        version = versions.get(name)
        if app.debug:
            version = str((folder / name).stat().st_mtime_ns)
        return url_for("static", filename=name, v=version)

    maps: dict[str, dict[str, dict[str, str]]] = {}

    def import_map() -> dict[str, dict[str, str]]:
        # Modules import each other by relative paths, which have no version. Without the map, a browser would
        # ask for them each time, and load a module twice that a page names as well.
        prefix = request.script_root
        if app.debug or prefix not in maps:
            modules = [name for name in versions if name.startswith("js/")]
            maps[prefix] = {"imports": {url_for("static", filename=name): asset(name) for name in modules}}
        return maps[prefix]

    def set_caching(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code == 200:
            name = (request.view_args or {}).get("filename", "")
            # A font never changes under its name, and the style sheet names its address without a version.
            unchanging = name.startswith("fonts/") or request.args.get("v") == versions.get(name, "")
            response.headers["Cache-Control"] = (
                f"public, max-age={_YEAR_S}, immutable" if unchanging else "public, no-cache"
            )
        return response

    app.jinja_env.globals.update(asset=asset, import_map=import_map)
    app.after_request(set_caching)
