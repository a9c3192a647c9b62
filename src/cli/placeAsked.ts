/** Reads `name:17` as a row of what is named; a name alone has the row that stands beside it. Rows count from 1. */
export const placeAsked = (asked: string, beside: number): { readonly name: string; readonly row: number } => {
  const [, name, digits] = /^([^]+):(\d+)$/.exec(asked) ?? []
  return name === undefined ? { name: asked, row: beside } : { name, row: Number(digits) }
}
