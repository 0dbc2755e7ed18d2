import type { UseCase } from '@recto/shared/kinds/text/text'
import { description } from './description.ts'
import { email } from './email.ts'
import { free } from './free.ts'
import { rewrite } from './rewrite.ts'
import { summary } from './summary.ts'
import type { Template } from './template.ts'
import { translate } from './translate.ts'

/** The templates of text@1. */
export const templates: Readonly<Record<UseCase, Template>> = {
  summary,
  email,
  description,
  rewrite,
  translate,
  free,
}

/** The name of the template of a use case as results carry it, for example `summary@1`. */
export const templateName = (useCase: UseCase): string => `${useCase}@${templates[useCase].version}`
