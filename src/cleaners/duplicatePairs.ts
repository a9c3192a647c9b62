import { textKey } from "./textKey.ts"

/** What `duplicatePairs` finds: one entry per row, in the order given. */
export interface DuplicatePairs {
  /** The first row with the same prompt, chosen and rejected, or -1 where it is this row itself. */
  readonly duplicateOf: Int32Array
  /** A row with the same prompt and responses the other way round, the first there is, or -1. */
  readonly contradicts: Int32Array
  /** 2 where chosen and rejected are the same to the letter, 1 where only white space or accents' coding differ, else 0. */
  readonly sidesEqual: Uint8Array
}

/**
 * Finds rows that repeat or contradict other rows, and rows that prefer a response to itself.
 *
 * Texts are compared by `textKey`. Rows with equal sides repeat but never contradict. A contradiction holds for both rows,
 * whichever comes first. Time O(length of the texts), memory some 200 bytes a different row, none of the texts.
 */
export const duplicatePairs = (
  rows: ReadonlyArray<{ readonly prompt: string; readonly chosen: string; readonly rejected: string }>
): DuplicatePairs => {
  const duplicateOf = new Int32Array(rows.length).fill(-1)
  const contradicts = new Int32Array(rows.length).fill(-1)
  const sidesEqual = new Uint8Array(rows.length)
  const seen = new Map<string, number>()
  const opposite: Array<string> = []
  for (const [i, { chosen, prompt, rejected }] of rows.entries()) {
    const keys = [textKey(prompt), textKey(chosen), textKey(rejected)] as const
    sidesEqual[i] = chosen === rejected ? 2 : Number(keys[1] === keys[2])
    const known = seen.get(keys.join(""))
    if (known === undefined) seen.set(keys.join(""), i)
    else duplicateOf[i] = known
    opposite.push(sidesEqual[i] === 0 ? keys[0] + keys[2] + keys[1] : "")
  }
  for (const [i, key] of opposite.entries()) contradicts[i] = seen.get(key) ?? -1
  return { duplicateOf, contradicts, sidesEqual }
}
