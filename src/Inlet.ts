import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batch from "./Batch.ts"
import * as Pipeline from "./Pipeline.ts"

/** The rows that flow into the part of a pipeline that a combinator runs by itself, such as one try of a loop. */
export class Inlet extends Context.Service<Inlet, { readonly batches: Stream.Stream<Batch.Batch<object>> }>()(
  "prefloom/Inlet"
) {
  /** The beginning of such a part: known columns, and rows that `into` gives it when it runs. */
  static readonly pipeline = <Row>(
    steps: ReadonlyArray<Pipeline.Step>,
    columns: Schema.Struct.Fields
  ): Pipeline.Pipeline<Row> => {
    const batches = Stream.unwrap(Effect.map(Inlet, (inlet) => inlet.batches))
    return Pipeline.make(steps, columns, batches as unknown as Stream.Stream<Batch.Batch<Row>>)
  }

  /** Runs such a part on so many rows, which are read by their places in a list, from one (included) to another (excluded). */
  static readonly into =
    (length: number, read: (from: number, to: number) => ReadonlyArray<object>) =>
    <Row, E, R>(part: Stream.Stream<Batch.Batch<Row>, E, R>): Stream.Stream<Batch.Batch<Row>, E, R> => {
      const batches = Stream.unfold(0, (from) =>
        Effect.sync(() => {
          if (from >= length) return undefined
          const to = Math.min(length, from + Batch.defaultSize)
          return [{ index: from / Batch.defaultSize, rows: read(from, to) }, to] as const
        })
      )
      return Stream.provideService(part, Inlet, { batches })
    }
}
