using Millrace.Kernels.Blocks;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>The tiles of a block format.</summary>
readonly unsafe struct BlockTiles<TFormat, TLanes, TDot, TVector, TRegisters> : ITiles
    where TFormat : struct, IBlockFormat
    where TLanes : struct, ILanes<TVector>
    where TDot : struct, IDot<TVector>
    where TVector : unmanaged
    where TRegisters : unmanaged
{
    public static nint Offset(int column, int runColumns) => PanelLayout<TFormat>.Codes(column);

    public static void Run(in Tile tile, int tokens, byte* results, byte* scratch)
    {
        switch (tokens)
        {
            case 1: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, One>.Run(tile, results, scratch); break;
            case 2: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Two>.Run(tile, results, scratch); break;
            case 3: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Three>.Run(tile, results, scratch); break;
            case 4: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Four>.Run(tile, results, scratch); break;
            case 5: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Five>.Run(tile, results, scratch); break;
            case 6: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Six>.Run(tile, results, scratch); break;
            case 7: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Seven>.Run(tile, results, scratch); break;
            default: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Eight>.Run(tile, results, scratch); break;
        }
    }
}
