import * as path from "node:path"
import { parseJson } from "../formats/Messages.ts"
import type { NamedColumns } from "../formats/VoteColumns.ts"
import { textIfThere } from "../textIfThere.ts"

/** What the registry of LLaMA-Factory beside a file says of its columns. */
export interface RegisteredColumns {
  /** The columns where they can be taken from it: of pairs with a prompt, and of nothing else; null where they cannot. */
  readonly named: NamedColumns | null
  /** The columns in words. */
  readonly said: string
}

const pairParts = ["prompt", "chosen", "rejected"] as const
/** What LLaMA-Factory calls the columns of such pairs without a registry: its format is recognised by them. */
const usual = ["instruction", "chosen", "rejected"]

/**
 * Reads which columns `dataset_info.json` beside a file names for it; undefined where there is none, or no entry with columns for the file.
 *
 * A registry that cannot be read says nothing.
 */
export const registeredColumns = (file: string): RegisteredColumns | undefined => {
  const parsed = parseJson(textIfThere(path.join(path.dirname(file), "dataset_info.json")) ?? "")
  const entries = typeof parsed === "object" && parsed !== null ? (Object.values(parsed) as ReadonlyArray<unknown>) : []
  const entry = entries.filter(isEntry).find((one) => one.file_name === path.basename(file))
  if (entry === undefined) return undefined
  const columns = Object.entries(entry.columns)
  const isPairs = entry.ranking === true && entry.formatting !== "sharegpt" && columns.length === pairParts.length
  const names = pairParts.map((part) => entry.columns[part])
  const [prompt, chosen, rejected] = names
  const isOwn = isPairs && names.some((name, i) => name !== usual[i])
  return {
    named:
      isOwn && prompt !== undefined && chosen !== undefined && rejected !== undefined
        ? { prompt, chosen, rejected }
        : null,
    said: columns.map(([part, column]) => `${part} in ${JSON.stringify(column)}`).join(", ")
  }
}

interface Entry {
  readonly file_name: string
  readonly columns: Readonly<Record<string, string>>
  readonly ranking?: unknown
  readonly formatting?: unknown
}

const isEntry = (value: unknown): value is Entry => {
  if (typeof value !== "object" || value === null) return false
  const { columns, file_name: file } = value as Readonly<Record<string, unknown>>
  if (typeof file !== "string" || typeof columns !== "object" || columns === null) return false
  return Object.values(columns).every((column) => typeof column === "string")
}
