#!/bin/sh
# The command line as a native program and as JIT code, in turns: prefill, decode, and the start. Arguments go to both
# (-t 2 -p 512 -n 64 -r 5). MODEL names the model, SET the native instruction set (native unless given), TURNS how many.
set -eu
root=$(CDPATH='' cd -P "$(dirname "$0")/.." && pwd)
work=$root/artifacts/bench/aot
model=${MODEL:-$root/artifacts/bench/llama-3.2-1b-q4_0.gguf}
mkdir -p "$work"
[ -f "$model" ] || "$root/millrace" synth --shape llama-3.2-1b --type q4_0 -o "$model"
publish() { dotnet publish "$root/src/Millrace.Cli" -c Release --use-current-runtime -p:RunAnalyzers=false -v quiet -nologo --artifacts-path "$work/build-$1" -o "$@" >&2; }
(cd "$work" && publish native -p:PublishAot=true -p:IlcInstructionSet="${SET:-native}" && publish jit --self-contained false)
grep -m 1 'model name' /proc/cpuinfo || true
git -C "$root" describe --always --dirty
turn=0
while [ $turn -lt "${TURNS:-3}" ]; do
    turn=$((turn + 1))
    for kind in native jit; do
        [ $kind = native ] && program=$work/native/Millrace.Cli || program="dotnet $work/jit/Millrace.Cli.dll"
        echo "== $kind"
        $program bench -m "$model" "$@" | grep -E 'kind|prefill|decode'
        start=$(date +%s%N)
        $program run -n 1 --temp 0 Once >/dev/null
        echo "run -n 1 of the default model: $((($(date +%s%N) - start) / 1000000)) ms"
    done
done
