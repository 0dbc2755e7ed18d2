import type { Route } from '../llm/route.ts'
import { price } from './scripted-provider.ts'

/** A route for tests, whose deadlines (10 s) no test reaches. */
export const exampleRoute = (more: Partial<Route> = {}): Route => ({
  provider: 'acme',
  model: 'acme/m',
  modelId: 'm',
  region: 'us',
  quality: 1,
  contextTokens: 8192,
  thinkingTokens: 0,
  weight: 1,
  price,
  maxPrice: more.price ?? price,
  fxRate: null,
  pricedOn: '2026-11-01',
  timeouts: { firstTokenMs: 10_000, gapMs: 10_000, totalMs: 10_000 },
  shape: { omit: [], tokensField: 'max_completion_tokens', extra: {} },
  costLookup: false,
  ...more,
})
