import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import type { PageHeader } from "hyparquet/src/types.js"
import { checkPages } from "../../src/sources/checkPages.ts"

const data = new TextEncoder().encode("xxxxpage onexxxxpage two!")

const good: ReadonlyArray<Partial<PageHeader>> = [
  { compressed_page_size: 8, uncompressed_page_size: 8, crc: zlib.crc32("page one") | 0 },
  { compressed_page_size: 9, uncompressed_page_size: 90, data_page_header: { num_values: 5 } as never }
]

/** Checks pages whose headers are four bytes long and say this. */
const check = (headers: ReadonlyArray<Partial<PageHeader>>) => {
  let next = 0
  return checkPages(new DataView(data.buffer), { num_values: 5n }, (reader) => {
    reader.offset += 4
    return headers[next++] as PageHeader
  })
}

describe("checkPages", () => {
  it("checkPages accepts pages that fill their column", () => {
    assert.isUndefined(check(good))
  })

  it("checkPages says what is wrong with a page", () => {
    const [first, second] = good as [Partial<PageHeader>, Partial<PageHeader>]
    assert.strictEqual(check([{ ...first, crc: 7 }]), "page 1 has a wrong checksum")
    assert.strictEqual(
      check([first, { ...second, compressed_page_size: 10 }]),
      "page 2 has 10 bytes, more than its column"
    )
    assert.strictEqual(check([{ ...first, compressed_page_size: -1 }]), "page 1 has -1 bytes, more than its column")
    assert.strictEqual(check([{ ...first, uncompressed_page_size: -1 }]), "page 1 has -1 uncompressed bytes")
    assert.strictEqual(
      check([first, { ...second, data_page_header: { num_values: 6 } as never }]),
      "page 2 has 6 values, its column 5"
    )
  })
})
