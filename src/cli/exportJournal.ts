import * as path from "node:path"
import * as Effect from "effect/Effect"
import { type JournalFile, readingJournal } from "../JournalFile.ts"
import { type JournalLine, journalLines } from "../journalLines.ts"
import { Run } from "../Run.ts"
import { cannotWrite } from "../sinks/SinkError.ts"
import { syncFolder, WholeFile } from "../sinks/WholeFile.ts"
import { printableJson } from "./printable.ts"

/** Calls that are read before they are written. */
const groupSize = 256

/**
 * Writes the calls of a journal as JSON Lines, to a file that is whole or absent, or to standard output; returns how many.
 *
 * Waits while a reader of standard output is slow, so the memory does not grow. On a terminal nothing is written that it could act on.
 */
export const exportJournal = Effect.fnUntraced(function* (
  journal: JournalFile,
  options: { readonly out: string | null; readonly failures: boolean }
) {
  const lines = journalLines(journal, options)
  if (options.out === null) return yield* writeGroups(journal, lines, toStandardOutput)
  const out = path.resolve(options.out)
  const target = { sink: "journal export", path: path.basename(out) }
  const attempt = <A>(action: () => A) => Effect.try({ try: action, catch: (cause) => cannotWrite(target, cause) })
  return yield* Effect.gen(function* () {
    const file = yield* WholeFile.open(target)
    const n = yield* writeGroups(journal, lines, (group) =>
      attempt(() => file.append(Buffer.from(group.map((line) => `${JSON.stringify(line)}\n`).join(""))))
    )
    yield* attempt(() => {
      file.seal()
      file.publish(n)
      syncFolder(file.folder)
    })
    return n
  }).pipe(
    Effect.updateService(Run, (run) => ({ ...run, folder: path.dirname(out) })),
    Effect.provide(Run.layerTemporary()),
    Effect.scoped
  )
})

const writeGroups = Effect.fnUntraced(function* <E>(
  { file }: JournalFile,
  lines: Iterator<JournalLine>,
  write: (group: ReadonlyArray<JournalLine>) => Effect.Effect<void, E>
) {
  let n = 0
  for (;;) {
    const group = yield* readingJournal(file, () => take(lines, groupSize))
    if (group.length > 0) yield* write(group)
    n += group.length
    if (group.length < groupSize) return n
  }
})

const take = <A>(items: Iterator<A>, n: number): ReadonlyArray<A> => {
  const taken: Array<A> = []
  while (taken.length < n) {
    const next = items.next()
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}

const toStandardOutput = (group: ReadonlyArray<JournalLine>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const lines = group.map((line) => (process.stdout.isTTY ? onOneLine(line) : JSON.stringify(line)))
    if (process.stdout.write(`${lines.join("\n")}\n`)) resume(Effect.void)
    else process.stdout.once("drain", () => resume(Effect.void))
  })

/** Line breaks inside of texts are escaped, so every line break is one between tokens. */
const onOneLine = (line: JournalLine): string => printableJson(line).replace(/\n */g, " ")
