#!/usr/bin/env python3
"""Writes normal-forms.bin from the Unicode Character Database: make_normal_forms.py FOLDER

FOLDER holds UnicodeData.txt, DerivedAge.txt and CompositionExclusions.txt (Debian's package
unicode-data puts them in /usr/share/unicode). Only characters that Unicode 9.0 had are taken;
their normal forms never change (Unicode Technical Report 15, section 3).

The file is deflated; inside, all numbers are LEB128, and code points are differences from the
one before: the count of combining classes and (code point, class) each; the count of
decompositions and (code point, kind, length, code points as they are) each, where kind is
0 compatible, 1 canonical, 2 canonical and composed again; Hangul is left to arithmetic.
"""
import sys
import zlib
from pathlib import Path

LAST_AGE = (9, 0)


def leb(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def lines(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line:
            yield [field.strip() for field in line.split(";")]


def main(folder):
    old = set()
    for span, age in lines(folder / "DerivedAge.txt"):
        if tuple(map(int, age.split("."))) <= LAST_AGE:
            first, _, last = span.partition("..")
            old.update(range(int(first, 16), int(last or first, 16) + 1))
    excluded = {int(fields[0], 16) for fields in lines(folder / "CompositionExclusions.txt")}
    classes, decompositions = {}, {}
    for fields in lines(folder / "UnicodeData.txt"):
        code = int(fields[0], 16)
        if code not in old:
            continue
        if fields[3] != "0":
            classes[code] = int(fields[3])
        if fields[5]:
            parts = fields[5].split()
            canonical = not parts[0].startswith("<")
            decompositions[code] = canonical, [int(part, 16) for part in parts[not canonical:]]
    out = bytearray(leb(len(classes)))
    before = 0
    for code, value in sorted(classes.items()):
        out += leb(code - before) + leb(value)
        before = code
    out += leb(len(decompositions))
    before = 0
    for code, (canonical, parts) in sorted(decompositions.items()):
        composed = canonical and len(parts) == 2 and code not in excluded and not classes.get(code) and not classes.get(parts[0])
        out += leb(code - before) + leb(canonical + composed) + leb(len(parts)) + b"".join(map(leb, parts))
        before = code
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    Path(__file__).with_name("normal-forms.bin").write_bytes(compressor.compress(bytes(out)) + compressor.flush())


main(Path(sys.argv[1]))
