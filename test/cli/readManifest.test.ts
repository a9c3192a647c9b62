import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readManifest } from "../../src/cli/readManifest.ts"
import { convert, lines } from "./conversion.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "own/manifest.json": '{"prefloom":"0.1.0","files":[{"path":"a.jsonl"},null,5,{"path":5},{"path":"data/b.parquet"}]}',
  "odd/manifest.json": '{"prefloom":"0.1.0","files":{"path":"a.jsonl"}}',
  "broken/manifest.json": '{"prefloom',
  "app/manifest.json": '{"name":"an app"}',
  "folder/manifest.json/x": "",
  "rows.jsonl": lines([{ prompt: "p", chosen: "a", rejected: "b" }])
})
afterAll(remove)

const found = (name: string) => readManifest(path.join(folder, name))
const other = {
  broken: { found: `"${path.join(folder, "broken", "manifest.json")}" with text that is no JSON`, isJson: false },
  app: {
    found: `"${path.join(folder, "app", "manifest.json")}" with JSON that is no manifest of Prefloom`,
    isJson: true
  },
  folder: {
    found: `"${path.join(folder, "folder", "manifest.json")}", which cannot be read (EISDIR)`,
    isJson: false
  }
}

describe("readManifest", () => {
  it("readManifest lists the files that have a path", () => {
    assert.deepStrictEqual(Result.getOrNull(found("own"))?.listed, ["a.jsonl", "data/b.parquet"])
    assert.deepStrictEqual(Result.getOrNull(found("odd"))?.listed, [])
  })

  it("readManifest finds none where there is none, and says of anything else what it is", () => {
    for (const none of ["nowhere", "rows.jsonl"]) assert.deepStrictEqual(found(none), Result.succeed(null))
    for (const [name, said] of Object.entries(other)) assert.deepStrictEqual(found(name), Result.fail(said))
  })

  it.effect("checkConversionTarget says of what stands in place of a manifest what it is", () =>
    Effect.gen(function* () {
      for (const [name, said] of Object.entries(other)) {
        const request = { files: [path.join(folder, "rows.jsonl")], to: "openrlhf", out: path.join(folder, name) }
        const { message } = yield* Effect.flip(convert(request))
        assert.include(message, `found ${said.found}, expected none, or that of a conversion; choose another folder`)
      }
    })
  )
})
