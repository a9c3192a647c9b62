import * as Schema from "effect/Schema"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

/** Columns of the benchmark corpus: what a preference data set looks like, about 3.4 kB a row. */
export const corpusFields = {
  id: Schema.String,
  prompt: Schema.Array(Schema.Struct({ role: Schema.String, content: Schema.String })),
  chosen: Schema.String,
  rejected: Schema.String,
  posterior: Schema.NullOr(Schema.Finite),
  scoreChosen: Schema.Finite,
  scoreRejected: Schema.Finite,
  metadata: Schema.Struct({
    source: Schema.String,
    language: Schema.String,
    nTurns: Schema.Int,
    isVerified: Schema.Boolean
  })
} as const

export type CorpusRow = Schema.Struct.Type<typeof corpusFields>

const poolUnits = 32 << 20
const wordsInPool = 40_000
const foreign = ["é", "ü", "ñ", "漢", "字", "仮名", "한국", "😀", "🚀", "👩‍🔬", "Ω", "ж"]

/**
 * Makes rows of pseudo-English on the fly; row `i` is the same in every process.
 *
 * Texts are slices of 32 MB of words drawn by Zipf's law, so that rows differ, pages compress as text does (about 0.4 with zstd)
 * and making a row costs next to nothing. 3 % of the texts hold accents, Chinese or emoji; 5 % of the posteriors are null.
 */
export const corpus = (): ((index: number) => CorpusRow) => {
  const random = keyedRandom("corpus")
  const words = Array.from({ length: wordsInPool }, () => {
    const nLetters = 2 + Math.floor(random() * 8)
    return String.fromCharCode(...Array.from({ length: nLetters }, () => 97 + Math.floor(random() * 26)))
  })
  const zipf = () => words[Math.min(wordsInPool - 1, Math.floor(wordsInPool ** random()) - 1)]!
  const bytes = Buffer.alloc(poolUnits, " ")
  for (let at = 0; at < poolUnits; at++) at += bytes.write(zipf(), at, "latin1")
  const plain = bytes.toString("latin1")
  const parts: Array<string> = []
  for (let i = 0; i < 100_000; i++) parts.push(zipf(), i % 7 === 0 ? foreign[i % foreign.length]! : " ")
  const mixed = parts.join("")

  const text = (draw: () => number, meanUnits: number): string => {
    const pool = draw() < 0.03 ? mixed : plain
    const nUnits = Math.ceil(meanUnits * (0.25 + 1.5 * draw()))
    const start = wholeCharacter(pool, Math.floor(draw() * (pool.length - nUnits - 2)))
    return pool.slice(start, wholeCharacter(pool, start + nUnits))
  }
  return (index) => {
    const draw = keyedRandom("row", index)
    const nTurns = 1 + 2 * Math.floor(draw() * 2)
    return {
      id: `row-${index.toString(36).padStart(8, "0")}-${Math.floor(draw() * 2 ** 32).toString(16)}`,
      prompt: Array.from({ length: nTurns }, (_, turn) => ({
        role: turn % 2 === 0 ? "user" : "assistant",
        content: text(draw, 240)
      })),
      chosen: text(draw, 1480),
      rejected: text(draw, 1340),
      posterior: draw() < 0.05 ? null : draw(),
      scoreChosen: Math.round(draw() * 1000) / 100,
      scoreRejected: Math.round(draw() * 1000) / 100,
      metadata: {
        source: `source-${Math.floor(draw() * 12)}`,
        language: draw() < 0.9 ? "en" : "de",
        nTurns,
        isVerified: draw() < 0.5
      }
    }
  }
}

/** Moves a place out of the middle of a surrogate pair. */
const wholeCharacter = (pool: string, at: number): number => {
  const unit = pool.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : at
}
