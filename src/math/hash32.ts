/**
 * Hashes the UTF-16 units of a text from `from` (inclusive) to `to` (exclusive) to a signed 32-bit integer.
 *
 * All bits depend on all units and on `seed`, an integer. Of n different texts about `n² / 2^33` pairs share a hash; where
 * that matters use `hash128`. Time O(to - from), no allocation.
 *
 * Source: FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo, public domain) over units in place of bytes, then `mixBits`.
 */
export const hash32 = (text: string, seed: number, from = 0, to = text.length): number => {
  let hash = 0x811c9dc5 ^ seed
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mixBits(hash)
}

/** Permutes the 32-bit integers so that each bit of the result depends on all bits (finaliser of MurmurHash3, A. Appleby). */
export const mixBits = (value: number): number => {
  let h = value ^ (value >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
