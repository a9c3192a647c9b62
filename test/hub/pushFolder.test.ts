import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { HubClient } from "../../src/hub/HubClient.ts"
import type { HubError } from "../../src/hub/HubError.ts"
import { pushFolder } from "../../src/hub/pushFolder.ts"
import { makePushProgress } from "../../src/hub/PushProgress.ts"
import { readPushFiles } from "../../src/hub/readPushFiles.ts"
import { besideData, binary, finishedRun } from "./finishedRun.ts"
import { goodToken, HubServer, type HubServerOptions, readToken } from "./HubServer.ts"

const repository = "me/pairs"

const train = "data/train-00000-of-00002.parquet"
const more = "data/train-00001-of-00002.parquet"
const data = { [train]: binary("a", 70_000), [more]: binary("b", 50_000) }

const serving = (options: HubServerOptions = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => HubServer.start(options)),
    (server) => Effect.promise(() => server.close())
  )

const folderOf = (files: Readonly<Record<string, Buffer>>) =>
  Effect.acquireRelease(
    Effect.sync(() => finishedRun(files)),
    ({ remove }) => Effect.sync(remove)
  ).pipe(Effect.map(({ folder }) => folder))

interface Options {
  readonly token?: string
  readonly revision?: string
  readonly isPrivate?: boolean
  readonly to?: string
}

const pushing = (
  server: HubServer,
  folder: string,
  { isPrivate = false, revision = "main", to = repository, token = goodToken }: Options = {}
) => {
  const progress = makePushProgress()
  const troubles: Array<string | null> = []
  return readPushFiles(folder, progress).pipe(
    Effect.flatMap(({ files }) => pushFolder({ files, isPrivate, message: "Upload first" }, progress)),
    Effect.map((outcome) => ({ ...outcome, progress, troubles })),
    Effect.provide(
      HubClient.layer({
        endpoint: server.origin,
        repository: to,
        revision,
        token,
        tokenVariable: "HF_TOKEN",
        onWait: (trouble) => troubles.push(trouble)
      })
    )
  )
}

const pathsOf = (files: ReadonlyArray<{ readonly path: string }>) => files.map((file) => file.path).toSorted()

/** Fails unless the branch holds the folder's files and nothing else but what the hub made. */
const assertHolds = (server: HubServer, folder: string, names: ReadonlyArray<string>, branch = "main") => {
  const held = server.filesOf(repository, branch)
  assert.deepStrictEqual([...held.keys()].toSorted(), [".gitattributes", ...names, ...besideData].toSorted())
  for (const name of names) {
    const bytes = fs.readFileSync(path.join(folder, name))
    assert.strictEqual(held.get(name)!.size, bytes.length)
    assert.strictEqual(held.get(name)!.isLarge, true)
  }
  for (const name of besideData)
    assert.strictEqual(held.get(name)!.text, fs.readFileSync(path.join(folder, name), "utf8"))
}

describe("pushFolder", () => {
  it.live("pushFolder makes the repository and sends every file in one commit", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      const folder = yield* folderOf(data)
      const outcome = yield* pushing(server, folder)
      assert.isTrue(outcome.created)
      assert.deepStrictEqual(pathsOf(outcome.sent), [train, more, ...besideData].toSorted())
      assertHolds(server, folder, [train, more])
      assert.strictEqual(server.commitsOf(repository).length, 2)
      assert.strictEqual(server.commitsOf(repository)[1]!.message, "Upload first")
      assert.strictEqual(outcome.commit, server.commitsOf(repository)[1]!.oid)
      assert.strictEqual(outcome.progress.bytes, 120_000)
      assert.strictEqual(server.countOf("verify"), 2)
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder sends large files in parts, with a length and without the token", () =>
    Effect.gen(function* () {
      const server = yield* serving({ chunkBytes: 16_000 })
      const folder = yield* folderOf(data)
      yield* pushing(server, folder)
      assertHolds(server, folder, [train, more])
      assert.strictEqual(server.countOf("part"), Math.ceil(70_000 / 16_000) + Math.ceil(50_000 / 16_000))
      assert.strictEqual(server.countOf("complete"), 2)
      assert.isTrue(server.lengths.every((length) => length > 0 && length <= 16_000))
      for (const { authorization, call } of server.seen) {
        if (call === "part" || call === "complete") assert.isUndefined(authorization, call)
        else assert.isDefined(authorization, call)
      }
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder sends nothing and commits nothing where everything is there", () =>
    Effect.gen(function* () {
      const server = yield* serving({ pageEntries: 2 })
      const folder = yield* folderOf(data)
      const first = yield* pushing(server, folder)
      const again = yield* pushing(server, folder)
      assert.deepStrictEqual(again.sent, [])
      assert.strictEqual(again.commit, first.commit)
      assert.strictEqual(again.there.length, 2 + besideData.length)
      assert.strictEqual(server.commitsOf(repository).length, 2)
      assert.strictEqual(server.storageBytes - jsonBytes(server), 120_000)
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder replaces what changed and removes shards that are no longer there, but no other file", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      yield* pushing(server, yield* folderOf({ ...data, "other/test-00000-of-00001.parquet": binary("o", 900) }))
      server.put(repository, "main", { LICENSE: "by hand", "elsewhere/train-00000-of-00009.parquet": "by hand" })
      const only = "data/train-00000-of-00001.parquet"
      const folder = yield* folderOf({ [only]: binary("c", 60_000) })
      const outcome = yield* pushing(server, folder)
      assert.deepStrictEqual([...outcome.removed].toSorted(), [train, more])
      const held = [...server.filesOf(repository).keys()]
      assert.includeMembers(held, [
        only,
        "LICENSE",
        "elsewhere/train-00000-of-00009.parquet",
        "other/test-00000-of-00001.parquet"
      ])
      assert.notIncludeMembers(held, [train])
      assert.deepStrictEqual(pathsOf(outcome.sent), [only, "manifest.json"].toSorted())
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder goes on where a push was broken off: stored files are not sent again", () =>
    Effect.gen(function* () {
      let isDown = true
      const server = yield* serving({
        plan: ({ call, nth }) =>
          isDown && call === "put" && nth >= 1 ? { kind: "status", status: 403, text: "signature expired" } : undefined
      })
      const folder = yield* folderOf(data)
      const error = yield* Effect.flip(pushing(server, folder))
      assert.strictEqual(error.reason, "refused")
      assert.deepStrictEqual([...server.filesOf(repository).keys()], [".gitattributes"])
      assert.strictEqual(server.objects.size, 1)
      isDown = false
      const puts = server.seen.length
      const outcome = yield* pushing(server, folder)
      assert.deepStrictEqual(pathsOf(outcome.stored), [train])
      assert.strictEqual(server.seen.slice(puts).filter(({ call }) => call === "put").length, 1)
      assertHolds(server, folder, [train, more])
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder asks for a new address where one has expired", () =>
    Effect.gen(function* () {
      const server = yield* serving({
        plan: ({ call, nth }) => (call === "put" && nth === 1 ? { kind: "status", status: 403 } : undefined)
      })
      const folder = yield* folderOf(data)
      yield* pushing(server, folder)
      assertHolds(server, folder, [train, more])
      assert.strictEqual(server.countOf("batch"), 2)
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder sends again after 429, 5xx and dropped connections, whole or in the middle", () =>
    Effect.gen(function* () {
      const busy = { kind: "status", status: 429, headers: { "retry-after": "0" } } as const
      const down = { kind: "status", status: 503, headers: { "retry-after": "0" } } as const
      const server = yield* serving({
        chunkBytes: 30_000,
        plan: ({ call, nth }) => {
          if (call === "part" && nth === 1) return { kind: "drop", afterBytes: 10_000 }
          if (call === "tree" && nth === 0) return { kind: "drop" }
          if (nth < 2 && ["create", "preupload", "batch", "commit"].includes(call)) return nth === 0 ? busy : down
          return call === "part" && nth === 0 ? down : undefined
        }
      })
      const folder = yield* folderOf(data)
      const { progress, troubles } = yield* pushing(server, folder)
      assertHolds(server, folder, [train, more])
      assert.strictEqual(server.commitsOf(repository).length, 2)
      assert.strictEqual(progress.bytes, 120_000)
      assert.includeMembers(troubles, ["status 429 in try 1 of 8", "status 503 in try 2 of 8", null])
      assert.isNull(troubles.at(-1))
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder commits once when the answer to the commit is lost", () =>
    Effect.gen(function* () {
      const server = yield* serving({
        plan: ({ call, nth }) => (call === "commit" && nth === 0 ? { kind: "drop", late: true } : undefined)
      })
      const folder = yield* folderOf(data)
      const outcome = yield* pushing(server, folder)
      assertHolds(server, folder, [train, more])
      assert.strictEqual(server.commitsOf(repository).length, 2)
      assert.strictEqual(outcome.commit, server.commitsOf(repository)[1]!.oid)
      assert.strictEqual(outcome.sent.length, 2 + besideData.length)
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder looks again when somebody commits in between", () =>
    Effect.gen(function* () {
      const holder: { server?: HubServer } = {}
      const server = yield* serving({
        plan: ({ call, nth }) => {
          if (call === "commit" && nth === 0) holder.server!.put(repository, "main", { LICENSE: "by hand" })
          return undefined
        }
      })
      holder.server = server
      const outcome = yield* pushing(server, yield* folderOf(data))
      assert.strictEqual(server.filesOf(repository).get("LICENSE")!.text, "by hand")
      assert.strictEqual(server.commitsOf(repository).length, 3)
      assert.strictEqual(outcome.sent.length, 2 + besideData.length)
      assert.strictEqual(server.countOf("put"), 2)
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder gives up on a branch that others change all the time", () =>
    Effect.gen(function* () {
      const server = yield* serving({
        plan: ({ call }) => (call === "commit" ? { kind: "status", status: 409 } : undefined)
      })
      const error = yield* Effect.flip(pushing(server, yield* folderOf(data)))
      assert.strictEqual(error.reason, "conflict")
      assert.strictEqual(server.countOf("commit"), 5)
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder commits to a branch of its own", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      server.make(repository)
      const folder = yield* folderOf(data)
      const outcome = yield* pushing(server, folder, { revision: "feature/v2" })
      assert.isFalse(outcome.created)
      assertHolds(server, folder, [train, more], "feature/v2")
      assert.deepStrictEqual([...server.filesOf(repository).keys()], [".gitattributes"])
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder makes a private repository, and sends nothing to a public one in its place", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      const folder = yield* folderOf(data)
      yield* pushing(server, folder, { isPrivate: true })
      assert.isTrue(server.repositories.get(repository)!.isPrivate)
      server.make("me/open")
      const before = server.storageBytes
      const error = yield* Effect.flip(pushing(server, folder, { isPrivate: true, to: "me/open" }))
      assert.include(error.message, "found a public data set, expected a private one")
      assert.strictEqual(server.storageBytes, before)
      assert.strictEqual(server.commitsOf("me/open").length, 1)
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder leaves out what the repository ignores", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      const outcome = yield* pushing(server, yield* folderOf({ ...data, "ignored.txt": Buffer.from("x") }))
      assert.deepStrictEqual(outcome.ignored, ["ignored.txt"])
      assert.isFalse(server.filesOf(repository).has("ignored.txt"))
    }).pipe(Effect.scoped)
  )

  it.live("pushFolder keeps an empty file and equal files", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      const twice = {
        "data/train-00000-of-00001.parquet": binary("t", 5000),
        "other/train-00000-of-00001.parquet": binary("t", 5000)
      }
      yield* pushing(server, yield* folderOf({ ...twice, "data/empty.parquet": Buffer.alloc(0) }))
      assert.strictEqual(server.countOf("put"), 1)
      assert.strictEqual(server.filesOf(repository).get("data/empty.parquet")!.size, 0)
      assert.strictEqual(server.filesOf(repository).get("other/train-00000-of-00001.parquet")!.size, 5000)
    }).pipe(Effect.scoped)
  )

  const refusals: ReadonlyArray<
    readonly [what: string, options: Options, server: HubServerOptions, reason: HubError["reason"]]
  > = [
    ["a token that the hub does not know", { token: "hf_wrongTokenForTests" }, {}, "badToken"],
    ["a token that may only read", { token: readToken }, {}, "forbidden"],
    ["an owner that the token may not write for", { to: "somebody/pairs" }, {}, "forbidden"],
    [
      "a lost repository",
      {},
      { plan: ({ call }) => (call === "preupload" ? { kind: "status", status: 404 } : undefined) },
      "notFound"
    ],
    [
      "a repository that was moved",
      {},
      {
        plan: ({ call }) =>
          call === "preupload"
            ? { kind: "status", status: 307, headers: { location: "/elsewhere?signature=secretSignature" } }
            : undefined
      },
      "notFound"
    ],
    [
      "a part without an ETag",
      {},
      { chunkBytes: 9000, plan: ({ call }) => (call === "part" ? { kind: "etag", value: "" } : undefined) },
      "malformed"
    ],
    [
      "a part with another ETag",
      {},
      { chunkBytes: 9000, plan: ({ call }) => (call === "part" ? { kind: "etag", value: '"0"' } : undefined) },
      "refused"
    ],
    [
      "a storage that got another size",
      {},
      { plan: ({ call }) => (call === "verify" ? { kind: "status", status: 422 } : undefined) },
      "malformed"
    ],
    [
      "a hub that asks to wait for an hour",
      {},
      {
        plan: ({ call }) =>
          call === "commit" ? { kind: "status", status: 429, headers: { "retry-after": "3600" } } : undefined
      },
      "unavailable"
    ],
    ["a server that is no hub", {}, { plan: () => ({ kind: "status", status: 200, text: "<html>" }) }, "malformed"]
  ]
  for (const [what, options, served, reason] of refusals) {
    it.live(`pushFolder names ${what}, and neither token nor signature, and commits nothing`, () =>
      Effect.gen(function* () {
        const server = yield* serving(served)
        const error = yield* Effect.flip(pushing(server, yield* folderOf(data), options))
        assert.strictEqual(error.reason, reason)
        assert.match(error.message, /^Cannot .+: found .+, expected .+; /)
        assert.notMatch(JSON.stringify(error) + error.message, /TokenForTests|secretSignature/)
        for (const name of server.repositories.keys()) assert.strictEqual(server.commitsOf(name).length, 1)
      }).pipe(Effect.scoped)
    )
  }

  it.live("pushFolder notices a commit that does not hold what was sent", () =>
    Effect.gen(function* () {
      const server = yield* serving({
        plan: ({ call, nth }) =>
          call === "tree" && nth === 1 ? { kind: "status", status: 200, text: "[]" } : undefined
      })
      const error = yield* Effect.flip(pushing(server, yield* folderOf(data)))
      assert.match(error.message, /found other bytes in "data\/train-00000-of-00002.parquet" of the new commit/)
    }).pipe(Effect.scoped)
  )
})

/** Bytes of the small JSON bodies that the storage gets with each file. */
const jsonBytes = (server: HubServer): number =>
  server.seen
    .flatMap(({ call, oid }) =>
      call === "verify" ? [JSON.stringify({ oid, size: server.objects.get(oid!) }).length] : []
    )
    .reduce((a, b) => a + b, 0)
