import { assert, describe, it } from "@effect/vitest"
import { type ColumnChunk, readColumnIndex, readOffsetIndex } from "hyparquet"
import { ByteWriter } from "hyparquet-writer"
import { type ChunkIndexes, writeIndexes } from "../../src/sinks/writeIndexes.ts"

const bytes = (text: string) => new Uint8Array(Buffer.from(text))
const element = { name: "c", type: "BYTE_ARRAY", converted_type: "UTF8" } as const

const offsetIndex = (nPages: number): ChunkIndexes["offsetIndex"] => ({
  page_locations: Array.from({ length: nPages }, (_, i) => ({
    offset: 4n + 1_000_000n * BigInt(i),
    compressed_page_size: 1000 + i,
    first_row_index: 70n * BigInt(i)
  }))
})

describe("writeIndexes", () => {
  it("writeIndexes gives every chunk its own indexes, those of one page too, and no bounds where there are none", () => {
    const all: ReadonlyArray<ChunkIndexes> = [
      {
        chunk: {} as ColumnChunk,
        offsetIndex: offsetIndex(1),
        columnIndex: {
          null_pages: [false],
          min_values: [bytes("a")],
          max_values: [bytes("z")],
          boundary_order: "UNORDERED",
          null_counts: [3n]
        }
      },
      { chunk: {} as ColumnChunk, offsetIndex: offsetIndex(1) },
      {
        chunk: {} as ColumnChunk,
        offsetIndex: offsetIndex(20),
        columnIndex: {
          null_pages: Array.from({ length: 20 }, (_, i) => i % 2 === 1),
          min_values: Array.from({ length: 20 }, (_, i) => bytes(i % 2 === 1 ? "" : `m${i}`)),
          max_values: Array.from({ length: 20 }, (_, i) => bytes(i % 2 === 1 ? "" : `n${i}`)),
          boundary_order: "UNORDERED",
          null_counts: Array.from({ length: 20 }, (_, i) => BigInt(i))
        }
      }
    ]
    const writer = new ByteWriter()
    writer.appendBytes(bytes("PAR1"))
    writeIndexes(writer, all)
    const viewOf = (offset: bigint | undefined, length: number | undefined) => ({
      view: new DataView(writer.getBuffer(), Number(offset), length),
      offset: 0
    })
    let end = 4
    for (const { chunk, columnIndex } of all) {
      if (columnIndex === undefined) {
        assert.isUndefined(chunk.column_index_offset)
        assert.isUndefined(chunk.column_index_length)
        continue
      }
      assert.strictEqual(Number(chunk.column_index_offset), end)
      end += chunk.column_index_length!
      const read = readColumnIndex(viewOf(chunk.column_index_offset, chunk.column_index_length), element)
      assert.deepStrictEqual(read.null_pages, columnIndex.null_pages)
      assert.deepStrictEqual(read.null_counts, columnIndex.null_counts)
      assert.strictEqual(read.boundary_order, "UNORDERED")
      const texts = (values: ReadonlyArray<Uint8Array>) => values.map((value) => Buffer.from(value).toString())
      assert.deepStrictEqual<unknown>(read.min_values, texts(columnIndex.min_values))
      assert.deepStrictEqual<unknown>(read.max_values, texts(columnIndex.max_values))
    }
    for (const { chunk, offsetIndex: given } of all) {
      assert.strictEqual(Number(chunk.offset_index_offset), end)
      end += chunk.offset_index_length!
      const read = readOffsetIndex(viewOf(chunk.offset_index_offset, chunk.offset_index_length))
      assert.deepStrictEqual(read.page_locations, given.page_locations)
    }
    assert.strictEqual(writer.offset, end)
  })
})
