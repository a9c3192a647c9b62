import { assert, describe, it } from "@effect/vitest"
import { askedModels } from "../src/askedModels.ts"
import { compare } from "../src/stages/compare.ts"
import { embed } from "../src/stages/embed.ts"
import { generate } from "../src/stages/generate.ts"
import { logProb } from "../src/stages/logProb.ts"
import { rolePlay } from "../src/stages/rolePlay.ts"
import { score } from "../src/stages/score.ts"

describe("askedModels", () => {
  const asked = ({ config }: { readonly config: unknown }) => askedModels(config, "own")

  it("askedModels names the models of a stage's options", () => {
    assert.deepStrictEqual(asked(embed.pairs({ model: "small" })), ["small"])
    assert.deepStrictEqual(asked(score.pairs({ models: [{ name: "rm", model: "big" }] })), ["big"])
    assert.deepStrictEqual(asked(generate({ n: 2, models: ["a", "b"] })), ["a", "b"])
    const trained = logProb.gaps({ reference: "base", models: [{ name: "dpo", model: "tuned" }], as: "chat" })
    assert.sameMembers([...asked(trained)], ["tuned", "base"])
  })

  it("askedModels adds the provider's own where a stage leaves one out", () => {
    assert.deepStrictEqual(asked(embed.pairs()), ["own"])
    assert.deepStrictEqual(asked(generate({ n: 2 })), ["own"])
    assert.deepStrictEqual(asked(score.pairs({ models: [{ name: "rm", model: "big" }, { name: "plain" }] })), [
      "own",
      "big"
    ])
    assert.deepStrictEqual(asked(compare({ annotators: ["ada", { name: "bram", model: "judge" }] })), ["own", "judge"])
    const roles = (models: { readonly user?: string; readonly assistant?: string }) => {
      const role = (model: string | undefined) => ({ system: "s", ...(model === undefined ? {} : { model }) })
      return asked(rolePlay({ user: role(models.user), assistant: role(models.assistant), turns: 1 }))
    }
    assert.deepStrictEqual(roles({ user: "a", assistant: "b" }), ["a", "b"])
    assert.deepStrictEqual(roles({ user: "a" }), ["own", "a"])
    assert.deepStrictEqual(roles({ assistant: "b" }), ["own", "b"])
    assert.deepStrictEqual(asked(rolePlay({ user: { system: "s", model: "a" }, turns: 1 })), ["own", "a"])
    const speakers = [{ name: "terse", model: "a" }, { name: "kind" }] as const
    assert.deepStrictEqual(asked(generate({ n: 2, speakers })), ["own", "a"])
  })
})
