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
  /** When requests were sent that were refused, and that no answer has cleared. */
  readonly #refusedAt = new Map<string, ReadonlyArray<number>>()
  readonly #limitedSince = new Map<string, number>()
  readonly #held = new Map<string, { readonly kind: string; readonly entry: JournalEntry; readonly sentAt: number }>()
  readonly #file: (entry: JournalEntry) => void

  constructor(file: (entry: JournalEntry) => void) {
    this.#file = file
  }

  /** Counts an answer. It clears, and files, failures of its kind that were not sent later: the server was well when they were. */
  answered(kind: string, sentAt: number, at: number): void {
    if (this.#held.size > 0) this.#fileHeld((held) => held.kind === kind && held.sentAt <= sentAt)
    const left = this.#refusedAt.get(kind)?.filter((one) => one > sentAt) ?? []
    if (left.length > 0) this.#refusedAt.set(kind, left)
    else this.#refusedAt.delete(kind)
    this.#answeredAt.set(kind, at)
    this.unlimited(kind)
  }

  /** Counts a replayed answer: the model once answered such calls, nobody knows whether it still does. */
  replayed(kind: string): void {
    if (!this.#answeredAt.has(kind)) this.#answeredAt.set(kind, Number.NEGATIVE_INFINITY)
  }

  /** Counts a request that was refused. */
  refused(kind: string, sentAt: number): void {
    this.#refusedAt.set(kind, [...(this.#refusedAt.get(kind) ?? []), sentAt])
  }

  /** How many requests were refused that no answer has cleared. */
  nRefused(kind: string): number {
    return this.#refusedAt.get(kind)?.length ?? 0
  }

  /** Holds a failure. */
  hold(kind: string, entry: JournalEntry, sentAt: number): void {
    this.#held.set(entry.key, { kind, entry, sentAt })
  }

  /** The failure of a request that is not filed yet. */
  held(key: string): JournalEntry | undefined {
    return this.#held.get(key)?.entry
  }

  /** The keys of all failures that are held. */
  heldKeys(): ReadonlyArray<string> {
    return [...this.#held.keys()]
  }

  /** Files all failures of kinds that were ever answered: the run ends well, and no server was at fault. */
  fileAll(): void {
    this.#fileHeld(({ kind }) => this.#answeredAt.has(kind))
  }

  #fileHeld(isToBeFiled: (held: { readonly kind: string; readonly sentAt: number }) => boolean): void {
    for (const [key, held] of this.#held) {
      if (!isToBeFiled(held)) continue
      this.#held.delete(key)
      this.#file(held.entry)
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
