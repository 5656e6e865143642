using System.CommandLine;
using Millrace.Cli;
using Millrace.Cli.Commands;
using Millrace.Cli.Serving;

namespace Millrace.Tests.Cli;

public sealed class ServeSettingsTests : IDisposable
{
    const string Prefix = "SERVE_SETTINGS_TESTS_"; // no server that runs at the same time sees it

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Settings_of_the_file_become_options()
    {
        Write("""{"Millrace": {"Serve": {"Port": 8123, "model": ["a=x", "b=y"], "KvMemory": "2GB"}}, "Logging": {}}""");
        Assert.Equal(["serve", "--ctx", "64", "--kv-memory", "2GB", "--model", "a=x", "--model", "b=y", "--port", "8123"], Complete("serve", "--ctx", "64"));
    }

    [Theory]
    [InlineData("--port", "9")]
    [InlineData("-p", "9")]
    [InlineData("--port=9")]
    public void The_command_line_comes_first(params string[] given)
    {
        Write("""{"Millrace": {"Serve": {"Port": 8123}}}""");
        Assert.Equal(["serve", .. given], Complete(["serve", .. given]));
    }

    [Fact]
    public void The_environment_comes_before_the_file()
    {
        Write("""{"Millrace": {"Serve": {"Parallel": 3}}}""");
        Environment.SetEnvironmentVariable(Prefix + "Millrace__Serve__Parallel", "5");
        try
        {
            Assert.Equal(["serve", "--parallel", "5"], Complete("serve"));
            Environment.SetEnvironmentVariable(Prefix + "Millrace__Serve__Parallel", "many");
            Assert.Equal("the environment: Millrace:Serve:Parallel: --parallel: expected a whole number from 1 to 4096, found 'many'", Assert.Throws<CommandException>(() => Complete("serve")).Message);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Prefix + "Millrace__Serve__Parallel", null);
        }
    }

    [Theory]
    [InlineData("""{"Millrace": {"Serve": {"Prot": 1}}}""", "appsettings.json: Millrace:Serve:Prot: unknown key; known are model, ")]
    [InlineData("""{"Millrace": {"Serve": {"Port": 70000}}}""", "appsettings.json: Millrace:Serve:Port: --port: expected a whole number from 0 to 65535, found '70000'")]
    [InlineData("""{"Millrace": {"Serve": {"Kv": "f17"}}}""", "appsettings.json: Millrace:Serve:Kv: --kv: expected one of f16, int8, f32, found 'f17'")]
    [InlineData("""{"Millrace": {"Serve": {"Host": {"a": {"b": 1}}}}}""", "appsettings.json: Millrace:Serve:Host:a: expected a value, found an object")]
    [InlineData("""{"Millrace": """, "appsettings.json: ")]
    public void What_is_wrong_is_named(string json, string message)
    {
        Write(json);
        Assert.StartsWith(message, Assert.Throws<CommandException>(() => Complete("serve")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_commands_have_no_settings()
    {
        Write("""{"Millrace": {"Serve": {"Prot": 1}}}""");
        Assert.Equal(["run", "x"], Complete("run", "x"));
    }

    void Write(string json) => File.WriteAllText(_folder.Path("appsettings.json"), json);

    string[] Complete(params string[] args) => ServeSettings.Complete(args, new ServeCommand(new Terminal { Out = TextWriter.Null, Error = TextWriter.Null, OpenInput = static () => Stream.Null }), _folder.Path(), Prefix);
}
