import * as Effect from "effect/Effect"
import { HubClient } from "./HubClient.ts"
import { HubError } from "./HubError.ts"
import type { PushFile } from "./PushFile.ts"
import { pushPlan } from "./pushPlan.ts"
import type { PushProgress } from "./PushProgress.ts"

/** What to push and how. */
export interface PushRequest {
  readonly files: ReadonlyArray<PushFile>
  /** The repository is to be seen by its owner alone: made so, or refused where it is public. */
  readonly isPrivate: boolean
  readonly message: string
}

/** What a push came to. */
export interface PushOutcome {
  /** The commit that holds the files; made by this push unless `sent` and `removed` are empty. */
  readonly commit: string
  readonly created: boolean
  readonly sent: ReadonlyArray<PushFile>
  /** Those of `sent` whose bytes the storage had already, from a push that was broken off. */
  readonly stored: ReadonlyArray<PushFile>
  readonly there: ReadonlyArray<PushFile>
  readonly removed: ReadonlyArray<string>
  /** Left out, because the repository's .gitignore says so. */
  readonly ignored: ReadonlyArray<string>
}

const mostRounds = 5
const filesPerGroup = 100
const bytesPerGroup = 2e9

/**
 * Brings files to a data set on the hub, in one commit.
 *
 * What is there under the same name and checksum is left alone, and bytes that a broken-off push has brought to the storage are not
 * sent again: running it again goes on file by file. Readers see nothing before the commit, which stands on the commit that was
 * looked at: when somebody else was faster, or the answer to a commit was lost, it looks again. In the end the files of the new
 * commit are compared with those of the folder. Makes repository and branch where they are absent.
 */
export const pushFolder = Effect.fnUntraced(function* (
  request: PushRequest,
  progress: PushProgress
): Effect.fn.Return<PushOutcome, HubError, HubClient> {
  const hub = yield* HubClient
  const { repository } = hub.options
  let created = false
  const before = yield* hub.look
  if (before.kind === "noRepository") {
    yield* hub.create(request.isPrivate)
    created = true
  }
  if ((before.kind === "noRepository" ? yield* hub.look : before).kind === "noRevision") yield* hub.createBranch
  const sent = new Map<string, PushFile>()
  const stored = new Map<string, PushFile>()
  let removed: ReadonlyArray<string> = []
  for (let round = 1; ; round++) {
    const state = yield* hub.look
    if (state.kind !== "commit") return yield* absent(repository)
    if (request.isPrivate && !state.isPrivate) return yield* isPublic(repository)
    const { remove, send, there } = pushPlan(request.files, yield* hub.list(state.oid))
    const modes = send.length === 0 ? new Map<string, string>() : yield* hub.sort(send)
    const wanted = send.filter(({ path }) => modes.get(path) !== "ignored")
    const ignored = send.flatMap(({ path }) => (modes.get(path) === "ignored" ? [path] : []))
    const outcome = { created, stored: [...stored.values()], ignored }
    if (wanted.length === 0 && remove.length === 0) {
      const untouched = there.filter(({ path }) => !sent.has(path))
      return { ...outcome, commit: state.oid, sent: [...sent.values()], there: untouched, removed }
    }
    const large = wanted.filter(({ path }) => modes.get(path) === "lfs")
    for (const file of yield* uploadAll(large, progress)) if (!sent.has(file.path)) stored.set(file.path, file)
    for (const file of wanted) sent.set(file.path, file)
    removed = remove
    Object.assign(progress, { what: "Committing", path: null })
    const regular = wanted.filter(({ path }) => modes.get(path) === "regular")
    const made = yield* Effect.result(
      hub.commit({ parent: state.oid, message: request.message, regular, large, remove })
    )
    if (made._tag === "Success") {
      yield* compare(repository, wanted, yield* hub.list(made.success))
      return {
        ...outcome,
        stored: [...stored.values()],
        commit: made.success,
        sent: [...sent.values()],
        there,
        removed
      }
    }
    if (made.failure.reason !== "conflict" || round === mostRounds) return yield* made.failure
    yield* Effect.sleep(250 * round)
  }
})

/** Sends what the storage lacks, one file after the other, so that a broken-off push leaves whole files. Gives those it has. */
const uploadAll = Effect.fnUntraced(function* (
  files: ReadonlyArray<PushFile>,
  progress: PushProgress
): Effect.fn.Return<ReadonlyArray<PushFile>, HubError, HubClient> {
  const hub = yield* HubClient
  const stored: Array<PushFile> = []
  /** Equal files are one object. */
  const sent = new Set<string>()
  Object.assign(progress, { what: "Sending", bytes: 0, totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0) })
  const onBytes = (n: number) => (progress.bytes += n)
  for (const group of groupsOf(files)) {
    const objects = yield* hub.ask(group)
    for (const file of group) {
      const object = objects.get(file.sha256)!
      progress.path = file.path
      if (object.actions?.upload === undefined || sent.has(file.sha256)) {
        if (!sent.has(file.sha256)) stored.push(file)
        onBytes(file.bytes)
        continue
      }
      sent.add(file.sha256)
      const doneBefore = progress.bytes
      yield* hub.upload(file, object, onBytes).pipe(
        // An address may have expired while the files before it were sent.
        Effect.catchIf(
          ({ reason }) => reason === "refused",
          () =>
            Effect.flatMap(hub.ask([file]), (again) => {
              progress.bytes = doneBefore
              return hub.upload(file, again.get(file.sha256)!, onBytes)
            })
        )
      )
    }
  }
  return stored
})

/** Files that are asked about together: few enough that the addresses are still good when they are used. */
const groupsOf = (files: ReadonlyArray<PushFile>): ReadonlyArray<ReadonlyArray<PushFile>> => {
  const groups: Array<Array<PushFile>> = []
  let nBytes = 0
  for (const file of files) {
    const group = groups.at(-1)
    if (group === undefined || group.length >= filesPerGroup || nBytes + file.bytes > bytesPerGroup) {
      groups.push([file])
      nBytes = file.bytes
      continue
    }
    group.push(file)
    nBytes += file.bytes
  }
  return groups
}

const compare = (
  repository: string,
  wanted: ReadonlyArray<PushFile>,
  found: Parameters<typeof pushPlan>[1]
): Effect.Effect<void, HubError> => {
  const [wrong] = pushPlan(wanted, found).send
  return wrong === undefined
    ? Effect.void
    : Effect.fail(
        new HubError({
          reason: "malformed",
          action: `push to "${repository}"`,
          found: `other bytes in "${wrong.path}" of the new commit`,
          wanted: `SHA-256 ${wrong.sha256}, ${wrong.bytes} bytes`,
          remedy: "run the same command again"
        })
      )
}

const absent = (repository: string): HubError =>
  new HubError({
    reason: "notFound",
    action: `push to "${repository}"`,
    found: "nothing where the repository and branch were just made",
    wanted: "a branch with a commit",
    remedy: "run the same command again in a minute"
  })

const isPublic = (repository: string): HubError =>
  new HubError({
    reason: "refused",
    action: `push to "${repository}"`,
    found: "a public data set",
    wanted: "a private one, as --private asks",
    remedy: "make it private in its settings, name another, or leave out --private"
  })
