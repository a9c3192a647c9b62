import type { Spool } from "./Spool.ts"

/** Reads the rows at some places of a spool, in their order; places that follow one another are read together. */
export const readPlaces = <Row>(spool: Spool<Row>, places: Int32Array): Array<Row> => {
  const rows: Array<Row> = []
  for (let i = 0; i < places.length;) {
    let end = i + 1
    while (end < places.length && places[end] === places[end - 1]! + 1) end++
    const some = spool.readSome(places[i]!, end - i)
    for (const row of some) rows.push(row)
    i += some.length
  }
  return rows
}
