#!/bin/sh
# server-cancel.sh [N]: cancels N requests at random moments, and checks that no block is lost and nobody sees another's answer
cd "$(dirname "$0")/.." || exit 1
dotnet build tests/Millrace.Tests -c Release -v q || exit 1
MILLRACE_CANCELS=${1:-100000} exec artifacts/bin/Millrace.Tests/release/Millrace.Tests -noColor -showLiveOutput -class Millrace.Tests.Server.Inference.StormTests
