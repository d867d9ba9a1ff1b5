#!/bin/sh
# Creates or upgrades Temporal's two databases; repeating it changes nothing.
set -eu

SQL_PASSWORD=$(cat /run/secrets/temporal_database_password)
export SQL_PASSWORD

sql() {
  temporal-sql-tool --plugin postgres12 --ep temporal-database -p 5432 -u temporal "$@"
}

prepare() {
  sql --db "$1" create
  sql --db "$1" setup-schema -v 0.0
  sql --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
