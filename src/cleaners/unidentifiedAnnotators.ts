/** Votes in long form about items with a probability each, as `pooledRePo` reads them. */
export interface PooledVotes {
  /** What each vote is about, as an index from 0 to items - 1. */
  readonly item: Int32Array
  /** Who gave it, as an index from 0 to `nAnnotators - 1`. */
  readonly annotator: Int32Array
  /** 1 or -1 for the two sides of the item, the same for all annotators; 0 for a tie, which is left out. */
  readonly side: Int8Array
  /** Per item, the calibrated probability, in [0, 1], that side 1 is right; 1/2 where there is no evidence. */
  readonly pModel: Float64Array
  readonly nAnnotators: number
}

/**
 * Marks with 1 the annotators whose reliability the votes cannot tell, however many there are of them.
 *
 * An annotator can be judged with a vote on an item whose p is further than 1e-6 from 1/2. Without evidence only
 * agreement is left: two annotators give one equation for two unknowns, and only where overlaps close an odd circle (three
 * annotators who overlap in pairs, or all on one item) do they determine each other; who is connected to those is
 * determined with them. So one vote per item and no evidence marks everybody. Several votes of one annotator
 * on one item count once, since they are hardly independent. Annotators without votes are marked. Necessary, not sufficient: an
 * overlap of a few items says little, and without evidence it is still assumed that most annotators beat a coin.
 * Time and memory O(votes + items + annotators).
 *
 * Source: the moment equations of one-coin Dawid-Skene, `2 agreement - 1 = (2 r_j - 1)(2 r_k - 1)`, solvable for all
 * absolute values on a connected graph if and only if it is not bipartite.
 */
export const unidentifiedAnnotators = ({ annotator, item, nAnnotators, pModel, side }: PooledVotes): Uint8Array => {
  const parent = Int32Array.from({ length: nAnnotators }, (_, k) => k)
  /** Whether an annotator is an odd number of overlaps away from its parent. */
  const odd = new Uint8Array(nAnnotators)
  const known = new Uint8Array(nAnnotators)
  const rootOf = (k: number): readonly [root: number, parity: number] => {
    let root = k
    let parity = 0
    while (parent[root] !== root) {
      parity ^= odd[root]!
      root = parent[root]!
    }
    let at = k
    let rest = parity
    while (parent[at] !== root && at !== root) {
      const next = parent[at]!
      const own = odd[at]!
      parent[at] = root
      odd[at] = rest
      rest ^= own
      at = next
    }
    return [root, parity]
  }
  const join = (a: number, b: number) => {
    const [rootA, parityA] = rootOf(a)
    const [rootB, parityB] = rootOf(b)
    if (rootA === rootB) {
      if (parityA === parityB) known[rootA] = 1
      return
    }
    parent[rootB] = rootA
    odd[rootB] = parityA ^ parityB ^ 1
    if (known[rootB] === 1) known[rootA] = 1
  }
  const first = new Int32Array(pModel.length).fill(-1)
  const second = new Int32Array(pModel.length).fill(-1)
  for (let v = 0; v < item.length; v++) {
    if (side[v] === 0) continue
    const i = item[v]!
    const k = annotator[v]!
    if (Math.abs(pModel[i]! - 0.5) > 1e-6) known[rootOf(k)[0]] = 1
    if (first[i] === -1) first[i] = k
    else if (k !== first[i]) {
      join(first[i]!, k)
      if (second[i] === -1) second[i] = k
      else if (k !== second[i]) join(second[i]!, k)
    }
  }
  return Uint8Array.from({ length: nAnnotators }, (_, k) => 1 - known[rootOf(k)[0]]!)
}
