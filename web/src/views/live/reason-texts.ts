import { defineTexts } from '../../i18n/define-texts.ts'

/** Why a card was withdrawn or dropped: the reasons of the gate, and those of the page. */
export const reasonTexts = defineTexts(
  {
    reset: 'the model began anew',
    not_kept: 'it was not kept',
    invalid_shape: 'it was not complete',
    too_long: 'it was too long',
    control_character: 'it contained characters that cannot be shown',
    leaks_prompt: 'it repeated instructions in place of the text',
    foreign_link: 'it contained a link that is not in the text',
    foreign_markup: 'it contained markup that is not in the text',
    foreign_secret: 'it contained a key that is not in the text',
    ungrounded: 'its quote is not in the text',
    duplicate: 'it said the same as another one',
    too_many: 'there were more than you asked for',
  },
  {
    reset: 'model zaczął od nowa',
    not_kept: 'nie została zachowana',
    invalid_shape: 'była niepełna',
    too_long: 'była za długa',
    control_character: 'zawierała znaki, których nie da się pokazać',
    leaks_prompt: 'powtarzała polecenia zamiast tekstu',
    foreign_link: 'zawierała link, którego nie ma w tekście',
    foreign_markup: 'zawierała znaczniki, których nie ma w tekście',
    foreign_secret: 'zawierała klucz, którego nie ma w tekście',
    ungrounded: 'jej cytatu nie ma w tekście',
    duplicate: 'mówiła to samo co inna',
    too_many: 'było ich więcej, niż trzeba',
  },
)
