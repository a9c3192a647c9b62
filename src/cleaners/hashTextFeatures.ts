import { hash32, mixBits } from "../math/hash32.ts"
import { type SparseRows, SparseRowsBuilder } from "../math/SparseRows.ts"
import { splitWords } from "../math/splitWords.ts"

/** Two responses to one prompt. */
export interface TextPair {
  /** Empty when unknown; then the overlap with the prompt is 0 on both sides. */
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
}

/** Options of `hashTextFeatures`. */
export interface HashTextFeaturesOptions {
  /** Columns for n-grams, a power of two; default 2^18. Fewer save memory and let more n-grams share a column. */
  readonly nHashed?: number
}

/** How many columns come after the hashed ones: see `hashTextFeatures`. */
export const nTextShapes = 5

/**
 * Describes pairs of responses by numbers that need no model: features of the chosen one minus those of the rejected one.
 *
 * One row per pair, in the order given, `nHashed + 5` columns. A hashed column holds words, pairs of neighbouring words
 * and runs of three characters, in lower case, that share a hash: `1 + log(count)` with the sign of the hash, each
 * response scaled to length 1, so that a long answer does not outweigh a short one. White space is no word, signs are.
 * After them, unscaled: `log(1 + words)`, its square over 5, `log(1 + lines)`, the share of different words among the
 * words, and the share of words that occur in the prompt (0 without words).
 *
 * Exchanging the sides negates a row exactly. Equal responses give an empty row. No randomness, no vocabulary: a row
 * depends on its own texts alone. Time O(length), some 0.25 ms per 1,000 characters; memory 8 bytes an entry, about one
 * entry a character of both responses, and up to twice that while growing. Throws a RangeError unless `nHashed` is a
 * power of two up to 2^30.
 *
 * Source: feature hashing, Weinberger et al. 2009, https://doi.org/10.1145/1553374.1553516
 */
export const hashTextFeatures = (
  pairs: ReadonlyArray<TextPair>,
  { nHashed = 2 ** 18 }: HashTextFeaturesOptions = {}
): SparseRows => {
  if (!(nHashed >= 1 && nHashed <= 2 ** 30 && Number.isInteger(Math.log2(nHashed)))) {
    throw new RangeError(`Cannot hash features: found nHashed ${nHashed}, expected a power of two up to 2^30`)
  }
  const rows = new SparseRowsBuilder(nHashed + nTextShapes)
  const counter = new GramCounter(nHashed)
  const difference = new Float32Array(nHashed)
  let touched = new Int32Array(1024)
  for (const { chosen, prompt, rejected } of pairs) {
    const promptWords = new Set(splitWords(fold(prompt)).filter(isWord))
    let nTouched = 0
    const shapes = [chosen, rejected].map((response, side) => {
      const text = fold(response)
      const pieces = splitWords(text).filter((piece) => piece.trim() !== "")
      const nColumns = counter.count(text, pieces)
      if (touched.length < nTouched + nColumns) {
        const grown = new Int32Array(2 * (nTouched + nColumns))
        grown.set(touched)
        touched = grown
      }
      for (let k = 0; k < nColumns; k++) {
        const column = counter.columns[k]!
        if (difference[column] === 0) touched[nTouched++] = column
        difference[column]! += side === 0 ? counter.values[k]! : -counter.values[k]!
      }
      return shapeOf(text, pieces.filter(isWord), promptWords)
    })
    for (let k = 0; k < nTouched; k++) {
      const column = touched[k]!
      // A column that returned to zero and came back is listed twice; the first visit empties it.
      if (difference[column] !== 0) rows.push(column, difference[column]!)
      difference[column] = 0
    }
    for (let k = 0; k < nTextShapes; k++) {
      const value = shapes[0]![k]! - shapes[1]![k]!
      if (value !== 0) rows.push(nHashed + k, value)
    }
    rows.endRow()
  }
  return rows.rows()
}

const fold = (text: string): string => text.normalize("NFC").toLowerCase()

const isWord = (piece: string): boolean => /^[\p{L}\p{M}\p{N}]/u.test(piece)

const shapeOf = (text: string, words: ReadonlyArray<string>, promptWords: ReadonlySet<string>): Array<number> => {
  const length = Math.log1p(words.length)
  const share = (n: number) => (words.length === 0 ? 0 : n / words.length)
  const nLines = text === "" ? 0 : text.split("\n").length
  return [
    length,
    length ** 2 / 5,
    Math.log1p(nLines),
    share(new Set(words).size),
    share(words.filter((word) => promptWords.has(word)).length)
  ]
}

/** Counts the n-grams of one text after the other in arrays that are allocated once. */
class GramCounter {
  readonly #counts: Int32Array
  #length = 0
  columns = new Int32Array(1024)
  values = new Float32Array(1024)

  constructor(nHashed: number) {
    this.#counts = new Int32Array(nHashed)
  }

  /** Puts the columns of a text, each once, and values whose squares sum to 1 into `columns` and `values`; says how many. */
  count(text: string, pieces: ReadonlyArray<string>): number {
    this.#length = 0
    const most = 2 * pieces.length + text.length
    if (this.columns.length < most) {
      this.columns = new Int32Array(2 * most)
      this.values = new Float32Array(2 * most)
    }
    let previous = 0
    for (const piece of pieces) {
      const word = hash32(piece, 1)
      this.#add(word)
      this.#add(mixBits(Math.imul(previous, 31) ^ word))
      previous = word
    }
    for (let i = 0; i + 3 <= text.length; i++) this.#add(hash32(text, 2, i, i + 3))

    let nColumns = 0
    let sumOfSquares = 0
    for (let k = 0; k < this.#length; k++) {
      const column = this.columns[k]!
      const count = this.#counts[column]!
      // Grams of opposite signs that cancel leave no trace; a column that came back is listed twice.
      if (count === 0) continue
      this.#counts[column] = 0
      const value = Math.sign(count) * (1 + Math.log(Math.abs(count)))
      sumOfSquares += value * value
      this.columns[nColumns] = column
      this.values[nColumns++] = value
    }
    const scale = 1 / Math.sqrt(sumOfSquares)
    for (let k = 0; k < nColumns; k++) this.values[k]! *= scale
    return nColumns
  }

  #add(hash: number): void {
    const column = hash & (this.#counts.length - 1)
    if (this.#counts[column] === 0) this.columns[this.#length++] = column
    this.#counts[column]! += hash < 0 ? -1 : 1
  }
}
