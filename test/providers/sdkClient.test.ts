import { assert, describe, it } from "@effect/vitest"
import { sdkClient } from "../../src/providers/sdkClient.ts"

describe("sdkClient", () => {
  it("sdkClient asks once, with the authorization alone that it is given", async () => {
    const asked: Array<RequestInit | undefined> = []
    const refusing = (_: unknown, init?: RequestInit) => {
      asked.push(init)
      return Promise.resolve(new Response("{}", { status: 500 }))
    }
    for (const authorization of ["Basic abc", null]) {
      const client = await sdkClient({ baseUrl: "http://host/v1" }, authorization, refusing)
      const problem: unknown = await client.post("/chat/completions", { body: {} }).catch((error: unknown) => error)
      assert.include(problem, { status: 500 })
      assert.strictEqual(new Headers(asked.at(-1)?.headers).get("authorization"), authorization)
    }
    assert.lengthOf(asked, 2)
  })
})
