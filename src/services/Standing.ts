import type { JournalEntry } from "../Journal.ts"

/**
 * What models have answered so far, to tell a request that is at fault from a server that is.
 *
 * A failure is held until the next answer of its kind shows that the server is not at fault, and filed then. Where the run stops
 * instead, whoever runs again asks again.
 *
 * Kept for each kind of call apart: a server that writes texts may know nothing of JSON schemas. Times are in milliseconds since 1970.
 */
export class Standing {
  readonly #answeredAt = new Map<string, number>()
  readonly #nRefused = new Map<string, number>()
  readonly #limitedSince = new Map<string, number>()
  readonly #held = new Map<string, { readonly kind: string; readonly entry: JournalEntry }>()
  readonly #file: (entry: JournalEntry) => void

  constructor(file: (entry: JournalEntry) => void) {
    this.#file = file
  }

  /** Counts an answer, and files the failures of its kind. */
  answered(kind: string, at: number): void {
    if (this.#held.size > 0) this.#fileHeld((held) => held === kind)
    this.#answeredAt.set(kind, at)
    this.#nRefused.delete(kind)
    this.unlimited(kind)
  }

  /** Counts a replayed answer: the model once answered such calls, nobody knows whether it still does. */
  replayed(kind: string): void {
    if (!this.#answeredAt.has(kind)) this.#answeredAt.set(kind, Number.NEGATIVE_INFINITY)
  }

  /** Counts a request that was refused as bad; returns how many were since the last answer. */
  refused(kind: string): number {
    const n = (this.#nRefused.get(kind) ?? 0) + 1
    this.#nRefused.set(kind, n)
    return n
  }

  /** Holds a failure. */
  hold(kind: string, entry: JournalEntry): void {
    this.#held.set(entry.key, { kind, entry })
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
    this.#fileHeld((kind) => this.#answeredAt.has(kind))
  }

  #fileHeld(isToBeFiled: (kind: string) => boolean): void {
    for (const [key, { entry, kind }] of this.#held) {
      if (!isToBeFiled(kind)) continue
      this.#held.delete(key)
      this.#file(entry)
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
