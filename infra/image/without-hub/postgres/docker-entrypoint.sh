#!/usr/bin/env bash
# The variables that infra/compose/compose.yaml and the tests use, as the image of the Docker project takes them.
set -eu
user=${POSTGRES_USER:-postgres}
if [ "$1" = postgres ]; then
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    rm -rf "$PGDATA.new"
    mkdir -p "$PGDATA.new"
    # shellcheck disable=SC2086
    initdb -D "$PGDATA.new" -U "$user" --pwfile=<(echo "${POSTGRES_PASSWORD:?}") --auth-host=scram-sha-256 --auth-local=trust ${POSTGRES_INITDB_ARGS:-}
    echo 'host all all all scram-sha-256' >> "$PGDATA.new/pg_hba.conf"
    if [ "${POSTGRES_DB:-$user}" != postgres ]; then echo "CREATE DATABASE \"${POSTGRES_DB:-$user}\";" | postgres --single -D "$PGDATA.new" postgres; fi
    for file in /docker-entrypoint-initdb.d/*.sql; do
      [ ! -e "$file" ] || postgres --single -D "$PGDATA.new" "${POSTGRES_DB:-$user}" < "$file"
    done
    mv "$PGDATA.new" "$PGDATA"
  fi
  shift
  set -- postgres -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
fi
exec "$@"
