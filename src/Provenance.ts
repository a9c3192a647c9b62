import * as fs from "node:fs"
import * as path from "node:path"
import { ensureFolder } from "./ensureFolder.ts"
import { fileLines } from "./fileLines.ts"
import { namingFile } from "./namingFile.ts"
import { contentId } from "./Seed.ts"

/** That a stage asked for a row: the journal keys of the calls, in the order of asking. */
export interface AskedLine {
  readonly stage: string
  readonly row: string
  readonly calls: ReadonlyArray<string>
}

/** That a stage made rows of another grain from a row: their ids, and the row they were made from, its long texts cut. */
export interface MadeLine {
  readonly stage: string
  readonly of: string
  readonly made: ReadonlyArray<string>
  readonly from: unknown
}

/** Takes notes of where rows come from, stage by stage. */
export interface ProvenanceNotes {
  /** Notes the calls that a stage made, or took from the journal, for a row. */
  readonly asked: (stage: string, row: string, calls: Iterable<string>) => void
  /** Notes the rows that a stage made of one row. */
  readonly made: (stage: string, of: string, made: ReadonlyArray<string>, from: object) => void
  /** Takes over what was noted in another file, such as that of a finished part; `keyOf` gives the keys of its stages in the run. */
  readonly include: (file: string, keyOf: (stage: string) => string) => void
  /** Puts what was noted so far into the file. */
  readonly flush: () => void
}

/** The notes of a part of a run, whose stages have other keys in it. */
export const partNotes = (notes: ProvenanceNotes, keyOf: (stage: string) => string): ProvenanceNotes => ({
  asked: (stage, row, calls) => notes.asked(keyOf(stage), row, calls),
  made: (stage, of, made, from) => notes.made(keyOf(stage), of, made, from),
  include: (file, inner) => notes.include(file, (stage) => keyOf(inner(stage))),
  flush: () => notes.flush()
})

/**
 * Writes down, while a run goes on, which calls each row asked for and which row each new row was made from.
 *
 * One line of JSON for each, in `.prefloom/provenance.jsonl` of the run. Texts longer than 200 characters are cut there, with a hash of
 * the whole: they are in the data and in the journal. A run that is resumed writes the whole file anew, from the journal. Memory up to 1 MB; throws errors
 * of `node:fs` that name the file.
 */
export class Provenance implements ProvenanceNotes {
  readonly #file: string
  #waiting: Array<string> = []
  #nWaiting = 0

  constructor(file: string) {
    this.#file = file
    ensureFolder(path.dirname(file))
    fs.writeFileSync(file, "")
  }

  /** Notes the calls that a stage made, or took from the journal, for a row. */
  asked(stage: string, row: string, calls: Iterable<string>): void {
    const line: AskedLine = { stage, row, calls: [...calls] }
    this.#write(JSON.stringify(line))
  }

  /** Notes the rows that a stage made of one row. */
  made(stage: string, of: string, made: ReadonlyArray<string>, from: object): void {
    const line: MadeLine = { stage, of, made, from }
    this.#write(JSON.stringify(line, shortened))
  }

  /** Takes over what was noted in another file, such as that of a finished part; `keyOf` gives the keys of its stages in the run. */
  include(file: string, keyOf: (stage: string) => string): void {
    for (const line of fileLines(file)) {
      const [head, stage] = /^\{"stage":("(?:[^"\\]|\\.)*")/.exec(line)!
      this.#write(`{"stage":${JSON.stringify(keyOf(JSON.parse(stage!) as string))}${line.slice(head.length)}`)
    }
  }

  /** Puts what was noted so far into the file. */
  flush(): void {
    if (this.#waiting.length === 0) return
    namingFile(this.#file, () => fs.appendFileSync(this.#file, this.#waiting.join("")))
    this.#waiting = []
    this.#nWaiting = 0
  }

  #write(line: string): void {
    this.#waiting.push(line, "\n")
    this.#nWaiting += line.length
    if (this.#nWaiting >= 1 << 20) this.flush()
  }
}

const longest = 200

/**
 * Cuts long texts while JSON is written, as the second argument of `JSON.stringify`: their beginning, "…" and a hash of the whole, by which
 * `isText` knows them again.
 */
export const shortened = (_: string, value: unknown): unknown =>
  typeof value === "string" && value.length > longest
    ? `${value.slice(0, longest).toWellFormed()}…${contentId(value)}`
    : value

const cut = /^([^]{200}…)([0-9a-f]{24})$/

/** Whether a text that was kept, and cut where it was long, is this text. */
export const isText = (kept: string, text: string): boolean =>
  kept === text ||
  (kept.slice(0, longest) === text.slice(0, longest).toWellFormed() && cut.exec(kept)?.[2] === contentId(text))

/** A value of JSON as people read it: long texts end with "…". */
export const withoutHashes = <A>(value: A): A =>
  JSON.parse(JSON.stringify(value), (_, inner: unknown) =>
    typeof inner === "string" ? (cut.exec(inner)?.[1] ?? inner) : inner
  ) as A
