#!/bin/sh
# server-kill.sh [N]: kills the server N times under load, and checks its ledger against what its clients saw
cd "$(dirname "$0")/.." || exit 1
dotnet build tests/Millrace.Tests -c Release -v q || exit 1
MILLRACE_KILLS=${1:-1000} exec artifacts/bin/Millrace.Tests/release/Millrace.Tests -noColor -showLiveOutput -class Millrace.Tests.Server.Faults.KillTests
