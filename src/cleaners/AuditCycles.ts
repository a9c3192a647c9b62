import { cycleErrorRate } from "./cycleErrorRate.ts"
import { cyclesOf } from "./cyclesOf.ts"
import { expectedCyclicShare } from "./expectedCyclicShare.ts"
import type { VoteColumns } from "./VoteTable.ts"

/** Contradictions among three or more answers to one prompt. */
export interface AuditCycles {
  readonly nTriples: number
  readonly nCyclic: number
  /** Share of triples that go round; null without triples. */
  readonly share: number | null
  /** What honest judges of close answers show anyway, at standard deviations 1, 2 and 4 of the answers' scores in logits. */
  readonly honest: { readonly sd1: number; readonly sd2: number; readonly sd4: number }
  /** Error rate that would explain all of it: an upper bound. */
  readonly errorRateAtMost: number | null
}

/** Sets of answers above this size are left out of the search for cycles, which takes time with their third power. */
const mostAnswers = 200

/** Looks for cycles prompt by prompt; null where no prompt has three answers that were compared with each other. */
export const count = ({ first, item, nPrompts, prompt, second, verdict }: VoteColumns): AuditCycles | null => {
  const starts = new Int32Array(nPrompts + 1)
  for (let v = 0; v < item.length; v++) starts[prompt[item[v]!]! + 1]!++
  for (let p = 0; p < nPrompts; p++) starts[p + 1]! += starts[p]!
  const next = starts.slice()
  const order = new Int32Array(item.length)
  for (let v = 0; v < item.length; v++) order[next[prompt[item[v]!]!]!++] = v
  let nTriples = 0
  let nCyclic = 0
  for (let p = 0; p < nPrompts; p++) {
    if (starts[p + 1]! - starts[p]! < 3) continue
    const names = new Map<number, number>()
    const own = order.subarray(starts[p], starts[p + 1]).filter((v) => verdict[v] !== 2 && first[v] !== second[v])
    const numbered = (answer: number) => {
      const known = names.get(answer)
      if (known !== undefined) return known
      names.set(answer, names.size)
      return names.size - 1
    }
    const firsts = Int32Array.from(own, (v) => numbered(first[v]!))
    const seconds = Int32Array.from(own, (v) => numbered(second[v]!))
    if (names.size < 3 || names.size > mostAnswers) continue
    const verdicts = Int8Array.from(own, (v) => verdict[v]!)
    const found = cyclesOf({ nItems: names.size, first: firsts, second: seconds, verdict: verdicts })
    nTriples += found.nTriples
    nCyclic += found.nCyclic
  }
  if (nTriples === 0) return null
  const share = nCyclic / nTriples
  return {
    nTriples,
    nCyclic,
    share,
    honest: { sd1: expectedCyclicShare(0, 1), sd2: expectedCyclicShare(0, 2), sd4: expectedCyclicShare(0, 4) },
    errorRateAtMost: cycleErrorRate(share)
  }
}
