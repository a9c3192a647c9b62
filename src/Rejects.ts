import * as fs from "node:fs"
import * as path from "node:path"
import { ensureFolder } from "./ensureFolder.ts"
import { fileLines } from "./fileLines.ts"
import { namingFile } from "./namingFile.ts"

/** A row that left the pipeline: its id, the stage it left at, why in one word or two, and the evidence. */
export interface Reject {
  readonly id: string
  readonly stage: string
  readonly reason: string
  readonly detail: string
}

/** What a stage returns in place of a row that has to leave. Made by `reject`. */
export class Rejection {
  readonly reason: string
  readonly detail: string
  constructor(reason: string, detail: string) {
    this.reason = reason
    this.detail = detail
  }
}

/**
 * Says that a row leaves the pipeline here.
 *
 * `reason` is a short stable phrase that is counted (`"identical texts"`); `detail` is the evidence for this row.
 */
export const reject = (reason: string, detail = ""): Rejection => new Rejection(reason, detail)

/** Tells what was made from what was rejected, each in order. */
export const separate = <Given>(
  results: ReadonlyArray<Given | Rejection>
): { readonly kept: ReadonlyArray<Given>; readonly rejections: ReadonlyArray<Rejection> } => {
  const kept: Array<Given> = []
  const rejections: Array<Rejection> = []
  for (const result of results) {
    if (result instanceof Rejection) rejections.push(result)
    else kept.push(result)
  }
  return { kept, rejections }
}

/** A row that goes on, with a note on a part of it that does not. Made by `noting`. */
export class Noted<out Given> {
  readonly given: Given
  readonly notes: ReadonlyArray<Rejection>
  constructor(given: Given, notes: ReadonlyArray<Rejection>) {
    this.given = given
    this.notes = notes
  }
}

/** Lets a row go on and writes down what was taken from it, for instance a text that failed a check. */
export const noting = <Given>(given: Given, notes: ReadonlyArray<Rejection>): Noted<Given> => new Noted(given, notes)

/**
 * Collects the rows that leave, stage by stage.
 *
 * Rows of one stage stay in the order they left; stages are listed in the order `declare` named them. Above 4,096 rows a
 * stage writes to a file in `folder`, so memory does not grow with the number of rejects. One writer process.
 */
export class Rejects {
  readonly #folder: string
  readonly #stages = new Map<
    string,
    { waiting: Array<Reject>; file: string | undefined; counts: Map<string, number> }
  >()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Fixes the place of a stage in the listing; a stage that was never declared comes last. */
  declare(stage: string): void {
    this.#stage(stage)
  }

  add(entry: Reject): void {
    const stage = this.#stage(entry.stage)
    stage.waiting.push(entry)
    stage.counts.set(entry.reason, (stage.counts.get(entry.reason) ?? 0) + 1)
    if (stage.waiting.length >= 4096) this.#spill(entry.stage, stage)
  }

  /** Rejected rows by reason, for one stage. */
  counts(stage: string): ReadonlyMap<string, number> {
    return this.#stage(stage).counts
  }

  /** All rejected rows, stage by stage. */
  *entries(): Generator<Reject> {
    for (const stage of this.#stages.values()) {
      if (stage.file !== undefined) {
        for (const line of fileLines(stage.file)) yield JSON.parse(line) as Reject
      }
      yield* stage.waiting
    }
  }

  #stage(name: string) {
    let stage = this.#stages.get(name)
    if (stage === undefined) {
      stage = { waiting: [], file: undefined, counts: new Map() }
      this.#stages.set(name, stage)
    }
    return stage
  }

  #spill(name: string, stage: { waiting: Array<Reject>; file: string | undefined }): void {
    if (stage.file === undefined) {
      ensureFolder(this.#folder)
      const position = [...this.#stages.keys()].indexOf(name)
      stage.file = path.join(this.#folder, `rejects-${position}.jsonl`)
      fs.writeFileSync(stage.file, "")
    }
    const { file, waiting } = stage
    namingFile(file, () => fs.appendFileSync(file, waiting.map((entry) => `${JSON.stringify(entry)}\n`).join("")))
    stage.waiting = []
  }
}
