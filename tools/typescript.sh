#!/usr/bin/env bash
# The TypeScript side of `make check` and `make test`: `tools/typescript.sh check` asks for types, lint, format, what nobody uses, sizes and
# generated files; `tools/typescript.sh test` runs the client, the components in a browser, and the console end to end.
# Needs what `make console` has installed and built.
set -euo pipefail
cd "$(dirname "$0")/.."
node=$(tools/node.sh)
PATH="$node:$PATH"
chromium=${HEADWAY_CHROMIUM:-/usr/bin/chromium}

run() { # workspace, script: quiet until it fails
    local said
    said=$(mktemp)
    if npm run --silent "$2" -w "$1" >"$said" 2>&1; then
        tail -n 4 "$said" | sed "s|^|$1 $2: |"
    else
        cat "$said"
        rm -f "$said"
        echo "failed: npm run $2 -w $1" >&2
        exit 1
    fi
    rm -f "$said"
}

case ${1:-} in
    check)
        run packages/client check
        run packages/client generate:check
        run console check
        run console size
        ;;
    test)
        run packages/client test:coverage
        if [[ ! -x $chromium ]]; then
            if [[ -n ${CI:-} ]]; then
                echo "no browser at $chromium: deploy/debian-packages.txt names what the tests use" >&2
                exit 1
            fi
            echo "skipped: components and end to end, for there is no browser at $chromium (install chromium, or name one in HEADWAY_CHROMIUM)"
            exit 0
        fi
        run console test:coverage
        npm run --silent e2e -w console
        ;;
    *)
        echo "usage: tools/typescript.sh check|test" >&2
        exit 2
        ;;
esac
