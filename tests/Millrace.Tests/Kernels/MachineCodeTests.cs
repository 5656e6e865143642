using System.Globalization;
using Millrace.Kernels.Blocks;
using Millrace.Kernels.MachineCode;

namespace Millrace.Tests.Kernels;

public unsafe class MachineCodeTests
{
    /// <summary>What binutils' assembler makes of the same instructions.</summary>
    [Theory]
    [InlineData("62E1FE486F5601", "vmovdqu64 zmm18, [rsi + 0x40]")]
    [InlineData("62F1FE486FBA34120000", "vmovdqu64 zmm7, [rdx + 0x1234]")]
    [InlineData("6271FE487F7B0F", "vmovdqu64 [rbx + 0x3c0], zmm15")]
    [InlineData("6291FE486FC8", "vmovdqu64 zmm1, zmm24")]
    [InlineData("62027D4858544807", "vpbroadcastd zmm26, [r8 + r9*2 + 28]")]
    [InlineData("62227D4858541107", "vpbroadcastd zmm26, [rcx + r10 + 28]")]
    [InlineData("62D27D48589B40050000", "vpbroadcastd zmm3, [r11 + 0x540]")]
    [InlineData("62817540DBC4", "vpandd zmm16, zmm17, zmm28")]
    [InlineData("6283254025CDF8", "vpternlogd zmm17, zmm27, zmm29, 0xf8")]
    [InlineData("62B17D4071D204", "vpsrlw zmm16, zmm18, 4")]
    [InlineData("62B1254071F403", "vpsllw zmm27, zmm20, 3")]
    [InlineData("62A20D4000C0", "vpshufb zmm16, zmm30, zmm16")]
    [InlineData("6212754050FA", "vpdpbusd zmm15, zmm17, zmm26")]
    [InlineData("6232354840CF", "vpmulld zmm9, zmm9, zmm23")]
    [InlineData("62F17D48EFC0", "vpxord zmm0, zmm0, zmm0")]
    [InlineData("62517C485BC9", "vcvtdq2ps zmm9, zmm9")]
    [InlineData("6211344859CA", "vmulps zmm9, zmm9, zmm26")]
    [InlineData("62724540A84B09", "vfmadd213ps zmm9, zmm23, [rbx + 0x240]")]
    [InlineData("62122540B8C9", "vfmadd231ps zmm9, zmm27, zmm25")]
    [InlineData("62126540BCC9", "vfnmadd231ps zmm9, zmm19, zmm25")]
    [InlineData("62A17540EBC2", "vpord zmm16, zmm17, zmm18")]
    [InlineData("62B17D4072F20D", "vpslld zmm16, zmm18, 13")]
    [InlineData("62827D403DCF", "vpmaxsd zmm17, zmm16, zmm31")]
    [InlineData("62E27D48214203", "vpmovsxbd zmm16, [rdx + 0x30]")]
    [InlineData("62E27D48314A11", "vpmovzxbd zmm17, [rdx + 0x110]")]
    [InlineData("62E27D48235203", "vpmovsxwd zmm18, [rdx + 0x60]")]
    [InlineData("62B26550506C0907", "vpdpbusd zmm5, zmm19, [rcx + r9 + 28]{1to16}")]
    [InlineData("62915D48F5E6", "vpmaddwd zmm4, zmm4, zmm30")]
    [InlineData("62915C5859644302", "vmulps zmm4, zmm4, [r11 + r8*2 + 8]{1to16}")]
    [InlineData("62F26D50B85802", "vfmadd231ps zmm3, zmm18, [rax + 8]{1to16}")]
    [InlineData("4C8B4728", "mov r8, [rdi + 40]")]
    [InlineData("4E8D448900", "lea r8, [rcx + r9*4 + 0]")]
    [InlineData("4981C308000000", "add r11, 8")]
    [InlineData("62B26550506C2107", "vpdpbusd zmm5, zmm19, [rcx + r12 + 28]{1to16}")]
    [InlineData("62A1FE486F543601", "vmovdqu64 zmm18, [rsi + r14 + 0x40]")]
    [InlineData("62D1FE487F5F01", "vmovdqu64 [r15 + 0x40], zmm3")]
    [InlineData("62915C5859642B02", "vmulps zmm4, zmm4, [r11 + r13 + 8]{1to16}")]
    [InlineData("4C037F58", "add r15, [rdi + 88]")]
    [InlineData("4154", "push r12")]
    [InlineData("415F", "pop r15")]
    [InlineData("5B5DC5F877C3", "pop rbx; pop rbp; vzeroupper; ret")]
    public void Instructions_are_encoded_as_the_manual_says(string bytes, string instruction)
    {
        Assembler code = new();
        Write(code, instruction);
        Assert.Equal(bytes, Convert.ToHexString(code.Code));
    }

    [Fact]
    public void A_loop_goes_back_to_its_begin()
    {
        Assembler code = new();
        code.Add(Gpr.Rcx, 1);
        code.DecrementAndLoop(Gpr.Rdi, 0);
        Assert.Equal("4881C101000000" + "48FFCF" + "0F85F0FFFFFF", Convert.ToHexString(code.Code));
    }

    [Fact]
    public void Every_block_format_has_code_where_the_processor_has_the_instruction()
    {
        Assert.SkipUnless(EmittedCode.IsUsed, EmittedCode.Status);
        Assert.All(
        [
            EmittedFunctions<Q4_0>.Exists, EmittedFunctions<Q4_1>.Exists, EmittedFunctions<Q5_0>.Exists, EmittedFunctions<Q5_1>.Exists,
            EmittedFunctions<Q8_0>.Exists, EmittedFunctions<Q2_K>.Exists, EmittedFunctions<Q3_K>.Exists, EmittedFunctions<Q4_K>.Exists,
            EmittedFunctions<Q5_K>.Exists, EmittedFunctions<Q6_K>.Exists, EmittedFunctions<IQ4_NL>.Exists, EmittedFunctions<IQ4_XS>.Exists,
            EmittedFunctions<MXFP4>.Exists, EmittedFunctions<NVFP4>.Exists,
        ], Assert.True);
        Assert.StartsWith("avx512vnni", EmittedCode.Status, StringComparison.Ordinal);
    }

    // Of the same layout but for the minima, or with codes that are something else, so that what is read is there.
    [Fact]
    public void Code_that_computes_something_else_does_not_pass_the_check()
    {
        Assert.SkipUnless(EmittedFunctions<Q4_K>.Exists, EmittedCode.Status);
        Each_function_is_needed<Q4_K>(EmittedFunctions<Q4_0>.Functions);
        Each_function_is_needed<Q4_0>(EmittedFunctions<IQ4_NL>.Functions);
    }

    static void Each_function_is_needed<TFormat>(nint* wrong)
        where TFormat : struct, IBlockFormat
    {
        nint* right = EmittedFunctions<TFormat>.Functions;
        int count = EmittedFunctions<TFormat>.Count;
        nint* functions = stackalloc nint[count];
        Assert.True(EmittedCheck<TFormat>.Passes(right));
        for (int i = 0; i < count; i++)
        {
            new ReadOnlySpan<nint>(right, count).CopyTo(new Span<nint>(functions, count));
            functions[i] = wrong[i];
            Assert.False(EmittedCheck<TFormat>.Passes(functions));
        }
    }

    [Fact]
    public void Pages_of_code_cannot_be_written()
    {
        Assert.SkipUnless(EmittedFunctions<Q8_0>.Exists, EmittedCode.Status);
        nint function = EmittedFunctions<Q8_0>.Functions[0];
        string line = File.ReadLines("/proc/self/maps").Single(line =>
        {
            string[] ends = line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-');
            return Address(ends[0]) <= (ulong)function && (ulong)function < Address(ends[1]);
        });
        Assert.Equal("r-xp", line.Split(' ')[1]);

        static ulong Address(string hex) => ulong.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void It_can_be_turned_off() => Assert.Equal("off (MILLRACE_MACHINE_CODE)", EmittedCode.FindObstacle("OFF"));

    static void Write(Assembler code, string instruction)
    {
        switch (instruction)
        {
            case "vmovdqu64 zmm18, [rsi + 0x40]": code.Load(18, new Address(Gpr.Rsi, 0x40)); break;
            case "vmovdqu64 zmm7, [rdx + 0x1234]": code.Load(7, new Address(Gpr.Rdx, 0x1234)); break;
            case "vmovdqu64 [rbx + 0x3c0], zmm15": code.Store(new Address(Gpr.Rbx, 0x3C0), 15); break;
            case "vmovdqu64 zmm1, zmm24": code.Move(1, 24); break;
            case "vpbroadcastd zmm26, [r8 + r9*2 + 28]": code.Broadcast32(26, new Address(Gpr.R8, 28, Gpr.R9, 2)); break;
            case "vpbroadcastd zmm26, [rcx + r10 + 28]": code.Broadcast32(26, new Address(Gpr.Rcx, 28, Gpr.R10)); break;
            case "vpbroadcastd zmm3, [r11 + 0x540]": code.Broadcast32(3, new Address(Gpr.R11, 0x540)); break;
            case "vpandd zmm16, zmm17, zmm28": code.And(16, 17, 28); break;
            case "vpternlogd zmm17, zmm27, zmm29, 0xf8": code.OrAnd(17, 27, 29); break;
            case "vpsrlw zmm16, zmm18, 4": code.Shift(16, 18, 4); break;
            case "vpsllw zmm27, zmm20, 3": code.Shift(27, 20, -3); break;
            case "vpshufb zmm16, zmm30, zmm16": code.Lookup(16, 30, 16); break;
            case "vpdpbusd zmm15, zmm17, zmm26": code.AddProducts(15, 17, 26); break;
            case "vpmulld zmm9, zmm9, zmm23": code.MultiplyInts(9, 9, 23); break;
            case "vpxord zmm0, zmm0, zmm0": code.Clear(0); break;
            case "vcvtdq2ps zmm9, zmm9": code.ToFloats(9, 9); break;
            case "vmulps zmm9, zmm9, zmm26": code.Multiply(9, 9, 26); break;
            case "vfmadd213ps zmm9, zmm23, [rbx + 0x240]": code.MultiplyAdd(9, 23, new Address(Gpr.Rbx, 0x240)); break;
            case "vfmadd231ps zmm9, zmm27, zmm25": code.AddProduct(9, 27, 25); break;
            case "vfnmadd231ps zmm9, zmm19, zmm25": code.SubtractProduct(9, 19, 25); break;
            case "vpord zmm16, zmm17, zmm18": code.Or(16, 17, 18); break;
            case "vpslld zmm16, zmm18, 13": code.ShiftIntsLeft(16, 18, 13); break;
            case "vpmaxsd zmm17, zmm16, zmm31": code.MaxInts(17, 16, 31); break;
            case "vpmovsxbd zmm16, [rdx + 0x30]": code.SignedBytes(16, new Address(Gpr.Rdx, 0x30)); break;
            case "vpmovzxbd zmm17, [rdx + 0x110]": code.UnsignedBytes(17, new Address(Gpr.Rdx, 0x110)); break;
            case "vpmovsxwd zmm18, [rdx + 0x60]": code.SignedShorts(18, new Address(Gpr.Rdx, 0x60)); break;
            case "vpdpbusd zmm5, zmm19, [rcx + r9 + 28]{1to16}": code.AddProducts(5, 19, new Address(Gpr.Rcx, 28, Gpr.R9)); break;
            case "vpmaddwd zmm4, zmm4, zmm30": code.MultiplyPairs(4, 4, 30); break;
            case "vmulps zmm4, zmm4, [r11 + r8*2 + 8]{1to16}": code.Multiply(4, 4, new Address(Gpr.R11, 8, Gpr.R8, 2)); break;
            case "vfmadd231ps zmm3, zmm18, [rax + 8]{1to16}": code.AddProduct(3, 18, new Address(Gpr.Rax, 8)); break;
            case "mov r8, [rdi + 40]": code.Load(Gpr.R8, new Address(Gpr.Rdi, 40)); break;
            case "lea r8, [rcx + r9*4 + 0]": code.LoadAddress(Gpr.R8, new Address(Gpr.Rcx, 0, Gpr.R9, 4)); break;
            case "add r11, 8": code.Add(Gpr.R11, 8); break;
            case "vpdpbusd zmm5, zmm19, [rcx + r12 + 28]{1to16}": code.AddProducts(5, 19, new Address(Gpr.Rcx, 28, Gpr.R12)); break;
            case "vmovdqu64 zmm18, [rsi + r14 + 0x40]": code.Load(18, new Address(Gpr.Rsi, 0x40, Gpr.R14)); break;
            case "vmovdqu64 [r15 + 0x40], zmm3": code.Store(new Address(Gpr.R15, 0x40), 3); break;
            case "vmulps zmm4, zmm4, [r11 + r13 + 8]{1to16}": code.Multiply(4, 4, new Address(Gpr.R11, 8, Gpr.R13)); break;
            case "add r15, [rdi + 88]": code.Add(Gpr.R15, new Address(Gpr.Rdi, 88)); break;
            case "push r12": code.Push(Gpr.R12); break;
            case "pop r15": code.Pop(Gpr.R15); break;
            default:
                code.Pop(Gpr.Rbx);
                code.Pop(Gpr.Rbp);
                code.ZeroUpper();
                code.Return();
                break;
        }
    }
}
