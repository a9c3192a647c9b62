import { assert, describe, it } from "@effect/vitest"
import { mergeArms } from "../../src/cli/mergeArms.ts"

const stage = (key: string, kind = "reshape", config: unknown = {}) => ({ key, kind, config })
const sidesOf = (stages: Parameters<typeof mergeArms>[0]) =>
  [...mergeArms(stages)].map(([key, arms]) => [key, ...[...arms].map(([merge, arm]) => `${arm} of ${merge}`)])

describe("mergeArms", () => {
  it("mergeArms says which stages are on which side of which merge", () => {
    const other = { with: "jsonl" }
    assert.deepStrictEqual(
      sidesOf([
        stage("jsonl", "source"),
        stage("pair"),
        stage("jsonl#2", "source"),
        stage("filter"),
        stage("jsonl#3", "source"),
        stage("ask", "each"),
        stage("merge", "reshape", other),
        stage("merge#2", "reshape", other),
        stage("split")
      ]),
      [
        ["jsonl", "0 of merge#2"],
        ["pair", "0 of merge#2"],
        ["jsonl#2", "0 of merge", "1 of merge#2"],
        ["filter", "0 of merge", "1 of merge#2"],
        ["jsonl#3", "1 of merge", "1 of merge#2"],
        ["ask", "1 of merge", "1 of merge#2"],
        ["merge", "1 of merge#2"],
        ["merge#2"],
        ["split"]
      ]
    )
  })

  it("mergeArms takes the sides of a join for one, and a stage of another kind for no merge", () => {
    assert.deepStrictEqual(
      sidesOf([
        stage("round 2/jsonl", "source"),
        stage("round 2/memory", "source"),
        stage("round 2/join", "reshape", { with: "memory" }),
        stage("round 2/merge", "reshape", {})
      ]).map((sides) => sides.length),
      [1, 1, 1, 1]
    )
  })
})
