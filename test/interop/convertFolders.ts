import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { convertFiles } from "../../src/cli/convertFiles.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { formats } from "../../src/formats/formats.ts"
import { Run } from "../../src/Run.ts"
import { lookOf } from "../contracts/format.ts"
import { corners } from "./corners.ts"

/**
 * Converts, for every format, the first corner that it can hold into the folder `converted/<format>`, as two splits with a card.
 *
 * The source has a card with a licence, a title and a split whose names ask for quotes. `converted.json` says how many rows of each split
 * there are, counted by converting the rows in memory.
 */
export const convertFolders = async (folder: string): Promise<void> => {
  const counts: Record<string, Readonly<Record<string, number>>> = {}
  for (const to of formats) {
    for (const { from, name, rows } of corners) {
      const reader = formats.find((format) => format.name === from)!
      const wanted = convertRows(reader, to, lookOf(rows), rows)
      if ("wanted" in wanted || wanted.rows.length === 0) continue
      const source = path.join(folder, "sources", to.name)
      fs.mkdirSync(source, { recursive: true })
      const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("")
      for (const split of ["train", "odd-split-00000-of-00001"])
        fs.writeFileSync(path.join(source, `${split}.jsonl`), text)
      const card = `---\nlicense: cc-by-4.0\nlanguage: ["no", en]\npretty_name: "${name}: #1 | *odd* <b>"\n---\n# Source\n`
      fs.writeFileSync(path.join(source, "README.md"), card)
      const out = path.join(folder, "converted", to.name)
      await Effect.runPromise(
        convertFiles(
          { files: [source], from, to: to.name, out, named: {} },
          { what: "", nRows: 0, totalRows: null }
        ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped)
      )
      counts[to.name] = { train: wanted.rows.length, odd_split: wanted.rows.length }
      break
    }
  }
  fs.writeFileSync(path.join(folder, "converted.json"), JSON.stringify(counts))
}
