import * as fs from "node:fs"
import * as path from "node:path"
import { ensureFolder } from "./ensureFolder.ts"
import { listedFiles } from "./listedFiles.ts"
import { namingFile } from "./namingFile.ts"
import { statsIfThere } from "./statsIfThere.ts"
import { textIfThere } from "./textIfThere.ts"

/**
 * The files in a folder of results that Prefloom wrote there: the only ones that results replace or take away.
 *
 * They are those that `.prefloom/written` notes, each just before it appears, and those that the manifest lists; beside a manifest without notes, such as
 * that of a folder from the hub, also what a run leaves there. So a command that is killed leaves nothing that the next one takes for
 * somebody else's. `README.md` and `croissant.json` say of themselves who wrote them (`foreignCard`).
 */
export class OwnFiles {
  readonly folder: string
  readonly #listed: ReadonlyArray<string>

  constructor(folder: string) {
    this.folder = path.resolve(folder)
    const listed = listedFiles(folder) ?? []
    this.#listed = listed.length > 0 && notesIn(folder).length === 0 ? [...listed, ...traces] : listed
  }

  /** The names of these files, from the folder. */
  get names(): ReadonlyArray<string> {
    return [...new Set([...this.#listed, ...notesIn(this.folder)])]
  }

  /** Whether nothing of somebody else is lost where a result takes the place of this file; says nothing against files outside the folder. */
  mayReplace(file: string): boolean {
    const name = this.#nameOf(file)
    return apart.test(name) || statsIfThere(file) === undefined || this.names.includes(name)
  }

  /** Notes files that appear now, or are taken over. */
  add(...files: ReadonlyArray<string>): void {
    const names = files.map((file) => this.#nameOf(file)).filter((name) => !apart.test(name))
    if (names.length > 0) this.#note(names)
  }

  /**
   * Begins what a manifest will list when it is complete: until then the folder is unfinished (`isUnfinished`). Notes what the manifest of an earlier
   * command lists, and takes that away.
   */
  begin(): void {
    this.#note([...this.#listed, "manifest.json"])
    fs.rmSync(path.join(this.folder, "manifest.json"), { force: true })
  }

  #nameOf(file: string): string {
    return path.relative(this.folder, file).split(path.sep).join("/")
  }

  /** Forgets what is gone, so that nothing of that name is taken for it later. */
  #note(names: ReadonlyArray<string>): void {
    const earlier = notesIn(this.folder).filter((name) => name === "manifest.json" || this.#isThere(name))
    const all = [...new Set([...earlier, ...names.filter((name) => !apart.test(name))])].toSorted()
    const file = notesFile(this.folder)
    ensureFolder(path.dirname(file))
    namingFile(file, () => fs.writeFileSync(`${file}.tmp`, all.map((name) => `${name}\n`).join(""), { flush: true }))
    fs.renameSync(`${file}.tmp`, file)
  }

  #isThere(name: string): boolean {
    return statsIfThere(path.join(this.folder, name)) !== undefined
  }
}

/** Says which of the files that results would replace in a folder is somebody else's, in words that follow "found"; null where none is. */
export const foreignFile = (folder: string, files: ReadonlyArray<string>): string | null => {
  const own = new OwnFiles(folder)
  const foreign = files.find((file) => !own.mayReplace(file))
  return foreign === undefined ? null : `"${foreign}", which no command of Prefloom wrote there`
}

/** Whether a command has begun in a folder whose manifest is not there yet, so that nobody can say which files there belong together. */
export const isUnfinished = (folder: string): boolean =>
  notesIn(folder).includes("manifest.json") && !fs.existsSync(path.join(folder, "manifest.json"))

const notesFile = (folder: string): string => path.join(folder, ".prefloom", "written")

const notesIn = (folder: string): ReadonlyArray<string> =>
  (textIfThere(notesFile(folder)) ?? "").split("\n").filter((name) => name !== "")

/** What nobody else has, what says of itself whether Prefloom wrote it, and what is not in the folder. */
const apart = /^(?:\.prefloom\/.*|README\.md|croissant\.json|\.\.\/.*)$/

/** What stands beside the files that a manifest lists. */
const traces = ["manifest.json", "report.html"]
