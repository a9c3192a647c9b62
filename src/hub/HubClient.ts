import * as fs from "node:fs"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { HubError } from "./HubError.ts"
import { type HubReply, openTransport } from "./HubTransport.ts"
import type { LfsAction, LfsObject } from "./LfsObject.ts"
import type { HubFile, PushFile } from "./PushFile.ts"
import { refusal } from "./refusal.ts"
import { sendLargeFile } from "./sendLargeFile.ts"

/** A data set on a hub. */
export interface HubOptions {
  /** Such as `https://huggingface.co`, without a slash at the end. */
  readonly endpoint: string
  /** `owner/name`. */
  readonly repository: string
  /** A branch. */
  readonly revision: string
  /** Null asks as nobody, which is enough to look at what is public. */
  readonly token: string | null
  /** Where the token came from, for messages. */
  readonly tokenVariable: string
  /** Told what went wrong before each wait for another try, and null when an answer is there. */
  readonly onWait?: (trouble: string | null) => void
}

/** What is there: nothing, a repository without the branch, or a branch at a commit. */
export type HubState =
  | { readonly kind: "noRepository" }
  | { readonly kind: "noRevision" }
  | { readonly kind: "commit"; readonly oid: string; readonly isPrivate: boolean }

/** What to commit on top of which commit. */
export interface HubCommit {
  readonly parent: string
  readonly message: string
  /** Files kept in git as they are. */
  readonly regular: ReadonlyArray<PushFile>
  /** Files whose bytes are in the storage for large files already. */
  readonly large: ReadonlyArray<PushFile>
  readonly remove: ReadonlyArray<string>
}

/**
 * One data set of a Hugging Face hub, over its HTTP API.
 *
 * Every call is tried again as `openTransport` says and fails with `HubError`. The token goes to the endpoint alone, never to the
 * storage, and into no message. Only what changes a branch or makes something new can be seen by others.
 *
 * Source: the calls are those of huggingface_hub, `src/huggingface_hub/hf_api.py`, `_commit_api.py` and `lfs.py`, and of
 * huggingface.js, `packages/hub/src/lib/commit.ts`, both as of August 2026; large files go the way of Git LFS,
 * https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md
 */
export class HubClient extends Context.Service<
  HubClient,
  {
    readonly options: HubOptions
    /** Where people see the data set. */
    readonly page: string
    readonly look: Effect.Effect<HubState, HubError>
    /** Makes the repository; one that is there already is no error. */
    readonly create: (isPrivate: boolean) => Effect.Effect<void, HubError>
    /** Makes the branch from `main`; one that is there already is no error. */
    readonly createBranch: Effect.Effect<void, HubError>
    /** All files at a commit or branch. */
    readonly list: (revision: string) => Effect.Effect<ReadonlyArray<HubFile>, HubError>
    /** Sorts files into those kept in git, those for the storage, and those that the repository's .gitignore leaves out. */
    readonly sort: (files: ReadonlyArray<PushFile>) => Effect.Effect<ReadonlyMap<string, UploadMode>, HubError>
    /** Asks how to send large files; one that the storage has needs no action. */
    readonly ask: (files: ReadonlyArray<PushFile>) => Effect.Effect<ReadonlyMap<string, LfsObject>, HubError>
    /** Sends the bytes of a large file; `onBytes` gets what went out, and less than 0 where a try is taken back. */
    readonly upload: (file: PushFile, object: LfsObject, onBytes: (n: number) => void) => Effect.Effect<void, HubError>
    /** Gives the new commit. Fails with `conflict` where the branch is no longer at the parent. */
    readonly commit: (commit: HubCommit) => Effect.Effect<string, HubError>
  }
>()("prefloom/HubClient") {
  static readonly layer = (options: HubOptions) => Layer.effect(HubClient, make(options))
}

/** How the hub wants a file. */
export type UploadMode = "regular" | "lfs" | "ignored"

const filesPerSort = 256

const make = Effect.fnUntraced(function* (options: HubOptions) {
  const { endpoint, repository, revision, token } = options
  const transport = yield* openTransport(options.onWait ?? (() => {}))
  const api = `${endpoint}/api/datasets/${repository}`
  const authorization: Readonly<Record<string, string>> = token === null ? {} : { authorization: `Bearer ${token}` }
  const json = { ...authorization, "content-type": "application/json" }
  const lfs = { accept: "application/vnd.git-lfs+json", "content-type": "application/vnd.git-lfs+json" }

  const get = (action: string, url: string) => transport.send({ method: "GET", url, headers: authorization, action })
  const post = (action: string, url: string, body: unknown, headers: Readonly<Record<string, string>> = json) =>
    transport.send({ method: "POST", url, headers, body: JSON.stringify(body), action })
  const failed = (action: string, reply: HubReply) => refusal(options, action, reply)
  const malformed = (action: string, found: string, wanted: string) =>
    new HubError({
      reason: "malformed",
      action,
      found,
      wanted,
      remedy: `see whether ${endpoint} is a Hugging Face hub`
    })
  const parsed = (action: string, reply: HubReply): Effect.Effect<any, HubError> =>
    isFine(reply)
      ? Effect.try({
          try: () => JSON.parse(reply.text) as unknown,
          catch: () => malformed(action, "an answer that is no JSON", "JSON")
        })
      : Effect.fail(failed(action, reply))

  const look: Effect.Effect<HubState, HubError> = Effect.gen(function* () {
    const action = `look at "${repository}"`
    const reply = yield* get(action, `${api}/revision/${encodeURIComponent(revision)}`)
    const code = reply.header("x-error-code")
    if (reply.status === 404 && code === "RevisionNotFound") return { kind: "noRevision" }
    // To nobody the hub does not tell whether a repository is absent or private.
    if (reply.status === 404 || (reply.status === 401 && token === null)) return { kind: "noRepository" }
    const state = yield* parsed(action, reply)
    if (typeof state?.sha !== "string") return yield* malformed(action, "no commit", "the commit of the branch")
    return { kind: "commit", oid: state.sha, isPrivate: state.private === true }
  })

  const create = Effect.fnUntraced(function* (isPrivate: boolean) {
    const action = `create "${repository}"`
    const [organization, name] = repository.split("/")
    const reply = yield* post(action, `${endpoint}/api/repos/create`, {
      type: "dataset",
      name,
      organization,
      ...(isPrivate ? { visibility: "private" } : {})
    })
    if (!isFine(reply) && reply.status !== 409) return yield* failed(action, reply)
  })

  const createBranch = Effect.gen(function* () {
    const action = `create branch "${revision}" of "${repository}"`
    const reply = yield* post(action, `${api}/branch/${encodeURIComponent(revision)}`, {})
    if (!isFine(reply) && reply.status !== 409) return yield* failed(action, reply)
  })

  const list = Effect.fnUntraced(function* (at: string): Effect.fn.Return<ReadonlyArray<HubFile>, HubError> {
    const action = `list "${repository}"`
    const files: Array<HubFile> = []
    let url: string | null = `${api}/tree/${encodeURIComponent(at)}?recursive=true&expand=false`
    while (url !== null) {
      const reply: HubReply = yield* get(action, url)
      const entries = yield* parsed(action, reply)
      if (!Array.isArray(entries)) return yield* malformed(action, "no list", "a list of files")
      for (const entry of entries) {
        if (entry.type !== "file") continue
        files.push({ path: entry.path, bytes: entry.size, gitOid: entry.oid, sha256: entry.lfs?.oid ?? null })
      }
      const next = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(reply.header("link") ?? "")?.[1]
      url = next === undefined ? null : new URL(next, url).href
      if (url !== null && new URL(url).origin !== new URL(endpoint).origin) {
        return yield* malformed(action, `a next page at ${new URL(url).origin}`, `one at ${endpoint}`)
      }
    }
    return files
  })

  const sort = Effect.fnUntraced(function* (files: ReadonlyArray<PushFile>) {
    const action = `ask "${repository}" how it wants the files`
    const modes = new Map<string, UploadMode>()
    for (let i = 0; i < files.length; i += filesPerSort) {
      const some = files.slice(i, i + filesPerSort)
      const samples = yield* Effect.forEach(some, (file) => Effect.sync(() => sampleOf(file)))
      const answer = yield* parsed(
        action,
        yield* post(action, `${api}/preupload/${encodeURIComponent(revision)}`, {
          files: some.map((file, at) => ({ path: file.path, size: file.bytes, sample: samples[at] }))
        })
      )
      const told = new Map<string, any>((answer?.files ?? []).map((one: any) => [one.path, one]))
      for (const { bytes, path } of some) {
        const one = told.get(path)
        if (one?.uploadMode !== "regular" && one?.uploadMode !== "lfs") {
          return yield* malformed(action, `no mode for "${path}"`, '"regular" or "lfs"')
        }
        // The storage takes no empty file.
        modes.set(
          path,
          one.shouldIgnore === true ? "ignored" : bytes === 0 ? "regular" : (one.uploadMode as UploadMode)
        )
      }
    }
    return modes
  })

  const ask = Effect.fnUntraced(function* (files: ReadonlyArray<PushFile>) {
    const action = `ask "${repository}" where to send large files`
    const reply = yield* post(
      action,
      `${endpoint}/datasets/${repository}.git/info/lfs/objects/batch`,
      {
        operation: "upload",
        transfers: ["basic", "multipart"],
        hash_algo: "sha256",
        ref: { name: revision },
        objects: files.map(({ bytes, sha256 }) => ({ oid: sha256, size: bytes }))
      },
      { ...authorization, ...lfs }
    )
    const answer = yield* parsed(action, reply)
    const objects = new Map<string, LfsObject>((answer?.objects ?? []).map((one: LfsObject) => [one.oid, one]))
    for (const { path, sha256 } of files) {
      const object = objects.get(sha256)
      if (object === undefined) return yield* malformed(action, `no answer for "${path}"`, "one for each file")
      if (object.error !== undefined) {
        const { code, message } = object.error
        return yield* failed(`send "${path}"`, { status: code, header: () => undefined, text: message })
      }
    }
    return objects
  })

  const verify = Effect.fnUntraced(function* (file: PushFile, { header, href }: LfsAction) {
    const action = `have "${file.path}" checked`
    const own = new URL(href).origin === new URL(endpoint).origin ? json : { "content-type": "application/json" }
    const reply = yield* post(action, href, { oid: file.sha256, size: file.bytes }, { ...own, ...header })
    // Not "refused": asked again, the storage would say that it has the object.
    if (!isFine(reply)) return yield* malformed(action, `status ${reply.status}`, "the size and checksum of the file")
  })

  return HubClient.of({
    options,
    page: `${endpoint}/datasets/${repository}`,
    look,
    create,
    createBranch,
    list,
    sort,
    ask,
    upload: (file, { actions }, onBytes) =>
      Effect.gen(function* () {
        if (actions?.upload === undefined) return
        yield* sendLargeFile(transport, file, actions.upload, onBytes)
        if (actions.verify !== undefined) yield* verify(file, actions.verify)
      }),
    commit: Effect.fnUntraced(function* ({ large, message, parent, regular, remove }: HubCommit) {
      const action = `commit to "${repository}"`
      const lines = [
        { key: "header", value: { summary: message, description: "", parentCommit: parent } },
        ...regular.map(({ file, path }) => ({
          key: "file",
          value: { path, encoding: "base64", content: fs.readFileSync(file, "base64") }
        })),
        ...large.map(({ bytes, path, sha256 }) => ({
          key: "lfsFile",
          value: { path, algo: "sha256", oid: sha256, size: bytes }
        })),
        ...remove.map((path) => ({ key: "deletedFile", value: { path } }))
      ]
      const reply = yield* transport.send({
        method: "POST",
        url: `${api}/commit/${encodeURIComponent(revision)}`,
        headers: { ...authorization, "content-type": "application/x-ndjson" },
        body: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
        action
      })
      const answer = yield* parsed(action, reply)
      return typeof answer?.commitOid === "string"
        ? answer.commitOid
        : yield* malformed(action, "no commit", "the commit that was made")
    })
  })
})

const isFine = ({ status }: HubReply): boolean => status >= 200 && status <= 299

/** The first 512 bytes, by which the hub tells text from binary files. */
const sampleOf = ({ file }: PushFile): string => {
  const descriptor = fs.openSync(file, "r")
  const bytes = Buffer.alloc(512)
  const n = fs.readSync(descriptor, bytes, 0, 512, 0)
  fs.closeSync(descriptor)
  return bytes.subarray(0, n).toString("base64")
}
