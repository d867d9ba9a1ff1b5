#!/bin/sh
# Registers the namespace once the cluster is healthy, with the retention of today; repeating it changes nothing else.
set -eu

# By address, as in the compose files of Temporal's makers (temporalio/samples-server).
address="$(getent ahosts temporal | awk '/STREAM/ { print $1; exit }'):7233"

attempt=1
until temporal operator cluster health --address "$address"; do
  [ "$attempt" -lt 30 ] || exit 1
  attempt=$((attempt + 1))
  sleep 2
done

temporal operator namespace describe -n "$NAMESPACE" --address "$address" ||
  temporal operator namespace create -n "$NAMESPACE" --retention "$RETENTION" --address "$address"
# A namespace that was there keeps the retention it was created with until it is told another.
temporal operator namespace update -n "$NAMESPACE" --retention "$RETENTION" --address "$address"
