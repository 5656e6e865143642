# Sourced by millrace and test (POSIX sh; they set $root): finds the SDK, and calls it without telemetry, without
# ICU, without a home that can be written, and without servers that outlive the call and hold the caller's pipes.
install_hint="needs the .NET 10 SDK: install it from https://dotnet.microsoft.com/download/dotnet/10.0"

# Sets $dotnet.
find_dotnet() {
    dotnet=$(command -v dotnet) || dotnet=${DOTNET_ROOT:-}/dotnet
    [ -x "$dotnet" ] && return 0
    say "$install_hint"
    return 1
}

# Fails, saying what to install, where $dotnet has no SDK 10.0.
require_sdk() {
    sdks=$("$dotnet" --list-sdks 2>/dev/null | cut -d ' ' -f 1 | tr '\n' ' ')
    case " $sdks" in
        *" 10.0."*) return 0 ;;
    esac
    say "$install_hint (found: ${sdks:-no SDK})"
    return 1
}

# dotnet_quietly VERB PROJECT …: in the checkout's root.
dotnet_quietly() (
    cd "$root" || exit 1
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 \
        DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 MSBUILDDISABLENODEREUSE=1 \
        DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
    unset MSBUILD_EXE_PATH MSBuildSDKsPath MSBuildExtensionsPath
    user=${HOME:-}
    if [ -z "$user" ] || ! mkdir -p "$user/.dotnet" "$user/.nuget" 2>/dev/null || [ ! -w "$user/.dotnet" ] || [ ! -w "$user/.nuget" ]; then
        export HOME="$root/artifacts/home"
        mkdir -p "$HOME/.nuget/NuGet" || exit 1
        # The user's package sources still count.
        [ -r "$user/.nuget/NuGet/NuGet.Config" ] && cp "$user/.nuget/NuGet/NuGet.Config" "$HOME/.nuget/NuGet/"
        export DOTNET_CLI_HOME="$HOME" NUGET_SCRATCH="$HOME/scratch"
        unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME
    fi
    exec "$dotnet" "$@" -v quiet -nologo -nodeReuse:false -p:UseSharedCompilation=false --tl:off
)
