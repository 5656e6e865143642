#!/bin/sh
# From the start of the process to the first token, file in the page cache: ./millrace beside llama.cpp's C API, in turns.
# Arguments go to the timing (repetitions=9 prompt=8 options="…"). MODEL names the model, by default one of Llama 3.2 1B's
# shape with random Q4_0 weights. Needs a C compiler, and npm's @node-llama-cpp/linux-x64 under artifacts/peers.
set -eu
root=$(CDPATH='' cd -P "$(dirname "$0")/.." && pwd)
work=$root/artifacts/bench
model=${MODEL:-$work/llama-3.2-1b-q4_0.gguf}
mkdir -p "$work"
"$root/millrace" --version >/dev/null
[ -f "$model" ] || "$root/millrace" synth --shape llama-3.2-1b --type q4_0 -o "$model"
cc -O2 -o "$work/cold-start" "$root/bench/cold-start.c" -ldl
dotnet build "$root/bench/Millrace.Benchmarks" -c Release -v quiet -nologo >&2
grep -m 1 'model name' /proc/cpuinfo || true
git -C "$root" describe --always --dirty
dotnet "$root/artifacts/bin/Millrace.Benchmarks/release/Millrace.Benchmarks.dll" \
    cold-start driver="$work/cold-start" millrace="$root/millrace" model="$model" "$@"
