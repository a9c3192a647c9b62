"""Makes keyedRandom.json: hashes, draws and ids computed independently of the TypeScript code.

Run: pip install mmh3 && python3 test/golden/keyedRandom.py > test/golden/keyedRandom.json

hash128 is MurmurHash3 x86 128 with two differences, which this file applies to its own implementation after that has been
compared with mmh3 on inputs of every length up to 70 bytes: the input (the UTF-16 units of the text, little endian) is padded
with zeros to whole blocks of 16 bytes instead of having its rest mixed in apart, and its length counts units, not bytes.
"""

import importlib.metadata
import json
import random
import struct
import sys

import mmh3

MASK = 0xFFFFFFFF
C = (0x239B961B, 0xAB0E9789, 0x38B34AE5, 0xA1E38B93)


def rotate(x, bits):
    return ((x << bits) | (x >> (32 - bits))) & MASK


def mix(k, first, bits, second):
    return rotate(k * first & MASK, bits) * second & MASK


def finish(h):
    h ^= h >> 16
    h = h * 0x85EBCA6B & MASK
    h ^= h >> 13
    h = h * 0xC2B2AE35 & MASK
    return h ^ (h >> 16)


def murmur(data, length):
    """The four words of MurmurHash3 x86 128, seed 0, of bytes whose length is said to be `length`."""
    h1 = h2 = h3 = h4 = 0
    whole = len(data) // 16 * 16
    for at in range(0, whole, 16):
        k1, k2, k3, k4 = struct.unpack_from("<4I", data, at)
        h1 = ((rotate(h1 ^ mix(k1, C[0], 15, C[1]), 19) + h2) * 5 + 0x561CCD1B) & MASK
        h2 = ((rotate(h2 ^ mix(k2, C[1], 16, C[2]), 17) + h3) * 5 + 0x0BCAA747) & MASK
        h3 = ((rotate(h3 ^ mix(k3, C[2], 17, C[3]), 15) + h4) * 5 + 0x96CD1C35) & MASK
        h4 = ((rotate(h4 ^ mix(k4, C[3], 18, C[0]), 13) + h1) * 5 + 0x32AC3B17) & MASK
    if len(data) > whole:
        k1, k2, k3, k4 = struct.unpack("<4I", data[whole:].ljust(16, b"\0"))
        h4 ^= mix(k4, C[3], 18, C[0])
        h3 ^= mix(k3, C[2], 17, C[3])
        h2 ^= mix(k2, C[1], 16, C[2])
        h1 ^= mix(k1, C[0], 15, C[1])
    words = [h ^ length for h in (h1, h2, h3, h4)]
    for step in (lambda h: h, finish):
        words = [step(h) for h in words]
        words[0] = sum(words) & MASK
        words[1:] = [(h + words[0]) & MASK for h in words[1:]]
    return words


def compare_with_mmh3():
    generator = random.Random(1)
    for length in range(71):
        data = bytes(generator.randrange(256) for _ in range(length))
        assert struct.pack("<4I", *murmur(data, length)) == mmh3.hash_bytes(data, x64arch=False), length


def hash128(text):
    data = text.encode("utf-16-le", "surrogatepass")
    padded = data.ljust((len(data) + 15) // 16 * 16, b"\0")
    return murmur(padded, len(data) // 2)


def draws(parts, n):
    """sfc32 (PractRand), seeded with the hash of the joined parts, behind 12 draws."""
    a, b, c, counter = hash128("\x1f".join(str(part) for part in parts))
    out = []
    for i in range(12 + n):
        t = (a + b + counter) & MASK
        counter = (counter + 1) & MASK
        a = b ^ (b >> 9)
        b = (c + (c << 3)) & MASK
        c = (rotate(c, 21) + t) & MASK
        if i >= 12:
            out.append(t)
    return out


def content_id(parts):
    return "".join(f"{word:08x}" for word in hash128("\x1f".join(str(part) for part in parts))[:3])


compare_with_mmh3()
texts = ["", "a", "ab", "abcdefg", "abcdefgh", "abcdefghi", "0123456789abcdef", "é", "日本語", "😀", "\ud800", "\0", "a\0"]
texts += ["prefloom " * 100, "x" * 1001]
keys = [["seed"], [0, "generate", "row-1", 0], [0, "generate", "row-1", 1], [42, "日本", "", 7], ["a", 1], ["a1"]]
json.dump(
    {
        "madeBy": f"test/golden/keyedRandom.py, its hash compared with mmh3 {importlib.metadata.version('mmh3')}",
        "hash128": [{"text": text, "words": hash128(text)} for text in texts],
        "keyedRandom": [{"parts": parts, "draws": draws(parts, 5)} for parts in keys],
        "contentId": [{"parts": parts, "id": content_id(parts)} for parts in keys],
    },
    sys.stdout,
    indent=1,
)
sys.stdout.write("\n")
