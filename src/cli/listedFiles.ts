/** The paths that the `files` of a manifest name. What is no list names none, as does an entry without a path. */
export const listedFiles = (files: unknown): ReadonlyArray<string> =>
  Array.isArray(files)
    ? (files as ReadonlyArray<{ readonly path?: unknown } | null>).flatMap((file) =>
        typeof file?.path === "string" ? [file.path] : []
      )
    : []
