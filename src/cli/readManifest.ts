import * as fs from "node:fs"
import * as path from "node:path"
import * as Result from "effect/Result"
import { parseJson } from "../formats/Messages.ts"
import type { Manifest } from "../Manifest.ts"

/** A manifest of Prefloom, of which nothing but `prefloom` is looked at. */
export interface FoundManifest {
  readonly manifest: Partial<Manifest>
  /** The paths of the files that it lists; an entry without one lists none. */
  readonly listed: ReadonlyArray<string>
}

/** What stands in place of a manifest of Prefloom: `found` names the file and says what is in it, as for an error. */
export interface OtherManifest {
  readonly found: string
  /** Whether it is JSON, which another program may have left. */
  readonly isJson: boolean
}

/** Reads the `manifest.json` in a folder; null where there is none. */
export const readManifest = (folder: string): Result.Result<FoundManifest | null, OtherManifest> => {
  const file = path.join(folder, "manifest.json")
  const other = (found: string, isJson = false) => Result.fail({ found: `"${file}"${found}`, isJson })
  const text = Result.try({
    try: () => fs.readFileSync(file, "utf8"),
    catch: (cause) => (cause as NodeJS.ErrnoException).code ?? ""
  })
  if (Result.isFailure(text)) {
    const isAbsent = ["ENOENT", "ENOTDIR"].includes(text.failure)
    return isAbsent ? Result.succeed(null) : other(`, which cannot be read (${text.failure})`)
  }
  const value = parseJson(text.success) as Partial<Manifest> | null | undefined
  if (value === undefined) return other(" with text that is no JSON")
  if (typeof value?.prefloom !== "string") return other(" with JSON that is no manifest of Prefloom", true)
  const files: ReadonlyArray<{ readonly path?: unknown } | null> = Array.isArray(value.files) ? value.files : []
  const listed = files.map((one) => one?.path).filter((one) => typeof one === "string")
  return Result.succeed({ manifest: value, listed })
}
