import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Pool } from "undici"
import { bodies } from "../../src/providers/Bodies.ts"
import { type Received, sendRequest } from "../../src/providers/sendRequest.ts"

const mebibyte = 1024 * 1024
const part = Buffer.alloc(mebibyte, "x")

/** Sends as many mebibytes as the path says, as fast as they are taken, once so many requests are there. */
const withServer = async (nTogether: number, use: (pool: Pool) => Promise<void>) => {
  const begin: Array<() => void> = []
  const server = http.createServer((request, response) => {
    let nLeft = Number(request.url!.slice(1))
    const send = () => {
      while (nLeft-- > 0) if (!response.write(part)) return
      response.end()
    }
    response.on("drain", send)
    if (begin.push(send) === nTogether) for (const one of begin) one()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    connections: 64,
    bodyTimeout: 0
  })
  try {
    await use(pool)
  } finally {
    await pool.destroy()
    server.close()
    server.closeAllConnections()
  }
}

const ask = (pool: Pool, nMebibytes: number, requests: Array<() => void> = []) =>
  new Promise<Received | "too long" | Error>((resolve) => {
    requests.push(
      sendRequest(
        pool,
        { path: `/${nMebibytes}`, method: "GET" },
        {
          received: resolve,
          tooLong: () => resolve("too long"),
          broken: (cause) => resolve(cause as Error)
        }
      )
    )
  })

describe("sendRequest", () => {
  it("sendRequest brings home whole bodies that have no room together, and holds little of them at a time", () =>
    withServer(48, async (pool) => {
      let most = 0
      const watching = setInterval(() => (most = Math.max(most, bodies.nBytes)), 1)
      const lengths = await Promise.all(
        Array.from({ length: 48 }, async () => {
          const reply = await ask(pool, 10)
          return reply instanceof Error || reply === "too long" ? String(reply) : reply.bytes.length
        })
      )
      clearInterval(watching)
      assert.deepStrictEqual(new Set(lengths), new Set([10 * mebibyte]))
      assert.isAbove(most, 64 * mebibyte, "they came at the same time")
      assert.isBelow(most, (128 + 64 + 48) * mebibyte)
      assert.strictEqual(bodies.nBytes, 0)
    }))

  it("sendRequest ends bodies that do not end, one after the other, and forgets those that are taken back", () =>
    withServer(8, async (pool) => {
      let most = 0
      const watching = setInterval(() => (most = Math.max(most, bodies.nBytes)), 1)
      const takeBacks: Array<() => void> = []
      const replies = Array.from({ length: 8 }, () => ask(pool, 1e6, takeBacks))
      assert.strictEqual(await Promise.race(replies), "too long")
      for (const takeBack of takeBacks.slice(0, 4)) takeBack()
      for (const reply of await Promise.all(replies.slice(4))) assert.strictEqual(reply, "too long")
      clearInterval(watching)
      assert.isBelow(most, (128 + 64 + 8) * mebibyte)
      assert.strictEqual(bodies.nBytes, 0)
    }))
})
