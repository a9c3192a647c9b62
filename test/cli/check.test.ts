import { afterAll, assert, describe, it } from "@effect/vitest"
import { capabilityProblems } from "../../src/capabilityProblems.ts"
import type { Plan } from "../../src/Plan.ts"
import type { Provider } from "../../src/services/Provider.ts"
import { countingPipeline, runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "good.ts": countingPipeline(0),
  "bad.ts": countingPipeline(0).replace("generate({ n: 2 })", "generate({ n: 2, samples: 2 })"),
  "loose.ts": `import { judge } from "prefloom"\n${countingPipeline(0)}\nconst never = [1][0].toFixed()\n`,
  "capped.ts": countingPipeline(0)
    .replace("into(count),", 'into(count), within({ models: { "m": { calls: 0.5 } } }),')
    .replace("using }", "using, within }")
})
afterAll(remove)

describe("check", () => {
  it("type-checks a file outside the checkout and says what it checked", async () => {
    const { code, stdout, stderr } = await runPrefloom(["check", "good.ts"], { cwd: folder })
    assert.strictEqual(stderr, "printed by the pipeline file\n")
    assert.strictEqual(code, 0)
    assert.match(stdout, /^Types +no error \(TypeScript \d/m)
    assert.match(stdout, /^Wiring +memory → generate → count$/m)
    assert.match(stdout, /^Calls +none was made$/m)
  })

  it.each(["check", "describe"])(
    "prefloom %s refuses caps that cannot be held, and names the line",
    async (command) => {
      const { code, stderr, stdout } = await runPrefloom([command, "capped.ts"], { cwd: folder })
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.match(
        stderr,
        /^Error: Cannot cap calls of model "m": found 0\.5, expected a whole number of calls, 0 or more; leave it out .*\n {2}at capped\.ts:\d+/m
      )
    }
  )

  it("leaves to the file's own project what is a matter of taste", async () => {
    const { code, stdout } = await runPrefloom(["check", "loose.ts"], { cwd: folder })
    assert.match(stdout, /^Types +no error/m)
    assert.strictEqual(code, 0)
  })

  it("shows type errors with file and line, and exits with 1", async () => {
    const { code, stderr } = await runPrefloom(["check", "bad.ts"], { cwd: folder })
    assert.strictEqual(code, 1)
    assert.match(stderr, /^bad\.ts\(17,\d+\): error TS2353: .*'samples'/m)
    assert.include(stderr, 'Cannot accept "bad.ts": found 1 problem, expected none')
  })
})

describe("capabilityProblems", () => {
  const step = {
    key: "logProbs",
    kind: "each",
    needs: {},
    gives: {},
    config: {},
    callsPerRow: 1,
    capabilities: ["score", "seed"]
  } as const
  const plan = { steps: [step], derived: [] } as unknown as Plan

  it("names stage, provider and what it lacks", () => {
    const provider = { name: "small", capabilities: ["seed"] } as unknown as Provider
    assert.deepStrictEqual(capabilityProblems(plan, provider), [
      'Cannot run stage "logProbs": provider "small" cannot do "score", expected one that can; give the plan another with using(…), or, where its server can, say so in its option capabilities'
    ])
  })

  it("wants a provider where calls are made", () => {
    assert.match(capabilityProblems(plan, null).join(), /^Cannot run stage "logProbs": the plan names no provider/)
  })
})
