import type { Holding, Part, Writer } from "./Format.ts"

/** What becomes of the columns of a file when it is written in another format. */
export interface ColumnFates {
  readonly kept: ReadonlyArray<string>
  readonly renamed: ReadonlyArray<{ readonly from: string; readonly to: ReadonlyArray<string> }>
  readonly lost: ReadonlyArray<string>
}

/** Where a part goes that the other format does not keep apart. */
const elsewhere: Partial<Readonly<Record<Part, ReadonlyArray<Part>>>> = {
  chosen: ["candidates"],
  rejected: ["candidates", "chosen"],
  candidates: ["chosen", "rejected"],
  label: ["chosen", "candidates"]
}

/**
 * Works out what an export keeps, renames and loses, from the columns alone and before a row is read.
 *
 * A column that is taken for several parts counts as lost only when none of them is written.
 */
export const columnFates = (holding: Holding, writer: Writer): ColumnFates => {
  const targets = (part: Part): ReadonlyArray<string> => {
    const own = writer.parts.filter((one) => one.part === part)
    const found = own.length > 0 ? own : writer.parts.filter((one) => elsewhere[part]?.includes(one.part) === true)
    return found.map(({ column }) => column)
  }
  const places = new Map<string, Set<string>>()
  const counts = new Map<string, number>()
  for (const { column, part } of holding.parts) {
    const to = targets(part)
    // Of two columns with one part, such as two scores, the first goes to the first.
    const nth = counts.get(part) ?? 0
    counts.set(part, nth + 1)
    const isSplit = holding.parts.filter((one) => one.part === part).length === to.length && to.length > 1
    const place = places.get(column) ?? new Set()
    for (const name of isSplit ? [to[nth]!] : to) place.add(name)
    places.set(column, place)
  }
  for (const { from, to } of writer.extra) places.set(from, new Set([to]))
  for (const { name } of holding.extra) if (!places.has(name)) places.set(name, new Set())
  const all = [...places]
  return {
    kept: all.filter(([name, to]) => to.has(name)).map(([name]) => name),
    renamed: all.filter(([name, to]) => to.size > 0 && !to.has(name)).map(([from, to]) => ({ from, to: [...to] })),
    lost: [...all.filter(([, to]) => to.size === 0).map(([name]) => name), ...holding.unkept]
  }
}
