import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as zlib from "node:zlib"
import { parquetReadObjects } from "hyparquet"
import { asyncBufferFromFile } from "hyparquet/src/node.js"
import type { Why, WhyCall } from "../../src/cli/RowOrigin.ts"
import { whyRow } from "../../src/cli/whyRow.ts"
import { openJournalFile } from "../../src/JournalFile.ts"
import { journalLines, type JournalLine } from "../../src/journalLines.ts"
import type { Manifest } from "../../src/Manifest.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const root = path.resolve(import.meta.dirname, "../..")
const { folder, remove } = temporaryFolder({})
afterAll(remove)
const out = path.join(folder, "out")

type DataRow = Readonly<Record<string, unknown>>
const compressors = { ZSTD: (bytes: Uint8Array) => zlib.zstdDecompressSync(bytes) }
const rowsOf = async (file: string): Promise<ReadonlyArray<DataRow>> =>
  parquetReadObjects({ file: await asyncBufferFromFile(path.join(out, file)), compressors })

let manifest: Manifest
let journal: ReadonlyMap<string, JournalLine>

beforeAll(async () => {
  const { code, stderr } = await runPrefloom(["run", "pipelines/quickstart.ts", "--out", out, "--limit", "8"], {
    cwd: root
  })
  assert.strictEqual(code, 0, stderr)
  manifest = JSON.parse(fs.readFileSync(path.join(out, "manifest.json"), "utf8")) as Manifest
  journal = await openJournalFile(out, "read").pipe(
    Effect.map((file) => new Map([...journalLines(file, { failures: false })].map((line) => [line.key, line]))),
    Effect.scoped,
    Effect.runPromise
  )
}, 60_000)

const why = (id: string): Promise<Why> => whyRow(out, id).pipe(Effect.scoped, Effect.runPromise)

const stripped = ({ key: _key, ...call }: JournalLine) => call

const textOf = ({ kept }: WhyCall): string => (kept!.answer as { readonly text: string }).text

const askingStages = ["generate", "judge.rate", "inject", "judge.rate#2", "judge.compare"]

describe("whyRow", () => {
  it(
    "whyRow resolves every row of the quick start, and says what journal and manifest say",
    { timeout: 60_000 },
    async () => {
      const seen = new Set<string>()
      const pairs = new Map<string, DataRow>()
      for (const file of manifest.files.filter(({ path: name }) => name.startsWith("data/"))) {
        for (const row of await rowsOf(file.path)) pairs.set(row["id"] as string, row)
      }
      assert.isAtLeast(pairs.size, 10)
      for (const [id, row] of pairs) {
        const { missing, parts, run, stages } = await why(id)
        assert.deepStrictEqual(missing, [])
        assert.strictEqual(parts.length, 1)
        const [part] = parts
        assert.deepStrictEqual(
          { pipeline: run.pipeline, seed: run.seed, hash: run.pipelineHash, provider: run.provider },
          { pipeline: manifest.pipeline, seed: manifest.seed, hash: manifest.pipelineHash, provider: manifest.provider }
        )
        assert.deepStrictEqual(
          stages,
          manifest.stages.map(({ config, key }) => ({ key, config }))
        )
        assert.strictEqual(part!.row["prompt"], row["prompt"])
        assert.deepStrictEqual(part!.madeBy, [{ stage: "pair", of: String(row["promptId"]) }])
        assert.deepStrictEqual(
          part!.sides.map(({ candidate, side }) => [side, candidate.id, candidate.model]),
          ["chosen", "rejected"].map((side) => [side, row[`${side}Id`], row[`${side}Model`]])
        )
        const rejected = part!.sides[1]!
        assert.strictEqual(rejected.candidate.injection?.errorType ?? null, row["errorType"])
        if (row["errorType"] !== null) {
          assert.strictEqual(rejected.parents[0]!.id, row["chosenId"])
          const made = part!.calls.filter(({ about, stage }) => stage === "inject" && about.includes("rejected"))
          assert.isAtLeast(made.length, 1)
          // The stage takes a lead-in such as "Here is the revised answer:" off.
          assert.isTrue(textOf(made[0]!).endsWith(row["rejected"] as string))
        }
        for (const side of ["chosen", "rejected"]) {
          const makers = part!.calls.filter(({ stage }) => stage === "generate" || stage === "inject")
          assert.isTrue(makers.some((call) => textOf(call).endsWith(row[side] as string)))
        }
        // The labels on the two candidates are what the pair's own count counts.
        assert.strictEqual(part!.labels.length, Number(row["nLabels"]))
        for (const { key, kept, stage } of part!.calls) {
          seen.add(key)
          assert.include(askingStages, stage)
          assert.deepStrictEqual(kept, stripped(journal.get(key)!))
        }
        const { cost, ownCost, judgments } = part!
        assert.strictEqual(cost.calls, part!.calls.length)
        assert.isAbove(ownCost.calls, 0)
        assert.deepStrictEqual([cost.costUsd, cost.unpriced], [0, 0])
        assert.isAbove(judgments.length, 0)
      }
      assert.deepStrictEqual(
        seen.size,
        journal.size,
        "every call of the journal was made for some row, since each prompt gave a pair"
      )
    }
  )

  it("whyRow tells a pair of pairs with both its pairs", async () => {
    const files = manifest.files.filter(({ path: name }) => name.startsWith("pairs_of_pairs/"))
    const rows = (await Promise.all(files.map((file) => rowsOf(file.path)))).flat()
    assert.isAbove(rows.length, 0)
    for (const row of rows) {
      const { missing, parts } = await why(row["id"] as string)
      assert.deepStrictEqual(missing, [])
      assert.deepStrictEqual(
        parts.map(({ id, role }) => [role, id]),
        [
          ["row", row["id"]],
          ["strong", (row["strong"] as DataRow)["id"]],
          ["weak", (row["weak"] as DataRow)["id"]]
        ]
      )
      assert.strictEqual(parts[0]!.madeBy.at(-1)!.stage, "pair")
      assert.isTrue(parts.every(({ calls }) => calls.length > 0))
    }
  })
})

describe("prefloom why", () => {
  it("prefloom why names ids that look like the one that is not there", async () => {
    const [row] = await rowsOf(manifest.files.find(({ path: name }) => name.startsWith("data/train"))!.path)
    const id = row!["id"] as string
    const slip = `${id.slice(0, 9)}${id[9] === "0" ? "1" : "0"}${id.slice(10)}`
    const { code, stderr } = await runPrefloom(["why", out, slip])
    assert.strictEqual(code, 1)
    assert.match(stderr, new RegExp(`found no row "${slip}".*ids like it are "${id}"`))
  })

  it("prefloom why says at which stage a row left that is not in the data", async () => {
    const [reject] = await rowsOf("rejects.parquet")
    assert.isDefined(reject)
    const { code, stderr } = await runPrefloom(["why", out, String(reject["id"])])
    assert.strictEqual(code, 1)
    const told = `at stage "${String(reject["stage"])}" there was "${String(reject["reason"])}"`
    assert.include(stderr, `that "${String(reject["id"])}" is not in the data: ${told}`)
    for (const words of [["rejects.parquet:1"], [path.join(out, "rejects.parquet"), "--row", "1"]]) {
      const again = await runPrefloom(["why", out, ...words])
      assert.strictEqual(again.code, 1)
      assert.include(
        again.stderr,
        `row 1 of "rejects.parquet", which was left out: of "${String(reject["id"])}" ${told}`
      )
    }
    assert.match(
      (await runPrefloom(["why", out, "rejects.parquet:9999"])).stderr,
      /found row 9999 of "rejects\.parquet", expected 1 to \d+: so many rows it has; name one of them/
    )
  })

  it("prefloom why prints text and JSON", async () => {
    const [row] = await rowsOf(manifest.files.find(({ path: name }) => name.startsWith("data/train"))!.path)
    const id = row!["id"] as string
    const text = await runPrefloom(["why", out, id])
    assert.strictEqual(text.code, 0, text.stderr)
    for (const line of [
      /^Row +\w+$/m,
      /every answer is simulated/,
      /^Made +by pair from /m,
      /^Judgment +scorer rates chosen/m,
      /^Calls +generate: 4 by simulated, seed 0/m,
      /tokens not counted, \$0\.00/
    ]) {
      assert.match(text.stdout, line)
    }
    const json = await runPrefloom(["why", out, id, "--json"])
    const { parts, ...rest } = JSON.parse(json.stdout) as Why
    assert.strictEqual(rest.id, id)
    assert.strictEqual(parts[0]!.row["chosen"], row!["chosen"])
  })

  it("prefloom why tells rows apart that share an id, and knows texts whose candidates the row does not name", async () => {
    const source = (file: string) => path.join(root, "src", file)
    const pipeline = `
      import * as Schema from ${JSON.stringify(path.join(root, "node_modules/effect/dist/Schema.js"))}
      import { Candidates, dataset, generate, into, jsonl, Prompt, reshape, simulated, using } from ${JSON.stringify(source("index.ts"))}
      const rows = reshape({
        name: "twice",
        needs: { ...Prompt, ...Candidates },
        gives: { id: Schema.String, reply: Schema.String },
        row: ({ candidates, id }) => candidates.map(({ text }) => ({ id, reply: text }))
      })
      export default jsonl("prompts.jsonl", Prompt).pipe(generate({ n: 2 }), rows, into(dataset()), using(simulated()))
    `
    const place = path.join(folder, "twice")
    fs.mkdirSync(place)
    fs.writeFileSync(path.join(place, "twice.ts"), pipeline)
    fs.writeFileSync(path.join(place, "prompts.jsonl"), '{"id":"p","prompt":"Name a river."}\n')
    const ran = await runPrefloom(["run", "twice.ts", "--out", "out"], { cwd: place })
    assert.strictEqual(ran.code, 0, ran.stderr)

    const told = async (...args: ReadonlyArray<string>) => {
      const { code, stderr, stdout } = await runPrefloom(["why", "out", "p", "--json", ...args], { cwd: place })
      assert.strictEqual(code, 0, stderr)
      return JSON.parse(stdout) as Why
    }
    const both = [await told(), await told("--row", "2")]
    for (const [i, { missing, parts }] of both.entries()) {
      const [part] = parts
      assert.strictEqual(part!.place.number, i + 1)
      assert.deepStrictEqual(
        part!.sides.map(({ candidate, side }) => [side, candidate.sampleIndex]),
        [["reply", i]]
      )
      assert.strictEqual(part!.sides[0]!.candidate.text.slice(0, 20), String(part!.row["reply"]).slice(0, 20))
      assert.strictEqual(part!.ownCost.calls, 1)
      assert.strictEqual(part!.nCallsOfOthers, 1)
      assert.deepStrictEqual(missing, [])
    }
    const text = await runPrefloom(["why", "out", "train:2"], { cwd: place })
    assert.match(text.stdout, /^Same id +2 rows\n +--row 1: .*, row 1\n +--row 2: .*, row 2, this one$/m)
    assert.match(text.stdout, /without 1 about other rows with this id$/m)
    const third = await runPrefloom(["why", "out", "p", "--row", "3"], { cwd: place })
    assert.strictEqual(third.code, 1)
    assert.include(third.stderr, 'found row 3 of id "p", expected 1 to 2')
  })

  it("prefloom why says what it cannot tell without a journal, and fails without a run", async () => {
    const copy = path.join(folder, "copy")
    fs.cpSync(out, copy, { recursive: true })
    fs.rmSync(path.join(copy, ".prefloom", "journal.sqlite"))
    const [row] = await rowsOf(manifest.files.find(({ path: name }) => name.startsWith("data/train"))!.path)
    const { code, stdout } = await runPrefloom(["why", copy, row!["id"] as string])
    assert.strictEqual(code, 0)
    assert.match(stdout, /^Missing +requests, answers and cost: Cannot use the journal/m)
    const elsewhere = path.join(out, ".prefloom", "journal.sqlite")
    const again = await runPrefloom(["why", copy, row!["id"] as string, "--journal", elsewhere])
    assert.notMatch(again.stdout, /Missing/)

    fs.rmSync(path.join(copy, "manifest.json"))
    const without = await runPrefloom(["why", copy, "x"])
    assert.strictEqual(without.code, 1)
    assert.match(without.stderr, /found no ".*manifest\.json".*expected what a finished run leaves there/)
  })
})
