import * as http from "node:http"

/**
 * A chat-completions server that answers every request after a fixed latency: the other side of the throughput benches.
 *
 * Run as a child process: `node modelServer.ts <latencyMs>`; prints its port on standard output.
 */
const latencyMs = Number(process.argv[2] ?? 50)
const body = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 0,
  model: "bench",
  choices: [
    {
      index: 0,
      finish_reason: "stop",
      message: { role: "assistant", content: "An answer of fixed length. ".repeat(20) }
    }
  ],
  usage: { prompt_tokens: 110, completion_tokens: 100, total_tokens: 210 }
})
const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) }

const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume()
  request.on("end", () => setTimeout(() => response.writeHead(200, headers).end(body), latencyMs))
})
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as { readonly port: number }).port}\n`)
})
