import { afterAll, beforeAll } from "@effect/vitest"
import { batch } from "../../src/providers/batch.ts"
import { providerContract } from "../contracts/provider.ts"
import { chatSubject } from "./chatSubject.ts"

const keyVariable = "PREFLOOM_TEST_BATCH_KEY"
const key = "sk-test-batch-93b1c07de5a2"

beforeAll(() => {
  process.env[keyVariable] = key
})
afterAll(() => {
  delete process.env[keyVariable]
})

// Too few requests for a batch are asked live, and have to keep every promise that the other providers keep.
providerContract(
  "batch",
  chatSubject((options) => batch({ ...options, quietMs: 2, minRequests: 1000 }), keyVariable, key)
)
