import { strongComponents } from "../math/strongComponents.ts"
import { checkColumns } from "./Flags.ts"

/** The comparisons of one prompt's responses: one entry per verdict, both orders and several judges welcome. */
export interface TournamentInput {
  readonly nItems: number
  /** Items compared, from 0 to `nItems - 1`. */
  readonly first: Int32Array
  readonly second: Int32Array
  /** 1 where the first won, -1 where the second did, 0 for a tie. */
  readonly verdict: Int8Array
}

/** What `cyclesOf` finds. */
export interface Cycles {
  /** Sets of at least two items that beat each other around, each rising, by their first item; ties alone make none. */
  readonly inconsistent: ReadonlyArray<ReadonlyArray<number>>
  /** Per verdict, 1 where both items lie in one inconsistent set. */
  readonly flagged: Uint8Array
  /** Triples of items with a decided majority on all three pairs, and those among them that go round. */
  readonly nTriples: number
  readonly nCyclic: number
}

/**
 * Finds where the verdicts about one prompt contradict each other: A beats B beats C beats A.
 *
 * Each verdict is an edge from the winner to the loser, a tie one each way. A strongly connected component of more than one
 * item is inconsistent unless all its verdicts are ties; two opposite verdicts on one pair make one as well. The cyclic
 * share `nCyclic / nTriples` counts each pair once, by the majority of its verdicts; pairs without a verdict or without a
 * majority take no part. Honest judges of close responses go round too: compare with `expectedCyclicShare`. Add the counts
 * of the prompts before dividing. Verdicts that could not be read are left out by the caller. Time O(verdicts + items³),
 * memory O(verdicts + items²). Throws a RangeError on unequal lengths, an item out of range or compared with itself.
 *
 * Source: components as in ELSPR, https://arxiv.org/abs/2505.17691
 */
export const cyclesOf = ({ first, nItems, second, verdict }: TournamentInput): Cycles => {
  const action = "Cannot look for cycles"
  checkColumns(action, first.length, { second, verdict })
  const self = first.findIndex((item, e) => item === second[e])
  if (self >= 0) throw new RangeError(`${action}: found item ${first[self]} compared with itself, expected two items`)
  const from: Array<number> = []
  const to: Array<number> = []
  for (const [e, v] of verdict.entries()) {
    if (v >= 0) {
      from.push(first[e]!)
      to.push(second[e]!)
    }
    if (v <= 0) {
      from.push(second[e]!)
      to.push(first[e]!)
    }
  }
  const component = strongComponents(nItems, Int32Array.from(from), Int32Array.from(to))
  const isInside = (e: number) => component[first[e]!] === component[second[e]!]
  const decided = new Set<number>()
  for (const [e, v] of verdict.entries()) if (v !== 0 && isInside(e)) decided.add(component[first[e]!]!)
  const members = new Map<number, Array<number>>()
  for (const [item, c] of component.entries()) {
    if (!decided.has(c)) continue
    const list = members.get(c)
    if (list === undefined) members.set(c, [item])
    else list.push(item)
  }
  const flagged = Uint8Array.from(verdict, (_, e) => Number(isInside(e) && decided.has(component[first[e]!]!)))
  return { inconsistent: [...members.values()], flagged, ...countTriples({ nItems, first, second, verdict }) }
}

const countTriples = ({ first, nItems, second, verdict }: TournamentInput) => {
  const net = new Int32Array(nItems * nItems)
  for (const [e, v] of verdict.entries()) {
    net[first[e]! * nItems + second[e]!]! += v
    net[second[e]! * nItems + first[e]!]! -= v
  }
  let nTriples = 0
  let nCyclic = 0
  for (let a = 0; a < nItems; a++) {
    for (let b = a + 1; b < nItems; b++) {
      const ab = Math.sign(net[a * nItems + b]!)
      if (ab === 0) continue
      for (let c = b + 1; c < nItems; c++) {
        const bc = Math.sign(net[b * nItems + c]!)
        const ca = Math.sign(net[c * nItems + a]!)
        if (bc === 0 || ca === 0) continue
        nTriples++
        if (ab === bc && bc === ca) nCyclic++
      }
    }
  }
  return { nTriples, nCyclic }
}
