import type { JournalEntry } from "../Journal.ts"

/** Requests that may fail one after the other, none answered in between, before that is no longer held against each of them. */
export const mostAtFault = 31

/**
 * What models have answered so far, to tell a request that is at fault from a server that is.
 *
 * A failure is held until a later call of its kind is answered, which shows that the server was not at fault, and filed then. Where
 * the run stops instead, whoever runs again asks again.
 *
 * Kept for each kind of call apart: a server that writes texts may know nothing of JSON schemas. Times are in milliseconds since 1970.
 */
export class Standing {
  readonly #kinds = new Map<string, Kind>()
  readonly #held = new Map<string, Held>()
  readonly #file: (entry: JournalEntry, filed: () => void) => void

  /** `file` files a failure and says when that is done. */
  constructor(file: (entry: JournalEntry, filed: () => void) => void) {
    this.#file = file
  }

  /** Counts an answer. It clears refusals of its kind that were not sent later, and files failures that it was sent after. */
  answered(kind: string, sentAt: number, at: number): void {
    const own = this.#of(kind)
    own.wellSince = Math.min(sentAt, own.wellSince)
    own.wellAt = Math.max(sentAt, own.wellAt)
    if (own.refusedAt.length > 0) own.refusedAt = own.refusedAt.filter((one) => one > own.wellAt)
    own.answeredAt = at
    own.limitedSince = null
    if (this.#held.size > 0) this.#fileHeld((held) => held.kind === kind && held.failedAt <= own.wellAt)
  }

  /** Counts a replayed answer: the model once answered such calls, nobody knows whether it still does. */
  replayed(kind: string): void {
    this.#of(kind).answeredAt ??= Number.NEGATIVE_INFINITY
  }

  /** Counts a request that was refused, unless a later one was answered. */
  refused(kind: string, sentAt: number): void {
    const own = this.#of(kind)
    if (!this.wasWell(kind, sentAt)) own.refusedAt.push(sentAt)
  }

  /** How many requests were refused that no answer has cleared. */
  nRefused(kind: string): number {
    return this.#of(kind).refusedAt.length
  }

  /** Whether a call that was sent no earlier was answered: then the server was well. */
  wasWell(kind: string, sentAt: number): boolean {
    return sentAt <= this.#of(kind).wellAt
  }

  /** Whether a call that was sent earlier was answered. */
  wasWellBefore(kind: string, sentAt: number): boolean {
    return sentAt > this.#of(kind).wellSince
  }

  /** Holds a failure; files it where a later call was answered already, and not in this run where it is open whose fault it was. */
  hold(kind: string, entry: JournalEntry, failedAt: number, isOpen = false): void {
    this.#held.set(entry.key, { kind, entry, failedAt, isOpen, isFiling: false })
    if (this.wasWell(kind, failedAt)) this.#fileHeld((held) => held.entry === entry)
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
      isOpen && this.#of(kind).wellAt > Number.NEGATIVE_INFINITY ? [entry.key] : []
    )
  }

  /** A failure of a kind of call that was never answered; null where there is none. */
  get unanswered(): JournalEntry | null {
    for (const { entry, kind } of this.#held.values()) if (this.lastAnswerAt(kind) === null) return entry
    return null
  }

  /** Files all failures of kinds that were ever answered: the run ends well, and no server was at fault. */
  fileAll(): void {
    this.#fileHeld(({ kind }) => this.lastAnswerAt(kind) !== null)
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
    const own = this.#of(kind)
    own.limitedSince ??= at
    return at - own.limitedSince
  }

  /** Counts anew how long limits hold calls off: one of this kind, or without a kind of all, was not, or nobody asked for a while. */
  unlimited(kind: string | null): void {
    for (const own of kind === null ? this.#kinds.values() : [this.#of(kind)]) own.limitedSince = null
  }

  /** Whether any call was answered or replayed. */
  get hasAnswers(): boolean {
    return [...this.#kinds.values()].some(({ answeredAt }) => answeredAt !== null)
  }

  /** When such a call was answered last; null where none ever was. */
  lastAnswerAt(kind: string): number | null {
    return this.#of(kind).answeredAt
  }

  #of(kind: string): Kind {
    const known = this.#kinds.get(kind)
    if (known !== undefined) return known
    const own: Kind = {
      answeredAt: null,
      wellSince: Number.POSITIVE_INFINITY,
      wellAt: Number.NEGATIVE_INFINITY,
      refusedAt: [],
      limitedSince: null
    }
    this.#kinds.set(kind, own)
    return own
  }
}

/** What is known of one kind of call. */
interface Kind {
  /** When one was answered last: long ago where that was replayed alone, null where none ever was. */
  answeredAt: number | null
  /** When the first and the latest call were sent that were answered. */
  wellSince: number
  wellAt: number
  /** When requests were sent that were refused, and that no answer has cleared. */
  refusedAt: Array<number>
  /** When a limit first held a call off, none being answered since; null where none does. */
  limitedSince: number | null
}

interface Held {
  readonly kind: string
  readonly entry: JournalEntry
  readonly failedAt: number
  /** Nobody knows whose fault it was: it is never filed, and asked again by whoever runs again. */
  readonly isOpen: boolean
  isFiling: boolean
}
