import * as crypto from "node:crypto"
import * as http from "node:http"
import type { AddressInfo } from "node:net"

/** What a request meets in place of the answer it should get. */
export type HubFault =
  | {
      readonly kind: "status"
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly text?: string
    }
  /** The connection breaks after so many bytes of the request's body, or with `late` when the work is done. */
  | { readonly kind: "drop"; readonly afterBytes?: number; readonly late?: true }
  /** The answer lacks its ETag, or has another. */
  | { readonly kind: "etag"; readonly value: string }

/** A request as a fault plan and a test see it. */
export interface HubSeen {
  /** The kind of call: `revision`, `create`, `branch`, `tree`, `preupload`, `batch`, `put`, `part`, `complete`, `verify`, `commit`. */
  readonly call: string
  /** How many of this kind came before. */
  readonly nth: number
  readonly authorization: string | undefined
  /** SHA-256 of the object a storage call is about. */
  readonly oid: string | undefined
}

/** How a server behaves. */
export interface HubServerOptions {
  readonly plan?: (seen: HubSeen) => HubFault | undefined
  /** Objects above this are sent in parts of this size. Default: one piece. */
  readonly chunkBytes?: number
  /** Entries of a page of the file list. Default 1000. */
  readonly pageEntries?: number
  /** Milliseconds before the storage answers. Default 0. */
  readonly storageMs?: number
  /** Text files up to this size are kept in git. Default 10 MB. */
  readonly regularBytes?: number
}

/** A file of a commit; bytes are kept for those in git. */
export interface HeldFile {
  readonly size: number
  readonly sha256: string
  readonly gitOid: string
  readonly isLarge: boolean
  readonly text: string | null
}

interface Commit {
  readonly oid: string
  readonly message: string
  readonly files: ReadonlyMap<string, HeldFile>
}

interface Repository {
  readonly isPrivate: boolean
  readonly branches: Map<string, Array<Commit>>
}

/** Has the right to write for "me", but not for "somebody". */
export const goodToken = "hf_goodTokenForTests"
export const readToken = "hf_readTokenForTests"

const hashOf = (algorithm: string, ...parts: ReadonlyArray<string | Buffer>): string => {
  const hash = crypto.createHash(algorithm)
  for (const part of parts) hash.update(part)
  return hash.digest("hex")
}

const gitOidOf = (bytes: Buffer): string => hashOf("sha1", `blob ${bytes.length}\0`, bytes)

class Refuse extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

/**
 * A local server that speaks the calls of the hub that a push makes, and holds them to what the hub demands.
 *
 * It keeps repositories, branches and commits; objects by SHA-256, checked when they arrive; signed addresses that take no token;
 * parts with their ETags. A commit has to stand on the head of its branch and name objects that are there.
 */
export class HubServer {
  readonly #options: HubServerOptions
  readonly #server: http.Server
  readonly repositories = new Map<string, Repository>()
  /** Sizes of stored objects. */
  readonly objects = new Map<string, number>()
  readonly seen: Array<HubSeen> = []
  /** Bytes of bodies that storage calls brought, whole or not. */
  storageBytes = 0
  /** Largest number of bytes of one storage call that was announced. */
  readonly lengths: Array<number> = []
  #nCommits = 0
  readonly #parts = new Map<string, { readonly hash: string; readonly bytes: Buffer }>()

  static start(options: HubServerOptions = {}, port = 0): Promise<HubServer> {
    const started = new HubServer(options)
    return new Promise((resolve, reject) => {
      started.#server.once("error", reject)
      started.#server.listen(port, "127.0.0.1", () => resolve(started))
    })
  }

  private constructor(options: HubServerOptions) {
    this.#options = options
    this.#server = http.createServer((request, response) => {
      this.#answer(request, response).catch((problem: unknown) => {
        if (response.headersSent || response.socket === null || response.destroyed) return
        const known = problem instanceof Refuse
        response.writeHead(known ? problem.status : 500, {
          "content-type": "application/json",
          ...(known ? problem.headers : {})
        })
        response.end(JSON.stringify({ error: (problem as Error).message }))
      })
    })
    this.#server.keepAliveTimeout = 600_000
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  /** Makes a repository with its first commit, as the hub does. */
  make(name: string, isPrivate = false): void {
    this.repositories.set(name, { isPrivate, branches: new Map([["main", []]]) })
    this.put(name, "main", { ".gitattributes": "*.parquet filter=lfs\n" })
  }

  /** Commits texts to a branch, in git. */
  put(name: string, branch: string, texts: Readonly<Record<string, string>>): void {
    const files = new Map(this.filesOf(name, branch))
    for (const [path, text] of Object.entries(texts)) files.set(path, heldText(Buffer.from(text)))
    this.#add(this.repositories.get(name)!, branch, "by hand", files)
  }

  filesOf(name: string, branch = "main"): ReadonlyMap<string, HeldFile> {
    return this.repositories.get(name)?.branches.get(branch)?.at(-1)?.files ?? new Map()
  }

  commitsOf(name: string, branch = "main"): ReadonlyArray<Commit> {
    return this.repositories.get(name)?.branches.get(branch) ?? []
  }

  countOf(call: string): number {
    return this.seen.filter((one) => one.call === call).length
  }

  #add(repository: Repository, branch: string, message: string, files: ReadonlyMap<string, HeldFile>): Commit {
    const commit = { oid: hashOf("sha1", `${++this.#nCommits}`), message, files }
    repository.branches.get(branch)!.push(commit)
    return commit
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", this.origin)
    const call = callOf(request.method ?? "", url.pathname)
    const oid = url.pathname.startsWith("/storage/") ? url.pathname.split("/")[3] : undefined
    const seen = { call, nth: this.countOf(call), authorization: request.headers.authorization, oid }
    this.seen.push(seen)
    const fault = this.#options.plan?.(seen)
    const limit = fault?.kind === "drop" && fault.late !== true ? (fault.afterBytes ?? 0) : Number.POSITIVE_INFINITY
    if (limit === 0) return void request.socket.destroy()
    if (oid !== undefined && request.method === "PUT") this.lengths.push(Number(request.headers["content-length"]))
    const body = await this.#bodyOf(request, oid !== undefined, limit)
    if (fault?.kind === "status") {
      response.writeHead(fault.status, fault.headers ?? {})
      return void response.end(fault.text ?? "")
    }
    const reply = await this.#reply(call, url, request, body)
    if (fault?.kind === "drop") return void request.socket.destroy()
    const etag = fault?.kind === "etag" ? fault.value : reply.headers?.["etag"]
    const headers = { ...reply.headers, ...(etag === undefined ? {} : { etag }) }
    if (headers["etag"] === "") Reflect.deleteProperty(headers, "etag")
    response.writeHead(200, { "content-type": "application/json", ...headers })
    response.end(JSON.stringify(reply.body ?? {}))
  }

  async #bodyOf(request: http.IncomingMessage, isStorage: boolean, limit: number): Promise<Buffer> {
    const chunks: Array<Buffer> = []
    let nBytes = 0
    for await (const chunk of request as AsyncIterable<Buffer>) {
      nBytes += chunk.length
      if (isStorage) this.storageBytes += chunk.length
      if (nBytes > limit) {
        request.socket.destroy()
        throw new Error("dropped")
      }
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  async #reply(
    call: string,
    url: URL,
    request: http.IncomingMessage,
    body: Buffer
  ): Promise<{ readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }> {
    if (url.pathname.startsWith("/storage/")) {
      if (request.headers.authorization !== undefined && call !== "verify")
        throw new Refuse(400, "a token came to the storage")
      await new Promise((resolve) => setTimeout(resolve, this.#options.storageMs ?? 0))
      return this.#store(call, url, request, body)
    }
    const may = rightsOf(request.headers.authorization)
    const parsed = () => JSON.parse(body.toString())
    if (call === "create") {
      const { name, organization, type, visibility } = parsed()
      if (!may.write || organization !== "me")
        throw new Refuse(403, `You don't have the rights to create a dataset under ${organization}`)
      if (type !== "dataset") throw new Refuse(400, "wrong type")
      if (this.repositories.has(`${organization}/${name}`))
        throw new Refuse(409, "You already created this dataset repo")
      this.make(`${organization}/${name}`, visibility === "private")
      return { body: { url: `${this.origin}/datasets/${organization}/${name}` } }
    }
    const match = /^(?:\/api)?\/datasets\/([^/]+\/[^/.]+)(?:\.git)?\/(.*)$/.exec(url.pathname)
    const repository = this.repositories.get(match?.[1] ?? "")
    if (repository === undefined || (repository.isPrivate && !may.read)) {
      throw new Refuse(may.read ? 404 : 401, "Repository not found", { "x-error-code": "RepoNotFound" })
    }
    const name = decodeURIComponent(match![2]!.split("/")[1] ?? "")
    const head = repository.branches.get(name)?.at(-1)
    if (call === "revision") {
      if (head === undefined) throw new Refuse(404, `Invalid rev id: ${name}`, { "x-error-code": "RevisionNotFound" })
      return { body: { sha: head.oid, private: repository.isPrivate } }
    }
    if (call === "tree") return this.#tree(repository, name, url)
    if (!may.write) throw new Refuse(403, "Forbidden: you need a token with write access")
    if (call === "branch") {
      if (head !== undefined) throw new Refuse(409, "Reference already exists")
      repository.branches.set(name, [...repository.branches.get("main")!])
      return {}
    }
    if (call === "preupload") {
      return {
        body: {
          files: parsed().files.map(({ path, sample, size }: any) => {
            const isText = !Buffer.from(sample, "base64").includes(0) && !path.endsWith(".parquet")
            const isRegular = isText && size <= (this.#options.regularBytes ?? 10_000_000)
            return { path, uploadMode: isRegular ? "regular" : "lfs", shouldIgnore: path === "ignored.txt", oid: null }
          })
        }
      }
    }
    if (call === "batch")
      return { body: { transfer: "basic", objects: parsed().objects.map((one: any) => this.#action(one)) } }
    if (call === "commit") return this.#commit(repository, name, head, body.toString())
    throw new Refuse(404, `no such call: ${request.method} ${url.pathname}`)
  }

  #tree(repository: Repository, at: string, url: URL) {
    const commits = [...repository.branches.values()].flat()
    const commit = commits.find(({ oid }) => oid === at) ?? repository.branches.get(at)?.at(-1)
    if (commit === undefined) throw new Refuse(404, "no such revision", { "x-error-code": "RevisionNotFound" })
    const start = Number(url.searchParams.get("cursor") ?? 0)
    const n = this.#options.pageEntries ?? 1000
    const folders = new Set(
      [...commit.files.keys()].flatMap((path) => (path.includes("/") ? [path.split("/")[0]!] : []))
    )
    const all = [
      ...[...folders].map((path) => ({ type: "directory", oid: "0", size: 0, path })),
      ...[...commit.files].map(([path, { gitOid, isLarge, sha256, size }]) => ({
        type: "file",
        oid: isLarge ? "pointer" : gitOid,
        size,
        path,
        ...(isLarge ? { lfs: { oid: sha256, size, pointerSize: 130 } } : {})
      }))
    ]
    url.searchParams.set("cursor", `${start + n}`)
    return {
      body: all.slice(start, start + n),
      ...(start + n < all.length ? { headers: { link: `<${url.href}>; rel="next"` } } : {})
    }
  }

  #action({ oid, size }: { readonly oid: string; readonly size: number }) {
    if (this.objects.has(oid)) return { oid, size }
    const chunk = this.#options.chunkBytes
    const verify = { href: `${this.origin}/storage/verify/${oid}`, header: {} }
    if (chunk === undefined || size <= chunk) {
      return {
        oid,
        size,
        actions: {
          upload: { href: `${this.origin}/storage/put/${oid}?size=${size}&signature=secretSignature` },
          verify
        }
      }
    }
    const parts = Array.from({ length: Math.ceil(size / chunk) }, (_, i) => [
      `${i + 1}`.padStart(5, "0"),
      `${this.origin}/storage/part/${oid}/${i + 1}?signature=secretSignature`
    ])
    const header = { chunk_size: `${chunk}`, ...Object.fromEntries(parts) }
    return {
      oid,
      size,
      actions: { upload: { href: `${this.origin}/storage/complete/${oid}?size=${size}`, header }, verify }
    }
  }

  #store(call: string, url: URL, request: http.IncomingMessage, body: Buffer) {
    const [, , , oid = "", part = ""] = url.pathname.split("/")
    const keep = (bytes: Buffer) => {
      if (bytes.length !== Number(url.searchParams.get("size"))) throw new Refuse(400, "EntityTooSmall")
      if (hashOf("sha256", bytes) !== oid) throw new Refuse(400, "BadDigest")
      this.objects.set(oid, bytes.length)
      return {}
    }
    if (call === "put" || call === "part") {
      if (request.headers["content-length"] === undefined) throw new Refuse(411, "MissingContentLength")
      if (call === "put") return keep(body)
      const etag = `"${hashOf("md5", body)}"`
      this.#parts.set(`${oid}/${part}`, { hash: etag, bytes: body })
      return { headers: { etag } }
    }
    const told = JSON.parse(body.toString())
    if (call === "verify") {
      if (this.objects.get(oid) !== told.size || told.oid !== oid)
        throw new Refuse(422, "size or object does not match")
      return {}
    }
    const held = told.parts.map(({ etag, partNumber }: any) => {
      const one = this.#parts.get(`${oid}/${partNumber}`)
      if (one === undefined || one.hash !== etag) throw new Refuse(400, `InvalidPart ${partNumber}`)
      return one.bytes
    })
    return keep(Buffer.concat(held))
  }

  #commit(repository: Repository, branch: string, head: Commit | undefined, text: string) {
    if (head === undefined) throw new Refuse(404, "no such branch", { "x-error-code": "RevisionNotFound" })
    const [header, ...operations] = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    if (header.key !== "header" || header.value.summary === "") throw new Refuse(400, "no header")
    if (header.value.parentCommit !== undefined && header.value.parentCommit !== head.oid) {
      throw new Refuse(412, "A commit has happened since. Please refresh and try again.")
    }
    const files = new Map(head.files)
    for (const { key, value } of operations) {
      if (key === "deletedFile") {
        if (!files.delete(value.path)) throw new Refuse(400, `no file ${value.path}`)
      } else if (key === "file") {
        files.set(value.path, heldText(Buffer.from(value.content, value.encoding)))
      } else if (key === "lfsFile") {
        if (this.objects.get(value.oid) !== value.size)
          throw new Refuse(400, `LFS pointer to an object that is not there: ${value.oid}`)
        files.set(value.path, { size: value.size, sha256: value.oid, gitOid: "pointer", isLarge: true, text: null })
      } else throw new Refuse(400, `unknown operation ${key}`)
    }
    const commit = this.#add(repository, branch, header.value.summary, files)
    return { body: { success: true, commitOid: commit.oid, commitUrl: `${this.origin}/commit/${commit.oid}` } }
  }
}

const heldText = (bytes: Buffer): HeldFile => ({
  size: bytes.length,
  sha256: hashOf("sha256", bytes),
  gitOid: gitOidOf(bytes),
  isLarge: false,
  text: bytes.toString()
})

const rightsOf = (authorization: string | undefined): { readonly read: boolean; readonly write: boolean } => {
  if (authorization === undefined) return { read: false, write: false }
  if (authorization === `Bearer ${goodToken}`) return { read: true, write: true }
  if (authorization === `Bearer ${readToken}`) return { read: true, write: false }
  throw new Refuse(401, `Invalid credentials in Authorization header: ${authorization}`)
}

const callOf = (method: string, path: string): string => {
  if (path.startsWith("/storage/")) return path.split("/")[2]!
  if (path === "/api/repos/create" && method === "POST") return "create"
  if (path.endsWith(".git/info/lfs/objects/batch")) return "batch"
  return /^\/api\/datasets\/[^/]+\/[^/]+\/(revision|branch|tree|preupload|commit)\//.exec(path)?.[1] ?? "unknown"
}
