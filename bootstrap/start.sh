#!/bin/sh
# Runs the set-up with a Python that is new enough: $PYTHON if given, else the project's own, else the first on PATH.
cd "$(dirname "$0")/.." || exit 1

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

if [ -n "$PYTHON" ]; then
    new_enough "$PYTHON" && exec "$PYTHON" -m bootstrap "$@"
    echo "set-up: PYTHON=$PYTHON is not Python 3.11 or newer; name another, or leave it out." >&2
    exit 1
fi
for python in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11 python; do
    new_enough "$python" && exec "$python" -m bootstrap "$@"
done
echo "set-up: no Python 3.11 or newer on PATH; install one, or name it with \`make PYTHON=/path/to/python3\`." >&2
exit 1
