import { assert, describe, it } from "@effect/vitest"
import OpenAI, { toFile } from "openai"
import type { BatchOptions } from "./FaultBatches.ts"
import { FaultServer } from "./FaultServer.ts"
import { keyOf } from "./ServedModel.ts"

const bodyOf = (i: number) => ({ model: "m", messages: [{ role: "user", content: `Question ${i}` }] })

const lineOf = (i: number) =>
  JSON.stringify({ custom_id: `row-${i}`, method: "POST", url: "/v1/chat/completions", body: bodyOf(i) })

const ten = Array.from({ length: 10 }, (_, i) => lineOf(i + 1))

/** Runs with a server and a way to make a client of it; the server is closed afterwards. */
const withBatches = async (
  batch: BatchOptions,
  use: (connect: () => OpenAI, server: FaultServer) => Promise<void>
): Promise<void> => {
  const server = await FaultServer.start({ batch })
  try {
    await use(() => new OpenAI({ apiKey: "none", baseURL: server.baseUrl, maxRetries: 0 }), server)
  } finally {
    await server.close()
  }
}

const submit = async (client: OpenAI, lines: ReadonlyArray<string>) => {
  const file = await client.files.create({
    file: await toFile(Buffer.from(lines.join("\n")), "in.jsonl"),
    purpose: "batch"
  })
  return client.batches.create({
    input_file_id: file.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
    metadata: { run: "a" }
  })
}

const ended = async (client: OpenAI, id: string): Promise<OpenAI.Batch> => {
  for (;;) {
    const batch = await client.batches.retrieve(id)
    if (["completed", "failed", "expired", "cancelled"].includes(batch.status)) return batch
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

const rowsOf = async (client: OpenAI, id: string | null | undefined): Promise<Array<any>> => {
  if (id === null || id === undefined) return []
  const text = await (await client.files.content(id)).text()
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
}

const idsOf = (rows: ReadonlyArray<any>): ReadonlyArray<string> => rows.map((row) => row.custom_id)

describe("FaultBatches", () => {
  it("a batch: is found and read by another client, in another order, with the answers of the chat", () =>
    withBatches({ ms: 40 }, async (connect, server) => {
      const { id, status } = await submit(connect(), ten)
      assert.strictEqual(status, "validating")
      const later = connect()
      assert.deepStrictEqual(
        (await later.batches.list()).data.map((batch) => [batch.id, batch.metadata]),
        [[id, { run: "a" }]]
      )
      const batch = await ended(later, id)
      assert.strictEqual(batch.status, "completed")
      assert.deepStrictEqual(batch.request_counts, { total: 10, completed: 10, failed: 0 })
      assert.isNull(batch.error_file_id)
      const rows = await rowsOf(later, batch.output_file_id)
      const inOrder = ten.map((_, i) => `row-${i + 1}`)
      assert.notDeepEqual(idsOf(rows), inOrder)
      assert.sameMembers([...idsOf(rows)], inOrder)
      const live = await later.chat.completions.create(bodyOf(3) as never)
      const third = rows.find((row) => row.custom_id === "row-3")
      assert.deepStrictEqual(third.response.body.choices, live.choices)
      assert.strictEqual(server.answeredByKey.get(keyOf(bodyOf(3))), 2)
      assert.deepInclude(server.counts(), { batchAnswered: 10, keysAnswered: 10 })
      assert.strictEqual(server.counts().billed.answers, 11)
    }))

  it("fates: failing lines go to the error file, undone ones expire the batch, others are lost or doubled", () =>
    withBatches(
      { fate: ({ customId }) => ({ "row-2": 429, "row-4": "missing", "row-6": "twice" } as const)[customId] ?? 200 },
      async (connect) => {
        const client = connect()
        const batch = await ended(client, (await submit(client, ten)).id)
        assert.strictEqual(batch.status, "completed")
        const ids = idsOf(await rowsOf(client, batch.output_file_id))
        assert.deepStrictEqual(
          [2, 4, 5, 6].map((i) => ids.filter((id) => id === `row-${i}`).length),
          [0, 0, 1, 2]
        )
        const errors = await rowsOf(client, batch.error_file_id)
        assert.deepStrictEqual(idsOf(errors), ["row-2"])
        assert.strictEqual(errors[0].response.status_code, 429)
        assert.isString(errors[0].response.body.error.message)
      }
    ))

  it("expired: keeps what was done and names what was not", () =>
    withBatches({ fate: ({ batch, line }) => (batch === 1 && line > 7 ? "expired" : 200) }, async (connect, server) => {
      const client = connect()
      const batch = await ended(client, (await submit(client, ten)).id)
      assert.strictEqual(batch.status, "expired")
      assert.strictEqual((await rowsOf(client, batch.output_file_id)).length, 7)
      const errors = await rowsOf(client, batch.error_file_id)
      assert.deepStrictEqual(idsOf(errors), ["row-8", "row-9", "row-10"])
      assert.deepStrictEqual([errors[0].response, errors[0].error.code], [null, "batch_expired"])
      const again = await ended(client, (await submit(client, ten.slice(7))).id)
      assert.strictEqual(again.status, "completed")
      assert.deepInclude(server.counts(), { batchAnswered: 10, mostAnswersToOneKey: 1 })
    }))

  it("failed: names the lines that validation refuses, or fails on demand", async () => {
    await withBatches({}, async (connect) => {
      const client = connect()
      const broken = [lineOf(1), "{", lineOf(1), lineOf(2).replace("chat/completions", "embeddings")]
      const batch = await ended(client, (await submit(client, broken)).id)
      assert.strictEqual(batch.status, "failed")
      assert.deepStrictEqual(
        batch.errors!.data!.map(({ code, line }) => [line, code]),
        [
          [2, "invalid_json_line"],
          [3, "duplicate_custom_id"],
          [4, "invalid_url"]
        ]
      )
    })
    await withBatches({ invalid: (number) => number === 1 }, async (connect, server) => {
      const client = connect()
      assert.strictEqual((await ended(client, (await submit(client, ten)).id)).status, "failed")
      assert.strictEqual(server.counts().billed.answers, 0)
      assert.strictEqual((await ended(client, (await submit(client, ten)).id)).status, "completed")
    })
  })

  it("cancel: ends the batch with what was done", () =>
    withBatches({ ms: 1000 }, async (connect) => {
      const client = connect()
      const { id } = await submit(client, ten)
      while ((await client.batches.retrieve(id)).request_counts!.completed === 0) continue
      assert.strictEqual((await client.batches.cancel(id)).status, "cancelling")
      const batch = await ended(client, id)
      assert.strictEqual(batch.status, "cancelled")
      const done = await rowsOf(client, batch.output_file_id)
      const undone = await rowsOf(client, batch.error_file_id)
      assert.isAbove(done.length, 0)
      assert.sameMembers(
        [...idsOf(done), ...idsOf(undone)],
        ten.map((_, i) => `row-${i + 1}`)
      )
      assert.deepStrictEqual([...new Set(undone.map((row) => row.error.code))], ["batch_cancelled"])
    }))

  it("files and batches that do not exist: are not found", () =>
    withBatches({}, async (connect) => {
      const client = connect()
      for (const asked of [client.batches.retrieve("batch_9"), client.files.content("file-9")]) {
        assert.strictEqual((await asked.catch((error) => error)).status, 404)
      }
    }))
})
