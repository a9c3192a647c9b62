import { hashTextFeatures } from "../../src/cleaners/hashTextFeatures.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"

/**
 * Draws pairs of texts whose words have a planted worth, the side that is right from the difference, and votes on them.
 *
 * Forty words with worths N(0, 1), twelve a text, so margins have standard deviation of about 4.9 times `signal`; 0 makes texts
 * that say nothing. Two pairs share a prompt. Each pair gets `nVotes` votes; annotators take turns and are right as planned.
 * `right` is 1 or -1 per pair, `trusted` tells it for the first `nTrusted` pairs.
 */
export const plantTexts = (plan: {
  readonly nPairs: number
  readonly nVotes?: number
  readonly nTrusted?: number
  readonly signal?: number
  readonly reliability: ReadonlyArray<number>
  readonly seed: string | number
}) => {
  const { nPairs, nTrusted = 0, nVotes = 1, reliability, seed, signal = 1 } = plan
  const random = keyedRandom("plantTexts", seed)
  const worth = Array.from({ length: 40 }, () => signal * normal(random))
  const right = new Int8Array(nPairs)
  const margin = new Float64Array(nPairs)
  const texts = Array.from({ length: nPairs }, (_, i) => {
    const [chosen, rejected] = [0, 1].map(() => Array.from({ length: 12 }, () => Math.floor(random() * worth.length)))
    const sum = (words: ReadonlyArray<number>) => words.reduce((total, word) => total + worth[word]!, 0)
    margin[i] = sum(chosen!) - sum(rejected!)
    right[i] = random() < sigmoid(margin[i]) ? 1 : -1
    const write = (words: ReadonlyArray<number>) => words.map((word) => `word${word}`).join(" ")
    return { prompt: `prompt ${Math.floor(i / 2)}`, chosen: write(chosen!), rejected: write(rejected!) }
  })
  const item = Int32Array.from({ length: nPairs * nVotes }, (_, v) => Math.floor(v / nVotes))
  const annotator = Int32Array.from(item, (_, v) => v % reliability.length)
  const side = Int8Array.from(item, (i, v) => (random() < reliability[annotator[v]!]! ? right[i]! : -right[i]!))
  return {
    item,
    annotator,
    side,
    nAnnotators: reliability.length,
    texts,
    differences: hashTextFeatures(texts, { nHashed: 4096 }),
    promptId: texts.map(({ prompt }) => prompt),
    trusted: right.map((one, i) => (i < nTrusted ? one : 0)),
    right,
    margin
  }
}
