import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Prompt } from "../../schemas/Prompt.ts"
import { execute } from "../../src/execute.ts"
import { into, using } from "../../src/Plan.ts"
import { Progress } from "../../src/Progress.ts"
import { http } from "../../src/providers/http.ts"
import { openai } from "../../src/providers/openai.ts"
import type { CallRecord } from "../../src/Run.ts"
import { memory } from "../../src/sources/memory.ts"
import { dataset } from "../../src/sinks/dataset.ts"
import { generate } from "../../src/stages/generate.ts"
import { chatCompletion, chatServer } from "../providers/chatServer.ts"
import { promptOf } from "../providers/chatSubject.ts"
import { temporaryFolder } from "../stages/collect.ts"

const keyVariable = "PREFLOOM_TEST_SECRETS_KEY"
const headersVariable = "OPENAI_CUSTOM_HEADERS"

interface Secrets {
  readonly key: string
  readonly gatewayKey: string
  readonly password: string
}

const secretsOf = {
  long: {
    key: "sk-secrets-51f0b7c2d98e4a63",
    gatewayKey: "gw-secrets-0a9b8c7d6e5f4a3b",
    password: "p@ss/word-73c1d0e2"
  },
  short: { key: "kz9x8w7-12ab", gatewayKey: "hunterhunter22", password: "p@ss/w0r" }
} satisfies Readonly<Record<string, Secrets>>

const withVariables = ({ gatewayKey, key }: Secrets) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      process.env[keyVariable] = ` ${key}\n`
      process.env[headersVariable] = `X-Pass: ${gatewayKey}`
    }),
    () =>
      Effect.sync(() => {
        delete process.env[keyVariable]
        delete process.env[headersVariable]
      })
  )

const filesIn = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))

/** Repeats everything it was sent: in answers, in the model's name, in refusals and in what is no JSON. */
const repeating = (password: string) =>
  chatServer((request) => {
    const said = JSON.stringify([request.headers, password])
    const prompt = promptOf(request)
    if (prompt === "refuse") return { status: 400, body: { error: { message: `refused ${said}`, code: said } } }
    if (prompt === "filter") return { status: 403, body: { error: { message: `flagged ${said}` } } }
    if (prompt === "no JSON") return { body: `no JSON ${said}` }
    return { body: chatCompletion(`you said ${said}`, { model: `served ${said}`, id: said }) }
  })

describe("secrets", () => {
  for (const [name, provider] of Object.entries({ openai, http })) {
    for (const [length, isInUrl] of [
      ["long", false],
      ["long", true],
      ["short", false],
      ["short", true]
    ] as const) {
      const shown = `${length} ${isInUrl ? "password in the URL" : "key"}`
      it.live(`secrets: no byte that a run through ${name} writes holds the ${shown}, whatever a server repeats`, () =>
        Effect.gen(function* () {
          const { gatewayKey, key, password } = secretsOf[length]
          yield* withVariables(secretsOf[length])
          const server = yield* repeating(password)
          const folder = yield* temporaryFolder
          const credentials = isInUrl ? `//me:${encodeURIComponent(password)}@` : "//"
          const plan = memory(
            // What cannot be read comes first: after answers it may be an outage, which is waited for.
            ["no JSON", "one", "two", "refuse", "filter"].map((prompt) => ({
              id: prompt,
              domain: null,
              prompt,
              reference: null
            })),
            Prompt
          ).pipe(
            generate({ n: 1, maxTokens: 8 }),
            into(dataset()),
            using(
              provider({
                model: "m",
                baseUrl: server.baseUrl.replace("//", credentials),
                keyVariable,
                maxRetries: 0,
                concurrency: 1
              })
            )
          )
          const logged: Array<CallRecord> = []
          const { manifest } = yield* execute(plan, {
            name: "secrets",
            out: folder,
            seed: 0,
            limit: null,
            fresh: false,
            progress: new Progress(),
            log: (record) => void logged.push(record)
          })
          assert.strictEqual(manifest.rowsOut, 2)
          assert.isAtLeast(server.requests.length, 5)
          for (const reason of ["badRequest", "contentFilter", "malformed"]) {
            assert.include(logged.find((record) => record.reason === reason)!.body, "[secret]", reason)
          }
          fs.writeFileSync(path.join(folder, "logged.json"), JSON.stringify(logged))

          const { authorization } = server.requests[0]!.headers
          const sent = authorization!.slice(authorization!.indexOf(" ") + 1)
          assert.strictEqual(sent, isInUrl ? Buffer.from(`me:${password}`).toString("base64") : key)
          const secrets = isInUrl ? [sent, password] : [sent]
          if (name === "openai") secrets.push(gatewayKey)
          const files = filesIn(folder)
          for (const file of ["logged.json", path.join(".prefloom", "journal.sqlite")]) {
            assert.include(fs.readFileSync(path.join(folder, file), "latin1"), "[secret]")
          }
          for (const file of files) {
            const bytes = fs.readFileSync(file)
            for (const secret of secrets) assert.isFalse(bytes.includes(secret), `${secret} in ${file}`)
          }
        })
      )
    }
  }
})
