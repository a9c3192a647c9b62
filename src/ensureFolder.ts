import * as fs from "node:fs"
import * as path from "node:path"
import { isFolder } from "./isFolder.ts"

/**
 * Makes a folder with those above it; does nothing where it is there. Throws as `node:fs` does.
 *
 * `fs.mkdirSync` with `recursive` never returns where a system answers "no such file" although the folder above is there, as /proc
 * does.
 */
export const ensureFolder = (folder: string): void => {
  const missing: Array<string> = []
  for (let at = path.resolve(folder); !isFolder(at) && at !== path.dirname(at); at = path.dirname(at)) missing.push(at)
  for (const one of missing.toReversed()) {
    try {
      fs.mkdirSync(one)
    } catch (cause) {
      // Another process may have made it meanwhile.
      if (!isFolder(one)) throw cause
    }
  }
}
