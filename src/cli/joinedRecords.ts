import * as Stream from "effect/Stream"
import { FormatFlaw, type Reader } from "../formats/Format.ts"
import { RecordJoiner } from "../formats/RecordJoiner.ts"
import type { InputRecords, Taken } from "./ConvertInput.ts"

/** The records, those that stand in several rows of one file and split put together; their place is that of the first row. */
export const joinedRecords = (
  records: InputRecords["records"],
  reader: Reader,
  splitColumn: string | null
): InputRecords["records"] =>
  reader.joins === undefined
    ? records
    : Stream.suspend(() => {
        const joiner = new RecordJoiner<Taken>(reader, ({ file, nRows = 1, place }, record) => ({
          file,
          place,
          record,
          nRows: nRows + 1
        }))
        let at: { readonly file: string; readonly split: unknown } = { file: "", split: null }
        const complete = Stream.map(records, (all) => {
          const into: Array<Taken> = []
          for (const one of all) {
            const { file, record } = one
            const split = splitColumn === null || record instanceof FormatFlaw ? null : record.extra[splitColumn]
            if (file !== at.file || split !== at.split) joiner.end(into)
            at = { file, split }
            joiner.add(one, into)
          }
          return into
        })
        const last = Stream.suspend(() => {
          const into: Array<Taken> = []
          joiner.end(into)
          return Stream.make(into)
        })
        return Stream.concat(complete, last)
      })
