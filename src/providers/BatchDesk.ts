import * as crypto from "node:crypto"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { JournalError } from "../Journal.ts"
import { aboutOneRow, canBeRetried, type LanguageModelError } from "../services/LanguageModelError.ts"
import type { Call } from "../services/Provider.ts"
import { BatchGathering, type GatheringRules } from "./BatchGathering.ts"
import { type BatchNote, BatchNotes } from "./BatchNotes.ts"
import type { BatchLine, BatchServer, BatchState } from "./BatchServer.ts"
import type { Endpoint } from "./Endpoint.ts"
import { type Awaited, type BatchAnswer, inWords, pauseAfter, SentBatch, unbilled } from "./SentBatch.ts"

/** How batches are made up, and what becomes of what they leave unanswered. */
export interface BatchRules extends GatheringRules {
  /** Fewer requests are asked live. */
  readonly minRequests: number
  /** What a batch leaves unanswered is asked live; else it goes into so many further batches. */
  readonly restLive: boolean
  readonly maxRetries: number
}

type Failure = LanguageModelError | JournalError

/** Servers forget files after this time; a batch that nobody asked about for so long is forgotten here, too. */
const memoryMs = 30 * 86_400_000
/** Tries before a step fails; a batch that is under way is asked about without end. */
const maxTries = 8
/** The same for a file: without one nothing is under way, and the model service has patience of its own. */
const maxFileTries = 5
/** Answers that were handed over are in the journal after this time. */
const settledMs = 10_000

const finalStatuses: ReadonlySet<string> = new Set(["completed", "expired", "cancelled", "failed"])

/**
 * Gathers requests into batches, sends them, and brings the answers home.
 *
 * What is being sent is written down first, so that a later process finds it. A batch is watched while somebody waits for one
 * of its answers; answers that nobody asked for stay on the server, and their keys in the notes.
 */
export class BatchDesk {
  readonly #rules: BatchRules
  readonly #server: BatchServer
  readonly #endpoint: Endpoint
  readonly #account: string
  readonly #scope: Scope.Scope
  readonly #gathering: BatchGathering<Awaited>
  readonly #batches = new Set<SentBatch>()
  readonly #byKey = new Map<string, SentBatch>()
  readonly #live = new Set<string>()
  #opened: BatchNotes | undefined
  #cancelled: Call["cancelled"] = () => {}

  /** `scope` ends what watches the batches. */
  constructor(
    rules: BatchRules,
    parts: {
      readonly server: BatchServer
      readonly endpoint: Endpoint
      readonly account: string
      readonly scope: Scope.Scope
    }
  ) {
    this.#rules = rules
    this.#server = parts.server
    this.#endpoint = parts.endpoint
    this.#account = parts.account
    this.#scope = parts.scope
    this.#gathering = new BatchGathering(rules, parts.scope, (members) => this.#gathered(members))
  }

  /** True for what is to be asked live: a batch was too small for it, or has left it unanswered. */
  isLive(key: string): boolean {
    return this.#live.has(key)
  }

  /** Asks live from now on, where that is allowed: the answer from a batch was of no use. */
  disappoint(key: string): void {
    if (this.#rules.restLive) this.#live.add(key)
  }

  /** Puts a request into a batch, or joins the one that it is in, and waits. A key is asked for once at a time. */
  ask(call: Call, model: string, body: object): Effect.Effect<BatchAnswer, Failure> {
    return Effect.gen({ self: this }, function* () {
      const { key } = call
      const now = yield* Clock.currentTimeMillis
      yield* this.#open(call, now)
      const line = JSON.stringify({ custom_id: key, method: "POST", url: "/v1/chat/completions", body })
      const member: Awaited = { key, model, line, call, answer: Deferred.makeUnsafe(), nBatches: 0 }
      const batch = this.#byKey.get(key)
      if (batch === undefined) yield* this.#gathering.add(member)
      else {
        batch.waiting.set(key, member)
        batch.lastJoinedAt = now
        if (!batch.isWatched) yield* this.#start(batch, this.#watch(batch))
      }
      return yield* Effect.onInterrupt(Deferred.await(member.answer), () =>
        Effect.sync(() => {
          this.#gathering.remove(member)
          this.#byKey.get(key)?.waiting.delete(key)
        })
      )
    })
  }

  /** What is under way, for people; null when nothing is. */
  status(): string | null {
    const parts = [...this.#batches].filter(({ isWatched }) => isWatched).map((batch) => batch.status)
    if (this.#gathering.size > 0) parts.push(`${inWords(this.#gathering.size)} requests being gathered`)
    return parts.length === 0 ? null : parts.join("; ")
  }

  /** Writes down, at the end, which answers were taken. */
  get close(): Effect.Effect<void> {
    return Effect.suspend(() => Effect.forEach([...this.#batches], (batch) => this.#tidy(batch), { discard: true }))
  }

  get #notes(): BatchNotes {
    return this.#opened!
  }

  /** The notes of earlier processes can be read from the first request on. */
  #open(call: Call, now: number): Effect.Effect<void, JournalError> {
    if (this.#opened !== undefined) return Effect.void
    this.#opened = new BatchNotes(call, this.#account)
    this.#cancelled = call.cancelled
    const old: Array<BatchNote> = []
    for (const { keys, note } of this.#notes.read()) {
      if (now - note.at > memoryMs || keys.length === 0) old.push(note)
      else this.#enter(note, keys, new Map())
    }
    return Effect.forEach(old, (note) => this.#notes.writeKeys(note, []), { discard: true })
  }

  #enter(note: BatchNote, lines: ReadonlyArray<string>, waiting: ReadonlyMap<string, Awaited>): SentBatch {
    const batch = new SentBatch(note, lines, waiting)
    this.#batches.add(batch)
    for (const key of lines) this.#byKey.set(key, batch)
    return batch
  }

  #gathered(members: ReadonlyMap<string, Awaited>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      if (members.size < this.#rules.minRequests) {
        for (const member of members.values()) this.#goLive(member)
        return
      }
      const at = yield* Clock.currentTimeMillis
      const keys = [...members.keys()]
      const token = crypto.hash("sha256", [this.#account, at, ...keys].join("\n")).slice(0, 32)
      const { model } = members.get(keys[0]!)!
      const batch = this.#enter({ token, model, at, file: null, batch: null }, keys, members)
      const lines = [...members.values()].map(({ line }) => line)
      yield* this.#start(batch, this.#send(batch, lines, [...members.values()]))
    })
  }

  /** Runs a step of a batch beside whoever asks; where it fails, all that wait for the batch hear of it. */
  #start(batch: SentBatch, step: Effect.Effect<void, Failure>): Effect.Effect<void> {
    batch.isWatched = true
    const whole = Effect.catch(step, (error) =>
      Effect.gen({ self: this }, function* () {
        // Without a file there can be no batch on the server.
        const isLost = batch.note.file === null
        const members = isLost ? this.#forgotten(batch) : batch.release()
        batch.isWatched = false
        if (isLost) yield* Effect.ignore(this.#notes.writeKeys(batch.note, []))
        for (const member of members) settle(member, Exit.fail(unbilled(error, !isLost)))
      })
    )
    return Effect.asVoid(Effect.forkIn(whole, this.#scope))
  }

  #send(batch: SentBatch, lines: ReadonlyArray<string>, members: ReadonlyArray<Awaited>): Effect.Effect<void, Failure> {
    return Effect.gen({ self: this }, function* () {
      const { at, model, token } = batch.note
      yield* this.#notes.writeKeys(batch.note, batch.lines)
      yield* this.#notes.write(batch.note)
      const file = yield* batch.trying(this.#server.upload(model, lines), maxFileTries)
      batch.note = { ...batch.note, file }
      yield* this.#notes.write(batch.note)
      yield* Effect.forEach(members, ({ call }) => call.leaves("kept"), { concurrency: "unbounded", discard: true })
      let nTries = 0
      const created = Effect.gen({ self: this }, function* () {
        // The answer to an earlier try may have been lost on its way.
        const earlier = nTries++ === 0 ? null : yield* this.#server.find(model, token, at)
        return earlier ?? (yield* this.#server.create(model, file, token))
      })
      yield* this.#heardOf(batch, yield* batch.trying(created, maxTries))
      yield* this.#watch(batch)
    })
  }

  #heardOf(batch: SentBatch, state: BatchState): Effect.Effect<void, JournalError> {
    batch.state = state
    batch.note = { ...batch.note, batch: state.id }
    return this.#notes.write(batch.note)
  }

  /** Follows a batch to its end and takes from it what is waited for. */
  #watch(batch: SentBatch): Effect.Effect<void, Failure> {
    return Effect.gen({ self: this }, function* () {
      const { at, file, model, token } = batch.note
      if (batch.note.batch === null) {
        const found = file === null ? null : yield* batch.trying(this.#server.find(model, token, at), maxTries)
        if (found === null) return yield* this.#again(this.#forgotten(batch), batch)
        yield* this.#heardOf(batch, found)
      }
      let pauseMs = pauseAfter(0)
      while (batch.waiting.size > 0) {
        const state = yield* batch.trying(this.#server.look(model, batch.note.batch!), Number.POSITIVE_INFINITY)
        if (state === null) {
          return yield* this.#again(this.#forgotten(batch), batch, `the server does not know ${batch.note.batch}`)
        }
        batch.state = state
        if (state.status === "failed") return yield* this.#failed(batch, state)
        if (finalStatuses.has(state.status)) yield* this.#harvest(batch, state)
        else yield* Effect.sleep(pauseMs)
        pauseMs = pauseAfter(pauseMs)
      }
      batch.isWatched = false
      yield* Effect.forkIn(Effect.delay(Effect.uninterruptible(this.#tidy(batch)), settledMs), this.#scope)
    })
  }

  #harvest(batch: SentBatch, state: BatchState): Effect.Effect<void, Failure> {
    return Effect.gen({ self: this }, function* () {
      yield* this.#allJoined(batch)
      const expected = [...batch.waiting.values()]
      const unanswered = new Map<Awaited, string>()
      const take = (line: BatchLine) => {
        const member = batch.waiting.get(line.key)
        if (member === undefined) return
        const outcome = this.#outcomeOf(line, member)
        if (typeof outcome === "string") unanswered.set(member, outcome)
        else {
          if (Exit.isFailure(outcome)) this.#cancelled([member.key])
          this.#taken(batch, member)
          settle(member, outcome)
        }
      }
      for (const file of [state.outputFile, state.errorFile]) {
        if (file !== null) yield* batch.trying(this.#server.lines(batch.note.model, file, take), maxTries)
      }
      for (const member of expected) {
        if (!batch.waiting.has(member.key)) continue
        const why = unanswered.get(member) ?? (state.status === "completed" ? null : `the batch is ${state.status}`)
        this.#taken(batch, member)
        if (why !== null) this.#cancelled([member.key])
        if (why === null) {
          this.disappoint(member.key)
          const found = `${state.id} is completed and has no answer to this request`
          const error = this.#endpoint.fail("malformed", member.model, found, askAgain, { mayBeBilled: true })
          settle(member, Exit.fail(error))
        } else if (this.#rules.restLive) this.#goLive(member)
        else yield* this.#again([member], null, why)
      }
    })
  }

  /** Waits while requests of an earlier process still come in: each harvest reads all answers of the batch. */
  #allJoined(batch: SentBatch): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      while (batch.keys.size > batch.waiting.size) {
        const waitMs = batch.lastJoinedAt + this.#rules.quietMs - (yield* Clock.currentTimeMillis)
        if (waitMs <= 0) return
        yield* Effect.sleep(waitMs)
      }
    })
  }

  /** What a line comes to; a text says why the request has to be asked again. */
  #outcomeOf({ problem, response }: BatchLine, { model }: Awaited): Exit.Exit<BatchAnswer, Failure> | string {
    if (response === null) return problem
    if (response.status === 200) return Exit.succeed({ body: response.body })
    const error = this.#endpoint.refusal(model, { ...response, header: () => null, at: 0 })
    return canBeRetried(error) ? error.found : Exit.fail(error)
  }

  /** Validation refused the batch: lines that it names are at fault, the others go into the next batch. */
  #failed(batch: SentBatch, { id, problems }: BatchState): Effect.Effect<void, JournalError> {
    return Effect.gen({ self: this }, function* () {
      const { model } = batch.note
      const said = problems
        .slice(0, 3)
        .map(({ line, message }) => (line === null ? message : `line ${line}: ${message}`))
      const found = `${id} failed validation: ${said.join(" ") || "no reason given"}`
      const isQueueFull = problems.some(({ code }) => code === "token_limit_exceeded")
      const others = [...this.#batches].filter(
        (other) => other !== batch && other.isWatched && other.note.model === model
      )
      if (isQueueFull && others.length > 0) {
        batch.problem = "waits until another batch has left the server's queue"
        while (others.every(({ isWatched }) => isWatched)) yield* Effect.sleep(pauseAfter(0))
        return yield* this.#again(this.#forgotten(batch), batch)
      }
      const [reason, remedy] = isQueueFull
        ? ([
            "outOfCredit",
            "lower maxRequests, or wait for other batches of the account; running again resumes"
          ] as const)
        : (["badRequest", this.#remedyFor(model, said.join(" "))] as const)
      const guilty = new Map(
        problems.map(({ line, message }) => [line === null ? undefined : batch.lines[line - 1], message])
      )
      const members = this.#forgotten(batch)
      if (guilty.size === 0 || guilty.has(undefined)) {
        yield* this.#notes.writeKeys(batch.note, [])
        for (const member of members) settle(member, Exit.fail(this.#endpoint.fail(reason, model, found, remedy)))
        return
      }
      for (const member of members) {
        const message = guilty.get(member.key)
        if (message !== undefined) {
          const why = `${id} failed validation: ${message}`
          this.#reject(member, "badRequest", why, this.#remedyFor(model, message))
        }
      }
      yield* this.#again(
        members.filter(({ key }) => !guilty.has(key)),
        batch,
        found
      )
    })
  }

  /** What to do about a request that validation refused: what is done where it is refused live. */
  #remedyFor(model: string, message: string): string {
    return this.#endpoint.refusal(model, { status: 400, body: { message }, header: () => null }).remedy
  }

  /**
   * Puts requests into the next batch, and forgets the one that they were in. `why` says what that one did to them; requests
   * to which it happens too often are given up.
   */
  #again(
    members: ReadonlyArray<Awaited>,
    batch: SentBatch | null,
    why: string | null = null
  ): Effect.Effect<void, JournalError> {
    return Effect.gen({ self: this }, function* () {
      if (batch !== null) yield* this.#notes.writeKeys(batch.note, [])
      for (const member of members) {
        if (why !== null && ++member.nBatches > this.#rules.maxRetries) {
          const found = `no answer in ${member.nBatches} batches, the last time: ${why}`
          this.#reject(member, "overloaded", found, `${askAgain}; live: "rest" asks live for what a batch leaves`)
        } else yield* this.#gathering.add(member)
      }
    })
  }

  #reject(member: Awaited, reason: LanguageModelError["reason"], found: string, remedy: string): void {
    settle(member, Exit.fail(aboutOneRow(this.#endpoint.fail(reason, member.model, found, remedy))))
  }

  /** Lets go of a batch and returns who waited for it; the notes are to be written next. */
  #forgotten(batch: SentBatch): ReadonlyArray<Awaited> {
    batch.isWatched = false
    this.#batches.delete(batch)
    for (const key of batch.lines) if (this.#byKey.get(key) === batch) this.#byKey.delete(key)
    this.#cancelled([...batch.keys])
    return batch.release()
  }

  /** Writes down what is left of a batch whose answers were taken, once these are in the journal. */
  #tidy(batch: SentBatch): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!this.#batches.has(batch) || batch.keys.size === batch.lines.length) return Effect.void
      return Effect.andThen(
        Effect.ignore(this.#notes.writeKeys(batch.note, [...batch.keys])),
        Effect.sync(() => {
          if (batch.keys.size === 0) this.#forgotten(batch)
        })
      )
    })
  }

  #taken(batch: SentBatch, { key }: Awaited): void {
    batch.waiting.delete(key)
    batch.keys.delete(key)
    this.#byKey.delete(key)
  }

  #goLive(member: Awaited): void {
    this.#live.add(member.key)
    settle(member, Exit.succeed("live"))
  }
}

const askAgain = "prefloom run --retry-rejects asks again"

const settle = (member: Awaited, outcome: Exit.Exit<BatchAnswer, Failure>): void =>
  void Deferred.doneUnsafe(member.answer, outcome)
