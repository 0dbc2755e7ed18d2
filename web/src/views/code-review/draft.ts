import type { NewGenerationCodeReview } from '@recto/client'
import { pathDefect } from '@recto/shared/kinds/code-review/path'
import { codePoints, isBlank } from '@recto/shared/text'
import { codeBounds } from './bounds.ts'

/** A file as the person gave it. `key` stays the same while its path is written. */
export type DraftFile = { key: string; path: string; content: string }
export type Draft = { files: DraftFile[]; instructions: string }

const newFile = (path = '', content = ''): DraftFile => ({ key: crypto.randomUUID(), path, content })
export const emptyDraft = (): Draft => ({ files: [newFile()], instructions: '' })

const isEmpty = ({ path, content }: DraftFile): boolean => path === '' && content === ''

export const withFile = (files: DraftFile[]): DraftFile[] => [...files, newFile()]

/** The files with one more: in place of that with the same path, or after those that are not empty. */
export const withContent = (files: DraftFile[], path: string, content: string): DraftFile[] =>
  files.some((file) => file.path === path)
    ? files.map((file) => (file.path === path ? { ...file, content } : file))
    : [...files.filter((file) => !isEmpty(file)), newFile(path, content)]

/** How long all files are together, as the API counts. */
export const lengthOf = (files: DraftFile[]): number => files.reduce((sum, { content }) => sum + codePoints(content), 0)

export type PathProblem = 'badPath' | 'samePath'

/** Why the API would not take the path of a file; null when it would. One text alone needs no path. */
export const pathProblem = (files: DraftFile[], { key, path }: DraftFile): PathProblem | null => {
  if (path === '' && files.length === 1) return null
  if (pathDefect(path, codeBounds.path) !== null) return 'badPath'
  return files.some((other) => other.key !== key && other.path === path) ? 'samePath' : null
}

export type CodeProblem = 'blank' | 'tooLong' | 'tooMany'

/** Why the API would not take the files together; null when it would. */
export const codeProblem = (files: DraftFile[]): CodeProblem | null => {
  if (files.every(({ content }) => isBlank(content))) return 'blank'
  if (files.length > codeBounds.files) return 'tooMany'
  return lengthOf(files) > codeBounds.code ? 'tooLong' : null
}

/** The request for a review whose titles and messages are in a language. */
export const bodyOf = ({ files, instructions }: Draft, language: string): NewGenerationCodeReview => {
  const [first] = files
  return {
    kind: 'code_review',
    ...(files.length === 1 && first?.path === ''
      ? { source_code: first.content }
      : { files: files.map(({ path, content }) => ({ path, content })) }),
    ...(!isBlank(instructions) && { instructions }),
    ...(language !== 'en' && { options: { language } }),
  }
}
