# Sourced by the other scripts; brings .venv and node_modules up to date.

find_python() {
    local name
    for name in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
        [ -n "$name" ] || continue
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Pastiche needs Python 3.11, 3.12 or 3.13; none is on the PATH. Install one, or name it: PYTHON=/path/to/python" >&2
    return 1
}

make_venv() {
    local python
    python=$(find_python)
    echo "Making .venv with $("$python" --version) …" >&2
    if ! "$python" -m venv --clear .venv; then
        rm -rf .venv
        echo "$python cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2
        return 1
    fi
}

# ensure_venv LOCKFILE: install the lock file, unless it is installed already.
ensure_venv() {
    local lock=$1 wanted quiet=--quiet
    wanted=$(cksum <"$lock")
    if [ -x .venv/bin/python ] && grep -qxF "$lock $wanted" .venv/installed 2>/dev/null; then
        return
    fi
    [ -x .venv/bin/python ] || make_venv
    echo "Installing $lock (only once; TensorFlow is large, so this takes minutes) …" >&2
    # On a terminal, show the downloads; keep a log short.
    if [ -t 2 ]; then quiet=; fi
    # Until the new lock is installed, nothing counts as installed.
    rm -f .venv/installed
    # shellcheck disable=SC2086
    .venv/bin/python -m pip install $quiet --disable-pip-version-check --require-hashes -r "$lock" >&2
    # The development lock includes everything in requirements.txt, at the same versions.
    {
        echo "$lock $wanted"
        if [ "$lock" = requirements-dev.txt ]; then echo "requirements.txt $(cksum <requirements.txt)"; fi
    } >.venv/installed
}

# ensure_node_modules: install the linters of package-lock.json, unless they are installed already. Node itself is in .venv.
ensure_node_modules() {
    local wanted
    wanted=$(cksum <package-lock.json)
    if [ "$(cat node_modules/installed 2>/dev/null)" = "$wanted" ]; then return; fi
    echo "Installing package-lock.json …" >&2
    # What is installed is only read by Node; no package may run a script of its own.
    if ! .venv/bin/npm ci --silent --ignore-scripts --no-audit --no-fund >&2; then
        echo "npm could not install the linters that package-lock.json names; is its registry reachable? \`.venv/bin/npm ci\` says more." >&2
        return 1
    fi
    echo "$wanted" >node_modules/installed
}
