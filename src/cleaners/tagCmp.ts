import { checkColumns, type Flags } from "./Flags.ts"
import { lowestFraction } from "./lowestFraction.ts"

/** Input of the tag rules: one entry per row. */
export interface TagInput {
  /** Tags of the prompt; an empty list when a tagger gave none or nothing readable. Repeated tags count once. */
  readonly tags: ReadonlyArray<ReadonlyArray<string>>
  /** Ids that break ties. */
  readonly rowId: ReadonlyArray<string>
  /** Rows to keep at most, an integer from 0; default 6000. */
  readonly nSelected?: number
}

/**
 * Flags all but the rows whose prompts have most tags: Tag-Cmp of PrefCleanBench, selection by complexity.
 *
 * The score is the number of different tags. Exactly `min(nSelected, N)` rows are kept; equal numbers are kept in falling
 * order of the row ids. The released program shares its loop with Tag-Div, draws twice and keeps one row too many; this is
 * the rule it meant. Time O(N log N). Throws a RangeError on unequal lengths or a bad `nSelected`.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564; tags: Lu et al. 2023, https://arxiv.org/abs/2308.07074
 */
export const tagCmp = ({ nSelected = 6000, rowId, tags }: TagInput): Flags => {
  const action = "Cannot select by tags"
  checkColumns(action, rowId.length, { tags })
  if (!(Number.isInteger(nSelected) && nSelected >= 0)) {
    throw new RangeError(`${action}: found nSelected ${nSelected}, expected an integer from 0`)
  }
  const score = Float64Array.from(tags, (list) => new Set(list).size)
  return { score, flagged: lowestFraction(score, rowId, { budget: Math.max(0, rowId.length - nSelected) }) }
}
