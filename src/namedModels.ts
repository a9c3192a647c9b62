/** The models that the options of a stage name, however deep. */
export const namedModels = (config: unknown): ReadonlyArray<string> => {
  if (typeof config !== "object" || config === null) return []
  return Object.entries(config).flatMap(([name, value]) => {
    const named = name === "model" ? [value] : name === "models" && Array.isArray(value) ? value : []
    return [...named.filter((model) => typeof model === "string"), ...namedModels(value)]
  })
}
