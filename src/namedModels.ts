/** The models that the options of a stage name, however deep, with the one that others are compared with. */
export const namedModels = (config: unknown): ReadonlyArray<string> => {
  if (typeof config !== "object" || config === null) return []
  return Object.entries(config).flatMap(([name, value]) => {
    const isAsked = name === "model" || (name === "reference" && "models" in config)
    const named = isAsked ? [value] : name === "models" && Array.isArray(value) ? value : []
    return [...named.filter((model) => typeof model === "string"), ...namedModels(value)]
  })
}
