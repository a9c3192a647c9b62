import * as fs from "node:fs"
import * as path from "node:path"
import * as Argument from "effect/cli/Argument"
import { booleanFlag } from "./booleanFlag.ts"
import { usageError } from "./usageError.ts"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { amount, bytes, counted, dollars } from "./Amount.ts"
import type { Unread } from "../readableCalls.ts"
import { asCommand, CommandFailed } from "./CommandFailed.ts"
import { isFolder } from "../isFolder.ts"
import { statsIfThere } from "../statsIfThere.ts"
import { printable } from "./printable.ts"
import { printJson, printResult } from "./StandardOutput.ts"

const out = Argument.String("out").pipe(Argument.withDescription("Folder of a run, or the journal.sqlite file in it"))

const json = booleanFlag("json", "Print one JSON object")

/** Opens a journal until the scope closes; SQLite is loaded here and not before. */
const openJournal = Effect.fnUntraced(function* (place: string, access: "read" | "write" | "salvage") {
  const [{ openJournalFile }, { keepHeapSmall }] = yield* Effect.promise(() =>
    Promise.all([import("../JournalFile.ts"), import("./keepHeapSmall.ts")])
  )
  keepHeapSmall()
  return yield* openJournalFile(place, access)
})

const stats = Command.make(
  "stats",
  { out, json },
  Effect.fnUntraced(function* (options) {
    const [{ journalStats }, { renderJournalStats }] = yield* Effect.promise(() =>
      Promise.all([import("../journalStats.ts"), import("./renderJournalStats.ts")])
    )
    const found = yield* asCommand(Effect.flatMap(openJournal(options.out, "read"), journalStats))
    return yield* options.json ? printJson(found) : printResult(renderJournalStats(found))
  })
).pipe(
  Command.withDescription(
    "Count what a journal holds.\n\n  Answers, failures, tokens, cost and latency by model, and what each run spent."
  ),
  Command.withShortDescription("Count answers, failures, tokens, cost and latency"),
  Command.withExamples([{ command: "prefloom journal stats out/first", description: "What is there and what it cost" }])
)

const explain = Command.make(
  "explain",
  {
    out,
    session: Flag.Int("session").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Session to explain. Default: the last"),
      Flag.optional
    ),
    json
  },
  Effect.fnUntraced(function* (options) {
    const [{ explainMisses }, { renderMisses }] = yield* Effect.promise(() =>
      Promise.all([import("../explainMisses.ts"), import("./renderMisses.ts")])
    )
    const report = yield* openJournal(options.out, "read").pipe(
      Effect.flatMap((journal) => explainMisses(journal, Option.getOrNull(options.session))),
      asCommand
    )
    return yield* options.json ? printJson(report) : printResult(renderMisses(report))
  })
).pipe(
  Command.withDescription(
    `Say why calls were asked again.

  Compares what the last session asked with all earlier calls and names the field that changed: the system prompt, the
  temperature, the model, and so on. Every process that ran the pipeline is one session.`
  ),
  Command.withShortDescription("Name the field that made calls miss the journal"),
  Command.withExamples([{ command: "prefloom journal explain out/first", description: "Why the last run paid again" }])
)

const exportCommand = Command.make(
  "export",
  {
    out,
    file: Flag.String("out").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("File to write. Default: standard output"),
      Flag.optional
    ),
    failures: booleanFlag("failures", "Failures alone"),
    json: booleanFlag("json", "With --out, print what was written as one JSON object")
  },
  Effect.fnUntraced(function* (options) {
    const file = Option.getOrNull(options.file)
    if (file === null && options.json) {
      return yield* usageError(
        ["journal", "export"],
        "Cannot tell what was written: found --json without --out, expected both; without --out the calls themselves are printed, a line of JSON each"
      )
    }
    const [{ exportJournal }, { makeFolder }] = yield* Effect.promise(() =>
      Promise.all([import("./exportJournal.ts"), import("./makeFolder.ts")])
    )
    if (file !== null) yield* makeFolder(path.dirname(file))
    const { calls, hasAllNotes, journalFile, unread } = yield* openJournal(options.out, "salvage").pipe(
      Effect.flatMap((journal) =>
        Effect.map(exportJournal(journal, { out: file, failures: options.failures }), (exported) => ({
          ...exported,
          journalFile: journal.file
        }))
      ),
      asCommand
    )
    const nUnread = unread === null ? 0 : unread.calls
    if (file !== null) {
      yield* options.json
        ? printJson({ file, calls, unread: nUnread })
        : printResult(`Wrote ${counted(calls, "call")} to ${printable(file)}`)
    }
    const lost = [
      ...(unread !== null && nUnread !== 0 ? [unreadInWords(unread)] : []),
      ...(hasAllNotes ? [] : ["notes of what is under way, such as batches"])
    ]
    if (lost.length > 0) {
      return yield* new CommandFailed({
        message: `Cannot read all of the journal "${journalFile}": found ${lost.join(" and ")} on damaged pages, expected none; ${counted(calls, "call was", "calls were")} written; ${goOn}`
      })
    }
  })
).pipe(
  Command.withDescription(
    `Write the calls of a journal as JSON Lines.

  One object for each call, with request, answer, tokens and cost, in the order they came in. A file (--out) ends with the notes of
  the journal, such as those of batches under way, which prefloom journal import gives back. Of a journal that is damaged all that
  can be read is written; then it exits with 1 and says how many calls could not be read.`
  ),
  Command.withShortDescription("Write every call as a line of JSON"),
  Command.withExamples([
    { command: "prefloom journal export out/first | jq .answer.text", description: "What models said" },
    { command: "prefloom journal export out/first --failures --out failures.jsonl", description: "Failures, as a file" }
  ])
)

const unreadInWords = ({ calls, isExact }: Unread): string =>
  calls === null ? "calls, nobody knows how many," : `${isExact ? "" : "about "}${counted(calls, "call")}`

const goOn =
  "with them in a file (--out), move the damaged journal away, with what is beside it under its name, and give the file to prefloom journal import; a run then asks, and pays, for the others alone. .recover of the sqlite3 program may find more"

const importCommand = Command.make(
  "import",
  {
    out: Argument.String("out").pipe(Argument.withDescription("Folder of a run, or a journal.sqlite file")),
    file: Argument.String("file.jsonl").pipe(Argument.withDescription("What prefloom journal export wrote")),
    json
  },
  Effect.fnUntraced(function* (options) {
    const [{ importJournal }, { importRun, Journal }, { lockRun }, { ensureFolder }] = yield* Effect.promise(() =>
      Promise.all([
        import("./importJournal.ts"),
        import("../Journal.ts"),
        import("../RunLock.ts"),
        import("../ensureFolder.ts")
      ])
    )
    if (statsIfThere(options.file)?.isDirectory() !== false) {
      return yield* new CommandFailed({
        message: `Cannot import "${options.file}": found no file there, expected one that prefloom journal export wrote; name it after the folder`
      })
    }
    const isFile = !isFolder(options.out) && (fs.existsSync(options.out) || options.out.endsWith(".sqlite"))
    const file = isFile ? options.out : path.join(options.out, ".prefloom", "journal.sqlite")
    yield* Effect.try({
      try: () => ensureFolder(path.dirname(file)),
      catch: (cause) =>
        new CommandFailed({
          message: `Cannot import into "${options.out}": found ${(cause as Error).message}, expected the folder of a run, or one that can be made; name another one`
        })
    })
    const imported = yield* (isFile ? Effect.void : lockRun(options.out)).pipe(
      Effect.andThen(
        importJournal(options.file).pipe(
          Effect.provide(Journal.layer(file, { run: importRun, pipeline: "prefloom journal import" }))
        )
      ),
      asCommand
    )
    const { added, known, notes, unread } = imported
    const held =
      (notes === 0 ? "" : `, and ${counted(notes, "note")} of what was under way`) +
      (known === 0 ? "" : `; it held ${amount(known)} already`)
    yield* options.json
      ? printJson({ file, ...imported })
      : printResult(
          `Added ${counted(added, "call")} to ${printable(file)}${held}\n` +
            "A run takes these answers from there; what they cost does not count towards its caps"
        )
    if (unread !== null) {
      return yield* new CommandFailed({
        message: `Cannot import all of "${options.file}": found ${unread.found} in line ${amount(unread.first)}${unread.lines === 1 ? "" : ` and ${amount(unread.lines - 1)} more such`}, expected calls as prefloom journal export writes them; all others are in the journal, and a run asks, and pays, for these again`
      })
    }
  })
).pipe(
  Command.withDescription(
    `Add exported calls to a journal.

  Takes what prefloom journal export wrote, also of a journal that is damaged: a run into the folder then asks, and pays, for
  nothing that is there. The folder and its journal are made where there are none. An answer takes the place of a failure; an
  answer that the journal holds stays. Lines that hold no call are passed over; then it exits with 1 and says how many.`
  ),
  Command.withShortDescription("Add exported calls to a journal"),
  Command.withExamples([
    { command: "prefloom journal import out/first saved.jsonl", description: "After a damaged journal was moved away" }
  ])
)

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

const isDay = (day: string): boolean => {
  const moment = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(`${day}T`)
}

const prune = Command.make(
  "prune",
  {
    out,
    before: Flag.String("before").pipe(
      Flag.withMetavar("YYYY-MM-DD"),
      Flag.withDescription("Answered before this day began, in UTC"),
      Flag.filter(isDay, () => "a day such as 2026-01-31"),
      Flag.optional
    ),
    model: text("model", "M", "Calls to this model"),
    endpoint: text("endpoint", "E", "Calls to this endpoint"),
    provider: text("provider", "P", "Calls through this provider"),
    failures: booleanFlag("failures", "Failures alone"),
    dryRun: booleanFlag("dry-run", "Say what would go"),
    json
  },
  Effect.fnUntraced(function* (options) {
    const conditions = {
      before: Option.getOrUndefined(Option.map(options.before, (day) => Date.parse(`${day}T00:00:00Z`))),
      model: Option.getOrUndefined(options.model),
      endpoint: Option.getOrUndefined(options.endpoint),
      provider: Option.getOrUndefined(options.provider),
      failures: options.failures
    }
    if (Object.values(conditions).every((condition) => condition === undefined || condition === false)) {
      return yield* usageError(
        ["journal", "prune"],
        "Cannot prune without a condition: found none, expected --before, --model, --endpoint, --provider or --failures"
      )
    }
    const { pruneJournal } = yield* Effect.promise(() => import("../pruneJournal.ts"))
    const pruned = yield* openJournal(options.out, options.dryRun ? "read" : "write").pipe(
      Effect.flatMap((journal) => pruneJournal(journal, conditions, { dryRun: options.dryRun })),
      asCommand
    )
    if (options.json) return yield* printJson(pruned)
    const { answers, failures, costUsd, dryRun } = pruned
    const went = `${counted(answers, "answer")} and ${counted(failures, "failure")}`
    if (answers + failures === 0) return yield* printResult("No call meets these conditions; nothing was removed")
    const paid = costUsd === null ? "" : ` (${dollars(costUsd)} so far as prices are known)`
    return yield* printResult(
      `${dryRun ? "Would remove" : "Removed"} ${went}, ${bytes(pruned.bytes)}${dryRun ? " of text" : ""}\n` +
        `They would have to be asked, and paid, again${paid}; what runs have spent stays written down`
    )
  })
).pipe(
  Command.withDescription(
    `Remove answers from a journal and make the file smaller.

  Removes the calls that meet every condition given; at least one is needed. What was removed is asked, and paid, again when a
  pipeline needs it. What runs have spent stays written down. While a run or another program has the journal open nothing is removed.`
  ),
  Command.withShortDescription("Remove answers by date, model, endpoint or failure"),
  Command.withExamples([
    { command: "prefloom journal prune out/first --failures --dry-run", description: "What would go" },
    { command: "prefloom journal prune out/first --before 2026-01-01", description: "Answers of last year" }
  ])
)

/** `prefloom journal`: looks into the answers that a run keeps, exports, imports and removes them. */
export const journal = Command.make("journal").pipe(
  Command.withDescription("Look into the journal of a run: the answers it paid for and keeps."),
  Command.withShortDescription("Count, explain, export, import or prune the answers a run keeps"),
  Command.withSubcommands([stats, explain, exportCommand, importCommand, prune])
)
