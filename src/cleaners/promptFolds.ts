import { hash128 } from "../math/keyedRandom.ts"

/**
 * Deals prompts into parts of almost equally many, and gives for each row the part of its prompt, from 0.
 *
 * Prompts are dealt out in turn in the order of a hash of their ids, ties by id, so neither the order of the rows nor anything
 * else about them decides. There are never more parts than prompts. Deterministic. Time O(prompts · log prompts). Throws a
 * RangeError unless `nFolds` is an integer from 2.
 */
export const promptFolds = (promptId: ReadonlyArray<string>, nFolds: number): Int32Array => {
  if (!(Number.isInteger(nFolds) && nFolds >= 2)) {
    throw new RangeError(`Cannot score out of fold: found nFolds ${nFolds}, expected an integer from 2`)
  }
  const prompts = [...new Set(promptId)]
    .map((id) => ({ id, key: hash128(id)[0] }))
    .sort((a, b) => a.key - b.key || (a.id < b.id ? -1 : 1))
  const foldOf = new Map(prompts.map(({ id }, i) => [id, i % nFolds]))
  return Int32Array.from(promptId, (id) => foldOf.get(id)!)
}
