/** Does something with a file, so that what the file system throws names it: where writing fails, as on a full disk, it does not by itself. */
export const namingFile = <A>(file: string, action: () => A): A => {
  try {
    return action()
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && !("path" in cause)) Object.assign(cause, { path: file })
    throw cause
  }
}
