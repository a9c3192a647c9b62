import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { countingPipeline, runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "pipelines/quick.ts": countingPipeline(0),
  "pipelines/slow.ts": countingPipeline(200),
  "pipelines/unserved.ts": countingPipeline(0).replace(/,\n {2}using\(.*\)\n\)/, "\n)")
})
afterAll(remove)

interface Result {
  readonly out: string
  readonly manifest: { readonly seed: number; readonly limit: number | null }
  readonly spend: Readonly<Record<string, { readonly answered: number; readonly replayed: number }>>
  readonly journalSize: number
  readonly report: string | null
}

describe("run", () => {
  it("prints one JSON object and nothing else, then resumes without a call", async () => {
    const line = ["run", "pipelines/quick.ts", "--json", "--seed", "7", "--limit", "30"]
    const first = await runPrefloom(line, { cwd: folder })
    assert.strictEqual(first.stderr, "printed by the pipeline file\n")
    assert.strictEqual(first.code, 0)
    const made = JSON.parse(first.stdout) as Result
    assert.strictEqual(made.out, path.join(folder, "out", "quick"))
    assert.include(made.manifest, { seed: 7, limit: 30 })
    assert.include(made.spend["scripted"], { answered: 60, replayed: 0 })
    assert.strictEqual(made.journalSize, 60)

    const again = JSON.parse((await runPrefloom(line, { cwd: folder })).stdout) as Result
    assert.deepStrictEqual(again.manifest, made.manifest)
    assert.include(again.spend["scripted"], { answered: 0, replayed: 60 })

    const fresh = JSON.parse((await runPrefloom([...line, "--fresh"], { cwd: folder })).stdout) as Result
    assert.include(fresh.spend["scripted"], { answered: 60, replayed: 0 })
  })

  it("prints a summary and what the calls came to", async () => {
    const { code, stdout } = await runPrefloom(["run", "pipelines/quick.ts", "--out", "elsewhere"], { cwd: folder })
    assert.strictEqual(code, 0)
    assert.match(stdout, /^Calls .*80 answered.*the journal holds 80 answers$/m)
    assert.isTrue(fs.existsSync(path.join(folder, "elsewhere", "manifest.json")))
  })

  it("stops at a signal with exit code 3, says how to go on, and goes on", async () => {
    const line = ["run", "pipelines/slow.ts"]
    const stopped = await runPrefloom(line, {
      cwd: folder,
      started: (child) => void child.stderr!.once("data", () => setTimeout(() => child.kill("SIGINT"), 1500))
    })
    assert.strictEqual(stopped.code, 3)
    assert.strictEqual(stopped.stdout, "")
    assert.match(
      stopped.stderr,
      /Interrupted\. The same command goes on from here; no answer that is kept is paid for twice/
    )

    const { code, stdout, stderr } = await runPrefloom([...line, "--json"], { cwd: folder })
    assert.strictEqual(code, 0)
    const { spend } = JSON.parse(stdout) as Result
    const { answered, replayed } = spend["scripted"]!
    assert.strictEqual(answered + replayed, 80)
    assert.isAtLeast(replayed, 4)
    assert.match(stderr, /^2 s: memory 40, generate \d+ – calls: \d+ in flight/m)

    const fresh = await runPrefloom([...line, "--fresh"], {
      cwd: folder,
      started: (child) => void child.stderr!.once("data", () => setTimeout(() => child.kill("SIGINT"), 1000))
    })
    assert.match(fresh.stderr, /Interrupted\. The same command without --fresh goes on/)
  })

  it("stops in the same way when its terminal is closed", async () => {
    const stopped = await runPrefloom(["run", "pipelines/slow.ts", "--out", "closed"], {
      cwd: folder,
      started: (child) => void child.stderr!.once("data", () => setTimeout(() => child.kill("SIGHUP"), 1000))
    })
    assert.strictEqual(stopped.code, 3)
    assert.match(stopped.stderr, /Waiting for \d+ calls? in flight[^]*Interrupted\. The same command goes on from here/)
  })

  it.each([
    ["--max-usd=-1", '--max-usd: "-1". Expected: US dollars, 0 or more'],
    ["--max-calls=1.5", '--max-calls: "1.5". Expected: a whole number of calls, 0 or more'],
    ["--max-tokens=-3", '--max-tokens: "-3". Expected: a whole number of tokens, 0 or more'],
    ["--max-tokens=NaN", '--max-tokens: "NaN". Expected']
  ])("prefloom run %s is a wrong usage, which says what was found and expected", async (flag, said) => {
    const { code, stderr, stdout } = await runPrefloom(["run", "pipelines/nowhere.ts", flag], { cwd: folder })
    assert.deepStrictEqual([code, stdout], [2, ""])
    assert.include(stderr, said)
  })

  it("ends with 1 and names the stage when no provider is there", async () => {
    const { code, stdout, stderr } = await runPrefloom(["run", "pipelines/unserved.ts"], { cwd: folder })
    assert.strictEqual(code, 1)
    assert.strictEqual(stdout, "")
    assert.match(stderr, /Cannot run stage "generate": the plan names no provider/)
  })
})
