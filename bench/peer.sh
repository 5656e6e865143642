#!/bin/sh
# Millrace beside llama.cpp on a model of Llama 3.2 1B's shape with random Q4_0 weights: speed in turns, and memory.
# Arguments go to the timing (repetitions=9 prompt=512 …). Needs npm's @node-llama-cpp/linux-x64 under artifacts/peers.
set -eu
root=$(CDPATH='' cd -P "$(dirname "$0")/.." && pwd)
work=$root/artifacts/bench
model=$work/llama-3.2-1b-q4_0.gguf
mkdir -p "$work"
[ -f "$model" ] || "$root/millrace" synth --shape llama-3.2-1b --type q4_0 -o "$model"
dotnet build "$root/bench/Millrace.Benchmarks" -c Release -v quiet -nologo >&2
run() { dotnet "$root/artifacts/bin/Millrace.Benchmarks/release/Millrace.Benchmarks.dll" "$@"; }
grep -m 1 'model name' /proc/cpuinfo || true
git -C "$root" describe --always --dirty
run memory model="$model"
run peer model="$model" "$@"
