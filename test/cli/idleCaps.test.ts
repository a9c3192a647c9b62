import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { idleCaps } from "../../src/cli/idleCaps.ts"
import { into, using, within } from "../../src/Plan.ts"
import { simulated } from "../../src/providers/simulated.ts"
import { rounds } from "../../src/rounds.ts"
import { generate } from "../../src/stages/generate.ts"
import { logProb } from "../../src/stages/logProb.ts"
import { rate } from "../../src/stages/rate.ts"
import { rolePlay } from "../../src/stages/rolePlay.ts"
import { dataset } from "../../src/sinks/dataset.ts"
import { memory } from "../../src/sinks/memory.ts"
import { promptFields, somePrompts } from "../stages/groups.ts"
import { pipelineOf } from "../stages/collect.ts"

const planWith = (...models: ReadonlyArray<string>) =>
  pipelineOf(somePrompts(2), promptFields).pipe(
    generate({ n: 2, models: ["writer"] }),
    rolePlay({ user: { system: "You buy.", model: "customer" }, turns: 1 }),
    rate({ annotators: [{ name: "ada", model: "judge" }, "bram"] }),
    into(memory()),
    using(simulated()),
    within({ models: Object.fromEntries(models.map((model) => [model, { calls: 5 }])) })
  )

describe("idleCaps", () => {
  it("idleCaps names a cap for a model that nobody asks, and the models there are", () => {
    assert.deepStrictEqual(idleCaps(planWith("gpt-x", "judge"), "own"), [
      'The cap for model "gpt-x" holds nothing back: no stage asks it by that name, expected one of "own", "writer", "customer", "judge"; name it in within(…) as the provider and the stages do'
    ])
  })

  it("idleCaps says that no model is asked where there is neither a provider nor a stage that names one", () => {
    const plan = pipelineOf(somePrompts(2), promptFields).pipe(
      into(memory()),
      within({ models: { "gpt-x": { calls: 5 } } })
    )
    assert.deepStrictEqual(idleCaps(plan, undefined), [
      'The cap for model "gpt-x" holds nothing back: no stage asks a model; take it out of within(…), or give the plan a provider with using(…)'
    ])
  })

  it("idleCaps knows the model that others are compared with", () => {
    const gaps = logProb.gaps({ reference: "base", models: [{ name: "dpo", model: "tuned" }] })
    const pairFields = { prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
    const plan = pipelineOf([], pairFields).pipe(
      gaps,
      into(memory()),
      using(simulated()),
      within({ models: { base: { calls: 5 }, tuned: { calls: 5 }, other: { calls: 5 } } })
    )
    assert.lengthOf(idleCaps(plan, "own"), 1)
    assert.match(idleCaps(plan, "own")[0]!, /^The cap for model "other" .* "own", "base", "tuned";/)
  })

  it("idleCaps knows the models that tables derived by the sink ask", () => {
    const more = generate({ name: "again", n: 1, models: ["late"] })
    const asking = pipelineOf(somePrompts(2), promptFields).pipe(generate({ n: 2, models: ["writer"] }))
    const plan = asking.pipe(
      into(dataset({ derive: { more } })),
      using(simulated()),
      within({ models: { late: { calls: 5 } } })
    )
    assert.deepStrictEqual(idleCaps(plan, "own"), [])
  })

  it("idleCaps says nothing where training may bring a model of any name", () => {
    const round = ({ model }: { readonly model: string }) =>
      pipelineOf(somePrompts(2), promptFields).pipe(generate({ n: 2, models: [model] }))
    const plan = rounds({ n: 2, model: "first", train: ["true"], round }).pipe(
      into(memory()),
      using(simulated()),
      within({ models: { second: { calls: 5 } } })
    )
    assert.deepStrictEqual(idleCaps(plan, "own"), [])
  })

  it("idleCaps says nothing where each model with a cap is asked, or none has one", () => {
    assert.deepStrictEqual(idleCaps(planWith("own", "writer", "customer", "judge"), "own"), [])
    assert.deepStrictEqual(idleCaps(planWith(), "own"), [])
  })
})
