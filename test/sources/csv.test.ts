import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { csv } from "../../src/sources/csv.ts"
import { inspectFile } from "../../src/sources/inspectFile.ts"
import { flatFields, flatRows, readAll, sourceContract, temporaryFolder } from "../contracts/source.ts"

const cell = (value: string | number | boolean | null): string => {
  const text = value === null ? "" : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const table = (rows: ReturnType<typeof flatRows>, end = "\n"): string =>
  [Object.keys(flatFields), ...rows.map((row) => Object.values(row))]
    .map((cells) => cells.map(cell).join(",") + end)
    .join("")

sourceContract({
  name: "csv",
  write: (stem, rows) =>
    Effect.sync(() => {
      fs.writeFileSync(`${stem}.csv`, table(rows))
      return `${stem}.csv`
    }),
  read: (paths, options) => csv(paths, flatFields, options),
  knowsRows: false
})

const written = (text: string | Buffer, name = "a.csv") =>
  Effect.map(temporaryFolder, (folder) => {
    fs.writeFileSync(path.join(folder, name), text)
    return path.join(folder, name)
  })

const read = <F extends Schema.Struct.Fields>(text: string | Buffer, fields: F) =>
  Effect.flatMap(written(text), (file) => readAll(csv(file, fields, { maxRejectShare: 1 })))

const idAndN = { id: Schema.String, n: Schema.NullOr(Schema.Int) }

describe("csv", () => {
  it.effect("csv reads CRLF, a byte order mark, compressed files and files without a final newline", () =>
    Effect.gen(function* () {
      const rows = flatRows(500)
      const plain = table(rows)
      const texts = [`\ufeff${table(rows, "\r\n")}`, plain.slice(0, -1)]
      for (const text of texts) assert.deepStrictEqual((yield* read(text, flatFields)).rows, rows)
      const gz = yield* written(zlib.gzipSync(plain), "a.csv.gz")
      assert.deepStrictEqual((yield* readAll(csv(gz, flatFields))).rows, rows)
    })
  )

  it.effect("csv takes an empty cell for null where it can be and for the empty string otherwise", () =>
    Effect.gen(function* () {
      const fields = { a: Schema.String, b: Schema.NullOr(Schema.String), c: Schema.NullOr(Schema.Boolean) }
      const reading = yield* read('a,b,c\n,,\n"","",true\n', fields)
      assert.deepStrictEqual(reading.rows, [
        { a: "", b: null, c: null },
        { a: "", b: null, c: true }
      ])
    })
  )

  it.effect("csv parses numbers and booleans strictly", () =>
    Effect.gen(function* () {
      const good = ["0", "-1", "9007199254740991"]
      const bad = ["1.0", "01", "+1", " 1", "1 ", "1e3", "0x10", "9007199254740992", "null", "one"]
      const ints = yield* read(`id,n\n${[...good, ...bad].map((text) => `x,${text}\n`).join("")}`, idAndN)
      assert.deepStrictEqual(
        ints.rows.map((row) => row.n),
        [0, -1, 9007199254740991]
      )
      assert.strictEqual(ints.rejects.length, bad.length)
      const floats = ["0", "-1.5", "1e3", "2.5E-7", "NaN", "-inf", "1.", ".5", "1,5"]
      const free = yield* read(`x\n${floats.map((text) => `${cell(text)}\n`).join("")}`, { x: Schema.Number })
      assert.deepStrictEqual(
        free.rows.map((row) => row.x),
        [0, -1.5, 1000, 2.5e-7, Number.NaN, Number.NEGATIVE_INFINITY]
      )
      const finite = yield* read(`x\n${floats.map((text) => `${cell(text)}\n`).join("")}`, { x: Schema.Finite })
      assert.deepStrictEqual(
        finite.rejects.map(({ reason }) => reason),
        ["not finite", "not finite", "wrong type", "wrong type", "wrong type"]
      )
      const booleans = yield* read("x\ntrue\nFalse\nTRUE\n1\nyes\n", { x: Schema.Boolean })
      assert.deepStrictEqual(booleans.rows, [{ x: true }, { x: false }])
    })
  )

  it.effect("csv rejects ragged rows, and names the line where a row starts", () =>
    Effect.gen(function* () {
      const text = 'id,n\r\n"two\r\nlines",1\r\na,2,3\r\n\r\n"x\n\ny"\r\nb,three\r\n'
      const file = yield* written(text)
      const reading = yield* readAll(csv(file, idAndN, { maxRejectShare: 1 }))
      assert.deepStrictEqual(reading.rows, [{ id: "two\r\nlines", n: 1 }])
      assert.deepStrictEqual(
        reading.rejects.map(({ id, reason, detail }) => [id, reason, detail]),
        [
          [
            `${path.basename(file)}:4`,
            "wrong number of cells",
            `Cannot read "${path.basename(file)}": found 3 cells at line 4, expected 2, as in the header`
          ],
          [
            `${path.basename(file)}:6`,
            "wrong number of cells",
            `Cannot read "${path.basename(file)}": found 1 cell at line 6, expected 2, as in the header`
          ],
          [
            `${path.basename(file)}:9`,
            "wrong type",
            `Cannot read "${path.basename(file)}": found the string "three" at line 9, column "n", expected integer or null`
          ]
        ]
      )
    })
  )

  it.effect("csv takes empty lines of a single column for empty strings", () =>
    Effect.gen(function* () {
      const file = yield* written("id\na\n\nb\n")
      const rows = [{ id: "a" }, { id: "" }, { id: "b" }]
      assert.deepStrictEqual((yield* readAll(csv(file, { id: Schema.String }))).rows, rows)
      const inspection = yield* inspectFile(file, { rows: 3 })
      assert.deepStrictEqual([inspection.nRows, inspection.sample], [3, rows])
    })
  )

  it.effect("csv rejects cells that are not UTF-8, and only in declared columns", () =>
    Effect.gen(function* () {
      const text = Buffer.concat([
        Buffer.from("id,n,x\na,1,"),
        Buffer.from([0xe9]),
        Buffer.from("\n\xe9", "latin1"),
        Buffer.from(",2,x\n")
      ])
      const reading = yield* read(text, idAndN)
      assert.deepStrictEqual(reading.rows, [{ id: "a", n: 1 }])
      assert.deepStrictEqual(
        reading.rejects.map(({ reason }) => reason),
        ["invalid UTF-8"]
      )
    })
  )

  it.effect("csv keeps cells that lie across the borders of chunks", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 40 }, (_, i) => ({
        id: `${"é".repeat(i)}${'😀"\r\n,'.repeat(3001 + i)}`,
        n: i
      }))
      const text = `id,n\r\n${rows.map((row) => `${cell(row.id)},${row.n}\r\n`).join("")}`
      assert.deepStrictEqual((yield* read(text, idAndN)).rows, rows)
    })
  )

  it.effect.each([
    ["semicolons", "id;n\n1;2\n", "semicolons between the names of the columns at line 1, expected commas;"],
    [
      "semicolons as Excel announces them",
      "sep=;\nid;n\n1;2\n",
      "semicolons between the names of the columns at line 1"
    ],
    ["tabs behind an empty line", "\r\nid\tn\r\n1\t2\r\n", "tabs between the names of the columns at line 2"],
    ["bars", "id|n\n1|2\n", "bars between the names of the columns at line 1"],
    [
      "carriage returns alone",
      "id,n\r1,2\r",
      "carriage returns alone at the ends of lines at line 1, expected line feeds"
    ],
    [
      "a column that is there twice",
      "id,n,id\n1,2,3\n",
      'two columns of this name at line 1, column "id", expected one'
    ]
  ] as const)("csv says that it found %s", ([, text, found]) =>
    Effect.gen(function* () {
      const file = yield* written(text)
      const error = yield* Effect.flip(readAll(csv(file, idAndN)))
      assert.include(error.message, `Cannot read "${file}": found ${found}`)
      // What looks into files says the same.
      assert.strictEqual((yield* Effect.flip(inspectFile(file, { rows: 1 }))).message, error.message)
    })
  )

  it.effect("csv passes over empty lines before the header, as inspectFile does, and counts them", () =>
    Effect.gen(function* () {
      const file = yield* written("\n\r\nid,n\na,1\nb,x\n")
      const reading = yield* readAll(csv(file, idAndN, { maxRejectShare: 1 }))
      assert.deepStrictEqual(reading.rows, [{ id: "a", n: 1 }])
      assert.deepStrictEqual(
        reading.rejects.map(({ id }) => id),
        [`${path.basename(file)}:5`]
      )
      assert.strictEqual((yield* inspectFile(file, { rows: 1 })).nRows, 2)
      const missing = yield* Effect.flip(readAll(csv(file, { id: Schema.String, other: Schema.String })))
      assert.include(missing.message, 'found the columns id, n at line 3, column "other"')
    })
  )

  it.effect("csv gives no rows for a header alone", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* read("id,n", idAndN)).rows, [])
    })
  )
})
