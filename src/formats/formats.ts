import { argilla } from "./argilla.ts"
import { axolotl } from "./axolotl.ts"
import { distilabel } from "./distilabel.ts"
import type { Format } from "./Format.ts"
import { helpsteer } from "./helpsteer.ts"
import { helpsteer2Preference } from "./helpsteer2Preference.ts"
import { helpsteerRatings } from "./helpsteerRatings.ts"
import { hhRlhf } from "./hhRlhf.ts"
import { llamafactoryAlpaca } from "./llamafactoryAlpaca.ts"
import { llamafactoryKto } from "./llamafactoryKto.ts"
import { llamafactorySharegpt } from "./llamafactorySharegpt.ts"
import { llamafactoryV1 } from "./llamafactoryV1.ts"
import { nemoRl } from "./nemoRl.ts"
import { openaiPreference } from "./openaiPreference.ts"
import { openrlhf } from "./openrlhf.ts"
import { prefloom } from "./prefloom.ts"
import { prefloomRanked } from "./prefloomRanked.ts"
import { shp } from "./shp.ts"
import { together } from "./together.ts"
import { trlPreference } from "./trlPreference.ts"
import { trlPreferenceImplicit } from "./trlPreferenceImplicit.ts"
import { trlPrompt } from "./trlPrompt.ts"
import { trlReward } from "./trlReward.ts"
import { trlStepwise } from "./trlStepwise.ts"
import { trlUnpaired } from "./trlUnpaired.ts"
import { ultrafeedback } from "./ultrafeedback.ts"
import { ultrafeedbackBinarized } from "./ultrafeedbackBinarized.ts"
import { verl } from "./verl.ts"
import { votes } from "./votes.ts"

/** All formats of preference data, in the order in which they are listed to people. */
export const formats: ReadonlyArray<Format> = [
  trlPreference,
  trlPreferenceImplicit,
  trlUnpaired,
  trlReward,
  trlPrompt,
  trlStepwise,
  llamafactorySharegpt,
  llamafactoryAlpaca,
  llamafactoryKto,
  llamafactoryV1,
  axolotl,
  openrlhf,
  nemoRl,
  verl,
  openaiPreference,
  together,
  ultrafeedback,
  ultrafeedbackBinarized,
  helpsteer,
  helpsteer2Preference,
  helpsteerRatings,
  hhRlhf,
  argilla,
  distilabel,
  shp,
  prefloom,
  prefloomRanked,
  votes
]
