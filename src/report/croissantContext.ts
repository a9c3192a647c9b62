const terms = (...names: ReadonlyArray<string>) => Object.fromEntries(names.map((name) => [name, `cr:${name}`]))

/** The JSON-LD context of Croissant 1.0, as its specification gives it in appendix 1. */
export const croissantContext = {
  "@language": "en",
  "@vocab": "https://schema.org/",
  sc: "https://schema.org/",
  cr: "http://mlcommons.org/croissant/",
  rai: "http://mlcommons.org/croissant/RAI/",
  dct: "http://purl.org/dc/terms/",
  conformsTo: "dct:conformsTo",
  data: { "@id": "cr:data", "@type": "@json" },
  dataType: { "@id": "cr:dataType", "@type": "@vocab" },
  examples: { "@id": "cr:examples", "@type": "@json" },
  ...terms("citeAs", "column", "extract", "field", "fileObject", "fileProperty", "fileSet", "format", "includes"),
  ...terms("isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex"),
  ...terms("repeated", "replace", "separator", "source", "subField", "transform")
} as const
