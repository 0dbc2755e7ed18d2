import type { Texts } from '../events/texts.ts'

/** For kinds whose results are no texts. */
export const noTexts: Texts = { has: () => false, keepsStopped: () => false, find: async () => null }
