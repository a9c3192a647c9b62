import * as fs from "node:fs"
import * as path from "node:path"
import { hashTextFeatures } from "../cleaners/hashTextFeatures.ts"
import { keyedRandom } from "../math/keyedRandom.ts"
import { normal } from "../math/normal.ts"
import type { SparseRows } from "../math/SparseRows.ts"
import { splitWords } from "../math/splitWords.ts"
import { packageRoot } from "../OwnPackage.ts"
import { type BankEntry, makeBank, sentencesOf } from "../providers/SimulatedBank.ts"

/** What a language model says of the better and the worse response of each pair, in nats. */
export interface SideLogProbs {
  readonly given: Float64Array
  readonly alone: Float64Array
  readonly nTokens: Int32Array
}

/** Pairs of known order with simulated evidence about them; side 1 is always the better response. */
export interface BenchPairs {
  readonly id: ReadonlyArray<string>
  readonly promptId: ReadonlyArray<string>
  /** Planted utility of the better response less that of the worse one; above 0. */
  readonly margin: Float64Array
  /** Features of the better response less those of the worse one. */
  readonly differences: SparseRows
  /** Scores of `nRewardModels` models, row by row. */
  readonly better: Float64Array
  readonly worse: Float64Array
  readonly judgeBetter: Float64Array
  readonly judgeWorse: Float64Array
  readonly tags: ReadonlyArray<ReadonlyArray<string>>
  readonly logProbs: { readonly better: SideLogProbs; readonly worse: SideLogProbs }
}

/** Reward models simulated. */
export const nRewardModels = 6

/** Sentences any answer may hold, with what they are worth: what a reward model can learn from one prompt for another. */
const habits: ReadonlyArray<readonly [sentence: string, worth: number]> = [
  ["To check this, compare it with a case you already know.", 1],
  ["The reason is worth spelling out step by step.", 0.8],
  ["One limit of this answer should be mentioned openly.", 0.6],
  ["Here is a short example that shows the idea.", 0.9],
  ["In short, these are the points that matter.", 0.4],
  ["You can verify each step yourself.", 0.7],
  ["Everybody knows that this is so.", -0.8],
  ["Trust me, no explanation is needed here.", -1],
  ["I am not sure, but it is probably fine.", -0.6],
  ["As already said above, it is as said above.", -0.9],
  ["There are many other interesting topics as well.", -0.7],
  ["This was always true and will always be true.", -0.4]
]

/**
 * Makes pairs of answers from the written ones of `data/prompts.jsonl`, and what simulated scorers say of them.
 *
 * Answers are varied: up to two of the prompt's error sentences and up to two habits that occur with all prompts. Utility is
 * 6 times the planted quality plus what the habits are worth; the response with more is better, and pairs closer than 0.25
 * are not used. Half of the prompts is for "train", a quarter each for the others, so no part tells of another: scores that a
 * model gives to prompts it was trained on are sharper than those of new prompts. Scorers are simulated: their scores are the utility with
 * errors of their own and errors they share, so that they agree in their mistakes as real ones do. Tags come from the prompt
 * alone. Log-probabilities are computed, by a word model that remembers the words of the prompt. Nothing here knows the
 * labels. Deterministic in `seed`.
 */
export const benchCleanersPairs = (
  part: "train" | "trusted" | "heldOut",
  nPairs: number,
  seed: string | number
): BenchPairs => {
  const entries = readEntries()
  const bank = makeBank(entries)
  const pool = entries.filter((_, i) => partOf[i % 4] === part)
  const wordLogProb = wordModel(entries)
  const texts: Array<{ readonly prompt: string; readonly chosen: string; readonly rejected: string }> = []
  const id: Array<string> = []
  const tags: Array<ReadonlyArray<string>> = []
  const column = () => new Float64Array(nPairs)
  const margin = column()
  const judge = [column(), column()] as const
  const scores = [new Float64Array(nPairs * nRewardModels), new Float64Array(nPairs * nRewardModels)] as const
  const sideLogProbs = (): SideLogProbs => ({ given: column(), alone: column(), nTokens: new Int32Array(nPairs) })
  const logProbs = [sideLogProbs(), sideLogProbs()] as const
  for (let i = 0; i < nPairs; i++) {
    const random = keyedRandom("benchCleaners", seed, part, i)
    const entry = pool[Math.floor(random() * pool.length)]!
    const [better, worse] = drawTwo(entry, bank.quality, random)
    id.push(`${part}-${String(i).padStart(7, "0")}`)
    texts.push({ prompt: entry.prompt, chosen: better.text, rejected: worse.text })
    tags.push(tagsOf(entry.prompt))
    margin[i] = better.utility - worse.utility
    for (const [side, { text, utility }] of [better, worse].entries()) {
      const shared = 0.8 * normal(random)
      for (let m = 0; m < nRewardModels; m++) {
        scores[side]![i * nRewardModels + m] = utility + shared + 1.6 * normal(random)
      }
      judge[side]![i] = Math.min(10, Math.max(1, Math.round(2.5 + utility + shared + 1.2 * normal(random))))
      const { alone, given, nTokens } = wordLogProb(entry.prompt, text)
      logProbs[side]!.given[i] = given
      logProbs[side]!.alone[i] = alone
      logProbs[side]!.nTokens[i] = nTokens
    }
  }
  return {
    id,
    promptId: texts.map(({ prompt }) => prompt),
    margin,
    differences: hashTextFeatures(texts, { nHashed: 2 ** 16 }),
    better: scores[0],
    worse: scores[1],
    judgeBetter: judge[0],
    judgeWorse: judge[1],
    tags,
    logProbs: { better: logProbs[0], worse: logProbs[1] }
  }
}

const partOf = ["train", "trusted", "train", "heldOut"] as const

const readEntries = (): ReadonlyArray<BankEntry> =>
  fs
    .readFileSync(path.join(packageRoot, "data", "prompts.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as BankEntry)

type Draw = () => number

const pick = <A>(values: ReadonlyArray<A>, random: Draw): A => values[Math.floor(random() * values.length)]!

const answerOf = (entry: BankEntry, quality: (prompt: string, text: string) => number, random: Draw) => {
  const sentences = [...sentencesOf(pick(entry.answers, random).text)]
  const insert = (sentence: string) => {
    if (!sentences.includes(sentence)) sentences.splice(Math.floor(random() * (sentences.length + 1)), 0, sentence)
  }
  for (let k = Math.floor(random() * 3); k > 0; k--) insert(pick(entry.errors, random).text)
  const written = sentences.join(" ")
  for (let k = Math.floor(random() * 3); k > 0; k--) insert(pick(habits, random)[0])
  const worth = habits.reduce((sum, [sentence, value]) => sum + (sentences.includes(sentence) ? value : 0), 0)
  return { text: sentences.join(" "), utility: 6 * quality(entry.prompt, written) + worth }
}

/** Draws two answers to a prompt until one is clearly better, and gives that one first. */
const drawTwo = (entry: BankEntry, quality: (prompt: string, text: string) => number, random: Draw) => {
  for (;;) {
    const a = answerOf(entry, quality, random)
    const b = answerOf(entry, quality, random)
    if (Math.abs(a.utility - b.utility) >= 0.25) return a.utility > b.utility ? ([a, b] as const) : ([b, a] as const)
  }
}

/** Tags as a tagger of prompts might give them: one to five of twelve, by the prompt alone. */
const tagsOf = (prompt: string): ReadonlyArray<string> => {
  const random = keyedRandom("benchCleaners tags", prompt)
  return Array.from({ length: 1 + Math.floor(random() * 5) }, () => `tag${Math.floor(random() * 12)}`)
}

const remembered = 0.05

const wordsOf = (text: string) => splitWords(text.toLowerCase()).filter((word) => word.trim() !== "")

/** A word model of all written answers, smoothed; with a prompt, one word in twenty is expected to come from it. */
const wordModel = (entries: ReadonlyArray<BankEntry>) => {
  const counts = new Map<string, number>()
  let total = 0
  for (const word of entries.flatMap(({ answers }) => answers.flatMap(({ text }) => wordsOf(text)))) {
    counts.set(word, (counts.get(word) ?? 0) + 1)
    total++
  }
  return (prompt: string, text: string) => {
    const promptWords = wordsOf(prompt)
    const words = wordsOf(text)
    let given = 0
    let alone = 0
    for (const word of words) {
      const p = ((counts.get(word) ?? 0) + 1) / (total + counts.size + 1)
      const inPrompt = promptWords.reduce((sum, other) => sum + Number(other === word), 0) / promptWords.length
      alone += Math.log(p)
      given += Math.log((1 - remembered) * p + remembered * inPrompt)
    }
    return { given, alone, nTokens: words.length }
  }
}
