import { DataResidency } from '@recto/shared/catalog'
import { fraction, httpUrl, logLevel, onOff, postgresUrl } from '@recto/shared/env'
import { allowListVariable } from '@recto/shared/webhooks/allow-list'
import { z } from 'zod'
import { trustedProxies } from './http/client-address.ts'
import { originList } from './http/origins.ts'

/** The environment of the API, wherever it runs. */
export const apiEnvironment = {
  API_DATABASE_URL: postgresUrl,
  PREPARE: onOff('on'),
  SUPABASE_URL: httpUrl,
  SUPABASE_PUBLISHABLE_KEY: z.string(),
  SUPABASE_JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  CORS_ORIGINS: originList,
  TRUSTED_PROXIES: trustedProxies,
  RECTO_MODELS: z.string().optional(),
  RECTO_DATA_RESIDENCY: DataResidency.default('any'),
  RECTO_LOCAL_SIGN_IN: z.enum(['on', 'off']).default('off'),
  RECTO_WEBHOOK_ALLOW: allowListVariable,
  LOG_LEVEL: logLevel,
  LOG_READS: fraction(1),
}

export type ApiEnvironment = z.infer<z.ZodObject<typeof apiEnvironment>>
