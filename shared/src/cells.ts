import { z } from 'zod'

/** The cell of API_DATABASE_URL and DATABASE_URL. Whoever was never moved lives there. */
export const HOME = 'home'

const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'a cell has a name of small letters, digits and -')
  .refine((name) => name !== HOME, `the cell ${HOME} has variables of its own`)

/** A variable that has further cells by their names, as JSON. */
export const cellsVariable = <Cell extends z.ZodType>(cell: Cell) =>
  z
    .string()
    .default('{}')
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text)
      } catch {
        // The message of JSON.parse quotes the text, which has passwords.
        context.addIssue({ code: 'custom', message: 'must be JSON' })
        return z.NEVER
      }
    })
    .pipe(z.record(Name, cell))
