#!/bin/sh
# Makes the two story models, from nothing to models/: the vocabulary, the rows to train on, the weights, the files, the
# figures. Each stage leaves a file and is skipped where that file is there; training goes on from its last checkpoint.
# So: stop it at any minute, run it again. WORK (default artifacts/story) holds the stages; remove it to begin anew.
set -eu

root=$(CDPATH='' cd -P "$(dirname "$0")/../.." && pwd)
work=${WORK:-$root/artifacts/story}
python=${PYTHON:-/usr/bin/python3}
main_steps=${MAIN_STEPS:-4300}
draft_steps=${DRAFT_STEPS:-4000}
batch=4 # rows of 1,024 tokens

say() { printf 'train.sh: %s\n' "$*" >&2; }
. "$root/.ci/dotnet.sh"
find_dotnet && require_sdk || exit 1
"$python" -c 'import torch' 2>/dev/null || {
    say "$python has no torch; on Debian: apt-get install python3-torch libopenblas0-pthread"
    exit 1
}

mkdir -p "$work"
dotnet_quietly build tools/StoryModel -c Release -p:RunAnalyzers=false
tool() { "$dotnet" "$root/artifacts/bin/StoryModel/release/Millrace.Tools.StoryModel.dll" "$@"; }
have() { [ -f "$work/$1" ]; }
rows=$(((main_steps > draft_steps ? main_steps : draft_steps) * batch))

have vocabulary.gguf || { tool tokenizer --seed 1 -o "$work/vocabulary.new" && mv "$work/vocabulary.new" "$work/vocabulary.gguf"; }
have train.bin || tool encode --tokenizer "$work/vocabulary.gguf" --seed 2 --split Train --rows "$rows" --exercises 3200 -o "$work/train.bin"
have valid.bin || tool encode --tokenizer "$work/vocabulary.gguf" --seed 3 --split HeldOut --rows 64 -o "$work/valid.bin"

train() { # shape, steps, peak learning rate
    "$python" "$root/tools/StoryModel/train.py" --shape "$1" --train "$work/train.bin" --valid "$work/valid.bin" --out "$work/$1" --steps "$2" --batch "$batch" --rate "$3"
}
train draft "$draft_steps" 0.003
train main "$main_steps" 0.0015

tool publish --work "$work" --models "$root/models"
