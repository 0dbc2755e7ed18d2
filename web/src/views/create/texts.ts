import { defineTexts } from '../../i18n/define-texts.ts'

export const createTexts = defineTexts({ title: 'Make cards of a text' }, { title: 'Zrób fiszki z tekstu' })
