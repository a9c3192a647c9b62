import type { Price } from "../services/Provider.ts"

/** The price of what is answered inside this process: nothing. */
export const free: Price = { inputPerMillion: 0, outputPerMillion: 0 }
