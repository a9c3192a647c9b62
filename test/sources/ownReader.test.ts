import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { inspectFile } from "../../src/sources/inspectFile.ts"
import { ownReader } from "../../src/sources/ownReader.ts"
import { temporaryFolder } from "../contracts/source.ts"

describe("ownReader", () => {
  it("ownReader reads what an object has of itself", () => {
    const object = JSON.parse('{"__proto__": 1, "constructor": 2, "text": 3}') as object
    for (const [name, value] of [
      ["__proto__", 1],
      ["constructor", 2],
      ["text", 3],
      ["toString", undefined]
    ] as const) {
      assert.strictEqual(ownReader(name)(object), value)
      assert.isUndefined(ownReader(name)({}))
    }
  })

  it.effect("ownReader lets inspectFile see that a row has no column of such a name", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.jsonl")
      fs.writeFileSync(file, '{"constructor": "a", "__proto__": "b"}\n{}\n')
      const { columns } = yield* inspectFile(file, { rows: 0 })
      assert.deepStrictEqual(
        columns.map(({ name, type }) => [name, type]),
        [
          ["constructor", "string or null"],
          ["__proto__", "string or null"]
        ]
      )
    })
  )
})
