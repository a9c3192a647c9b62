/**
 * What is known of how many samples a server gives in one call, by model.
 *
 * As many as were once given are never too many. Beyond that a refused call is no proof: it may have been an accident, or its request
 * may be bad in itself. So it takes a few for one number, and where the samples are then refused one by one as well that one call
 * does not count.
 */
export class SampleLimits {
  readonly #mostGiven = new Map<string, number>()
  /** How often a call for so many samples was refused. */
  readonly #refused = new Map<string, Map<number, number>>()

  /** Counts a call that gave `n` samples. */
  given(model: string, n: number): void {
    this.#mostGiven.set(model, Math.max(n, this.#mostGiven.get(model) ?? 0))
  }

  /** Counts a call for `n` samples that was refused. */
  refused(model: string, n: number): void {
    this.#count(model, n, 1)
  }

  /** Takes back a call for `n` samples that was refused: they are refused alone as well, so their number was not at fault. */
  refusedAlone(model: string, n: number): void {
    this.#count(model, n, -1)
  }

  /** Says whether a call for `n` samples would be refused, as far as is known. */
  isTooMany(model: string, n: number): boolean {
    const counts = this.#refused.get(model)
    if (counts === undefined || n <= (this.#mostGiven.get(model) ?? 0)) return false
    return [...counts].some(([fewer, times]) => fewer <= n && times >= enoughRefused)
  }

  #count(model: string, n: number, change: 1 | -1): void {
    const counts = this.#refused.get(model) ?? new Map<number, number>()
    this.#refused.set(model, counts.set(n, (counts.get(n) ?? 0) + change))
  }
}

/** Refused calls after which no other is tried. */
const enoughRefused = 3
