import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import { parquetReadObjects } from "hyparquet"
import { asyncBufferFromFile } from "hyparquet/src/node.js"
import * as zlib from "node:zlib"
import type { Outcome } from "../../src/execute.ts"
import type { Finding } from "../../src/Findings.ts"
import { renderSummary } from "../../src/report/renderSummary.ts"

const root = path.resolve(import.meta.dirname, "../..")

const compressors = { ZSTD: (bytes: Uint8Array) => zlib.zstdDecompressSync(bytes) }

const rowsOf = async (file: string): Promise<Array<Record<string, unknown>>> =>
  parquetReadObjects({ file: await asyncBufferFromFile(file), compressors })

const findingOf = <Kind extends Finding["kind"]>(outcome: Outcome, kind: Kind) => {
  const found = outcome.manifest.findings.map(({ finding }) => finding).find((finding) => finding.kind === kind)
  assert.isDefined(found)
  return found as Extract<Finding, { readonly kind: Kind }>
}

describe("the quick start", () => {
  it("has at most 40 lines", () => {
    const text = fs.readFileSync(path.join(root, "pipelines/quickstart.ts"), "utf8")
    assert.isAtMost(text.trimEnd().split("\n").length, 40)
  })

  it("finds the planted noise, keeps every row and marks everything as simulated", { timeout: 120_000 }, async () => {
    const out = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-quickstart-"))
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["src/cli/prefloom.js", "run", "pipelines/quickstart.ts", "--out", out, "--json"],
        { cwd: root }
      )
      const outcome = JSON.parse(stdout) as Outcome
      const { manifest } = outcome
      assert.isTrue(manifest.simulated)
      assert.match(manifest.notice ?? "", /simulated/)
      assert.match(fs.readFileSync(path.join(out, "report.html"), "utf8"), /This is a simulation/)
      assert.match(fs.readFileSync(path.join(out, "README.md"), "utf8"), /simulat/i)

      const noise = findingOf(outcome, "noise")
      const [low, high] = noise.noiseRate!.ci95
      assert.isBelow(low, noise.plantedNoiseRate!)
      assert.isAbove(high, noise.plantedNoiseRate!)
      for (const { id, reliability, planted } of noise.annotators) {
        const halfWidth = (reliability!.ci95[1] - reliability!.ci95[0]) / 2
        assert.isBelow(Math.abs(reliability!.estimate - planted!), 2 * halfWidth, id)
      }
      assert.deepStrictEqual(
        noise.annotators.toSorted((a, b) => b.reliability!.estimate - a.reliability!.estimate).map(({ id }) => id),
        ["ada", "bram", "chen", "dunja", "emil"]
      )
      assert.isNotNull(noise.calibration)

      const pairs = (
        await Promise.all(
          manifest.files
            .filter((file) => file.path.startsWith("data/"))
            .map((file) => rowsOf(path.join(out, file.path)))
        )
      ).flat()
      assert.strictEqual(pairs.length, findingOf(outcome, "pairs").nPairs)
      assert.isAbove(pairs.length, 200)
      for (const pair of pairs) assert.notStrictEqual(pair["chosen"], pair["rejected"])
      const correct = pairs.filter((pair) => pair["plantedCorrect"] === true).length
      assert.isAbove(correct / pairs.length, 0.95)

      const promptIds = new Set(pairs.map((pair) => pair["promptId"]))
      const rejects = await rowsOf(path.join(out, "rejects.parquet"))
      const rejected = new Set(rejects.map((reject) => reject["id"]))
      const prompts = fs.readFileSync(path.join(root, "data/prompts.jsonl"), "utf8").trim().split("\n")
      for (const line of prompts) {
        const { id } = JSON.parse(line) as { readonly id: string }
        assert.isTrue(promptIds.has(id) || rejected.has(id), id)
      }
      const splits = new Map(pairs.map((pair) => [pair["promptId"], pair["split"]]))
      for (const pair of pairs) assert.strictEqual(splits.get(pair["promptId"]), pair["split"])

      for (const file of manifest.files.filter(({ path: name }) => name.startsWith("pairs_of_pairs/"))) {
        for (const row of await rowsOf(path.join(out, file.path))) {
          const { strong, weak } = row as {
            readonly strong: { readonly margin: number }
            readonly weak: { readonly margin: number }
          }
          assert.isAbove(strong.margin, weak.margin)
        }
      }

      const summary = renderSummary(manifest, "out/quickstart").trim()
      assert.include(fs.readFileSync(path.join(root, "README.md"), "utf8"), summary, "README.md shows another output")
    } finally {
      fs.rmSync(out, { recursive: true, force: true })
    }
  })
})
