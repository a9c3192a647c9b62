import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as undici from "undici"
import type { Endpoint } from "../../src/providers/Endpoint.ts"
import { poolTo } from "../../src/providers/poolTo.ts"

describe("poolTo", () => {
  it("poolTo opens as many connections as calls may be in flight, one call on each at a time", async () => {
    let inFlight = 0
    let most = 0
    let nConnections = 0
    const server = http.createServer((_, response) => {
      most = Math.max(most, ++inFlight)
      setTimeout(() => {
        inFlight--
        response.end("yes")
      }, 30)
    })
    server.on("connection", () => void nConnections++)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const limits = { concurrency: 3 } as Endpoint["limits"]
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
    const pool = poolTo(undici, { baseUrl, limits })
    try {
      const ask = async () => {
        const { body } = await pool.request({ method: "GET", path: "/v1/any" })
        return body.text()
      }
      assert.deepStrictEqual(await Promise.all(Array.from({ length: 9 }, ask)), Array(9).fill("yes"))
      assert.deepStrictEqual([most, nConnections], [3, 3])
    } finally {
      await pool.destroy()
      server.close()
    }
  })
})
