using System.Text;
using Millrace.Server.Prices;

namespace Millrace.Tests.Server.Prices;

public class PriceListTests
{
    static PriceList Read(string json) => PriceListReader.Read("prices.json", Encoding.UTF8.GetBytes(json));

    [Fact]
    public void A_model_has_its_own_price_and_others_that_of_any()
    {
        PriceList list = Read("""{"currency":"EUR","prices":{"*":{"input":1,"output":2},"story":{"input":10,"cached_input":3,"output":40}}}""");
        Assert.Equal(new ModelPrice(10, 3, 40), list.Of("story"));
        Assert.Equal(new ModelPrice(1, 1, 2), list.Of("another"));
        Assert.Equal("EUR", list.Currency);
    }

    [Fact]
    public void Without_a_list_everything_is_free()
    {
        Assert.Equal(default, PriceList.Free.Of("story"));
        Assert.Equal("free", PriceList.Free.Version);
    }

    [Fact]
    public void The_version_names_the_content_and_not_its_layout()
    {
        string a = Read("""{"currency":"EUR","prices":{"a":{"input":1,"output":2},"b":{"input":3,"cached_input":3,"output":4}}}""").Version;
        string b = Read("""{ "prices": {"b":{"output":4,"input":3}, "a":{"output":2,"input":1,"cached_input":1}}, "currency": "EUR" }""").Version;
        string c = Read("""{"currency":"EUR","prices":{"a":{"input":1,"output":2},"b":{"input":3,"output":5}}}""").Version;
        Assert.Equal(a, b);
        Assert.NotEqual(a, c);
    }

    [Theory]
    [InlineData("", "the file")]
    [InlineData("[]", "the file")]
    [InlineData("{}", "currency")]
    [InlineData("""{"currency":"EUR"}""", "prices")]
    [InlineData("""{"currency":"euro","prices":{}}""", "currency")]
    [InlineData("""{"currency":"EUR","currency":"USD","prices":{}}""", "currency")]
    [InlineData("""{"currency":"EUR","prices":{},"price":{}}""", "price")]
    [InlineData("""{"currency":"EUR","prices":{"m":1}}""", "prices.m")]
    [InlineData("""{"currency":"EUR","prices":{"m":{"input":1}}}""", "prices.m.output")]
    [InlineData("""{"currency":"EUR","prices":{"m":{"output":1}}}""", "prices.m.input")]
    [InlineData("""{"currency":"EUR","prices":{"m":{"input":-1,"output":1}}}""", "prices.m.input")]
    [InlineData("""{"currency":"EUR","prices":{"m":{"input":0.5,"output":1}}}""", "prices.m.input")]
    [InlineData("""{"currency":"EUR","prices":{"m":{"input":"1","output":1}}}""", "prices.m.input")]
    [InlineData("""{"currency":"EUR","prices":{"m":{"input":1,"output":1000000000001}}}""", "prices.m.output")]
    [InlineData("""{"currency":"EUR","prices":{"m":{"input":1,"output":1e999}}}""", "prices.m.output")]
    [InlineData("""{"currency":"EUR","prices":{"m":{"input":1,"output":1,"cached":1}}}""", "prices.m.cached")]
    [InlineData("""{"currency":"EUR","prices":{"m":{"input":1,"output":1},"m":{"input":1,"output":1}}}""", "prices.m")]
    public void A_wrong_list_is_refused_with_the_key_at_fault(string json, string key)
    {
        PriceListException exception = Assert.Throws<PriceListException>(() => Read(json));
        Assert.Equal(key, exception.Key);
        Assert.StartsWith($"prices.json: {key}: expected ", exception.Message, StringComparison.Ordinal);
    }
}
