/** Failures in a row, without an answer in between, before an endpoint counts as down. */
const failuresToOpen = 16
/** Fewer will do when it has been going on for so long. */
const fewFailures = 5
const longMs = 5_000
const maxPauseMs = 60_000

/**
 * Leaves a dead endpoint alone: after 16 failures in a row, or 5 over five seconds, it is asked once in a while only.
 *
 * The first pause is one second, and each failed trial doubles it, up to a minute; the first answer ends it. Scattered failures
 * open nothing: with three tries of ten failing, 16 in a row begin with less than one try in 10^8.
 */
export class Breaker {
  #nFailures = 0
  #firstFailureAt = 0
  #pauseMs = 0
  #openUntil = 0
  #isTrying = false
  #problem = ""

  /** True while the endpoint counts as down. */
  get isOpen(): boolean {
    return this.#pauseMs > 0
  }

  /** True when its last answer, if there was one, lies before a failure. */
  get isFailing(): boolean {
    return this.#nFailures > 0
  }

  /** What the endpoint did last, while it is failing. */
  get problem(): string {
    return this.#problem
  }

  /** When the endpoint stopped answering; of no meaning before the first failure. */
  get failingSince(): number {
    return this.#firstFailureAt
  }

  /** When the next call may start: with Infinity, when the one that is on trial ends. */
  freeAt(now: number): number {
    if (!this.isOpen) return now
    return this.#isTrying ? Number.POSITIVE_INFINITY : this.#openUntil
  }

  /** Counts a call that starts; true when it is the trial of an endpoint that is down. */
  begin(): boolean {
    this.#isTrying = this.isOpen
    return this.isOpen
  }

  /** Counts an answer of the server, be it a refusal. */
  answered(): void {
    this.#nFailures = 0
    this.#pauseMs = 0
    this.#isTrying = false
  }

  /** Counts a call that was taken back before the endpoint did anything. */
  takenBack(isTrial: boolean): void {
    if (isTrial) this.#isTrying = false
  }

  /** Counts a failure of the endpoint: unreachable, broken, or silent. */
  failed(problem: string, now: number, isTrial: boolean): void {
    if (this.#nFailures++ === 0) this.#firstFailureAt = now
    this.#problem = problem
    if (this.isOpen) {
      // Calls that were in flight when it opened end later and tell nothing new.
      if (!isTrial) return
      this.#isTrying = false
      this.#pauseMs = Math.min(maxPauseMs, 2 * this.#pauseMs)
      this.#openUntil = now + this.#pauseMs
      return
    }
    const isLong = this.#nFailures >= fewFailures && now - this.#firstFailureAt >= longMs
    if (this.#nFailures < failuresToOpen && !isLong) return
    this.#pauseMs = 1000
    this.#openUntil = now + this.#pauseMs
  }
}
