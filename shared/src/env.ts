import { z } from 'zod'

/**
 * Parses the environment of a process; an empty variable counts as absent.
 * @throws Error that names every variable that is missing or wrong, and never a value.
 */
export const parseEnv = <Shape extends z.ZodRawShape>(
  shape: Shape,
  env: Record<string, string | undefined>,
): z.infer<z.ZodObject<Shape>> => {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = z.object(shape).safeParse(present)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`The environment is not complete (.env.example names every variable):\n${lines.join('\n')}`)
}

export const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback)
export const count = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback)
export const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL')
export const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))
export const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info')
