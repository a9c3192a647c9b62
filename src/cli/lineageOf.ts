import * as fs from "node:fs"
import * as path from "node:path"
import { fileLines } from "../fileLines.ts"
import type { ManifestStage } from "../Manifest.ts"
import type { MadeAt } from "../originsOf.ts"
import { rowId } from "../sinks/KeptRows.ts"
import { type MergeArms, mergeArms } from "./mergeArms.ts"
import type { DataRow } from "./RowOrigin.ts"

/** What is known of rows before their way is followed. */
export interface LineageOptions {
  /** The folder of the run, for the rows that its rounds left. */
  readonly out: string
  readonly stages: ReadonlyArray<Pick<ManifestStage, "config" | "key" | "kind">>
  /** The round that the rows are of; null where the run made none. */
  readonly round: number | null
  /** By id, the line of the provenance before which the makers of a row stand. */
  readonly rows: ReadonlyMap<string, number>
  /** Where rows of these ids come from, as `originsOf` finds it. */
  readonly made: ReadonlyArray<MadeAt>
}

/** What was on the way of rows, and not on that of others with the same ids. */
export interface Lineage {
  /** The lines of `made` that lie on the way. */
  readonly made: ReadonlyArray<MadeAt>
  /** Whether a row of this id was on the way when this stage had it. */
  readonly has: (stage: string, id: string) => boolean
  /** What could not be followed, and why. */
  readonly missing: ReadonlyArray<string>
}

/**
 * Follows rows back through branches and rounds, in which the same ids come again.
 *
 * Later rounds and other branches of a merge are not on the way. An earlier round is, for a row that no stage of the later one made, where
 * that one reads the rows of the earlier and the row is among them. Reads those rows once for each round that reads them; memory is what is
 * found. Throws as `node:fs` does.
 */
export const lineageOf = ({ made, out, round, rows, stages }: LineageOptions): Lineage => {
  const missing: Array<string> = []
  const found: Way = { made: new Set(), visits: new Map() }
  const starts = new Map<number, ReadonlyMap<string, number>>([[outside, new Map(rows)]])
  for (const level of [outside, ...downFrom(round)]) {
    const own = stages.filter(({ key }) => levelOf(key) === level)
    const lines = made.filter(({ stage }) => levelOf(stage) === level)
    const roots = follow({ level, lines, arms: mergeArms(own) }, starts.get(level) ?? new Map(), found)
    if (roots.size === 0) continue
    if (level === outside) {
      if (round !== null) starts.set(round, roots)
      continue
    }
    for (const earlier of readBy(own).filter((one) => one < level)) {
      const file = path.join(out, roundRows(earlier))
      if (!fs.existsSync(file)) {
        missing.push(`what round ${earlier} made of what round ${level} read: no "${file}"`)
        continue
      }
      const held = heldIn(file, roots)
      starts.set(earlier, new Map([...(starts.get(earlier) ?? []), ...held]))
    }
  }
  for (const [name, visits] of found.visits) {
    const twice = visits.flatMap(({ arms, makers, user }) => {
      const other = user === null ? makers.find((one) => areBeside(arms, one, makers[0]!)) : undefined
      return other === undefined ? [] : [`"${makers[0]!}" and "${other}"`]
    })
    const id = name.slice(name.indexOf(" ") + 1)
    for (const both of new Set(twice)) {
      missing.push(
        `which branch it came from: ${both} each made a row of the id ${JSON.stringify(id)}; what is told may be of either`
      )
    }
  }
  return {
    made: made.filter((line) => found.made.has(line)),
    has: (stage, id) =>
      (found.visits.get(nameOf(levelOf(stage), id)) ?? []).some(({ arms, makers, user }) => {
        const isBeside = (other: string) => areBeside(arms, stage, other)
        return (user === null || !isBeside(user)) && (makers.length === 0 || !makers.every(isBeside))
      }),
    missing
  }
}

/** A row as it was when a stage made another one of it, or when it came out where `user` is null. */
interface Visit {
  readonly arms: MergeArms
  readonly user: string | null
  /** The stages that made it. */
  readonly makers: ReadonlyArray<string>
}

interface Way {
  readonly made: Set<MadeAt>
  /** By level and id. */
  readonly visits: Map<string, Array<Visit>>
}

interface Level {
  readonly level: number
  readonly lines: ReadonlyArray<MadeAt>
  readonly arms: MergeArms
}

/** Follows rows through one pipeline; gives those that its sources read, with the line before which they were there. */
const follow = (
  { arms, level, lines }: Level,
  starts: ReadonlyMap<string, number>,
  found: Way
): ReadonlyMap<string, number> => {
  const roots = new Map<string, number>()
  const seen = new Set<string>()
  const waiting = [...starts].map(([id, before]) => ({ id, before, user: null as string | null }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { before, id, user } = next
    const key = JSON.stringify([id, user, before])
    if (seen.has(key)) continue
    seen.add(key)
    const makers = lines.filter(
      ({ at, made, stage }) => at < before && made.includes(id) && (user === null || !areBeside(arms, stage, user))
    )
    const name = nameOf(level, id)
    const visit = { arms, user, makers: makers.map(({ stage }) => stage) }
    found.visits.set(name, [...(found.visits.get(name) ?? []), visit])
    for (const line of makers) {
      found.made.add(line)
      waiting.push({ id: line.of, before: line.at, user: line.stage })
    }
    if (makers.every(({ of }) => of === id)) roots.set(id, Math.max(before, roots.get(id) ?? -1))
  }
  return roots
}

/** Stages of no round. */
const outside = 0

/** The number of the round that a stage is in. */
const levelOf = (stage: string): number => Number(/^round (\d+)\//.exec(stage)?.[1] ?? outside)

const downFrom = (round: number | null): ReadonlyArray<number> =>
  Array.from({ length: round ?? 0 }, (_, i) => round! - i)

const nameOf = (level: number, id: string): string => `${level} ${id}`

const areBeside = (arms: MergeArms, one: string, other: string): boolean => {
  const others = arms.get(other)
  return [...(arms.get(one) ?? [])].some(([merge, arm]) => others?.has(merge) === true && others.get(merge) !== arm)
}

const roundRows = (round: number): string => path.join("rounds", String(round), "rows.jsonl")

/** The rounds whose rows these stages read, by the paths that `rounds` has for them where it is planned. */
const readBy = (stages: LineageOptions["stages"]): ReadonlyArray<number> => {
  const sources = stages.filter(({ kind }) => kind === "source").map(({ config }) => JSON.stringify(config))
  const found = sources.flatMap((config) => [...config.matchAll(/"(\d+)(?:\/|\\\\)rows\.jsonl"/g)])
  return [...new Set(found.map(([, round]) => Number(round)))]
}

/** Those of the rows that stand in a file of a round. */
const heldIn = (file: string, wanted: ReadonlyMap<string, number>): ReadonlyMap<string, number> => {
  const quoted = [...wanted.keys()].map((id) => JSON.stringify(id))
  const held = new Map<string, number>()
  for (const line of fileLines(file)) {
    // What has no id is known by a hash of all it holds.
    if (line.includes('"id":') && !quoted.some((id) => line.includes(id))) continue
    const id = rowId(JSON.parse(line) as DataRow)
    const before = wanted.get(id)
    if (before !== undefined) held.set(id, before)
  }
  return held
}
