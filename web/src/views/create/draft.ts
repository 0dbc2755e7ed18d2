import type { NewGeneration } from '@recto/client'

/** What the person has written and chosen. An empty `model`, `language` or `residency` leaves it to the API. */
export type Draft = { text: string; model: string; maxCards: string; language: string; residency: '' | 'any' | 'eu' }

/** A submission that may have arrived. The same key makes sure that it makes one generation, however often it is sent. */
export type Submission<Body = NewGeneration> = { key: string; account: string; body: Body }

export const emptyDraft: Draft = { text: '', model: '', maxCards: '', language: '', residency: '' }

export const bodyOf = ({ text, model, maxCards, language, residency }: Draft): NewGeneration => ({
  source_text: text,
  ...(model !== '' && { model }),
  ...(residency !== '' && { data_residency: residency }),
  options: { ...(maxCards !== '' && { max_cards: Number(maxCards) }), ...(language !== '' && { language }) },
})

/** The submission to send: the last one when it says the same for the same account, or else one with a key of its own. */
export const submissionOf = <Body>(last: Submission<Body> | null, account: string, body: Body): Submission<Body> =>
  last !== null && last.account === account && JSON.stringify(last.body) === JSON.stringify(body)
    ? last
    : { key: `console-${crypto.getRandomValues(new BigUint64Array(2)).join('-')}`, account, body }
