#!/bin/sh
# Tokens per second against the size of the model, through the caches; and products under the roof of the processor. Results:
# bench/results/<processor>, figures: docs. About a minute. Arguments go to both measurements (threads=2 …).
set -eu
root=$(CDPATH='' cd -P "$(dirname "$0")/.." && pwd)
dotnet build "$root/bench/Millrace.Benchmarks" -c Release -v quiet -nologo -p:RunAnalyzers=false >&2
run() { dotnet "$root/artifacts/bin/Millrace.Benchmarks/release/Millrace.Benchmarks.dll" "$@"; }
cd "$root"
version=$(git describe --always --dirty)
run cache results=bench/results version="$version" "$@"
run roofline results=bench/results version="$version" "$@"
run plots results=bench/results docs=docs
