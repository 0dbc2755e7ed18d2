import { useQuery } from '@tanstack/react-query'
import { usePerson } from '../../session/person.tsx'
import { type CodeFile, shownCode } from './places.ts'

type Input = { files?: CodeFile[]; source_code?: string }
type Row = { input: Input | null; user_id: string; request_id: string | null }

type Code = {
  /** As they are shown. Null when the code is not stored any more. */
  files: CodeFile[] | null
  /** Who submitted it. Null when nobody did that the person may know of. */
  submitter: string | null
  requestId: string | null
}

/** The path of the findings of one text, which has none of its own. */
const sourceCodePath = 'source_code'

const filesOf = ({ files, source_code }: Input): CodeFile[] =>
  (files ?? [{ path: sourceCodePath, content: source_code ?? '' }]).map(({ path, content }) => ({
    path,
    content: shownCode(content),
  }))

/** What a code review is about. */
export const useCode = (id: string) => {
  const { rest } = usePerson()
  return useQuery({
    queryKey: ['source', 'code', id],
    queryFn: async ({ signal }): Promise<Code> => {
      const path = `ai_generations?select=input,user_id,request_id&id=eq.${encodeURIComponent(id)}`
      const [row] = await rest.select<Row[]>(path, signal)
      return {
        files: row?.input ? filesOf(row.input) : null,
        submitter: row?.user_id ?? null,
        requestId: row?.request_id ?? null,
      }
    },
    staleTime: 600_000,
  })
}
