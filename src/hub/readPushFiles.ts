import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Manifest } from "../Manifest.ts"
import { textIfThere } from "../textIfThere.ts"
import { HubError } from "./HubError.ts"
import type { PushFile } from "./PushFile.ts"
import type { PushProgress } from "./PushProgress.ts"

/** What of a folder is pushed, and what the run said of itself. */
export interface PushFolder {
  readonly manifest: Manifest
  readonly files: ReadonlyArray<PushFile>
}

/**
 * Finds and checks the files of a finished run or conversion: those its manifest lists, the card with its pictures, `croissant.json`, the report and
 * the manifest itself. Nothing else is pushed, least of all the journal.
 *
 * Every file is read once, in pieces, for its checksums; those in the manifest have to hold. Fails with `badFolder` where there is
 * no manifest, which is the trace of a run that has not finished, no card, without which the hub takes rejects for data, or that of
 * another run, or a file is missing, changed or outside the folder.
 */
export const readPushFiles = Effect.fnUntraced(function* (
  folder: string,
  progress: PushProgress
): Effect.fn.Return<PushFolder, HubError> {
  const manifest = yield* readManifest(folder)
  const listed = new Map(manifest.files.map((file) => [file.path, file]))
  const noCard = (found: string) =>
    badFolder(folder, found, "that of a data set, by which its rows are loaded", makeCard)
  if (!fs.existsSync(path.join(folder, "README.md"))) return yield* noCard("no card README.md")
  const other = describedFiles(folder).find(({ contentUrl, sha256 }) => listed.get(contentUrl ?? "")?.sha256 !== sha256)
  if (other !== undefined) {
    return yield* noCard(`a card and croissant.json of another run, with the file ${JSON.stringify(other.contentUrl)}`)
  }
  const beside = ["README.md", "croissant.json", "report.html", "manifest.json", ...picturesIn(folder)]
  const paths = [
    ...listed.keys(),
    ...beside.filter((name) => !listed.has(name) && fs.existsSync(path.join(folder, name)))
  ]
  const found: Array<{ readonly name: string; readonly file: string; readonly bytes: number }> = []
  for (const name of paths) {
    const file = path.resolve(folder, name)
    const inside = path.relative(path.resolve(folder), file)
    if (inside.startsWith("..") || path.isAbsolute(inside)) {
      return yield* badFolder(folder, `${JSON.stringify(name)} in the manifest`, "a path inside the folder")
    }
    const stats = fs.statSync(file, { throwIfNoEntry: false })
    if (stats?.isFile() !== true)
      return yield* badFolder(folder, `no file ${JSON.stringify(name)}`, "what the manifest lists")
    found.push({ name, file, bytes: stats.size })
  }
  Object.assign(progress, { what: "Checking", bytes: 0, totalBytes: found.reduce((sum, { bytes }) => sum + bytes, 0) })
  const files: Array<PushFile> = []
  for (const { bytes, file, name } of found) {
    progress.path = name
    const hashes = yield* Effect.tryPromise({
      try: () => hashesOf(file, bytes, progress),
      catch: (cause) =>
        badFolder(folder, `${JSON.stringify(name)} that cannot be read (${(cause as Error).message})`, "a file")
    })
    const wanted = listed.get(name)
    if (wanted !== undefined && (wanted.sha256 !== hashes.sha256 || wanted.bytes !== bytes)) {
      return yield* badFolder(
        folder,
        `other bytes in ${JSON.stringify(name)} (${bytes}, SHA-256 ${hashes.sha256})`,
        `those of the manifest (${wanted.bytes}, SHA-256 ${wanted.sha256})`
      )
    }
    files.push({ path: name, file, bytes, ...hashes })
  }
  progress.path = null
  return { manifest, files }
})

const makeCard =
  "let the pipeline end in into(dataset(…)) and run it again, or convert its file of rows into another folder with prefloom convert and push that"

/** What of `croissant.json` is looked at. */
const decodeDescribed = Schema.decodeUnknownResult(
  Schema.fromJsonString(
    Schema.Struct({
      distribution: Schema.Array(
        Schema.Struct({ contentUrl: Schema.optionalKey(Schema.String), sha256: Schema.optionalKey(Schema.String) })
      )
    })
  )
)

/** The files that `croissant.json` describes, with their checksums; none where there is no such file, or it cannot be read. */
const describedFiles = (folder: string) =>
  Result.match(decodeDescribed(textIfThere(path.join(folder, "croissant.json"))), {
    onFailure: () => [],
    onSuccess: ({ distribution }) => distribution.filter(({ sha256 }) => sha256 !== undefined)
  })

const again =
  "give the command that wrote this folder again: run, clean or convert; a run pays for no answer in its journal twice"

const badFolder = (folder: string, found: string, wanted: string, remedy = again): HubError =>
  new HubError({ reason: "badFolder", action: `push ${JSON.stringify(folder)}`, found, wanted, remedy })

const readManifest = (folder: string): Effect.Effect<Manifest, HubError> =>
  Effect.try({
    try: () => {
      const manifest = JSON.parse(fs.readFileSync(path.join(folder, "manifest.json"), "utf8")) as Partial<Manifest>
      if (!Array.isArray(manifest.files)) throw new Error("it lists no files")
      return manifest as Manifest
    },
    catch: (cause) => {
      const { code, message } = cause as NodeJS.ErrnoException
      const found =
        code === "ENOENT" || code === "ENOTDIR"
          ? "no manifest.json"
          : `a manifest.json that cannot be read (${message})`
      return badFolder(folder, found, "the folder of a finished run, clean or convert")
    }
  })

const picturesIn = (folder: string): ReadonlyArray<string> => {
  const pictures = path.join(folder, "card")
  if (fs.statSync(pictures, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return fs
    .readdirSync(pictures)
    .filter((name) => /^[a-z]+(?:-[a-z]+)*-\d+\.svg$/.test(name))
    .toSorted()
    .map((name) => `card/${name}`)
}

const hashesOf = async (file: string, bytes: number, progress: PushProgress) => {
  const sha256 = crypto.createHash("sha256")
  // What git hashes is the content behind its kind and length.
  const git = crypto.createHash("sha1").update(`blob ${bytes}\0`)
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    sha256.update(chunk)
    git.update(chunk)
    progress.bytes += chunk.length
  }
  return { sha256: sha256.digest("hex"), gitOid: git.digest("hex") }
}
