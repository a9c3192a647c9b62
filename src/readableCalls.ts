import type { DatabaseSync } from "node:sqlite"
import { isDamage } from "./JournalError.ts"
import { type JournalFile, journalBytes } from "./JournalFile.ts"

/** How many calls of a damaged journal could not be read. */
export interface Unread {
  /** Null where the list of all calls is lost as well. */
  readonly calls: number | null
  /** False where a part of that list is lost, so that `calls` may be too high or too low. */
  readonly isExact: boolean
}

/**
 * Reads what can be read of the calls of a damaged journal, in the order they came in, and returns how many could not be.
 *
 * `read` turns a row into what is wanted and throws for one that holds no call. The calls of a page that is damaged are passed over,
 * and those of all pages that only a damaged page leads to. Each call that is passed over costs some tens of microseconds; the numbers
 * of all calls are in memory. Throws what SQLite throws for other reasons than damage.
 */
export function* readableCalls<A>(journal: JournalFile, read: (row: unknown) => A): Generator<A, Unread> {
  const { database } = journal
  const { ids, isComplete, isKnown } = idsIn(journal)
  const following = isComplete ? firstAfter(ids) : stepAfter(ids)
  let nRead = 0
  let nPassed = 0
  for (let from: number | undefined = 1; from !== undefined;) {
    let last = from - 1
    try {
      // A statement that has failed throws its error once more when it is run again, so each try has one of its own.
      const rows = database.prepare("SELECT * FROM knownCalls WHERE id >= ? ORDER BY id").iterate(from)
      for (const row of rows) {
        const id = row["id"] as number
        if (id <= last) continue
        last = id
        let call: A
        try {
          call = read(row)
        } catch {
          nPassed++
          continue
        }
        nRead++
        yield call
      }
      break
    } catch (cause) {
      if (!isDamage(cause)) throw cause
    }
    if (last < from) nPassed++
    from = following(Math.max(from, last))
  }
  return { calls: isComplete ? Math.max(0, ids.length - nRead) : isKnown ? nPassed : null, isExact: isComplete }
}

/** The numbers of all calls from the index of their keys; where a part of it is damaged, what is left of it and the last number. */
const idsIn = (journal: JournalFile) => {
  const { database, file } = journal
  const ids: Array<number> = []
  let isComplete = true
  for (let from: string | undefined = ""; from !== undefined;) {
    let last: string = from
    try {
      const entries = database
        .prepare("SELECT key, rowid AS id FROM main.calls WHERE key > ? ORDER BY key")
        .iterate(from)
      for (const { id, key } of entries) {
        if (typeof key !== "string" || key <= last) continue
        last = key
        ids.push(id as number)
      }
      break
    } catch (cause) {
      if (!isDamage(cause)) throw cause
    }
    isComplete = false
    from = prefixAfter(last)
  }
  if (!isComplete) ids.push(...lastId(database))
  const isKnown = ids.length > 0
  if (!isKnown) ids.push(Math.ceil(journalBytes(file) / fewestBytes))
  return { ids: Float64Array.from(ids).sort(), isComplete, isKnown }
}

/** A request, its key and where it went take more in every journal. */
const fewestBytes = 300

/** Keys are hexadecimal and spread evenly, so that their first digits lead to all parts of an index. */
const prefixAfter = (key: string): string | undefined => {
  const prefix = key === "" ? 0 : Number.parseInt(key.slice(0, 3), 16) + 1
  return prefix < 0x1000 ? prefix.toString(16).padStart(3, "0") : undefined
}

const lastId = (database: DatabaseSync): ReadonlyArray<number> => {
  try {
    const { id } = database.prepare("SELECT max(rowid) AS id FROM main.calls").get() as { readonly id: number | null }
    return id === null ? [] : [id]
  } catch (cause) {
    if (isDamage(cause)) return []
    throw cause
  }
}

const firstAfter =
  (ids: Float64Array) =>
  (id: number): number | undefined => {
    let low = 0
    let high = ids.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (ids[middle]! <= id) low = middle + 1
      else high = middle
    }
    return ids[low]
  }

/** Goes through the numbers one by one where not all are known, but not through a gap that only a damaged number can make. */
const stepAfter = (ids: Float64Array) => {
  const following = firstAfter(ids)
  return (id: number): number | undefined => {
    const known = following(id)
    return known === undefined || known - id > longestGap ? known : id + 1
  }
}

const longestGap = 1_000_000
