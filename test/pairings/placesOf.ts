import { placeOf } from "../../src/math/placeOf.ts"

/** The places of pairs called "0", "1", …. */
export const placesOf = (nPairs: number): Float64Array =>
  Float64Array.from({ length: nPairs }, (_, pair) => placeOf(String(pair)))
