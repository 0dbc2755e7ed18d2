import { z } from 'zod'
import { type AnyResultForm, defineResultForm } from './form.ts'

const Row = z.object({ output: z.unknown() })

/** The form of a kind whose result is the column `output`. */
export const outputResult = (kind: string): AnyResultForm =>
  defineResultForm({
    kind,
    read: async (readAs, caller, generationId) => {
      const statement = {
        name: 'output_of_generation',
        text: 'select output from public.ai_generations where id = $1',
        values: [generationId],
      }
      const [row] = await readAs(caller, { generation: generationId }, statement, Row)
      return row && { output: row.output ?? null }
    },
    formats: {},
  })
