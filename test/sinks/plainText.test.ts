import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { parse } from "csv-parse/sync"
import type { Column } from "../../src/Columns.ts"
import { Run } from "../../src/Run.ts"
import { plainText } from "../../src/sinks/plainText.ts"
import type { CheckedRow } from "../../src/sinks/RowWriter.ts"
import { WholeFile } from "../../src/sinks/WholeFile.ts"

const columns: ReadonlyArray<Column> = [
  { name: 'a "b", c', type: { kind: "string", nullable: true } },
  { name: "n", type: { kind: "float", nullable: true, finite: true } },
  { name: "yes", type: { kind: "boolean", nullable: false } }
]
const texts = ["", null, " led", "a,b", 'say "x"', "two\nlines", "\r\n", "é模", "-5"]
const rows = texts.map((text, i) => ({ 'a "b", c': text, n: i === 3 ? null : i / 2, yes: i % 2 === 0 }))

const write = (kind: "json" | "csv" | "free", given: ReadonlyArray<CheckedRow>, of = columns) =>
  Effect.gen(function* () {
    const { folder } = yield* Run
    const format = plainText(kind)
    const file = yield* WholeFile.open({ sink: "test", path: "out" })
    const writer = yield* format.open(format.strictest(of), file)
    for (const row of given) if (writer.add(row)) yield* writer.flush
    yield* writer.finish
    file.seal()
    file.publish(given.length)
    return fs.readFileSync(path.join(folder, "out"), "utf8")
  }).pipe(Effect.scoped, Effect.provide(Run.layerTemporary()))

describe("plainText", () => {
  it.effect.each([0, 1, rows.length])("plainText writes a JSON array of %i rows", (n) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(JSON.parse(yield* write("json", rows.slice(0, n))), rows.slice(0, n))
    })
  )

  it.effect("plainText writes CSV that another reader takes back", () =>
    Effect.gen(function* () {
      const text = yield* write("csv", rows)
      const [header, ...cells] = parse(text) as ReadonlyArray<ReadonlyArray<string>>
      assert.deepStrictEqual(
        header,
        columns.map(({ name }) => name)
      )
      assert.deepStrictEqual(
        cells,
        rows.map((row) => Object.values(row).map((value) => (value === null ? "" : String(value))))
      )
    })
  )

  it.effect("plainText writes free lines as JSON.stringify does", () =>
    Effect.gen(function* () {
      const free = [{ a: 1 }, { b: [{ c: null }] }]
      const text = yield* write("free", free)
      assert.deepStrictEqual(
        text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as unknown),
        free
      )
    })
  )

  it("plainText refuses lists in CSV", () => {
    const list: Column = { name: "l", type: { kind: "list", nullable: false, element: columns[0]!.type } }
    assert.throws(() => plainText("csv").strictest([list]), /lists or structs in the column "l"/)
    assert.doesNotThrow(() => plainText("json").strictest([list]))
  })
})
