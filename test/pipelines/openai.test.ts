import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as http from "node:http"
import * as os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import type { Outcome } from "../../src/execute.ts"

const root = path.resolve(import.meta.dirname, "../..")

interface ChatRequest {
  readonly messages: ReadonlyArray<{ readonly role: string; readonly content: string }>
  readonly response_format?: { readonly json_schema: { readonly name: string } }
}

/** Answers like a model that knows nothing: by a hash of what it is asked. */
const answerTo = (request: ChatRequest): string => {
  const asked = request.messages.map((message) => message.content).join("\n")
  const draw = Number.parseInt(crypto.hash("sha256", asked).slice(0, 6), 16)
  const kind = request.response_format?.json_schema.name
  if (kind === "rating") return JSON.stringify({ score: 1 + (draw % 91) / 10 })
  if (kind === "comparison") return JSON.stringify({ verdict: draw % 2 === 0 ? "first" : "second" })
  const original = /<answer>\n([\s\S]*)\n<\/answer>/.exec(asked)?.[1]
  if (original !== undefined) return original.replace("certain", "doubtful")
  return `It is certain that the answer to this question is number ${draw}. Nobody who has looked at the matter for long would say otherwise, and those who do are few.`
}

const startServer = async () => {
  const authorizations = new Set<string | undefined>()
  const server = http.createServer((request, response) => {
    authorizations.add(request.headers.authorization)
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const content = answerTo(JSON.parse(Buffer.concat(chunks).toString()) as ChatRequest)
      response.writeHead(200, { "content-type": "application/json" })
      response.end(
        JSON.stringify({
          id: "1",
          object: "chat.completion",
          created: 0,
          model: "local-model",
          choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
          usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
        })
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return { server, authorizations, port: (server.address() as { readonly port: number }).port }
}

describe("the quick start with a real server", () => {
  it("runs unchanged but for the provider, and leaks no key", { timeout: 120_000 }, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-openai-"))
    const { server, authorizations, port } = await startServer()
    try {
      const quickstart = fs.readFileSync(path.join(root, "pipelines/quickstart.ts"), "utf8")
      const changed = quickstart
        .replace("simulated, using", "openai, using")
        .replace("simulated()", `openai({ model: "local", baseUrl: "http://127.0.0.1:${port}/v1" })`)
        .replace('"data/prompts.jsonl"', JSON.stringify(path.join(root, "data/prompts.jsonl")))
      const pipeline = path.join(folder, "pipeline.ts")
      fs.writeFileSync(pipeline, changed)
      const out = path.join(folder, "out")
      const key = "sk-test-0123456789abcdef-not-a-key"
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        [path.join(root, "src/cli/prefloom.js"), "run", pipeline, "--out", out, "--limit", "4", "--json"],
        { env: { ...process.env, OPENAI_API_KEY: key } }
      )
      const outcome = JSON.parse(stdout) as Outcome
      assert.isFalse(outcome.manifest.simulated)
      assert.isNull(outcome.manifest.notice)
      assert.deepStrictEqual([...authorizations], [`Bearer ${key}`])
      const pairs = outcome.manifest.files.filter((file) => file.path.startsWith("data/"))
      assert.isAbove(
        pairs.reduce((sum, file) => sum + file.rows, 0),
        3
      )
      const texts = [stdout, stderr]
      for (const entry of fs.readdirSync(out, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) texts.push(fs.readFileSync(path.join(entry.parentPath, entry.name), "latin1"))
      }
      assert.isAbove(texts.length, 6)
      for (const text of texts) assert.isFalse(text.includes(key))
    } finally {
      server.close()
      fs.rmSync(folder, { recursive: true, force: true })
    }
  })
})
