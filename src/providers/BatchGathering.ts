import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** What is gathered: one line of a batch. All lines of a batch name one model. */
export interface BatchMember {
  readonly key: string
  readonly model: string
  /** Without the line feed. */
  readonly line: string
}

/** When a batch is full, or waited for long enough. */
export interface GatheringRules {
  readonly maxRequests: number
  /** Bytes of a file. */
  readonly maxBytes: number
  /** Milliseconds without a new request. */
  readonly quietMs: number
}

interface Group<Member> {
  readonly members: Map<string, Member>
  nBytes: number
  lastAt: number
}

/** Collects requests by model, and hands each group over once it is full or nothing has come for a while. */
export class BatchGathering<Member extends BatchMember> {
  readonly #rules: GatheringRules
  readonly #scope: Scope.Scope
  readonly #send: (members: ReadonlyMap<string, Member>) => Effect.Effect<void>
  readonly #groups = new Map<string, Group<Member>>()

  constructor(
    rules: GatheringRules,
    scope: Scope.Scope,
    send: (members: ReadonlyMap<string, Member>) => Effect.Effect<void>
  ) {
    this.#rules = rules
    this.#scope = scope
    this.#send = send
  }

  /** Requests that were not handed over yet. */
  get size(): number {
    return [...this.#groups.values()].reduce((sum, { members }) => sum + members.size, 0)
  }

  add(member: Member): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { key, model } = member
      const nBytes = bytesOf(member)
      const before = this.#groups.get(model)
      if (before !== undefined && before.nBytes + nBytes > this.#rules.maxBytes) yield* this.#end(model, before)
      const now = yield* Clock.currentTimeMillis
      let group = this.#groups.get(model)
      if (group === undefined) {
        group = { members: new Map(), nBytes: 0, lastAt: now }
        this.#groups.set(model, group)
        yield* Effect.forkIn(this.#endWhenQuiet(model, group), this.#scope)
      }
      group.members.set(key, member)
      group.nBytes += nBytes
      group.lastAt = now
      if (group.members.size >= this.#rules.maxRequests) yield* this.#end(model, group)
    })
  }

  /** Takes back a request that was not handed over yet. */
  remove(member: Member): void {
    const group = this.#groups.get(member.model)
    if (group?.members.delete(member.key) === true) group.nBytes -= bytesOf(member)
  }

  #endWhenQuiet(model: string, group: Group<Member>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      while (this.#groups.get(model) === group) {
        const waitMs = group.lastAt + this.#rules.quietMs - (yield* Clock.currentTimeMillis)
        if (waitMs <= 0) yield* this.#end(model, group)
        else yield* Effect.sleep(waitMs)
      }
    })
  }

  #end(model: string, group: Group<Member>): Effect.Effect<void> {
    this.#groups.delete(model)
    return group.members.size === 0 ? Effect.void : this.#send(group.members)
  }
}

const bytesOf = ({ line }: BatchMember): number => Buffer.byteLength(line) + 1
