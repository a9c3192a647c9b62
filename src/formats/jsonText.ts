/** Puts text into JSON as it is; the libraries of types do not know it yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

/**
 * JSON text of a value as readers of files give it.
 *
 * A whole number beyond 2^53, which comes as a bigint, keeps its digits. What JSON has no word for is null.
 */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? rawJSON(String(one)) : one)) ?? "null"
