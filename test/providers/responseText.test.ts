import { assert, describe, it } from "@effect/vitest"
import { maxBodyBytes } from "../../src/providers/Endpoint.ts"
import { bodies } from "../../src/providers/Bodies.ts"
import { responseText } from "../../src/providers/responseText.ts"

/** A response in pieces, with a count of how many were read. */
const inPieces = (piece: Uint8Array, n: number) => {
  let nRead = 0
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => (nRead++ < n ? controller.enqueue(piece) : controller.close())
  })
  return { response: new Response(body), nRead: () => nRead }
}

describe("responseText", () => {
  it("responseText gives the whole text, and none for a response without a body", async () => {
    const bytes = new TextEncoder().encode("é")
    assert.strictEqual(await responseText(inPieces(bytes, 3).response), "ééé")
    assert.strictEqual(await responseText(new Response(null)), "")
    assert.strictEqual(bodies.nBytes, 0)
  })

  it("responseText stops where a body goes on for too long", async () => {
    const { nRead, response } = inPieces(new Uint8Array(maxBodyBytes / 4), Number.POSITIVE_INFINITY)
    assert.isNull(await responseText(response))
    assert.isAtMost(nRead(), 7)
    assert.strictEqual(bodies.nBytes, 0)
  })
})
