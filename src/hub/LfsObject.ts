/** Something to do with an object: where, and with which headers. */
export interface LfsAction {
  readonly href: string
  /** With `chunk_size` it is a send in parts: numbers are the keys of the parts' addresses, and `href` ends it. */
  readonly header?: Readonly<Record<string, string>>
}

/**
 * What the storage for large files says of an object; without an upload action it has it already.
 *
 * Source: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md; the parts are the hub's own, as in `ApiLfsAction` of
 * huggingface.js, `packages/hub/src/types/api/api-commit.ts`
 */
export interface LfsObject {
  /** SHA-256 in hexadecimal. */
  readonly oid: string
  readonly actions?: { readonly upload?: LfsAction; readonly verify?: LfsAction }
  readonly error?: { readonly code: number; readonly message: string }
}
