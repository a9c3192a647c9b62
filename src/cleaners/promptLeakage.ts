import { checkColumns } from "./Flags.ts"
import { textKey } from "./textKey.ts"

/** A prompt that occurs in more than one split. */
export interface LeakedPrompt {
  /** Its rows, rising. */
  readonly rows: ReadonlyArray<number>
  /** The splits they belong to, each once, in the order of the rows. */
  readonly splits: ReadonlyArray<string>
}

/**
 * Finds prompts that occur in more than one split, so that a test would ask what training has shown.
 *
 * `prompts` and `splits` have one entry per row. Prompts are compared by `textKey`: white space does not tell them apart,
 * case does; for prompts that are merely alike group them by `nearDuplicates` first and compare the groups' splits. In the
 * order of the first rows. Time O(length), memory some 100 bytes a different prompt. Throws a RangeError on unequal lengths.
 */
export const promptLeakage = (prompts: ReadonlyArray<string>, splits: ReadonlyArray<string>): Array<LeakedPrompt> => {
  checkColumns("Cannot look for leaked prompts", prompts.length, { splits })
  const rowsOf = new Map<string, Array<number>>()
  for (const [i, prompt] of prompts.entries()) {
    const key = textKey(prompt)
    const rows = rowsOf.get(key)
    if (rows === undefined) rowsOf.set(key, [i])
    else rows.push(i)
  }
  return [...rowsOf.values()]
    .map((rows) => ({ rows, splits: [...new Set(rows.map((i) => splits[i]!))] }))
    .filter((prompt) => prompt.splits.length > 1)
}
