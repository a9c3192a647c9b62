import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { assignSplits, type AssignedSplits, type SplitCluster, type SplitFinding } from "../cleaners/assignSplits.ts"
import * as Figure from "../Figure.ts"
import { Groups } from "../math/Groups.ts"
import { HashIndex } from "../math/HashIndex.ts"
import { MinHash } from "../math/MinHash.ts"
import { placeOf } from "../math/placeOf.ts"
import { TypedList } from "../math/TypedList.ts"
import { reject } from "../Rejects.ts"
import { whole } from "../Stage.ts"

/** A row as the machinery of splits sees it. */
export interface SplitRow {
  /** What is alike stays together: a prompt, or its id where texts are not read. */
  readonly text: string
  /** Rows that stay together whatever their texts; null where there are none such. */
  readonly unit: string | null
  /** The split the row by itself belongs to, an index of `names`; a text says why there is none. */
  readonly own: number | string
}

/** What tells one way of splitting from another. */
export interface Splitting<N extends Schema.Struct.Fields> {
  readonly name: string
  readonly by: string
  readonly needs: N
  readonly config: unknown
  /** The splits, the one that gets the rest first, with the share each should get. */
  readonly splits: ReadonlyArray<{ readonly name: string; readonly asked: number | null }>
  /** Null: only equal texts are alike. */
  readonly nearDuplicates: number | null
  readonly of: (row: Schema.Struct.Type<N>) => SplitRow
}

/**
 * Makes a stage that puts rows into splits so that no two alike prompts are on two sides.
 *
 * Prompts that are alike make a cluster, with all rows that share a unit. Where rows have units, the cluster goes where the unit
 * that comes first by a hash goes, and all its rows move with it; without units it goes where most of its rows belong, and the others
 * become rejects. Nothing depends on the order of the rows. Between the passes it keeps some 900 bytes a different prompt, 24 a
 * unit and 8 a row, no text.
 */
export const make = <N extends Schema.Struct.Fields, G extends Schema.Struct.Fields>(
  splitting: Splitting<N>,
  gives: G
) => {
  const { by, config, name, needs, nearDuplicates, splits } = splitting
  return whole({
    name,
    needs,
    gives,
    keeps: true,
    config,
    begin: (context) => {
      const texts = nearDuplicates === null ? new HashIndex() : new MinHash()
      const groups = new Groups()
      const units = new HashIndex()
      /** By unit: its place among all, its split and one of its texts. */
      const place = new TypedList(Float64Array)
      const unitOwn = new TypedList(Int32Array)
      const unitText = new TypedList(Int32Array)
      /** By text: its place among all, so that an example does not depend on the order of the rows. */
      const order = new TypedList(Float64Array)
      const textOf = new TypedList(Int32Array)
      const own = new TypedList(Int32Array)

      const see = (row: Schema.Struct.Type<N>) => {
        const seen = splitting.of(row)
        if (typeof seen.own === "string") {
          textOf.push(-1)
          own.push(-1)
          return
        }
        const text = texts.add(seen.text)
        if (text === order.length) order.push(placeOf(seen.text))
        textOf.push(text)
        own.push(seen.own)
        if (seen.unit === null) return
        const unit = units.add(seen.unit)
        if (unit === place.length) {
          place.push(placeOf(seen.unit))
          unitOwn.push(seen.own)
          unitText.push(text)
        } else groups.join(unitText.values[unit]!, text)
      }

      const settle = Effect.sync(() => {
        if (texts instanceof MinHash && nearDuplicates !== null) {
          texts.alike(nearDuplicates, (a, b) => groups.of(a) === groups.of(b), groups.join.bind(groups))
        }
        const cluster = Int32Array.from(textOf.values, (text) => (text < 0 ? 0 : groups.of(text)))
        const nClusters = texts.size
        const leading = new Int32Array(nClusters)
        const first = new Float64Array(nClusters).fill(Number.POSITIVE_INFINITY)
        for (const [unit, at] of place.values.entries()) {
          const mine = groups.of(unitText.values[unit]!)
          if (at >= first[mine]!) continue
          first[mine] = at
          leading[mine] = unitOwn.values[unit]!
        }
        const follows = units.size > 0
        const assigned = assignSplits({
          cluster,
          own: own.values,
          nClusters,
          nSplits: splits.length,
          ...(follows ? { leading } : {})
        })
        const shown = describe(assigned, {
          splits,
          order: order.values,
          clusterOf: (text) => groups.of(text),
          follows
        })
        const finding: SplitFinding = {
          kind: "splits",
          by,
          nearDuplicates,
          ...shown.numbers,
          warnings: warningsOf(shown.numbers, by, shown.clumps)
        }
        // A kind that the union of findings does not list; everything that reads findings picks the kinds it knows.
        context.publish(finding)

        return (row: Schema.Struct.Type<N>, index: number) => {
          const text = textOf.values[index]!
          const seen = splitting.of(row)
          if (text < 0) return [reject(`no value to split by`, String(seen.own))]
          shown.name(text, seen.text)
          const mine = cluster[index]!
          const split = splits[assigned.split[mine]!]!.name
          const belongs = splits[own.values[index]!]!.name
          if (!follows && split !== belongs) {
            return [
              reject(
                "prompt in another split",
                `by "${by}" the row belongs to "${belongs}"; alike prompts are in "${split}"`
              )
            ]
          }
          return [{ split } as unknown as Schema.Struct.Type<G>]
        }
      })
      return { see, settle }
    }
  })
}

type Numbers = Pick<SplitFinding, "splits" | "crossing" | "largest">

const nShown = 10

/** The numbers of a finding; examples are filled in by `name` when the rows come by again. */
const describe = (
  { counts, crosses, split }: AssignedSplits,
  {
    clusterOf,
    follows,
    order,
    splits
  }: {
    readonly splits: Splitting<{}>["splits"]
    readonly order: Float64Array
    readonly clusterOf: (text: number) => number
    readonly follows: boolean
  }
): { readonly numbers: Numbers; readonly clumps: number; readonly name: (text: number, words: string) => void } => {
  const nPrompts = new Int32Array(split.length)
  /** The text that stands for each cluster. */
  const first = new Int32Array(split.length).fill(-1)
  for (const text of order.keys()) {
    const mine = clusterOf(text)
    nPrompts[mine]!++
    if (first[mine] === -1 || order[text]! < order[first[mine]!]!) first[mine] = text
  }
  const rowsOf = (c: number) =>
    counts.subarray(c * splits.length, (c + 1) * splits.length).reduce((sum, count) => sum + count, 0)
  const byRows = (a: number, b: number) => rowsOf(b) - rowsOf(a) || order[first[a]!]! - order[first[b]!]!

  const named = new Map<number, SplitCluster & { example: string }>()
  const shownOf = (c: number): SplitCluster => {
    const text = first[c]!
    const known = named.get(text)
    if (known !== undefined) return known
    const mine = counts.subarray(c * splits.length, (c + 1) * splits.length)
    const by = Object.fromEntries(splits.flatMap(({ name }, s) => (mine[s] === 0 ? [] : [[name, mine[s]!]])))
    const shown = { example: "", rows: rowsOf(c), prompts: nPrompts[c]!, split: splits[split[c]!]!.name, by }
    named.set(text, shown)
    return shown
  }

  const made = splits.map((one) => ({ ...one, rows: 0, prompts: 0, clusters: 0 }))
  const crossing: Array<number> = []
  let largest = -1
  let nCrossing = 0
  let nOutside = 0
  let clumps = 0
  for (const [c, s] of split.entries()) {
    if (s < 0) continue
    const rows = rowsOf(c)
    clumps += rows ** 2
    const inside = counts[c * splits.length + s]!
    made[s]!.rows += follows ? rows : inside
    made[s]!.prompts += nPrompts[c]!
    made[s]!.clusters++
    if (largest < 0 || byRows(c, largest) < 0) largest = c
    if (crosses[c] === 0) continue
    crossing.push(c)
    nCrossing += rows
    nOutside += rows - inside
  }
  return {
    numbers: {
      splits: made,
      crossing: {
        clusters: crossing.length,
        rows: nCrossing,
        moved: follows ? nOutside : 0,
        rejected: follows ? 0 : nOutside,
        largest: crossing.toSorted(byRows).slice(0, nShown).map(shownOf)
      },
      largest: largest < 0 ? null : shownOf(largest)
    },
    clumps,
    name: (text, words) => {
      const shown = named.get(text)
      if (shown?.example === "") shown.example = words.slice(0, 200)
    }
  }
}

/** Rows, a part of its share and standard deviations of chance by which a split has to be off before that is said. */
const [leastOff, leastPart, leastDeviations] = [5, 1 / 3, 3]

/** `clumps` is the sum of the squared rows of clusters: what chance does to a split when each cluster is drawn by itself. */
const warningsOf = ({ crossing, largest, splits }: Numbers, by: string, clumps: number): SplitFinding["warnings"] => {
  const nRows = splits.reduce((sum, { rows }) => sum + rows, 0)
  const warnings: Array<SplitFinding["warnings"][number]> = []
  for (const [s, { asked, name, rows }] of splits.entries()) {
    if (asked === null || asked === 0 || largest === null) continue
    // A single row is larger than no split: no other draw would be better.
    const wanted = Math.max(1, Math.round(asked * nRows))
    if (largest.rows > wanted) {
      warnings.push({
        code: "clusterLargerThanSplit",
        message: `One cluster of ${Figure.counted(largest.prompts, "alike prompt")} has ${largest.rows} rows, more than the ${wanted} of ${nRows} that split "${name}" should hold; it is in "${largest.split}" as a whole. Look at its prompts, remove copies, or ask for a larger share`
      })
      continue
    }
    // How far the first split is off follows from the others, since it gets the rest.
    const chance = Math.sqrt(asked * (1 - asked) * clumps)
    const allowed = Math.max(leastOff, leastPart * wanted, leastDeviations * chance)
    if (s === 0 || rows === 0 || Math.abs(rows - wanted) < allowed) continue
    warnings.push({
      code: "splitOffShare",
      message: `Split "${name}" got ${rows} of ${nRows} rows, ${Figure.share(rows / nRows)}, expected ${Figure.share(asked)}: values of "${by}" are few, uneven or have prompts in common. Ask for another share or take a column of more values`
    })
  }
  const empty = splits.filter(({ asked, rows }) => rows === 0 && asked !== 0).map(({ name }) => `"${name}"`)
  if (nRows > 0 && empty.length > 0) {
    warnings.push({
      code: "emptySplit",
      message: `No row came into ${empty.join(", ")}: ${nRows} rows make ${splits.reduce((sum, { clusters }) => sum + clusters, 0)} clusters. Give it more prompts, or ask for other splits`
    })
  }
  if (crossing.rejected > 0) {
    warnings.push({
      code: "promptsCross",
      message: `${crossing.rejected} rows were left out because "${by}" puts them into another split than alike prompts; ${crossing.clusters} clusters cross. They are in the rejects as "prompt in another split"`
    })
  }
  return warnings
}
