import type { DatabaseSync } from "node:sqlite"

/**
 * The version this program writes. Version 2 added what a run spent, sessions and failures; version 3 counts open calls in one
 * row for each session and model; version 4 keeps the first session that asked a call beside the last one, what was spent before a
 * run began anew, and how many calls no server counted the tokens of.
 */
export const journalVersion = 4

/**
 * The version of a journal file; 0 for one without any content, and null for what another program keeps there.
 *
 * In one statement, because another process may be making the tables. The columns that tell a journal are those of all versions.
 */
export const journalVersionOf = (database: DatabaseSync): number | null => {
  const found = database
    .prepare(
      `SELECT user_version AS version, application_id AS program, (SELECT count(*) FROM sqlite_schema) AS things,
        (SELECT count(*) FROM pragma_table_info('calls') WHERE name IN ('key', 'request', 'answer')) AS columns
        FROM pragma_user_version, pragma_application_id`
    )
    .get() as Readonly<Record<"version" | "program" | "things" | "columns", number>>
  if (found.columns === 3) return found.version
  return found.version === 0 && found.program === 0 && found.things === 0 ? 0 : null
}

/**
 * Makes the tables of a journal, or brings those of an earlier version up to this one, in one transaction.
 *
 * Answers of earlier versions stay; what they cost and who asked them stays unknown (null). Several processes may open one
 * new file at once: the second finds the tables made.
 */
export const migrateJournal = (database: DatabaseSync): void => {
  database.exec("BEGIN IMMEDIATE")
  try {
    const found = journalVersionOf(database) ?? 0
    if (found < 1) {
      database.exec(`
        CREATE TABLE IF NOT EXISTS calls (
          key TEXT NOT NULL UNIQUE, provider TEXT NOT NULL, endpoint TEXT NOT NULL, model TEXT NOT NULL,
          request TEXT NOT NULL, answer TEXT NOT NULL, promptTokens INTEGER, completionTokens INTEGER,
          latencyMs REAL NOT NULL, answeredAt REAL NOT NULL)`)
    }
    if (found < 2) {
      database.exec(`
        ALTER TABLE calls ADD COLUMN failure TEXT;
        ALTER TABLE calls ADD COLUMN costUsd REAL;
        ALTER TABLE calls ADD COLUMN session INTEGER;
        CREATE INDEX failures ON calls (key) WHERE failure IS NOT NULL;
        CREATE TABLE sessions (
          id INTEGER PRIMARY KEY, run TEXT NOT NULL, pipeline TEXT NOT NULL, startedAt REAL NOT NULL, fresh INTEGER NOT NULL);
        CREATE TABLE spent (
          run TEXT NOT NULL, model TEXT NOT NULL, calls INTEGER NOT NULL, promptTokens INTEGER NOT NULL,
          completionTokens INTEGER NOT NULL, costUsd REAL NOT NULL, unpricedCalls INTEGER NOT NULL,
          lostCalls INTEGER NOT NULL, lostTokens INTEGER NOT NULL, lostUsd REAL NOT NULL, PRIMARY KEY (run, model));
        CREATE TABLE openCalls (
          id INTEGER PRIMARY KEY, run TEXT NOT NULL, model TEXT NOT NULL, tokens INTEGER NOT NULL, costUsd REAL NOT NULL);
        CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL)`)
    }
    if (found < 3) {
      database.exec(`
        ALTER TABLE openCalls RENAME TO singleCalls;
        CREATE TABLE openCalls (
          session INTEGER NOT NULL, run TEXT NOT NULL, model TEXT NOT NULL, calls INTEGER NOT NULL, tokens INTEGER NOT NULL,
          costUsd REAL NOT NULL, PRIMARY KEY (session, model));
        INSERT INTO openCalls SELECT -row_number() OVER (), run, model, count(*), sum(tokens), sum(costUsd)
          FROM singleCalls GROUP BY run, model;
        DROP TABLE singleCalls`)
    }
    if (found < 4) {
      database.exec(`
        ALTER TABLE calls ADD COLUMN firstSession INTEGER;
        ALTER TABLE spent ADD COLUMN uncountedCalls INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE spentBefore AS SELECT * FROM spent WHERE 0;
        CREATE UNIQUE INDEX spentBeforeByModel ON spentBefore (run, model)`)
    }
    database.exec(`PRAGMA user_version = ${journalVersion}; COMMIT`)
  } catch (cause) {
    if (database.isTransaction) database.exec("ROLLBACK")
    throw cause
  }
}
