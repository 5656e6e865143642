#!/bin/sh
# Millrace beside llama.cpp, row by row of the table of targets (docs/bench.md). Arguments: what=all or some of
# prefill,decode,streams,context,moe,small; rows=… parts of names of rows; layers=4 for a quick trial, whose results
# do not count; turns=5 budget=90 threads=2 keep=0. Models are made where missing, and deleted again unless keep=1.
# Results: bench/results/<processor>. Needs npm's @node-llama-cpp/linux-x64 under artifacts/peers (or MILLRACE_PEERS).
set -eu
root=$(CDPATH='' cd -P "$(dirname "$0")/.." && pwd)
work=$root/artifacts/bench
results=$root/bench/results keep=0 what=all made=""
for argument; do
    case $argument in
        layers=*) results=$work/trial ;;
        keep=*) keep=${argument#keep=} ;;
        what=*) what=${argument#what=} ;;
    esac
done
mkdir -p "$work"
trap '[ -z "$made" ] || [ "$keep" -eq 1 ] || rm -f "$made"' EXIT
trap 'exit 143' HUP INT TERM
dotnet build "$root/bench/Millrace.Benchmarks" -c Release -v quiet -nologo -p:RunAnalyzers=false >&2
run() { dotnet "$root/artifacts/bin/Millrace.Benchmarks/release/Millrace.Benchmarks.dll" "$@" </dev/null; }
version=$(git -C "$root" describe --always --dirty)
echo "commit $version, $(date -u +%H:%M)"
run models "$@" >"$work/models"

while read -r name synth; do
    model=$work/$name.gguf
    # shellcheck disable=SC2086 # the options of synth are words
    [ -f "$model" ] || { made=$model; "$root/millrace" synth $synth -o "$model" </dev/null; }
    run rows "$@" name="$name" model="$model" results="$results" version="$version" || echo "$name: not all rows were measured" >&2
    [ "$name $what" != "1b-q4_0 all" ] || run memory model="$model" || true
    if [ -n "$made" ] && [ "$keep" -eq 0 ]; then rm "$made"; fi
    made=""
done <"$work/models"
echo "done at $(date -u +%H:%M): $results"
