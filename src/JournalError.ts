import * as Schema from "effect/Schema"

/** The journal could not be opened, read or written. */
export class JournalError extends Schema.TaggedError<JournalError>()("JournalError", {
  file: Schema.String,
  found: Schema.String,
  remedy: Schema.String,
  /** True when the file itself is at fault: running again meets the same. */
  isDamaged: Schema.optionalKey(Schema.Boolean)
}) {
  override get message(): string {
    return `Cannot use the journal "${this.file}": ${this.found}, expected a journal of this version that can be written; ${this.remedy}`
  }
}

/** Makes a `JournalError` of what SQLite or the file system throws. */
export const journalFailure = (file: string) => (cause: unknown) => {
  const found = cause instanceof Error ? cause.message : String(cause)
  if (isDamage(cause)) return damagedJournal(file, found)
  const remedy = isLocked(cause)
    ? "another program has kept it locked for long, such as a backup or prefloom journal prune: wait until it is done, and run again"
    : "check the permissions and the free space of the folder, or move the file away"
  return new JournalError({ file, found, remedy })
}

/** The error of a journal whose file itself is at fault. */
export const damagedJournal = (file: string, found: string): JournalError =>
  new JournalError({ file, found, remedy: damageRemedy, isDamaged: true })

/** The error of an SQLite file that belongs to another program. */
export const foreignJournal = (file: string): JournalError =>
  new JournalError({
    file,
    found: "an SQLite file of another program, which stays as it is",
    remedy: "name a journal that a run made, or a file that is not there yet"
  })

/** Tells from what SQLite throws that the file itself is at fault: damaged, or no database at all. */
export const isDamage = (cause: unknown): boolean =>
  cause instanceof Error && "errcode" in cause && damaged.has((cause.errcode as number) & 0xff)

/** Tells from what SQLite throws that another process keeps the file locked. */
export const isLocked = (cause: unknown): boolean =>
  cause instanceof Error && "errcode" in cause && ((cause.errcode as number) & 0xff) === locked

/** SQLITE_BUSY. */
const locked = 5

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const damaged: ReadonlySet<number> = new Set([11, 26])

/** What to do about it. */
export const damageRemedy =
  "put a copy from before in its place; or save what can be read with prefloom journal export --out FILE, move it away, with what is beside it under its name, and give FILE to prefloom journal import: only what could not be read is asked, and paid, again"
