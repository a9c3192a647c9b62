import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { findPlace } from "../../src/cli/findPlace.ts"
import { hashFile } from "../../src/cli/hashFile.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const name = "train-00000-of-00001.jsonl"
const { folder, remove } = temporaryFolder({
  [`out/data/${name}`]: '{"id":"a"}\n{"id":"b"}\n',
  "copy.jsonl": '{"id":"a"}\n{"id":"b"}\n',
  "other.jsonl": '{"id":"a"}\n{"id":"c"}\n'
})
afterAll(remove)

const out = path.join(folder, "out")
const own = `data/${name}`

const find = Effect.fnUntraced(function* (asked: string, by: "file" | "split" = "file", row?: number) {
  const sums = yield* hashFile(path.join(out, own))
  return yield* findPlace(out, { files: [{ path: own, rows: 2, ...sums }] }, asked, by, row)
})

describe("findPlace", () => {
  it.effect("findPlace knows a copy by its bytes, and says of another file that it is none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* find(`${path.join(folder, "copy.jsonl")}:2`), { file: own, number: 2 })
      const other = path.join(folder, "other.jsonl")
      assert.isNull(yield* find(other))
      const said = yield* find(other, "split")
      assert.isTrue(said !== null && "found" in said && said.found.includes("with other bytes"))
    })
  )

  it.effect("findPlace takes a row in the name of a file or a split, and one beside it", () =>
    Effect.gen(function* () {
      for (const by of ["file", "split"] as const) {
        const asked = by === "file" ? name : "train"
        assert.deepStrictEqual(yield* find(`${asked}:2`, by), { file: own, number: 2 })
        assert.deepStrictEqual(yield* find(asked, by, 2), { file: own, number: 2 })
        const beyond = yield* find(asked, by, 3)
        assert.isTrue(beyond !== null && "wanted" in beyond && beyond.wanted.startsWith("1 to 2"))
      }
      assert.isNull(yield* find("test", "split"))
    })
  )

  it.effect("findPlace takes what no path can be for no file", () =>
    Effect.gen(function* () {
      for (const asked of ["x".repeat(300), path.join(out, own, "below a file"), out]) {
        assert.isNull(yield* find(asked), asked)
        assert.isNull(yield* find(asked, "split"), asked)
      }
    })
  )

  it.effect("findPlace does not read files of other sizes, such as those that cannot be read", () =>
    Effect.gen(function* () {
      // Files of no size, reading which fails or goes on for long.
      const odd = ["/proc/self/mem", "/proc/self/pagemap"].filter((file) => fs.existsSync(file))
      for (const file of odd) assert.isNull(yield* find(file), file)
    })
  )
})
