/**
 * What is known of how many samples a server gives in one call, by model.
 *
 * As many as were once given are never too many. Beyond that a refused call is no proof: it may have been an accident, or its request
 * may be bad in itself. So it takes a few, and where the samples of one are then refused one by one as well, the count starts again.
 */
export class SampleLimits {
  readonly #mostGiven = new Map<string, number>()
  readonly #refused = new Map<string, { fewest: number; times: number; isProved: boolean }>()

  /** Counts a call that gave `n` samples. */
  given(model: string, n: number): void {
    this.#mostGiven.set(model, Math.max(n, this.#mostGiven.get(model) ?? 0))
  }

  /** Counts a call for `n` samples that was refused. */
  refused(model: string, n: number): void {
    if (n <= (this.#mostGiven.get(model) ?? 0)) return
    const { fewest, isProved, times } = this.#refused.get(model) ?? { fewest: n, times: 0, isProved: false }
    this.#refused.set(model, { fewest: Math.min(fewest, n), times: times + 1, isProved })
  }

  /** Counts samples that were answered one by one after a call for all of them was refused. */
  answeredAlone(model: string): void {
    const known = this.#refused.get(model)
    if (known !== undefined) known.isProved = true
  }

  /** Counts a request that was refused alone as well: the number of samples was not at fault. */
  refusedAlone(model: string): void {
    if (this.#refused.get(model)?.isProved === false) this.#refused.delete(model)
  }

  /** Says whether a call for `n` samples would be refused, as far as is known. */
  isTooMany(model: string, n: number): boolean {
    const known = this.#refused.get(model)
    if (known === undefined || n <= (this.#mostGiven.get(model) ?? 0)) return false
    return n >= known.fewest && known.times >= enoughRefused
  }
}

/** Refused calls after which no other is tried. */
const enoughRefused = 3
