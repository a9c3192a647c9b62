/** What the first bytes of a file say about it. "text" is anything without a NUL byte. */
export type Magic =
  | "parquet"
  | "encrypted parquet"
  | "arrow file"
  | "arrow stream"
  | "gzip"
  | "zstd"
  | "utf-16"
  | "text"
  | "binary"

/** How many bytes from the start `magicOf` wants to see. */
export const magicLength = 64

/** Recognises a file by its first bytes; fewer than `magicLength` are fine when the file is shorter. */
export const magicOf = (head: Uint8Array): Magic => {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, magicLength))
  const ascii = bytes.toString("latin1")
  if (ascii.startsWith("PAR1")) return "parquet"
  if (ascii.startsWith("PARE")) return "encrypted parquet"
  if (ascii.startsWith("ARROW1")) return "arrow file"
  if (ascii.startsWith("\x1f\x8b")) return "gzip"
  if (ascii.startsWith("\x28\xb5\x2f\xfd") || ascii.startsWith("\x2a\x4d\x18", 1)) return "zstd"
  if (ascii.startsWith("\xff\xff\xff\xff")) return "arrow stream"
  if (ascii.startsWith("\xff\xfe") || ascii.startsWith("\xfe\xff")) return "utf-16"
  return bytes.includes(0) ? "binary" : "text"
}

const names: Readonly<Record<Magic, string>> = {
  parquet: "a Parquet file",
  "encrypted parquet": "an encrypted Parquet file",
  "arrow file": "an Arrow file",
  "arrow stream": "an Arrow stream",
  gzip: "gzip data",
  zstd: "zstd data",
  "utf-16": "UTF-16 text",
  text: "plain text",
  binary: "binary data"
}

/** What a file name promises that is no text, as messages call it; null where it promises none. */
export const promisedData = (name: string): string | null => {
  const compression = compressionOf(name)
  if (compression !== null) return `${compression} data`
  if (/\.parquet$/i.test(name)) return names.parquet
  return /\.(?:arrow|feather)$/i.test(name) ? "Arrow data" : null
}

/** How messages call what the first bytes show. */
export const magicName = (magic: Magic): string => names[magic]

/** What to do about a file that is no data as it stands, as the end of a sentence; empty where nothing is known to help. */
export const magicRemedy = (magic: Magic): string => (magic === "utf-16" ? "; save it as UTF-8" : "")

/** The compression a file name promises. */
export const compressionOf = (name: string): "gzip" | "zstd" | null =>
  /\.gz$/i.test(name) ? "gzip" : /\.zstd?$/i.test(name) ? "zstd" : null
