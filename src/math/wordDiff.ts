import { splitWords } from "./splitWords.ts"

/** A piece of two compared texts: in both, in the first only, or in the second only. */
export interface DiffSegment {
  readonly kind: "same" | "removed" | "added"
  /** Never empty. */
  readonly text: string
}

/**
 * Compares two texts word by word and returns the segments that turn the first into the second.
 *
 * The "same" and "removed" segments joined give `before`; the "same" and "added" segments joined give `after`, exactly.
 * Neighbours differ in kind, and where text is replaced the removed part comes first. The number of changed pieces
 * (words, runs of white space, single signs) is the smallest possible. Two equal texts give one segment, two empty
 * texts none. Cost: for D changed pieces O(length + length · D) time at worst, about length + D² as a rule, and
 * O(length + D²) memory. When more than 2,000 pieces change, everything between the common start and the common end
 * becomes one replacement.
 *
 * Source: Myers 1986, https://doi.org/10.1007/BF01840446
 */
export const wordDiff = (before: string, after: string): Array<DiffSegment> => {
  const a = splitWords(before)
  const b = splitWords(after)
  let nStart = 0
  while (nStart < a.length && nStart < b.length && a[nStart] === b[nStart]) nStart++
  let nEnd = 0
  const nShared = Math.min(a.length, b.length) - nStart
  while (nEnd < nShared && a[a.length - 1 - nEnd] === b[b.length - 1 - nEnd]) nEnd++

  const endA = a.length - nEnd
  const endB = b.length - nEnd
  const [idsA, idsB] = numberPieces(a.slice(nStart, endA), b.slice(nStart, endB))
  const partner = matchPieces(idsA, idsB)

  const segments: Array<DiffSegment> = []
  const push = (kind: DiffSegment["kind"], pieces: ReadonlyArray<string>) => {
    if (pieces.length > 0) segments.push({ kind, text: pieces.join("") })
  }
  let same = 0
  let i = nStart
  let j = nStart
  while (i < endA || j < endB) {
    let nextA = i
    while (nextA < endA && partner[nextA - nStart]! < 0) nextA++
    const nextB = nextA < endA ? partner[nextA - nStart]! + nStart : endB
    if (nextA > i || nextB > j) {
      push("same", a.slice(same, i))
      push("removed", a.slice(i, nextA))
      push("added", b.slice(j, nextB))
      same = nextA
    }
    i = nextA < endA ? nextA + 1 : nextA
    j = nextA < endA ? nextB + 1 : nextB
  }
  push("same", a.slice(same))
  return segments
}

const maxChanges = 2000

const numberPieces = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): [Int32Array, Int32Array] => {
  const ids = new Map<string, number>()
  const number = (pieces: ReadonlyArray<string>) =>
    Int32Array.from(pieces, (text) => {
      const known = ids.get(text)
      if (known !== undefined) return known
      ids.set(text, ids.size)
      return ids.size - 1
    })
  return [number(a), number(b)]
}

/**
 * For each piece of `a` the index of its partner in `b` on a shortest edit path, or -1; all -1 when the path is too
 * long. `reach[d][k]` is how far into `a` one gets on diagonal k = indexA - indexB with d changes.
 */
const matchPieces = (a: Int32Array, b: Int32Array): Int32Array => {
  const partner = new Int32Array(a.length).fill(-1)
  const limit = Math.min(maxChanges, a.length + b.length)
  const reach = new Int32Array(2 * limit + 3)
  const zero = limit + 1
  const trace: Array<Int32Array> = []
  for (let d = 0; d <= limit; d++) {
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && reach[zero + k - 1]! < reach[zero + k + 1]!)
      let x = down ? reach[zero + k + 1]! : reach[zero + k - 1]! + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++
      reach[zero + k] = x
      if (x >= a.length && x - k >= b.length) {
        backtrack(trace, a.length, b.length, partner)
        return partner
      }
    }
    trace.push(reach.slice(zero - d, zero + d + 1))
  }
  return partner
}

const backtrack = (trace: ReadonlyArray<Int32Array>, nA: number, nB: number, partner: Int32Array): void => {
  let x = nA
  let y = nB
  for (let d = trace.length; d >= 0; d--) {
    const k = x - y
    const reach = trace[d - 1]
    // trace[d - 1] holds diagonals -(d - 1) to d - 1.
    const at = (diagonal: number) => reach?.[diagonal + d - 1] ?? -1
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1))
    const fromX = reach === undefined ? 0 : down ? at(k + 1) : at(k - 1)
    const fromY = reach === undefined ? 0 : fromX - (down ? k + 1 : k - 1)
    const snakeX = reach === undefined ? 0 : down ? fromX : fromX + 1
    while (x > snakeX) {
      x--
      y--
      partner[x] = y
    }
    x = fromX
    y = fromY
  }
}
