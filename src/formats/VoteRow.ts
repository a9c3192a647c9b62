import { contentId } from "../Seed.ts"
import type { Messages } from "./Messages.ts"

/** What an opinion about a pair says: which of the two is better, or that none is. */
export type Verdict = "first" | "second" | "tie"

/** The messages of a vote whose file has them; null for a part that is plain text. */
export interface VoteMessages {
  readonly prompt: Messages | null
  readonly first: Messages | null
  readonly second: Messages | null
}

/**
 * One opinion about one pair of answers, as a file of preference data shows it.
 *
 * `first` and `second` are the two texts in the order of the columns; where the data have no texts they are the names of what
 * was compared, and null where not even these are there. `verdict` is null when the label could not be read. `annotator` null
 * means that the data name nobody: one virtual annotator gave all these votes.
 */
export interface VoteRow {
  /** Place of the row in the input, from 0, bad rows included; several votes of one row share it. */
  readonly rowIndex: number
  readonly pairId: string
  /** Null when the data hold no prompt. */
  readonly promptId: string | null
  /** Ids of the two sides: equal for the same text below the same prompt, whichever side it is on. */
  readonly firstId: string
  readonly secondId: string
  readonly prompt: string | null
  readonly first: string | null
  readonly second: string | null
  /** Absent where they are not asked for and where all three parts are plain text. */
  readonly messages?: VoteMessages
  /** The models of the two sides; absent where no columns beside the texts name them. */
  readonly models?: readonly [string | null, string | null]
  readonly annotator: string | null
  /** The family of the annotator; absent where no column names it. */
  readonly family?: string | null
  /** What is right; null where it could not be read, absent where no column says it. */
  readonly truth?: Verdict | null
  readonly verdict: Verdict | null
  readonly scoreFirst: number | null
  readonly scoreSecond: number | null
  readonly split: string | null
  /**
   * Whether first and second are sides that mean something, such as the order in which they were shown. False for data of the
   * form chosen and rejected, whose order is made by the verdict.
   */
  readonly sidesRecorded: boolean
}

/** The ids of a vote: of its prompt, its two sides and its pair. */
export type VoteIds = Pick<VoteRow, "promptId" | "firstId" | "secondId" | "pairId">

/**
 * Derives the ids of a vote from what was compared.
 *
 * The pair id comes from the prompt and the unordered pair of texts, unless one is given; so votes on the same pair meet
 * whichever row they are in and on whichever side the texts are. Sides without texts are named by the pair id and their place.
 * Without texts `pairId` has to be given.
 */
export const voteIds = (
  prompt: string | null,
  first: string | null,
  second: string | null,
  pairId: string | null
): VoteIds => {
  const promptId = prompt === null ? null : contentId(prompt)
  const scope = promptId ?? (first === null ? (pairId ?? "") : "")
  const firstId = first === null ? contentId("side", scope, pairId ?? "", "first") : contentId(scope, first)
  const secondId = second === null ? contentId("side", scope, pairId ?? "", "second") : contentId(scope, second)
  const derived = firstId < secondId ? contentId(firstId, secondId) : contentId(secondId, firstId)
  return { promptId, firstId, secondId, pairId: pairId ?? derived }
}
