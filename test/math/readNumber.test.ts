import { assert, describe, it } from "@effect/vitest"
import { readNumber } from "../../src/math/readNumber.ts"

const cases: ReadonlyArray<readonly [string, number | null]> = [
  ["42", 42],
  ["There are 3 cats and 4 dogs, so 7 in all.", 7],
  ["We get 12.\n#### 1,234.5", 1234.5],
  ["\\boxed{7} is what I mean, not 9", 7],
  ["so \\boxed{\\frac{3}{4}}", 0.75],
  ["The answer is -2.5e3 metres; it took 10 minutes", 10],
  ["Answer: 8\nThat was step 12.", 8],
  ["about 1/8", 0.125],
  ["it rose by 15%", 0.15],
  ["it costs $1,000", 1000],
  ["-$5", -5],
  ["\u22127", -7],
  [".5", 0.5],
  ["1,2", 2],
  ["x2 and v1.2.3", null],
  ["none", null],
  ["", null],
  ["1/0", null]
]

describe("readNumber", () => {
  for (const [text, expected] of cases) {
    it(`readNumber finds ${expected} in ${JSON.stringify(text)}`, () => {
      assert.strictEqual(readNumber(text), expected)
    })
  }
})
