import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { OpenCall } from "./OpenCalls.ts"

/**
 * What a run has spent on one model, over all its processes.
 *
 * `lost…` is what was sent and may have been billed though no answer came, at its highest possible price.
 */
export interface Spent {
  readonly calls: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly costUsd: number
  readonly unpricedCalls: number
  /** Calls whose tokens no server counted: they are estimates, or 0. */
  readonly uncountedCalls: number
  readonly lostCalls: number
  readonly lostTokens: number
  readonly lostUsd: number
}

/** The columns of what was spent, beside those of the run and the model. */
export const spentColumns: ReadonlyArray<keyof Spent> = [
  "calls",
  "promptTokens",
  "completionTokens",
  "costUsd",
  "unpricedCalls",
  "uncountedCalls",
  "lostCalls",
  "lostTokens",
  "lostUsd"
]

const all = ["run", "model", ...spentColumns].join(", ")

const added = (columns: ReadonlyArray<keyof Spent>) =>
  `ON CONFLICT (run, model) DO UPDATE SET ${columns.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`

const nothing = Object.fromEntries(spentColumns.map((name) => [name, 0])) as unknown as Spent

/**
 * What one run has spent by model, in a journal: what is new goes into each commit, as one row for each model.
 *
 * A run that begins anew counts from zero; what it had spent is kept beside that.
 */
export class Spending {
  readonly #database: DatabaseSync
  readonly #run: string
  readonly #insert: StatementSync
  readonly #new = new Map<string, { -readonly [Name in keyof Spent]: number }>()

  /** Throws what SQLite throws, as all but `add`, `lose` and `undo` do. */
  constructor(database: DatabaseSync, run: string) {
    this.#database = database
    this.#run = run
    const places = Array.from({ length: spentColumns.length + 2 }, () => "?").join(", ")
    this.#insert = database.prepare(`INSERT INTO spent (${all}) VALUES (${places}) ${added(spentColumns)}`)
  }

  /** Begins a process of the run, in a transaction: what an earlier one left open is lost. */
  begin(isAnew: boolean): void {
    const run = (statement: string) => this.#database.prepare(statement).run(this.#run)
    run(`INSERT INTO spent (${all}) SELECT run, model, 0, 0, 0, 0, 0, 0, sum(calls), sum(tokens), sum(costUsd)
      FROM openCalls WHERE run = ? GROUP BY model ${added(["lostCalls", "lostTokens", "lostUsd"])}`)
    run("DELETE FROM openCalls WHERE run = ?")
    if (!isAnew) return
    run(`INSERT INTO spentBefore (${all}) SELECT ${all} FROM spent WHERE run = ? ${added(spentColumns)}`)
    run("DELETE FROM spent WHERE run = ?")
  }

  add(model: string, more: Partial<Spent>): void {
    let sum = this.#new.get(model)
    if (sum === undefined) this.#new.set(model, (sum = { ...nothing }))
    for (const name of spentColumns) sum[name] += more[name] ?? 0
  }

  /** Adds a call that may have been billed and brought no answer. */
  lose({ costUsd, model, tokens }: OpenCall): void {
    this.add(model, { lostCalls: 1, lostTokens: tokens, lostUsd: costUsd })
  }

  /** Writes what is new, in a transaction. */
  write(): void {
    for (const [model, more] of this.#new) this.#insert.run(this.#run, model, ...spentColumns.map((name) => more[name]))
    this.#new.clear()
  }

  /** Takes back what is new and not written. */
  undo(): void {
    this.#new.clear()
  }

  /** What is written of it since the run last began anew, by model. */
  sinceAnew(): ReadonlyMap<string, Spent> {
    return this.#in("spent")
  }

  /** All that is written of it, by model. */
  inAll(): ReadonlyMap<string, Spent> {
    return this.#in(`(SELECT ${all} FROM spent UNION ALL SELECT ${all} FROM spentBefore)`)
  }

  #in(table: string): ReadonlyMap<string, Spent> {
    const sums = spentColumns.map((name) => `sum(${name}) AS ${name}`).join(", ")
    const rows = this.#database
      .prepare(`SELECT model, ${sums} FROM ${table} WHERE run = ? GROUP BY model`)
      .all(this.#run)
    return new Map(
      (rows as unknown as ReadonlyArray<Spent & { model: string }>).map(({ model, ...spent }) => [model, spent])
    )
  }
}
