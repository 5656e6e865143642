#!/bin/sh
# Kills a loaded ledger N times (1000 unless given) and prints one line: PASS, or FAIL with what was lost. Exit code 0 or 1.
set -e
root=$(cd "$(dirname "$0")/.." && pwd)
dotnet build "$root/bench/Millrace.LedgerKill" -c Release -v q >&2
exec dotnet "$root/artifacts/bin/Millrace.LedgerKill/release/Millrace.LedgerKill.dll" kill "${1:-1000}"
