#!/bin/sh
# Draws each query of this folder: examples/analysis/run.sh [FOLDER OF THE PICTURES]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
to=${1:-.local/analysis-pictures}
mkdir -p "$to"
for query in "$here"/*.sql; do
  picture="$to/$(basename "$query" .sql).svg"
  node "$here/../../dist/app/cli/main.js" sql --plot --output "$picture" --title "$(sed -n '1s/^-- //p' "$query")" < "$query"
  echo "$picture"
done
