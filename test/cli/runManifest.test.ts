import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { runManifest } from "../../src/cli/runManifest.ts"
import { convert, lines } from "./conversion.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const sha256 = "0".repeat(64)
/** A manifest as small as it can be. */
const whole = {
  prefloom: "0.1.0",
  pipeline: "first",
  pipelineHash: "abc",
  seed: 0,
  limit: null,
  simulated: true,
  provider: null,
  notice: null,
  stages: [],
  rowsOut: 1,
  findings: [],
  columns: {},
  files: [{ path: "data/train.jsonl", rows: 1, bytes: 1, sha256 }],
  libraries: {}
}
const { files: _files, ...withoutFiles } = whole

/** Texts that are no manifest, by folder, and what has to be said of each. */
const odd: Readonly<Record<string, readonly [text: string, said: RegExp]>> = {
  broken: ['{"prefloom', /that is no JSON/],
  empty: ["", /that is no JSON/],
  list: ["[]", /that is no manifest of Prefloom/],
  null: ["null", /that is no manifest of Prefloom/],
  object: ["{}", /that is no manifest of Prefloom/],
  number: ['{"prefloom":1}', /that is no manifest of Prefloom/],
  foreign: ['{"name":"an app","files":[]}', /that is no manifest of Prefloom/],
  nofiles: [JSON.stringify(withoutFiles), /without a right "files"/],
  nullfile: [JSON.stringify({ ...whole, files: [null] }), /without a right "files"/],
  oddfile: [JSON.stringify({ ...whole, files: [{ path: 5, rows: 1, sha256 }] }), /without a right "files"/],
  nostages: [JSON.stringify({ ...whole, stages: {} }), /without a right "stages"/],
  oddstages: [JSON.stringify({ ...whole, stages: [7] }), /without a right "stages"/],
  findings: [JSON.stringify({ ...whole, findings: [{ stage: "x" }] }), /without a right "findings"/],
  provider: [JSON.stringify({ ...whole, provider: "x" }), /without a right "provider"/]
}

const { folder, remove } = temporaryFolder({
  ...Object.fromEntries(Object.entries(odd).map(([name, [text]]) => [`${name}/manifest.json`, text])),
  "whole/manifest.json": JSON.stringify(whole),
  "none/data/train.jsonl": "{}\n",
  "folder/manifest.json/x": "",
  "pairs.jsonl": lines([{ prompt: "p", chosen: "good", rejected: "bad" }])
})
afterAll(remove)

const messageOf = (name: string) =>
  Effect.map(Effect.flip(runManifest(path.join(folder, name))), ({ message }) => message)

describe("runManifest", () => {
  it.effect("runManifest gives back what a run left", () =>
    Effect.gen(function* () {
      const manifest: unknown = yield* runManifest(path.join(folder, "whole"))
      assert.deepStrictEqual(manifest, whole)
    })
  )

  it.effect("runManifest says of anything else what it is, with the file and the remedy", () =>
    Effect.gen(function* () {
      for (const [name, [, said]] of Object.entries(odd)) {
        const message = yield* messageOf(name)
        assert.match(message, said, name)
        assert.include(message, path.join(folder, name, "manifest.json"))
        assert.include(message, "expected what a finished run leaves there; ")
      }
    })
  )

  it.effect(
    "runManifest tells a file that is not there from one that cannot be read, and a folder that is not there",
    () =>
      Effect.gen(function* () {
        assert.match(yield* messageOf("none"), /no ".*none\/manifest\.json".*run the pipeline to its end/)
        assert.match(yield* messageOf("nowhere"), /no folder ".*nowhere"/)
        assert.match(yield* messageOf("pairs.jsonl"), /no folder ".*pairs\.jsonl"/)
        assert.match(yield* messageOf("x".repeat(300)), /no folder "/)
        assert.match(yield* messageOf("folder"), /".*folder\/manifest\.json", which cannot be read/)
      })
  )

  it.effect("runManifest names the files that a conversion was made from, since no run made its folder", () =>
    Effect.gen(function* () {
      const out = path.join(folder, "converted")
      yield* convert({ files: [path.join(folder, "pairs.jsonl")], to: "trl-preference", out })
      const message = yield* messageOf("converted")
      assert.match(message, /".*converted", which prefloom convert made of pairs\.jsonl, expected the folder of a run/)
      assert.match(message, /name the run that wrote pairs\.jsonl/)
      assert.notInclude(message, "run the pipeline")
    })
  )

  it.effect("runManifest names the files that were cleaned, and some of many", () =>
    Effect.gen(function* () {
      const stage = (...names: ReadonlyArray<string>) => ({ key: "votes", kind: "source", config: { files: names } })
      for (const [names, said] of [
        [["a.csv"], "made of a.csv, expected"],
        [["a.csv", "b.csv", "c.csv", "d.csv", "e.csv"], "made of a.csv, b.csv, c.csv and 2 more, expected"]
      ] as const) {
        const text = JSON.stringify({ ...whole, stages: [stage(...names), { key: "clean" }] })
        fs.writeFileSync(path.join(folder, "whole", "manifest.json"), text)
        assert.include(yield* messageOf("whole"), `whole", which prefloom clean ${said} the folder of a run`)
      }
    })
  )
})

describe("prefloom why", () => {
  it("prefloom why ends in an error with a remedy for whatever stands in place of a manifest", async () => {
    for (const name of ["nullfile", "none"]) {
      const { code, stderr } = await runPrefloom(["why", path.join(folder, name), "x"])
      assert.strictEqual(code, 1, name)
      assert.match(stderr, /^Error: Cannot tell where the row comes from: found .*, expected .*; /, name)
    }
  })
})
