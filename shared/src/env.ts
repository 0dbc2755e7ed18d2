import { z } from 'zod'
import { tlsProblemOf } from './libpq-url.ts'

/**
 * Parses the environment of a process. An empty variable counts as absent.
 * @throws Error whose message lists every missing or invalid variable, and no value
 */
export const parseEnv = <Shape extends z.ZodRawShape>(
  shape: Shape,
  env: Record<string, string | undefined>,
): z.infer<z.ZodObject<Shape>> => {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = z.object(shape).safeParse(present)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(
    `Variables of the environment are missing or invalid (.env.example has every variable):\n${lines.join('\n')}`,
  )
}

/** A port; 0 lets the system choose one. */
export const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback)
/** A whole number from 1 to `max`. */
export const count = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback)
/** A decimal number from 0 to 1. */
export const fraction = (fallback: number) =>
  z
    .string()
    .regex(/^(0?\.\d+|0|1(\.0+)?)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(fallback)
/** `on` or `off`, as a boolean. */
export const onOff = (fallback: 'on' | 'off') =>
  z
    .enum(['on', 'off'])
    .default(fallback)
    .transform((value) => value === 'on')
/** A database URL. Its TLS parameters are checked; `libpqUrl` gives them their meaning. */
export const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL')
  .superRefine((url, context) => {
    const problem = tlsProblemOf(url)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })
/** An HTTP URL, without slashes at its end. */
export const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))
export const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info')
