import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import { renderConversion } from "../../src/cli/renderConversion.ts"
import { makePushProgress } from "../../src/hub/PushProgress.ts"
import { readPushFiles } from "../../src/hub/readPushFiles.ts"
import type { Manifest } from "../../src/Manifest.ts"
import { temporaryFolder } from "../contracts/source.ts"
import { convert, lines } from "./conversion.ts"

const pair = (i: number) => ({
  prompt: `p${i}`,
  chosen: "a",
  rejected: "b",
  score_chosen: 1.5,
  topic: "t",
  id: `own ${i}`
})
const read = (folder: string, name: string) => fs.readFileSync(path.join(folder, name), "utf8")
const frontOf = (folder: string): any => Yaml.parse(/^---\n([^]*?\n)---\n/.exec(read(folder, "README.md"))![1]!)
const manifestIn = (folder: string) => JSON.parse(read(folder, "manifest.json")) as Manifest

const bytesIn = (folder: string) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted()
    .map((file) => [path.relative(folder, file), fs.readFileSync(file, "latin1")] as const)

/** A data set of two splits, one of whose rows is no pair; the folder it is in, and one for results. */
const source = Effect.map(temporaryFolder, (folder) => {
  const from = path.join(folder, "mine")
  fs.mkdirSync(path.join(from, "data"), { recursive: true })
  fs.writeFileSync(path.join(from, "data/train-00000-of-00001.jsonl"), lines([1, 2, 3].map(pair)))
  fs.writeFileSync(
    path.join(from, "data/test-prefs-00000-of-00001.jsonl"),
    lines([pair(4), { ...pair(5), chosen: "b" }])
  )
  return { folder, from, out: path.join(folder, "out") }
})

describe("convertFiles into a folder", () => {
  it.effect("convertFiles writes a card that agrees with the files, down to the split names that loaders take", () =>
    Effect.gen(function* () {
      const { from, out } = yield* source
      const made = yield* convert({ files: [from], to: "trl-preference", out })
      const front = frontOf(out)
      assert.deepStrictEqual(front.configs, [
        {
          config_name: "default",
          default: true,
          data_files: [
            { split: "test_prefs", path: "data/test_prefs-00000-of-00001.parquet" },
            { split: "train", path: "data/train-00000-of-00001.parquet" }
          ]
        }
      ])
      const [info] = front.dataset_info
      assert.deepStrictEqual(
        info.splits,
        [
          ["test_prefs", 1],
          ["train", 3]
        ].map(([name, rows]) => ({
          name,
          num_bytes: fs.statSync(path.join(out, `data/${name}-00000-of-00001.parquet`)).size,
          num_examples: rows
        }))
      )
      assert.deepStrictEqual(
        info.features.map(({ dtype, name }: { dtype: string; name: string }) => [name, dtype]),
        [
          ["prompt", "string"],
          ["chosen", "string"],
          ["rejected", "string"],
          ["id", "string"],
          ["score_chosen", "float64"],
          ["topic", "string"]
        ]
      )
      assert.deepStrictEqual(front.tags, ["preference", "dpo", "prefloom"])
      assert.deepStrictEqual(front.size_categories, ["n<1K"])
      assert.notProperty(front, "license")
      const card = read(out, "README.md")
      assert.include(card, "# mine, as trl-preference\n")
      assert.include(card, `Read as ${made.said.split(",")[0]!}, because "prompt" holds text`)
      assert.include(card, "5 rows read, 4 written, 1 left out")
      assert.include(card, "| 1 | identical replies |")
      assert.include(card, '| topic | string or null | column "topic" of the source |')
      assert.include(card, "No licence is stated")
      for (const name of ["train", "test-prefs"]) {
        const file = fs.readFileSync(path.join(from, `data/${name}-00000-of-00001.jsonl`))
        assert.include(card, `| ${name}-00000-of-00001.jsonl | ${file.length} B | ${crypto.hash("sha256", file)} |`)
      }
    })
  )

  it.effect("convertFiles leaves a folder that can be pushed: every file listed with its checksum", () =>
    Effect.gen(function* () {
      const { from, out } = yield* source
      const made = yield* convert({ files: [from], to: "llamafactory-sharegpt", out })
      const { files, manifest } = yield* readPushFiles(out, makePushProgress())
      assert.deepStrictEqual(
        files.map((file) => file.path).toSorted(),
        bytesIn(out)
          .map(([name]) => name)
          .filter((name) => name !== ".prefloom/written")
          .toSorted()
      )
      assert.deepStrictEqual(made.files.toSorted(), files.map((file) => path.join(out, file.path)).toSorted())
      assert.strictEqual(manifest.pipeline, "mine, as llamafactory-sharegpt")
      assert.deepStrictEqual(
        frontOf(out).configs[0].data_files.map(({ path: name }: { path: string }) => name),
        ["test_prefs-00000-of-00001.jsonl", "train.jsonl"]
      )
      const croissant = JSON.parse(read(out, "croissant.json"))
      const { regex } = croissant.recordSet[1].field[0].source.transform
      const splitOf = (name: string) => new RegExp(regex).exec(`/x/${name}`)?.[1]
      assert.deepStrictEqual(["test_prefs-00000-of-00001.jsonl", "train.jsonl", "train_jsonl"].map(splitOf), [
        "test_prefs",
        "train",
        undefined
      ])
      const again = yield* convert({ files: [out], to: "trl-preference", out: path.join(out, "../again") })
      assert.deepStrictEqual(again.splits, [
        ["test_prefs", 1],
        ["train", 3]
      ])
    })
  )

  it.effect(
    "convertFiles names in card and summary what the format cannot hold, and tells loaders no types of free JSON",
    () =>
      Effect.gen(function* () {
        const { from, out } = yield* source
        const made = yield* convert({ files: [from], to: "together", out })
        assert.deepStrictEqual(made.lost, ["id", "score_chosen", "topic"])
        const card = read(out, "README.md")
        const lost = card.slice(card.indexOf("## What the format could not hold"), card.indexOf("## Known limits"))
        assert.include(lost, "- Column id.\n- Column score\\_chosen.\n- Column topic.")
        assert.notProperty(frontOf(out).dataset_info[0], "features")
        const summary = renderConversion(made)
        assert.include(summary, "Lost     id, score_chosen, topic")
        assert.match(summary, /Source +test-prefs-00000-of-00001\.jsonl \(\d+ B\), train-/)
        assert.include(summary, "The card states no licence: none is known")
      })
  )

  it.effect("convertFiles keeps licence and language of the source's card and says so in card and summary", () =>
    Effect.gen(function* () {
      const { from, out } = yield* source
      fs.writeFileSync(path.join(from, "README.md"), "---\nlicense: cc-by-4.0\nlanguage:\n- de\n---\n# Mine\n")
      const made = yield* convert({ files: [from], to: "trl-preference", out })
      const { language, license } = frontOf(out)
      assert.deepStrictEqual([license, language], ["cc-by-4.0", ["de"]])
      assert.strictEqual(JSON.parse(read(out, "croissant.json")).license, "cc-by-4.0")
      assert.include(read(out, "README.md"), 'The licence is cc-by-4.0, as the card of "mine" states.')
      assert.include(renderConversion(made), 'Note     The licence is cc-by-4.0, as the card of "mine" states')
      assert.notInclude(renderConversion(made), "states no licence")
    })
  )

  it.effect(
    "convertFiles copies the file with the licence that the source's card links to, and replaces no other",
    () =>
      Effect.gen(function* () {
        const { from, out } = yield* source
        fs.writeFileSync(
          path.join(from, "README.md"),
          "---\nlicense: other\nlicense_name: mine\nlicense_link: LICENSE\n---\n"
        )
        const request = { files: [from], to: "trl-preference", out }
        const without = yield* convert(request)
        assert.include(
          without.source.origin.join(),
          'licence file that cannot be read, "LICENSE", of "mine" was not used'
        )
        fs.writeFileSync(path.join(from, "LICENSE"), "Do as you like.\n")
        yield* convert(request)
        assert.strictEqual(read(out, "LICENSE"), "Do as you like.\n")
        const { files } = yield* readPushFiles(out, makePushProgress())
        assert.include(
          files.map((file) => file.path),
          "LICENSE"
        )
        fs.writeFileSync(path.join(out, "LICENSE"), "mine\n")
        const { message } = yield* Effect.flip(convert(request))
        assert.match(message, /found another file "LICENSE" .*; move it away/)
        assert.strictEqual(read(out, "LICENSE"), "mine\n")
        for (const link of [
          "README.md",
          "../LICENSE",
          "https://example.invalid/l",
          "data/train-00000-of-00001.jsonl"
        ]) {
          fs.writeFileSync(
            path.join(from, "README.md"),
            `---\nlicense: other\nlicense_name: mine\nlicense_link: ${link}\n---\n`
          )
          const { source: facts } = yield* convert(request)
          assert.isUndefined(facts.licenceFile, link)
          assert.strictEqual(frontOf(out).license_link, link)
        }
      })
  )

  it.effect("convertFiles calls simulated data simulated, also when they are converted twice", () =>
    Effect.gen(function* () {
      const { folder, from, out } = yield* source
      const run = {
        prefloom: "0.1.0",
        pipeline: "x",
        simulated: true,
        provider: {},
        notice: null,
        files: [{ path: "data/a" }]
      }
      fs.writeFileSync(path.join(from, "manifest.json"), JSON.stringify(run))
      yield* convert({ files: [from], to: "trl-preference", out })
      const again = path.join(folder, "again")
      const made = yield* convert({ files: [out], to: "openrlhf", out: again })
      for (const one of [out, again]) {
        assert.match(read(one, "README.md"), /^# .* \(simulated data\)\n\n> \*\*Simulated\.\*\*/m)
        assert.includeMembers(frontOf(one).tags, ["simulated", "synthetic"])
        assert.isTrue(manifestIn(one).simulated)
        assert.match(JSON.parse(read(one, "croissant.json")).description, /SIMULATED/)
      }
      assert.include(renderConversion(made), '"out" is simulated: not for training a model')
      // One file has no card, so that the command alone says it.
      const file = yield* convert({ files: [again], splits: ["train"], to: "votes", out: path.join(folder, "x.jsonl") })
      assert.include(renderConversion(file), 'Note     "again" is simulated: not for training a model')
      assert.notMatch(renderConversion(file), /licence|^Source/m)
    })
  )

  it.effect(
    "convertFiles writes the same bytes each time and wherever, and replaces data of an earlier conversion",
    () =>
      Effect.gen(function* () {
        const { folder, from, out } = yield* source
        const other = path.join(folder, "other")
        yield* convert({ files: [from], to: "trl-preference", out })
        const first = bytesIn(out)
        yield* convert({ files: [from], to: "trl-preference", out })
        yield* convert({ files: [from], to: "trl-preference", out: other })
        assert.deepStrictEqual(bytesIn(out), first)
        assert.deepStrictEqual(bytesIn(other), first)
        fs.writeFileSync(path.join(out, "notes.txt"), "mine")
        const forged = ["notes.txt", "../mine/data/train-00000-of-00001.jsonl", 5].map((name) => ({
          path: name,
          rows: 1
        }))
        const manifest = manifestIn(out)
        fs.writeFileSync(
          path.join(out, "manifest.json"),
          JSON.stringify({ ...manifest, files: [...manifest.files, ...forged, null] })
        )
        yield* convert({ files: [from], to: "trl-preference", out, splits: ["train"] })
        assert.deepStrictEqual(
          bytesIn(out).map(([name]) => name),
          [
            ".prefloom/written",
            "README.md",
            "croissant.json",
            "data/train-00000-of-00001.parquet",
            "manifest.json",
            "notes.txt"
          ]
        )
        assert.include(read(out, "README.md"), "Only these splits of the source were read: train.")
        assert.notInclude(read(out, "README.md"), "test_prefs")
      })
  )

  it.effect("convertFiles leaves a folder as it is whose card somebody wrote or changed, or that a run left", () =>
    Effect.gen(function* () {
      const { folder, from, out } = yield* source
      yield* convert({ files: [from], to: "trl-preference", out })
      const refused = Effect.fnUntraced(function* (into: string, told: RegExp) {
        const before = bytesIn(into)
        const { message } = yield* Effect.flip(convert({ files: [from], to: "openrlhf", out: into }))
        assert.match(message, told)
        assert.deepStrictEqual(bytesIn(into), before)
      })
      fs.writeFileSync(path.join(out, "README.md"), read(out, "README.md").replace("tags:", "license: mit\ntags:"))
      yield* refused(
        out,
        /Cannot convert into ".*": found a README\.md that Prefloom did not write, or .*; move it away/
      )
      const own = path.join(folder, "own")
      fs.mkdirSync(own)
      fs.writeFileSync(path.join(own, "README.md"), "# My project\n")
      yield* refused(own, /README\.md that Prefloom did not write/)
      const described = path.join(folder, "described")
      fs.mkdirSync(described)
      fs.writeFileSync(path.join(described, "croissant.json"), '{"name":"mine"}')
      yield* refused(described, /found a croissant\.json that Prefloom did not write, or .*; move it away/)
      const run = path.join(folder, "run")
      fs.mkdirSync(run)
      fs.writeFileSync(path.join(run, "manifest.json"), JSON.stringify({ prefloom: "0.1.0", files: [] }))
      yield* refused(run, /found the manifest\.json of a run/)
      fs.rmSync(path.join(run, "manifest.json"))
      fs.mkdirSync(path.join(run, ".prefloom"))
      fs.writeFileSync(path.join(run, ".prefloom/run-id"), "x")
      yield* refused(run, /found a run that has not finished, expected none/)
      const file = path.join(own, "out.jsonl")
      const made = yield* convert({ files: [from], splits: ["train"], to: "openrlhf", out: file })
      assert.isNull(made.source.files)
      assert.deepStrictEqual(fs.readdirSync(own).toSorted(), ["README.md", "out.jsonl"])
    })
  )

  it.effect("convertFiles says of data that were converted before what they were made of at first and on the way", () =>
    Effect.gen(function* () {
      const { folder, from, out } = yield* source
      fs.writeFileSync(
        path.join(from, "manifest.json"),
        JSON.stringify({
          prefloom: "0.0.9",
          pipeline: "mine",
          pipelineHash: "abc",
          files: ["train", "test-prefs"].map((name) => ({ path: `data/${name}-00000-of-00001.jsonl` }))
        })
      )
      yield* convert({ files: [from], to: "together", out })
      const second = path.join(folder, "second")
      const third = path.join(folder, "third")
      yield* convert({ files: [out], from: "together", to: "trl-preference", out: second })
      const made = yield* convert({ files: [second], to: "openrlhf", out: third })
      const train = fs.readFileSync(path.join(from, "data/train-00000-of-00001.jsonl"))
      for (const said of [
        '"mine" was made by the pipeline "mine" of Prefloom 0.0.9, pipeline hash abc',
        /^"out" was converted by Prefloom [\d.]+ from trl-preference to together: 5 rows read, 4 written, left out: 1 identical replies; columns lost: id, score_chosen, topic$/,
        new RegExp(
          `^"out" was converted from .*train-00000-of-00001.jsonl \\(${train.length} B, SHA-256 ${crypto.hash("sha256", train)}\\)`
        ),
        /^"second" was converted by Prefloom [\d.]+ from together to trl-preference: 4 rows read, 4 written, left out: none$/
      ]) {
        const found = made.source.origin.filter((one) => (typeof said === "string" ? one === said : said.test(one)))
        assert.lengthOf(found, 1, String(said))
      }
      const { conversion } = manifestIn(third)
      assert.includeMembers([...conversion!.repeated], [...made.source.origin])
      assert.include(read(third, "README.md"), "pipeline hash abc")
    })
  )

  it.effect(
    "convertFiles replaces no file that it reads, nor one of an earlier conversion that it would take away",
    () =>
      Effect.gen(function* () {
        const { from, out } = yield* source
        yield* convert({ files: [from], to: "openrlhf", out })
        const before = bytesIn(out)
        const told = /Cannot convert into ".*": found ".*" there, which is read, .*; choose another folder/
        for (const to of ["openrlhf", "together"]) {
          const { message } = yield* Effect.flip(convert({ files: [out], from: "openrlhf", to, out }))
          assert.match(message, told)
          assert.deepStrictEqual(bytesIn(out), before)
        }
      })
  )

  it.effect("convertFiles leaves the data set of an earlier conversion whole when it fails", () =>
    Effect.gen(function* () {
      const { folder, from, out } = yield* source
      yield* convert({ files: [from], to: "trl-preference", out })
      const before = bytesIn(out)
      const bad = path.join(folder, "bad.jsonl")
      fs.writeFileSync(bad, lines([{ ...pair(0), chosen: "b" }]))
      const { message } = yield* Effect.flip(convert({ files: [bad], to: "trl-preference", out }))
      assert.include(message, "all rejected")
      assert.deepStrictEqual(bytesIn(out), before)
    })
  )

  it.effect("convertFiles counts rows without a vote where they were read", () =>
    Effect.gen(function* () {
      const { folder, out } = yield* source
      const vote = (i: number, winner: string) => ({ prompt: `p${i}`, response_a: "x", response_b: "y", winner })
      const file = path.join(folder, "votes.jsonl")
      fs.writeFileSync(file, `${lines([0, 1, 2].map((i) => vote(i, "a")))}no JSON\n${lines([vote(3, "tie")])}`)
      const made = yield* convert({ files: [file], to: "trl-preference", out })
      const { stages } = manifestIn(out)
      const rejected = stages.flatMap((stage) => Object.values(stage.rejected)).reduce((sum, n) => sum + n, 0)
      assert.deepStrictEqual([made.rowsIn, made.rowsOut, rejected], [5, 3, 2])
      assert.deepStrictEqual(
        stages.map(({ key }) => key),
        ["votes", "convert"]
      )
      assert.include(read(out, "README.md"), "5 rows read, 3 written, 2 left out")
    })
  )
})
