import { describe, expect, test } from 'vitest'
import { normalise } from '../../characters/normalise.ts'
import { isYesNoCard } from './yes-no.ts'

const sides = (front: string, back: string) => ({ front: normalise(front), back: normalise(back) })

describe('isYesNoCard', () => {
  test.each([
    ['Is water wet?', 'It is.'],
    ['What about water?', 'Yes, it is wet.'],
    ['Czy Wisła płynie przez Poznań?', 'Przez Warszawę'],
    ['Wisła?', 'Nie'],
    ['Ist Wasser nass?', 'Ja.'],
    ['Est-ce que l’eau mouille ?', 'Oui'],
    ['¿Es azul el cielo?', 'Azul'],
    ['هل الماء رطب؟', 'نعم، هو رطب'],
    ['富士山は高いですか？', '高い'],
    ['水是湿的吗？', '湿'],
    ['Вода?', 'Да'],
  ])('is true when the question %j or the answer %j is about yes or no', (front, back) => {
    expect(isYesNoCard(sides(front, back))).toBe(true)
  })

  test.each([
    ['What is water?', 'H2O'],
    ['Is water an element or a compound?', 'A compound'],
    ['Czy woda to pierwiastek, czy związek?', 'Związek'],
    ['Who said it?', 'Norbert'],
    ['Who sailed?', 'No one'],
    ['ما هو؟', 'لا يوجد'],
    ['富士山の高さは何メートルですか？', '3776メートル'],
    ['Is ____ the largest planet', 'Jupiter'],
  ])('is false when neither the question %j nor the answer %j is about yes or no', (front, back) => {
    expect(isYesNoCard(sides(front, back))).toBe(false)
  })
})
