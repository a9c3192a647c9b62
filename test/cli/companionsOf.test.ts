import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { temporaryFolder } from "../contracts/source.ts"
import { convert, lines } from "./conversion.ts"

describe("companionsOf", () => {
  it.effect("companionsOf leaves what is no registry as it is, and says what it is", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "in.jsonl")
      fs.writeFileSync(file, lines([{ prompt: "p", chosen: "good", rejected: "bad" }]))
      const out = path.join(folder, "out")
      const registry = path.join(out, "dataset_info.json")
      for (const [make, found] of [
        [() => fs.mkdirSync(registry, { recursive: true }), "a folder"],
        [() => fs.writeFileSync(registry, "[]"), "text that is no JSON object"]
      ] as const) {
        fs.rmSync(registry, { recursive: true, force: true })
        make()
        const { message } = yield* Effect.flip(convert({ files: [file], to: "llamafactory-sharegpt", out }))
        assert.include(message, `Cannot write "${registry}": found ${found}, expected the registry of LLaMA-Factory`)
        assert.include(message, "; move it away and convert again")
        assert.deepStrictEqual(fs.readdirSync(out), ["dataset_info.json"])
      }
    })
  )
})
