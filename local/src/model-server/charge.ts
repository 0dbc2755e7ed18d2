import { addMoney, costOfTokens } from '@recto/shared/money'
import type { Price } from '@recto/shared/price'
import type { ProviderOptions } from './provider-options.ts'

/** How much of an answer reached the wire: `sent` of `of` pieces; nothing, when none was sent. */
export type SentPart = { sent: number; of: number }

/** What was booked for a request: the tokens of what was sent, and their price in USD, exact. */
export type Charge = { promptTokens: number; completionTokens: number; chargedUsd: string }

export const WHOLE: SentPart = { sent: 1, of: 1 }
export const FREE: Charge = { promptTokens: 0, completionTokens: 0, chargedUsd: '0' }

const priceOf = ({ input_per_million, output_per_million }: Price, prompt: number, completion: number) =>
  addMoney(costOfTokens(prompt, input_per_million), costOfTokens(completion, output_per_million))

/**
 * Prices any part of an answer. Nothing sent costs nothing; `fixedUsd` is due with the first piece and stands instead
 * of the price of the tokens; an insured answer (an error, or no completion) is free unless it has a fixed cost.
 */
export const chargeFor =
  (
    { price }: Pick<ProviderOptions, 'price'>,
    answer: { prompt: number; completion: number; isInsured: boolean; fixedUsd: string | undefined },
  ) =>
  ({ sent, of }: SentPart): Charge => {
    const promptTokens = answer.prompt
    if (sent === 0) return { ...FREE, promptTokens }
    const completionTokens = Math.ceil((answer.completion * sent) / of)
    const charged = answer.isInsured ? '0' : priceOf(price, promptTokens, completionTokens)
    return { promptTokens, completionTokens, chargedUsd: answer.fixedUsd ?? charged }
  }
