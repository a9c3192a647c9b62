import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { OpenCall } from "./OpenCalls.ts"

/**
 * The calls of one run that a server goes on with when the process dies, such as those of an offline batch, by their keys.
 *
 * Each is a note in the journal until it is answered. All changes happen inside a transaction; `undo` takes back those since the
 * last `settle` where it fails. Other than an open call, such a call is not lost with the process: a later one that asks for it
 * gets its answer, and until then it counts with the most that it can cost.
 */
export class SentCalls {
  readonly #calls = new Map<string, OpenCall>()
  /** What was there before each change. */
  #changes: Array<readonly [key: string, before: OpenCall | undefined]> = []
  readonly #prefix: string
  readonly #write: StatementSync
  readonly #remove: StatementSync

  /** Reads what earlier processes left, but for calls whose answer another run has taken; `fresh` forgets all. */
  constructor(database: DatabaseSync, run: string, fresh: boolean) {
    this.#prefix = `sent ${JSON.stringify(run)} `
    this.#write = database.prepare("INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)")
    this.#remove = database.prepare("DELETE FROM notes WHERE name = ?")
    const prefix = { prefix: this.#prefix, length: this.#prefix.length }
    const isGone = fresh ? "" : "AND substr(name, :length + 1) IN (SELECT key FROM calls WHERE answer <> 'null')"
    database.prepare(`DELETE FROM notes WHERE substr(name, 1, :length) = :prefix ${isGone}`).run(prefix)
    const left = database.prepare("SELECT name, value FROM notes WHERE substr(name, 1, :length) = :prefix").all(prefix)
    for (const { name, value } of left) {
      this.#calls.set(String(name).slice(prefix.length), JSON.parse(String(value)) as OpenCall)
    }
  }

  /** The calls that are not answered. */
  get calls(): ReadonlyMap<string, OpenCall> {
    return this.#calls
  }

  add(key: string, { costUsd, model, tokens }: OpenCall): void {
    const call: OpenCall = { model, tokens, costUsd }
    this.#changes.push([key, this.#calls.get(key)])
    this.#calls.set(key, call)
    this.#write.run(this.#prefix + key, JSON.stringify(call))
  }

  remove(key: string): void {
    const before = this.#calls.get(key)
    if (before === undefined) return
    this.#changes.push([key, before])
    this.#calls.delete(key)
    this.#remove.run(this.#prefix + key)
  }

  /** Takes all changes for written. */
  settle(): void {
    this.#changes = []
  }

  /** Takes back all changes that are not written. */
  undo(): void {
    for (const [key, before] of this.#changes.toReversed()) {
      if (before === undefined) this.#calls.delete(key)
      else this.#calls.set(key, before)
    }
    this.settle()
  }
}
