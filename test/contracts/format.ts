import { assert, describe, it } from "@effect/vitest"
import type { PreferenceCandidate, PreferenceMessage } from "../../schemas/Preference.ts"
import * as Columns from "../../src/Columns.ts"
import {
  type Field,
  type Format,
  FormatFlaw,
  type Holding,
  isRefusal,
  type Look,
  type Preference,
  type Row
} from "../../src/formats/Format.ts"
import { recogniseFormat } from "../../src/formats/recogniseFormat.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { columnTypeOf } from "../../src/sources/FileType.ts"
import { inferColumns } from "../../src/sources/inferType.ts"

/** What a format can hold; records are made of that alone, and all of it has to come back. */
export interface FormatContract {
  readonly format: Format
  readonly kind: Preference["kind"]
  readonly style: Preference["style"]
  readonly fields: ReadonlyArray<Field>
  /** Whether unknown columns are kept. */
  readonly keepsExtra: boolean
  readonly hasSystem?: boolean
  readonly hasTurns?: boolean
  readonly hasTools?: boolean
  /** Whether tool calls keep their ids and tools their names. */
  readonly hasToolIds?: boolean
  /** What tells the record made for this format from any other, such as margins from 1 to 3. */
  readonly adjust?: (record: Preference, random: () => number) => Preference
  /** The format that rows of this one are recognised as, where that is another. */
  readonly recognisedAs?: string
}

const pieces = [
  "word",
  " ",
  "\n",
  "\n\n",
  "\t",
  '"',
  "\\",
  "{",
  "}",
  ",",
  "é",
  "e\u0301",
  "模型",
  "👩‍👩‍👧",
  "\u2028",
  "\u0000",
  "-0",
  "null",
  "Human",
  ":",
  "<|im_end|>",
  "𝒳",
  "0",
  "ﷺ"
]

const nRecords = 80

/** Makes texts, most of them odd; `least` is how many pieces there are at least. */
const textOf = (random: () => number, least: number): string => {
  const n = least + Math.floor(random() * 6)
  return Array.from({ length: n }, () => pieces[Math.floor(random() * pieces.length)]!).join("")
}

const message = (
  role: PreferenceMessage["role"],
  content: string | null,
  more: Partial<PreferenceMessage> = {}
): PreferenceMessage => ({
  role,
  content,
  toolCalls: [],
  name: null,
  toolCallId: null,
  ...more
})

/** A record with an index in each text, so that no two are equal and no reply is empty. */
const recordOf = (contract: FormatContract, random: () => number, i: number): Preference => {
  const { fields, kind, style } = contract
  const has = (field: Field) => fields.includes(field)
  const maybe = <A>(value: A): A | null => (random() < 0.2 ? null : value)
  const number = () => Math.round(random() * 1e6) / 1e3 - 300
  const context: Array<PreferenceMessage> = []
  if (style === "messages") {
    if (contract.hasSystem === true && random() < 0.5) context.push(message("system", `s${textOf(random, 0)}`))
    const nTurns = contract.hasTurns === true ? Math.floor(random() * 3) : 0
    for (let turn = 0; turn < nTurns; turn++) {
      context.push(message("user", textOf(random, 0)))
      if (contract.hasTools === true && random() < 0.5) {
        const call = {
          id: contract.hasToolIds === true ? maybe("c1") : null,
          name: "look",
          arguments: `{"q":${JSON.stringify(textOf(random, 0))}}`
        }
        const id = contract.hasToolIds === true ? maybe("c1") : null
        context.push(
          message("assistant", null, { toolCalls: random() < 0.5 ? [call] : [call, call] }),
          message("tool", textOf(random, 0), { toolCallId: id, name: id === null ? null : "look" })
        )
      }
      context.push(message("assistant", textOf(random, 0)))
    }
  }
  context.push(message("user", random() < 0.1 ? "" : `${i}${textOf(random, 0)}`))
  const candidate = (label: string, rank: number | null): PreferenceCandidate => ({
    id: has("candidateIds") ? maybe(`${label}${i}`) : null,
    model: has("models") ? maybe(`model ${label}`) : null,
    messages: [message("assistant", `${textOf(random, 0)}${label}${i}${textOf(random, 0)}`)],
    score: has("scores") ? maybe(number()) : null,
    rank,
    label: kind === "unpaired" || kind === "stepwise" ? random() < 0.5 : null,
    refLogProb: has("refLogProbs") ? maybe(-number()) : null
  })
  const nCandidates = { pair: 2, ranked: 2, unpaired: 1, prompt: 0, stepwise: 1 + (i % 4) }[kind]
  const record: Preference = {
    id: has("id") ? maybe(`row ${i}`) : null,
    kind,
    style,
    context,
    tools: has("tools") ? maybe('[{"type":"function","function":{"name":"look"}}]') : null,
    candidates: Array.from({ length: nCandidates }, (_, c) =>
      candidate("abcde"[c]!, kind === "pair" || kind === "ranked" ? c : null)
    ),
    margin: has("margin") ? maybe(number()) : null,
    votes: has("votes")
      ? Array.from({ length: i % 3 }, (_, v) => ({ annotator: maybe(`w${v}`), winner: v === 0 ? null : i % 2 }))
      : [],
    extra: contract.keepsExtra ? { note: maybe(textOf(random, 0)), "odd name": i } : {}
  }
  return contract.adjust?.(record, random) ?? record
}

/** The holding of the records of a contract, as the reader of a rich format would give it. */
export const holdingOf = (
  contract: Pick<FormatContract, "kind" | "style" | "fields" | "keepsExtra" | "hasTools">
): Holding => ({
  kind: contract.kind,
  style: contract.style,
  hasToolCalls: contract.hasTools === true,
  parts: [
    { part: "prompt", column: "p" },
    ...(contract.kind === "prompt" ? [] : [{ part: "chosen", column: "c" } as const]),
    ...contract.fields.map((field) => ({ part: field, column: field }))
  ],
  extra: contract.keepsExtra
    ? [
        { name: "note", type: { kind: "string", nullable: true } },
        { name: "odd name", type: { kind: "int", nullable: true } }
      ]
    : [],
  unkept: []
})

/** What a file with these rows shows of itself. */
export const lookOf = (rows: ReadonlyArray<Row>): Look => ({
  columns: inferColumns(rows).map(({ name, type }) => ({ name, columnType: columnTypeOf(type) })),
  sample: rows.slice(0, 100)
})

/** Rows as JSON Lines would give them back. */
export const throughJson = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> =>
  rows.map((row) => JSON.parse(JSON.stringify(row)) as Row)

/** What every format has to do with what it can hold. */
export const formatContract = (contract: FormatContract): void => {
  const { format, kind, style } = contract
  const random = keyedRandom("format contract", format.name, kind, style)
  const records = Array.from({ length: nRecords }, (_, i) => recordOf(contract, random, i))

  const written = () => {
    const writer = format.writer(holdingOf(contract))
    if (isRefusal(writer)) return assert.fail(`refused: found ${writer.found}, expected ${writer.wanted}`)
    const rows: Array<Row> = []
    for (const record of records) {
      const flaw = writer.write(record, rows)
      assert.isUndefined(flaw, `${JSON.stringify(flaw)} for ${JSON.stringify(record)}`)
    }
    return { writer, rows }
  }

  describe(`${format.name} keeps the format contract for ${kind} records of ${style}`, () => {
    it(`${format.name} reads what it writes: unicode, empty texts, nulls, turns and tools as far as it holds them`, () => {
      const before = structuredClone(records)
      const { rows } = written()
      assert.deepStrictEqual(records, before)
      const back = throughJson(rows)
      const reader = format.reader(lookOf(back))
      if (isRefusal(reader)) return assert.fail(`refused: found ${reader.found}, expected ${reader.wanted}`)
      assert.deepStrictEqual(
        back.map((row) => reader.read(row)),
        records
      )
    })

    it(`${format.name} writes rows that fit the columns it declares, and no others`, () => {
      const { rows, writer } = written()
      const names = writer.columns.map(({ name }) => name).toSorted()
      for (const row of rows) {
        assert.deepStrictEqual(Object.keys(row).toSorted(), names)
        if (format.onlyJsonLines === true) continue
        for (const column of writer.columns) assert.isUndefined(Columns.mismatch(column, row[column.name]))
      }
    })

    it(`${format.name} is recognised by the columns it writes`, () => {
      const recognised = recogniseFormat(lookOf(throughJson(written().rows)))
      if (!("format" in recognised)) return assert.fail(recognised.found)
      assert.strictEqual(recognised.format.name, contract.recognisedAs ?? format.name)
    })

    it(`${format.name} says what is wrong with rows of any values, and throws at none`, () => {
      const rows = throughJson(written().rows)
      const reader = format.reader(lookOf(rows))
      if (isRefusal(reader)) return assert.fail(reader.found)
      const writer = format.writer(reader.holding)
      if (isRefusal(writer)) return assert.fail(writer.found)
      const odd = [
        null,
        5,
        "",
        "x",
        true,
        [],
        [null],
        [[]],
        {},
        { role: "user" },
        [{ role: "x", content: "y" }],
        [{ role: "assistant", content: 5 }]
      ]
      for (const name of Object.keys(rows[0]!)) {
        for (const value of odd) {
          const read = reader.read({ ...rows[0], [name]: value })
          const flaw = read instanceof FormatFlaw ? read : writer.write(read, [])
          if (flaw === undefined) continue
          assert.match(flaw.reason, /^[a-z]/)
          assert.isTrue(flaw.found !== "" && flaw.wanted !== "")
        }
      }
    })
  })
}

/** Makes a pair for tests of single traps: each text may be messages. */
export const pairOf = (
  context: ReadonlyArray<readonly [PreferenceMessage["role"], string]>,
  chosen: string,
  rejected: string,
  more: Partial<Preference> = {}
): Preference => {
  const candidate = (text: string, rank: number): PreferenceCandidate => ({
    id: null,
    model: null,
    messages: [message("assistant", text)],
    score: null,
    rank,
    label: null,
    refLogProb: null
  })
  return {
    id: null,
    kind: "pair",
    style: "messages",
    context: context.map(([role, text]) => message(role, text)),
    tools: null,
    candidates: [candidate(chosen, 0), candidate(rejected, 1)],
    margin: null,
    votes: [],
    extra: {},
    ...more
  }
}

/** The reason for which a format refuses a record, or null when it writes it. */
export const refusalOf = (format: Format, record: Preference, fields: ReadonlyArray<Field> = []): string | null => {
  const writer = format.writer(holdingOf({ kind: record.kind, style: record.style, fields, keepsExtra: false }))
  if (isRefusal(writer)) return `${writer.found} instead of ${writer.wanted}`
  return writer.write(record, [])?.reason ?? null
}

/** Reads rows of a format; flaws come as their reasons. */
export const readRows = (format: Format, rows: ReadonlyArray<Row>): ReadonlyArray<Preference | string> => {
  const reader = format.reader(lookOf(rows))
  if (isRefusal(reader)) return [`${reader.found} instead of ${reader.wanted}`]
  return rows.map((row) => {
    const read = reader.read(row)
    return read instanceof FormatFlaw ? read.reason : read
  })
}
