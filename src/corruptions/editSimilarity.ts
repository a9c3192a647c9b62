import { splitWords } from "../math/splitWords.ts"

/**
 * Measures how much of two texts stays in place: 1 minus the word-level Levenshtein distance over the longer length.
 *
 * In [0, 1]; 1 for texts that differ in white space only, two empty texts among them. Words and single signs of
 * `splitWords` count one each, upper and lower case differ, white space does not count. Symmetric.
 * Cost: with n words and distance d, O(n · d) time and O(n) memory: a band around the diagonal is widened until it
 * holds the distance. Two unrelated texts of 5,000 words take some 0.15 s, two that share 95 % a tenth of it.
 * The band stops at 5,000 words, so the answer is exact for texts up to that length; for longer texts further apart it
 * is the upper bound that a distance of 5,001 gives.
 *
 * Source: Levenshtein 1966; the growing band is that of Ukkonen 1985, https://doi.org/10.1016/S0019-9958(85)80046-2
 */
export const editSimilarity = (a: string, b: string): number => {
  const ids = new Map<string, number>()
  const wordsA = wordIds(a, ids)
  const wordsB = wordIds(b, ids)
  const [short, long] = wordsA.length <= wordsB.length ? [wordsA, wordsB] : [wordsB, wordsA]
  if (long.length === 0) return 1
  let start = 0
  while (start < short.length && short[start] === long[start]) start++
  let end = 0
  while (end < short.length - start && short[short.length - 1 - end] === long[long.length - 1 - end]) end++
  const rows = short.subarray(start, short.length - end)
  const columns = long.subarray(start, long.length - end)
  let band = Math.min(maxBand, Math.max(16, columns.length - rows.length))
  let distance = bandedDistance(rows, columns, band)
  while (distance > band && band < maxBand) {
    band = Math.min(maxBand, 2 * band)
    distance = bandedDistance(rows, columns, band)
  }
  return 1 - distance / long.length
}

const maxBand = 5000

const wordIds = (text: string, ids: Map<string, number>): Int32Array =>
  Int32Array.from(
    splitWords(text).filter((piece) => /\S/u.test(piece)),
    (word) => {
      const known = ids.get(word)
      if (known !== undefined) return known
      ids.set(word, ids.size)
      return ids.size - 1
    }
  )

/** The Levenshtein distance if it is at most `band`, else `band + 1`. `rows` is not longer than `columns`. */
const bandedDistance = (rows: Int32Array, columns: Int32Array, band: number): number => {
  const nColumns = columns.length
  if (nColumns - rows.length > band) return band + 1
  const outside = band + 1
  const line = new Int32Array(nColumns + 1).fill(outside)
  for (let j = 0; j <= Math.min(band, nColumns); j++) line[j] = j
  for (let i = 1; i <= rows.length; i++) {
    const word = rows[i - 1]!
    const from = Math.max(1, i - band)
    const to = Math.min(nColumns, i + band)
    let diagonal = line[from - 1]!
    let left = from === 1 ? i : outside
    line[from - 1] = left
    let smallest = left
    for (let j = from; j <= to; j++) {
      const above = line[j]!
      let cost = diagonal
      if (word !== columns[j - 1]!) {
        if (above < cost) cost = above
        if (left < cost) cost = left
        cost++
      }
      diagonal = above
      left = cost
      line[j] = cost
      if (cost < smallest) smallest = cost
    }
    if (smallest > band) return band + 1
  }
  return Math.min(line[nColumns]!, band + 1)
}
