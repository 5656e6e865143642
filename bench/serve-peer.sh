#!/bin/sh
# `millrace serve` beside llama.cpp's server on one model, in turns: throughput at 16 clients, realtime answers beside
# long prompts, overload. Arguments go to the measurement (what=throughput turns=5 only=peer goodput=ttft:2000 …).
# The peer is LLAMA_SERVER, or is built once (about ten minutes of two cores) from the sources that npm's node-llama-cpp
# carries: the release whose libraries the tests compare with.
set -eu
root=$(CDPATH='' cd -P "$(dirname "$0")/.." && pwd)
work=$root/artifacts/bench
peers=$root/artifacts/peers
model=${MODEL:-$work/llama-3.2-1b-q4_0.gguf}
mkdir -p "$work" "$peers"

build_peer() {
    source=$peers/llama.cpp
    if [ ! -d "$source" ]; then
        mkdir -p "$work/npm" && echo '{"private":true}' >"$work/npm/package.json"
        npm install --prefix "$work/npm" --ignore-scripts --omit=optional --no-audit --no-fund --loglevel error node-llama-cpp@3.22.1 >&2
        git clone --quiet "$work/npm/node_modules/node-llama-cpp/llama/gitRelease.bundle" "$source.part" >&2
        mv "$source.part" "$source"
    fi
    cmake -S "$source" -B "$source/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF \
        -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF >"$work/llama.cpp.log" 2>&1
    cmake --build "$source/build" -j "$(nproc)" --target llama-server --target llama-batched-bench >>"$work/llama.cpp.log" 2>&1
}

if [ -z "${LLAMA_SERVER:-}" ]; then
    LLAMA_SERVER=$peers/llama.cpp/build/bin/llama-server
    [ -x "$LLAMA_SERVER" ] || { echo "building llama.cpp's server (log: $work/llama.cpp.log)" >&2; build_peer; }
fi
batched=$(dirname "$LLAMA_SERVER")/llama-batched-bench
[ -x "$batched" ] || batched=""
[ -f "$model" ] || "$root/millrace" synth --shape llama-3.2-1b --type q4_0 -o "$model"
dotnet build "$root/bench/Millrace.Benchmarks" -c Release -v quiet -nologo >&2
dotnet build "$root/src/Millrace.Cli" -c Release -v quiet -nologo >&2
grep -m 1 'model name' /proc/cpuinfo || true
git -C "$root" describe --always --dirty
exec dotnet "$root/artifacts/bin/Millrace.Benchmarks/release/Millrace.Benchmarks.dll" serve model="$model" folder="$work" \
    cli="$root/artifacts/bin/Millrace.Cli/release/Millrace.Cli.dll" peer="$LLAMA_SERVER" batched="$batched" "$@"
