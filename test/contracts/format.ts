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
  type Reader,
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
  /** Whether tool calls keep their ids and tools their names, and a message may have text beside calls. */
  readonly hasToolIds?: boolean
  /** Whether a reply may be several messages, or calls alone. */
  readonly hasLongReplies?: boolean
  /** Whether a system turn without text is none. */
  readonly needsSystemText?: boolean
  /** What tells the record made for this format from any other, such as margins from 1 to 3. */
  readonly adjust?: (record: Preference, random: () => number) => Preference
  /** The format that rows of this one are recognised as, where that is another. */
  readonly recognisedAs?: string
  /** Columns of the texts that may be null or absent, or that repeat what other columns say. */
  readonly optional?: ReadonlyArray<string>
  /** Reads rows where one record may stand in several. */
  readonly readAll?: (reader: Reader, rows: ReadonlyArray<Row>) => ReadonlyArray<Preference | FormatFlaw>
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

/** Texts that break what treats text carelessly; the lone halves of characters are left to the sinks to refuse. */
const oddTexts = [
  "\u0000",
  "a\ud83d",
  "\udc4d b",
  "\ufeff",
  "\r\n",
  "{}",
  "NaN",
  "\u2029".repeat(3),
  "é模👍".repeat(50_000)
]

/** Names that objects have of themselves, and others that are no names. */
const oddNames = ["__proto__", "constructor", "toString", "hasOwnProperty", "", "a.b", "é 模", "0"]

/** Values that stand in files where texts, messages and numbers should; a symbol stands for bytes that are no text. */
const oddValues: ReadonlyArray<unknown> = [
  null,
  undefined,
  5,
  2n ** 60n,
  NaN,
  "",
  "x",
  true,
  Symbol("bytes"),
  [],
  [null],
  [[]],
  {},
  { role: "user" },
  [{ role: "x", content: "y" }],
  [{ role: "constructor", content: "y" }],
  [{ role: "assistant", content: 5 }],
  [{ role: "assistant", content: [{ type: "text" }] }],
  [{ role: "assistant", tool_calls: [null] }],
  [{ role: "assistant", tool_calls: [{ function: 5 }] }],
  [{ from: "function_call", value: "[" }]
]

/** A value with one place in it changed, at any depth. */
const broken = (value: unknown, random: () => number, depth: number): unknown => {
  const odd = () => oddValues[Math.floor(random() * oddValues.length)]
  if (typeof value !== "object" || value === null || (depth > 0 && random() < 0.3)) return odd()
  const keys = Object.keys(value)
  if (keys.length === 0) return odd()
  const key = keys[Math.floor(random() * keys.length)]!
  const inner = broken((value as Row)[key], random, depth + 1)
  if (Array.isArray(value)) return value.with(Number(key), inner)
  const { [key]: _, ...rest } = value as Row
  return random() < 0.15 ? rest : { ...rest, [key]: inner }
}

const edgeNumbers = [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53, 1e21, 0.1 + 0.2, 0, -1 / 3]

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
  const callOf = (name: string) => ({
    id: contract.hasToolIds === true ? maybe("c1") : null,
    name,
    arguments: `{"q":${JSON.stringify(textOf(random, 0))},"__proto__":{"n":[1,null,1e+21,"é"]}}`
  })
  const context: Array<PreferenceMessage> = []
  if (style === "messages") {
    if (contract.hasSystem === true && random() < 0.5) {
      const isEmpty = contract.needsSystemText !== true && random() < 0.2
      context.push(message("system", isEmpty ? "" : `s${textOf(random, 0)}`))
    }
    const nTurns = contract.hasTurns === true ? Math.floor(random() * 3) : 0
    for (let turn = 0; turn < nTurns; turn++) {
      context.push(message("user", textOf(random, 0)))
      if (contract.hasTools === true && random() < 0.5) {
        const call = callOf("look")
        const id = contract.hasToolIds === true ? maybe("c1") : null
        const said = contract.hasToolIds === true && random() < 0.3 ? textOf(random, 1) : null
        context.push(
          message("assistant", said, { toolCalls: random() < 0.5 ? [call] : [call, call] }),
          message("tool", textOf(random, 0), { toolCallId: id, name: id === null ? null : "look" })
        )
      }
      context.push(message("assistant", textOf(random, 0)))
    }
  }
  const isEmpty = random() < 0.1 && context.some(({ content }) => (content ?? "").trim() !== "")
  context.push(message("user", isEmpty ? "" : `${i}${textOf(random, 0)}`))
  const replyOf = (label: string): ReadonlyArray<PreferenceMessage> => {
    const text = message("assistant", `${textOf(random, 0)}${label}${i}${textOf(random, 0)}`)
    if (contract.hasLongReplies !== true || random() < 0.5) return [text]
    const call = message("assistant", null, { toolCalls: [callOf(`look ${label}`)] })
    return random() < 0.3 ? [call] : [call, message("tool", textOf(random, 0)), text]
  }
  const candidate = (label: string, rank: number | null): PreferenceCandidate => ({
    id: has("candidateIds") ? maybe(`${label}${i}`) : null,
    model: has("models") ? maybe(`model ${label}`) : null,
    messages: replyOf(label),
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

/** A record with every text of the user, of the replies and of the tools changed. */
const withTexts = (record: Preference, change: (text: string) => string): Preference => {
  const changed = (of: ReadonlyArray<PreferenceMessage>) =>
    of.map((one) => (one.content === null || one.role === "system" ? one : { ...one, content: change(one.content) }))
  return {
    ...record,
    context: changed(record.context),
    candidates: record.candidates.map((one) => ({ ...one, messages: changed(one.messages) }))
  }
}

/** Values for columns of odd names, without setting the prototype. */
const oddExtra = (i: number): Row =>
  Object.fromEntries(oddNames.map((name, n) => [name, (i + n) % 3 === 0 ? null : `value ${n}`]))

/** The parts that a format cannot do without. */
const textParts: ReadonlySet<string> = new Set(["prompt", "chosen", "rejected", "candidates", "label"])

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

/** The records of a contract: the same whenever they are made. */
export const recordsOf = (contract: FormatContract): ReadonlyArray<Preference> => {
  const random = keyedRandom("format contract", contract.format.name, contract.kind, contract.style)
  return Array.from({ length: nRecords }, (_, i) => recordOf(contract, random, i))
}

/** What every format has to do with what it can hold. */
export const formatContract = (contract: FormatContract): void => {
  const { format, kind, style } = contract
  const records = recordsOf(contract)

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

  /** Writes records and reads them again; what becomes of rows between is JSON Lines. */
  const throughRows = (all: ReadonlyArray<Preference>, holding: Holding): ReadonlyArray<Preference | FormatFlaw> => {
    const writer = format.writer(holding)
    if (isRefusal(writer)) return assert.fail(`refused: found ${writer.found}, expected ${writer.wanted}`)
    const rows: Array<Row> = []
    for (const record of all) assert.isUndefined(writer.write(record, rows))
    const back = throughJson(rows)
    const reader = format.reader(lookOf(back))
    if (isRefusal(reader)) return assert.fail(`refused: found ${reader.found}, expected ${reader.wanted}`)
    return contract.readAll?.(reader, back) ?? back.map((row) => reader.read(row))
  }

  describe(`${format.name} keeps the format contract for ${kind} records of ${style}`, () => {
    it(`${format.name} reads what it writes: unicode, empty texts, nulls, turns and tools as far as it holds them`, () => {
      const before = structuredClone(records)
      const { rows } = written()
      assert.deepStrictEqual(records, before)
      const back = throughJson(rows)
      const reader = format.reader(lookOf(back))
      if (isRefusal(reader)) return assert.fail(`refused: found ${reader.found}, expected ${reader.wanted}`)
      assert.deepStrictEqual(contract.readAll?.(reader, back) ?? back.map((row) => reader.read(row)), records)
    })

    it(`${format.name} reads odd texts again: NUL, halves of characters, marks of byte order, and very long ones`, () => {
      const odd = oddTexts.map((text, i) => withTexts(records[i]!, (content) => `${content}${text}.`))
      assert.deepStrictEqual(throughRows(odd, holdingOf(contract)), odd)
    })

    it(`${format.name} reads numbers at the edges again`, () => {
      if (contract.adjust !== undefined) return
      const has = (field: Field) => contract.fields.includes(field)
      const edges = edgeNumbers.map((number, i): Preference => ({
        ...records[i]!,
        margin: has("margin") ? number : null,
        candidates: records[i]!.candidates.map((one) => ({
          ...one,
          score: has("scores") ? number : null,
          refLogProb: has("refLogProbs") ? number : null
        }))
      }))
      assert.deepStrictEqual(throughRows(edges, holdingOf(contract)), edges)
    })

    it(`${format.name} keeps unknown columns whatever they are called`, () => {
      if (!contract.keepsExtra) return
      const holding = {
        ...holdingOf(contract),
        extra: oddNames.map((name) => ({ name, type: { kind: "string", nullable: true } as const }))
      }
      const named = records.slice(0, 4).map((record, i) => ({ ...record, extra: oddExtra(i) }))
      const back = throughRows(named, holding).map((read) => (read instanceof FormatFlaw ? read : read.extra))
      for (const extra of back) {
        assert.isFalse(extra instanceof FormatFlaw)
        const got = Object.getOwnPropertyDescriptors(extra)
        for (const name of oddNames) assert.isTrue(Object.hasOwn(got, name), name)
      }
      assert.strictEqual(
        JSON.stringify(back.map((extra) => oddNames.map((name) => (extra as Row)[name]))),
        JSON.stringify(named.map(({ extra }) => oddNames.map((name) => extra[name])))
      )
    })

    it(`${format.name} refuses a row whose text is absent, null, a number, a list without elements, and says where`, () => {
      const { rows, writer } = written()
      const back = throughJson(rows)
      const reader = format.reader(lookOf(back))
      if (isRefusal(reader)) return assert.fail(reader.found)
      const again = format.writer(reader.holding)
      if (isRefusal(again)) return assert.fail(again.found)
      const parts = writer.parts.filter(({ part }) => textParts.has(part)).map(({ column }) => column)
      const needed = [...new Set(parts)].filter((column) => contract.optional?.includes(column) !== true)
      assert.isNotEmpty(needed)
      for (const column of needed) {
        const { [column]: _, ...absent } = back[0]!
        for (const row of [
          absent,
          { ...absent, [column]: null },
          { ...absent, [column]: 5 },
          { ...absent, [column]: [] }
        ]) {
          const read = reader.read(row)
          const flaw = read instanceof FormatFlaw ? read : again.write(read, [])
          const found = JSON.stringify(row[column])
          if (flaw === undefined) return assert.fail(`${column} with ${found} was taken`)
          assert.match(flaw.reason, /^[a-z]/)
          assert.isTrue(flaw.found !== "" && flaw.wanted !== "", `${column} with ${found}`)
          assert.include(flaw.column, column, `${column} with ${found}: ${flaw.reason}`)
        }
      }
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
      const check = (read: Preference | FormatFlaw) => {
        const flaw = read instanceof FormatFlaw ? read : writer.write(read, [])
        if (flaw === undefined) return
        assert.match(flaw.reason, /^[a-z]/)
        assert.isTrue(flaw.found !== "" && flaw.wanted !== "")
      }
      for (const name of Object.keys(rows[0]!)) {
        for (const value of oddValues) check(reader.read({ ...rows[0], [name]: value }))
      }
      const random = keyedRandom("odd rows", format.name, kind, style)
      for (let i = 0; i < 200; i++) {
        const row = broken(rows[i % rows.length]!, random, 0) as Row
        check(reader.read(row))
        const look = lookOf([row])
        recogniseFormat(look)
        const other = format.reader(look)
        if (!isRefusal(other)) check(other.read(row))
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
