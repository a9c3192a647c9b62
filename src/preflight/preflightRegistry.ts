import * as path from "node:path"
import { shareGptTags } from "../formats/datasetInfo.ts"
import type { Format, Holding, Row } from "../formats/Format.ts"
import { parseJson } from "../formats/Messages.ts"
import type { PreflightFinding, Severity } from "../Preflight.ts"
import { textIfThere } from "../textIfThere.ts"
import { type CheckedRow, findingOf, type PreflightCheck, Sightings } from "./PreflightCheck.ts"

const registry = "dataset_info.json"

/** What an entry says, or what LLaMA-Factory takes it to say. */
interface Entry {
  readonly formatting: unknown
  readonly ranking: boolean
  readonly hasColumns: boolean
  readonly columns: Row
  readonly tags: Row
}

const defaultColumns: Row = { prompt: "instruction", query: "input", response: "output", messages: "conversations" }
/** The tags of the roles of turns. */
const roleTags = new Map([
  ["human", "user_tag"],
  ["user", "user_tag"],
  ["gpt", "assistant_tag"],
  ["assistant", "assistant_tag"],
  ["observation", "observation_tag"],
  ["tool", "observation_tag"],
  ["function_call", "function_tag"],
  ["system", "system_tag"]
])

/**
 * Looks whether LLaMA-Factory reads rows as what they are: by their entry in the `dataset_info.json` beside them.
 *
 * An entry that names some columns or tags has no others, and without any the defaults hold, which know no `chosen`, `rejected`,
 * `kto_tag` and `system`. What is in the rows and not in the entry is lost without a word, or drops the row.
 *
 * Source: https://github.com/hiyouga/LLaMA-Factory/blob/main/src/llamafactory/data/parser.py
 */
export const preflightRegistry = (format: Format, holding: Holding, dataFile: string): PreflightCheck => {
  const isAlpaca = format.name === "llamafactory-alpaca"
  const needed = neededColumns(format, holding)
  const isPair = holding.kind === "pair"
  const roles = new Map<string, Sightings>()
  const keys = new Map<string, Sightings>()
  const optional = new Map<string, Sightings>()
  return {
    see: (row) => {
      const { raw } = row
      if (raw === undefined) return
      for (const [part, column] of optionalColumns(isAlpaca)) if (isSaid(raw[column])) note(optional, part, row)
      if (isAlpaca) return
      const turns = [needed["messages"], "chosen", "rejected"].flatMap((name) => messagesIn(raw[name ?? ""]))
      for (const key of new Set(turns.map((turn) => ("from" in turn ? "from" : "role")))) note(keys, key, row)
      for (const role of new Set(turns.map((turn) => turn["from"] ?? turn["role"]))) {
        if (typeof role === "string") note(roles, role, row)
      }
    },
    result: (nRows) => {
      if (nRows === 0) return { findings: [], unchecked: [] }
      const all = { rows: nRows, examples: [] }
      const remedy = `prefloom convert --to ${format.name} writes the entry`
      const say = (what: string, severity: Severity, seen: Pick<Sightings, "rows" | "examples"> = all) =>
        findingOf(nRows, seen, { check: "companion", severity, what, remedy })
      const found = entryOf(dataFile)
      if (typeof found === "string") return { findings: say(found, "stops training"), unchecked: [] }
      const findings: Array<PreflightFinding> = []
      const wantsAlpaca = found.formatting === "alpaca"
      if (wantsAlpaca !== isAlpaca) {
        const severity = found.hasColumns ? "silently wrong" : "stops training"
        const wanted = isAlpaca ? "alpaca" : "sharegpt"
        const what = `${registry} says formatting: ${String(found.formatting)}, where the rows are in the form ${wanted}`
        return { findings: say(what, severity), unchecked: [] }
      }
      if (found.ranking !== isPair) {
        const what = `${registry} says ranking: ${found.ranking}, and so the rows are not read as ${isPair ? "pairs" : "single replies"}`
        findings.push(...say(what, "silently wrong"))
      }
      for (const [part, column] of Object.entries(needed)) {
        if (found.columns[part] === column) continue
        // Without the tag a row is plain supervised data; without the others LLaMA-Factory looks for a column of no name.
        const severity = part === "kto_tag" || part === "prompt" ? "silently wrong" : "stops training"
        findings.push(
          ...say(
            `${registry} names ${named(found.columns[part])} as ${part}, where the rows have "${column}"`,
            severity
          )
        )
      }
      for (const [part, column] of optionalColumns(isAlpaca)) {
        const seen = optional.get(part)
        if (seen === undefined || found.columns[part] === column) continue
        const what = `${registry} names ${named(found.columns[part])} as ${part}, so that what the rows have in "${column}" is left out`
        findings.push(...say(what, "silently wrong", seen))
      }
      for (const [key, seen] of keys) {
        const content = key === "from" ? "value" : "content"
        if (found.tags["role_tag"] === key && found.tags["content_tag"] === content) continue
        const what = `${registry} names ${named(found.tags["role_tag"])} and ${named(found.tags["content_tag"])} as role_tag and content_tag, where messages have "${key}" and "${content}"`
        findings.push(...say(what, "stops training", seen))
      }
      for (const [role, seen] of roles) {
        const tag = roleTags.get(role)
        if (tag === undefined || found.tags[tag] === role) continue
        const what = `${registry} names ${named(found.tags[tag])} as ${tag}, so that rows with turns of "${role}" are dropped without a word`
        findings.push(...say(what, "silently wrong", seen))
      }
      return { findings, unchecked: [] }
    }
  }
}

const note = (into: Map<string, Sightings>, name: string, { example }: CheckedRow): void => {
  let seen = into.get(name)
  if (seen === undefined) into.set(name, (seen = new Sightings()))
  seen.see(example)
}

const named = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : "nothing")

const isSaid = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0)

/** Columns without which rows cannot be read, by their names in an entry. */
const neededColumns = ({ name }: Format, { kind, parts }: Holding): Readonly<Record<string, string>> => {
  if (name === "llamafactory-alpaca") return { prompt: "instruction", chosen: "chosen", rejected: "rejected" }
  const columnOf = (part: string) => parts.find((one) => one.part === part)!.column
  const messages = columnOf("prompt")
  return kind === "pair"
    ? { messages, chosen: columnOf("chosen"), rejected: columnOf("rejected") }
    : { messages, kto_tag: columnOf("label") }
}

/** Columns that say something only where they hold something. */
const optionalColumns = (isAlpaca: boolean): ReadonlyArray<readonly [string, string]> => [
  ["system", "system"],
  ["tools", "tools"],
  ...(isAlpaca
    ? ([
        ["query", "input"],
        ["history", "history"]
      ] as const)
    : [])
]

const messagesIn = (value: unknown): ReadonlyArray<Row> =>
  (Array.isArray(value) ? (value as ReadonlyArray<unknown>) : [value]).filter(
    (one): one is Row => typeof one === "object" && one !== null
  )

/** The entry of a file, with the defaults; or what is the matter with the registry. */
const entryOf = (dataFile: string): Entry | string => {
  const file = path.join(path.dirname(dataFile), registry)
  const text = textIfThere(file)
  if (text === null) return `there is no ${registry} beside the data`
  const name = path.basename(dataFile)
  const entries = Object.values(objectOf(parseJson(text)) ?? {})
  const entry = entries.map(objectOf).find((one) => one?.["file_name"] === name)
  if (entry === null || entry === undefined) return `${registry} has no entry with the file name "${name}"`
  const columns = objectOf(entry["columns"])
  return {
    formatting: entry["formatting"] ?? "alpaca",
    ranking: entry["ranking"] === true,
    hasColumns: columns !== null,
    columns: columns ?? defaultColumns,
    tags: objectOf(entry["tags"]) ?? shareGptTags
  }
}

const objectOf = (value: unknown): Row | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Row) : null
