import { addMoney, costOfTokens } from '@recto/shared/money'
import type { Price } from '@recto/shared/price'
import type { ProviderOptions } from './provider-options.ts'

/** How much of a completion was sent: `sent` of `of` chunks. */
export type SentPart = { sent: number; of: number }

/** The charge of a request: the tokens that were sent, and their exact price in USD. */
export type Charge = { promptTokens: number; completionTokens: number; chargedUsd: string }

export const WHOLE: SentPart = { sent: 1, of: 1 }
export const FREE: Charge = { promptTokens: 0, completionTokens: 0, chargedUsd: '0' }

const priceOf = ({ input_per_million, output_per_million }: Price, prompt: number, completion: number) =>
  addMoney(costOfTokens(prompt, input_per_million), costOfTokens(completion, output_per_million))

/**
 * Answers a function that charges for a part of a completion. Nothing is charged before the first sent chunk. Then
 * the charge is `fixedUsd`, else zero for an insured completion (an error, or empty), else the price of the tokens.
 */
export const chargeFor =
  (
    { price }: Pick<ProviderOptions, 'price'>,
    completion: { prompt: number; completion: number; isInsured: boolean; fixedUsd: string | undefined },
  ) =>
  ({ sent, of }: SentPart): Charge => {
    const promptTokens = completion.prompt
    if (sent === 0) return { ...FREE, promptTokens }
    const completionTokens = Math.ceil((completion.completion * sent) / of)
    const charged = completion.isInsured ? '0' : priceOf(price, promptTokens, completionTokens)
    return { promptTokens, completionTokens, chargedUsd: completion.fixedUsd ?? charged }
  }
