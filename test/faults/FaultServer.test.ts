import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as http from "node:http"
import * as net from "node:net"
import * as path from "node:path"
import { type Fault, sometimes } from "./Fault.ts"
import { FaultServer, faultServer, type FaultServerOptions } from "./FaultServer.ts"
import type { FaultServerArgument } from "./faultServerMain.ts"
import { keyOf } from "./ServedModel.ts"

const question = { model: "m", messages: [{ role: "user", content: "What is up?" }] }

/** Runs with a server that is closed afterwards. */
const withServer = async (options: FaultServerOptions, use: (server: FaultServer) => Promise<void>) => {
  const server = await FaultServer.start(options)
  try {
    await use(server)
  } finally {
    await server.close()
  }
}

const ask = (server: FaultServer, body: unknown = question) =>
  fetch(`${server.baseUrl}/chat/completions`, { method: "POST", body: JSON.stringify(body) })

/** Every byte that the server sends to one request before it ends the connection. */
const rawAnswer = async (server: FaultServer): Promise<Buffer> => {
  const body = JSON.stringify(question)
  const socket = net.connect(server.port, "127.0.0.1")
  const chunks: Array<Buffer> = []
  socket.on("data", (chunk: Buffer) => chunks.push(chunk))
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  )
  await once(socket, "close")
  return Buffer.concat(chunks)
}

/** How a request through Node's own client ends. */
const endOf = (server: FaultServer) =>
  new Promise<string>((resolve) => {
    const request = http.request(`${server.baseUrl}/chat/completions`, { method: "POST", agent: false }, (response) => {
      response.resume()
      response.on("error", () => resolve("broken body"))
      response.on("end", () => resolve("whole"))
    })
    request.on("error", () => resolve("no answer"))
    request.end(JSON.stringify(question))
  })

const goodAnswer = async (): Promise<string> => {
  let text = ""
  await withServer({}, async (server) => {
    text = await (await ask(server)).text()
  })
  return text
}

const waitFor = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}

describe("FaultServer", () => {
  it("drop: sends exactly so many bytes, in the head and in the body, and bills what had a body", async () => {
    const body = await goodAnswer()
    const drop = (bytes: number): FaultServerOptions => ({ plan: () => ({ kind: "drop", bytes }) })
    let whole: Buffer = Buffer.alloc(0)
    await withServer(drop(Number.MAX_SAFE_INTEGER), async (server) => {
      whole = await rawAnswer(server)
      assert.strictEqual(server.answered, 1)
    })
    const headLength = whole.indexOf("\r\n\r\n") + 4
    assert.strictEqual(whole.subarray(headLength).toString(), body)
    for (const [bytes, nSent, end] of [
      [0, 0, "no answer"],
      [1, 1, "no answer"],
      [30, 30, "no answer"],
      [headLength, headLength, "broken body"],
      [headLength + 1, headLength + 1, "broken body"],
      [-1, whole.length - 1, "broken body"]
    ] as const) {
      await withServer(drop(bytes), async (server) => {
        assert.deepStrictEqual(await rawAnswer(server), whole.subarray(0, nSent), `${bytes} bytes`)
        assert.strictEqual(await endOf(server), end, `${bytes} bytes`)
        const { answered, billed, faults, inFlight } = server.counts()
        assert.deepStrictEqual({ answered, faults, inFlight }, { answered: 0, faults: { drop: 2 }, inFlight: 0 })
        assert.strictEqual(billed.answers, nSent > headLength ? 2 : 0, `${bytes} bytes`)
      })
    }
  })

  it("late: waits, and forgets a client that leaves before the answer", async () => {
    await withServer({ plan: () => ({ kind: "late", ms: 60 }) }, async (server) => {
      const start = performance.now()
      assert.strictEqual((await ask(server)).status, 200)
      assert.isAtLeast(performance.now() - start, 59)
    })
    await withServer({ plan: () => ({ kind: "late", ms: Number.POSITIVE_INFINITY }) }, async (server) => {
      const left = new AbortController()
      const asked = fetch(server.origin, { signal: left.signal }).then(
        () => "answer",
        () => "left"
      )
      await waitFor(() => server.inFlight === 1)
      left.abort()
      assert.strictEqual(await asked, "left")
      await waitFor(() => server.inFlight === 0)
      assert.strictEqual(server.counts().billed.answers, 0)
    })
  })

  it("status: sends each status with an error, retry-after and further headers", async () => {
    const statuses = [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 529]
    const date = "Wed, 21 Oct 2026 07:28:00 GMT"
    const plan = ({ index }: { readonly index: number }): Fault => ({
      kind: "status",
      status: statuses[index - 1]!,
      retryAfter: index % 2 === 0 ? 1.5 : date,
      headers: { "x-ratelimit-remaining-requests": "0" }
    })
    await withServer({ plan }, async (server) => {
      for (const [i, status] of statuses.entries()) {
        const response = await ask(server)
        assert.strictEqual(response.status, status)
        assert.strictEqual(response.headers.get("retry-after"), i % 2 === 0 ? date : "1.5")
        assert.strictEqual(response.headers.get("x-ratelimit-remaining-requests"), "0")
        assert.isString(((await response.json()) as { error: { message: unknown } }).error.message)
      }
      const { answered, billed, statuses: counted } = server.counts()
      assert.deepStrictEqual({ answered, nBilled: billed.answers }, { answered: 0, nBilled: 0 })
      assert.deepStrictEqual(counted, Object.fromEntries(statuses.map((status) => [status, 1])))
    })
  })

  it("truncatedJson, invalidJson, wrongContentType, duplicatedChunks: end well as HTTP and are no JSON", async () => {
    const good = await goodAnswer()
    for (const [kind, expected, nBilled] of [
      ["truncatedJson", good.slice(0, Math.floor(good.length / 2)), 1],
      ["duplicatedChunks", good + good, 1],
      ["invalidJson", null, 1],
      ["wrongContentType", null, 0]
    ] as const) {
      await withServer({ plan: () => ({ kind }) }, async (server) => {
        const response = await ask(server)
        const text = await response.text()
        assert.strictEqual(response.status, 200)
        assert.strictEqual(Number(response.headers.get("content-length")), Buffer.byteLength(text), kind)
        assert.throws(() => void JSON.parse(text))
        if (expected !== null) assert.strictEqual(text, expected, kind)
        assert.strictEqual(/html/.test(response.headers.get("content-type")!), kind === "wrongContentType")
        assert.strictEqual(server.answered, 0)
        assert.strictEqual(server.counts().billed.answers, nBilled, kind)
      })
    }
  })

  it("endlessBody: goes on until the client closes", async () => {
    await withServer({ plan: () => ({ kind: "endlessBody" }) }, async (server) => {
      const reader = (await ask(server)).body!.getReader()
      let nBytes = 0
      while (nBytes < 1e6) nBytes += (await reader.read()).value!.length
      assert.strictEqual(server.inFlight, 1)
      await reader.cancel()
      await waitFor(() => server.inFlight === 0)
      assert.strictEqual(server.answered, 0)
    })
  })

  it("faults of the answer: differ from the good answer in what their name says", async () => {
    type Answer = {
      model: string
      choices: Array<{ finish_reason: string; message: { content: string | null; refusal: string | null } }>
      usage?: { completion_tokens: number }
      error: { code: unknown; message: string }
    }
    const answerTo = async (fault: Fault | null) => {
      let answer = {} as Answer
      await withServer({ plan: () => fault }, async (server) => {
        answer = (await (await ask(server)).json()) as Answer
      })
      return answer
    }
    const [good] = (await answerTo(null)).choices
    const only = async (fault: Fault) => (await answerTo(fault)).choices[0]!
    assert.deepStrictEqual((await answerTo({ kind: "emptyChoices" })).choices, [])
    assert.isNull((await only({ kind: "nullContent" })).message.content)
    assert.deepInclude((await only({ kind: "refusal", text: "No." })).message, { content: null, refusal: "No." })
    const filtered = await only({ kind: "contentFilter" })
    const cutOff = await only({ kind: "cutOff" })
    assert.deepStrictEqual([filtered.finish_reason, cutOff.finish_reason], ["content_filter", "length"])
    for (const { message } of [filtered, cutOff]) {
      assert.isTrue(good!.message.content!.startsWith(message.content!))
      assert.isBelow(message.content!.length, good!.message.content!.length)
    }
    const more = (await answerTo({ kind: "moreChoices", extra: 2 })).choices
    assert.strictEqual(new Set(more.map(({ message }) => message.content)).size, 3)
    assert.strictEqual((await answerTo({ kind: "otherModel", model: "o" })).model, "o")
    assert.notProperty(await answerTo({ kind: "noUsage" }), "usage")
    const given = await answerTo({ kind: "answer", text: "12345678" })
    assert.strictEqual(given.choices[0]!.message.content, "12345678")
    assert.strictEqual(given.usage!.completion_tokens, 2)
    assert.deepStrictEqual(await answerTo({ kind: "answer", body: { mine: 1 } }), { mine: 1 } as never)
    assert.strictEqual((await answerTo({ kind: "contentFilterError" })).error.code, "content_filter")
    const openai = (await answerTo({ kind: "contextTooLong", spelling: "openai" })).error
    assert.strictEqual(openai.code, "context_length_exceeded")
    const vllm = (await answerTo({ kind: "contextTooLong", spelling: "vllm" })).error
    assert.strictEqual(vllm.code, 400)
    assert.match(
      vllm.message,
      /^This model's maximum context length is 4096 tokens\. However, you requested 512 output/
    )
  })

  it("counts: answers by body whatever the order of keys, what they cost, and how many there were at once", async () => {
    await withServer({ latencyMs: 20, keepBodies: true }, async (server) => {
      const other = { ...question, seed: 1 }
      const turned = { messages: question.messages, model: "m" }
      const replies = await Promise.all([question, turned, other].map((body) => ask(server, body)))
      const answers = await Promise.all(
        replies.map((reply) => reply.json() as Promise<{ usage: { prompt_tokens: number; completion_tokens: number } }>)
      )
      const usage = {
        promptTokens: answers.reduce((sum, answer) => sum + answer.usage.prompt_tokens, 0),
        completionTokens: answers.reduce((sum, answer) => sum + answer.usage.completion_tokens, 0)
      }
      assert.deepInclude(server.counts(), { requests: 3, answered: 3, mostAtOnce: 3, inFlight: 0, usage })
      assert.deepStrictEqual(server.counts().billed, { answers: 3, ...usage })
      assert.strictEqual(server.answeredByKey.get(keyOf(question)), 2)
      assert.strictEqual(server.answeredByKey.get(keyOf(other)), 1)
      assert.deepInclude(server.counts(), { keysAnswered: 2, mostAnswersToOneKey: 2 })
      assert.sameMembers(
        server.seen.map(({ index }) => index),
        [1, 2, 3]
      )
    })
  })

  it("maxInFlight: refuses at once what is too many at once", async () => {
    await withServer({ latencyMs: 500, maxInFlight: 2 }, async (server) => {
      const order: Array<number> = []
      const all = Array.from({ length: 5 }, async () => order.push((await ask(server)).status))
      await Promise.all(all)
      assert.deepStrictEqual(order, [429, 429, 429, 200, 200])
      assert.strictEqual((await ask(server)).status, 200)
    })
  })

  it("perSecond: refuses what is beyond the burst and tells when to come back", async () => {
    await withServer({ perSecond: { rate: 2, burst: 3, retryAfter: true } }, async (server) => {
      const replies = await Promise.all([1, 2, 3, 4, 5].map(() => ask(server)))
      const refused = replies.filter(({ status }) => status === 429)
      assert.strictEqual(refused.length, 2)
      const wait = Number(refused[0]!.headers.get("retry-after-ms"))
      assert.isTrue(wait > 0 && wait <= 500)
      assert.strictEqual(refused[0]!.headers.get("retry-after"), "1")
      await new Promise((resolve) => setTimeout(resolve, wait + 5))
      assert.strictEqual((await ask(server)).status, 200)
    })
  })

  it("rateHeaders: counts down the minute's requests and tokens, then refuses", async () => {
    await withServer({ rateHeaders: { requestsPerMinute: 3, tokensPerMinute: 90_000 } }, async (server) => {
      const body = { ...question, max_tokens: 5000 }
      const tokens = Math.ceil(JSON.stringify(body).length / 4) + 5000
      const { headers } = await ask(server, body)
      assert.strictEqual(headers.get("x-ratelimit-limit-requests"), "3")
      assert.strictEqual(headers.get("x-ratelimit-remaining-requests"), "2")
      assert.match(headers.get("x-ratelimit-reset-requests")!, /^(20|19\.\d+)s$/)
      assert.strictEqual(headers.get("x-ratelimit-limit-tokens"), "90000")
      // The bucket gains 1.5 tokens a millisecond.
      const remaining = Number(headers.get("x-ratelimit-remaining-tokens"))
      assert.isTrue(remaining >= 90_000 - tokens && remaining < 90_000 - tokens + 3000)
      const statuses = [(await ask(server)).status, (await ask(server)).status, (await ask(server)).status]
      assert.deepStrictEqual(statuses, [200, 200, 429])
    })
  })

  it("sometimes: is a function of index and seed and keeps to its rate", () => {
    const kinds = (seed: number) => {
      const plan = sometimes(0.3, [{ kind: "invalidJson" }, { kind: "emptyChoices" }], seed)
      return Array.from({ length: 4000 }, (_, i) => plan({ index: i + 1 } as never)?.kind ?? "none")
    }
    const first = kinds(1)
    assert.deepStrictEqual(first, kinds(1))
    assert.notDeepEqual(first, kinds(2))
    // Four standard deviations of 4000 draws: 116 around 1200 faults, 94 around 600 of each kind.
    assert.closeTo(first.filter((kind) => kind !== "none").length, 1200, 116)
    assert.closeTo(first.filter((kind) => kind === "emptyChoices").length, 600, 94)
  })

  it.effect("faultServer: closes with its scope", () =>
    Effect.gen(function* () {
      const origin = yield* Effect.scoped(Effect.map(faultServer(), (server) => server.origin))
      const end = yield* Effect.promise(() =>
        fetch(origin).then(
          () => "answered",
          () => "closed"
        )
      )
      assert.strictEqual(end, "closed")
    })
  )

  it("faultServerMain: serves from a process of its own and tells its counts", async () => {
    const argument: FaultServerArgument = { plan: { byIndex: { "2": { kind: "status", status: 503 } } } }
    const child = spawn(
      process.execPath,
      ["--conditions=@prefloom/source", path.join(import.meta.dirname, "faultServerMain.ts"), JSON.stringify(argument)],
      { stdio: ["ignore", "pipe", "inherit"] }
    )
    try {
      const [line] = (await once(child.stdout, "data")) as [Buffer]
      const origin = `http://127.0.0.1:${Number(line.toString())}`
      const statuses: Array<number> = []
      for (let i = 0; i < 3; i++) {
        const body = JSON.stringify({ ...question, seed: i })
        statuses.push((await fetch(`${origin}/v1/chat/completions`, { method: "POST", body })).status)
      }
      assert.deepStrictEqual(statuses, [200, 503, 200])
      const counts = (await (await fetch(`${origin}/_counts?keys=1`)).json()) as Record<string, unknown>
      assert.deepInclude(counts, { requests: 3, answered: 2, inFlight: 0, statuses: { "200": 2, "503": 1 } })
      const keys = [0, 2].map((seed) => [keyOf({ ...question, seed }), 1])
      assert.deepStrictEqual(counts["answeredByKey"], Object.fromEntries(keys))
    } finally {
      child.kill()
    }
  })
})
