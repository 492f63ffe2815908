import { defineMessages } from '@/ui/i18n/messages'

export const messages = defineMessages({
  en: {
    show: 'Show the password',
    hide: 'Hide the password',
    capsLock: 'Caps Lock is on',
    rules: 'At least 15 characters: a few words of your own will do. No rules of capitals and digits.',
    left: '{n} more character | {n} more character | {n} more characters',
    long: 'Long enough.',
    weak: {
      short: 'It is too short: at least 15 characters are needed.',
      long: 'It is longer than 256 characters.',
      character: 'It holds a character that cannot be typed.',
      name: 'It holds the name of the account.',
      repeated: 'It repeats itself.',
      common: 'It is made of words, rows of keys or years that guesses begin with. Add words of your own.',
      used: 'It is one of those that are used most. Take words of your own.',
      stolen: 'It was stolen elsewhere, and guesses begin with it. Take another, and change it there.',
    },
  },
  'zh-CN': {
    show: '显示密码',
    hide: '隐藏密码',
    capsLock: '大写锁定已开启',
    rules: '至少 15 个字符，几个自己的词就够了；不强求大小写和数字。',
    left: '还差 {n} 个字符 | 还差 {n} 个字符 | 还差 {n} 个字符',
    long: '长度足够。',
    weak: {
      short: '太短：至少需要 15 个字符。',
      long: '超过了 256 个字符。',
      character: '含有无法输入的字符。',
      name: '含有账户的名称。',
      repeated: '内容一再重复。',
      common: '由容易被猜到的词、键盘排列或年份组成，请加入自己的词。',
      used: '是最常用的密码之一，请换成自己的词。',
      stolen: '该密码已在别处泄露，容易被首先尝试。请换一个，并在泄露之处也更换。',
    },
  },
})
