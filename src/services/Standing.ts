import type { JournalEntry } from "../Journal.ts"

/**
 * What models have answered so far, to tell a request that is at fault from a server that is.
 *
 * A failure is held until a later call of its kind is answered, which shows that the server was not at fault, and filed then. Where
 * the run stops instead, whoever runs again asks again.
 *
 * Kept for each kind of call apart: a server that writes texts may know nothing of JSON schemas. Times are in milliseconds since 1970.
 */
export class Standing {
  readonly #answeredAt = new Map<string, number>()
  /** When the first and the latest call were sent that were answered. */
  readonly #wellSince = new Map<string, number>()
  readonly #wellAt = new Map<string, number>()
  /** When requests were sent that were refused, and that no answer has cleared. */
  readonly #refusedAt = new Map<string, ReadonlyArray<number>>()
  readonly #limitedSince = new Map<string, number>()
  readonly #held = new Map<string, Held>()
  readonly #file: (entry: JournalEntry, filed: () => void) => void

  /** `file` files a failure and says when that is done. */
  constructor(file: (entry: JournalEntry, filed: () => void) => void) {
    this.#file = file
  }

  /** Counts an answer. It clears, and files, failures of its kind that were not sent later: the server was well when they were. */
  answered(kind: string, sentAt: number, at: number): void {
    const wellAt = Math.max(sentAt, this.#wellAt.get(kind) ?? sentAt)
    this.#wellAt.set(kind, wellAt)
    this.#wellSince.set(kind, Math.min(sentAt, this.#wellSince.get(kind) ?? sentAt))
    if (this.#held.size > 0) this.#fileHeld((held) => held.kind === kind && held.sentAt <= wellAt)
    const refused = this.#refusedAt.get(kind)
    if (refused !== undefined) {
      this.#refusedAt.set(
        kind,
        refused.filter((one) => one > wellAt)
      )
    }
    this.#answeredAt.set(kind, at)
    this.unlimited(kind)
  }

  /** Counts a replayed answer: the model once answered such calls, nobody knows whether it still does. */
  replayed(kind: string): void {
    if (!this.#answeredAt.has(kind)) this.#answeredAt.set(kind, Number.NEGATIVE_INFINITY)
  }

  /** Counts a request that was refused, unless a later one was answered. */
  refused(kind: string, sentAt: number): void {
    if (this.#isCleared(kind, sentAt)) return
    this.#refusedAt.set(kind, [...(this.#refusedAt.get(kind) ?? []), sentAt])
  }

  /** How many requests were refused that no answer has cleared. */
  nRefused(kind: string): number {
    return this.#refusedAt.get(kind)?.length ?? 0
  }

  /**
   * Holds a failure; files it where a later call was answered already. What an earlier run was stopped for is `known`: it is filed
   * only where the server was well before, too, because it may have been unwell ever since.
   */
  hold(kind: string, entry: JournalEntry, sentAt: number, known = false): void {
    const isOpen = known && sentAt <= (this.#wellSince.get(kind) ?? Number.POSITIVE_INFINITY)
    this.#held.set(entry.key, { kind, entry, sentAt, isOpen, isFiling: false })
    if (this.#isCleared(kind, sentAt)) this.#fileHeld((held) => held.entry === entry)
  }

  /** The failure of a request that is not filed yet. */
  held(key: string): JournalEntry | undefined {
    return this.#held.get(key)?.entry
  }

  /** The keys of all failures that are held. */
  heldKeys(): ReadonlyArray<string> {
    return [...this.#held.keys()]
  }

  /** How many failures there are of which nobody knows whose fault they were. */
  get nOpen(): number {
    return [...this.#held.values()].filter(({ isOpen }) => isOpen).length
  }

  /** The keys of those after which a call of their kind was answered: refused another time, they are at fault. */
  doubtedKeys(): ReadonlyArray<string> {
    return [...this.#held.values()].flatMap(({ entry, isOpen, kind }) =>
      isOpen && this.#wellSince.has(kind) ? [entry.key] : []
    )
  }

  /** A failure of a kind of call that was never answered; null where there is none. */
  get unanswered(): JournalEntry | null {
    for (const { entry, kind } of this.#held.values()) if (!this.#answeredAt.has(kind)) return entry
    return null
  }

  /** Files all failures of kinds that were ever answered: the run ends well, and no server was at fault. */
  fileAll(): void {
    this.#fileHeld(({ kind }) => this.#answeredAt.has(kind))
  }

  #isCleared(kind: string, sentAt: number): boolean {
    return sentAt <= (this.#wellAt.get(kind) ?? Number.NEGATIVE_INFINITY)
  }

  /** Each failure is held until it is filed, so that whoever asks for it meanwhile finds it. */
  #fileHeld(isToBeFiled: (held: Held) => boolean): void {
    for (const [key, held] of this.#held) {
      if (held.isFiling || held.isOpen || !isToBeFiled(held)) continue
      held.isFiling = true
      this.#file(held.entry, () => {
        if (this.#held.get(key) === held) this.#held.delete(key)
      })
    }
  }

  /** Counts a call that a rate limit held off; returns for how many milliseconds none was answered since the first one. */
  limited(kind: string, at: number): number {
    const since = this.#limitedSince.get(kind) ?? at
    this.#limitedSince.set(kind, since)
    return at - since
  }

  /** Counts anew how long limits hold calls off: one of this kind, or without a kind of all, was not, or nobody asked for a while. */
  unlimited(kind: string | null): void {
    if (kind === null) this.#limitedSince.clear()
    else this.#limitedSince.delete(kind)
  }

  /** Whether any call was answered or replayed. */
  get hasAnswers(): boolean {
    return this.#answeredAt.size > 0
  }

  /** When such a call was answered last; null where none ever was. */
  lastAnswerAt(kind: string): number | null {
    return this.#answeredAt.get(kind) ?? null
  }
}

interface Held {
  readonly kind: string
  readonly entry: JournalEntry
  readonly sentAt: number
  /** Nobody knows whose fault it was: it is never filed, and asked again by whoever runs again. */
  readonly isOpen: boolean
  isFiling: boolean
}
