import type { DatabaseSync } from "node:sqlite"
import * as Exit from "effect/Exit"
import { isLocked, type JournalError } from "./JournalError.ts"

/** How a write tells what it returned, once that is on disk, or why it is not. Must not throw. */
export type Tell<A> = (kept: Exit.Exit<A, JournalError>) => void

/** What takes part in the commits of a journal beside the writes themselves. */
export interface GroupCommitOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Turns what SQLite throws into an error. */
  readonly failure: (cause: unknown) => JournalError
  /** Writes what the writes of a group have added up to; the last thing before each commit. */
  readonly complete: () => void
  /** A group is on disk. */
  readonly settle: () => void
  /** A group is not, and nothing of it ever will be. */
  readonly undo: () => void
  /** Milliseconds for which a group waits while another process keeps the file locked. Default: 5 minutes. */
  readonly patienceMs?: number
}

/**
 * Writes to a journal in groups: what comes within a few milliseconds goes to the disk in one transaction.
 *
 * While another process keeps the file locked, as for a backup, writes wait: what they hold may be paid. Each look at the lock blocks
 * the process for at most the time-out of the database. A group that fails is not written at all, and each of its writes is told so.
 */
export class GroupCommit {
  readonly #database: DatabaseSync
  readonly #options: GroupCommitOptions
  #waiting: Array<Waiting> = []
  #timer: NodeJS.Timeout | null = null
  #lockedSince: number | null = null

  constructor(database: DatabaseSync, options: GroupCommitOptions) {
    this.#database = database
    this.#options = options
  }

  /** Runs `write` in the next commit; those that are `first` are told before the others. */
  add<A>(write: () => A, tell: Tell<A>, isFirst = false): void {
    this.#timer ??= setTimeout(() => this.#commit(true), groupMs)
    let made: A
    this.#waiting.push({
      isFirst,
      write: () => {
        made = write()
      },
      settle: (problem) => tell(problem === null ? Exit.succeed(made) : Exit.fail(problem))
    })
  }

  /** Writes what waits, now or never: for a lock the process stands still for at most 10 seconds. */
  end(): void {
    this.#database.exec("PRAGMA busy_timeout = 10000")
    this.#commit(false)
  }

  #commit(mayWait: boolean): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#waiting.length === 0) return
    try {
      this.#database.exec("BEGIN IMMEDIATE")
    } catch (cause) {
      if (mayWait && isLocked(cause) && this.#isPatient()) {
        this.#timer = setTimeout(() => this.#commit(true), lockedMs)
        return
      }
      return this.#tell(this.#options.failure(cause))
    }
    this.#lockedSince = null
    const { complete, failure, settle, undo } = this.#options
    let problem: JournalError | null = null
    try {
      for (const { write } of this.#waiting) write()
      complete()
      this.#database.exec("COMMIT")
      settle()
    } catch (cause) {
      problem = failure(cause)
      undo()
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec("ROLLBACK")
    }
    this.#tell(problem)
  }

  #isPatient(): boolean {
    const now = this.#options.now()
    this.#lockedSince ??= now
    return now - this.#lockedSince < (this.#options.patienceMs ?? patienceMs)
  }

  #tell(problem: JournalError | null): void {
    const group = this.#waiting
    this.#waiting = []
    for (const { isFirst, settle } of group) if (isFirst) settle(problem)
    for (const { isFirst, settle } of group) if (!isFirst) settle(problem)
  }
}

interface Waiting {
  readonly isFirst: boolean
  readonly write: () => void
  readonly settle: (problem: JournalError | null) => void
}

/** Milliseconds that a write waits for others to share its commit. */
const groupMs = 2
/** Milliseconds until the next look at a file that another process keeps locked. */
const lockedMs = 500
const patienceMs = 300_000
