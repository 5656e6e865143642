#!/bin/sh
# server-kill.sh [N]: kills the server N times under load and N times under requests that are sent again, and checks its ledger against what its clients saw
cd "$(dirname "$0")/.." || exit 1
dotnet build tests/Millrace.Tests -c Release -v q || exit 1
MILLRACE_KILLS=${1:-1000} exec artifacts/bin/Millrace.Tests/release/Millrace.Tests -noColor -showLiveOutput -class Millrace.Tests.Server.Faults.KillTests -class Millrace.Tests.Server.Faults.RepeatedAfterKillTests
