import { expect, test } from 'vitest'
import { normalise } from './normalise.ts'
import { isYesNo, leaksAnswer } from './question.ts'

const sides = (front: string, back: string) => ({ front: normalise(front), back: normalise(back) })

test.each([
  ['Which city is Paris the capital in, Paris or Lyon?', 'Paris.'],
  ['How far is the Earth from the Sun?', 'Earth'],
  ['Was wurde in “Dresden” gebaut?', 'Dresden'],
  ['In which year, 1914, did it begin?', '1914'],
  ['Kiedy Mikołaj Kopernik urodził się w Toruniu?', 'mikołaj kopernik'],
  ['富士山はどこにありますか。', '富士山'],
])('%j gives away %j', (front, back) => {
  expect(leaksAnswer(sides(front, back))).toBe(true)
})

test.each([
  ['What is the capital of France?', 'Paris'],
  ['Who parishes over it?', 'Paris'],
  ['What is 1914 + 1?', '191'],
  ['水素の元素記号は何か。', 'H'],
  ['What?', '…'],
])('%j does not give away %j', (front, back) => {
  expect(leaksAnswer(sides(front, back))).toBe(false)
})

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
])('%j / %j is a yes/no question', (front, back) => {
  expect(isYesNo(sides(front, back))).toBe(true)
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
])('%j / %j is none', (front, back) => {
  expect(isYesNo(sides(front, back))).toBe(false)
})
