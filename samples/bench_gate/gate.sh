#!/usr/bin/env bash
# Serve a model of MNIST's digits, and hold it to its objectives.
#
#   gate.sh MODEL_PATH [LIMIT …]
#
# Ends with 0 if all limits are kept, with 1 if one is not; see `tfsctl bench --help` for how to write them. Leaves
# bench-gate.xml (JUnit), and a table in bench-gate.md or, on GitHub, on the page of the job.
set -euo pipefail

model=$1
shift
if [ $# -eq 0 ]; then
  set -- 'p99<250ms' 'errors<0.1%' 'error_rate<12%'
fi
limits=$(IFS=,; echo "$*")

tfsctl serve "mnist=$model" --detach --name bench-gate
trap 'tfsctl stop bench-gate' EXIT

tfsctl bench mnist --num-tests 1000 --concurrency 4 --slo "$limits" \
  --junit bench-gate.xml --markdown "${GITHUB_STEP_SUMMARY:-bench-gate.md}"
