import * as path from "node:path"
import type { Column } from "../Columns.ts"
import type { Companion, Writer } from "./Format.ts"
import { parseJson } from "./Messages.ts"

/** The tags of turns that LLaMA-Factory takes where an entry names none, which are those we write. */
export const shareGptTags = {
  role_tag: "from",
  content_tag: "value",
  user_tag: "human",
  assistant_tag: "gpt",
  observation_tag: "observation",
  function_tag: "function_call",
  system_tag: "system"
}

/**
 * Makes the entry of LLaMA-Factory's `dataset_info.json` for a file, and puts it into the one that is there.
 *
 * Every column and every tag that is used is named, because those that are left out count as absent; so are `images`, `videos` and `audios` where
 * they hold names of files, one or a list. An entry of the same name
 * is replaced; the others stay. A file that is there and is no JSON object is refused.
 */
export const datasetInfo = (
  file: string,
  writer: Writer,
  entry: {
    readonly formatting: "alpaca" | "sharegpt"
    readonly ranking: boolean
    readonly columns: Readonly<Record<string, string>>
  }
): Companion => ({
  name: "dataset_info.json",
  text: (existing) => {
    const parsed = existing === null ? {} : parseJson(existing)
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
      return { found: "text that is no JSON object", wanted: "the registry of LLaMA-Factory, or no such file" }
    }
    const written = new Set(writer.columns.map(({ name }) => name))
    const columns = [
      ...Object.entries(entry.columns).filter(([, column]) => written.has(column)),
      ...writer.columns.flatMap((column) => (isMedia(column) ? [[column.name, column.name]] : []))
    ]
    const info = {
      ...parsed,
      [path.basename(file).replace(/\.(jsonl?|parquet|arrow|csv)$/, "")]: {
        file_name: path.basename(file),
        formatting: entry.formatting,
        ...(entry.ranking ? { ranking: true } : {}),
        columns: Object.fromEntries(columns),
        ...(entry.formatting === "sharegpt" ? { tags: shareGptTags } : {})
      }
    }
    return `${JSON.stringify(info, null, 2)}\n`
  }
})

const isMedia = ({ name, type }: Column): boolean =>
  ["images", "videos", "audios"].includes(name) && (type.kind === "list" ? type.element : type).kind === "string"

/** A `dataset_info.json` without the entries of files that are gone, as it is where there is none of them, null where no other is left. */
export const withoutFiles = (info: string, gone: ReadonlyArray<string>): string | null => {
  const parsed = parseJson(info)
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return info
  const entries = Object.entries(parsed as Readonly<Record<string, { readonly file_name?: unknown } | null>>)
  const left = entries.filter(([, entry]) => !gone.some((name) => name === entry?.file_name))
  if (left.length === entries.length) return info
  return left.length === 0 ? null : `${JSON.stringify(Object.fromEntries(left), null, 2)}\n`
}
