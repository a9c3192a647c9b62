import { assert, describe, it } from "@effect/vitest"
import { ByteWriter } from "hyparquet-writer"
import { writeRleBitPackedHybrid } from "hyparquet-writer/src/encoding.js"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { runLengths } from "../../src/sinks/runLengths.ts"

describe("runLengths", () => {
  it("runLengths gives the bytes that hyparquet-writer gives", () => {
    const random = keyedRandom("run lengths")
    for (let round = 0; round < 2000; round++) {
      const width = 1 + Math.floor(random() * 20)
      const longest = [1, 3, 30, 5000][round % 4]!
      const values: Array<number> = []
      for (let left = Math.floor(random() * 12); left > 0; left--) {
        const value = Math.floor(random() * 2 ** width)
        for (let k = Math.floor(random() * longest); k >= 0; k--) values.push(value)
      }
      const writer = new ByteWriter()
      writeRleBitPackedHybrid(writer, values, width)
      const found = runLengths(width <= 8 ? Uint8Array.from(values) : Int32Array.from(values), width)
      assert.deepStrictEqual(found, writer.getBytes(), `${width} bits of ${values.join()}`)
    }
  })
})
