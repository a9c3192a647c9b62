import { keyedRandom } from "../math/keyedRandom.ts"
import { checkColumns, type Flags } from "./Flags.ts"
import type { TagInput } from "./tagCmp.ts"

/**
 * Flags all but rows that cover the tags of all prompts: Tag-Div of PrefCleanBench, selection by diversity.
 *
 * Walks the rows from most to fewest different tags, ties in the order of the row ids, and keeps a row if it has a tag that
 * no row kept before has. When no row adds a tag, the places left are filled at random without repetition; a row's draw
 * depends on `seed` and its id alone. Exactly `min(nSelected, N)` rows are kept. The score is the number of tags a row
 * added, 0 for the others. Time O(N log N + tags). Throws a RangeError on unequal lengths or a bad `nSelected`.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564; tags: Lu et al. 2023, https://arxiv.org/abs/2308.07074
 */
export const tagDiv = ({ nSelected = 6000, rowId, tags }: TagInput, seed: string | number): Flags => {
  const action = "Cannot select by tags"
  checkColumns(action, rowId.length, { tags })
  if (!(Number.isInteger(nSelected) && nSelected >= 0)) {
    throw new RangeError(`${action}: found nSelected ${nSelected}, expected an integer from 0`)
  }
  const distinct = tags.map((list) => new Set(list))
  const rows = Array.from(rowId.keys())
  rows.sort((a, b) => distinct[b]!.size - distinct[a]!.size || (rowId[a]! < rowId[b]! ? -1 : 1))
  const score = new Float64Array(rowId.length)
  const flagged = new Uint8Array(rowId.length).fill(1)
  const covered = new Set<string>()
  let nKept = 0
  for (const i of rows) {
    if (nKept === nSelected) break
    const added = distinct[i]!.difference(covered)
    if (added.size === 0) continue
    for (const tag of added) covered.add(tag)
    score[i] = added.size
    flagged[i] = 0
    nKept++
  }
  const draws = rowId.map((id) => keyedRandom("tagDiv", seed, id)())
  const others = rows.filter((i) => flagged[i] === 1).sort((a, b) => draws[a]! - draws[b]!)
  for (const i of others.slice(0, nSelected - nKept)) flagged[i] = 0
  return { score, flagged }
}
