import { defineTexts } from '../i18n/define-texts.ts'

/** What is noted about a card that passed: the flags of the API. */
export const flagTexts = defineTexts(
  {
    long_front: 'Long question',
    long_back: 'Long answer',
    number_not_in_source: 'A number that is not in the text',
    duplicate_of_card: 'You have this card already',
    near_duplicate: 'Very similar to another one',
    leaks_answer: 'The question contains the answer',
    not_self_contained: 'Refers to “the text”',
    not_atomic: 'More than one thing at once',
    yes_no: 'Can be answered by yes or no',
    language: 'Another language than expected',
  },
  {
    long_front: 'Długie pytanie',
    long_back: 'Długa odpowiedź',
    number_not_in_source: 'Liczba, której nie ma w tekście',
    duplicate_of_card: 'Masz już tę fiszkę',
    near_duplicate: 'Bardzo podobna do innej',
    leaks_answer: 'Pytanie zawiera odpowiedź',
    not_self_contained: 'Odwołuje się do „tekstu”',
    not_atomic: 'Więcej niż jedna rzecz naraz',
    yes_no: 'Odpowiedź to tak lub nie',
    language: 'Inny język niż oczekiwany',
  },
)
