import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { ensureFolder } from "../ensureFolder.ts"
import { isFolder } from "../isFolder.ts"
import { Run } from "../Run.ts"
import type { WrittenFile } from "../Sink.ts"
import { badPath, cannotWrite, replacesForeign, replacesInput, type SinkError, type Target } from "./SinkError.ts"

/** Final paths that this process is writing now: two sinks on one path would mix their bytes. */
const inUse = new Set<string>()

/** How the names of results end. */
const resultName = /\.(?:parquet|arrow|jsonl(?:\.gz|\.zst)?|json|csv|md|html|svg)$/

const temporaryName = /^\.(.+)\.(\d+)\.tmp$/

/**
 * A file that appears under its name complete or not at all.
 *
 * Bytes go to `.<name>.<pid>.tmp` in the same folder; `seal` syncs it and `publish` gives it its name. Unless published by the
 * end of the scope it is removed. Temporary files of dead processes are removed when their name is opened again, and in a folder of results
 * when any is. Takes no place of a file that the run has read, and in a folder of results of none that somebody else left there.
 * Synchronous; `append` throws what the file system throws.
 */
export class WholeFile {
  readonly target: Target
  readonly #root: string
  readonly #temporary: string
  readonly #claim: string
  readonly #run: Pick<Run["Service"], "inputs" | "own">
  readonly #hash = crypto.createHash("sha256")
  #descriptor: number | undefined
  #bytes = 0
  #published = false

  private constructor(target: Target, file: string, run: Run["Service"]) {
    this.target = target
    this.#root = run.folder
    this.#run = run
    this.#claim = file
    this.#temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`)
  }

  /** Opens a temporary file for `target.path`, which is relative to the run folder. */
  static readonly open = (target: Target): Effect.Effect<WholeFile, SinkError, Run | Scope.Scope> =>
    Effect.flatMap(Run, (run) =>
      Effect.flatMap(resolveInside(target, run.folder), (file) =>
        Effect.acquireRelease(
          Effect.suspend(() => {
            if (inUse.has(file)) {
              return Effect.fail(badPath(target, "a path another sink is writing", "one sink for one path"))
            }
            if (run.inputs.has(file)) return Effect.fail(replacesInput(target, file))
            inUse.add(file)
            const whole = new WholeFile(target, file, run)
            return Effect.try({ try: () => whole.#open(), catch: (cause) => cannotWrite(target, cause) }).pipe(
              Effect.tapError(() => Effect.sync(() => whole.#discard())),
              Effect.as(whole)
            )
          }),
          (whole) => Effect.sync(() => whole.#discard())
        )
      )
    )

  /** Bytes appended so far. */
  get bytes(): number {
    return this.#bytes
  }

  append(bytes: Uint8Array): void {
    let written = 0
    while (written < bytes.length) written += fs.writeSync(this.#descriptor!, bytes, written)
    this.#hash.update(bytes)
    this.#bytes += bytes.length
  }

  /** Puts all bytes on the disk; nothing can be appended afterwards. */
  seal(): void {
    fs.fsyncSync(this.#descriptor!)
    fs.closeSync(this.#descriptor!)
    this.#descriptor = undefined
  }

  /**
   * Gives the sealed file a name in the folder it is in; the name it was opened under when none is said. Throws where a file of that name is one that
   * the run has read, or somebody else's.
   */
  publish(rows: number, name: string = path.basename(this.#claim)): WrittenFile {
    const file = path.join(path.dirname(this.#claim), name)
    const { inputs, own } = this.#run
    if (inputs.has(file)) throw replacesInput(this.target, file)
    if (own?.mayReplace(file) === false) throw replacesForeign(this.target, file)
    own?.add(file)
    fs.renameSync(this.#temporary, file)
    this.#published = true
    return {
      path: path.relative(this.#root, file).split(path.sep).join("/"),
      rows,
      bytes: this.#bytes,
      sha256: this.#hash.digest("hex")
    }
  }

  /** The folder the file is in, as an absolute path. */
  get folder(): string {
    return path.dirname(this.#claim)
  }

  #open(): void {
    const folder = path.dirname(this.#claim)
    ensureFolder(folder)
    if (fs.statSync(this.#claim, { throwIfNoEntry: false })?.isDirectory() === true) {
      throw badPath(this.target, "a folder of that name", "a path for a file")
    }
    removeAbandoned(folder, (name) => name === path.basename(this.#claim))
    const { own } = this.#run
    const homes = own === null ? [] : [own.folder, path.join(own.folder, "data")]
    for (const home of homes.filter(isFolder)) removeAbandoned(home, (name) => resultName.test(name))
    this.#descriptor = fs.openSync(this.#temporary, "w")
  }

  /** Never throws: it runs when something else has already gone wrong. */
  #discard(): void {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor !== undefined) attempt(() => fs.closeSync(descriptor))
    if (!this.#published) attempt(() => fs.rmSync(this.#temporary, { force: true }))
    inUse.delete(this.#claim)
  }
}

/** Resolves a path given to a sink; fails when it leaves the run folder or is that folder. */
export const resolveInside = (target: Target, folder: string): Effect.Effect<string, SinkError> => {
  const root = path.resolve(folder)
  const file = path.resolve(root, target.path)
  const inside = path.relative(root, file)
  return inside === "" || inside === ".." || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside)
    ? Effect.fail(badPath(target, `"${file}"`, `a path inside the output folder "${root}"`))
    : Effect.succeed(file)
}

/** Removes temporary files that no running process is writing, of those final names that `wanted` accepts. */
export const removeAbandoned = (folder: string, wanted: (name: string) => boolean): void => {
  for (const entry of fs.readdirSync(folder)) {
    const [, name = "", pid = ""] = temporaryName.exec(entry) ?? []
    if (name === "" || !wanted(name)) continue
    // Process ids come again (a container starts at 1), so a file of our own id may be older than we are.
    const isDead = Number(pid) === process.pid ? !inUse.has(path.join(folder, name)) : !isAlive(Number(pid))
    if (isDead) fs.rmSync(path.join(folder, entry), { force: true })
  }
}

/** Makes the names in a folder survive a power cut; does nothing where a folder cannot be synced. */
export const syncFolder = (folder: string): void => {
  const descriptor = attempt(() => fs.openSync(folder, "r"))
  if (descriptor === undefined) return
  attempt(() => fs.fsyncSync(descriptor))
  fs.closeSync(descriptor)
}

const isAlive = (pid: number): boolean => attempt(() => process.kill(pid, 0)) === true

const attempt = <A>(action: () => A): A | undefined => Option.getOrUndefined(Option.liftThrowable(action)())
