using System.Numerics;
using CsCheck;
using Millrace.Server.Prices;

namespace Millrace.Tests.Server.Prices;

public class ModelPriceTests
{
    [Theory]
    [InlineData(1, 500_000, 0)] // 0.5 goes to the even 0
    [InlineData(1, 500_001, 1)]
    [InlineData(3, 500_000, 2)] // 1.5 goes to the even 2
    [InlineData(5, 500_000, 2)] // 2.5 goes to the even 2
    [InlineData(1, 499_999, 0)]
    [InlineData(0, 1_000_000, 0)]
    [InlineData(1_000_000, 7, 7)]
    public void The_total_is_rounded_half_to_even(long tokens, long price, long expected) =>
        Assert.Equal(expected, new ModelPrice(0, 0, price).Of(0, 0, tokens).Total);

    [Fact]
    public void The_kinds_add_up_to_the_total_rounded_once_and_each_is_within_one_of_its_own()
    {
        Gen<long> price = Gen.Long[0, ModelPrice.Most], tokens = Gen.Long[0, int.MaxValue];
        Gen.Select(price, price, price, tokens, tokens, tokens).Sample((input, cached, output, a, b, c) =>
        {
            Charge charge = new ModelPrice(input, cached, output).Of(a, b, c);
            BigInteger exact = (BigInteger)input * a + (BigInteger)cached * b + (BigInteger)output * c;
            BigInteger difference = BigInteger.Abs(exact - (BigInteger)charge.Total * 1_000_000);
            return difference <= 500_000
                && Within(charge.Input, (BigInteger)input * a) && Within(charge.CachedInput, (BigInteger)cached * b) && Within(charge.Output, (BigInteger)output * c);
        });

        static bool Within(long charge, BigInteger exact) => charge >= 0 && BigInteger.Abs((BigInteger)charge * 1_000_000 - exact) <= 1_000_000;
    }

    [Fact]
    public void Nothing_costs_more_than_the_worst_price()
    {
        Gen<long> price = Gen.Long[0, ModelPrice.Most], tokens = Gen.Long[0, 1 << 20];
        Gen.Select(price, price, price, tokens, tokens, Gen.Double[0, 1], Gen.Double[0, 1]).Sample((input, cached, output, prompt, most, share, part) =>
        {
            ModelPrice model = new(input, cached, output);
            long found = (long)(prompt * share);
            return model.Of(prompt - found, found, (long)(most * part)).Total <= model.Worst(prompt, most);
        });
    }

    [Theory]
    [InlineData(2_000_000, 1_000_000, 3_600_000_000, 2_000_000)] // 2 an hour, a million tokens in an hour
    [InlineData(3_600_000_000, 1, 1, 1_000_000)] // one for each microsecond and token
    [InlineData(1, 3, 3_600_000_000, 333_334)]
    public void The_break_even_price_covers_the_machine(long machine, long tokens, long microseconds, long expected) =>
        Assert.Equal(expected, BreakEven.PerMillionTokens(machine, tokens, microseconds));

    [Fact]
    public void Without_tokens_there_is_no_break_even_price() => Assert.Null(BreakEven.PerMillionTokens(1, 0, 1));
}
