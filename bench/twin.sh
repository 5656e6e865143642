#!/bin/bash
# Steps as the model of this machine predicts them, beside measured ones: three models, three types of
# weights, 1, 4 and 16 sequences, 128 and 4,096 tokens of context, in interleaved rounds.
# Wants about 12 GB of memory and all processors; twelve minutes, with "quick" first seven.
set -e
cd "$(dirname "$0")/.."
dotnet build src/Millrace.Cli -c Release -v q
rounds=3
[ "${1:-}" != quick ] || { rounds=2; shift; }
exec artifacts/bin/Millrace.Cli/release/Millrace.Cli bench twin --shapes smollm2-135m,qwen3-0.6b,llama-3.2-1b --types q4_0,q8_0,bf16 -b 1,4,16 -d 128,4096 -r "$rounds" "$@"
