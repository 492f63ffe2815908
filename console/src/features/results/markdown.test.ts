import { describe, expect, it } from 'vitest'
import { render } from 'vitest-browser-vue'

import Markdown from './Markdown.vue'

async function shown(text: string): Promise<HTMLElement> {
  const { container } = await render(Markdown, { props: { text } })
  return container as HTMLElement
}

const all = (page: HTMLElement, what: string, attribute: string) =>
  [...page.querySelectorAll(what)].map((each) => each.getAttribute(attribute))

describe('Markdown of others', () => {
  it('has no styles of its own: columns are aligned by an attribute', async () => {
    const page = await shown('| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |')
    expect(all(page, 'td', 'align')).toEqual(['left', 'center', 'right'])
    expect(all(page, 'th', 'align')).toEqual(['left', 'center', 'right'])
    expect(page.innerHTML).not.toContain('style=')
  })
  it('has no HTML, no pictures, and links to pages and mail alone', async () => {
    const page = await shown(
      '<b style="x">b</b> ![p](https://evil.example/p.png) [go](https://a.example) [do](javascript:alert(1)) [d](data:text/html,x)',
    )
    expect(page.querySelector('b, img, script')).toBeNull()
    expect(all(page, 'a', 'href')).toEqual(['https://evil.example/p.png', 'https://a.example'])
  })
})
