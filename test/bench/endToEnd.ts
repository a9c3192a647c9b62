import { execFile, spawn } from "node:child_process"
import * as http from "node:http"
import * as path from "node:path"
import { promisify } from "node:util"
import type { Measurement } from "./main.ts"

const run = promisify(execFile)
const nRows = 20_000

/** The pool of a bare client at the same load: what the server itself can do, so that its limit is not taken for ours. */
const ceiling = async (port: number, nRequests: number): Promise<number> => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 100 })
  const body = JSON.stringify({ model: "bench", messages: [{ role: "user", content: "x".repeat(500) }] })
  const once = () =>
    new Promise<void>((resolve, reject) => {
      const request = http.request(
        {
          agent,
          host: "127.0.0.1",
          port,
          method: "POST",
          path: "/v1/chat/completions",
          headers: { "content-type": "application/json" }
        },
        (response) => {
          response.resume()
          response.on("end", resolve)
        }
      )
      request.on("error", reject)
      request.end(body)
    })
  const startedAt = performance.now()
  let left = nRequests
  const lane = async () => {
    while (left-- > 0) await once()
  }
  await Promise.all(Array.from({ length: 100 }, lane))
  agent.destroy()
  return nRequests / ((performance.now() - startedAt) / 1000)
}

/**
 * One call a row through the `openai` provider with the journal on, against a local server of 50 ms latency with 100 calls in
 * flight; then the same rows from the journal; and the peak memory at 20,000 and at 200,000 rows.
 */
export const endToEndBench = async (): Promise<ReadonlyArray<Measurement>> => {
  const server = spawn(process.execPath, [path.join(import.meta.dirname, "modelServer.ts"), "50"], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  try {
    const port = await new Promise<number>((resolve) => server.stdout.once("data", (text) => resolve(Number(text))))
    const limit = await ceiling(port, 10_000)
    const measure = async (rows: number) => {
      const script = path.join(import.meta.dirname, "endToEndRun.ts")
      const { stdout } = await run(process.execPath, [
        "--conditions=@prefloom/source",
        script,
        String(port),
        String(rows)
      ])
      return JSON.parse(stdout) as { readonly seconds: number; readonly peakMb: number; readonly replaySeconds: number }
    }
    const runs = [await measure(nRows), await measure(nRows), await measure(nRows)]
    const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
    const rate = nRows / median(runs.map((one) => one.seconds))
    const replay = nRows / median(runs.map((one) => one.replaySeconds))
    const small = median(runs.map((one) => one.peakMb))
    const large = (await measure(10 * nRows)).peakMb
    const how = `server alone ${limit.toFixed(0)}/s, 50 ms, 100 in flight, median of 3`
    return [
      {
        name: "end to end, openai provider, journal on",
        value: rate,
        unit: "rows/s",
        target: 1000,
        better: "higher",
        met: rate >= 1000,
        detail: how
      },
      {
        name: "replay from the journal",
        value: replay,
        unit: "rows/s",
        target: 20_000,
        better: "higher",
        met: replay >= 20_000,
        detail: "median of 3"
      },
      {
        name: "peak memory at 200,000 rows over 20,000",
        value: large / small,
        unit: "ratio",
        target: 1.2,
        better: "lower",
        met: large / small <= 1.2,
        detail: `${small.toFixed(0)} MB and ${large.toFixed(0)} MB`
      }
    ]
  } finally {
    server.kill()
  }
}
