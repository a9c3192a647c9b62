import type { Column } from "../../src/Columns.ts"
import type { Manifest } from "../../src/Manifest.ts"
import type { CardFacts } from "../../src/report/renderCard.ts"

/** Texts that must never reach a page, a card or a terminal as they are. */
export const nasty = {
  script: "<script>alert(1)</script>",
  closing: '</style></title></textarea>--><img src=x onerror="alert(2)">',
  override: "safe \u202Etxt.exe\u202C and \u2066isolated\u2069",
  controls: "bell\u0007 escape\u001B[31mred\u001B[0m null\u0000 delete\u007F next\u0085line",
  longWord: "Donaudampfschifffahrtsgesellschaft".repeat(147) + "ab",
  emoji: "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 ✅ é नमस्ते שלום مرحبا",
  markdown:
    "| a | b |\n|---|---|\n[click](javascript:alert(3)) ![x](http://example.invalid/x.png) `code` **bold** $x$ @someone",
  loneSurrogate: "half \uD83D of a pair"
} as const

const suspects = [
  {
    prompt:
      "I want to cover a bathroom floor of 2.4 m by 3.6 m with square 30 cm tiles and order ten percent spare. How many tiles should I buy?",
    chosen:
      "You should buy 96 tiles. Eight tiles fit along the 2.4 m side and twelve along the 3.6 m side, so the floor itself takes 96, and ten percent of that is already included.",
    rejected:
      "You should buy 106 tiles. Eight tiles fit along the 2.4 m side and twelve along the 3.6 m side, so the floor itself takes 96. Ten percent of that is 9.6, which rounds up to 10 spare tiles.",
    annotator: "emil",
    labelProb: 0.011,
    pModel: 0.028,
    plantedCorrect: false
  },
  {
    prompt: `Explain what this page does: ${nasty.script} ${nasty.closing}`,
    chosen: `It shows ${nasty.script} and ends with ${nasty.closing}. ${nasty.override}`,
    rejected: `It shows ${nasty.script} and begins with ${nasty.closing}. ${nasty.controls}`,
    annotator: nasty.script,
    labelProb: 0.024,
    pModel: 0.051,
    plantedCorrect: false
  },
  {
    prompt: `Repeat after me:\n\n${nasty.longWord}`,
    chosen: `${nasty.longWord} ${nasty.emoji}`,
    rejected: `${nasty.emoji}\n\tindented\n\n${nasty.markdown}\n${nasty.loneSurrogate}`,
    annotator: "dunja",
    labelProb: 0.031,
    pModel: 0.066,
    plantedCorrect: true
  },
  {
    prompt: "ما هي عاصمة أستراليا؟",
    chosen: "عاصمة أستراليا هي سيدني، وهي أكبر مدنها.",
    rejected: "عاصمة أستراليا هي كانبرا، وليست سيدني كما يُظن.",
    annotator: "bram",
    labelProb: 0.044,
    pModel: 0.05,
    plantedCorrect: null
  },
  {
    prompt: "Say nothing.",
    chosen: "",
    rejected: "Nothing.",
    annotator: "chen",
    labelProb: 0.061,
    pModel: 0.12,
    plantedCorrect: null
  }
] as const

const annotator = (
  id: string,
  nLabels: number,
  estimate: number,
  half: number,
  planted: number,
  first: number,
  both: number
) => ({
  id,
  nLabels,
  reliability: { estimate, ci95: [estimate - half, Math.min(1, estimate + half)] as const },
  planted,
  firstShare: first,
  orderAgreement: both,
  ties: Math.round(nLabels * 0.04),
  invalid: Math.round(nLabels * 0.006)
})

const sha = (digit: string) => digit.repeat(64)

/** A run with everything in it; the numbers are made up. */
export const fullManifest: Manifest = {
  prefloom: "0.1.0",
  pipeline: "quickstart",
  pipelineHash: sha("4f").slice(0, 64),
  seed: 7,
  limit: null,
  simulated: true,
  provider: { name: "simulated", endpoint: "simulated:0", models: ["simulated"] },
  notice:
    "Every answer in this run is simulated. No real model was asked; the numbers tell about the simulation and about this pipeline, not about any model.",
  stages: [
    {
      key: "readPrompts",
      kind: "source",
      config: { path: "data/prompts.jsonl" },
      rowsIn: 0,
      rowsOut: 1200,
      rejected: {}
    },
    {
      key: "generate",
      kind: "each",
      config: { samples: 4, personas: ["expert", "teacher", "student", "hurried"], temperature: 0.9 },
      rowsIn: 1200,
      rowsOut: 1187,
      rejected: { refused: 9, truncated: 4 }
    },
    {
      key: "injectErrors",
      kind: "each",
      config: { types: ["correctness", "logic", "hallucination"], note: nasty.closing },
      rowsIn: 1187,
      rowsOut: 1187,
      rejected: {}
    },
    {
      key: "judge",
      kind: "each",
      config: { axis: "helpfulness", bothOrders: true },
      rowsIn: 1187,
      rowsOut: 1175,
      rejected: { "no verdict": 12 }
    },
    {
      key: "clean",
      kind: "whole",
      config: { method: "rePo", treatment: "weight" },
      rowsIn: 1175,
      rowsOut: 1175,
      rejected: {}
    },
    {
      key: "pair",
      kind: "reshape",
      config: { rules: ["bestWorst", "threshold", "parentChild"] },
      rowsIn: 1175,
      rowsOut: 4311,
      rejected: { "identical texts": 61, "margin too small": 402, [nasty.script]: 3 }
    },
    {
      key: "comparePairs",
      kind: "whole",
      config: { sampler: "random(2)", k: 2 },
      rowsIn: 4311,
      rowsOut: 8622,
      rejected: {}
    }
  ],
  rowsOut: 8622,
  findings: [
    {
      stage: "injectErrors",
      finding: {
        kind: "injections",
        types: [
          {
            errorType: "correctness",
            asked: 1187,
            kept: 1011,
            refused: { unchanged: 88, tooLarge: 61, refusal: 27 },
            meanLogLengthRatio: 0.03,
            plantedLoss: 0.41
          },
          {
            errorType: "logic",
            asked: 1187,
            kept: 934,
            refused: { unchanged: 142, tooSmall: 75, tooLarge: 36 },
            meanLogLengthRatio: 0.24,
            plantedLoss: 0.36
          },
          {
            errorType: "hallucination",
            asked: 1187,
            kept: 662,
            refused: { tooLarge: 401, truncated: 97, empty: 27 },
            meanLogLengthRatio: null,
            plantedLoss: null
          }
        ]
      }
    },
    {
      stage: "clean",
      finding: {
        kind: "noise",
        method: "rePo",
        noiseRate: { estimate: 0.2178, ci95: [0.2031, 0.2329] },
        plantedNoiseRate: 0.2141,
        annotators: [
          annotator("ada", 2930, 0.946, 0.012, 0.951, 0.503, 0.94),
          annotator("bram", 2914, 0.871, 0.018, 0.88, 0.561, 0.87),
          annotator("chen", 2893, 0.794, 0.021, 0.803, 0.498, 0.81),
          annotator("dunja", 2877, 0.689, 0.024, 0.694, 0.622, 0.71),
          annotator("emil", 2868, 0.602, 0.026, 0.598, 0.507, 0.69),
          annotator("a-judge-with-a-very-long-name@helpfulness-v2", 41, 0.55, 0.14, 0.61, 0.44, 0.6),
          { ...annotator(nasty.script, 12, 0.31, 0.15, 0.3, 0.5, 0.5), orderAgreement: null },
          {
            ...annotator(`ghost ${nasty.override}`, 0, 0.5, 0.5, 0.5, 0.5, 0.5),
            reliability: null,
            planted: null,
            firstShare: null,
            orderAgreement: null
          }
        ],
        calibration: {
          temperature: 1.84,
          eceBefore: 0.083,
          eceAfter: 0.017,
          nTrusted: 160,
          bins: [
            { predicted: 0.052, observed: 0.061, count: 16 },
            { predicted: 0.148, observed: 0.131, count: 16 },
            { predicted: 0.254, observed: 0.243, count: 16 },
            { predicted: 0.347, observed: 0.382, count: 16 },
            { predicted: 0.449, observed: 0.461, count: 16 },
            { predicted: 0.553, observed: 0.537, count: 16 },
            { predicted: 0.651, observed: 0.668, count: 16 },
            { predicted: 0.748, observed: 0.751, count: 16 },
            { predicted: 0.852, observed: 0.839, count: 16 },
            { predicted: 0.951, observed: 0.964, count: 16 }
          ]
        },
        labelProb: {
          edges: Array.from({ length: 21 }, (_, i) => i / 20),
          counts: [
            302, 241, 196, 178, 161, 172, 165, 181, 203, 224, 251, 290, 342, 407, 498, 631, 872, 1311, 2460, 5450
          ]
        },
        nLabels: 14535,
        flagged: 2023,
        treatment: "weight",
        iterations: 61,
        converged: true,
        suspects,
        warnings: [
          {
            code: "fewLabels",
            message:
              "Annotator 5 has 41 labels, expected at least 50 for a reliability known to about 0.2 either way. Collect more labels, or treat such annotators as one"
          },
          {
            code: "nearHalf",
            message:
              "The reliability of annotator 5 is 0.41 to 0.69, which includes 0.50: these labels cannot be told from coin flips. Collect more labels, use a more informative scorer, or leave the annotator out"
          },
          {
            code: "belowHalf",
            message: `The reliability of annotator ${nasty.script} is 0.16 to 0.46, worse than a coin. Check whether chosen and rejected are swapped in these rows, or the scores reversed, before flipping anything`
          }
        ]
      }
    },
    {
      stage: "pair",
      finding: {
        kind: "pairs",
        rule: "bestWorst",
        margins: { edges: [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4], counts: [0, 121, 288, 331, 224, 129, 55, 20] },
        nPairs: 1168,
        doubtful: 52,
        meanLabelProb: 0.891,
        plantedAccuracy: 0.936,
        chosenLongerShare: 0.644,
        suspects: suspects.slice(0, 2)
      }
    },
    {
      stage: "pair#2",
      finding: {
        kind: "pairs",
        rule: "parentChild",
        margins: { edges: [-1, 0, 1], counts: [0, 0] },
        nPairs: 2607,
        doubtful: 0,
        meanLabelProb: null,
        plantedAccuracy: 0.997,
        chosenLongerShare: 0.47,
        suspects: []
      }
    },
    {
      stage: "comparePairs",
      finding: {
        kind: "pairsOfPairs",
        sampler: "random(2)",
        nComparisons: 8622,
        ties: 0,
        strongPercentile: 0.668,
        weakPercentile: 0.334
      }
    }
  ],
  columns: null,
  files: [
    { path: "data/train-00000-of-00002.parquet", rows: 2200, bytes: 1_482_113, sha256: sha("a1").slice(0, 64) },
    { path: "data/train-00001-of-00002.parquet", rows: 2111, bytes: 1_419_002, sha256: sha("b2").slice(0, 64) },
    { path: "rejects.parquet", rows: 491, bytes: 31_204, sha256: sha("c3").slice(0, 64) }
  ],
  libraries: { node: "24.21.0", effect: "4.1.0", "apache-arrow": "21.2.0", "hyparquet-writer": "0.17.0" }
}

/** A run about which nothing is known. */
export const emptyManifest: Manifest = {
  prefloom: "0.1.0",
  pipeline: "audit",
  pipelineHash: sha("0"),
  seed: 0,
  limit: 3,
  simulated: false,
  provider: null,
  notice: null,
  stages: [{ key: "readPairs", kind: "source", config: null, rowsIn: 0, rowsOut: 0, rejected: {} }],
  rowsOut: 0,
  findings: [
    {
      stage: "clean",
      finding: {
        kind: "noise",
        method: "rePo",
        noiseRate: null,
        plantedNoiseRate: null,
        annotators: [
          {
            id: "",
            nLabels: 0,
            reliability: null,
            planted: null,
            firstShare: null,
            orderAgreement: null,
            ties: 0,
            invalid: 0
          }
        ],
        calibration: null,
        labelProb: { edges: [0, 0.5, 1], counts: [0, 0] },
        nLabels: 0,
        flagged: 0,
        treatment: "keep",
        iterations: 0,
        converged: false,
        suspects: [],
        warnings: [
          { code: "uncalibrated", message: "No temperature was fitted on trusted rows" },
          { code: "noEvidence", message: "The scorer gives both orders the same chance on every row" }
        ]
      }
    },
    { stage: "inject", finding: { kind: "injections", types: [] } },
    {
      stage: "inject#2",
      finding: {
        kind: "injections",
        types: [{ errorType: "logic", asked: 0, kept: 0, refused: {}, meanLogLengthRatio: null, plantedLoss: null }]
      }
    },
    {
      stage: "pair",
      finding: {
        kind: "pairs",
        rule: "bestWorst",
        margins: { edges: [], counts: [] },
        nPairs: 0,
        doubtful: 0,
        meanLabelProb: null,
        plantedAccuracy: null,
        chosenLongerShare: null,
        suspects: []
      }
    },
    {
      stage: "comparePairs",
      finding: {
        kind: "pairsOfPairs",
        sampler: "iterative(1)",
        nComparisons: 0,
        ties: 0,
        strongPercentile: null,
        weakPercentile: null
      }
    }
  ],
  columns: null,
  files: [],
  libraries: {}
}

const text = { kind: "string", nullable: false } as const
const number = { kind: "float", nullable: true, finite: true } as const

const features: ReadonlyArray<Column> = [
  {
    name: "prompt",
    type: {
      kind: "list",
      nullable: false,
      element: {
        kind: "struct",
        nullable: false,
        fields: [
          { name: "role", type: text },
          { name: "content", type: text }
        ]
      }
    }
  },
  { name: "chosen", type: text },
  { name: "rejected", type: text },
  { name: "margin", type: number },
  { name: "nLabels", type: { kind: "int", nullable: false } },
  { name: "flipped", type: { kind: "boolean", nullable: true } },
  { name: "verdict", type: { kind: "string", nullable: true, values: ["first", "second", "tie"] } },
  { name: "annotatorIds", type: { kind: "list", nullable: false, element: text } },
  {
    name: "spans",
    type: {
      kind: "list",
      nullable: false,
      element: { kind: "list", nullable: false, element: { kind: "int", nullable: false } }
    }
  },
  {
    name: "strong",
    type: {
      kind: "struct",
      nullable: false,
      fields: [
        { name: "id", type: text },
        { name: "margin", type: number }
      ]
    }
  },
  { name: "yes: no # null", type: text },
  { name: "true", type: text }
]

/** Facts for the card of `fullManifest`. */
export const cardFacts: CardFacts = {
  prettyName: `Quickstart: "pairs" & more ${nasty.script}`,
  licence: "apache-2.0",
  configs: [
    {
      name: "pairs",
      default: true,
      splits: [
        { name: "train", pathGlob: "data/train-*.parquet", rows: 4311, bytes: 2_901_115 },
        { name: "test", pathGlob: "data/test-*.parquet", rows: 0, bytes: 1024 }
      ],
      features
    },
    {
      name: "pairs_of_pairs",
      default: false,
      splits: [{ name: "train", pathGlob: "pairs-of-pairs/train-*.parquet", rows: 8622, bytes: 5_000_000 }],
      features: [{ name: "id", type: text }]
    }
  ]
}

/** The same run with a preflight of its rows; seven findings, the first of which is grave and holds everything nasty. */
export const preflightManifest: Manifest = {
  ...fullManifest,
  findings: [
    ...fullManifest.findings,
    {
      stage: "dataset",
      finding: {
        kind: "preflight",
        format: "trl-preference",
        target: "trl-preference",
        encoding: "o200k_base",
        maxLength: 512,
        rows: 1000,
        findings: Array.from({ length: 7 }, (_, i) => ({
          check: `check${i}`,
          severity: i === 0 ? "stops training" : "worth knowing",
          what: i === 0 ? `check 0 ${nasty.controls} ${nasty.script} ${nasty.longWord}` : `check ${i}`,
          rows: i + 1,
          share: (i + 1) / 1000,
          examples: [{ id: "a", place: "train:1" }],
          remedy: `mend ${i}`
        })),
        worst: "stops training",
        unchecked: [{ check: "scores", why: "there are none" }],
        notes: []
      }
    }
  ]
}

/** A run whose rows were written in a trainer's format, as so many rows, the others rejected for one reason. */
export const exportManifest = (rowsOut: number, rejected: number): Manifest => ({
  ...emptyManifest,
  stages: [
    { key: "readPairs", kind: "source", config: null, rowsIn: 0, rowsOut: 310, rejected: {} },
    { key: "filter", kind: "each", config: null, rowsIn: 310, rowsOut: 300, rejected: { short: 10 } },
    {
      key: "dataset",
      kind: "sink",
      config: { to: "helpsteer" },
      rowsIn: 300,
      rowsOut,
      rejected: rejected === 0 ? {} : { "margin out of range": rejected }
    }
  ],
  rowsOut: 300,
  findings: [
    { stage: "dataset", finding: { kind: "export", format: "helpsteer", kept: [], renamed: [], lost: [], notes: [] } }
  ]
})
