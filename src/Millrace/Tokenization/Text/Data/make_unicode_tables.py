#!/usr/bin/env python3
"""Writes unicode-tables.bin from the Unicode Character Database: make_unicode_tables.py FOLDER

FOLDER holds UnicodeData.txt, DerivedAge.txt, CompositionExclusions.txt and Scripts.txt of Unicode
15.0 (Debian's package unicode-data puts them in /usr/share/unicode). Normal forms are taken for the
characters of Unicode 9.0 alone; they never change (Unicode Technical Report 15, section 3).

The file is deflated. Inside, all numbers are LEB128; a list begins with its count, and code points
that rise are differences from the one before:
  combining classes: (code point, class)
  decompositions: (code point, kind, count, code points as they are), where kind is 0 compatible,
    1 canonical, 2 canonical and composed again; Hangul is left to arithmetic
  the characters assigned in Unicode 8.0, and in 9.0: boundaries, where ranges begin and end in turn
  scripts: (length of the name, ASCII, boundaries)
"""
import sys
import zlib
from pathlib import Path

# What Unicode 15.1 and 16.0 added to scripts that were there.
LATER = {
    "Arabic": "897 10EC2-10EC4 10EFC",
    "Balinese": "1B4E-1B4F 1B7F",
    "Common": "2427-2429 2FFC-2FFF 31E4-31E5 31EF 1CC00-1CCF9 1CD00-1CEB3 1F8B2-1F8BB 1F8C0-1F8C1 1FA89"
    " 1FA8F 1FABE 1FAC6 1FADC 1FADF 1FAE9 1FBCB-1FBEF",
    "Cyrillic": "1C89-1C8A",
    "Egyptian_Hieroglyphs": "13460-143FA",
    "Han": "2EBF0-2EE5D",
    "Kawi": "11F5A",
    "Khitan_Small_Script": "18CFF",
    "Latin": "A7CB-A7CD A7DA-A7DC",
    "Myanmar": "116D0-116E3",
}


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


def span(text, separator):
    first, _, last = text.partition(separator)
    return range(int(first, 16), int(last or first, 16) + 1)


def boundaries(codes):
    edges = sorted(code for code in codes | {code + 1 for code in codes} if (code in codes) != (code - 1 in codes))
    return leb(len(edges)) + b"".join(leb(edge - before) for edge, before in zip(edges, [0, *edges]))


def assigned(folder, last):
    codes = set()
    for field, age in lines(folder / "DerivedAge.txt"):
        if tuple(map(int, age.split("."))) <= last:
            codes.update(span(field, ".."))
    return codes


def scripts(folder):
    found = {}
    for field, name in lines(folder / "Scripts.txt"):
        found.setdefault(name, set()).update(span(field, ".."))
    for name, later in LATER.items():
        for field in later.split():
            found[name].update(span(field, "-"))
    return found


def main(folder):
    old = assigned(folder, (9, 0))
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
    out += boundaries(assigned(folder, (8, 0))) + boundaries(old)
    found = scripts(folder)
    out += leb(len(found))
    for name, codes in sorted(found.items()):
        out += leb(len(name)) + name.encode() + boundaries(codes)
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    Path(__file__).with_name("unicode-tables.bin").write_bytes(compressor.compress(bytes(out)) + compressor.flush())


main(Path(sys.argv[1]))
