/**
 * Makes a generator of uniform numbers in [0, 1) that is a pure function of its key.
 *
 * The same parts give the same sequence on every machine; any other parts give an unrelated one. Parts are joined with a
 * separator that cannot occur in a number, so `("a", 1)` and `("a1")` differ. Each call of the generator is one draw with
 * 32 bits. Not for cryptography.
 *
 * Source: key hash after MurmurHash3 x86 128 (A. Appleby, public domain), see `hash128`; generator sfc32 (C. Doty-Humphrey, PractRand, public
 * domain), warmed up by 12 draws.
 */
export const keyedRandom = (...parts: ReadonlyArray<string | number>): (() => number) => {
  let [a, b, c, d] = hash128(parts.join("\u001f"))
  const next = () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    c = c | 0
    return (t >>> 0) / 4294967296
  }
  for (let warmUp = 0; warmUp < 12; warmUp++) next()
  return next
}

/**
 * Hashes the UTF-16 units of a text to four signed 32-bit words.
 *
 * MurmurHash3 x86 128 with seed 0 over the units in little endian, with two differences that save a pass: the last block is
 * filled up with zeros, and the length that is mixed in counts units. So other implementations give other words.
 */
export const hash128 = (text: string): [number, number, number, number] => {
  const c1 = 0x239b961b
  const c2 = 0xab0e9789
  const c3 = 0x38b34ae5
  const c4 = 0xa1e38b93
  let h1 = 0
  let h2 = 0
  let h3 = 0
  let h4 = 0
  const nUnits = text.length
  const unit = (i: number) => (i < nUnits ? text.charCodeAt(i) : 0)
  const word = (i: number) => unit(i) | (unit(i + 1) << 16)
  for (let i = 0; i < nUnits; i += 8) {
    let k1 = word(i)
    let k2 = word(i + 2)
    let k3 = word(i + 4)
    let k4 = word(i + 6)
    k1 = Math.imul(rotate(Math.imul(k1, c1), 15), c2)
    h1 = (Math.imul((rotate(h1 ^ k1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0
    k2 = Math.imul(rotate(Math.imul(k2, c2), 16), c3)
    h2 = (Math.imul((rotate(h2 ^ k2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0
    k3 = Math.imul(rotate(Math.imul(k3, c3), 17), c4)
    h3 = (Math.imul((rotate(h3 ^ k3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0
    k4 = Math.imul(rotate(Math.imul(k4, c4), 18), c1)
    h4 = (Math.imul((rotate(h4 ^ k4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0
  }
  h1 ^= nUnits
  h2 ^= nUnits
  h3 ^= nUnits
  h4 ^= nUnits
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = finish(h1)
  h2 = finish(h2)
  h3 = finish(h3)
  h4 = finish(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  return [h1, (h2 + h1) | 0, (h3 + h1) | 0, (h4 + h1) | 0]
}

const rotate = (x: number, bits: number) => (x << bits) | (x >>> (32 - bits))

const finish = (x: number) => {
  let h = x ^ (x >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
