import * as path from "node:path"
import * as Effect from "effect/Effect"
import { Inputs } from "../Inputs.ts"
import { type JournalFile, readingJournal } from "../JournalFile.ts"
import { type JournalLine, journalLines } from "../journalLines.ts"
import { journalNotes, type NoteLine } from "../journalNotes.ts"
import type { Unread } from "../readableCalls.ts"
import { Run } from "../Run.ts"
import { cannotWrite } from "../sinks/SinkError.ts"
import { syncFolder, WholeFile } from "../sinks/WholeFile.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { printableJson } from "./printable.ts"

/** Calls that are read before they are written. */
const groupSize = 256

/** What came of an export. */
export interface Exported {
  /** Calls that were written. */
  readonly calls: number
  /** Calls that a damaged journal still holds and that could not be read; null where it is not damaged. */
  readonly unread: Unread | null
  /** False where the journal is damaged where its notes are, so that batches under way may not have been written. */
  readonly hasAllNotes: boolean
}

/**
 * Writes the calls of a journal as JSON Lines, to a file that is whole or absent, or to standard output.
 *
 * A file of all calls ends with the notes of the journal, a line each: they tell what batches are under way, whose answers would be
 * paid again without them. Of a journal that is damaged it writes all that can be read.
 * Waits while a reader of standard output is slow, so the memory does not grow. On a terminal nothing is written that it could act on.
 */
export const exportJournal = Effect.fnUntraced(function* (
  journal: JournalFile,
  options: { readonly out: string | null; readonly failures: boolean }
) {
  const lines = journalLines(journal, options)
  if (options.out === null)
    return { ...(yield* writeGroups(journal, lines, toStandardOutput)), hasAllNotes: true } satisfies Exported
  const out = path.resolve(options.out)
  if (new Inputs(["", "-wal", "-shm"].map((end) => journal.file + end)).has(out)) {
    return yield* new CommandFailed({
      message: `Cannot write calls to "${options.out}": found the journal itself there, expected another file; name one with --out`
    })
  }
  const target = { sink: "journal export", path: path.basename(out) }
  const attempt = <A>(action: () => A) => Effect.try({ try: action, catch: (cause) => cannotWrite(target, cause) })
  return yield* Effect.gen(function* () {
    const file = yield* WholeFile.open(target)
    const append = (group: ReadonlyArray<JournalLine | NoteLine>) =>
      attempt(() => file.append(Buffer.from(group.map((line) => `${JSON.stringify(line)}\n`).join(""))))
    const exported = yield* writeGroups(journal, lines, append)
    const { isWhole, notes } = options.failures
      ? { isWhole: true, notes: [] }
      : yield* readingJournal(journal.file, () => journalNotes(journal))
    yield* append(notes)
    yield* attempt(() => {
      file.seal()
      file.publish(exported.calls)
      syncFolder(file.folder)
    })
    return { ...exported, hasAllNotes: isWhole } satisfies Exported
  }).pipe(
    Effect.updateService(Run, (run) => ({ ...run, folder: path.dirname(out), own: null })),
    Effect.provide(Run.layerTemporary()),
    Effect.scoped
  )
})

const writeGroups = Effect.fnUntraced(function* <E>(
  { file }: JournalFile,
  lines: Iterator<JournalLine, Unread | null>,
  write: (group: ReadonlyArray<JournalLine>) => Effect.Effect<void, E>
) {
  let calls = 0
  for (;;) {
    const group: Array<JournalLine> = []
    const end = yield* readingJournal(file, () => takeInto(group, lines))
    if (group.length > 0) yield* write(group)
    calls += group.length
    if (end !== undefined) return { calls, unread: end.unread }
  }
})

/** Fills a group, and tells what the lines return where they end in it. */
const takeInto = (group: Array<JournalLine>, lines: Iterator<JournalLine, Unread | null>) => {
  while (group.length < groupSize) {
    const next = lines.next()
    if (next.done === true) return { unread: next.value }
    group.push(next.value)
  }
  return undefined
}

const toStandardOutput = (group: ReadonlyArray<JournalLine>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const lines = group.map((line) => (process.stdout.isTTY ? onOneLine(line) : JSON.stringify(line)))
    if (process.stdout.write(`${lines.join("\n")}\n`)) resume(Effect.void)
    else process.stdout.once("drain", () => resume(Effect.void))
  })

/** Line breaks inside of texts are escaped, so every line break is one between tokens. */
const onOneLine = (line: JournalLine): string => printableJson(line).replace(/\n */g, " ")
