/**
 * What models have answered so far, to tell a request that is at fault from a server that is.
 *
 * Kept for each kind of call apart: a server that writes texts may know nothing of JSON schemas. Times are in milliseconds since 1970.
 */
export class Standing {
  readonly #answeredAt = new Map<string, number>()
  readonly #nRefused = new Map<string, number>()
  readonly #limitedSince = new Map<string, number>()

  /** Counts an answer. */
  answered(kind: string, at: number): void {
    this.#answeredAt.set(kind, at)
    this.#nRefused.delete(kind)
    this.#limitedSince.delete(kind)
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

  /** Counts a call that a rate limit held off; returns for how many milliseconds none was answered since the first one. */
  limited(kind: string, at: number): number {
    const since = this.#limitedSince.get(kind) ?? at
    this.#limitedSince.set(kind, since)
    return at - since
  }

  /** When such a call was answered last; null where none ever was. */
  lastAnswerAt(kind: string): number | null {
    return this.#answeredAt.get(kind) ?? null
  }
}
