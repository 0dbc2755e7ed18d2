import type { KindContract } from '@recto/shared/kinds/contract'
import { z } from 'zod'

const TextInput = z.object({ source_text: z.string() })

/** The columns of an input: a text in `source_text`, or an object in `input`. The other one is null. */
export const inputColumns = (
  { column }: Pick<KindContract, 'column'>,
  input: Record<string, unknown>,
): { source_text: string | null; input: Record<string, unknown> | null } =>
  column === 'source_text'
    ? { source_text: TextInput.parse(input).source_text, input: null }
    : { source_text: null, input }
