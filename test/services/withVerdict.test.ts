import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import { withVerdict } from "../../src/services/withVerdict.ts"
import { services } from "../stages/collect.ts"

const rows = Stream.make(1, 2, 3)

describe("withVerdict", () => {
  it.effect("withVerdict gives all of a stream, and only then fails", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      const verdict = Effect.suspend(() => {
        const [found, remedy] = [`all ${seen.length} refused`, "check the server"]
        return Effect.fail(new LanguageModelError({ reason: "badRequest", provider: "p", model: "m", found, remedy }))
      })
      const judged = Effect.updateService(
        Stream.runForEach(withVerdict(rows), (row) => Effect.sync(() => seen.push(row))),
        LanguageModel,
        (service) => ({ ...service, verdict })
      )
      const error = yield* Effect.flip(Effect.provide(judged, services()))
      assert.match(error.message, /all 3 refused/)
      assert.deepStrictEqual(seen, [1, 2, 3])
    })
  )

  it.effect("withVerdict ends a stream as before where nothing is amiss, and where no model can be asked", () =>
    Effect.gen(function* () {
      const all = Stream.runCollect(withVerdict(rows))
      assert.deepStrictEqual([...(yield* all)], [1, 2, 3])
      assert.deepStrictEqual([...(yield* Effect.provide(all, services()))], [1, 2, 3])
    })
  )
})
