import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { canonicalJson } from "../src/canonicalJson.ts"

/** A call as a test writes it into a journal; what is left out has a plain default, and null stays null. */
export interface FixtureCall {
  readonly key?: string
  readonly provider?: string
  readonly endpoint?: string
  readonly model?: string
  readonly request?: unknown
  readonly answer?: unknown
  readonly promptTokens?: number | null
  readonly completionTokens?: number | null
  readonly latencyMs?: number
  readonly answeredAt?: number
  readonly failure?: unknown
  readonly costUsd?: number | null
  readonly session?: number | null
  readonly firstSession?: number | null
}

/** A chat request as the journal files it, with the parts that tests vary. */
export const chatRequest = (
  parts: {
    readonly system?: string | null
    readonly user?: string
    readonly model?: string
    readonly endpoint?: string
    readonly provider?: string
    readonly sampleIndex?: number
    readonly fields?: Readonly<Record<string, unknown>>
  } = {}
) => {
  const { system = "Be brief.", user = "Why is the sky blue?", model = "m", sampleIndex = 0 } = parts
  return {
    provider: parts.provider ?? "openai",
    endpoint: parts.endpoint ?? "https://a.example/v1",
    model,
    sampleIndex,
    request: {
      model,
      messages: [...(system === null ? [] : [{ role: "system", content: system }]), { role: "user", content: user }],
      temperature: 0.7,
      ...parts.fields
    }
  }
}

/** Writes a journal below `folder` with plain SQL, so that readers are held against the schema and not against the writer. */
export const writeJournal = (
  folder: string,
  content: {
    readonly version?: 1 | 2 | 3 | 4 | 5
    readonly calls?: Iterable<FixtureCall>
    /** Fresh or not, in order; ids count from 1. */
    readonly sessions?: ReadonlyArray<{ readonly fresh?: boolean; readonly pipeline?: string; readonly run?: string }>
    readonly spent?: ReadonlyArray<ReadonlyArray<string | number>>
    /** What was spent before runs began anew. */
    readonly before?: ReadonlyArray<ReadonlyArray<string | number>>
    readonly openCalls?: ReadonlyArray<readonly [run: string, model: string, calls: number]>
    readonly notes?: Readonly<Record<string, string>>
  }
): string => {
  const { version = 4, calls = [], sessions = [], spent = [], before = [], openCalls = [], notes = {} } = content
  const file = path.join(folder, ".prefloom", "journal.sqlite")
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const database = new DatabaseSync(file)
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE calls (
      key TEXT NOT NULL UNIQUE, provider TEXT NOT NULL, endpoint TEXT NOT NULL, model TEXT NOT NULL,
      request TEXT NOT NULL, answer TEXT NOT NULL, promptTokens INTEGER, completionTokens INTEGER,
      latencyMs REAL NOT NULL, answeredAt REAL NOT NULL);
    PRAGMA user_version = ${version}`)
  if (version > 1) {
    database.exec(`
      ALTER TABLE calls ADD COLUMN failure TEXT;
      ALTER TABLE calls ADD COLUMN costUsd REAL;
      ALTER TABLE calls ADD COLUMN session INTEGER;
      CREATE TABLE sessions (id INTEGER PRIMARY KEY, run TEXT, pipeline TEXT, startedAt REAL, fresh INTEGER);
      CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
      CREATE TABLE spent (run TEXT, model TEXT, calls INTEGER, promptTokens INTEGER, completionTokens INTEGER, costUsd REAL,
        unpricedCalls INTEGER, lostCalls INTEGER, lostTokens INTEGER, lostUsd REAL, PRIMARY KEY (run, model));
      CREATE TABLE openCalls (${
        version > 2 ? "session INTEGER, calls INTEGER" : "id INTEGER PRIMARY KEY"
      }, run TEXT, model TEXT, tokens INTEGER, costUsd REAL)`)
  }
  if (version > 3) {
    database.exec(`
      ALTER TABLE calls ADD COLUMN firstSession INTEGER;
      ALTER TABLE spent ADD COLUMN uncountedCalls INTEGER NOT NULL DEFAULT 0;
      CREATE TABLE spentBefore (run TEXT, model TEXT, calls INTEGER, promptTokens INTEGER, completionTokens INTEGER, costUsd REAL,
        unpricedCalls INTEGER, lostCalls INTEGER, lostTokens INTEGER, lostUsd REAL, uncountedCalls INTEGER,
        PRIMARY KEY (run, model))`)
  }
  const insert = database.prepare(
    `INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?${version > 1 ? ", ?, ?, ?" : ""}${version > 3 ? ", ?" : ""})`
  )
  database.exec("BEGIN")
  for (const call of calls) {
    const request = canonicalJson(call.request ?? chatRequest())
    insert.run(
      call.key ?? crypto.hash("sha256", request),
      call.provider ?? "openai",
      call.endpoint ?? "https://a.example/v1",
      call.model ?? "m",
      request,
      JSON.stringify(call.answer ?? null),
      call.promptTokens ?? null,
      call.completionTokens ?? null,
      call.latencyMs ?? 100,
      call.answeredAt ?? 1_700_000_000_000,
      ...(version > 1
        ? [call.failure === undefined ? null : JSON.stringify(call.failure), call.costUsd ?? null, call.session ?? null]
        : []),
      ...(version > 3 ? [call.firstSession ?? null] : [])
    )
  }
  if (version > 1) {
    for (const { fresh = false, pipeline = "first", run = "r" } of sessions)
      database
        .prepare("INSERT INTO sessions (run, pipeline, startedAt, fresh) VALUES (?, ?, 1700000000000, ?)")
        .run(run, pipeline, fresh ? 1 : 0)
    const insertNote = database.prepare("INSERT INTO notes (name, value) VALUES (?, ?)")
    for (const [name, value] of Object.entries(notes)) insertNote.run(name, value)
    const tables = { spent, spentBefore: before }
    for (const [table, rows] of Object.entries(tables)) {
      for (const row of rows) {
        const values = version > 3 && row.length === 10 ? [...row, 0] : row
        database.prepare(`INSERT INTO ${table} VALUES (${values.map(() => "?").join(", ")})`).run(...values)
      }
    }
    for (const [run, model, nOpen] of openCalls) {
      if (version > 2) {
        database
          .prepare("INSERT INTO openCalls (session, run, model, calls, tokens, costUsd) VALUES (1, ?, ?, ?, 5, 0.1)")
          .run(run, model, nOpen)
      } else {
        const insertOne = database.prepare("INSERT INTO openCalls (run, model, tokens, costUsd) VALUES (?, ?, 5, 0.1)")
        for (let i = 0; i < nOpen; i++) insertOne.run(run, model)
      }
    }
  }
  database.exec("COMMIT")
  database.close()
  return file
}
