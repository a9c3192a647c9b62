import { assert, describe, it } from "@effect/vitest"
import { warningsOf } from "../../src/report/warningsOf.ts"
import { emptyManifest } from "./fixture.ts"

type Stage = (typeof emptyManifest)["stages"][number]

const stage = (key: string, rowsIn: number, rowsOut: number, more: Partial<Stage> = {}): Stage => ({
  key,
  kind: "reshape",
  config: null,
  rowsIn,
  rowsOut,
  rejected: {},
  ...more
})

const noRowOf = (...stages: ReadonlyArray<Stage>) =>
  warningsOf({ ...emptyManifest, stages })
    .filter(({ code }) => code === "noRow")
    .flatMap(({ messages }) => messages)

const source = (rowsOut: number) => stage("read", 0, rowsOut, { kind: "source" })

describe("warningsOf", () => {
  it("warningsOf blames for lost rows the stage that took them, not a route before it that took none", () => {
    assert.deepStrictEqual(
      noRowOf(
        source(10),
        stage("long/generate", 0, 0),
        stage("rest/filter", 10, 0, { rejected: { short: 10 } }),
        stage("pair", 0, 0)
      ),
      [
        {
          stage: "rest/filter",
          message:
            'none of 10 rows came through "rest/filter", most often for "short": rejects.parquet says why of each'
        }
      ]
    )
  })

  it("warningsOf points to no rejects where the stage that gave no row rejected none", () => {
    const [message] = noRowOf(source(10), stage("pairOfPairs", 10, 0))
    assert.match(message!.message, /^none of 10 rows came through "pairOfPairs": it rejected none/)
    assert.notInclude(message!.message, "rejects.parquet")
  })

  it("warningsOf blames a source that gave no row, which takes none", () => {
    assert.deepStrictEqual(
      noRowOf(source(0), stage("pair", 0, 0)).map((one) => one.stage),
      ["read"]
    )
  })

  it("warningsOf says nothing of lost rows where rows came out, or no stage tells where they stayed", () => {
    assert.deepStrictEqual(noRowOf(source(10), stage("pair", 0, 0)), [])
    const stages = [source(10), stage("long/generate", 0, 0), stage("pair", 10, 8)]
    assert.notInclude(
      warningsOf({ ...emptyManifest, stages, rowsOut: 8 }).map(({ code }) => code),
      "noRow"
    )
  })

  it("warningsOf counts answers that were cut off, although rows went on without them, and says what to do", () => {
    const stages = [
      source(10),
      stage("judge.compare", 10, 10, { rejected: { "judgment: cut off": 12, "judgment: malformed answer": 3 } }),
      stage("inject", 10, 10, { rejected: { "inject typo: truncated": 1, "inject typo: tooLarge": 2 } }),
      stage("rewrite", 10, 10, { rejected: { "cut off": 1, unchanged: 2 } }),
      stage("cut off", 10, 10, { rejected: { "judgment: refused": 2 } })
    ]
    const made = { ...emptyManifest, stages, findings: [], rowsOut: 10 }
    assert.deepStrictEqual(warningsOf({ ...made, simulated: true }), [])
    const groups = warningsOf({ ...made, simulated: false })
    assert.deepStrictEqual(
      groups.map(({ title }) => title),
      ["Answers were cut off"]
    )
    const [group] = groups
    assert.deepStrictEqual(
      group!.messages.map(({ message, stage: of }) => [of, message.replace(/ and left out\..*/, "")]),
      [
        ["judge.compare", '12 answers to "judge.compare" were cut off at the limit of tokens'],
        ["inject", '1 answer to "inject" was cut off at the limit of tokens'],
        ["rewrite", '1 answer to "rewrite" was cut off at the limit of tokens']
      ]
    )
    assert.match(group!.messages[0]!.message, /Raise its maxTokens, or turn off the thinking/)
  })
})
