import { HashIndex } from "../math/HashIndex.ts"
import { TypedList } from "../math/TypedList.ts"

/** One opinion about two answers, as far as numbers go. */
export interface VoteFacts {
  readonly pairId: string
  /** Null where the data hold no prompt. */
  readonly promptId: string | null
  /** Ids of the answer shown, or recorded, first, and of the other; equal for equal texts. */
  readonly firstId: string
  readonly secondId: string
  /** Null where the data name nobody. */
  readonly annotator: string | null
  /** Null where it could not be read. */
  readonly verdict: "first" | "second" | "tie" | null
  readonly scoreFirst: number | null
  readonly scoreSecond: number | null
  /** Characters; null where there are no texts. */
  readonly lengthFirst: number | null
  readonly lengthSecond: number | null
  /** Whether the order of the two means something, such as the order in which they were shown. */
  readonly sidesRecorded: boolean
  /** The family of the annotator, such as a model or a team; absent where the data name none. */
  readonly family?: string | null
  /** Which of the two is right; absent where the data do not say. */
  readonly truth?: "first" | "second" | "tie" | null
}

/**
 * The votes of a data set as columns, without their texts.
 *
 * One entry per vote in the order given: `item` (pair), `annotator`, `first` and `second` (answers), `verdict` (1 the first won, -1
 * the second, 0 a tie, 2 unreadable), `side` (1 where side A of the item won, -1 for B, 0 for neither; A is the answer with the
 * smaller id), `chosenLength` and `rejectedLength` (NaN where unknown or nobody won). One entry per item: `gap`, the mean score of
 * side A less that of B (NaN without scores), `prompt`, and `truth`, 1 where side A is right by a column of truth, -1 for B, 0 where there
 * is none or its values contradict each other.
 */
export interface VoteColumns {
  readonly item: Int32Array
  readonly annotator: Int32Array
  readonly first: Int32Array
  readonly second: Int32Array
  readonly verdict: Int8Array
  readonly side: Int8Array
  readonly chosenLength: Float64Array
  readonly rejectedLength: Float64Array
  readonly gap: Float64Array
  readonly prompt: Int32Array
  readonly nPrompts: number
  readonly nAnswers: number
  /** Names by index; null for the annotator of data that name nobody. */
  readonly annotators: ReadonlyArray<string | null>
  readonly sidesRecorded: boolean
  /** Per item. */
  readonly truth: Int8Array
  /** Items whose values of truth contradict each other. */
  readonly nContradicted: number
  /** Per annotator, the family named with its first vote; null where none is. */
  readonly families: ReadonlyArray<string | null>
}

/**
 * Gathers votes into columns of numbers: some 45 bytes a vote and 60 a pair, none of the texts.
 *
 * Pairs, answers and annotators are numbered in the order of first appearance.
 */
export class VoteTable {
  readonly #items = new HashIndex()
  readonly #answers = new HashIndex()
  readonly #prompts = new HashIndex()
  readonly #annotators = new Map<string | null, number>()
  readonly #item = new TypedList(Int32Array)
  readonly #annotator = new TypedList(Int32Array)
  readonly #first = new TypedList(Int32Array)
  readonly #second = new TypedList(Int32Array)
  readonly #verdict = new TypedList(Int8Array)
  readonly #side = new TypedList(Int8Array)
  readonly #chosenLength = new TypedList(Float64Array)
  readonly #rejectedLength = new TypedList(Float64Array)
  readonly #gapSum = new TypedList(Float64Array)
  readonly #nGaps = new TypedList(Int32Array)
  readonly #prompt = new TypedList(Int32Array)
  /** Per item, 1 or -1; 0 where no truth is given, 2 where truths contradict each other. */
  readonly #truth = new TypedList(Int8Array)
  readonly #families: Array<string | null> = []
  #sidesRecorded = true

  get nVotes(): number {
    return this.#item.length
  }

  add(vote: VoteFacts): void {
    const { annotator, firstId, promptId, secondId, sidesRecorded, verdict } = vote
    const item = this.#items.add(vote.pairId)
    if (item === this.#prompt.length) {
      this.#prompt.push(this.#prompts.add(promptId ?? vote.pairId))
      this.#gapSum.push(0)
      this.#nGaps.push(0)
      this.#truth.push(0)
    }
    let who = this.#annotators.get(annotator)
    if (who === undefined) {
      this.#annotators.set(annotator, (who = this.#annotators.size))
      this.#families.push(vote.family ?? null)
    }
    const firstIsA = firstId < secondId
    if ((vote.truth === "first" || vote.truth === "second") && firstId !== secondId) {
      const right = (vote.truth === "first") === firstIsA ? 1 : -1
      const known = this.#truth.values[item]!
      this.#truth.values[item] = known === 0 || known === right ? right : 2
    }
    const firstWon = verdict === "first"
    const hasWinner = verdict === "first" || verdict === "second"
    this.#item.push(item)
    this.#annotator.push(who)
    this.#first.push(this.#answers.add(firstId))
    this.#second.push(this.#answers.add(secondId))
    this.#verdict.push(verdict === null ? 2 : verdict === "tie" ? 0 : firstWon ? 1 : -1)
    this.#side.push(!hasWinner || firstId === secondId ? 0 : firstWon === firstIsA ? 1 : -1)
    const lengths = [vote.lengthFirst ?? Number.NaN, vote.lengthSecond ?? Number.NaN] as const
    this.#chosenLength.push(hasWinner ? lengths[firstWon ? 0 : 1] : Number.NaN)
    this.#rejectedLength.push(hasWinner ? lengths[firstWon ? 1 : 0] : Number.NaN)
    if (vote.scoreFirst !== null && vote.scoreSecond !== null && firstId !== secondId) {
      const gap = vote.scoreFirst - vote.scoreSecond
      this.#gapSum.values[item]! += firstIsA ? gap : -gap
      this.#nGaps.values[item]!++
    }
    if (!sidesRecorded) this.#sidesRecorded = false
  }

  /** The columns so far; views that are valid until the next `add`. */
  columns(): VoteColumns {
    const nGaps = this.#nGaps.values
    return {
      item: this.#item.values,
      annotator: this.#annotator.values,
      first: this.#first.values,
      second: this.#second.values,
      verdict: this.#verdict.values,
      side: this.#side.values,
      chosenLength: this.#chosenLength.values,
      rejectedLength: this.#rejectedLength.values,
      gap: this.#gapSum.values.map((sum, i) => (nGaps[i] === 0 ? Number.NaN : sum / nGaps[i]!)),
      prompt: this.#prompt.values,
      nPrompts: this.#prompts.size,
      nAnswers: this.#answers.size,
      annotators: [...this.#annotators.keys()],
      sidesRecorded: this.#sidesRecorded,
      truth: this.#truth.values.map((known) => (known === 2 ? 0 : known)),
      nContradicted: this.#truth.values.reduce((n, known) => n + (known === 2 ? 1 : 0), 0),
      families: [...this.#families]
    }
  }
}
