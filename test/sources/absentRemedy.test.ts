import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Prompt } from "../../schemas/Prompt.ts"
import { csv } from "../../src/sources/csv.ts"
import { jsonl } from "../../src/sources/jsonl.ts"
import { identify } from "../../src/stages/identify.ts"
import { collect, temporaryFolder } from "../stages/collect.ts"

describe("absentRemedy", () => {
  it.effect("absentRemedy says of data without ids how they get some, and that works", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = (name: string, text: string) => {
        fs.writeFileSync(path.join(folder, name), text)
        return path.join(folder, name)
      }
      const lines = file("a.jsonl", '{"prompt":"Hi"}\n')
      const cells = file("a.csv", "prompt\nHi\n")
      const remedy =
        /column "id", expected .*string; of data without ids take .* such as \{ prompt: Schema\.String \}, and put identify/
      for (const source of [jsonl(lines, Prompt), csv(cells, Prompt)]) {
        assert.match((yield* Effect.flip(collect(source))).message, remedy)
      }
      const texts = { prompt: Schema.String }
      for (const source of [jsonl(lines, texts), csv(cells, texts)]) {
        const { rows } = yield* collect(source.pipe(identify(texts)))
        assert.strictEqual(rows[0]!.prompt, "Hi")
        assert.isNotEmpty(rows[0]!.id)
      }
    })
  )
})
