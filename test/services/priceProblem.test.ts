import { assert, describe, it } from "@effect/vitest"
import type { Step } from "../../src/Pipeline.ts"
import { priceProblem } from "../../src/services/priceProblem.ts"

const step = (key: string, config: unknown, callsPerRow?: number): Step => ({
  key,
  kind: "each",
  needs: {},
  gives: {},
  config,
  ...(callsPerRow === undefined ? {} : { callsPerRow })
})

const provider = {
  defaultModel: "own",
  price: (model: string) => (model === "dear" ? { inputPerMillion: 1, outputPerMillion: 2 } : null)
}

describe("priceProblem", () => {
  it("priceProblem names the stage whose model has no price where money is capped", () => {
    const steps = [
      step("generate", { models: ["dear"] }, 2),
      step("judge.rate", { annotators: [{ model: "judge-x" }] }, 1)
    ]
    assert.match(
      priceProblem(steps, provider, { usd: 5 }) ?? "",
      /found no price for model "judge-x" of stage "judge.rate".*prices: \{ "judge-x"/
    )
    assert.match(priceProblem(steps, provider, { models: { "judge-x": { usd: 1 } } }) ?? "", /"judge-x"/)
    assert.isNull(priceProblem(steps, provider, { models: { dear: { usd: 1 }, "judge-x": { calls: 3 } } }))
    assert.isNull(priceProblem(steps, provider, { calls: 10, tokens: 100 }))
  })

  it("priceProblem takes the provider's own model where a stage names none or leaves one out, and no stage that asks nothing", () => {
    assert.match(priceProblem([step("generate", { n: 2 }, 2)], provider, { usd: 5 }) ?? "", /model "own"/)
    const annotators = [
      { name: "ada", model: "dear" },
      { name: "bram", model: null }
    ]
    assert.match(priceProblem([step("judge.rate", { annotators }, 2)], provider, { usd: 5 }) ?? "", /model "own"/)
    assert.isNull(priceProblem([step("judge.rate", { annotators: [annotators[0]] }, 1)], provider, { usd: 5 }))
    assert.isNull(priceProblem([step("clean", { model: "text" }), step("pair", {}, 0)], provider, { usd: 5 }))
  })
})
