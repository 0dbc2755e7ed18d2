import { defineTexts } from '../i18n/define-texts.ts'

export const suggestionTexts = defineTexts(
  {
    source: 'Your text',
    noSource: 'The text is not stored any more. The quotes of the cards are.',
  },
  {
    source: 'Twój tekst',
    noSource: 'Tekst nie jest już przechowywany. Cytaty na fiszkach tak.',
  },
)
