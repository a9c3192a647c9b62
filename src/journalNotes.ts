import { isDamage } from "./JournalError.ts"
import type { JournalFile } from "./JournalFile.ts"

/** One note of a journal: what a run has to remember beside its calls, such as the batches that are under way. */
export interface NoteLine {
  readonly note: string
  readonly value: string
}

/**
 * Reads the notes of a journal, in the order of their names.
 *
 * Of a damaged one those that can be read; `isWhole` is false where there may be others. Throws what SQLite throws for other reasons.
 */
export const journalNotes = ({
  database,
  version
}: JournalFile): { readonly notes: ReadonlyArray<NoteLine>; readonly isWhole: boolean } => {
  if (version < 2) return { notes: [], isWhole: true }
  const numbersIn = (order: string) =>
    unlessDamaged(() => database.prepare(`SELECT rowid AS id FROM notes ${order}`).all())
  // The table and the index of its names lie on different pages: either leads to all notes.
  const numbers = numbersIn("NOT INDEXED") ?? numbersIn("ORDER BY name")
  const notes = (numbers ?? []).flatMap(({ id }) => {
    const row = unlessDamaged(() => database.prepare("SELECT name, value FROM notes WHERE rowid = ?").get(id!))
    return typeof row?.["name"] === "string" && typeof row["value"] === "string"
      ? [{ note: row["name"], value: row["value"] }]
      : []
  })
  notes.sort((a, b) => (a.note < b.note ? -1 : 1))
  return { notes, isWhole: notes.length === numbers?.length }
}

const unlessDamaged = <A>(read: () => A): A | undefined => {
  try {
    return read()
  } catch (cause) {
    if (!isDamage(cause)) throw cause
    return undefined
  }
}
