/** Says that somebody who is trusted has no vote, and who has; null where everybody has one. */
export const unheardTrusted = (
  trusted: ReadonlyArray<string>,
  annotators: ReadonlyArray<string | null>
): { readonly found: string; readonly wanted: string; readonly remedy: string } | null => {
  const unheard = trusted.find((name) => !annotators.includes(name))
  if (unheard === undefined) return null
  const listed = annotators.slice(0, 10).map((name) => (name === null ? "nobody named" : `"${name}"`))
  const left = annotators.length - listed.length
  const more = left > 0 ? ` and ${left} more` : ""
  return {
    found: `no vote by "${unheard}", but by ${listed.join(", ")}${more}`,
    wanted: "votes by everybody who is trusted",
    remedy: "check --trusted and --annotator"
  }
}
