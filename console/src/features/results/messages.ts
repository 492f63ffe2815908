import { defineMessages } from '@/ui/i18n/messages'

export const messages = defineMessages({
  en: {
    moreRows: 'Show more ({count})',
    picture: 'The result as a picture',
    asTable: 'Table',
    asTree: 'JSON',
    asMarkdown: 'Markdown',
    asText: 'Text',
    asImage: 'Picture',
    view: 'Shown as',
    cut: 'Only the first {size} are shown. Download it to see all.',
    noPreview: 'There is no preview of this kind of file. Download it to look at it.',
    tooLarge: 'Files above {size} are not shown here. Download it to look at it.',
    sourceOnly: 'Shown as its source: a page or drawing of others could do things here.',
    broken: 'This is not what its name says: it cannot be shown.',
  },
  'zh-CN': {
    moreRows: '显示更多（{count}）',
    picture: '以图片显示的结果',
    asTable: '表格',
    asTree: 'JSON',
    asMarkdown: 'Markdown',
    asText: '文本',
    asImage: '图片',
    view: '显示为',
    cut: '仅显示前 {size}。下载后可查看全部。',
    noPreview: '此类文件没有预览，请下载后查看。',
    tooLarge: '超过 {size} 的文件不在此显示，请下载后查看。',
    sourceOnly: '以源代码显示：他人的网页或图形可能会在此执行操作。',
    broken: '内容与名称不符，无法显示。',
  },
})
