#!/usr/bin/env bash
# Builds the console into console/dist: finds Node, installs what package-lock.json pins where that has changed, and builds.
set -euo pipefail
cd "$(dirname "$0")/.."
node=$(tools/node.sh)
PATH="$node:$PATH"

# npm writes this file last.
installed=node_modules/.package-lock.json
if [[ ! -f $installed || package-lock.json -nt $installed ]]; then
    echo "console: installing the packages that package-lock.json pins (about a minute, once)" >&2
    npm ci --no-progress --loglevel=error >&2
    touch "$installed"
fi
echo "console: building console/dist with Node $(node --version) (about half a minute)" >&2
npm run --silent build -w console >&2
# The build is as new as its newest source, whatever order it wrote its files in.
touch console/dist/index.html
