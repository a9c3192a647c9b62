/** The value in a JSON text; any other text as it is, such as the page of a proxy. */
export const jsonOrText = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
