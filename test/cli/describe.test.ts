import { afterAll, assert, describe, it } from "@effect/vitest"
import type { PlanDescription } from "../../src/cli/describePlan.ts"
import { renderMermaid } from "../../src/cli/renderDescription.ts"
import { countingPipeline, runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "memory.ts": countingPipeline(0),
  "rows.jsonl": '{"id":"a","domain":null,"prompt":"Why?","reference":null}\n'.repeat(120),
  "file.ts": countingPipeline(0)
    .replace("memory(rows, Prompt)", 'jsonl("rows.jsonl", Prompt)')
    .replace("memory,", "jsonl,")
})
afterAll(remove)

describe("describe", () => {
  it.concurrent("lists stages, columns with types, and calls", async () => {
    const { code, stdout } = await runPrefloom(["describe", "memory.ts"], { cwd: folder })
    assert.strictEqual(code, 0)
    assert.match(stdout, /^Stage 2 {3}generate \(each\)\n {2}needs {3}id {6}string\n {10}prompt {2}string$/m)
    assert.match(stdout, /^ {2}calls {3}2 a row, at most 80 for 40 rows$/m)
    assert.match(stdout, /^Calls {5}at most 80, for 40 source rows$/m)
  })

  it.concurrent("counts the rows of a file and prints one JSON object", async () => {
    const { code, stdout, stderr } = await runPrefloom(["describe", "file.ts", "--json"], { cwd: folder })
    assert.strictEqual(stderr, "printed by the pipeline file\n")
    assert.strictEqual(code, 0)
    const description = JSON.parse(stdout) as PlanDescription
    assert.strictEqual(description.sourceRows, 120)
    assert.strictEqual(description.calls, 240)
    assert.deepStrictEqual(
      description.stages.map(({ key, calls }) => [key, calls]),
      [
        ["jsonl", 0],
        ["generate", 240]
      ]
    )
    assert.deepInclude(description.columns, { name: "domain", type: "string or null" })
    assert.deepInclude(description.provider!, { name: "scripted", simulated: true })
  })

  it.concurrent("shows an example of jq that prints what every stage has", async () => {
    const [help, json] = await Promise.all([
      runPrefloom(["describe", "--help"]),
      runPrefloom(["describe", "file.ts", "--json"], { cwd: folder })
    ])
    const keys = /jq '\.stages\[\] \| \{(.+?)\}'/.exec(help.stdout)![1]!.split(", ")
    assert.includeMembers(keys, ["key", "calls"])
    const { stages } = JSON.parse(json.stdout) as PlanDescription
    for (const stage of stages) for (const key of keys) assert.property(stage, key)
  })

  it.concurrent("refuses two forms at once", async () => {
    const { code, stderr } = await runPrefloom(["describe", "file.ts", "--json", "--mermaid"], { cwd: folder })
    assert.strictEqual(code, 2)
    assert.include(stderr, "--json and --mermaid")
  })
})

describe("renderMermaid", () => {
  it("keeps names from ending a label", () => {
    const stage = {
      kind: "each",
      needs: [],
      config: {},
      capabilities: [],
      rowsIn: 1,
      callsPerRow: 0,
      calls: 0
    } as const
    const chart = renderMermaid({
      pipeline: "p",
      provider: null,
      stages: [{ ...stage, key: 'a"]; click', gives: [{ name: "x|y<b>", type: "string" }] }],
      columns: [],
      sink: { name: "none", config: {} },
      notices: [],
      sourceRows: 1,
      calls: 0
    })
    assert.strictEqual(
      chart,
      [
        "flowchart TD",
        '  s0["a#34;#93;#59; click<br/>each"]',
        '  sink[("none")]',
        '  s0 -->|"x#124;y#60;b#62;"| sink'
      ].join("\n")
    )
  })
})
