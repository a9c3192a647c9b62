import { assert, describe, it } from "@effect/vitest"
import { WiringError } from "../src/Pipeline.ts"
import { into, within } from "../src/Plan.ts"
import { memory } from "../src/sinks/memory.ts"
import { pipelineOf } from "./stages/collect.ts"
import { promptFields, somePrompts } from "./stages/groups.ts"

const plan = pipelineOf(somePrompts(1), promptFields).pipe(into(memory()))

describe("within", () => {
  it("within adds caps to those of the plan, later ones in place of earlier ones", () => {
    assert.deepStrictEqual(plan.pipe(within({ usd: 1, calls: 5 }), within({ calls: 6 })).caps, { usd: 1, calls: 6 })
  })

  it("within throws a WiringError for caps that cannot be held", () => {
    for (const caps of [{ usd: Number.NaN }, { calls: -1 }, { models: { m: { tokens: 0.5 } } }, { euro: 1 }]) {
      assert.throws(() => within(caps), WiringError, /^Cannot cap .*: found .*, expected .*; /)
    }
  })
})
