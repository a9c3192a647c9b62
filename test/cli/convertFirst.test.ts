import { afterAll, assert, describe, it } from "vitest"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const lines = (rows: ReadonlyArray<object>) => rows.map((row) => `${JSON.stringify(row)}\n`).join("")
const rated = (prompt: string, response: string, helpfulness: number) => ({
  prompt,
  response,
  helpfulness,
  correctness: 3,
  coherence: 3,
  complexity: 1,
  verbosity: 1
})
const completion = (model: string, response: string, overall_score: number) => ({ model, response, overall_score })
const { folder, remove } = temporaryFolder({
  "help steer.jsonl": lines([rated("Why?", "Because.", 3), rated("Why?", "Why not?", 1)]),
  "ultra.jsonl": lines([
    {
      source: "x",
      instruction: "Why?",
      models: ["a", "b"],
      completions: [completion("a", "Because.", 4), completion("b", "Why not?", 1)]
    }
  ]),
  "single.jsonl": lines([{ prompt: "Why?", completion: "Because.", label: true }])
})
afterAll(remove)

describe("convertFirst", () => {
  it.concurrent("convertFirst names the command that makes pairs of ratings, and what it makes can be audited", async () => {
    for (const [file, word, format] of [
      ["help steer.jsonl", '"help steer.jsonl"', "helpsteer-ratings"],
      ["ultra.jsonl", "ultra.jsonl", "ultrafeedback"]
    ] as const) {
      const refused = await runPrefloom(["audit", file, "--out", "audited"], { cwd: folder })
      assert.strictEqual(refused.code, 1)
      const remedy = `make pairs of these data, which are ${format}, and name pairs.parquet in their place: `
      const command = `prefloom convert ${word} --to trl-preference --out pairs.parquet`
      assert.include(refused.stderr, `; ${remedy}${command}\n`)
      const converted = await runPrefloom(["convert", file, "--to", "trl-preference", "--out", `${format}.parquet`], {
        cwd: folder
      })
      assert.strictEqual(converted.code, 0)
      const audited = await runPrefloom(["audit", `${format}.parquet`, "--out", format], { cwd: folder })
      assert.include(audited.stdout, "Rows      1, 1 pair")
    }
  })

  it.concurrent("convertFirst is silent where nothing makes pairs, or where columns are named", async () => {
    for (const args of [["single.jsonl"], ["ultra.jsonl", "--label", "source"]]) {
      const { code, stderr } = await runPrefloom(["audit", ...args, "--out", "silent"], { cwd: folder })
      assert.strictEqual(code, 1)
      assert.notInclude(stderr, "prefloom convert")
    }
  })
})
