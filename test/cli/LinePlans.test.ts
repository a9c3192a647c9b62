import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openInput } from "../../src/cli/ConvertInput.ts"
import { convertFiles } from "../../src/cli/convertFiles.ts"
import { LinePlans } from "../../src/cli/LinePlans.ts"
import type { ColumnType } from "../../src/Columns.ts"
import * as Columns from "../../src/Columns.ts"
import { FormatFlaw, isRefusal, type Row } from "../../src/formats/Format.ts"
import { formats } from "../../src/formats/formats.ts"
import { movesTexts } from "../../src/formats/movesTexts.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { Run } from "../../src/Run.ts"
import { NumberSlot } from "../../src/sinks/FixedRow.ts"
import { Utf8Text } from "../../src/Utf8Text.ts"
import { temporaryFolder } from "../contracts/source.ts"

/** Texts that formats could treat in a way of their own. */
const oddTexts = [
  "a question that is long enough?",
  "a question that is long enough? yes",
  "a question that is long enough? no",
  "yes",
  "yes, indeed",
  " with space around \n",
  "",
  " \n",
  "\u3000",
  "模型",
  "𝒳 é \u2028 \u0000",
  'a "quote", a \\ and a \t',
  "\n\nHuman: and\n\nAssistant: so",
  "\n\nHuman:",
  "\n\nAssistant:",
  "one\n\nAssistant:",
  "N/A",
  "null",
  "true",
  "3",
  "role"
]

/** JSON as different programs write it. */
const writings: ReadonlyArray<(row: unknown) => string> = [
  (row) => JSON.stringify(row),
  (row) => JSON.stringify(row, null, 1).replaceAll(/\n */g, " "),
  (row) => JSON.stringify(row).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
]

const random = keyedRandom("line plans")
const oneOf = <A>(items: ReadonlyArray<A>): A => items[Math.floor(random() * items.length)]!

const pairOf = (i: number, isText: boolean): Row => {
  const message = (role: string, content: string) => ({ role, content })
  const prompt = `what about number ${i}?`
  const turns = [
    ...(i % 5 === 0 ? [message("system", "be kind")] : []),
    ...(i % 3 === 0 ? [message("user", `hello ${i}`), message("assistant", "hello")] : []),
    message("user", prompt)
  ]
  return {
    prompt: isText ? prompt : turns,
    chosen: isText ? `it is ${i}` : [message("assistant", `it is ${i}`)],
    rejected: isText ? "no idea" : [message("assistant", "no idea")],
    score_chosen: i / 7,
    score_rejected: i % 4 === 0 ? null : -i,
    chosen_model: "one",
    rejected_model: i % 2 === 0 ? "one" : "other",
    margin: i + 0.5,
    nested: { flag: i % 2 === 0, n: i, list: ["x", `y ${i}`] }
  }
}

/** A row some of whose texts and numbers are odd, or those of another place. */
const mutated = (row: unknown): unknown => {
  const texts: Array<string> = []
  JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === "string") texts.push(value)
    return value
  })
  const change = (value: unknown, key: string): unknown => {
    if (typeof value === "string" && key !== "role" && key !== "from" && random() < 0.15) {
      return random() < 0.5 ? oneOf(oddTexts) : oneOf(texts)
    }
    if (typeof value === "number" && random() < 0.1) return oneOf([0, -0.5, 1e-7, 1e21, 0.1234567890123456, 7, null])
    if (Array.isArray(value)) return value.map((one) => change(one, key))
    if (typeof value !== "object" || value === null) return value
    const entries = Object.entries(value).map(([name, inner]) => [name, change(inner, name)] as const)
    return Object.fromEntries(random() < 0.1 ? entries.toReversed() : entries)
  }
  return change(row, "")
}

/** A line whose replies repeat the prompt, and one whose prompt is in two parts where the format has an input beside it. */
const repeating = (line: string): ReadonlyArray<string> => {
  const [prompt, n] = /what about number (\d+)\?/.exec(line) ?? []
  if (prompt === undefined) return []
  const repeats = (text: string) => line.replaceAll(`it is ${n}`, `${text} yes`).replaceAll("no idea", `${text} no`)
  const short = repeats(`what about\\nnumber ${n}?`)
  return [repeats(prompt), short.replace(/(what about) (number \d+\?)","input":"/, '$1","input":"$2')]
}

/** The values of a row that its columns hold, texts as strings. */
const plain = (type: ColumnType, value: unknown): unknown => {
  if (value === null || value === undefined) return null
  if (type.kind === "list") return (value as ReadonlyArray<unknown>).map((one) => plain(type.element, one))
  if (type.kind === "struct") return type.fields.map((field) => plain(field.type, (value as Row)[field.name]))
  if (value instanceof NumberSlot) return value.value
  return value instanceof Utf8Text ? value.toString() : value
}

const names = formats.map(({ name }) => name)

describe("LinePlans", () => {
  it.effect.each([true, false])(
    "LinePlans converts lines as readers and writers of all formats do, texts: %s",
    (isText) =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const source = path.join(folder, "source.jsonl")
        const rows = Array.from({ length: 40 }, (_, i) => pairOf(i + 1, isText))
        fs.writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
        const planned = new Map<string, number>()
        for (const from of names) {
          const file = path.join(folder, `${from}.jsonl`)
          const written = yield* convertFiles(
            { files: [source], to: from, out: file, named: {} },
            { what: "", nRows: 0, totalRows: null }
          ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped, Effect.result)
          if (written._tag === "Failure") continue
          const clean = fs.readFileSync(file, "utf8").trimEnd().split("\n")
          const odd = Array.from({ length: 120 }, () => oneOf(writings)(mutated(JSON.parse(oneOf(clean)))))
          const lines = [...clean, ...clean.flatMap(repeating), ...odd]
          const input = yield* openInput({ files: [file], from, named: {} })
          if (input.lines === undefined) continue
          for (const to of formats) {
            const { reader } = input.lines
            const writer = to.writer(input.holding)
            const moves = isRefusal(writer) ? null : movesTexts(from, reader, to.name, writer)
            if (isRefusal(writer) || moves === null) continue
            const { columns } = writer
            const type = { kind: "struct", nullable: false, fields: columns } as const
            const plans = new LinePlans(moves, { reader, writer, columns })
            let nPlanned = 0
            for (const line of lines) {
              const bytes = Buffer.from(`"${line}\n{"`)
              const end = 1 + Buffer.byteLength(line)
              const found = plans.rowsOf(bytes, 1, end)?.map((row) => plain(type, row))
              if (found === undefined) {
                plans.learn(bytes, 1, end)
                continue
              }
              nPlanned++
              const wanted: Array<Row> = []
              const record = reader.read(JSON.parse(line) as Row)
              const flaw = record instanceof FormatFlaw ? record : writer.write(record, wanted)
              assert.isUndefined(flaw, `${from} to ${to.name}: ${line}: ${JSON.stringify(flaw)}`)
              for (const row of wanted) {
                for (const column of columns) assert.isUndefined(Columns.mismatch(column, row[column.name]), line)
              }
              const made = wanted.map((row) => plain(type, row))
              if (JSON.stringify(found) !== JSON.stringify(made)) {
                assert.deepStrictEqual(found, made, `${from} to ${to.name}: ${line}`)
              }
            }
            planned.set(`${from} to ${to.name}`, nPlanned)
          }
        }
        assert.isAbove(planned.size, 200)
        for (const [pair, nPlanned] of planned) assert.isAbove(nPlanned, 25, pair)
      }),
    { timeout: 60_000 }
  )
})
