import * as crypto from "node:crypto"
import { userMessage } from "./requestFacets.ts"

/** What the nearest earlier request is and in which facets it differs. */
export interface Neighbour {
  /** Facets that differ, sorted; `["messages"]` when the requests have the same facets. */
  readonly fields: ReadonlyArray<string>
  /** True when the user messages are equal, or share a line that few of the wanted requests have. */
  readonly related: boolean
  /** Some of the earlier requests that are equally near, at most 8, in the order they came. */
  readonly ids: ReadonlyArray<number>
}

type Facets = ReadonlyMap<string, string>

const maxIds = 8

/** A line that more of the wanted requests have belongs to a template and says nothing about what is asked. */
const maxSharers = 16

/** Shorter lines, such as "Answer A:", are in everything. */
const minLineLength = 16

const maxLines = 200

/**
 * Finds for each wanted request the earlier one from which it differs in the fewest facets; null when none is like it.
 *
 * An earlier request is like it when all but one facet agree, when the user message agrees, or when the user messages share a line
 * that is not part of a template. A user message that shares nothing counts more than all other facets; where one facet
 * differs either way, any other is preferred to the sample index and the user message. What came first wins ties.
 * Exact but for one bound: of wanted requests with one user message, each earlier request with that message is compared with 16 in
 * turn. `earlier` is streamed: time O(wanted + earlier), memory O(text of wanted).
 */
export const nearestRequests = (
  wanted: ReadonlyArray<Facets>,
  earlier: Iterable<readonly [id: number, facets: Facets]>
): ReadonlyArray<Neighbour | null> => {
  const names = [...new Set(wanted.flatMap((facets) => [...facets.keys()]))].sort()
  const user = names.indexOf(userMessage)
  const numbers = names.map(() => new Map<string, number>())
  const vectors = wanted.map((facets) =>
    names.map((name, slot) => {
      const text = facets.get(name)
      if (text === undefined) return absent
      const known = numbers[slot]!
      const digest = digestOf(text)
      if (!known.has(digest)) known.set(digest, known.size + 1)
      return known.get(digest)!
    })
  )
  const best: Array<{ cost: number; fields: ReadonlyArray<string>; related: boolean; ids: Array<number> } | null> =
    wanted.map(() => null)
  const offer = (i: number, id: number, fields: ReadonlyArray<string>, related: boolean): void => {
    const cost = costOf(fields, related)
    const before = best[i]!
    if (before === null || cost < before.cost) best[i] = { cost, fields, related, ids: [id] }
    else if (cost > before.cost || before.ids.length === maxIds || before.ids.at(-1) === id) return
    else if (fields.join() === before.fields.join()) before.ids.push(id)
  }
  const compare = (i: number, id: number, vector: ReadonlyArray<number>, extra: ReadonlyArray<string>): void => {
    const fields = [...names.filter((_, slot) => vector[slot] !== vectors[i]![slot]), ...extra].sort()
    offer(i, id, fields.length === 0 ? ["messages"] : fields, true)
  }

  const butOne = indexButOne(vectors)
  const hits = new Map<string, number>()
  const lookUp = (id: number, place: string, fields: ReadonlyArray<string>): void => {
    const found = butOne.get(place)
    if (found === undefined) return
    const isRelated = !fields.includes(userMessage)
    for (const i of found) offer(i, id, fields, isRelated)
    const n = (hits.get(place) ?? 0) + 1
    hits.set(place, n)
    // All of them have been offered as many as are kept.
    if (n === maxIds) butOne.delete(place)
  }

  const byUser = Map.groupBy(vectors.keys(), (i) => vectors[i]![user] ?? absent)
  const byLine = indexLines(wanted)
  let turn = 0
  for (const [id, facets] of earlier) {
    const vector = names.map((name, slot) => {
      const text = facets.get(name)
      return text === undefined ? absent : (numbers[slot]!.get(digestOf(text)) ?? unknown)
    })
    const extra = [...facets.keys()].filter((name) => !names.includes(name))
    const strange = vector.flatMap((number, slot) => (number === unknown ? [slot] : []))
    if (strange.length + extra.length === 0) {
      lookUp(id, placeOf(vector, -1), ["messages"])
      for (const [slot, name] of names.entries()) lookUp(id, placeOf(vector, slot), [name])
    } else if (strange.length + extra.length === 1) {
      lookUp(id, placeOf(vector, strange[0] ?? -1), strange.length === 1 ? [names[strange[0]!]!] : extra)
    }
    if (user < 0 || vector[user] === absent) continue
    if (vector[user] === unknown) {
      const sharers = new Set(linesOf(facets.get(userMessage)!).flatMap((line) => byLine.get(line) ?? []))
      for (const i of sharers) compare(i, id, vector, extra)
      continue
    }
    const same = byUser.get(vector[user]!)!
    const n = Math.min(maxSharers, same.length)
    for (let k = 0; k < n; k++) compare(same[(turn + k) % same.length]!, id, vector, extra)
    turn += n
  }
  return best.map((found) => (found === null ? null : { fields: found.fields, related: found.related, ids: found.ids }))
}

const absent = 0
const unknown = -1

/** Keeps long texts out of the memory. */
const digestOf = (text: string): string => (text.length > 200 ? crypto.hash("sha256", text) : text)

const costOf = (fields: ReadonlyArray<string>, related: boolean): number =>
  fields.reduce(
    (sum, field) => sum + (field === userMessage ? (related ? 1.5 : 1000) : field === "sample index" ? 1.1 : 1),
    0
  )

/** Where a request is filed with one facet left open; -1 leaves none open. */
const placeOf = (vector: ReadonlyArray<number>, open: number): string =>
  `${open}:${vector.map((number, slot) => (slot === open ? "" : number)).join()}`

const indexButOne = (vectors: ReadonlyArray<ReadonlyArray<number>>): Map<string, Array<number>> => {
  const index = new Map<string, Array<number>>()
  for (const [i, vector] of vectors.entries()) {
    for (let open = -1; open < vector.length; open++) put(index, placeOf(vector, open), i)
  }
  return index
}

const indexLines = (wanted: ReadonlyArray<Facets>): ReadonlyMap<string, ReadonlyArray<number>> => {
  const index = new Map<string, Array<number>>()
  for (const [i, facets] of wanted.entries())
    for (const line of linesOf(facets.get(userMessage) ?? "")) put(index, line, i)
  for (const [line, sharers] of index) if (sharers.length > maxSharers) index.delete(line)
  return index
}

const put = (index: Map<string, Array<number>>, place: string, i: number): void => {
  const found = index.get(place)
  if (found === undefined) index.set(place, [i])
  else found.push(i)
}

const linesOf = (text: string): ReadonlyArray<string> => [
  ...new Set(text.split("\n", maxLines).filter((line) => line.length >= minLineLength))
]
