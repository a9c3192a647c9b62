import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Journal, JournalError } from "../../src/Journal.ts"
import { scripted } from "../../src/providers/scripted.ts"
import type { Ticket } from "../../src/services/Dispatcher.ts"
import { openOffice, refusedNote } from "../../src/services/Office.ts"
import { oneCall } from "../../src/services/worstCase.ts"
import { services } from "../stages/collect.ts"
import { failureOf } from "./failureOf.ts"

const office = Effect.flatMap(
  scripted(() => "yes"),
  openOffice
)

describe("openOffice", () => {
  it.effect("openOffice files what is held where its scope ends well, and drops it where that fails", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const holding = (key: string) =>
        Effect.map(office, ({ standing }) => {
          standing.replayed("text")
          standing.hold("text", failureOf(key), 0)
        })
      yield* Effect.scoped(holding("kept"))
      yield* Effect.exit(Effect.scoped(Effect.andThen(holding("dropped"), Effect.fail("stop"))))
      // Waits for the commit that holds the filed one too.
      yield* journal.keep(failureOf("other"))
      assert.deepStrictEqual(
        ["kept", "dropped", "other"].filter((key) => journal.find(key) !== undefined),
        ["kept", "other"]
      )
    }).pipe(Effect.provide(services({ provider: scripted(() => "yes") })))
  )

  it.effect("openOffice knows the requests that an earlier run failed with or was stopped for", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.keep(failureOf("failed"))
      yield* journal.writeNote(refusedNote, JSON.stringify(["refused"]))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { failedBefore, noteRefused } = yield* office
          yield* noteRefused(["new"])
          // The note is for later runs.
          assert.deepStrictEqual(["failed", "refused", "new", "other"].map(failedBefore), [true, true, false, false])
        })
      )
      const { failedBefore } = yield* Effect.scoped(office)
      assert.deepStrictEqual(["failed", "refused", "new", "other"].map(failedBefore), [true, true, true, false])
    }).pipe(Effect.provide(services({ provider: scripted(() => "yes") })))
  )

  it.effect("openOffice stops its calls when a failure cannot be filed", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const broken = new JournalError({ file: "j", found: "disk full", remedy: "make room" })
      const full: Journal["Service"] = { ...journal, onKept: (_entry, _call, tell) => tell(Exit.fail(broken)) }
      const opened = yield* Effect.provideService(office, Journal, full)
      opened.standing.hold("text", failureOf("a"), 0)
      assert.isNull(opened.fatal)
      opened.standing.answered("text", 1, 2)
      assert.strictEqual(opened.fatal, broken)
    }).pipe(Effect.scoped, Effect.provide(services({ provider: scripted(() => "yes") })))
  )

  it.effect("openOffice lets nothing wait beyond its scope", () =>
    Effect.gen(function* () {
      const sleeps = { begun: 0, ended: 0 }
      const clock: Clock.Clock = Object.assign(Object.create(yield* Clock.Clock) as Clock.Clock, {
        sleep: () =>
          Effect.suspend(() => {
            sleeps.begun++
            return Effect.onInterrupt(Effect.never, () => Effect.sync(() => sleeps.ended++))
          })
      })
      const provider = yield* scripted(() => "yes")
      const [route] = provider.routes
      const slow = { ...provider, routes: [{ ...route!, limits: { ...route!.limits, requestsPerMinute: 1 } }] }
      yield* Effect.gen(function* () {
        const { dispatcher } = yield* openOffice(slow)
        const started: Array<string> = []
        for (const key of ["one", "two"]) {
          const ticket: Ticket = { model: "m", key, worst: oneCall, isRetry: false, isDoubted: false, avoid: null }
          dispatcher.start(ticket, () => started.push(key))
        }
        yield* Effect.yieldNow
        assert.deepStrictEqual(started, ["one"])
        assert.deepStrictEqual(sleeps, { begun: 1, ended: 0 })
      }).pipe(Effect.scoped, Effect.provideService(Clock.Clock, clock))
      assert.deepStrictEqual(sleeps, { begun: 1, ended: 1 })
    }).pipe(Effect.provide(services({ provider: scripted(() => "yes") })))
  )
})
